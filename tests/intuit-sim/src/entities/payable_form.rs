//! What bills and vendor credits have in common: lines of expenses, the vendor's payables, what is open of it.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Draft, Kind, account, currency,
    expense_lines::{self, Form},
    payee, settlement, tracking,
};
use crate::{
    api::Fault,
    json::{Object, amount_or_zero, default, number, reference, set},
    ledger::{Key, Ledger, Leg, links},
};

pub(super) fn vendor<'a>(draft: &mut Draft<'a>) -> Result<&'a Object, Fault> {
    draft.refer("VendorRef", Kind::Vendor)?.ok_or_else(|| Fault::missing("VendorRef"))
}

/// Checks the references and the lines. The total.
pub(super) fn total(draft: &mut Draft<'_>, vendor: &Object) -> Result<Decimal, Fault> {
    currency::settle(draft, reference(vendor, "CurrencyRef"))?;
    account::payable(draft)?;
    tracking::of_transaction(draft)?;
    expense_lines::prepare(draft, Form::Bill, Some(Kind::Vendor))
}

/// Fills in what follows from the total.
pub(super) fn settle(draft: &mut Draft<'_>, vendor: &Object, total: Decimal) -> Result<(), Fault> {
    let settled = settlement::of(draft, draft.kind, total, "VendorRef")?;
    let key = draft.id().map(|id| Key::new(draft.kind, id));
    let links = key.map_or_else(|| json!([]), |key| links(draft.ledger, &key));
    set(&mut draft.object, "TotalAmt", number(total));
    show(&mut draft.object, settled, links);
    if let Some(usual) = vendor.get("BillAddr") {
        default(&mut draft.object, "VendorAddr", usual.clone());
    }
    Ok(())
}

/// What bill payments leave open, and which they are. Recorded: without links there is no `LinkedTxn` at all.
pub(super) fn show(object: &mut Object, settled: Decimal, links: Value) {
    let balance = amount_or_zero(object, "TotalAmt") - settled;
    set(object, "Balance", number(balance));
    if links.as_array().is_some_and(Vec::is_empty) {
        object.remove("LinkedTxn");
    } else {
        set(object, "LinkedTxn", links);
    }
}

pub(super) fn void(object: &mut Object) {
    expense_lines::void(object);
    set(object, "TotalAmt", 0);
    show(object, Decimal::ZERO, json!([]));
}

/// Payables up, what was bought up.
pub(super) fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let vendor = reference(object, "VendorRef");
    let payable = reference(object, "APAccountRef").unwrap_or_default();
    let mut legs = vec![payee::leg(ledger, payable, -amount_or_zero(object, "TotalAmt"), vendor)];
    let debits = expense_lines::debits(ledger, object);
    legs.extend(debits.into_iter().map(|(account, debit)| Leg::debit(&account, debit)));
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
