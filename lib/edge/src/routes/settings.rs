//! What a tenant chose: `GET` and `PUT /tenants/{tenant}/settings`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::settings::{Account, Settings, TransactionDate};
use http::StatusCode;
use serde::Serialize;
use sync::settings::{BadField, SaveError};

use super::Routes;
use crate::answer;
use crate::body;
use crate::deployment::Deployment;
use crate::http::{JsonBody, TenantPath};
use crate::local;
#[cfg(test)]
use crate::openapi::{Operation, reads, words};
use crate::problem::{FieldError, Problem};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "SettingsAnswer"))]
struct Body<'a> {
    settings: View<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Settings"))]
struct View<'a> {
    /// Income account of the items that ledgerbridge creates.
    #[cfg_attr(test, schemars(with = "Option<words::Account>"))]
    income_account: Option<&'a Account>,
    /// Where payments are deposited.
    #[cfg_attr(test, schemars(with = "Option<words::Account>"))]
    deposit_account: Option<&'a Account>,
    /// Which day a document is dated.
    #[cfg_attr(test, schemars(with = "words::TransactionDate"))]
    transaction_date: TransactionDate,
}

pub(super) fn routes() -> Routes {
    Routes::new().route("/tenants/{tenant}/settings", get(read).put(save))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::body::settings::SettingsShape;
    use http::Method;
    const PATH: &str = "/tenants/{tenant}/settings";
    const SAMPLES: &[&str] = &["settings/put-settings.json", "settings/put-settings-base64.json"];
    vec![
        Operation::new(Method::GET, PATH, "get_settings", "What the tenant chose")
            .answers::<Body<'_>>(StatusCode::OK, "The settings."),
        Operation::new(Method::PUT, PATH, "put_settings", "Choose accounts and dates")
            .about("Postings that wait for it go on.")
            .takes::<SettingsShape>(reads!(body::settings), SAMPLES)
            .answers::<Body<'_>>(StatusCode::OK, "The settings as they are now.")
            .refuses(Problem::not_connected()),
    ]
}

async fn read(
    State(deployment): State<Arc<Deployment>>,
    TenantPath(tenant): TenantPath,
) -> Result<Response, Problem> {
    match sync::settings::read(&deployment.app, &tenant).await {
        Ok(settings) => Ok(shown(&settings)),
        Err(error) => Err(answer::refuse(error, "tenant")),
    }
}

/// Fields that are left out keep their value.
async fn save(
    State(deployment): State<Arc<Deployment>>,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let change = body::settings(&body.required()?)?;
    let saved =
        local::run(async move { sync::settings::save(&deployment.app, &tenant, change).await });
    match saved.await {
        Ok(settings) => Ok(shown(&settings)),
        Err(SaveError::Fields(fields)) => {
            let told = |field: BadField| FieldError {
                path: format!("{}.id", field.setting.as_str()),
                code: "unusable_account",
                message: field.message,
                remedy: field.remedy,
            };
            Err(Problem::invalid_fields(fields.into_iter().map(told).collect()))
        }
        Err(SaveError::NotConnected) => Err(Problem::not_connected()),
        Err(SaveError::Other(error)) => Err(answer::refuse(error, "tenant")),
    }
}

fn shown(settings: &Settings) -> Response {
    let view = View {
        income_account: settings.income_account.as_ref(),
        deposit_account: settings.deposit_account.as_ref(),
        transaction_date: settings.transaction_date,
    };
    answer::json(StatusCode::OK, &Body { settings: view })
}
