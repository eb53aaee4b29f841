//! What QuickBooks Online answers, in ledger terms.

use domain::id::CompanyId;
use domain::ledger::{Object, ObjectKind, Removal};
use quickbooks::entity::{DetailType, Invoice, Line, Payment, Ref};
use quickbooks::{ObjectId, SyncToken};

use super::object_id;

/// The object in an answer to a write; absent if the answer names none.
pub(crate) fn read(
    answer: &quickbooks::Object,
    company: &CompanyId,
    kind: ObjectKind,
) -> Option<Object> {
    match kind {
        ObjectKind::Invoice => of_invoice(&answer.parse::<Invoice>().ok()?, company),
        ObjectKind::Payment => of_payment(&answer.parse::<Payment>().ok()?, company),
        ObjectKind::Customer | ObjectKind::Item | ObjectKind::PaymentMethod => {
            bare(kind, company, Some(&answer.id), Some(&answer.sync_token))
        }
    }
}

/// An invoice as it is in QuickBooks.
pub(crate) fn of_invoice(invoice: &Invoice, company: &CompanyId) -> Option<Object> {
    let sold = |line: &&Line| line.detail_type == Some(DetailType::SalesItem);
    let lines = invoice.line.iter().flatten().filter(sold);
    Some(Object {
        doc_number: invoice.doc_number.clone(),
        date: invoice.txn_date,
        total: invoice.total_amt,
        balance: invoice.balance,
        customer: customer(invoice.customer_ref.as_ref()),
        removal: invoice.is_voided().then_some(Removal::VoidedInQuickbooks),
        line_ids: lines.filter_map(|line| Some(line.id.as_ref()?.as_str().to_owned())).collect(),
        ..bare(ObjectKind::Invoice, company, invoice.id.as_ref(), invoice.sync_token.as_ref())?
    })
}

/// A payment as it is in QuickBooks.
pub(crate) fn of_payment(payment: &Payment, company: &CompanyId) -> Option<Object> {
    Some(Object {
        date: payment.txn_date,
        total: payment.total_amt,
        unapplied: payment.unapplied_amt,
        customer: customer(payment.customer_ref.as_ref()),
        removal: payment.is_voided().then_some(Removal::VoidedInQuickbooks),
        ..bare(ObjectKind::Payment, company, payment.id.as_ref(), payment.sync_token.as_ref())?
    })
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
        customer: None,
        removal: None,
        line_ids: Vec::new(),
        content: String::new(),
    })
}

fn customer(reference: Option<&Ref>) -> Option<domain::id::ObjectId> {
    object_id(&reference?.value)
}
