//! What was done for a tenant: `GET /tenants/{tenant}/history`, the same as `…/history.csv`, and `DELETE` to clear it
//! from view.

use std::sync::Arc;

use aws::table::{HistoryPlace, HistorySpan};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::history::HistoryLine;
use domain::id::TenantId;
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use quickbooks::Endpoints;
use serde::Serialize;
use sync::history::{self, Cleared, Filter, Page};

use super::Routes;
use super::filters::Filters;
use crate::answer::{self, ObjectView};
use crate::body;
use crate::body::shape::shape;
use crate::csv;
use crate::cursor;
use crate::deployment::Deployment;
use crate::http::{JsonBody, Query, TenantPath};
#[cfg(test)]
use crate::openapi::{
    Operation,
    value::{Anything, Cursor, Limit, Moment},
    words,
};
use crate::problem::Problem;

/// Lines of one CSV. Lambda answers with at most 6 MB, and a line rarely has more than half a kilobyte.
const MAX_CSV_LINES: usize = 5000;
/// Carries the cursor of the next CSV when not all lines fit into one.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "HistoryPage"))]
struct Listed<'a> {
    /// The newest first.
    history: Vec<Line<'a>>,
    /// The `cursor` of the next page, unless this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "HistoryLine"))]
struct Line<'a> {
    /// When it was done.
    at: Timestamp,
    /// The kind of record, if it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::RecordKind>"))]
    kind: Option<&'static str>,
    /// The host's id of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a str>,
    /// The version of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// What was done, in a word: `created`, `updated`, `connected` …
    action: &'a str,
    /// What was done, for people.
    description: &'a str,
    /// The QuickBooks objects concerned.
    objects: Vec<ObjectView<'a>>,
}

shape! {
    /// Which lines are asked for.
    HistoryQuery {
        /// Only this kind of record.
        optional kind: words::RecordKind,
        /// Only the record with this id.
        optional record: Anything,
        /// Only this action.
        optional action: Anything,
        /// The first day (UTC), or the first moment.
        optional from: Moment,
        /// The last day (UTC), or the moment before which lines are shown.
        optional to: Moment,
        /// `hidden` shows cleared lines too.
        optional include: words::Include,
        /// `next` of the page before.
        optional cursor: Cursor,
        /// Lines of a page.
        optional limit: Limit,
    }
}

shape! {
    /// Which lines are asked for. A file has as many as fit.
    HistoryFileQuery {
        /// Only this kind of record.
        optional kind: words::RecordKind,
        /// Only the record with this id.
        optional record: Anything,
        /// Only this action.
        optional action: Anything,
        /// The first day (UTC), or the first moment.
        optional from: Moment,
        /// The last day (UTC), or the moment before which lines are shown.
        optional to: Moment,
        /// `hidden` shows cleared lines too.
        optional include: words::Include,
        /// The header `x-next-cursor` of the file before.
        optional cursor: Cursor,
    }
}

/// A question about the history.
struct Asked {
    filter: Filter,
    limit: u32,
    after: Option<HistoryPlace>,
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/history", get(list).delete(clear))
        .route("/tenants/{tenant}/history.csv", get(export))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use http::Method;
    const PATH: &str = "/tenants/{tenant}/history";
    vec![
        Operation::new(Method::GET, PATH, "list_history", "What was done")
            .asks::<HistoryQuery>()
            .answers::<Listed<'_>>(StatusCode::OK, "A page."),
        Operation::new(
            Method::GET,
            "/tenants/{tenant}/history.csv",
            "export_history",
            "What was done, as a file",
        )
        .about("RFC 4180, UTF-8, with a header row; at most 5,000 lines.")
        .asks::<HistoryFileQuery>()
        .exports("The file."),
        Operation::new(Method::DELETE, PATH, "clear_history", "Hide all lines up to now")
            .about("Destroys nothing: `include=hidden` shows them all the same.")
            .done("They are hidden."),
    ]
}

async fn list(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    let asked = asked(&tenant, &query, HistoryQuery::FIELDS)?;
    let limit = asked.limit.try_into().expect("a hundred fits");
    let Page { lines, next } = read(&deployment, &tenant, &asked, limit).await?;
    let endpoints = deployment.app.quickbooks.endpoints();
    let history = lines.iter().map(|line| view(line, endpoints)).collect();
    let next = next.map(|place| cursor::seal(&tenant, &asked.filter, place.as_text()));
    Ok(answer::json(StatusCode::OK, &Listed { history, next }))
}

async fn export(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    let asked = asked(&tenant, &query, HistoryFileQuery::FIELDS)?;
    let Page { lines, next } = read(&deployment, &tenant, &asked, MAX_CSV_LINES).await?;
    let mut response = csv::of(&lines).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let named = format!("attachment; filename=\"history-{tenant}.csv\"");
    let texts = [
        (header::CONTENT_DISPOSITION, Some(named)),
        (NEXT_CURSOR, next.map(|place| cursor::seal(&tenant, &asked.filter, place.as_text()))),
    ];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

/// Hides all lines up to now.
async fn clear(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    match history::clear(&deployment.app, &tenant).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(answer::refuse(error, "tenant")),
    }
}

fn asked(tenant: &TenantId, query: &Query, known: &[&str]) -> Result<Asked, Problem> {
    let mut filters = Filters::of(query, known);
    let cleared = if filters.includes_hidden() { Cleared::Included } else { Cleared::Hidden };
    let filter = Filter {
        kind: filters.kind(),
        record: filters.text("record"),
        action: filters.text("action"),
        span: HistorySpan { from: filters.from(), to: filters.to() },
        cleared,
    };
    let limit = filters.limit();
    let at = filters.text("cursor");
    filters.finish()?;
    let open = |at: String| cursor::open(tenant, &filter, &at, HistoryPlace::parse);
    let after = at.map(open).transpose()?;
    Ok(Asked { filter, limit, after })
}

async fn read(
    deployment: &Deployment,
    tenant: &TenantId,
    asked: &Asked,
    limit: usize,
) -> Result<Page, Problem> {
    let page = history::page(&deployment.app, tenant, &asked.filter, limit, asked.after.clone());
    page.await.map_err(|error| answer::refuse(error, "tenant"))
}

fn view<'a>(line: &'a HistoryLine, endpoints: &Endpoints) -> Line<'a> {
    let objects = line.objects.iter().map(|object| answer::object_view(object, None, endpoints));
    Line {
        at: line.at,
        kind: line.record.map(|kind| kind.as_str()),
        record: line.record_id.as_deref(),
        version: line.version,
        action: &line.action,
        description: &line.description,
        objects: objects.collect(),
    }
}
