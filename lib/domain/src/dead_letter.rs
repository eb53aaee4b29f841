//! Dead letters: work of a tenant that was given up and that no record shows, kept until a person has it done again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fingerprint;
use crate::id::TenantId;
use crate::reason::Reason;

/// Layout of the stored letter that this code writes.
pub const SCHEMA: u32 = 1;

/// What a letter is about, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A record that could not even be read.
    Record,
    /// Waking records that waited for a condition.
    Wake,
    /// Pulling payments.
    Pull,
    /// Looking at what Intuit told.
    Notices,
    /// Sending events to the host's endpoint.
    Events,
    /// A change that became no event.
    Change,
    /// Working on an import.
    Import,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Record,
        Self::Wake,
        Self::Pull,
        Self::Notices,
        Self::Events,
        Self::Change,
        Self::Import,
    ];

    /// The stored and shown name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Wake => "wake",
            Self::Pull => "pull",
            Self::Notices => "notices",
            Self::Events => "events",
            Self::Change => "change",
            Self::Import => "import",
        }
    }
}

/// Work that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Layout of this stored item.
    pub schema: u32,
    /// Names it within its tenant; the same work has the same one.
    pub id: String,
    /// What it is about.
    pub subject: Subject,
    /// Which one: a posting's key, a condition, a changed item; absent where the subject says it all.
    pub about: Option<String>,
    /// Why it was given up, and what to do.
    pub reason: Reason,
    /// The queue that it came from.
    pub queue: String,
    /// The message that has it done again; absent where nothing can.
    pub message: Option<String>,
    /// When it was noted.
    pub at: Timestamp,
}

/// The name of a letter: the same for the same text of a tenant's in one queue.
pub fn id(tenant: &TenantId, queue: &str, text: &str) -> String {
    let mut hash = fingerprint::of(&(tenant, queue, text));
    hash.truncate(ID_LENGTH);
    hash
}

/// Digits of an id, which are hexadecimal: enough for all letters of a tenant.
pub const ID_LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_work_has_the_same_name_and_no_other() {
        let tenant = |id| TenantId::parse(id).unwrap();
        let one = id(&tenant("acme"), "payment-pull", "x");
        assert_eq!(one.len(), ID_LENGTH);
        assert_eq!(one, id(&tenant("acme"), "payment-pull", "x"));
        for other in [
            id(&tenant("other"), "payment-pull", "x"),
            id(&tenant("acme"), "disbursement", "x"),
            id(&tenant("acme"), "payment-pull", "y"),
        ] {
            assert_ne!(one, other);
        }
        for subject in Subject::ALL {
            let stored = serde_json::to_value(subject).unwrap();
            assert_eq!(stored, subject.as_str());
        }
    }
}
