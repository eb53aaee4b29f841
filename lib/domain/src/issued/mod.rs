//! Issued payments: what a bookkeeper paid in QuickBooks on bills that ledgerbridge posted.

mod judge;
mod state;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, HostId, IdError, ObjectId};
use crate::money::Currency;
use crate::posting::PostingKey;

pub use judge::{Judged, gone, judge};
pub use state::{Color, Happened, IssuedState};

/// Layout of the stored issued payment that this code writes.
pub const SCHEMA: u32 = 1;

/// Names an issued payment: the company it was paid from, and its id there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IssuedId {
    /// The company.
    pub company: CompanyId,
    /// The payment's id in it.
    pub payment: ObjectId,
}

impl IssuedId {
    /// As hosts write it: `9130.71`.
    pub fn as_text(&self) -> String {
        format!("{}.{}", self.company, self.payment)
    }

    /// Reads [`IssuedId::as_text`] back.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let (company, payment) = text.split_once('.').ok_or(IdError::Character)?;
        Ok(Self { company: CompanyId::parse(company)?, payment: ObjectId::parse(payment)? })
    }
}

/// A payment on bills of ours, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedPayment {
    /// Layout of this stored item.
    pub schema: u32,
    /// Counts the writes.
    pub revision: u64,
    /// Its name.
    pub id: IssuedId,
    /// How it stands.
    pub state: IssuedState,
    /// The host's own number for it, if it gave one.
    pub number: Option<String>,
    /// The host's own attachments to it.
    pub attachments: Vec<Attachment>,
    /// What QuickBooks says of it, which nobody else changes.
    pub seen: Seen,
    /// What it pays of our bills.
    pub applied: Vec<Applied>,
    /// When it came.
    pub first_seen_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A file of the host's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The host's id of it.
    pub id: HostId,
    /// Its name, for people.
    pub name: String,
}

/// A payment as QuickBooks showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its id.
    pub id: ObjectId,
    /// Counts its changes.
    pub sync_token: String,
    /// When it was entered.
    pub entered_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// The check's number, or what stands for one.
    pub doc_number: Option<String>,
    /// The day it was paid.
    pub date: Option<Date>,
    /// How.
    pub pay_type: PayType,
    /// From which account.
    pub account: Option<Named>,
    /// To whom.
    pub vendor: Named,
    /// In which currency.
    pub currency: Currency,
    /// What left the account.
    pub total: Decimal,
    /// What the bookkeeper noted.
    pub memo: Option<String>,
    /// Somebody voided it.
    pub voided: bool,
    /// What it pays, and with what it is set off.
    pub lines: Vec<Linked>,
}

/// How a bill is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayType {
    /// By check, or from a bank account at all.
    Check,
    /// By credit card.
    CreditCard,
}

impl PayType {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::CreditCard => "credit_card",
        }
    }
}

/// An entry of a list, by its id and the name it had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: Option<String>,
}

/// A document that a payment is linked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// What it is, as QuickBooks calls it.
    pub kind: String,
    /// Its id.
    pub id: ObjectId,
    /// How much of it.
    pub amount: Decimal,
}

impl Linked {
    /// A bill, what it pays.
    pub const BILL: &'static str = "Bill";
    /// A credit of the vendor's, which makes it smaller.
    pub const VENDOR_CREDIT: &'static str = "VendorCredit";
}

/// What a payment pays of one of our bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The posting that made the bill.
    pub posting: PostingKey,
    /// The bill.
    pub bill: ObjectId,
    /// The bill's number.
    pub doc_number: Option<String>,
    /// What was open on the bill when the payment last changed.
    pub balance: Option<Decimal>,
    /// How much of it is paid by this.
    pub amount: Decimal,
}

/// A bill that ledgerbridge posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurBill {
    /// The posting that made it.
    pub posting: PostingKey,
    /// Its number, where QuickBooks told.
    pub doc_number: Option<String>,
    /// What is open on it, where QuickBooks told.
    pub balance: Option<Decimal>,
}

impl IssuedPayment {
    /// What it pays of our bills, together.
    pub fn amount(&self) -> Decimal {
        self.applied.iter().map(|applied| applied.amount).sum()
    }

    /// Credits of the vendor's that it uses up.
    pub fn credits(&self) -> impl Iterator<Item = &Linked> {
        self.seen.lines.iter().filter(|line| line.kind == Linked::VENDOR_CREDIT)
    }

    /// What else it is linked to: bills that are not ours, journal entries, deposits.
    pub fn others(&self) -> impl Iterator<Item = &Linked> {
        let ours = |line: &&Linked| {
            line.kind == Linked::BILL && self.applied.iter().any(|applied| applied.bill == line.id)
        };
        let is_other = move |line: &&Linked| line.kind != Linked::VENDOR_CREDIT && !ours(line);
        self.seen.lines.iter().filter(is_other)
    }

    /// What happened, in a sentence for the history.
    pub fn describe(&self, happened: Happened) -> String {
        let currency = &self.seen.currency;
        let number = self.number.as_deref().or(self.seen.doc_number.as_deref());
        let what = number.unwrap_or(self.id.payment.as_str());
        let who = self.seen.vendor.name.as_deref().unwrap_or("a vendor");
        let bills: Vec<&str> = self
            .applied
            .iter()
            .map(|applied| applied.doc_number.as_deref().unwrap_or(applied.bill.as_str()))
            .collect();
        let amount = format!("{} {currency}", currency.format(self.amount()));
        let on = match bills.as_slice() {
            [] => String::new(),
            [bill] => format!(" on bill {bill}"),
            bills => format!(" on bills {}", bills.join(", ")),
        };
        let payment = format!("Payment {what} to {who}");
        match happened {
            Happened::Created => format!("{payment}: {amount} came from QuickBooks{on}."),
            Happened::Updated => format!("{payment} was changed in QuickBooks: {amount}{on}."),
            Happened::Voided => format!("{payment} was voided in QuickBooks{on}."),
            Happened::Gone => format!(
                "{payment} was deleted in QuickBooks{on}. It is kept here, marked as gone, until somebody removes it."
            ),
            Happened::Detached => {
                format!("{payment} was changed in QuickBooks and pays no bill of ours any more.")
            }
            Happened::Annotated => format!("{payment} got another number or attachments here."),
            Happened::Removed => format!("{payment}, deleted in QuickBooks, was removed here too."),
        }
    }
}
