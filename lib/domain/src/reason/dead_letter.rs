//! Why work was given up for good, and how a person has it done again.

use crate::dead_letter::Subject;

use super::Reason;

/// How it came to be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenUp {
    /// Handling it failed each time.
    Failed,
    /// Whoever handled it was cut off each time: out of time, out of memory.
    CutOff,
    /// QuickBooks could not be asked for long.
    Outage,
}

impl Reason {
    /// Work that was given up.
    pub fn given_up(subject: Subject, how: GivenUp) -> Self {
        let what = match subject {
            Subject::Record => "post a record whose stored state cannot be read",
            Subject::Wake => "wake records that wait for something",
            Subject::Pull => "pull payments",
            Subject::Notices => "look at what Intuit told",
            Subject::Events => "send events to your endpoint",
            Subject::Import => "work on an import",
            Subject::Change => return Self::untold(),
        };
        match how {
            GivenUp::Failed => Self::new(
                "internal",
                format!("ledgerbridge failed again and again when it was to {what}."),
                "Replay it; if it comes back, give its id to the operator.",
            ),
            GivenUp::CutOff => Self::new(
                "cut_off",
                format!("ledgerbridge was cut off each time it was to {what}."),
                "Replay it; if it comes back, give its id to the operator.",
            ),
            GivenUp::Outage => Self::new(
                "quickbooks_unavailable",
                format!(
                    "QuickBooks could not be asked for so long that ledgerbridge no longer tries to {what}."
                ),
                "Replay it once QuickBooks works.",
            ),
        }
    }

    /// A change that nobody was told of.
    fn untold() -> Self {
        Self::new(
            "untold",
            "Something changed that ledgerbridge could not read, so no event tells of it.",
            "Ask for it through the API once the operator has mended it; replaying this only takes it off the list.",
        )
    }

    /// Whoever worked on the record was cut off, each time.
    pub fn cut_off() -> Self {
        Self::new(
            "cut_off",
            "ledgerbridge was cut off each time it worked on this record.",
            "Press Sync to try again; if it fails again, give the record's id to the operator.",
        )
    }
}
