//! Steps and documents in ledger terms, the same for every kind of QuickBooks.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::fingerprint;
use crate::id::{CompanyId, ObjectId};
use crate::link::{LinkKey, ListKind};
use crate::money::Currency;

/// What kind of QuickBooks object something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ObjectKind {
    /// A person or firm that is billed.
    Customer,
    /// A product or service.
    Item,
    /// A way to pay.
    PaymentMethod,
    /// A bill to a customer.
    Invoice,
    /// Money received from a customer.
    Payment,
}

impl From<ListKind> for ObjectKind {
    fn from(kind: ListKind) -> Self {
        match kind {
            ListKind::Customer => Self::Customer,
            ListKind::Item => Self::Item,
            ListKind::PaymentMethod => Self::PaymentMethod,
        }
    }
}

/// A QuickBooks object as the last answer showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: ObjectKind,
    /// Its id.
    pub id: ObjectId,
    /// The company whose books it is in.
    pub company: CompanyId,
    /// Its concurrency token.
    pub sync_token: String,
    /// Its number, for documents.
    pub doc_number: Option<String>,
    /// Its date, for documents.
    pub date: Option<Date>,
    /// Its total, as QuickBooks computed it.
    pub total: Option<Decimal>,
    /// What is still open, for invoices.
    pub balance: Option<Decimal>,
    /// What no invoice took, for payments.
    pub unapplied: Option<Decimal>,
    /// Whose it is, for documents.
    pub customer: Option<ObjectId>,
    /// It no longer counts, and why.
    #[serde(default)]
    pub removal: Option<Removal>,
    /// Ids of its lines, in order, so that an update changes lines instead of replacing them.
    #[serde(default)]
    pub line_ids: Vec<String>,
    /// Hash of the ledger document it was last made to match; equal means nothing to do.
    #[serde(default)]
    pub content: String,
}

/// Why an object no longer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// ledgerbridge voided it, since the record says so.
    Voided,
    /// A person voided it in QuickBooks.
    VoidedInQuickbooks,
    /// A person deleted it in QuickBooks.
    DeletedInQuickbooks,
    /// A person removed it in QuickBooks, and a person asked for it to be made again.
    Replaced,
}

/// One write to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make an entry in a list and link it.
    CreateEntry(NewEntry),
    /// Make an invoice.
    CreateInvoice(Invoice),
    /// Change an invoice.
    UpdateInvoice(Object, Invoice),
    /// Receive a payment.
    CreatePayment(Receipt),
    /// Change a payment.
    UpdatePayment(Object, Receipt),
    /// Void a payment; its invoices reopen.
    VoidPayment(Object),
}

impl Step {
    /// The step's stable name; part of its request id.
    pub fn name(&self) -> String {
        match self {
            Self::CreateEntry(entry) => {
                format!("create_{}:{}", entry.key.kind.as_str(), entry.key.host_id)
            }
            Self::CreateInvoice(_) => "create_invoice".to_owned(),
            Self::UpdateInvoice(..) => "update_invoice".to_owned(),
            Self::CreatePayment(_) => "create_payment".to_owned(),
            Self::UpdatePayment(..) => "update_payment".to_owned(),
            Self::VoidPayment(_) => "void_payment".to_owned(),
        }
    }

    /// The kind of object the step writes.
    pub fn object_kind(&self) -> ObjectKind {
        match self {
            Self::CreateEntry(entry) => entry.key.kind.into(),
            Self::CreateInvoice(_) | Self::UpdateInvoice(..) => ObjectKind::Invoice,
            Self::CreatePayment(_) | Self::UpdatePayment(..) | Self::VoidPayment(_) => {
                ObjectKind::Payment
            }
        }
    }

    /// The object an update or void is for.
    pub fn target(&self) -> Option<&Object> {
        match self {
            Self::UpdateInvoice(object, _)
            | Self::UpdatePayment(object, _)
            | Self::VoidPayment(object) => Some(object),
            Self::CreateEntry(_) | Self::CreateInvoice(_) | Self::CreatePayment(_) => None,
        }
    }

    /// The hash that the written object carries afterwards.
    pub fn content(&self) -> String {
        match self {
            Self::CreateInvoice(invoice) | Self::UpdateInvoice(_, invoice) => invoice.content(),
            Self::CreatePayment(receipt) | Self::UpdatePayment(_, receipt) => receipt.content(),
            Self::CreateEntry(_) | Self::VoidPayment(_) => String::new(),
        }
    }
}

/// An object in a document: known by id, or made by an earlier step of the same plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Ref {
    /// An object QuickBooks has.
    Known(ObjectId),
    /// The entry that will be linked under this key.
    Entry(LinkKey),
    /// The invoice this plan makes.
    PlannedInvoice,
}

impl Ref {
    /// The id, once known. The first step of a plan never depends on another.
    pub fn id(&self) -> Option<&ObjectId> {
        match self {
            Self::Known(id) => Some(id),
            Self::Entry(_) | Self::PlannedInvoice => None,
        }
    }
}

/// An entry to be made in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// What it will be linked to.
    pub key: LinkKey,
    /// Its name in QuickBooks.
    pub name: String,
    /// E-mail, for customers.
    pub email: Option<String>,
    /// Currency, for customers of a company that has several.
    pub currency: Option<Currency>,
    /// Income account, for items.
    pub income_account: Option<ObjectId>,
}

/// A bill to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// Who is billed.
    pub customer: Ref,
    /// Shown number; QuickBooks assigns one when absent.
    pub number: Option<String>,
    /// Its date; QuickBooks takes today, in the company's time zone, when absent.
    pub date: Option<Date>,
    /// When it is due.
    pub due: Option<Date>,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Note for the bookkeeper; the marker is added to it.
    pub memo: Option<String>,
    /// Finds the invoice again when an answer is lost.
    pub marker: String,
    /// E-mail on the invoice.
    pub email: Option<String>,
    /// Its lines.
    pub lines: Vec<InvoiceLine>,
}

impl Invoice {
    /// Hash of the document's content.
    pub fn content(&self) -> String {
        fingerprint::of(self)
    }
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvoiceLine {
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

impl Receipt {
    /// Hash of the document's content.
    pub fn content(&self) -> String {
        fingerprint::of(self)
    }
}

/// The part of a payment that one invoice takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptLine {
    /// The invoice paid.
    pub invoice: Ref,
    /// How much of it.
    pub amount: Decimal,
}
