//! Who wants a record to be posted, and how much.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who wants a record to be posted, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wish {
    /// Who.
    pub trigger: Trigger,
    /// Whether the workflow's rules (cut-off, filters, first run) do not count.
    #[serde(default)]
    pub overrides_rules: bool,
    /// Whether the documents are read first, so that those that a person removed are noticed.
    #[serde(default)]
    pub looks_first: bool,
    /// Whether books and links that were in the way still have to be looked at again, since a person asked for it.
    #[serde(default)]
    pub looks_again: bool,
    /// What a person decided about a document that a bookkeeper changed as well.
    #[serde(default)]
    pub decides: Option<Decision>,
    /// When it was made.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// What a person decides about parts of a document that the record and a bookkeeper both changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// QuickBooks gets what the record says.
    Overwrite,
    /// What the bookkeeper made of them stays.
    Keep,
}

/// What set a record going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A person pressed Sync.
    #[default]
    Person,
    /// Something happened at the host; the tenant's switches decide.
    Event,
    /// A person put it on hold.
    Hold,
}

impl Wish {
    /// The wish of a person who presses Sync.
    pub const PERSON: Self = Self { trigger: Trigger::Person, ..Self::EVENT };
    /// Something happened at the host.
    pub const EVENT: Self = Self {
        trigger: Trigger::Event,
        overrides_rules: false,
        looks_first: false,
        looks_again: false,
        decides: None,
        at: None,
    };

    /// The wish, made at this time unless it was made before.
    #[must_use]
    pub fn made_at(self, at: Timestamp) -> Self {
        Self { at: self.at.or(Some(at)), ..self }
    }

    /// Whether it is the same wish, made again.
    pub fn repeats(self, earlier: Self) -> bool {
        let same =
            |wish: Self| (wish.trigger, wish.overrides_rules, wish.looks_first, wish.decides);
        same(self) == same(earlier)
    }

    /// Whether it was made after another one, or at least not before.
    pub fn is_newer_than(self, other: Self) -> bool {
        self.at.is_none() || self.at >= other.at
    }

    /// What counts after another wish. What a person put on hold, no event releases; rules that a person once overrode
    /// for a record stay overridden for it.
    #[must_use]
    pub fn followed_by(self, next: Self) -> Self {
        match (self.trigger, next.trigger) {
            (Trigger::Hold, Trigger::Event) => self,
            _ => Self {
                overrides_rules: self.overrides_rules || next.overrides_rules,
                looks_first: self.looks_first || next.looks_first,
                looks_again: self.looks_again || next.looks_again,
                decides: next.decides.or(self.decides),
                ..next
            },
        }
    }

    /// The wish once it was granted or refused: who looks or decides does so once.
    #[must_use]
    pub fn answered(self) -> Self {
        Self { looks_first: false, looks_again: false, decides: None, ..self }
    }
}
