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
use crate::problem::{FieldError, Problem};

#[derive(Serialize)]
struct Body<'a> {
    settings: View<'a>,
}

#[derive(Serialize)]
struct View<'a> {
    income_account: Option<&'a Account>,
    deposit_account: Option<&'a Account>,
    transaction_date: TransactionDate,
}

pub(super) fn routes() -> Routes {
    Routes::new().route("/tenants/{tenant}/settings", get(read).put(save))
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
