//! What names a posting, and what it may wait for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, HostId};
use crate::record::RecordKind;

/// A customer's choice of how one kind of record is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Workflow {
    /// Agents' bills become invoices, their payments payments.
    AgentBilling,
}

impl Workflow {
    /// The word used in keys and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AgentBilling => "agent_billing",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        (text == Self::AgentBilling.as_str()).then_some(Self::AgentBilling)
    }
}

/// Names one posting of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostingKey {
    /// The workflow.
    pub workflow: Workflow,
    /// The kind of record.
    pub record: RecordKind,
    /// The host's id of the record.
    pub id: HostId,
}

impl PostingKey {
    /// A posting key.
    pub fn new(workflow: Workflow, record: RecordKind, id: HostId) -> Self {
        Self { workflow, record, id }
    }

    /// The key as one text, in which no part can be mistaken for another.
    pub fn as_text(&self) -> String {
        format!("{}#{}#{}", self.workflow.as_str(), self.record.as_str(), self.id)
    }

    /// Reads [`PostingKey::as_text`] back.
    pub fn parse(text: &str) -> Option<Self> {
        let (workflow, rest) = text.split_once('#')?;
        let (record, id) = rest.split_once('#')?;
        Some(Self::new(
            Workflow::parse(workflow)?,
            RecordKind::parse(record)?,
            HostId::parse(id).ok()?,
        ))
    }
}

/// What a blocked posting waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// A working connection.
    Connection,
    /// A connection to this company.
    Company(CompanyId),
    /// A choice in the settings.
    Settings,
    /// Another posting.
    Posting(PostingKey),
    /// A usable QuickBooks object behind a link; cleared by a person who retries or relinks.
    Mapping,
    /// An open accounting period; cleared by a person who retries.
    Period,
}

impl Condition {
    /// The condition as one text, used in keys.
    pub fn as_text(&self) -> String {
        match self {
            Self::Connection => "connection".to_owned(),
            Self::Company(id) => format!("company#{id}"),
            Self::Settings => "settings".to_owned(),
            Self::Posting(key) => format!("posting#{}", key.as_text()),
            Self::Mapping => "mapping".to_owned(),
            Self::Period => "period".to_owned(),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_text())
    }
}
