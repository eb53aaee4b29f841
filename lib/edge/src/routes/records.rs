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
use crate::body::MAX_VERSION;
use crate::body::shape::shape;
use crate::deployment::Deployment;
use crate::http::{JsonBody, Query, RecordPath};
use crate::local;
#[cfg(test)]
use crate::openapi::{Operation, reads, value::Version};
use crate::problem::Problem;
use crate::telemetry;

/// One payment.
pub(super) const PAYMENT_PATH: &str = "/tenants/{tenant}/payments/{id}";

type Deployed = State<Arc<Deployment>>;

shape! {
    /// Which version takes the payment back.
    VoidQuery {
        /// Orders it among the payment's versions; without it, it is the newest.
        optional version: Version,
    }
}

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
    let mut filters = Filters::of(query, VoidQuery::FIELDS);
    let whole =
        |text: &str| text.parse().ok().filter(|version| (1..=MAX_VERSION).contains(version));
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

#[cfg(test)]
pub(super) fn described(kind: RecordKind) -> Vec<Operation> {
    use crate::body::{bill::BillShape, payment::PaymentShape};
    use crate::openapi::value::Nothing;
    use answer::Body;
    use http::{Method, StatusCode};
    const POSTED: &str = "QuickBooks matches the record, or a person has to do something; `state` and `reason` say so.";
    const WAITS: &str = "It waits and goes on by itself.";
    let answers = |operation: Operation| {
        operation
            .answers::<Body<'_>>(StatusCode::OK, POSTED)
            .answers::<Body<'_>>(StatusCode::ACCEPTED, WAITS)
    };
    let unknown = || Problem::unknown_record(kind.as_str());
    let put = "Safe to repeat. It is tried once while the call waits, so nobody has to ask again.";
    match kind {
        RecordKind::Bill => {
            let path = "/tenants/{tenant}/bills/{id}";
            let sync = "/tenants/{tenant}/bills/{id}/sync";
            let samples =
                &["billing-invoice/put-bill.json", "billing-invoice/put-paid-bill-base64.json"];
            vec![
                answers(Operation::new(Method::PUT, path, "put_bill", "Send a bill"))
                    .about(put)
                    .takes::<BillShape>(reads!(body::bill), samples)
                    .refuses(Problem::version_reused(3)),
                answers(Operation::new(Method::GET, path, "get_bill", "Where a bill stands"))
                    .refuses(unknown()),
                answers(Operation::new(
                    Method::POST,
                    sync,
                    "sync_bill",
                    "A person wants it posted",
                ))
                .may_take::<Nothing>(reads!(body::nothing), &[])
                .refuses(unknown()),
            ]
        }
        RecordKind::Payment => {
            let sync = "/tenants/{tenant}/payments/{id}/sync";
            let samples =
                &["billing-payment/put-payment.json", "billing-payment/put-payment-base64.json"];
            let operation = |method, id, summary| Operation::new(method, PAYMENT_PATH, id, summary);
            vec![
                answers(operation(Method::PUT, "put_payment", "Send a payment"))
                    .about(put)
                    .takes::<PaymentShape>(reads!(body::payment), samples)
                    .refuses(Problem::version_reused(3)),
                answers(operation(Method::GET, "get_payment", "Where a payment stands"))
                    .refuses(unknown()),
                answers(operation(Method::DELETE, "void_payment", "Take a payment back"))
                    .about("Voids it in QuickBooks.")
                    .asks::<VoidQuery>()
                    .refuses(unknown()),
                answers(Operation::new(
                    Method::POST,
                    sync,
                    "sync_payment",
                    "A person wants it posted",
                ))
                .may_take::<Nothing>(reads!(body::nothing), &[])
                .refuses(unknown()),
            ]
        }
    }
}
