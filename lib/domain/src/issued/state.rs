//! How an issued payment stands, with the published legend of it, and what happened to it.

use serde::{Deserialize, Serialize};

/// How an issued payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuedState {
    /// As in QuickBooks.
    Synced,
    /// Voided in QuickBooks.
    Voided,
    /// Changed in QuickBooks so that it pays none of our bills any more.
    Detached,
    /// Deleted in QuickBooks, and kept here.
    Gone,
}

/// The color in which hosts show a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// All is well.
    Green,
    /// It counts no more.
    Gray,
    /// Somebody should look at it.
    Amber,
    /// Somebody has to decide about it.
    Red,
}

/// What happened to an issued payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It came.
    Created,
    /// It changed in QuickBooks.
    Updated,
    /// It was voided in QuickBooks.
    Voided,
    /// It was deleted in QuickBooks.
    Gone,
    /// It pays none of our bills any more.
    Detached,
    /// The host changed what is the host's.
    Annotated,
    /// A person removed it here.
    Removed,
}

impl IssuedState {
    /// Every state, in the order of the legend.
    pub const ALL: [Self; 4] = [Self::Synced, Self::Voided, Self::Detached, Self::Gone];

    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::Voided => "voided",
            Self::Detached => "detached",
            Self::Gone => "gone",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The color of its icon.
    pub fn color(self) -> Color {
        match self {
            Self::Synced => Color::Green,
            Self::Voided => Color::Gray,
            Self::Detached => Color::Amber,
            Self::Gone => Color::Red,
        }
    }

    /// What a person calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Synced => "Synced",
            Self::Voided => "Voided",
            Self::Detached => "No longer on our bills",
            Self::Gone => "Gone in QuickBooks",
        }
    }

    /// What it means, for people.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Synced => "The payment is as it is in QuickBooks.",
            Self::Voided => {
                "The payment was voided in QuickBooks. Its amounts are zero and its bills are open again."
            }
            Self::Detached => {
                "The payment was changed in QuickBooks and pays none of the bills that were posted from here."
            }
            Self::Gone => {
                "The payment was deleted in QuickBooks. It is kept here as it was, until an admin removes it."
            }
        }
    }
}

impl Color {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Gray => "gray",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

impl Happened {
    /// The word used in events and in the history.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Voided => "voided",
            Self::Gone => "gone",
            Self::Detached => "detached",
            Self::Annotated => "annotated",
            Self::Removed => "removed",
        }
    }
}
