//! After a posting: do the totals and the number in QuickBooks equal the record's?

use rust_decimal::Decimal;

use crate::connection::Company;
use crate::ledger::{Object, ObjectKind};
use crate::money::Currency;
use crate::posting::{self, PostingKey};
use crate::reason::Reason;
use crate::record::{Disbursement, DisbursementStatus, Record};
use crate::settings::Settings;

use super::numbers;

/// What a person should look at although everything was written.
pub fn warnings(
    key: &PostingKey,
    record: &Record,
    objects: &[Object],
    company: &Company,
    settings: &Settings,
) -> Vec<Reason> {
    let living = |kind| posting::living(objects, kind, &company.id);
    let mut warnings = Vec::new();
    let active = super::active(settings, company, key.workflow);
    let number = |own: Option<&str>| numbers::number(own, objects, company, active?).ok().flatten();
    match record {
        Record::Bill(bill) => {
            let invoice = living(ObjectKind::Invoice);
            warnings.extend(total_differs(invoice, bill.total(), &bill.currency));
            warnings.extend(number_differs(invoice, number(bill.number.as_deref())));
            if let Some(payment) = &bill.payment {
                let paid = living(ObjectKind::Payment);
                warnings.extend(total_differs(paid, payment.amount, &bill.currency));
                let rest = (payment.amount - bill.total()).max(Decimal::ZERO);
                warnings.extend(unapplied_differs(paid, rest, &bill.currency));
            }
        }
        Record::Payment(payment) if !payment.voided => {
            let object = living(ObjectKind::Payment);
            warnings.extend(total_differs(object, payment.amount, &payment.currency));
            let rest = payment.amount - payment.allocated();
            warnings.extend(unapplied_differs(object, rest, &payment.currency));
        }
        Record::Payment(_) => {}
        Record::Disbursement(disbursement)
            if disbursement.status != DisbursementStatus::Canceled =>
        {
            let document = active.and_then(|active| living(active.template.document()));
            let total = total(key, disbursement);
            warnings.extend(total_differs(document, total, &disbursement.currency));
            let own = match &key.payee {
                None => disbursement.number.as_deref(),
                Some(payee) => {
                    disbursement.synced_shares_of(payee).find_map(|share| share.number.as_deref())
                }
            };
            let numbered = document.filter(|document| document.kind != ObjectKind::Deposit);
            warnings.extend(number_differs(numbered, number(own)));
        }
        Record::Disbursement(_) => {}
    }
    warnings
}

fn total(key: &PostingKey, disbursement: &Disbursement) -> Decimal {
    key.payee.as_ref().map_or_else(|| disbursement.income(), |payee| disbursement.net_of(payee))
}

fn total_differs(object: Option<&Object>, ours: Decimal, currency: &Currency) -> Option<Reason> {
    let object = object?;
    let theirs = object.total?;
    let what = format!("the {}", object.kind.label());
    (theirs != ours)
        .then(|| Reason::total_differs(&what, &currency.format(ours), &currency.format(theirs)))
}

fn number_differs(object: Option<&Object>, ours: Option<String>) -> Option<Reason> {
    let object = object?;
    let (ours, theirs) = (ours?, object.doc_number.as_deref()?);
    (ours != theirs).then(|| Reason::number_differs(object.kind.label(), &ours, theirs))
}

fn unapplied_differs(
    object: Option<&Object>,
    ours: Decimal,
    currency: &Currency,
) -> Option<Reason> {
    let theirs = object?.unapplied?;
    (theirs != ours)
        .then(|| Reason::unapplied_differs(&currency.format(ours), &currency.format(theirs)))
}
