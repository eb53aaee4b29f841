//! A bill: what an agent owes the customer, and whether it has been paid.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Charge;
use crate::id::HostId;
use crate::money::Currency;

/// One version of an agent's bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// The host's version; a higher one replaces a lower one.
    pub version: u64,
    /// Who is billed; becomes a QuickBooks customer.
    pub agent: Agent,
    /// The host's number, shown as the invoice number; QuickBooks assigns one when absent.
    pub number: Option<String>,
    /// The day the host issued the bill.
    pub issued_on: Date,
    /// The day it is due.
    pub due_on: Option<Date>,
    /// The close date of the transaction behind it.
    pub closed_on: Option<Date>,
    /// The currency of every amount in the bill.
    pub currency: Currency,
    /// A note for the bookkeeper.
    pub memo: Option<String>,
    /// What is billed; at least one line.
    pub lines: Vec<BillLine>,
    /// Present once the bill is paid.
    pub payment: Option<PaymentOnBill>,
    /// What became of charging the agent's card, if it was tried.
    #[serde(default)]
    pub charge: Option<Charge>,
}

impl Bill {
    /// The sum of the lines.
    pub fn total(&self) -> Decimal {
        self.lines.iter().map(|line| line.amount).sum::<Decimal>().normalize()
    }
}

/// The person billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// The host's id of the agent.
    pub id: HostId,
    /// Cleaned display name.
    pub name: String,
    /// Where QuickBooks may send the invoice.
    pub email: Option<String>,
}

/// One line of a bill. `amount` equals `quantity × unit_price` to the cent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// What is sold; becomes a QuickBooks item.
    pub item: BillItem,
    /// Free text on the line.
    pub description: Option<String>,
    /// How many.
    pub quantity: Decimal,
    /// Price of one.
    pub unit_price: Decimal,
    /// Line total.
    pub amount: Decimal,
}

/// The thing billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillItem {
    /// The host's id of the item.
    pub id: HostId,
    /// Cleaned name.
    pub name: String,
}

/// How a bill was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentOnBill {
    /// The day the money came.
    pub paid_on: Date,
    /// How much; more than the total leaves unapplied credit.
    pub amount: Decimal,
    /// Payment method by name, such as `Visa` or `Check`.
    pub method: Option<String>,
    /// Check number or processor reference.
    pub reference: Option<String>,
}
