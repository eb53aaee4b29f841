//! The connection of a tenant: `POST` starts it, `GET` shows it, `DELETE` ends it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use domain::connection::{self as connected, Company};
use domain::reason::{Failure, Reason};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sync::connection::{self, View};

use super::Routes;
use crate::answer;
use crate::body::{self, Json};
use crate::deployment::Deployment;
use crate::http::{JsonBody, TenantPath};
#[cfg(test)]
use crate::openapi::{Operation, reads, words};
use crate::problem::Problem;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Started"))]
struct Started {
    /// The page of Intuit to open in the person's browser. It is good for ten minutes and one use.
    authorize_url: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ConnectionAnswer"))]
struct Shown<'a> {
    connection: Status<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Connection"))]
pub(crate) struct Status<'a> {
    /// How the connection stands.
    #[cfg_attr(test, schemars(with = "words::ConnectionStatus"))]
    status: connected::Status,
    /// The company, also while it is disconnected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Company>"))]
    company: Option<&'a Company>,
    /// When the tenant last connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    connected_at: Option<Timestamp>,
    /// When the connection ends unless it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_expires_at: Option<Timestamp>,
    /// When it ends whatever happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    hard_expires_at: Option<Timestamp>,
    /// Posting rests until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_until: Option<Timestamp>,
    /// What a person has to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Reason>"))]
    reason: Option<Reason>,
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new().route("/tenants/{tenant}/connection", post(start).get(show).delete(end))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::body::start::StartShape;
    use http::Method;
    const PATH: &str = "/tenants/{tenant}/connection";
    vec![
        Operation::new(Method::POST, PATH, "start_connection", "Begin to connect a company")
            .may_take::<StartShape>(reads!(body::start), &["oauth-callback/start-connection.json"])
            .answers::<Started>(StatusCode::OK, "Where the person goes on."),
        Operation::new(Method::GET, PATH, "get_connection", "How the connection stands")
            .answers::<Shown<'_>>(StatusCode::OK, "How it stands."),
        Operation::new(Method::DELETE, PATH, "disconnect", "Disconnect the company")
            .about("Revokes and deletes the tokens. Links and history stay; connecting the same company again restores everything.")
            .answers::<Shown<'_>>(StatusCode::OK, "How it stands now."),
    ]
}

/// Answers with the address to open in the person's browser.
async fn start(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let start = body::start(&body.0.unwrap_or(Json::Object(body::Members::default())))?;
    match connection::start(&deployment.app, &tenant, start).await {
        Ok(url) => Ok(answer::json(StatusCode::OK, &Started { authorize_url: url.into() })),
        Err(error) => Err(answer::refuse(error, "tenant")),
    }
}

async fn show(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
) -> Result<Response, Problem> {
    shown(connection::status(&deployment.app, &tenant).await)
}

async fn end(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    shown(connection::disconnect(&deployment.app, &tenant).await)
}

fn shown(view: Result<View, sync::Error>) -> Result<Response, Problem> {
    match view {
        Ok(view) => Ok(answer::json(StatusCode::OK, &Shown { connection: status(&view) })),
        Err(error) => Err(answer::refuse(error, "tenant")),
    }
}

/// A connection as it is shown.
pub(crate) fn status(view: &View) -> Status<'_> {
    let Some(connection) = &view.connection else {
        return Status {
            status: connected::Status::Disconnected,
            company: None,
            connected_at: None,
            idle_expires_at: None,
            hard_expires_at: None,
            paused_until: None,
            reason: Some(Failure::not_connected().reason),
        };
    };
    let works = connection.status == connected::Status::Connected;
    Status {
        status: connection.status,
        company: Some(&connection.company),
        connected_at: Some(connection.connected_at),
        idle_expires_at: works.then_some(connection.refresh_expires_at),
        hard_expires_at: connection.hard_expires_at.filter(|_| works),
        paused_until: connection.pause(view.now),
        reason: match connection.status {
            connected::Status::Connected => None,
            connected::Status::NeedsReconnect => Some(Failure::needs_reconnect().reason),
            connected::Status::Disconnected => Some(Failure::not_connected().reason),
        },
    }
}
