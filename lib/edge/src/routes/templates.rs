//! The ways in which records can be posted, for people to choose from: `GET /tenants/{tenant}/templates`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::ledger::ObjectKind;
use domain::settings::{Stage, Workflows};
use domain::template::{self, Kind, Template};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use sync::workflows;

use super::Routes;
use crate::answer;
use crate::deployment::Deployment;
use crate::http::{TemplatePath, TenantPath};
#[cfg(test)]
use crate::openapi::{Operation, words};
use crate::problem::Problem;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "TemplateList"))]
struct Catalogue {
    /// In the order in which people set them up.
    templates: Vec<View>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "TemplateAnswer"))]
struct One {
    template: View,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Template"))]
struct View {
    /// Its name in paths.
    #[cfg_attr(test, schemars(with = "words::TemplateName"))]
    template: &'static str,
    /// The kind of workflow. At most one of a kind is active.
    #[cfg_attr(test, schemars(with = "words::Workflow"))]
    workflow: &'static str,
    /// What a record becomes in QuickBooks.
    #[cfg_attr(test, schemars(with = "words::ObjectKind"))]
    document: ObjectKind,
    /// Its title, for people.
    title: &'static str,
    /// What it books, for people who choose.
    explanation: &'static str,
    /// JSON Schema (2020-12) of its configuration, to draw a form from. `x-list` names the list a choice is made from, and
    /// `x-use` what to ask that list for.
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, Value>"))]
    schema: Value,
    /// The choices that count when nothing was chosen.
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, String>"))]
    defaults: BTreeMap<&'static str, &'static str>,
    /// How far the workflow made from it has come; `null` while the template is not used.
    #[cfg_attr(test, schemars(with = "Option<words::Stage>"))]
    stage: Option<Stage>,
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/templates", get(list))
        .route("/tenants/{tenant}/templates/{template}", get(show))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use http::Method;
    const ALL: &str = "/tenants/{tenant}/templates";
    const ONE: &str = "/tenants/{tenant}/templates/{template}";
    vec![
        Operation::new(Method::GET, ALL, "list_templates", "The ways to post records")
            .answers::<Catalogue>(StatusCode::OK, "The catalogue."),
        Operation::new(Method::GET, ONE, "get_template", "One way to post records")
            .answers::<One>(StatusCode::OK, "The template.")
            .refuses(Problem::unknown_template()),
    ]
}

async fn list(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
) -> Result<Response, Problem> {
    let read = workflows::read(&deployment.app, &tenant).await;
    let read = read.map_err(|error| answer::refuse(error, "tenant"))?;
    let used = super::workflows::used(&read);
    let templates = Template::ALL.into_iter().map(|template| view(template, used)).collect();
    Ok(answer::json(StatusCode::OK, &Catalogue { templates }))
}

async fn show(
    State(deployment): Deployed,
    TemplatePath { tenant, template }: TemplatePath,
) -> Result<Response, Problem> {
    let read = workflows::read(&deployment.app, &tenant).await;
    let read = read.map_err(|error| answer::refuse(error, "tenant"))?;
    let template = view(template, super::workflows::used(&read));
    Ok(answer::json(StatusCode::OK, &One { template }))
}

fn view(template: Template, used: Option<&Workflows>) -> View {
    let default = |field: template::Field| match field.kind() {
        Kind::Word(words) => Some((field.as_str(), words[0].0)),
        Kind::Entry(_) | Kind::Entries(_) | Kind::Day | Kind::Text(_) => None,
    };
    View {
        template: template.as_str(),
        workflow: template.workflow().as_str(),
        document: template.document(),
        title: template.title(),
        explanation: template.explanation(),
        schema: template::schema(template),
        defaults: template.fields().into_iter().filter_map(default).collect(),
        stage: used.and_then(|used| used.0.get(&template)).map(|setup| setup.stage),
    }
}

#[cfg(test)]
mod tests {
    use domain::settings::Setup;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_is_shown_with_its_schema_its_defaults_and_how_far_it_has_come() {
        // S1-07, S1-08, S1-14
        let setup = Setup { stage: Stage::Applied, ..Setup::default() };
        let used = Workflows([(Template::AgentExpenseBill, setup)].into());
        let shown = serde_json::to_value(view(Template::AgentExpenseBill, Some(&used))).unwrap();
        for (name, expected) in [
            ("template", json!("agent_expense_bill")),
            ("workflow", json!("agent_expense")),
            ("document", json!("Bill")),
            ("title", json!("Agent Expense as Bills")),
            ("stage", json!("applied")),
            (
                "defaults",
                json!({"closed_period": "hold", "initial_sync": "none", "numbering": "host", "overwrite": "never", "transaction_date": "sync_day"}),
            ),
        ] {
            assert_eq!(shown[name], expected, "{name}");
        }
        assert_eq!(shown["schema"]["required"], json!(["expense_account"]));
        let unused = serde_json::to_value(view(Template::AgentBilling, Some(&used))).unwrap();
        assert_eq!(unused["stage"], Value::Null);
    }
}
