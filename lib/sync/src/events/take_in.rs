//! The stream's side: changes of the table become events, once each, and are passed on.
//!
//! What is handed over comes again, whole or in parts, until it was taken in completely, so every step here can be
//! repeated: an event that is in the log already is passed on again and not added again.

use std::collections::{BTreeMap, BTreeSet};

use aws::bus::Entry;
use aws::queues::{Message, Queue};
use aws::stream::{Change, Unreadable};
use aws::table::{EVENTS_AT_ONCE, EndpointExtras, EventState, Thing};
use domain::event::endpoint::{Endpoint, Trying};
use domain::event::{self, Event, Mark, Origin};
use domain::id::{CompanyId, TenantId};
use jiff::SignedDuration;
use serde_json::json;

use super::message::{CloudEvent, full_type};
use crate::{App, Error, chain};

/// Shows a thing as the API shows it while a company is connected: one JSON object.
pub type Render<'a> = &'a dyn Fn(&Thing, Option<&CompanyId>) -> String;

/// Looks again this often when others add events of the tenant at the same time.
const LOOKS: usize = 5;
/// The clock of the stream, which knows whole seconds, and ours may differ by this much.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);

/// What a tenant is told.
struct Told {
    events: Vec<Event>,
    endpoint: Option<Endpoint>,
}

/// Takes changes in, which are in order within each tenant. How many events came of them. After an error all of them
/// have to be handed over again.
pub async fn take_in(app: &App, changes: Vec<Change>, render: Render<'_>) -> Result<usize, Error> {
    let mut by_tenant: BTreeMap<TenantId, Vec<Change>> = BTreeMap::new();
    for change in changes {
        by_tenant.entry(change.tenant.clone()).or_default().push(change);
    }
    let (mut told, mut failed) = (Vec::new(), None);
    for (tenant, changes) in by_tenant {
        match log(app, &tenant, &changes, render).await {
            Ok(of_tenant) => told.push((tenant, of_tenant)),
            Err(error) if !is_corrupt(&error) => {
                tracing::warn!(%tenant, error = chain(&error), "events could not be added to the log");
                failed = Some(error);
            }
            // It will never succeed, and must not stand in the way of everyone else.
            Err(error) => {
                tracing::error!(%tenant, error = chain(&error), "changes cannot be told");
                for change in &changes {
                    note(app, tenant.as_str(), &change.origin, &error.to_string()).await?;
                }
            }
        }
    }
    publish(app, &told).await?;
    begin_deliveries(app, &told).await?;
    let count = told.iter().map(|(_, told)| told.events.len()).sum();
    failed.map_or(Ok(count), Err)
}

/// Whether an item of the tenant cannot be read by any version. Missing rights, or an item that a newer version wrote,
/// pass: what happened is told then.
fn is_corrupt(error: &Error) -> bool {
    let Error::Internal(_, source) = error else { return false };
    let of_table = source.downcast_ref::<aws::table::Error>();
    matches!(of_table, Some(aws::table::Error::Corrupt { .. } | aws::table::Error::Foreign { .. }))
}

/// Notes a write that cannot be read with the dead letters, so that the operator can find out what nobody was told.
pub async fn note_unreadable(app: &App, unreadable: &Unreadable) -> Result<(), Error> {
    let Unreadable { partition, origin, error } = unreadable;
    tracing::error!(
        partition,
        item = origin.item,
        error = chain(error),
        "a change cannot be read, so nobody is told of it"
    );
    note(app, partition, origin, &error.to_string()).await
}

async fn note(app: &App, group: &str, origin: &Origin, why: &str) -> Result<(), Error> {
    let letter = json!({
        "untold": {"partition": group, "item": origin.item, "stream": origin.stream, "number": origin.number},
        "why": why,
    });
    let queue = Queue::EventPublisher;
    Ok(app.queues.bury_text(queue, group, &letter.to_string(), "untold").await?)
}

/// The events of a tenant's changes, after those that are not in the log yet were added to it.
async fn log(
    app: &App,
    tenant: &TenantId,
    changes: &[Change],
    render: Render<'_>,
) -> Result<Told, Error> {
    for _ in 0..LOOKS {
        let state = app.table.event_state(tenant).await?;
        let mut events = known(app, tenant, &state, changes).await?;
        let there: BTreeSet<Origin> = events.iter().map(|event| event.origin.clone()).collect();
        let missing = changes.iter().filter(|change| !there.contains(&change.origin));
        let missing: Vec<&Change> = missing.collect();
        let endpoint = state.endpoint.clone();
        if let Some(added) = add(app, tenant, state, &missing, render).await? {
            events.extend(added);
            events.sort_by_key(|event| event.sequence);
            return Ok(Told { events, endpoint });
        }
    }
    Err(Error::contended("the event log"))
}

/// The events of these changes that are in the log. Most changes are known to be newer than all that is in it.
async fn known(
    app: &App,
    tenant: &TenantId,
    state: &EventState,
    changes: &[Change],
) -> Result<Vec<Event>, Error> {
    let Some(mark) = &state.mark else { return Ok(Vec::new()) };
    let doubtful = changes.iter().filter(|change| !change.origin.is_after(mark));
    let doubtful: Vec<&Change> = doubtful.collect();
    let Some(earliest) = doubtful.iter().map(|change| change.at).min() else {
        return Ok(Vec::new());
    };
    let origins = doubtful.iter().map(|change| change.origin.clone()).collect();
    Ok(app.table.events_of(tenant, &origins, earliest - CLOCKS_DIFFER).await?)
}

/// Adds events for changes. None: somebody else added some meanwhile.
async fn add(
    app: &App,
    tenant: &TenantId,
    mut state: EventState,
    changes: &[&Change],
    render: Render<'_>,
) -> Result<Option<Vec<Event>>, Error> {
    let mut added = Vec::new();
    let company = state.connection.as_ref().map(|connection| connection.company.id.clone());
    for chunk in changes.chunks(EVENTS_AT_ONCE) {
        let now = app.clock.now();
        let number = |(at, change): (u64, &&Change)| Event {
            schema: event::SCHEMA,
            sequence: state.next + at,
            kind: change.happened.kind.as_str().to_owned(),
            subject: change.happened.subject.clone(),
            at: change.happened.at.unwrap_or(change.at),
            data: render(&change.thing, company.as_ref()),
            origin: change.origin.clone(),
            added_at: now,
        };
        let events: Vec<Event> = (0..).zip(chunk).map(number).collect();
        let mark =
            chunk.iter().fold(state.mark.clone(), |mark, change| later(mark, &change.origin));
        let mark = mark.expect("a chunk is not empty");
        if !app.table.append_events(tenant, &state, &events, &mark).await? {
            return Ok(None);
        }
        state.next += u64::try_from(events.len()).unwrap_or_default();
        state.mark = Some(mark);
        added.extend(events);
    }
    Ok(Some(added))
}

/// The later of a mark and a write. The names of streams end in the time at which they began.
fn later(mark: Option<Mark>, origin: &Origin) -> Option<Mark> {
    match mark {
        Some(mark) if !origin.is_after(&mark) && origin.stream <= mark.stream => Some(mark),
        _ => Some(Mark { stream: origin.stream.clone(), number: origin.number.clone() }),
    }
}

async fn publish(app: &App, told: &[(TenantId, Told)]) -> Result<(), Error> {
    let mut entries = Vec::new();
    for (tenant, told) in told {
        for event in &told.events {
            let entry = Entry {
                source: event::SOURCE,
                detail_type: full_type(&event.kind),
                detail: CloudEvent::of(tenant, event).as_json(),
                at: event.at,
            };
            if entry.fits() {
                entries.push(entry);
            } else {
                tracing::error!(%tenant, sequence = event.sequence, "an event is too large for the bus");
                note(app, tenant.as_str(), &event.origin, "too large for the event bus").await?;
            }
        }
    }
    Ok(app.bus.put(&entries).await?)
}

/// One message for each tenant whose events somebody wants.
async fn begin_deliveries(app: &App, told: &[(TenantId, Told)]) -> Result<(), Error> {
    let mut messages = Vec::new();
    for (tenant, told) in told {
        let (Some(first), Some(last)) = (told.events.first(), told.events.last()) else { continue };
        let is_wanted = match &told.endpoint {
            Some(endpoint) => app.events.target_of(endpoint).is_some(),
            None => app.events.endpoint.is_some(),
        };
        if !is_wanted && !is_wanted_by_now(app, tenant, told).await? {
            continue;
        }
        let waits = |trying: &Trying| trying.next_at > app.clock.now();
        if told.endpoint.as_ref().and_then(|it| it.trying.as_ref()).is_some_and(waits) {
            // A message waits for that already, and will find these.
            continue;
        }
        if told.endpoint.is_none() && is_wanted {
            // The endpoint of the deployment gets what happens from now on.
            let delivered = first.sequence.saturating_sub(1);
            let endpoint = Endpoint { revision: 1, ..Endpoint::new(delivered, app.clock.now()) };
            app.table.save_endpoint(tenant, &endpoint, EndpointExtras::default()).await?;
        }
        messages.push((Message::publish(tenant.clone()), format!("{tenant}#{}", last.sequence)));
    }
    Ok(app.queues.send_all(Queue::EventPublisher, &messages).await?)
}

/// Whether somebody began to want the tenant's events while these were added, too late to find them.
async fn is_wanted_by_now(app: &App, tenant: &TenantId, told: &Told) -> Result<bool, Error> {
    if told.events.is_empty() {
        return Ok(false);
    }
    let endpoint = app.table.event_state(tenant).await?.endpoint;
    Ok(endpoint.is_some_and(|endpoint| app.events.target_of(&endpoint).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_moves_forward_only() {
        let mark = |stream: &str, number: &str| Mark {
            stream: stream.to_owned(),
            number: number.to_owned(),
        };
        for (before, stream, number, after) in [
            (None, "s/1", "9", mark("s/1", "9")),
            (Some(mark("s/1", "9")), "s/1", "10", mark("s/1", "10")),
            (Some(mark("s/1", "9")), "s/1", "8", mark("s/1", "9")),
            (Some(mark("s/1", "9")), "s/2", "1", mark("s/2", "1")),
            (Some(mark("s/2", "1")), "s/1", "9", mark("s/2", "1")),
        ] {
            let origin = Origin {
                stream: stream.to_owned(),
                number: number.to_owned(),
                item: "CONNECTION".to_owned(),
            };
            assert_eq!(later(before.clone(), &origin), Some(after), "{before:?} {stream} {number}");
        }
    }
}
