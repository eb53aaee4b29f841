//! What a tenant made of the templates: `/tenants/{tenant}/workflows`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::settings::{Refusal, Workflows};
use domain::template::Template;
use http::StatusCode;
use sync::ReadError;
use sync::workflows::{self, BadField, Move, SaveError, Saved};

use super::Routes;
use super::lists::unreadable;
use crate::answer;
use crate::answer::workflow::{All, One, company, view};
use crate::body;
use crate::deployment::Deployment;
use crate::http::{JsonBody, TemplatePath, TenantPath};
use crate::local;
#[cfg(test)]
use crate::openapi::{Operation, reads, value::Nothing, words};
use crate::problem::{FieldError, Problem};

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
            .refuses(Problem::not_connected())
            .refuses(unreadable(ReadError::NeedsReconnect)),
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
        .refuses(incomplete())
        .refuses(unreadable(ReadError::NeedsReconnect)),
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
    Ok(answer::json(
        StatusCode::OK,
        &All { company: read.company.as_ref().map(company), workflows },
    ))
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
        SaveError::NeedsReconnect => unreadable(ReadError::NeedsReconnect),
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
    let body = One { company: read.company.as_ref().map(company), workflow: view(template, setup) };
    Ok(answer::json(status, &body))
}

#[cfg(test)]
mod tests {
    use domain::id::HostId;
    use domain::template::Field;

    use super::*;

    #[test]
    fn a_choice_that_quickbooks_cannot_use_is_named_by_its_path() {
        let bad = |field, item: Option<&str>| BadField {
            field,
            item: item.map(|item| HostId::parse(item).unwrap()),
            message: "Checking (35) cannot be the income account.".to_owned(),
            remedy: "Choose an active account of type Income.".to_owned(),
        };
        let fields = vec![bad(Field::IncomeAccount, None), bad(Field::AccountsByItem, Some("mls"))];
        let problem = refused(SaveError::Fields(fields), Template::AgentBilling).to_json("r");
        let problem: serde_json::Value = serde_json::from_str(&problem).unwrap();
        assert_eq!(problem["status"], 422);
        for (index, path) in
            ["configuration.income_account.id", "configuration.accounts_by_item.mls.id"]
                .into_iter()
                .enumerate()
        {
            assert_eq!(problem["errors"][index]["path"], path);
            assert_eq!(problem["errors"][index]["code"], "unusable_choice");
        }
    }
}
