//! A payment that an agent made over one or several bills.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Charge;
use crate::id::HostId;
use crate::money::Currency;

/// One version of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The host's version; a higher one replaces a lower one.
    pub version: u64,
    /// The day the money came.
    pub paid_on: Date,
    /// All the money received; what the bills do not take stays as credit.
    pub amount: Decimal,
    /// The currency of every amount in the payment.
    pub currency: Currency,
    /// Payment method by name, such as `Visa` or `Check`.
    pub method: Option<String>,
    /// Check number or processor reference.
    pub reference: Option<String>,
    /// A note for the bookkeeper.
    pub memo: Option<String>,
    /// Which bills it pays; at least one, each at most once.
    pub bills: Vec<Allocation>,
    /// The host took the payment back.
    #[serde(default)]
    pub voided: bool,
    /// What became of charging the agent's card, if that is how it was paid.
    #[serde(default)]
    pub charge: Option<Charge>,
}

impl Payment {
    /// Whether there is no money: the host took it back, or the card was not charged after all.
    pub fn is_taken_back(&self) -> bool {
        self.voided || self.charge == Some(Charge::Failed)
    }

    /// What goes to bills; never more than `amount`.
    pub fn allocated(&self) -> Decimal {
        self.bills.iter().map(|allocation| allocation.amount).sum()
    }
}

/// The part of a payment that one bill takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The host's id of the bill.
    pub bill: HostId,
    /// How much of the payment it takes.
    pub amount: Decimal,
}
