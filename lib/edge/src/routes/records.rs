//! Bills and payments: `PUT` the record, `POST …/sync` it again, `GET` where it stands; payments also `DELETE`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::id::{HostId, TenantId};
use domain::posting::{PostingKey, Workflow};
use domain::record::RecordKind;
use sync::posting;

use super::Routes;
use super::filters::Filters;
use crate::answer;
use crate::body;
use crate::deployment::Deployment;
use crate::http::{JsonBody, Query, RecordPath};
use crate::local;
use crate::problem::Problem;
use crate::telemetry;

/// One payment.
pub(super) const PAYMENT_PATH: &str = "/tenants/{tenant}/payments/{id}";

type Deployed = State<Arc<Deployment>>;

/// What both kinds have in common.
pub(super) fn routes(kind: RecordKind) -> Routes {
    let (path, sync_path) = match kind {
        RecordKind::Bill => ("/tenants/{tenant}/bills/{id}", "/tenants/{tenant}/bills/{id}/sync"),
        RecordKind::Payment => (PAYMENT_PATH, "/tenants/{tenant}/payments/{id}/sync"),
    };
    let put = async move |State(deployment): Deployed, at: RecordPath, body: JsonBody| {
        submit(kind, deployment, at, body).await
    };
    let show = async move |State(deployment): Deployed, at: RecordPath| {
        let (tenant, key) = named(kind, at);
        local::run(async move {
            let answer = posting::show(&deployment.app, &tenant, &key).await;
            answered(&deployment, kind, answer)
        })
        .await
    };
    let retry = async move |State(deployment): Deployed, at: RecordPath, body: JsonBody| {
        body.0.as_ref().map_or(Ok(()), body::nothing)?;
        let (tenant, key) = named(kind, at);
        local::run(async move {
            let answer = posting::retry(&deployment.app, &tenant, &key).await;
            answered(&deployment, kind, answer)
        })
        .await
    };
    Routes::new().route(path, get(show).put(put)).route(sync_path, post(retry))
}

async fn submit(
    kind: RecordKind,
    deployment: Arc<Deployment>,
    at: RecordPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let (tenant, key) = named(kind, at);
    let json = body.required()?;
    let (record, changes) = match kind {
        RecordKind::Bill => body::bill(&json)?,
        RecordKind::Payment => body::payment(&json)?,
    };
    local::run(async move {
        let answer = posting::submit(&deployment.app, &tenant, key, record, changes).await;
        answered(&deployment, kind, answer)
    })
    .await
}

/// The host took a payment back. `?version=` orders it among the payment's versions; without it, it is the newest.
pub(super) async fn void(
    State(deployment): Deployed,
    at: RecordPath,
    query: Query,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    let version = version(&query)?;
    let (tenant, key) = named(RecordKind::Payment, at);
    local::run(async move {
        let answer = posting::void(&deployment.app, &tenant, &key, version).await;
        answered(&deployment, RecordKind::Payment, answer)
    })
    .await
}

fn version(query: &Query) -> Result<Option<u64>, Problem> {
    let mut filters = Filters::of(query, &["version"]);
    let whole = |text: &str| text.parse().ok().filter(|version| *version > 0);
    let remedy = "Send the version that voids the payment, a whole number from 1, or leave it out.";
    let version = filters.choice("version", whole, remedy);
    filters.finish()?;
    Ok(version)
}

fn named(kind: RecordKind, at: RecordPath) -> (TenantId, PostingKey) {
    let RecordPath { tenant, id } = at;
    telemetry::record_posting(kind.as_str(), HostId::as_str(&id));
    (tenant, PostingKey::new(Workflow::AgentBilling, kind, id))
}

fn answered(
    deployment: &Deployment,
    kind: RecordKind,
    answer: Result<sync::Answer, sync::Error>,
) -> Result<Response, Problem> {
    match answer {
        Ok(answer) => Ok(answer::respond(&answer, deployment.app.quickbooks.endpoints())),
        Err(error) => Err(answer::refuse(error, kind.as_str())),
    }
}
