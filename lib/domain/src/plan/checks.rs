//! After a posting: do the totals and the number in QuickBooks equal the record's?

use rust_decimal::Decimal;

use crate::id::CompanyId;
use crate::ledger::{Object, ObjectKind};
use crate::money::Currency;
use crate::posting;
use crate::reason::Reason;
use crate::record::Record;

/// What a person should look at although everything was written.
pub fn warnings(record: &Record, objects: &[Object], company: &CompanyId) -> Vec<Reason> {
    let living = |kind| posting::living(objects, kind, company);
    let mut warnings = Vec::new();
    match record {
        Record::Bill(bill) => {
            let total = |what, kind, ours| total_differs(what, living(kind), ours, &bill.currency);
            warnings.extend(total("the invoice", ObjectKind::Invoice, bill.total()));
            let theirs =
                living(ObjectKind::Invoice).and_then(|invoice| invoice.doc_number.as_deref());
            if let (Some(ours), Some(theirs)) = (bill.number.as_deref(), theirs)
                && ours != theirs
            {
                warnings.push(Reason::number_differs(ours, theirs));
            }
            if let Some(payment) = &bill.payment {
                warnings.extend(total("the payment", ObjectKind::Payment, payment.amount));
                let rest = (payment.amount - bill.total()).max(Decimal::ZERO);
                warnings.extend(unapplied_differs(
                    living(ObjectKind::Payment),
                    rest,
                    &bill.currency,
                ));
            }
        }
        Record::Payment(payment) if !payment.voided => {
            let object = living(ObjectKind::Payment);
            warnings.extend(total_differs(
                "the payment",
                object,
                payment.amount,
                &payment.currency,
            ));
            let rest = payment.amount - payment.allocated();
            warnings.extend(unapplied_differs(object, rest, &payment.currency));
        }
        Record::Payment(_) => {}
    }
    warnings
}

fn total_differs(
    what: &str,
    object: Option<&Object>,
    ours: Decimal,
    currency: &Currency,
) -> Option<Reason> {
    let theirs = object?.total?;
    (theirs != ours)
        .then(|| Reason::total_differs(what, &currency.format(ours), &currency.format(theirs)))
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
