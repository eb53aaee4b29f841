//! What the watch looks at, over all tenants: who has waited longest, whose tokens end first, who has to connect again.
//!
//! The sparse index `by_watch` holds what waits and the connections, by time. A posting that is posted at once never
//! enters it. It may lag by moments; for what is counted in minutes and days that does not matter.

use aws_sdk_dynamodb::types::Select;
use domain::connection::{Connection, Status};
use domain::id::TenantId;
use domain::posting::{Posting, PostingKey, State};
use jiff::Timestamp;

use super::index::Index;
use super::item::{Item, text_of};
use super::keys::{
    CONNECTION, Key, PK, POSTING, SETTINGS, SK, WATCH_PARTITIONS, tenant_of, watch_partition,
};
use super::read::at_most;
use super::{Error, Table};

/// Connected, by the time at which the tokens end if nobody uses them.
pub(super) const TOKEN_IDLE: &str = "TOKEN_IDLE";
/// Connected, by the time at which the tokens end whatever happens. In the index `by_state`, since an item has one place
/// in each.
pub(super) const TOKEN_HARD: &str = "TOKEN_HARD";
/// Waiting for a person to connect again, by since when.
pub(super) const NEEDS_RECONNECT: &str = "NEEDS_RECONNECT";

/// What waits for a connection or a choice still has to be woken, by since when. A connection has its place among the
/// others again when that is done.
pub(super) const WAKE_PENDING: &str = "WAKE_PENDING";

/// What a posting waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Time: it moves by itself.
    ForTime,
    /// A condition that somebody has to meet.
    ForCondition,
}

/// Whose waking was begun and not noted as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waker {
    /// A connection's, its links' or its books'.
    Connection,
    /// The settings'.
    Settings,
}

/// Which end of a connection's tokens is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenEnd {
    /// After 100 days without being renewed.
    Idle,
    /// After five years.
    Hard,
}

impl Waker {
    fn sort_key(self) -> &'static str {
        match self {
            Self::Connection => CONNECTION,
            Self::Settings => SETTINGS,
        }
    }
}

impl Table {
    /// The posting that has waited longest, and since when. Of what is being worked on only what waited before counts.
    pub async fn oldest_waiting(
        &self,
        waits: Waits,
    ) -> Result<Option<(TenantId, PostingKey, Timestamp)>, Error> {
        let mut found = Vec::new();
        for partition in 0..WATCH_PARTITIONS {
            let answer = self.under(Index::ByWatch, &key(waits, partition)).limit(1).send().await?;
            let first = answer.items.unwrap_or_default().into_iter().next();
            found.extend(first.as_ref().and_then(|item| {
                let posting = PostingKey::parse(text_of(item, SK)?.strip_prefix(POSTING)?)?;
                let (tenant, since) = whose(item, Index::ByWatch)?;
                Some((tenant, posting, since))
            }));
        }
        Ok(found.into_iter().min_by_key(|(.., since)| *since))
    }

    /// The connection whose tokens end first, and when. Hard ends are known only where Intuit tells them.
    pub async fn first_token_end(
        &self,
        end: TokenEnd,
    ) -> Result<Option<(TenantId, Timestamp)>, Error> {
        let (index, key) = match end {
            TokenEnd::Idle => (Index::ByWatch, TOKEN_IDLE),
            TokenEnd::Hard => (Index::ByState, TOKEN_HARD),
        };
        let answer = self.under(index, key).limit(1).send().await?;
        Ok(answer.items.unwrap_or_default().first().and_then(|item| whose(item, index)))
    }

    /// How many connections wait for a person to connect again, and which has waited longest, since when.
    pub async fn needing_reconnect(&self) -> Result<(u64, Option<(TenantId, Timestamp)>), Error> {
        let ask = || self.under(Index::ByWatch, NEEDS_RECONNECT);
        let first = ask().limit(1).send().await?.items.unwrap_or_default();
        let Some(longest) = first.first().and_then(|item| whose(item, Index::ByWatch)) else {
            return Ok((0, None));
        };
        let (mut count, mut start) = (0, None);
        loop {
            let page = ask().select(Select::Count).set_exclusive_start_key(start).send().await?;
            count += u64::try_from(page.count).unwrap_or(0);
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok((count, Some(longest)));
            }
        }
    }

    /// Where waking was begun before `before` and is not noted as done, at most `limit`.
    pub async fn wakes_pending(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TenantId, Waker)>, Error> {
        let ask = self.under_before(Index::ByWatch, WAKE_PENDING, before).limit(at_most(limit));
        let answer = ask.send().await?;
        let pending = answer.items.unwrap_or_default();
        let waker = |item: &Item| {
            let tenant = tenant_of(text_of(item, PK)?)?;
            let sk = text_of(item, SK)?;
            [Waker::Connection, Waker::Settings]
                .into_iter()
                .find(|waker| sk == waker.sort_key())
                .map(|waker| (tenant, waker))
        };
        Ok(pending.iter().filter_map(waker).collect())
    }

    /// When a tenant's tokens were last renewed, or given.
    pub async fn tokens_renewed_at(&self, tenant: &TenantId) -> Result<Option<Timestamp>, Error> {
        let Some(item) = self.get(Key::connection(tenant)).await? else { return Ok(None) };
        let time = |name| text_of(&item, name)?.parse().ok();
        Ok(time("refreshed_at").or_else(|| time("connected_at")))
    }
}

/// A waiting posting's place in the index.
pub(super) fn place_posting(item: &mut Item, tenant: &TenantId, posting: &Posting) {
    let waits = match posting.state {
        State::Queued | State::Posting => Waits::ForTime,
        State::Blocked => Waits::ForCondition,
        State::Expected | State::Held | State::Posted | State::Rejected | State::Skipped => return,
    };
    if let Some(since) = posting.waiting_since {
        Index::ByWatch.place(item, key(waits, watch_partition(tenant)), since);
    }
}

/// A new connection's places in the indexes.
pub(super) fn place_connection(item: &mut Item, connection: &Connection) {
    if connection.status != Status::Connected {
        return;
    }
    if connection.wake_pending {
        place_waker(item, connection.connected_at);
    } else {
        Index::ByWatch.place(item, TOKEN_IDLE, connection.refresh_expires_at);
    }
    if let Some(at) = connection.hard_expires_at {
        Index::ByState.place(item, TOKEN_HARD, at);
    }
}

/// The place of what still has to wake others.
pub(super) fn place_waker(item: &mut Item, since: Timestamp) {
    Index::ByWatch.place(item, WAKE_PENDING, since);
}

fn key(waits: Waits, partition: u8) -> String {
    match waits {
        Waits::ForTime => format!("QUEUED#{partition}"),
        Waits::ForCondition => format!("BLOCKED#{partition}"),
    }
}

fn whose(item: &Item, index: Index) -> Option<(TenantId, Timestamp)> {
    Some((tenant_of(text_of(item, PK)?)?, text_of(item, index.time())?.parse().ok()?))
}
