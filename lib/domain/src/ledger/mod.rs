//! Steps and documents in ledger terms, the same for every kind of QuickBooks.

mod document;
pub mod image;

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, ObjectId};
use crate::link::{LinkKey, ListKind};
use crate::money::Currency;
use crate::name::Change;

pub use image::{Image, Part, Sent, Trace};

pub use document::{Booking, BookingLine, Document, Receipt, ReceiptLine, Sale, SaleLine};

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
    /// A person or firm that is paid.
    Vendor,
    /// A sale that was paid at once.
    SalesReceipt,
    /// Money brought to the bank.
    Deposit,
    /// What a vendor is owed.
    Bill,
    /// Money spent, by check.
    Purchase,
    /// Debits and credits without a document of their own.
    JournalEntry,
}

impl ObjectKind {
    /// The word used in the names of steps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Item => "item",
            Self::PaymentMethod => "payment_method",
            Self::Invoice => "invoice",
            Self::Payment => "payment",
            Self::Vendor => "vendor",
            Self::SalesReceipt => "sales_receipt",
            Self::Deposit => "deposit",
            Self::Bill => "bill",
            Self::Purchase => "check",
            Self::JournalEntry => "journal_entry",
        }
    }

    /// What a person calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::PaymentMethod => "payment method",
            Self::SalesReceipt => "sales receipt",
            Self::JournalEntry => "journal entry",
            kind => kind.as_str(),
        }
    }

    /// Whether a document of this kind can be voided, which keeps it visible; the others can only be deleted.
    pub fn can_be_voided(self) -> bool {
        matches!(self, Self::Invoice | Self::Payment | Self::SalesReceipt)
    }
}

impl From<ListKind> for ObjectKind {
    fn from(kind: ListKind) -> Self {
        match kind {
            ListKind::Customer => Self::Customer,
            ListKind::Item => Self::Item,
            ListKind::PaymentMethod => Self::PaymentMethod,
            ListKind::Vendor => Self::Vendor,
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
    /// What is still open, for invoices and bills.
    pub balance: Option<Decimal>,
    /// What no invoice took, for payments.
    pub unapplied: Option<Decimal>,
    /// Whose it is, for documents: a customer's or a vendor's.
    #[serde(alias = "customer")]
    pub party: Option<ObjectId>,
    /// It no longer counts, and why.
    #[serde(default)]
    pub removal: Option<Removal>,
    /// Ids of its lines, in order, so that an update changes lines instead of replacing them.
    #[serde(default)]
    pub line_ids: Vec<String>,
    /// Hash of the ledger document it was last made to match; equal means nothing to do.
    #[serde(default)]
    pub content: String,
    /// What it said when it was last written; absent for what an older version wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// What a bookkeeper had changed when it was last written, and what became of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Change>,
}

impl Object {
    /// As it is now, with what is remembered of the same document from `before`.
    #[must_use]
    pub fn remembering(self, before: &Self) -> Self {
        let (content, trace, edits) =
            (before.content.clone(), before.trace.clone(), before.edits.clone());
        Self { content, trace, edits, ..self }
    }
}

/// Why an object no longer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// ledgerbridge voided it, since the record says so.
    Voided,
    /// ledgerbridge deleted it, since the record says so and its kind cannot be voided.
    Deleted,
    /// A person voided it in QuickBooks.
    VoidedInQuickbooks,
    /// A person deleted it in QuickBooks.
    DeletedInQuickbooks,
    /// A person removed it in QuickBooks, and a person asked for it to be made again.
    Replaced,
    /// A person removed it in QuickBooks, and a person asked for it to be left so.
    Unlinked,
}

/// One write to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make an entry in a list and link it.
    CreateEntry(NewEntry),
    /// Make a document.
    Create(Document),
    /// Change a document.
    Update(Box<Object>, Document, Merge),
    /// Void a document, which stays visible with zero amounts.
    Void(Object),
    /// Delete a document.
    Delete(Object),
}

impl Step {
    /// The step that takes a document out of the books.
    pub fn remove(object: &Object) -> Self {
        let object = object.clone();
        if object.kind.can_be_voided() { Self::Void(object) } else { Self::Delete(object) }
    }

    /// The step's stable name; part of its request id.
    pub fn name(&self) -> String {
        let kind = self.object_kind().as_str();
        match self {
            Self::CreateEntry(entry) => {
                format!("create_{}:{}", entry.key.kind.as_str(), entry.key.host_id)
            }
            Self::Create(_) => format!("create_{kind}"),
            Self::Update(..) => format!("update_{kind}"),
            Self::Void(_) => format!("void_{kind}"),
            Self::Delete(_) => format!("delete_{kind}"),
        }
    }

    /// The kind of object the step writes.
    pub fn object_kind(&self) -> ObjectKind {
        match self {
            Self::CreateEntry(entry) => entry.key.kind.into(),
            Self::Create(document) | Self::Update(_, document, _) => document.kind(),
            Self::Void(object) | Self::Delete(object) => object.kind,
        }
    }

    /// The object that it changes or removes.
    pub fn target(&self) -> Option<&Object> {
        match self {
            Self::Update(object, ..) => Some(object),
            Self::Void(object) | Self::Delete(object) => Some(object),
            Self::CreateEntry(_) | Self::Create(_) => None,
        }
    }

    /// The hash that the written object carries afterwards.
    pub fn content(&self) -> String {
        match self {
            Self::Create(document) | Self::Update(_, document, _) => document.content(),
            Self::CreateEntry(_) | Self::Void(_) | Self::Delete(_) => String::new(),
        }
    }

    /// What it makes the document say.
    pub fn sent(&self) -> Option<Sent> {
        match self {
            Self::Create(document) => Some(Sent::of(document, BTreeSet::new())),
            Self::Update(_, document, merge) => Some(Sent::of(document, merge.kept.clone())),
            Self::CreateEntry(_) | Self::Void(_) | Self::Delete(_) => None,
        }
    }

    /// What a bookkeeper had changed, and what it makes of that.
    pub fn edits(&self) -> &[Change] {
        if let Self::Update(_, _, merge) = self { &merge.edits } else { &[] }
    }

    /// Why the object no longer counts afterwards.
    pub fn removal(&self) -> Option<Removal> {
        match self {
            Self::Void(_) => Some(Removal::Voided),
            Self::Delete(_) => Some(Removal::Deleted),
            Self::CreateEntry(_) | Self::Create(_) | Self::Update(..) => None,
        }
    }
}

/// How a document of ours and what a bookkeeper made of it become one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merge {
    /// Parts that are not sent: they are so already.
    pub unsent: BTreeSet<Part>,
    /// Those of them that stay as the bookkeeper made them.
    pub kept: BTreeSet<Part>,
    /// What people are told about it.
    pub edits: Vec<Change>,
}

impl Merge {
    /// Whether everything that the document says is kept as a bookkeeper made it, or is so already.
    pub fn changes_nothing(&self, document: &Document) -> bool {
        !self.kept.is_empty() && document.image().determined().is_subset(&self.unsent)
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
    /// E-mail, for customers and vendors.
    pub email: Option<String>,
    /// Currency, for customers and vendors of a company that has several.
    pub currency: Option<Currency>,
    /// Income account, for items.
    pub income_account: Option<ObjectId>,
}
