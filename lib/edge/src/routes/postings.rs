//! What a tenant's error page shows: `GET /tenants/{tenant}/postings` by state, and `POST …/postings/retry` for all at
//! once.

use std::sync::Arc;

use aws::table::Place;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::id::TenantId;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sync::postings::{self, Removed, Selection, Wish};

use super::Routes;
use super::filters::Filters;
use crate::answer::{self, PostingView};
use crate::body;
use crate::cursor;
use crate::deployment::Deployment;
use crate::http::{JsonBody, Query, TenantPath};
use crate::problem::Problem;

#[derive(Serialize)]
struct Listed<'a> {
    postings: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Entry<'a> {
    kind: &'static str,
    id: &'a str,
    /// Since when it has been in this state.
    since: Timestamp,
    #[serde(flatten)]
    posting: PostingView<'a>,
}

#[derive(Serialize)]
struct Retried {
    queued: usize,
    /// Not all were looked at; call again with `next` as the cursor.
    more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/postings", get(list))
        .route("/tenants/{tenant}/postings/retry", post(retry))
}

async fn list(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    let mut read = Filters::of(&query, &["state", "kind", "limit", "cursor"]);
    let (state, kind, limit, at) = (read.state(), read.kind(), read.limit(), read.text("cursor"));
    read.finish()?;
    let state = state.expect("finish refuses a query without a state");
    let question = ("postings", state.as_str(), kind);
    let after = place(&tenant, &question, at.as_deref())?;
    let selection = Selection { state, kind };
    let page = postings::in_state(&deployment.app, &tenant, &selection, limit, after.as_ref())
        .await
        .map_err(|error| answer::refuse(error, "tenant"))?;
    let endpoints = deployment.app.quickbooks.endpoints();
    let company = page.company.as_ref().map(|company| &company.id);
    let entries = page.postings.iter().map(|posting| Entry {
        kind: posting.key.record.as_str(),
        id: posting.key.id.as_str(),
        since: posting.blocked_since.unwrap_or(posting.updated_at),
        posting: answer::view(posting, None, endpoints, company),
    });
    let next = page.next.map(|place| cursor::seal(&tenant, &question, &place.as_text()));
    Ok(answer::json(StatusCode::OK, &Listed { postings: entries.collect(), next }))
}

async fn retry(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let body::Retry { state, kind, code, recreate, cursor: at } = body::retry(&body.required()?)?;
    let question = ("retry", state.as_str(), kind, &code, recreate);
    let after = place(&tenant, &question, at.as_deref())?;
    let removed = if recreate { Removed::MadeAgain } else { Removed::LeftAlone };
    let wish = Wish { selection: Selection { state, kind }, code: code.clone(), removed };
    let queued = postings::retry_all(&deployment.app, &tenant, &wish, after)
        .await
        .map_err(|error| answer::refuse(error, "tenant"))?;
    let next = queued.next.map(|place| cursor::seal(&tenant, &question, &place.as_text()));
    let retried = Retried { queued: queued.count, more: next.is_some(), next };
    Ok(answer::json(StatusCode::ACCEPTED, &retried))
}

fn place(
    tenant: &TenantId,
    question: &impl Serialize,
    cursor: Option<&str>,
) -> Result<Option<Place>, Problem> {
    cursor.map(|at| cursor::open(tenant, question, at, Place::parse)).transpose()
}
