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
use crate::problem::Problem;

#[derive(Serialize)]
struct Started {
    authorize_url: String,
}

#[derive(Serialize)]
struct Shown<'a> {
    connection: Status<'a>,
}

#[derive(Serialize)]
struct Status<'a> {
    status: connected::Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<&'a Company>,
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
    reason: Option<Reason>,
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new().route("/tenants/{tenant}/connection", post(start).get(show).delete(end))
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

fn status(view: &View) -> Status<'_> {
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
