//! Sends events again: all from one on, or those that were given up.

use domain::event;
use domain::history::HistoryLine;
use domain::id::TenantId;

use super::endpoint::{begin, change};
use crate::{App, Error};

/// Dead letters that one call has sent again.
const RESENT_AT_MOST: u32 = 500;

/// What is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// So many events; those among them that the endpoint does not want are left out.
    pub events: u64,
    /// There are more dead letters than one call takes.
    pub more: bool,
}

/// Why nothing is sent again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no endpoint to send it to.
    #[error("no endpoint is set")]
    NoEndpoint,
    /// The tenant never had that event.
    #[error("no such event")]
    UnknownEvent,
    /// It failed.
    #[error(transparent)]
    Other(#[from] Error),
}

/// Sends all events again behind one, which is named by its id or number; 0 stands before the first.
pub async fn replay_after(
    app: &App,
    tenant: &TenantId,
    after: &str,
) -> Result<Replayed, ReplayError> {
    let sequence = after.parse().ok().or_else(|| event::sequence_of(tenant, after));
    let state = app.table.event_state(tenant).await.map_err(Error::from)?;
    let sequence = sequence.filter(|sequence| *sequence <= state.last());
    let sequence = sequence.ok_or(ReplayError::UnknownEvent)?;
    // Older ones have expired.
    let first = app.table.events(tenant, sequence, 1).await.map_err(Error::from)?;
    let before = first.first().map_or(state.last(), |event| event.sequence - 1);
    let line = line(app, format!("Events behind number {before} are sent again."));
    start(app, tenant, &line, |endpoint, last| {
        endpoint.delivered = before;
        endpoint.resend.clear();
        endpoint.replayed_through = last;
    })
    .await?;
    Ok(Replayed { events: state.last().saturating_sub(before), more: false })
}

/// Sends dead letters again, before what else is to be sent.
pub async fn replay_dead(app: &App, tenant: &TenantId) -> Result<Replayed, ReplayError> {
    let found = app.table.dead_events(tenant, 0, RESENT_AT_MOST + 1).await.map_err(Error::from)?;
    let most = usize::try_from(RESENT_AT_MOST).unwrap_or(usize::MAX);
    let dead = &found[..found.len().min(most)];
    let line = line(app, format!("{} events that were given up are sent again.", dead.len()));
    start(app, tenant, &line, |endpoint, _| {
        // What is to be sent anyway is not sent twice.
        let before = endpoint.delivered;
        endpoint.resend.extend(dead.iter().filter(|sequence| **sequence <= before));
    })
    .await?;
    let events = u64::try_from(dead.len()).unwrap_or_default();
    Ok(Replayed { events, more: found.len() > most })
}

async fn start(
    app: &App,
    tenant: &TenantId,
    line: &HistoryLine,
    with: impl Fn(&mut event::endpoint::Endpoint, u64),
) -> Result<(), ReplayError> {
    let changed = change(app, tenant, line, |endpoint, last| {
        if endpoint.own.is_none() && app.events.endpoint.is_none() {
            return false;
        }
        endpoint.start_anew();
        with(endpoint, last);
        true
    });
    if !changed.await? {
        return Err(ReplayError::NoEndpoint);
    }
    Ok(begin(app, tenant).await?)
}

fn line(app: &App, description: String) -> HistoryLine {
    HistoryLine::about_tenant(app.clock.now(), "events_replayed", description)
}
