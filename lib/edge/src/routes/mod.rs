//! The paths of each function, and what answers them.

pub(crate) mod connection;
mod dead_letters;
pub(crate) mod events;
pub(crate) mod filters;
mod history;
mod imports;
mod intuit;
mod issued_payments;
pub(crate) mod links;
pub(crate) mod lists;
mod meter;
mod oauth;
mod payment_pull;
pub(crate) mod postings;
mod records;
pub(crate) mod roles;
mod settings;
mod templates;
#[cfg(test)]
mod tests;
mod workflows;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::get;
use domain::record::RecordKind;
use http::StatusCode;

use crate::Function;
use crate::deployment::Deployment;
use crate::http::{MAX_BODY_BYTES, MAX_LINES_BYTES, other_method, require, unknown_path};
#[cfg(test)]
use crate::openapi::Operation;

type Routes = Router<Arc<Deployment>>;

/// Everything that `function` serves.
pub(crate) fn of(function: Function, deployment: Arc<Deployment>) -> Router {
    let (tenant_calls, open): (Routes, Routes) = match function {
        Function::OauthCallback => (connection::routes(), oauth::routes()),
        Function::Settings => {
            let chosen = templates::routes().merge(workflows::routes()).merge(settings::routes());
            let chosen = chosen.merge(lists::routes()).merge(links::routes());
            let chosen = chosen.merge(dead_letters::routes()).merge(meter::routes());
            (
                chosen.merge(postings::routes()).merge(history::routes()).merge(events::routes()),
                Routes::new(),
            )
        }
        Function::BillingInvoice => (records::routes(RecordKind::Bill), Routes::new()),
        Function::BillingPayment => {
            let payments = records::routes(RecordKind::Payment);
            (
                payments.route(records::PAYMENT_PATH, axum::routing::delete(records::void)),
                Routes::new(),
            )
        }
        Function::Disbursement => (records::routes(RecordKind::Disbursement), Routes::new()),
        Function::PaymentPull => {
            (payment_pull::routes().merge(issued_payments::routes()), Routes::new())
        }
        Function::IntuitWebhook => (Routes::new(), intuit::routes()),
        // It has no URL.
        Function::EventPublisher => (Routes::new(), Routes::new()),
        Function::Import => (imports::routes(), Routes::new()),
    };
    // The layer is on the routes of tenants as a whole, so that a new route cannot be forgotten.
    // Without any it would refuse to be one.
    let guarded = if tenant_calls.has_routes() {
        let guard = middleware::from_fn_with_state(Arc::clone(&deployment), require);
        tenant_calls.route_layer(guard)
    } else {
        tenant_calls
    };
    guarded
        .merge(open)
        .fallback(unknown_path)
        .method_not_allowed_fallback(other_method)
        .with_state(deployment)
}

/// The largest body that `function` takes.
pub(crate) fn largest_body(function: Function) -> usize {
    match function {
        Function::IntuitWebhook => intuit::MAX_NOTIFICATION_BYTES,
        Function::Import => MAX_LINES_BYTES,
        _ => MAX_BODY_BYTES,
    }
}

/// What the API's description says of everything that `function` serves.
#[cfg(test)]
pub(crate) fn described(function: Function) -> Vec<Operation> {
    match function {
        Function::OauthCallback => [connection::described(), oauth::described()].concat(),
        Function::Settings => [
            templates::described(),
            workflows::described(),
            settings::described(),
            lists::described(),
            links::described(),
            postings::described(),
            dead_letters::described(),
            meter::described(),
            history::described(),
            events::described(),
        ]
        .concat(),
        Function::BillingInvoice => records::described(RecordKind::Bill),
        Function::BillingPayment => records::described(RecordKind::Payment),
        Function::Disbursement => records::described(RecordKind::Disbursement),
        Function::PaymentPull => [payment_pull::described(), issued_payments::described()].concat(),
        Function::IntuitWebhook => intuit::described(),
        Function::EventPublisher => Vec::new(),
        Function::Import => imports::described(),
    }
}

/// A page. `HEAD`, which previews of links send, must not use up what `GET` may use once.
fn page<H, T>(path: &str, handler: H) -> Routes
where
    H: axum::handler::Handler<T, Arc<Deployment>>,
    T: 'static,
{
    Routes::new().route(path, get(handler).head(async || StatusCode::NO_CONTENT))
}
