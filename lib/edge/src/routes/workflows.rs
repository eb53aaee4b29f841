//! What a tenant made of the templates: `/tenants/{tenant}/workflows`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::connection::Company;
use domain::reason::Reason;
use domain::settings::{Refusal, Setup, Stage, Value, Workflows};
use domain::template::Template;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sync::workflows::{self, BadField, Move, SaveError, Saved};

use super::Routes;
use crate::answer;
use crate::body;
use crate::deployment::Deployment;
use crate::http::{JsonBody, TemplatePath, TenantPath};
use crate::local;
#[cfg(test)]
use crate::openapi::{Operation, reads, value::Nothing, words};
use crate::problem::{FieldError, Problem};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "WorkflowList"))]
struct All<'a> {
    /// The company whose workflows these are; `null` before one was connected.
    company: Option<CompanyView<'a>>,
    /// Those whose template is used, in the order of the catalogue.
    workflows: Vec<View<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "WorkflowAnswer"))]
struct One<'a> {
    /// The company whose workflow this is.
    company: Option<CompanyView<'a>>,
    workflow: View<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "CompanyName"))]
struct CompanyView<'a> {
    /// The company's id, by which a person confirms it.
    id: &'a str,
    /// Its name.
    name: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Workflow"))]
struct View<'a> {
    /// The template that it is made from.
    #[cfg_attr(test, schemars(with = "words::TemplateName"))]
    template: &'static str,
    /// The kind of workflow. At most one of a kind is active.
    #[cfg_attr(test, schemars(with = "words::Workflow"))]
    workflow: &'static str,
    /// How far it has come.
    #[cfg_attr(test, schemars(with = "words::Stage"))]
    stage: Stage,
    /// What was chosen, by field: an entry of a list as `id` and `name`, a word, a day, a text, or an entry for each of the
    /// host's products and services. It can be sent back as it is.
    #[cfg_attr(test, schemars(with = "words::Chosen"))]
    configuration: BTreeMap<&'static str, Chosen<'a>>,
    /// What has to be chosen before it can be applied.
    #[cfg_attr(test, schemars(with = "Vec<words::WorkflowField>"))]
    missing: Vec<&'static str>,
    /// When it first ran; `null` while it never did.
    first_run_at: Option<Timestamp>,
    /// What QuickBooks said about a choice since it was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Reason>"))]
    problem: Option<&'a Reason>,
}

/// A chosen value, as it is shown.
#[derive(Serialize)]
#[serde(untagged)]
enum Chosen<'a> {
    Entry(&'a domain::settings::Choice),
    Entries(BTreeMap<&'a str, &'a domain::settings::Choice>),
    Text(String),
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/workflows", get(list))
        .route("/tenants/{tenant}/workflows/{template}", get(show).put(save).delete(remove))
        .route("/tenants/{tenant}/workflows/{template}/apply", post(apply))
        .route("/tenants/{tenant}/workflows/{template}/run", post(run))
        .route("/tenants/{tenant}/workflows/{template}/pause", post(pause))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::body::workflow::WorkflowShape;
    use Template::{BrokerageIncomeDeposit, BrokerageIncomeInvoice};
    use domain::template::Field;
    use http::Method;
    const ALL: &str = "/tenants/{tenant}/workflows";
    const ONE: &str = "/tenants/{tenant}/workflows/{template}";
    const SAMPLES: &[&str] = &["settings/put-workflow.json", "settings/put-workflow-base64.json"];
    let used = BrokerageIncomeInvoice;
    let refused = |refusal| refused(SaveError::Refused(refusal), used);
    let unused = || refused(Refusal::NotUsed);
    let one = |method, path, id, summary| {
        Operation::new(method, path, id, summary)
            .refuses(Problem::unknown_template())
            .refuses(unused())
    };
    let step = |path, id, summary, about| {
        one(Method::POST, path, id, summary)
            .about(about)
            .may_take::<Nothing>(reads!(body::nothing), &[])
            .answers::<One<'_>>(StatusCode::OK, "The workflow as it is now. Repeating is harmless.")
            .refuses(Problem::not_connected())
    };
    let company = words::example_company();
    let incomplete = || refused(Refusal::Incomplete(vec![Field::IncomeAccount]));
    vec![
        Operation::new(Method::GET, ALL, "list_workflows", "How records are posted")
            .answers::<All<'_>>(StatusCode::OK, "The workflows of the company."),
        one(Method::GET, ONE, "get_workflow", "How one kind of record is posted")
            .answers::<One<'_>>(StatusCode::OK, "The workflow."),
        Operation::new(Method::PUT, ONE, "put_workflow", "Use a template, or change what was chosen")
            .about("Every chosen account, item, class and term is looked up in QuickBooks, which is metered. Postings that wait for it go on. Only a draft may be incomplete.")
            .takes::<WorkflowShape>(|json| body::workflow(Template::AgentBilling, json).map(drop), SAMPLES)
            .answers::<One<'_>>(StatusCode::OK, "The workflow as it is now.")
            .answers::<One<'_>>(StatusCode::CREATED, "The template is used now.")
            .refuses(Problem::unknown_template())
            .refuses(incomplete())
            .refuses(Problem::other_company(&company))
            .refuses(Problem::company_not_confirmed(&company))
            .refuses(Problem::agent_billing_off())
            .refuses(Problem::not_connected()),
        one(Method::DELETE, ONE, "remove_workflow", "No longer use a template")
            .about("Forgets what was chosen. What the workflow posted stays in QuickBooks.")
            .done("The template is not used any more.")
            .refuses(refused(Refusal::PauseFirst))
            .refuses(Problem::not_connected()),
        step(
            "/tenants/{tenant}/workflows/{template}/apply",
            "apply_workflow",
            "The configuration is complete",
            "A draft becomes ready to run; nothing is posted yet.",
        )
        .refuses(incomplete()),
        step(
            "/tenants/{tenant}/workflows/{template}/run",
            "run_workflow",
            "Post records from now on",
            "What waits for a workflow of this kind goes on.",
        )
        .refuses(refused(Refusal::ApplyFirst))
        .refuses(refused(Refusal::AnotherActive(BrokerageIncomeDeposit)))
        .refuses(Problem::agent_billing_off()),
        step(
            "/tenants/{tenant}/workflows/{template}/pause",
            "pause_workflow",
            "Let records wait from now on",
            "They are posted when a workflow of this kind runs again.",
        )
        .refuses(refused(Refusal::NotActive)),
    ]
}

async fn list(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
) -> Result<Response, Problem> {
    let read = workflows::read(&deployment.app, &tenant).await;
    let read = read.map_err(|error| answer::refuse(error, "tenant"))?;
    let setups = used(&read).into_iter().flat_map(|used| &used.0);
    let workflows = setups.map(|(template, setup)| view(*template, setup)).collect();
    Ok(answer::json(StatusCode::OK, &All { company: company(&read), workflows }))
}

async fn show(
    State(deployment): Deployed,
    TemplatePath { tenant, template }: TemplatePath,
) -> Result<Response, Problem> {
    let read = workflows::read(&deployment.app, &tenant).await;
    let read = read.map_err(|error| answer::refuse(error, "tenant"))?;
    shown(StatusCode::OK, &read, template)
}

/// Fields that are left out keep their value.
async fn save(
    State(deployment): Deployed,
    TemplatePath { tenant, template }: TemplatePath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let change = body::workflow(template, &body.required()?)?;
    local::run(async move {
        let saved = workflows::save(&deployment.app, &tenant, template, change).await;
        let Saved { view, created } = saved.map_err(|error| refused(error, template))?;
        let status = if created { StatusCode::CREATED } else { StatusCode::OK };
        shown(status, &view, template)
    })
    .await
}

async fn apply(
    deployment: Deployed,
    path: TemplatePath,
    body: JsonBody,
) -> Result<Response, Problem> {
    take(deployment, path, body, Move::Apply).await
}

async fn run(
    deployment: Deployed,
    path: TemplatePath,
    body: JsonBody,
) -> Result<Response, Problem> {
    take(deployment, path, body, Move::Run).await
}

async fn pause(
    deployment: Deployed,
    path: TemplatePath,
    body: JsonBody,
) -> Result<Response, Problem> {
    take(deployment, path, body, Move::Pause).await
}

async fn remove(
    deployment: Deployed,
    path: TemplatePath,
    body: JsonBody,
) -> Result<Response, Problem> {
    take(deployment, path, body, Move::Remove).await
}

async fn take(
    State(deployment): Deployed,
    TemplatePath { tenant, template }: TemplatePath,
    body: JsonBody,
    step: Move,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    local::run(async move {
        let taken = workflows::take(&deployment.app, &tenant, template, step).await;
        let taken = taken.map_err(|error| refused(error, template))?;
        match step {
            Move::Remove => Ok(StatusCode::NO_CONTENT.into_response()),
            Move::Apply | Move::Run | Move::Pause => shown(StatusCode::OK, &taken, template),
        }
    })
    .await
}

/// What it means to a caller that a workflow was not saved, or did not take a step.
fn refused(error: SaveError, template: Template) -> Problem {
    match error {
        SaveError::Fields(fields) => Problem::invalid_fields(fields.into_iter().map(bad).collect()),
        SaveError::Refused(refusal) => match refusal {
            Refusal::NotUsed => Problem::unknown_workflow(template),
            Refusal::Incomplete(missing) => Problem::incomplete(template, &missing),
            Refusal::ApplyFirst => Problem::apply_first(template),
            Refusal::AnotherActive(other) => Problem::another_active(template, other),
            Refusal::NotActive => Problem::not_active(template),
            Refusal::PauseFirst => Problem::pause_first(template),
        },
        SaveError::OtherCompany(connected) => Problem::other_company(&connected),
        SaveError::NotConfirmed(connected) => Problem::company_not_confirmed(&connected),
        SaveError::AgentBillingOff => Problem::agent_billing_off(),
        SaveError::NotConnected => Problem::not_connected(),
        SaveError::Other(error) => answer::refuse(error, "tenant"),
    }
}

fn bad(bad: BadField) -> FieldError {
    let BadField { field, item, message, remedy } = bad;
    let item = item.map(|item| format!(".{item}")).unwrap_or_default();
    FieldError {
        path: format!("configuration.{}{item}.id", field.as_str()),
        code: "unusable_choice",
        message,
        remedy,
    }
}

/// The workflows of the company.
pub(super) fn used(view: &workflows::View) -> Option<&Workflows> {
    view.settings.workflows(&view.company.as_ref()?.id)
}

fn shown(
    status: StatusCode,
    read: &workflows::View,
    template: Template,
) -> Result<Response, Problem> {
    let setup = used(read).and_then(|used| used.0.get(&template));
    let setup = setup.ok_or_else(|| Problem::unknown_workflow(template))?;
    let body = One { company: company(read), workflow: view(template, setup) };
    Ok(answer::json(status, &body))
}

fn company(view: &workflows::View) -> Option<CompanyView<'_>> {
    let Company { id, name, .. } = view.company.as_ref()?;
    Some(CompanyView { id: id.as_str(), name })
}

fn view(template: Template, setup: &Setup) -> View<'_> {
    let missing = setup.configuration.missing(template);
    View {
        template: template.as_str(),
        workflow: template.workflow().as_str(),
        stage: setup.stage,
        configuration: setup
            .configuration
            .chosen()
            .map(|(field, value)| (field.as_str(), chosen(value)))
            .collect(),
        missing: missing.into_iter().map(|field| field.as_str()).collect(),
        first_run_at: setup.first_run_at,
        problem: setup.problem.as_ref(),
    }
}

fn chosen(value: &Value) -> Chosen<'_> {
    match value {
        Value::Entry(choice) => Chosen::Entry(choice),
        Value::Entries(choices) => {
            Chosen::Entries(choices.iter().map(|(item, choice)| (item.as_str(), choice)).collect())
        }
        Value::Word(text) | Value::Text(text) => Chosen::Text(text.clone()),
        Value::Day(day) => Chosen::Text(day.to_string()),
    }
}
