//! What of an invoice, bill or credit memo is already settled when it is written again.

use rust_decimal::Decimal;

use super::{Draft, Kind};
use crate::{
    api::Fault,
    json::{Object, reference, text},
    ledger::{Key, Ledger, Leg},
    switches::{BelowPaid, PaidInvoice, Switches},
};

/// How much of the drafted item is settled; what exceeds `open` is given back or refused.
pub(super) fn of(
    draft: &mut Draft<'_>,
    kind: Kind,
    open: Decimal,
    name: &str,
) -> Result<Decimal, Fault> {
    let Some(key) = draft.id().map(|id| Key::new(kind, id)) else { return Ok(Decimal::ZERO) };
    let settled = draft.ledger.total_applied_to(&key);
    let moved = draft
        .before
        .is_some_and(|before| reference(before, name) != reference(&draft.object, name));
    if moved && !settled.is_zero() {
        return Err(Fault::business(
            "The customer or vendor of a transaction cannot be changed while payments are applied to it.",
        ));
    }
    if settled > open {
        if draft.switches.invoice_below_paid == BelowPaid::Reject {
            return Err(Fault::business(
                "The amount of the transaction cannot be less than what has been paid.",
            ));
        }
        draft.released = Some(open);
    }
    Ok(settled)
}

/// Refuses to move what a payment counts on: the names that a document owes, and how much.
pub(super) fn keeps_names(draft: &Draft<'_>, legs: &[Leg]) -> Result<(), Fault> {
    let Some(key) = draft.id().map(|id| Key::new(draft.kind, id)) else { return Ok(()) };
    let is_paid = draft.ledger.applied_to(&key).any(|(by, _)| by.kind != Kind::Deposit);
    if is_paid && draft.moves_names(&key, legs) {
        return Err(Fault::business(
            "The transaction is linked to a payment. Unlink the payment before changing it.",
        ));
    }
    Ok(())
}

/// Refuses the deletion of what payments or credits are applied to.
pub(super) fn may_delete(
    kind: Kind,
    ledger: &Ledger,
    switches: &Switches,
    object: &Object,
) -> Result<(), Fault> {
    let key = Key::new(kind, text(object, "Id").unwrap_or_default());
    if switches.delete_paid_invoice == PaidInvoice::Reject
        && ledger.applied_to(&key).any(|(_, amount)| !amount.is_zero())
    {
        return Err(Fault::has_dependencies(
            "The transaction is linked to a payment. Unlink the payment before deleting the transaction.",
        ));
    }
    Ok(())
}
