//! Records: business facts from the host, in the form they are stored in.

mod bill;
mod disbursement;
mod payment;

pub use bill::{Agent, Bill, BillItem, BillLine, PaymentOnBill};
pub use disbursement::{
    Disbursement, DisbursementStatus, Imbalance, Party, Role, Share, Transaction, Withheld,
    Withholding,
};
pub use payment::{Allocation, Payment};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::money::Currency;

/// What kind of business fact a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// An agent's bill.
    Bill,
    /// A payment over one or several bills.
    Payment,
    /// A commission disbursement.
    Disbursement,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Bill, Self::Payment, Self::Disbursement];

    /// The word used in keys, paths and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::Payment => "payment",
            Self::Disbursement => "disbursement",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
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
    /// A commission disbursement.
    Disbursement(Disbursement),
}

/// What became of charging an agent's card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// The money came.
    Succeeded,
    /// It did not.
    Failed,
}

impl Record {
    /// The host's version; a higher one replaces a lower one.
    pub fn version(&self) -> u64 {
        match self {
            Self::Bill(bill) => bill.version,
            Self::Payment(payment) => payment.version,
            Self::Disbursement(disbursement) => disbursement.version,
        }
    }

    /// What kind of business fact this is.
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Bill(_) => RecordKind::Bill,
            Self::Payment(_) => RecordKind::Payment,
            Self::Disbursement(_) => RecordKind::Disbursement,
        }
    }

    /// The day it is about; what date filters and the close-date policy look at.
    pub fn date(&self) -> Date {
        match self {
            Self::Bill(bill) => bill.closed_on.unwrap_or(bill.issued_on),
            Self::Payment(payment) => payment.paid_on,
            Self::Disbursement(disbursement) => disbursement.transaction.closed_on,
        }
    }

    /// The currency of its amounts.
    pub fn currency(&self) -> &Currency {
        match self {
            Self::Bill(bill) => &bill.currency,
            Self::Payment(payment) => &payment.currency,
            Self::Disbursement(disbursement) => &disbursement.currency,
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
