//! Documents as they are to be, in ledger terms.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{ObjectKind, Ref};
use crate::fingerprint;
use crate::id::ObjectId;
use crate::money::Currency;

/// A document of the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// A bill to a customer, to be paid later.
    Invoice(Sale),
    /// A sale that was paid at once.
    SalesReceipt(Sale),
    /// Money received for invoices.
    Payment(Receipt),
    /// Money received and brought to the bank.
    Deposit(Booking),
    /// What a vendor is owed.
    Bill(Booking),
    /// Money paid to a vendor by check.
    Check(Booking),
    /// An expense booked without a document of its own.
    JournalEntry(Booking),
}

impl Document {
    /// The kind of object it becomes.
    pub fn kind(&self) -> ObjectKind {
        match self {
            Self::Invoice(_) => ObjectKind::Invoice,
            Self::SalesReceipt(_) => ObjectKind::SalesReceipt,
            Self::Payment(_) => ObjectKind::Payment,
            Self::Deposit(_) => ObjectKind::Deposit,
            Self::Bill(_) => ObjectKind::Bill,
            Self::Check(_) => ObjectKind::Purchase,
            Self::JournalEntry(_) => ObjectKind::JournalEntry,
        }
    }

    /// Hash of everything in it.
    pub fn content(&self) -> String {
        fingerprint::of(self)
    }

    /// Whose it is.
    pub fn party(&self) -> &Ref {
        match self {
            Self::Invoice(sale) | Self::SalesReceipt(sale) => &sale.customer,
            Self::Payment(receipt) => &receipt.customer,
            Self::Deposit(booking)
            | Self::Bill(booking)
            | Self::Check(booking)
            | Self::JournalEntry(booking) => &booking.party,
        }
    }

    /// Its total, unless QuickBooks computes it otherwise.
    pub fn total(&self) -> Decimal {
        match self {
            Self::Invoice(sale) | Self::SalesReceipt(sale) => sale.total(),
            Self::Payment(receipt) => receipt.amount,
            Self::Deposit(booking)
            | Self::Bill(booking)
            | Self::Check(booking)
            | Self::JournalEntry(booking) => booking.total(),
        }
    }
}

/// A sale to a customer, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sale {
    /// Who buys.
    pub customer: Ref,
    /// Shown number; QuickBooks assigns one when absent.
    pub number: Option<String>,
    /// Its date; QuickBooks takes today, in the company's time zone, when absent.
    pub date: Option<Date>,
    /// When it is due.
    pub due: Option<Date>,
    /// Terms of payment; they say when it is due if `due` does not.
    pub term: Option<ObjectId>,
    /// Where the money is, when it was paid at once.
    pub deposit_account: Option<ObjectId>,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Note for the bookkeeper; the marker is added to it.
    pub memo: Option<String>,
    /// Finds it again when an answer is lost.
    pub marker: String,
    /// E-mail on it.
    pub email: Option<String>,
    /// Class of all lines.
    pub class: Option<ObjectId>,
    /// Its lines.
    pub lines: Vec<SaleLine>,
}

impl Sale {
    /// The sum of the lines.
    pub fn total(&self) -> Decimal {
        self.lines.iter().map(|line| line.amount).sum()
    }
}

/// One line of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SaleLine {
    /// What is sold.
    pub item: Ref,
    /// Free text.
    pub description: Option<String>,
    /// How many.
    pub quantity: Decimal,
    /// Price of one.
    pub unit_price: Decimal,
    /// Line total.
    pub amount: Decimal,
}

/// Money received from a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Who paid.
    pub customer: Ref,
    /// Its date; QuickBooks takes today, in the company's time zone, when absent.
    pub date: Option<Date>,
    /// All the money received.
    pub amount: Decimal,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Where it is deposited.
    pub deposit_account: ObjectId,
    /// How it was paid.
    pub method: Option<Ref>,
    /// Check number or processor reference.
    pub reference: Option<String>,
    /// Note for the bookkeeper; the marker is added to it.
    pub memo: Option<String>,
    /// Finds the payment again when an answer is lost.
    pub marker: String,
    /// Which invoices it pays.
    pub lines: Vec<ReceiptLine>,
}

/// The part of a payment that one invoice takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptLine {
    /// The invoice paid.
    pub invoice: Ref,
    /// How much of it.
    pub amount: Decimal,
}

/// Amounts booked to accounts against one other account: a deposit into it, a check from it, a bill owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Booking {
    /// Whom it is from or to.
    pub party: Ref,
    /// The account on the other side; that of what is owed to vendors when absent.
    pub account: Option<ObjectId>,
    /// Shown number.
    pub number: Option<String>,
    /// Its date; QuickBooks takes today, in the company's time zone, when absent.
    pub date: Option<Date>,
    /// Terms of payment.
    pub term: Option<ObjectId>,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Note for the bookkeeper; the marker is added to it.
    pub memo: Option<String>,
    /// Finds it again when an answer is lost.
    pub marker: String,
    /// Class of all lines.
    pub class: Option<ObjectId>,
    /// Its lines.
    pub lines: Vec<BookingLine>,
}

impl Booking {
    /// The sum of the lines.
    pub fn total(&self) -> Decimal {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// What ties it to its disbursement: the first line of the memo.
    pub fn tie(&self) -> Option<&str> {
        self.memo.as_deref().and_then(|memo| memo.lines().next())
    }
}

/// One amount and its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookingLine {
    /// The account.
    pub account: ObjectId,
    /// Free text.
    pub description: Option<String>,
    /// How much; never negative.
    pub amount: Decimal,
}
