//! What QuickBooks Online answers, in ledger terms.

use domain::id::CompanyId;
use domain::ledger::{Image, Object, ObjectKind, Removal};
use quickbooks::entity::{
    Bill, Deposit, DetailType, Invoice, JournalEntry, Line, Payment, PostingType, Purchase, Ref,
    SalesReceipt,
};
use quickbooks::{ObjectId, SyncToken};
use rust_decimal::Decimal;

use super::image::Says;
use super::object_id;

/// An object's members, as QuickBooks answers them.
pub(crate) type Body = serde_json::Map<String, serde_json::Value>;

/// A document in an answer.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What is known of it by that.
    pub(crate) object: Object,
    /// What it says.
    pub(crate) says: Image,
    /// The whole of it.
    pub(crate) body: Body,
}

/// A document that ledgerbridge writes and reads.
pub(crate) trait Readable: Says {
    /// The document with all that it says; absent if it lacks an id or a sync token.
    fn read(&self, company: &CompanyId) -> Option<Seen> {
        let body = match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(body)) => body,
            _ => Body::default(),
        };
        Some(Seen { object: self.seen(company)?, says: self.says(), body })
    }

    /// The document as it is in QuickBooks; absent if it lacks an id or a sync token.
    fn seen(&self, company: &CompanyId) -> Option<Object>;
    /// The note that carries the marker.
    fn note(&self) -> Option<&str>;
}

/// The document in an answer to a write; absent if the answer names none.
pub(crate) fn read(
    answer: &quickbooks::Object,
    company: &CompanyId,
    kind: ObjectKind,
) -> Option<Seen> {
    fn parsed<T: Readable>(answer: &quickbooks::Object, company: &CompanyId) -> Option<Seen> {
        answer.parse::<T>().ok()?.read(company)
    }
    match kind {
        ObjectKind::Invoice => parsed::<Invoice>(answer, company),
        ObjectKind::SalesReceipt => parsed::<SalesReceipt>(answer, company),
        ObjectKind::Payment => parsed::<Payment>(answer, company),
        ObjectKind::Deposit => parsed::<Deposit>(answer, company),
        ObjectKind::Bill => parsed::<Bill>(answer, company),
        ObjectKind::Purchase => parsed::<Purchase>(answer, company),
        ObjectKind::JournalEntry => parsed::<JournalEntry>(answer, company),
        ObjectKind::Customer
        | ObjectKind::Item
        | ObjectKind::PaymentMethod
        | ObjectKind::Vendor => None,
    }
}

/// Says what a kind of document has besides id, sync token, date and note.
macro_rules! readable {
    ($entity:ident, |$document:ident| { $($member:ident: $value:expr,)* }) => {
        impl Readable for $entity {
            fn seen(&self, company: &CompanyId) -> Option<Object> {
                let $document = self;
                let (id, token) = (self.id.as_ref(), self.sync_token.as_ref());
                let bare = bare(ObjectKind::$entity, company, id, token)?;
                let removal = removal(self.private_note.as_deref(), self.total_amt);
                let dated = Object { date: self.txn_date, total: self.total_amt, removal, ..bare };
                Some(Object { $($member: $value,)* ..dated })
            }

            fn note(&self) -> Option<&str> {
                self.private_note.as_deref()
            }
        }
    };
}

readable!(Invoice, |invoice| {
    doc_number: invoice.doc_number.clone(),
    balance: invoice.balance,
    party: party(invoice.customer_ref.as_ref()),
    removal: invoice.is_voided().then_some(Removal::VoidedInQuickbooks),
    line_ids: line_ids(invoice.line.as_deref(), Some(&DetailType::SalesItem)),
});

readable!(SalesReceipt, |receipt| {
    doc_number: receipt.doc_number.clone(),
    party: party(receipt.customer_ref.as_ref()),
    removal: receipt.is_voided().then_some(Removal::VoidedInQuickbooks),
    line_ids: line_ids(receipt.line.as_deref(), Some(&DetailType::SalesItem)),
});

readable!(Payment, |payment| {
    unapplied: payment.unapplied_amt,
    party: party(payment.customer_ref.as_ref()),
    removal: payment.is_voided().then_some(Removal::VoidedInQuickbooks),
});

readable!(Deposit, |deposit| {
    line_ids: line_ids(deposit.line.as_deref(), None),
});

readable!(Bill, |bill| {
    doc_number: bill.doc_number.clone(),
    balance: bill.balance,
    party: party(bill.vendor_ref.as_ref()),
    line_ids: line_ids(bill.line.as_deref(), None),
});

readable!(Purchase, |check| {
    doc_number: check.doc_number.clone(),
    party: check.entity_ref.as_ref().and_then(|party| object_id(&party.value)),
    line_ids: line_ids(check.line.as_deref(), None),
});

readable!(JournalEntry, |entry| {
    doc_number: entry.doc_number.clone(),
    total: Some(debits(entry)),
    removal: removal(entry.private_note.as_deref(), Some(debits(entry))),
    line_ids: line_ids(entry.line.as_deref(), None),
});

/// The total of a journal entry, since QuickBooks answers zero.
fn debits(entry: &JournalEntry) -> Decimal {
    let is_debit = |line: &&Line| {
        let detail = line.journal_entry_line_detail.as_ref();
        detail.and_then(|detail| detail.posting_type.as_ref()) == Some(&PostingType::Debit)
    };
    entry.line.iter().flatten().filter(is_debit).filter_map(|line| line.amount).sum()
}

/// People can void documents for which the API has no void; they look the same afterwards.
fn removal(note: Option<&str>, total: Option<Decimal>) -> Option<Removal> {
    let noted = note.is_some_and(|note| note.starts_with("Voided"));
    (noted && total.is_none_or(|total| total.is_zero())).then_some(Removal::VoidedInQuickbooks)
}

/// The ids of the lines in order, of one kind or of all.
fn line_ids(lines: Option<&[Line]>, kind: Option<&DetailType>) -> Vec<String> {
    lines
        .into_iter()
        .flatten()
        .filter(|line| kind.is_none() || line.detail_type.as_ref() == kind)
        .filter_map(|line| Some(line.id.as_ref()?.as_str().to_owned()))
        .collect()
}

/// What every object has.
fn bare(
    kind: ObjectKind,
    company: &CompanyId,
    id: Option<&ObjectId>,
    token: Option<&SyncToken>,
) -> Option<Object> {
    Some(Object {
        kind,
        id: object_id(id?)?,
        company: company.clone(),
        sync_token: token?.as_str().to_owned(),
        doc_number: None,
        date: None,
        total: None,
        balance: None,
        unapplied: None,
        party: None,
        removal: None,
        line_ids: Vec::new(),
        content: String::new(),
        trace: None,
        edits: Vec::new(),
    })
}

fn party(reference: Option<&Ref>) -> Option<domain::id::ObjectId> {
    object_id(&reference?.value)
}
