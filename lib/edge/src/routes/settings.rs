//! What a tenant switched on and off: `GET` and `PUT /tenants/{tenant}/settings`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::settings::Switches;
use http::StatusCode;
use serde::Serialize;
use sync::switches;

use super::Routes;
use crate::answer;
use crate::body;
use crate::deployment::Deployment;
use crate::http::{JsonBody, TenantPath};
use crate::local;
#[cfg(test)]
use crate::openapi::{Operation, reads};
use crate::problem::Problem;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "SettingsAnswer"))]
struct Body {
    settings: View,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Settings"))]
struct View {
    /// What is posted without a person, once it arrives by itself. The rest is held until a person presses sync.
    auto_sync: AutoSync,
    /// Whether the customer uses agent billing, so that its workflow can be set up.
    agent_billing: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AutoSync"))]
struct AutoSync {
    /// A disbursement, once it has reached 100 %.
    disbursement_at_100_percent: bool,
    /// A bill or payment, once the agent's card was charged.
    billing_when_card_charged: bool,
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
        Operation::new(Method::GET, PATH, "get_settings", "What is switched on and off")
            .answers::<Body>(StatusCode::OK, "The settings."),
        Operation::new(Method::PUT, PATH, "put_settings", "Switch auto-sync on and off")
            .about("What is held already stays held until a person syncs or releases it.")
            .takes::<SettingsShape>(reads!(body::settings), SAMPLES)
            .answers::<Body>(StatusCode::OK, "The settings as they are now."),
    ]
}

async fn read(
    State(deployment): State<Arc<Deployment>>,
    TenantPath(tenant): TenantPath,
) -> Result<Response, Problem> {
    shown(switches::read(&deployment.app, &tenant).await)
}

/// Fields that are left out keep their value.
async fn save(
    State(deployment): State<Arc<Deployment>>,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let change = body::settings(&body.required()?)?;
    local::run(async move { shown(switches::save(&deployment.app, &tenant, change).await) }).await
}

fn shown(switches: Result<Switches, sync::Error>) -> Result<Response, Problem> {
    let switches = switches.map_err(|error| answer::refuse(error, "tenant"))?;
    let settings = View {
        auto_sync: AutoSync {
            disbursement_at_100_percent: switches.auto_sync_disbursement_at_100_percent,
            billing_when_card_charged: switches.auto_sync_billing_when_card_charged,
        },
        agent_billing: switches.agent_billing,
    };
    Ok(answer::json(StatusCode::OK, &Body { settings }))
}
