//! Records: business facts from the host, in the form they are stored in.

mod bill;
mod payment;

pub use bill::{Agent, Bill, BillItem, BillLine, PaymentOnBill};
pub use payment::{Allocation, Payment};

use serde::{Deserialize, Serialize};

/// What kind of business fact a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// An agent's bill.
    Bill,
    /// A payment over one or several bills.
    Payment,
}

impl RecordKind {
    /// The word used in keys, paths and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::Payment => "payment",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Bill, Self::Payment].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One version of one business fact, cleaned and checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// An agent's bill.
    Bill(Bill),
    /// A payment over one or several bills.
    Payment(Payment),
}

impl Record {
    /// The host's version; a higher one replaces a lower one.
    pub fn version(&self) -> u64 {
        match self {
            Self::Bill(bill) => bill.version,
            Self::Payment(payment) => payment.version,
        }
    }

    /// What kind of business fact this is.
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Bill(_) => RecordKind::Bill,
            Self::Payment(_) => RecordKind::Payment,
        }
    }

    /// Whether this takes `known` back and changes nothing else: the one change that needs no new version.
    pub fn voids(&self, known: &Self) -> bool {
        match (self, known) {
            (Self::Payment(new), Self::Payment(known)) => {
                new.voided && !known.voided && *new == Payment { voided: true, ..known.clone() }
            }
            _ => false,
        }
    }
}
