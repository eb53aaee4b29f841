//! The endpoint of a tenant as people see and set it.

use aws::queues::{Message, Queue};
use aws::table::EndpointExtras;
use domain::event::endpoint::{Endpoint, LastFailure, Own, Trying};
use domain::history::HistoryLine;
use domain::id::TenantId;
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use super::address::{self, Refusal};
use super::secret;
use crate::{App, Error};

/// Looks again this often when events are delivered at the same time.
const LOOKS: usize = 8;

/// Whose endpoint it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The tenant's own.
    Tenant,
    /// The deployment's, for every tenant without one.
    Deployment,
}

/// A tenant's endpoint.
#[derive(Debug)]
pub struct View {
    /// Its address.
    pub url: String,
    /// Whose it is.
    pub scope: Scope,
    /// Which events it gets: kinds or families; none means all.
    pub types: Vec<String>,
    /// What signs them.
    pub secret: SecretString,
    /// Every event up to this one was delivered, was not wanted, or is with the dead letters.
    pub delivered: u64,
    /// The last event there is.
    pub last: u64,
    /// The event that is being tried again and again, and since when none was taken.
    pub failing: Option<(Trying, Timestamp)>,
    /// The last time that an event was not taken.
    pub last_failure: Option<LastFailure>,
    /// Nothing is sent since then, because the endpoint said that it is gone.
    pub off_since: Option<Timestamp>,
    /// Events that were never taken and can be sent again.
    pub dead_letters: u64,
}

/// Why an endpoint was not set.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// Nothing is sent there.
    #[error("{0}")]
    Refused(Refusal),
    /// It failed.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Scope {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        if endpoint.own.is_some() { Self::Tenant } else { Self::Deployment }
    }
}

/// The endpoint that a tenant's events go to; none when they go nowhere.
pub async fn read(app: &App, tenant: &TenantId) -> Result<Option<View>, Error> {
    let state = app.table.event_state(tenant).await?;
    let last = state.last();
    let now = app.clock.now();
    // Before its first event a tenant knows nothing of the deployment's endpoint.
    let endpoint = state.endpoint.unwrap_or_else(|| Endpoint::new(last, now));
    let url = match (&endpoint.own, &app.events.endpoint) {
        (Some(own), _) => own.url.clone(),
        (None, Some(url)) => url.to_string(),
        (None, None) => return Ok(None),
    };
    let secret = secret::secrets(app, tenant, &endpoint, now).await?.shown();
    let dead_letters = app.table.count_dead_events(tenant).await?;
    Ok(Some(View {
        url,
        scope: Scope::of(&endpoint),
        types: endpoint.types().to_vec(),
        secret,
        delivered: endpoint.delivered,
        last,
        failing: endpoint.trying.zip(endpoint.failing_since),
        last_failure: endpoint.last_failure,
        off_since: endpoint.off_since,
        dead_letters,
    }))
}

/// Sends a tenant's events to an address from now on; the deployment's endpoint no longer gets them. Where there was an
/// endpoint before, what that did not get follows.
pub async fn set(
    app: &App,
    tenant: &TenantId,
    url: &Url,
    types: &[String],
) -> Result<View, SetError> {
    address::check(url, app.events.loopback).await.map_err(SetError::Refused)?;
    let described = match types {
        [] => "all".to_owned(),
        types => types.join(", "),
    };
    let description = format!("Events go to {} ({described}).", origin(url));
    let line = HistoryLine::about_tenant(app.clock.now(), "event_endpoint_set", description);
    change(app, tenant, &line, |endpoint, last| {
        if endpoint.own.is_none() {
            endpoint.generation += 1;
            // Nobody was told of what happened before, and nobody asked for it: replay brings it.
            if app.events.endpoint.is_none() {
                endpoint.delivered = last;
            }
        }
        let rotated_at = endpoint.own.as_ref().and_then(|own| own.rotated_at);
        endpoint.own = Some(Own { url: url.to_string(), types: types.to_vec(), rotated_at });
        endpoint.start_anew();
        true
    })
    .await?;
    begin(app, tenant).await?;
    let view = read(app, tenant).await?;
    // Somebody may have removed it in the same moment.
    view.ok_or_else(|| SetError::Other(Error::contended("the endpoint")))
}

/// Gives the tenant's own endpoint a new secret. The one before signs too, for a day. None: it has no endpoint of its own.
pub async fn rotate(app: &App, tenant: &TenantId) -> Result<Option<View>, Error> {
    let now = app.clock.now();
    let description =
        "The endpoint for events got a new secret. The one before signs for another day.";
    let line = HistoryLine::about_tenant(now, "event_secret_rotated", description.to_owned());
    let rotated = change(app, tenant, &line, |endpoint, _| {
        let Some(own) = &mut endpoint.own else { return false };
        own.rotated_at = Some(now);
        endpoint.generation += 1;
        true
    });
    if rotated.await? { read(app, tenant).await } else { Ok(None) }
}

/// Sends nothing to the tenant's own endpoint any more. False: it has none.
pub async fn remove(app: &App, tenant: &TenantId) -> Result<bool, Error> {
    let description = "Events no longer go to an endpoint of the tenant's own.".to_owned();
    let line = HistoryLine::about_tenant(app.clock.now(), "event_endpoint_removed", description);
    change(app, tenant, &line, |endpoint, _| {
        let removed = endpoint.own.take().is_some();
        endpoint.start_anew();
        removed
    })
    .await
}

/// Changes a tenant's endpoint unless `with` says that there is nothing to change; it is told the number of the last
/// event. Whether it was changed.
pub(super) async fn change(
    app: &App,
    tenant: &TenantId,
    line: &HistoryLine,
    with: impl Fn(&mut Endpoint, u64) -> bool,
) -> Result<bool, Error> {
    for _ in 0..LOOKS {
        let state = app.table.event_state(tenant).await?;
        let last = state.last();
        let now = app.clock.now();
        let mut endpoint = state.endpoint.unwrap_or_else(|| Endpoint::new(last, now));
        if !with(&mut endpoint, last) {
            return Ok(false);
        }
        endpoint.revision += 1;
        endpoint.updated_at = now;
        let extras = EndpointExtras { history: Some(line), ..EndpointExtras::default() };
        if app.table.save_endpoint(tenant, &endpoint, extras).await? {
            return Ok(true);
        }
    }
    Err(Error::contended("the endpoint"))
}

/// Has events sent at once, whatever waits for an endpoint that failed before.
pub(super) async fn begin(app: &App, tenant: &TenantId) -> Result<(), Error> {
    let message = Message::publish(tenant.clone());
    let dedup = app.clock.unique();
    Ok(app.queues.send_beside(Queue::EventPublisher, &message, &dedup).await?)
}

/// An address without what could be a secret.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
