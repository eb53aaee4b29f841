//! History: what was done, for people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ledger::Object;
use crate::posting::PostingKey;
use crate::record::RecordKind;

/// Layout of the stored line that this code writes.
pub const SCHEMA: u32 = 1;

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

impl HistoryLine {
    /// A line about the tenant's connection or settings.
    pub fn about_tenant(at: Timestamp, action: &str, description: String) -> Self {
        Self {
            schema: SCHEMA,
            at,
            record: None,
            record_id: None,
            version: None,
            action: action.to_owned(),
            description,
            objects: Vec::new(),
        }
    }

    /// A line about a record.
    pub fn about_record(
        at: Timestamp,
        key: &PostingKey,
        version: u64,
        action: &str,
        description: String,
    ) -> Self {
        Self {
            record: Some(key.record),
            record_id: Some(key.id.to_string()),
            version: Some(version),
            ..Self::about_tenant(at, action, description)
        }
    }
}
