//! Where a posting stands, and what an event did to it.

use serde::{Deserialize, Serialize};

/// Where a posting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Known only because another posting waits for it.
    Expected,
    /// Auto-sync is off; waits for a person.
    Held,
    /// Waits for time, in the queue.
    Queued,
    /// Being written to QuickBooks.
    Posting,
    /// QuickBooks matches the record.
    Posted,
    /// Waits for a condition.
    Blocked,
    /// QuickBooks or ledgerbridge refused it; waits for a change or a person.
    Rejected,
    /// A rule says it is not to be posted.
    Skipped,
}

impl State {
    /// At rest in a way that lets those that wait for its documents go on, if it has any.
    pub fn lets_others_go_on(self) -> bool {
        matches!(self, Self::Posted | Self::Held | Self::Skipped)
    }

    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Posting => "posting",
            Self::Posted => "posted",
            Self::Blocked => "blocked",
            Self::Rejected => "rejected",
            Self::Skipped => "skipped",
        }
    }
}

/// What an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A document was made.
    Created,
    /// A document was changed.
    Updated,
    /// A document was voided.
    Voided,
    /// QuickBooks matched already.
    Unchanged,
    /// A newer version was known already.
    Superseded,
}

impl Outcome {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Voided => "voided",
            Self::Unchanged => "unchanged",
            Self::Superseded => "superseded",
        }
    }
}
