//! Names on purchases, deposits and journal entries, and the lines that cannot do without one.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Draft, Kind, draft::reference_to};
use crate::{
    api::Fault,
    json::{Object, text},
    ledger::{Ledger, Leg},
};

const KINDS: [(&str, Kind); 3] =
    [("Customer", Kind::Customer), ("Vendor", Kind::Vendor), ("Employee", Kind::Employee)];

/// The customer, vendor or employee under an id; all three draw from one sequence of ids.
pub(super) fn resolve<'a>(
    draft: &Draft<'a>,
    member: &str,
    id: &str,
    named: Option<&str>,
) -> Result<(&'static str, Kind, &'a Object), Fault> {
    let kind = match named {
        Some(named) => KINDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(named))
            .ok_or_else(|| Fault::invalid_enumeration("type", named))?,
        None => KINDS
            .iter()
            .find(|(_, kind)| draft.ledger.get(*kind, id).is_some())
            .unwrap_or(&KINDS[1]),
    };
    Ok((kind.0, kind.1, draft.resolve(member, id, kind.1)?))
}

/// A reference with the name and the kind of the one it refers to.
pub(super) fn shown(named: &str, kind: Kind, object: &Object) -> Value {
    let mut reference = reference_to(kind, object);
    reference["type"] = json!(named);
    reference
}

/// Receivables need a customer, payables a vendor.
pub(super) fn fits(account: &Object, payee: Option<Kind>) -> Result<(), Fault> {
    match text(account, "AccountType") {
        Some("Accounts Receivable") if payee != Some(Kind::Customer) => Err(Fault::business(
            "When you use Accounts Receivable, you must choose a customer in the Name field.",
        )),
        Some("Accounts Payable") if payee != Some(Kind::Vendor) => Err(Fault::business(
            "When you use Accounts Payable, you must choose a vendor in the Name field.",
        )),
        _ => Ok(()),
    }
}

/// A debit on an account; the name counts on receivables and payables only.
pub(super) fn leg(ledger: &Ledger, account: &str, amount: Decimal, payee: Option<&str>) -> Leg {
    let keeps_names = ledger
        .get(Kind::Account, account)
        .and_then(|account| text(account, "AccountType"))
        .is_some_and(|kind| matches!(kind, "Accounts Receivable" | "Accounts Payable"));
    match payee.filter(|_| keeps_names) {
        Some(payee) => Leg::debit(account, amount).of(payee),
        None => Leg::debit(account, amount),
    }
}
