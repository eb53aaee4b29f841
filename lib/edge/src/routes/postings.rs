//! What a tenant's error page shows: `GET /tenants/{tenant}/postings` by state, `POST …/postings/retry` and `…/release` for
//! all at once, `…/hold` and `…/unlink` for one record.

use std::sync::Arc;

use aws::table::Place;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::id::{CompanyId, TenantId};
use domain::posting::Posting;
use domain::record::RecordKind;
use http::StatusCode;
use jiff::Timestamp;
use quickbooks::Endpoints;
use serde::Serialize;
use sync::postings::{self, NotDone, Removed, Retry, Selection};

use super::Routes;
use super::filters::Filters;
use crate::answer::{self, PostingView};
use crate::body;
use crate::body::shape::shape;
use crate::cursor;
use crate::deployment::Deployment;
use crate::http::{JsonBody, Query, TenantPath};
use crate::local;
#[cfg(test)]
use crate::openapi::{
    Operation, reads,
    value::{Cursor, Limit},
    words,
};
use crate::problem::Problem;
use crate::telemetry;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "PostingPage"))]
struct Listed<'a> {
    /// The longest waiting first.
    postings: Vec<Entry<'a>>,
    /// The `cursor` of the next page, unless this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ListedPosting"))]
pub(crate) struct Entry<'a> {
    /// The kind of record.
    #[cfg_attr(test, schemars(with = "words::RecordKind"))]
    kind: &'static str,
    /// The host's id of the record.
    id: &'a str,
    /// What kind of workflow posts it.
    #[cfg_attr(test, schemars(with = "words::Workflow"))]
    workflow: &'static str,
    /// The host's id of who is paid, for an expense of a disbursement.
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<&'a str>,
    /// Since when it has been in this state.
    since: Timestamp,
    #[serde(flatten)]
    posting: PostingView<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Retried"))]
struct Retried {
    /// So many were queued.
    queued: usize,
    /// Not all were looked at; call again with `next` as the cursor.
    more: bool,
    /// The `cursor` to go on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Held"))]
struct Held {
    /// So many postings of the record are on hold now.
    held: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Unlinked"))]
struct Unlinked {
    /// So many postings of the record are left as they are in QuickBooks now.
    unlinked: usize,
}

shape! {
    /// Which postings are asked for.
    PostingQuery {
        /// The state they are in.
        required state: words::Listed,
        /// Only this kind.
        optional kind: words::RecordKind,
        /// Postings of a page.
        optional limit: Limit,
        /// `next` of the page before.
        optional cursor: Cursor,
    }
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/postings", get(list))
        .route("/tenants/{tenant}/postings/retry", post(retry))
        .route("/tenants/{tenant}/postings/hold", post(hold))
        .route("/tenants/{tenant}/postings/release", post(release))
        .route("/tenants/{tenant}/postings/unlink", post(unlink))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::body::postings::{OneShape, ReleaseShape};
    use crate::body::retry::RetryShape;
    use http::Method;
    const LIST: &str = "/tenants/{tenant}/postings";
    const RETRY: &str = "/tenants/{tenant}/postings/retry";
    const HOLD: &str = "/tenants/{tenant}/postings/hold";
    const RELEASE: &str = "/tenants/{tenant}/postings/release";
    const UNLINK: &str = "/tenants/{tenant}/postings/unlink";
    let unknown = || Problem::unknown_record("record");
    vec![
        Operation::new(Method::GET, LIST, "list_postings", "What waits or was refused")
            .about("A page can be short, or empty, and still have a `next`. What has just changed can be missing for a second.")
            .asks::<PostingQuery>()
            .answers::<Listed<'_>>(StatusCode::OK, "A page."),
        Operation::new(Method::POST, RETRY, "retry_postings", "Have many tried again")
            .about("As if a person had pressed sync on each. Calling twice books nothing twice.")
            .takes::<RetryShape>(reads!(body::retry), &["settings/retry-postings.json"])
            .answers::<Retried>(StatusCode::ACCEPTED, "They are queued."),
        Operation::new(Method::POST, HOLD, "hold_posting", "Put a record on hold")
            .about("What of it is not posted yet waits until a person syncs or releases it, whatever arrives by itself.")
            .takes::<OneShape>(reads!(body::one_record), &["settings/hold-posting.json"])
            .answers::<Held>(StatusCode::OK, "It is on hold.")
            .refuses(unknown())
            .refuses(Problem::nothing_to_hold())
            .refuses(Problem::already_working()),
        Operation::new(Method::POST, RELEASE, "release_postings", "Post what is held")
            .about("As if a person had pressed sync on each. Calling twice books nothing twice.")
            .takes::<ReleaseShape>(reads!(body::release), &["settings/release-postings.json"])
            .answers::<Retried>(StatusCode::ACCEPTED, "They are queued."),
        Operation::new(Method::POST, UNLINK, "unlink_posting", "Leave a removed document removed")
            .about("For a record whose document a person deleted or voided in QuickBooks on purpose. Syncing it creates the document again.")
            .takes::<OneShape>(reads!(body::one_record), &["settings/unlink-posting.json"])
            .answers::<Unlinked>(StatusCode::OK, "It is left as it is in QuickBooks.")
            .refuses(unknown())
            .refuses(Problem::nothing_to_unlink())
            .refuses(Problem::already_working()),
    ]
}

async fn list(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    let mut read = Filters::of(&query, PostingQuery::FIELDS);
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
    let entries = page.postings.iter().map(|posting| entry(posting, endpoints, company));
    let next = page.next.map(|place| cursor::seal(&tenant, &question, &place.as_text()));
    Ok(answer::json(StatusCode::OK, &Listed { postings: entries.collect(), next }))
}

/// A posting with its name, as it is shown while `company` is connected.
pub(crate) fn entry<'a>(
    posting: &'a Posting,
    endpoints: &Endpoints,
    company: Option<&CompanyId>,
) -> Entry<'a> {
    Entry {
        kind: posting.key.record.as_str(),
        id: posting.key.id.as_str(),
        workflow: posting.key.workflow.as_str(),
        payee: posting.key.payee.as_ref().map(|payee| payee.as_str()),
        since: posting.blocked_since.unwrap_or(posting.updated_at),
        posting: answer::view(posting, None, endpoints, company),
    }
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
    let wish =
        Retry { selection: Selection { state, kind }, id: None, code: code.clone(), removed };
    queue(&deployment, &tenant, &wish, &question, after).await
}

async fn release(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let body::Release { kind, id, code, cursor: at } = body::release(&body.required()?)?;
    let question = ("release", kind, &id, &code);
    let after = place(&tenant, &question, at.as_deref())?;
    let wish = Retry {
        selection: Selection { state: domain::posting::State::Held, kind },
        id: id.clone(),
        code: code.clone(),
        removed: Removed::LeftAlone,
    };
    queue(&deployment, &tenant, &wish, &question, after).await
}

async fn queue(
    deployment: &Deployment,
    tenant: &TenantId,
    wish: &Retry,
    question: &impl Serialize,
    after: Option<Place>,
) -> Result<Response, Problem> {
    let queued = postings::retry_all(&deployment.app, tenant, wish, after)
        .await
        .map_err(|error| answer::refuse(error, "tenant"))?;
    let next = queued.next.map(|place| cursor::seal(tenant, question, &place.as_text()));
    let retried = Retried { queued: queued.count, more: next.is_some(), next };
    Ok(answer::json(StatusCode::ACCEPTED, &retried))
}

async fn hold(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let (kind, id) = body::one_record(&body.required()?)?;
    telemetry::record_posting(kind.as_str(), id.as_str());
    local::run(async move {
        match postings::hold(&deployment.app, &tenant, kind, &id).await {
            Ok(held) => Ok(answer::json(StatusCode::OK, &Held { held })),
            Err(why) => Err(not_done(why, kind, Problem::nothing_to_hold())),
        }
    })
    .await
}

async fn unlink(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let (kind, id) = body::one_record(&body.required()?)?;
    telemetry::record_posting(kind.as_str(), id.as_str());
    local::run(async move {
        match postings::unlink(&deployment.app, &tenant, kind, &id).await {
            Ok(unlinked) => Ok(answer::json(StatusCode::OK, &Unlinked { unlinked })),
            Err(why) => Err(not_done(why, kind, Problem::nothing_to_unlink())),
        }
    })
    .await
}

fn not_done(why: NotDone, kind: RecordKind, nothing: Problem) -> Problem {
    match why {
        NotDone::Unknown => Problem::unknown_record(kind.as_str()),
        NotDone::Busy => Problem::already_working(),
        NotDone::Nothing => nothing,
        NotDone::Other(error) => answer::refuse(error, kind.as_str()),
    }
}

fn place(
    tenant: &TenantId,
    question: &impl Serialize,
    cursor: Option<&str>,
) -> Result<Option<Place>, Problem> {
    cursor.map(|at| cursor::open(tenant, question, at, Place::parse)).transpose()
}
