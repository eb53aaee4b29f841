//! What QuickBooks Online answers, in ledger terms.

use domain::id::CompanyId;
use domain::ledger::{Object, ObjectKind, Removal};
use quickbooks::entity::{
    Bill, Deposit, DetailType, Entity, Invoice, JournalEntry, Line, Payment, PostingType, Purchase,
    Ref, SalesReceipt,
};
use quickbooks::{ObjectId, SyncToken};
use rust_decimal::Decimal;

use super::object_id;

/// A document that ledgerbridge writes and reads.
pub(crate) trait Readable: Entity {
    /// Its kind in the ledger.
    const KIND: ObjectKind;
    /// The document as it is in QuickBooks; absent if it lacks an id or a sync token.
    fn seen(&self, company: &CompanyId) -> Option<Object>;
    /// The note that carries the marker.
    fn note(&self) -> Option<&str>;
}

/// The object in an answer to a write; absent if the answer names none.
pub(crate) fn read(
    answer: &quickbooks::Object,
    company: &CompanyId,
    kind: ObjectKind,
) -> Option<Object> {
    fn parsed<T: Readable>(answer: &quickbooks::Object, company: &CompanyId) -> Option<Object> {
        answer.parse::<T>().ok()?.seen(company)
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
        | ObjectKind::Vendor => bare(kind, company, Some(&answer.id), Some(&answer.sync_token)),
    }
}

impl Readable for Invoice {
    const KIND: ObjectKind = ObjectKind::Invoice;

    fn seen(&self, company: &CompanyId) -> Option<Object> {
        Some(Object {
            doc_number: self.doc_number.clone(),
            date: self.txn_date,
            total: self.total_amt,
            balance: self.balance,
            party: party(self.customer_ref.as_ref()),
            removal: self.is_voided().then_some(Removal::VoidedInQuickbooks),
            line_ids: line_ids(self.line.as_deref(), Some(&DetailType::SalesItem)),
            ..bare(<Self as Readable>::KIND, company, self.id.as_ref(), self.sync_token.as_ref())?
        })
    }

    fn note(&self) -> Option<&str> {
        self.private_note.as_deref()
    }
}

impl Readable for SalesReceipt {
    const KIND: ObjectKind = ObjectKind::SalesReceipt;

    fn seen(&self, company: &CompanyId) -> Option<Object> {
        Some(Object {
            doc_number: self.doc_number.clone(),
            date: self.txn_date,
            total: self.total_amt,
            party: party(self.customer_ref.as_ref()),
            removal: self.is_voided().then_some(Removal::VoidedInQuickbooks),
            line_ids: line_ids(self.line.as_deref(), Some(&DetailType::SalesItem)),
            ..bare(<Self as Readable>::KIND, company, self.id.as_ref(), self.sync_token.as_ref())?
        })
    }

    fn note(&self) -> Option<&str> {
        self.private_note.as_deref()
    }
}

impl Readable for Payment {
    const KIND: ObjectKind = ObjectKind::Payment;

    fn seen(&self, company: &CompanyId) -> Option<Object> {
        Some(Object {
            date: self.txn_date,
            total: self.total_amt,
            unapplied: self.unapplied_amt,
            party: party(self.customer_ref.as_ref()),
            removal: self.is_voided().then_some(Removal::VoidedInQuickbooks),
            ..bare(<Self as Readable>::KIND, company, self.id.as_ref(), self.sync_token.as_ref())?
        })
    }

    fn note(&self) -> Option<&str> {
        self.private_note.as_deref()
    }
}

impl Readable for Deposit {
    const KIND: ObjectKind = ObjectKind::Deposit;

    fn seen(&self, company: &CompanyId) -> Option<Object> {
        Some(Object {
            date: self.txn_date,
            total: self.total_amt,
            removal: removal(self.private_note.as_deref(), self.total_amt),
            line_ids: line_ids(self.line.as_deref(), None),
            ..bare(<Self as Readable>::KIND, company, self.id.as_ref(), self.sync_token.as_ref())?
        })
    }

    fn note(&self) -> Option<&str> {
        self.private_note.as_deref()
    }
}

impl Readable for Bill {
    const KIND: ObjectKind = ObjectKind::Bill;

    fn seen(&self, company: &CompanyId) -> Option<Object> {
        Some(Object {
            doc_number: self.doc_number.clone(),
            date: self.txn_date,
            total: self.total_amt,
            balance: self.balance,
            party: party(self.vendor_ref.as_ref()),
            removal: removal(self.private_note.as_deref(), self.total_amt),
            line_ids: line_ids(self.line.as_deref(), None),
            ..bare(<Self as Readable>::KIND, company, self.id.as_ref(), self.sync_token.as_ref())?
        })
    }

    fn note(&self) -> Option<&str> {
        self.private_note.as_deref()
    }
}

impl Readable for Purchase {
    const KIND: ObjectKind = ObjectKind::Purchase;

    fn seen(&self, company: &CompanyId) -> Option<Object> {
        Some(Object {
            doc_number: self.doc_number.clone(),
            date: self.txn_date,
            total: self.total_amt,
            party: self.entity_ref.as_ref().and_then(|party| object_id(&party.value)),
            removal: removal(self.private_note.as_deref(), self.total_amt),
            line_ids: line_ids(self.line.as_deref(), None),
            ..bare(<Self as Readable>::KIND, company, self.id.as_ref(), self.sync_token.as_ref())?
        })
    }

    fn note(&self) -> Option<&str> {
        self.private_note.as_deref()
    }
}

impl Readable for JournalEntry {
    const KIND: ObjectKind = ObjectKind::JournalEntry;

    /// QuickBooks answers a total of zero, so it is the sum of the debits.
    fn seen(&self, company: &CompanyId) -> Option<Object> {
        let is_debit = |line: &&Line| {
            let detail = line.journal_entry_line_detail.as_ref();
            detail.and_then(|detail| detail.posting_type.as_ref()) == Some(&PostingType::Debit)
        };
        let debits = self.line.iter().flatten().filter(is_debit);
        let total: Decimal = debits.filter_map(|line| line.amount).sum();
        Some(Object {
            doc_number: self.doc_number.clone(),
            date: self.txn_date,
            total: Some(total),
            removal: removal(self.private_note.as_deref(), Some(total)),
            line_ids: line_ids(self.line.as_deref(), None),
            ..bare(<Self as Readable>::KIND, company, self.id.as_ref(), self.sync_token.as_ref())?
        })
    }

    fn note(&self) -> Option<&str> {
        self.private_note.as_deref()
    }
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
    })
}

fn party(reference: Option<&Ref>) -> Option<domain::id::ObjectId> {
    object_id(&reference?.value)
}
