//! Events, for hosts that prefer to ask: `GET /tenants/{tenant}/events`; where else they are sent: `…/event-endpoint`; and
//! `POST …/events/replay`, which has them sent again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::event::TYPE_PREFIX;
use http::StatusCode;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use sync::events::{self, CloudEvent, Refusal, ReplayError, Scope, SetError, sequence};

use super::Routes;
use super::filters::Filters;
use crate::answer;
#[cfg(test)]
use crate::answer::event::Data;
use crate::body::event_endpoint::{event_choice, remedy};
use crate::body::shape::shape;
use crate::body::{self, EndpointChange, Replay};
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
use crate::problem::{FieldError, Problem};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "EventPage"))]
struct Listed<'a> {
    /// The oldest first.
    #[cfg_attr(test, schemars(with = "Vec<Described>"))]
    events: Vec<CloudEvent<'a>>,
    /// The `cursor` of the next page, always: keep the last one, and ask again with it.
    next: String,
    /// There is more already.
    more: bool,
}

/// An event: CloudEvents 1.0. Endpoints and the event bus get the same.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Event")]
#[expect(dead_code, reason = "only its schema is used")]
struct Described {
    /// `1.0`.
    specversion: String,
    /// The same each time the event is sent, and unique.
    id: String,
    /// `ledgerbridge`.
    source: String,
    /// What changed.
    #[schemars(with = "words::EventType")]
    r#type: String,
    /// About what, as a path: `bill/B-1042`.
    subject: String,
    /// When it happened.
    time: Timestamp,
    /// `application/json`.
    datacontenttype: String,
    /// The tenant.
    tenant: String,
    /// Its number among the tenant's events, from 1 on without gaps, with zeros in front so that it sorts as text.
    sequence: String,
    /// When it happened, as Standard Webhooks calls it.
    timestamp: Timestamp,
    /// What it is about, as the API shows it.
    data: Data<'static>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "EventEndpointAnswer"))]
struct Shown {
    event_endpoint: View,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "EventEndpoint"))]
struct View {
    /// Its address.
    url: String,
    /// Whose it is: the tenant's own, or the deployment's for every tenant that has none.
    #[cfg_attr(test, schemars(with = "words::EndpointScope"))]
    scope: &'static str,
    /// Which events it gets; all when left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    types: Vec<String>,
    /// What signs them, in the form that libraries of Standard Webhooks take.
    secret: String,
    /// Every event up to this sequence was delivered, was not wanted, or is with the dead letters.
    delivered: String,
    /// The sequence of the last event there is.
    last: String,
    /// Since when no event was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    /// When the next attempt is.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
    /// The last time that an event was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<FailureView>,
    /// Nothing is sent since then: the endpoint answered that it is gone (status 410). Setting it again switches it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    off_since: Option<Timestamp>,
    /// Events that were never taken. They can be sent again.
    dead_letters: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "EventFailure"))]
struct FailureView {
    /// When.
    at: Timestamp,
    /// The sequence of the event.
    sequence: String,
    /// Why.
    message: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "EventsReplayed"))]
struct Replayed {
    /// So many events; those among them that the endpoint does not want are left out.
    events: u64,
    /// There are more dead letters; call again when these are delivered.
    more: bool,
}

shape! {
    /// Which events are asked for.
    EventQuery {
        /// Only this type, or all of a family such as `posting`.
        optional r#type: words::EventChoice,
        /// `next` of the page before.
        optional cursor: Cursor,
        /// Events of a page.
        optional limit: Limit,
    }
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/events", get(list))
        .route("/tenants/{tenant}/events/replay", post(replay))
        .route("/tenants/{tenant}/event-endpoint", get(show).put(set).delete(remove))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::body::event_endpoint::{EndpointShape, ReplayShape};
    use http::Method;
    const LIST: &str = "/tenants/{tenant}/events";
    const REPLAY: &str = "/tenants/{tenant}/events/replay";
    const ENDPOINT: &str = "/tenants/{tenant}/event-endpoint";
    vec![
        Operation::new(Method::GET, LIST, "list_events", "What changed")
            .about("Every change of a posting, the connection or a link, once each and in order; kept for 30 days. The same events are on the event bus and go to the tenant's endpoint.")
            .asks::<EventQuery>()
            .answers::<Listed<'_>>(StatusCode::OK, "A page; empty when nothing has changed since."),
        Operation::new(Method::GET, ENDPOINT, "get_event_endpoint", "Where events are sent")
            .answers::<Shown>(StatusCode::OK, "The endpoint, and how far it has come.")
            .refuses(Problem::no_event_endpoint()),
        Operation::new(Method::PUT, ENDPOINT, "put_event_endpoint", "Have events sent")
            .about("Signed as Standard Webhooks says, in order, and tried for a day. The address is checked now and at every delivery: it has to be public.")
            .takes::<EndpointShape>(reads!(body::event_endpoint), &["settings/put-event-endpoint.json"])
            .answers::<Shown>(StatusCode::OK, "The endpoint.")
            .refuses(refused(Refusal::NotPublic))
            .refuses(Problem::no_event_endpoint()),
        Operation::new(Method::DELETE, ENDPOINT, "delete_event_endpoint", "Have no events sent")
            .about("The deployment's endpoint gets them from then on, if there is one.")
            .done("It is removed.")
            .refuses(Problem::no_event_endpoint()),
        Operation::new(Method::POST, REPLAY, "replay_events", "Have events sent again")
            .about("Events have the ids that they had before. An endpoint that said it was gone is tried again.")
            .takes::<ReplayShape>(reads!(body::replay), &["settings/replay-events.json"])
            .answers::<Replayed>(StatusCode::ACCEPTED, "They are queued.")
            .refuses(Problem::unknown_event())
            .refuses(Problem::no_event_endpoint()),
    ]
}

/// An event as endpoints get it, for the description of the API.
#[cfg(test)]
pub(crate) fn sent(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<Described>()
}

async fn list(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    let mut filters = Filters::of(&query, EventQuery::FIELDS);
    let kind = filters.choice("type", |text| event_choice(text).map(str::to_owned), &remedy());
    let (limit, at) = (filters.limit(), filters.text("cursor"));
    filters.finish()?;
    let question = ("events", &kind);
    let place = |text: &str| text.parse::<u64>().ok();
    let after = at.map(|at| cursor::open(&tenant, &question, &at, place)).transpose()?;
    let page =
        events::page(&deployment.app, &tenant, kind.as_deref(), limit, after.unwrap_or_default());
    let page = page.await.map_err(|error| answer::refuse(error, "tenant"))?;
    let listed = Listed {
        events: page.events.iter().map(|event| CloudEvent::of(&tenant, event)).collect(),
        next: cursor::seal(&tenant, &question, &page.through.to_string()),
        more: page.more,
    };
    Ok(answer::json(StatusCode::OK, &listed))
}

async fn show(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
) -> Result<Response, Problem> {
    let read = events::read(&deployment.app, &tenant).await;
    shown(read.map_err(|error| answer::refuse(error, "tenant"))?)
}

async fn set(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let change = body::event_endpoint(&body.required()?)?;
    local::run(async move {
        let app = &deployment.app;
        let (rotates, view) = match change {
            EndpointChange::RotateSecret => (true, None),
            EndpointChange::Set { url, types, rotates_secret } => {
                let set = events::set(app, &tenant, &url, &types).await;
                (rotates_secret, Some(set.map_err(not_set)?))
            }
        };
        if !rotates {
            return shown(view);
        }
        let rotated = events::rotate(app, &tenant).await;
        shown(rotated.map_err(|error| answer::refuse(error, "tenant"))?)
    })
    .await
}

async fn remove(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    match events::remove(&deployment.app, &tenant).await {
        Ok(true) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(false) => Err(Problem::no_event_endpoint()),
        Err(error) => Err(answer::refuse(error, "tenant")),
    }
}

async fn replay(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let wish = body::replay(&body.required()?)?;
    local::run(async move {
        let app = &deployment.app;
        let replayed = match wish {
            Replay::After(event) => events::replay_after(app, &tenant, &event).await,
            Replay::Dead => events::replay_dead(app, &tenant).await,
        };
        match replayed {
            Ok(events::Replayed { events, more }) => {
                Ok(answer::json(StatusCode::ACCEPTED, &Replayed { events, more }))
            }
            Err(ReplayError::NoEndpoint) => Err(Problem::no_event_endpoint()),
            Err(ReplayError::UnknownEvent) => Err(Problem::unknown_event()),
            Err(ReplayError::Other(error)) => Err(answer::refuse(error, "tenant")),
        }
    })
    .await
}

fn not_set(error: SetError) -> Problem {
    match error {
        SetError::Refused(refusal) => refused(refusal),
        SetError::Other(error) => answer::refuse(error, "tenant"),
    }
}

fn refused(refusal: Refusal) -> Problem {
    let (code, message, remedy) = match refusal {
        Refusal::NotHttps => ("endpoint_not_https", "is not https", "Send an https address."),
        Refusal::Credentials => (
            "endpoint_credentials",
            "has a user name or a password",
            "Leave them out: the signature tells the receiver that an event is genuine.",
        ),
        Refusal::NotPublic => (
            "endpoint_not_public",
            "leads to an address that is not on the public internet",
            "Send the address of a server that can be reached from the public internet.",
        ),
        Refusal::Unresolvable => (
            "endpoint_unresolvable",
            "has a name that cannot be resolved",
            "Check the name; if it is new, send it again when it is known everywhere.",
        ),
    };
    Problem::invalid_fields(vec![FieldError {
        path: "url".to_owned(),
        code,
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }])
}

fn shown(view: Option<events::View>) -> Result<Response, Problem> {
    let view = view.ok_or_else(Problem::no_event_endpoint)?;
    let event_endpoint = View {
        url: view.url,
        scope: match view.scope {
            Scope::Tenant => "tenant",
            Scope::Deployment => "deployment",
        },
        types: view.types.iter().map(|kind| format!("{TYPE_PREFIX}{kind}")).collect(),
        secret: view.secret.expose_secret().to_owned(),
        delivered: sequence(view.delivered),
        last: sequence(view.last),
        failing_since: view.failing.as_ref().map(|(_, since)| *since),
        next_attempt_at: view.failing.as_ref().map(|(trying, _)| trying.next_at),
        last_failure: view.last_failure.map(|failure| FailureView {
            at: failure.at,
            sequence: sequence(failure.sequence),
            message: failure.why.message(),
        }),
        off_since: view.off_since,
        dead_letters: view.dead_letters,
    };
    Ok(answer::json(StatusCode::OK, &Shown { event_endpoint }))
}
