//! What bookkeepers paid on bills that were posted from here: `/tenants/{tenant}/issued-payments`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::id::{HostId, ObjectId};
use domain::issued::IssuedState;
use http::StatusCode;
use serde::Serialize;
use sync::pull::{self, NotRemoved};

use super::Routes;
use super::filters::Filters;
use crate::answer;
use crate::answer::issued::{Body, View, legend, view};
use crate::body;
use crate::body::shape::shape;
use crate::cursor;
use crate::deployment::Deployment;
use crate::http::{IssuedPath, JsonBody, Query, TenantPath};
#[cfg(test)]
use crate::openapi::{
    Operation, reads,
    value::{Cursor, Id, Limit},
    words,
};
use crate::problem::{Problem, send_one_of};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "IssuedPaymentPage"))]
struct Page<'a> {
    /// By the QuickBooks id.
    issued_payments: Vec<View<'a>>,
    /// The `cursor` of the next page, unless this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

shape! {
    /// Which payments are asked for.
    IssuedQuery {
        /// Only those in this state.
        optional state: words::IssuedState,
        /// Only those that pay something of this disbursement.
        optional disbursement: Id,
        /// Payments of a page.
        optional limit: Limit,
        /// `next` of the page before.
        optional cursor: Cursor,
    }
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/issued-payments", get(list))
        .route("/tenants/{tenant}/issued-payments/legend", get(explain))
        .route(
            "/tenants/{tenant}/issued-payments/{issued_payment}",
            get(show).put(annotate).delete(remove),
        )
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::answer::issued::Legend;
    use crate::body::issued::IssuedShape;
    use http::Method;
    const ALL: &str = "/tenants/{tenant}/issued-payments";
    const LEGEND: &str = "/tenants/{tenant}/issued-payments/legend";
    const ONE: &str = "/tenants/{tenant}/issued-payments/{issued_payment}";
    const SAMPLES: &[&str] = &["payment-pull/put-issued-payment.json"];
    let one = |method, id, summary| {
        Operation::new(method, ONE, id, summary)
            .refuses(Problem::bad_payment_id())
            .refuses(Problem::unknown_payment())
    };
    vec![
        Operation::new(Method::GET, ALL, "list_issued_payments", "What bookkeepers paid")
            .about("Of the connected company, by QuickBooks id. A page can be short, or empty, and still have a `next`.")
            .asks::<IssuedQuery>()
            .answers::<Page<'_>>(StatusCode::OK, "A page."),
        Operation::new(Method::GET, LEGEND, "get_issued_legend", "What the states of issued payments mean")
            .about("The same for every tenant: words for a legend beside the list.")
            .answers::<Legend>(StatusCode::OK, "The legend."),
        one(Method::GET, "get_issued_payment", "One issued payment")
            .answers::<Body<'_>>(StatusCode::OK, "The payment as it was last seen in QuickBooks."),
        one(Method::PUT, "put_issued_payment", "Number a payment and attach files to it")
            .about("Replaces the number and the attachments, which are the host's own; what is left out is taken away. What QuickBooks says of the payment is read-only.")
            .takes::<IssuedShape>(reads!(body::annotation), SAMPLES)
            .answers::<Body<'_>>(StatusCode::OK, "The payment as it is now."),
        one(Method::DELETE, "remove_issued_payment", "Forget a payment that is gone in QuickBooks")
            .done("It is forgotten.")
            .refuses(Problem::still_in_quickbooks()),
    ]
}

async fn list(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    let mut filters = Filters::of(&query, IssuedQuery::FIELDS);
    let states = send_one_of(&IssuedState::ALL.map(IssuedState::as_str));
    let state = filters.choice("state", IssuedState::parse, &states);
    let disbursement = disbursement(&mut filters);
    let (limit, at) = (filters.limit(), filters.text("cursor"));
    filters.finish()?;
    let question = ("issued-payments", state, &disbursement);
    let after = match &at {
        Some(at) => {
            Some(cursor::open(&tenant, &question, at, |place| ObjectId::parse(place).ok())?)
        }
        None => None,
    };
    let (of, after) = (disbursement.as_ref(), after.as_ref());
    let listed = pull::list(&deployment.app, &tenant, state, of, limit, after).await;
    let listed = listed.map_err(|error| answer::refuse(error, "tenant"))?;
    let endpoints = deployment.app.quickbooks.endpoints();
    let next = listed.next.map(|place| cursor::seal(&tenant, &question, place.as_str()));
    let issued_payments = listed.payments.iter().map(|payment| view(payment, endpoints)).collect();
    Ok(answer::json(StatusCode::OK, &Page { issued_payments, next }))
}

fn disbursement(filters: &mut Filters<'_>) -> Option<HostId> {
    let text = filters.text("disbursement")?;
    HostId::parse(&text)
        .map_err(|error| {
            let remedy = "Send the host's own id of the disbursement.";
            filters.fail("disbursement", "bad_id", &error.to_string(), remedy);
        })
        .ok()
}

async fn explain(TenantPath(_): TenantPath) -> Response {
    answer::json(StatusCode::OK, &legend())
}

async fn show(
    State(deployment): Deployed,
    IssuedPath { tenant, id }: IssuedPath,
) -> Result<Response, Problem> {
    let payment = pull::show(&deployment.app, &tenant, &id).await;
    let payment = payment.map_err(|error| answer::refuse(error, "tenant"))?;
    let payment = payment.ok_or_else(Problem::unknown_payment)?;
    let issued_payment = view(&payment, deployment.app.quickbooks.endpoints());
    Ok(answer::json(StatusCode::OK, &Body { issued_payment }))
}

async fn annotate(
    State(deployment): Deployed,
    IssuedPath { tenant, id }: IssuedPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let annotation = body::annotation(&body.required()?)?;
    let payment = pull::annotate(&deployment.app, &tenant, &id, annotation).await;
    let payment = payment.map_err(|error| answer::refuse(error, "tenant"))?;
    let payment = payment.ok_or_else(Problem::unknown_payment)?;
    let issued_payment = view(&payment, deployment.app.quickbooks.endpoints());
    Ok(answer::json(StatusCode::OK, &Body { issued_payment }))
}

async fn remove(
    State(deployment): Deployed,
    IssuedPath { tenant, id }: IssuedPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    match pull::remove(&deployment.app, &tenant, &id).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(NotRemoved::Unknown) => Err(Problem::unknown_payment()),
        Err(NotRemoved::StillThere) => Err(Problem::still_in_quickbooks()),
        Err(NotRemoved::Other(error)) => Err(answer::refuse(error, "tenant")),
    }
}
