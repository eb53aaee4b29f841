//! Bills, payments and disbursements: `PUT` the record, `POST …/sync` it again, `GET` where it stands; payments also
//! `DELETE`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::id::{HostId, TenantId};
use domain::posting::{PostingKey, Wish};
use domain::record::RecordKind;
use sync::posting::{self, Asked};
use sync::{Answer, Error, disbursement};

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
use crate::openapi::{Operation, reads, value::Version, words};
use crate::problem::Problem;
use crate::telemetry;

/// One payment.
pub(super) const PAYMENT_PATH: &str = "/tenants/{tenant}/payments/{id}";

type Deployed = State<Arc<Deployment>>;

shape! {
    /// Who wants the record to be posted.
    PutQuery {
        /// `event` when it happened at the host without a person: then the tenant's switches decide whether it is posted or
        /// held. Otherwise a person pressed sync.
        optional trigger: words::Trigger,
    }
}

shape! {
    /// Which version takes the payment back.
    VoidQuery {
        /// Orders it among the payment's versions; without it, it is the newest.
        optional version: Version,
    }
}

/// What all kinds have in common.
pub(super) fn routes(kind: RecordKind) -> Routes {
    let (path, sync_path) = match kind {
        RecordKind::Bill => ("/tenants/{tenant}/bills/{id}", "/tenants/{tenant}/bills/{id}/sync"),
        RecordKind::Payment => (PAYMENT_PATH, "/tenants/{tenant}/payments/{id}/sync"),
        RecordKind::Disbursement => {
            ("/tenants/{tenant}/disbursements/{id}", "/tenants/{tenant}/disbursements/{id}/sync")
        }
    };
    let put =
        async move |State(deployment): Deployed, at: RecordPath, query: Query, body: JsonBody| {
            submit(kind, deployment, at, &query, body).await
        };
    let show = async move |State(deployment): Deployed, at: RecordPath| {
        let (tenant, id) = named(kind, at);
        local::run(async move {
            let app = &deployment.app;
            match kind {
                RecordKind::Disbursement => {
                    several(&deployment, disbursement::show(app, &tenant, &id).await)
                }
                RecordKind::Bill | RecordKind::Payment => {
                    let key = PostingKey::of_record(kind, id);
                    one(&deployment, kind, posting::show(app, &tenant, &key).await)
                }
            }
        })
        .await
    };
    let retry = async move |State(deployment): Deployed, at: RecordPath, body: JsonBody| {
        let asked = body.0.as_ref().map_or(Ok(Asked::default()), body::asked)?;
        let (tenant, id) = named(kind, at);
        local::run(async move {
            let app = &deployment.app;
            match kind {
                RecordKind::Disbursement => {
                    several(&deployment, disbursement::retry(app, &tenant, &id, asked).await)
                }
                RecordKind::Bill | RecordKind::Payment => {
                    let key = PostingKey::of_record(kind, id);
                    one(&deployment, kind, posting::retry(app, &tenant, &key, asked).await)
                }
            }
        })
        .await
    };
    Routes::new().route(path, get(show).put(put)).route(sync_path, post(retry))
}

async fn submit(
    kind: RecordKind,
    deployment: Arc<Deployment>,
    at: RecordPath,
    query: &Query,
    body: JsonBody,
) -> Result<Response, Problem> {
    let (tenant, id) = named(kind, at);
    let wish = wish(query)?;
    let json = body.required()?;
    let (record, changes) = match kind {
        RecordKind::Bill => body::bill(&json)?,
        RecordKind::Payment => body::payment(&json)?,
        RecordKind::Disbursement => body::disbursement(&json)?,
    };
    local::run(async move {
        let app = &deployment.app;
        match kind {
            RecordKind::Disbursement => {
                let done = disbursement::submit(app, &tenant, id, record, changes, wish);
                several(&deployment, done.await)
            }
            RecordKind::Bill | RecordKind::Payment => {
                let key = PostingKey::of_record(kind, id);
                let done = posting::submit(app, &tenant, key, record, changes, wish);
                one(&deployment, kind, done.await)
            }
        }
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
    let (tenant, id) = named(RecordKind::Payment, at);
    let key = PostingKey::payment(id);
    local::run(async move {
        let answer = posting::void(&deployment.app, &tenant, &key, version).await;
        one(&deployment, RecordKind::Payment, answer)
    })
    .await
}

/// Who wants the record to be posted.
fn wish(query: &Query) -> Result<Wish, Problem> {
    let mut filters = Filters::of(query, PutQuery::FIELDS);
    let read = |text: &str| match text {
        "person" => Some(Wish::PERSON),
        "event" => Some(Wish::EVENT),
        _ => None,
    };
    let wish = filters.choice("trigger", read, "Send person or event.");
    filters.finish()?;
    Ok(wish.unwrap_or(Wish::PERSON))
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

fn named(kind: RecordKind, at: RecordPath) -> (TenantId, HostId) {
    let RecordPath { tenant, id } = at;
    telemetry::record_posting(kind.as_str(), id.as_str());
    (tenant, id)
}

fn one(
    deployment: &Deployment,
    kind: RecordKind,
    answer: Result<Answer, Error>,
) -> Result<Response, Problem> {
    match answer {
        Ok(answer) => Ok(answer::respond(&answer, deployment.app.quickbooks.endpoints())),
        Err(error) => Err(answer::refuse(error, kind.as_str())),
    }
}

fn several(
    deployment: &Deployment,
    parts: Result<Vec<Answer>, Error>,
) -> Result<Response, Problem> {
    match parts {
        Ok(parts) => {
            Ok(answer::disbursement::respond(&parts, deployment.app.quickbooks.endpoints()))
        }
        Err(error) => Err(answer::refuse(error, RecordKind::Disbursement.as_str())),
    }
}

#[cfg(test)]
pub(super) fn described(kind: RecordKind) -> Vec<Operation> {
    use crate::body::asked::AskedShape;
    use crate::body::{bill::BillShape, disbursement::DisbursementShape, payment::PaymentShape};
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
                    .asks::<PutQuery>()
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
                .may_take::<AskedShape>(reads!(body::asked), &[])
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
                    .asks::<PutQuery>()
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
                .may_take::<AskedShape>(reads!(body::asked), &[])
                .refuses(unknown()),
            ]
        }
        RecordKind::Disbursement => {
            let path = "/tenants/{tenant}/disbursements/{id}";
            let sync = "/tenants/{tenant}/disbursements/{id}/sync";
            let samples = &[
                "disbursement/put-disbursement.json",
                "disbursement/put-disbursement-as-event-base64.json",
            ];
            let asked = &["disbursement/sync-disbursement-whatever-the-rules.json"];
            let call = |method, path, id, summary| {
                Operation::new(method, path, id, summary)
                    .answers::<answer::disbursement::Body<'_>>(StatusCode::OK, POSTED)
                    .answers::<answer::disbursement::Body<'_>>(StatusCode::ACCEPTED, WAITS)
            };
            vec![
                call(Method::PUT, path, "put_disbursement", "Send a disbursement")
                    .about(put)
                    .asks::<PutQuery>()
                    .takes::<DisbursementShape>(reads!(body::disbursement), samples)
                    .refuses(Problem::version_reused(3)),
                call(Method::GET, path, "get_disbursement", "Where a disbursement stands")
                    .refuses(unknown()),
                call(Method::POST, sync, "sync_disbursement", "A person wants it posted")
                    .may_take::<AskedShape>(reads!(body::asked), asked)
                    .refuses(unknown()),
            ]
        }
    }
}
