//! History: what was done, for people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ledger::Object;
use crate::record::RecordKind;

/// One line of the append-only log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// Layout of this stored item.
    pub schema: u32,
    /// When it was done.
    pub at: Timestamp,
    /// The kind of record, absent when it concerns the connection.
    pub record: Option<RecordKind>,
    /// The host's id of the record.
    pub record_id: Option<String>,
    /// The record's version.
    pub version: Option<u64>,
    /// What was done, in one or two words: `created`, `updated`, `connected` …
    pub action: String,
    /// The sentence for people.
    pub description: String,
    /// The QuickBooks objects concerned.
    #[serde(default)]
    pub objects: Vec<Object>,
}
