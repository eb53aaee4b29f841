//! Balances shown on accounts, customers and vendors, kept in step with the books.

use rust_decimal::Decimal;
use serde_json::Value;

use super::{Ledger, ObjectId, books::Moved};
use crate::{
    entities::{Kind, account},
    json::{Object, amount_or_zero, number, reference, set},
    webhooks::What,
};

/// Shows new balances; recorded: this moves `LastUpdatedTime` but never the SyncToken.
pub(super) fn refresh(ledger: &mut Ledger, moved: &Moved, stamp: &str) {
    for id in &moved.accounts {
        let shows_balance =
            ledger.get(Kind::Account, id.as_str()).is_some_and(account::is_on_balance_sheet);
        let balance = if shows_balance { ledger.books.account_balance(id) } else { Decimal::ZERO };
        show(ledger, Kind::Account, id, balance, stamp);
    }
    for id in &moved.names {
        let balance = ledger.books.name_balance(id);
        // Names share one sequence of ids, so an id is either a customer's or a vendor's.
        show(ledger, Kind::Customer, id, balance, stamp);
        show(ledger, Kind::Vendor, id, -balance, stamp);
    }
}

/// The members that hold an object's own balance and the one with everything below it.
fn members(kind: Kind) -> (&'static str, Option<&'static str>) {
    match kind {
        Kind::Account => ("CurrentBalance", Some("CurrentBalanceWithSubAccounts")),
        Kind::Customer => ("Balance", Some("BalanceWithJobs")),
        _ => ("Balance", None),
    }
}

fn show(ledger: &mut Ledger, kind: Kind, id: &ObjectId, balance: Decimal, stamp: &str) {
    let (own, total) = members(kind);
    let Some(before) = ledger.get(kind, id.as_str()).map(|object| amount_or_zero(object, own))
    else {
        return;
    };
    if before == balance {
        return;
    }
    ledger.amend(kind, id.as_str(), |object| {
        set(object, own, number(balance));
        changed(object, stamp);
    });
    ledger.changes.note(kind, id.as_str(), What::BalanceMoved);
    let Some(total) = total else { return };
    add_upwards(ledger, kind, Some(id.as_str().to_owned()), total, balance - before, Some(stamp));
}

fn add_upwards(
    ledger: &mut Ledger,
    kind: Kind,
    from: Option<String>,
    member: &str,
    amount: Decimal,
    stamp: Option<&str>,
) {
    let mut next = from;
    // Hierarchies have five levels; the bound only guards against a damaged one.
    for _ in 0..8 {
        let Some(id) = next else { return };
        ledger.amend(kind, &id, |object| {
            let sum = amount_or_zero(object, member) + amount;
            set(object, member, number(sum));
            if let Some(stamp) = stamp {
                changed(object, stamp);
            }
        });
        if stamp.is_some() {
            ledger.changes.note(kind, &id, What::BalanceMoved);
        }
        next = ledger
            .get(kind, &id)
            .and_then(|object| reference(object, "ParentRef"))
            .map(str::to_owned);
    }
}

fn changed(object: &mut Object, stamp: &str) {
    if let Some(Value::Object(meta)) = object.get_mut("MetaData") {
        set(meta, "LastUpdatedTime", stamp);
    }
}

/// After an object got another parent: sums above its old and its new place.
pub(super) fn after_move(ledger: &mut Ledger, kind: Kind, before: &Object, after: &Object) {
    if !matches!(kind, Kind::Account | Kind::Customer) {
        return;
    }
    let Some(total) = members(kind).1 else { return };
    let sum = amount_or_zero(after, total);
    let parent = |object: &Object| reference(object, "ParentRef").map(str::to_owned);
    add_upwards(ledger, kind, parent(before), total, -sum, None);
    add_upwards(ledger, kind, parent(after), total, sum, None);
}
