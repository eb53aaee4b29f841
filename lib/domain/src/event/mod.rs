//! Events: what the host is told when something changes that people can see.
//!
//! Each is derived from an item as it was and as it is ([`of_posting`] and its neighbours), and gets a number in the log
//! of its tenant. Being sent to the host's endpoint is the business of [`endpoint`].

mod changes;
pub mod endpoint;
mod kind;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fingerprint;
use crate::id::TenantId;

pub use changes::{of_connection, of_issued_payment, of_link, of_posting};
pub use kind::{FAMILIES, Kind, wants};

/// Layout of the stored event that this code writes.
pub const SCHEMA: u32 = 1;
/// What the type of every event starts with, on the bus and at endpoints.
pub const TYPE_PREFIX: &str = "ledgerbridge.";
/// Where every event comes from, as CloudEvents calls it.
pub const SOURCE: &str = "ledgerbridge";
/// What every event's id starts with.
const ID_PREFIX: &str = "evt_";
/// Hexadecimal digits of the tenant's hash in an event's id.
const TENANT_DIGITS: usize = 16;

/// What changed, and about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// What changed.
    pub kind: Kind,
    /// About what, as a path: `bill/B-1042`.
    pub subject: String,
    /// When, where the item itself says so.
    pub at: Option<Timestamp>,
}

/// One event in the log of its tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Layout of this stored item.
    pub schema: u32,
    /// Its number: from 1 on, without gaps.
    pub sequence: u64,
    /// What changed: the word of a [`Kind`], as text, so that one of a newer version can still be sent.
    pub kind: String,
    /// About what, as a path: `bill/B-1042`.
    pub subject: String,
    /// When it happened.
    pub at: Timestamp,
    /// What it is about as the API shows it: one JSON object.
    pub data: String,
    /// The write that it tells of.
    pub origin: Origin,
    /// When it was added to the log.
    pub added_at: Timestamp,
}

/// Names one write of one item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The stream that told of the write.
    pub stream: String,
    /// Its number there. Later writes of a tenant have higher ones as long as its items are kept in one place.
    pub number: String,
    /// The item's sort key.
    pub item: String,
}

impl Origin {
    /// Whether this write is known to be later than `mark`. Numbers are decimal and of different lengths.
    pub fn is_after(&self, mark: &Mark) -> bool {
        let (ours, theirs) = (digits(&self.number), digits(&mark.number));
        self.stream == mark.stream && (ours.len(), ours) > (theirs.len(), theirs)
    }
}

/// The latest write whose event is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The stream that told of it.
    pub stream: String,
    /// Its number there.
    pub number: String,
}

fn digits(number: &str) -> &str {
    number.trim_start_matches('0')
}

/// The id of an event: the same each time it is sent, and no other tenant's.
pub fn id(tenant: &TenantId, sequence: u64) -> String {
    format!("{ID_PREFIX}{}_{sequence}", hash(tenant))
}

/// The number of the event with that id, if it is the tenant's.
pub fn sequence_of(tenant: &TenantId, id: &str) -> Option<u64> {
    let (of, sequence) = id.strip_prefix(ID_PREFIX)?.split_once('_')?;
    (of == hash(tenant)).then(|| sequence.parse().ok()).flatten()
}

fn hash(tenant: &TenantId) -> String {
    let mut hash = fingerprint::of(tenant);
    hash.truncate(TENANT_DIGITS);
    hash
}
