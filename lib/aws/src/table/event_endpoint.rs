//! Where a tenant's events are sent and how far that has come, and the dead letters: events that were never taken.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::Select;
use domain::event::Event;
use domain::event::endpoint::{Endpoint, SCHEMA};
use domain::history::HistoryLine;
use domain::id::TenantId;
use serde::{Deserialize, Serialize};

use super::event::expiry;
use super::item::{decode, encode, number};
use super::keys::Key;
use super::read::at_most;
use super::write::{Expression, absent, present, revision_is};
use super::{Error, Table};

/// Sort key of the endpoint.
pub(super) const ENDPOINT: &str = "EVENT_ENDPOINT";
/// What sort keys of dead letters start with.
const DEAD: &str = "EVENT_DEAD#";
/// Layout of a stored dead letter.
pub(super) const DEAD_SCHEMA: u32 = 1;

/// What is written together with an endpoint: all of it or nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct EndpointExtras<'a> {
    /// The line of history that says what was done.
    pub history: Option<&'a HistoryLine>,
    /// This event becomes a dead letter. It stays in the log.
    pub buried: Option<&'a Event>,
    /// This event is a dead letter no longer.
    pub raised: Option<u64>,
}

/// An event that the endpoint did not take.
#[derive(Debug, Serialize, Deserialize)]
struct DeadLetter {
    schema: u32,
    sequence: u64,
}

impl Table {
    /// Writes an endpoint, which carries the revision it will have. False: somebody else wrote it meanwhile.
    pub async fn save_endpoint(
        &self,
        tenant: &TenantId,
        endpoint: &Endpoint,
        extras: EndpointExtras<'_>,
    ) -> Result<bool, Error> {
        let condition = revision_is(endpoint.revision.saturating_sub(1));
        let item = encode(endpoint, Key::sorted(tenant, ENDPOINT));
        let mut writes = vec![self.put(item, Some(&condition))];
        writes.extend(extras.history.map(|line| self.history_write(tenant, line)));
        if let Some(event) = extras.buried {
            let letter = DeadLetter { schema: DEAD_SCHEMA, sequence: event.sequence };
            let mut item = encode(&letter, dead_key(tenant, event.sequence));
            item.insert("expires_at".to_owned(), number(expiry(event.added_at)));
            writes.push(self.put(item, None));
        }
        if let Some(sequence) = extras.raised {
            // It may have expired meanwhile.
            let whether_or_not =
                Expression::new(format!("{} OR {}", absent().text(), present().text()));
            writes.push(self.delete(dead_key(tenant, sequence), &whether_or_not));
        }
        self.transact_first(tenant, endpoint, SCHEMA, writes).await
    }

    /// At most `limit` dead letters behind a number, in order.
    pub async fn dead_events(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<u64>, Error> {
        let answer = self.query_dead(tenant, after).limit(at_most(limit)).send().await?;
        let letters = answer.items.unwrap_or_default().into_iter();
        letters
            .map(|item| decode::<DeadLetter>(item, tenant, DEAD_SCHEMA).map(|it| it.sequence))
            .collect()
    }

    /// How many dead letters there are, as far as one look goes: some ten thousand.
    pub async fn count_dead_events(&self, tenant: &TenantId) -> Result<u64, Error> {
        let answer = self.query_dead(tenant, 0).select(Select::Count).send().await?;
        Ok(u64::try_from(answer.count).unwrap_or_default())
    }

    fn query_dead(&self, tenant: &TenantId, after: u64) -> QueryFluentBuilder {
        let from = dead_sort_key(after.saturating_add(1));
        self.between(tenant, &from, &dead_sort_key(u64::MAX))
    }
}

fn dead_key(tenant: &TenantId, sequence: u64) -> Key {
    Key::sorted(tenant, &dead_sort_key(sequence))
}

fn dead_sort_key(sequence: u64) -> String {
    format!("{DEAD}{sequence:020}")
}
