//! The log of a tenant's events, and what is known of what is in it.

use std::collections::BTreeSet;

use domain::connection::{self, Connection};
use domain::event::endpoint::{self, Endpoint};
use domain::event::{Event, Mark, Origin, SCHEMA};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::event_endpoint::ENDPOINT;
use super::item::{Item, decode, encode, key_item, number, text_of};
use super::keys::{CONNECTION, Key, SK};
use super::read::at_most;
use super::write::{Expression, Refusal, absent};
use super::{Error, Table};

/// Sort key of what is known of the log.
const HEAD: &str = "EVENTS";
/// What sort keys of events start with.
const EVENT: &str = "EVENT#";
/// Layout of the stored head.
pub(super) const HEAD_SCHEMA: u32 = 1;
/// How long an event can be read.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Events that one append takes: with their head they are one transaction, of at most 100 items and 4 MB.
pub const EVENTS_AT_ONCE: usize = 25;
/// Events looked at in one round.
const PAGE: u32 = 100;

/// What has to be known of a tenant before something is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventState {
    /// The number of the next event.
    pub next: u64,
    /// The latest write whose event is in the log.
    pub mark: Option<Mark>,
    /// Where events are sent, once that is known.
    pub endpoint: Option<Endpoint>,
    /// The connection.
    pub connection: Option<Connection>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    schema: u32,
    next: u64,
    mark: Option<Mark>,
}

impl Default for EventState {
    fn default() -> Self {
        Self { next: 1, mark: None, endpoint: None, connection: None }
    }
}

impl EventState {
    /// The number of the last event; 0 when there is none.
    pub fn last(&self) -> u64 {
        self.next.saturating_sub(1)
    }
}

impl Table {
    /// What has to be known of a tenant before something is told of it: one round trip.
    pub async fn event_state(&self, tenant: &TenantId) -> Result<EventState, Error> {
        let keys = [HEAD, ENDPOINT, CONNECTION].map(|sk| key_item(Key::sorted(tenant, sk)));
        let mut state = EventState::default();
        for item in self.get_batch(keys.to_vec()).await? {
            match text_of(&item, SK).unwrap_or_default() {
                HEAD => {
                    let head: Head = decode(item, tenant, HEAD_SCHEMA)?;
                    (state.next, state.mark) = (head.next, head.mark);
                }
                ENDPOINT => state.endpoint = Some(decode(item, tenant, endpoint::SCHEMA)?),
                _ => state.connection = Some(decode(item, tenant, connection::SCHEMA)?),
            }
        }
        Ok(state)
    }

    /// Adds at most [`EVENTS_AT_ONCE`] events, numbered from `state.next` on, all or none. False: somebody else added
    /// some meanwhile; read the state again.
    pub async fn append_events(
        &self,
        tenant: &TenantId,
        state: &EventState,
        events: &[Event],
        mark: &Mark,
    ) -> Result<bool, Error> {
        let next = events.last().map_or(state.next, |event| event.sequence + 1);
        let head = Head { schema: HEAD_SCHEMA, next, mark: Some(mark.clone()) };
        let unchanged = match state.next {
            1 => absent(),
            next => Expression::new("#next = :next").value(":next", number(next)),
        };
        let head = encode(&head, Key::sorted(tenant, HEAD));
        let mut writes = vec![self.put(head, Some(&unchanged))];
        let new = absent();
        writes.extend(events.iter().map(|event| self.put(encode_event(tenant, event), Some(&new))));
        match self.transact(writes).await {
            Ok(()) => Ok(true),
            Err(Refusal::Contended | Refusal::Conditions(_)) => Ok(false),
            Err(Refusal::Table(error)) => Err(error),
        }
    }

    /// At most `limit` events behind a number, in order.
    pub async fn events(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, Error> {
        let (from, to) = (after.saturating_add(1), u64::MAX);
        self.query_events(tenant, from, to, limit, true).await
    }

    /// The events of these writes that are in the log, in order. None of them was added before `since`.
    pub async fn events_of(
        &self,
        tenant: &TenantId,
        origins: &BTreeSet<Origin>,
        since: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        let (mut found, mut to) = (Vec::new(), u64::MAX);
        loop {
            let page = self.query_events(tenant, 1, to, PAGE, false).await?;
            let last = page.last().map(|event| (event.sequence, event.added_at));
            found.extend(page.into_iter().filter(|event| origins.contains(&event.origin)));
            let is_all = found.len() == origins.len();
            match last {
                Some((sequence, added_at)) if !is_all && added_at >= since && sequence > 1 => {
                    to = sequence - 1;
                }
                _ => break,
            }
        }
        found.reverse();
        Ok(found)
    }

    /// Events of a range of numbers, forwards or from the end. The reading is consistent: a number that is shown is
    /// never followed by the later appearance of a lower one.
    async fn query_events(
        &self,
        tenant: &TenantId,
        from: u64,
        to: u64,
        limit: u32,
        forward: bool,
    ) -> Result<Vec<Event>, Error> {
        if from > to {
            return Ok(Vec::new());
        }
        let answer = self
            .between(tenant, &event_key(from), &event_key(to))
            .scan_index_forward(forward)
            .limit(at_most(limit))
            .send()
            .await?;
        let items = answer.items.unwrap_or_default().into_iter();
        items.map(|item| decode(item, tenant, SCHEMA)).collect()
    }
}

/// When an event that was added at a time can no longer be read.
pub(super) fn expiry(added_at: Timestamp) -> u64 {
    u64::try_from((added_at + KEPT).as_second()).unwrap_or_default()
}

fn encode_event(tenant: &TenantId, event: &Event) -> Item {
    let mut item = encode(event, Key::sorted(tenant, &event_key(event.sequence)));
    item.insert("expires_at".to_owned(), number(expiry(event.added_at)));
    item
}

/// Twenty digits, as many as the largest number has, so that keys sort as numbers do.
fn event_key(sequence: u64) -> String {
    format!("{EVENT}{sequence:020}")
}
