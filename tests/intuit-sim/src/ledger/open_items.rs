//! What is still open: which transactions settle or deposit which others, and what happens when one of them changes.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Key, Ledger, commit};
use crate::{
    company::Company,
    entities::{Kind, entity},
    json::{Object, amount_or_zero, number, set, text},
    switches::Token,
    webhooks::What,
};

impl Ledger {
    /// How much of an open item is settled, and by which transactions.
    pub(crate) fn applied_to(&self, item: &Key) -> impl Iterator<Item = (&Key, Decimal)> {
        self.applied.get(item).into_iter().flatten().map(|(payment, amount)| (payment, *amount))
    }

    pub(crate) fn total_applied_to(&self, item: &Key) -> Decimal {
        self.applied_to(item).map(|(_, amount)| amount).sum()
    }

    /// What bill payments other than `except` leave open of a vendor's document, be it owed or a credit.
    pub(crate) fn open_for(&self, item: &Key, vendor: &str, except: Option<&Key>) -> Decimal {
        let others = self
            .applied_to(item)
            .filter(|(by, _)| by.kind == Kind::BillPayment && Some(*by) != except);
        self.books.owed_in(item, vendor).abs() - others.map(|(_, amount)| amount).sum::<Decimal>()
    }

    /// Replaces what one payment settles; returns every item whose settlement changed.
    pub(super) fn reapply(&mut self, payment: &Key, applies: Vec<(Key, Decimal)>) -> Vec<Key> {
        let mut wanted: BTreeMap<Key, Decimal> = BTreeMap::new();
        for (item, amount) in applies {
            *wanted.entry(item).or_default() += amount;
        }
        let before = self.settled_by.remove(payment).unwrap_or_default();
        let mut touched = Vec::new();
        for item in before.keys().filter(|item| !wanted.contains_key(item)) {
            if let Some(payments) = self.applied.get_mut(item) {
                payments.remove(payment);
            }
            touched.push(item.clone());
        }
        for (item, amount) in &wanted {
            self.applied.entry(item.clone()).or_default().insert(payment.clone(), *amount);
            if before.get(item) != Some(amount) {
                touched.push(item.clone());
            }
        }
        if !wanted.is_empty() {
            self.settled_by.insert(payment.clone(), wanted);
        }
        touched
    }
}

/// The `LinkedTxn` of an open item.
pub(crate) fn links(ledger: &Ledger, item: &Key) -> Value {
    let named = |payment: &Key| {
        let object = ledger.get(payment.kind, payment.id.as_str());
        object.map_or(entity(payment.kind).name, |object| entity(payment.kind).link_type(object))
    };
    ledger
        .applied_to(item)
        .map(|(payment, _)| json!({"TxnId": payment.id.as_str(), "TxnType": named(payment)}))
        .collect()
}

/// What changed the settlement of an item.
#[derive(Clone, Copy, Debug)]
pub(super) enum Settled {
    ByPayment(Token),
    ByDeposit,
}

/// Recomputes the balance and links of an item after `by` changed, so many times, what it settles.
///
/// Inferred from recordings: paying moves the item's SyncToken, depositing moves nothing but the link.
pub(super) fn refresh(ledger: &mut Ledger, item: &Key, by: Settled, times: usize, stamp: &str) {
    let Some(show) = entity(item.kind).settled else { return };
    let settled = ledger.total_applied_to(item);
    let links = links(ledger, item);
    ledger.amend(item.kind, item.id.as_str(), |object| {
        show(object, settled, links);
        match by {
            Settled::ByPayment(Token::Moves) => (0..times).for_each(|_| touch(object, stamp)),
            Settled::ByPayment(Token::Stays) => updated(object, stamp),
            Settled::ByDeposit => {}
        }
    });
    if matches!(by, Settled::ByPayment(_)) {
        ledger.changes.note(item.kind, item.id.as_str(), What::Settled);
    }
}

/// Takes settlement off an item, newest payment first, until no more than `keep` is left.
pub(super) fn release(company: &mut Company, item: &Key, keep: Decimal) {
    let token = company
        .ledger
        .get(item.kind, item.id.as_str())
        .and_then(|object| object.get("SyncToken").cloned());
    let mut excess = company.ledger.total_applied_to(item) - keep;
    let payments: Vec<(Key, Decimal)> =
        company.ledger.applied_to(item).map(|(key, amount)| (key.clone(), amount)).collect();
    for (payment, amount) in payments.into_iter().rev() {
        let reduction = excess.min(amount);
        if reduction > Decimal::ZERO {
            excess -= reduction;
            reduce(company, &payment, item, reduction);
        }
    }
    // The caller is about to write the item itself, which moves its token once.
    if let Some(token) = token {
        company.ledger.amend(item.kind, item.id.as_str(), |object| set(object, "SyncToken", token));
    }
}

pub(super) fn release_all(company: &mut Company, item: &Key) {
    release(company, item, Decimal::ZERO);
}

fn reduce(company: &mut Company, payment: &Key, item: &Key, reduction: Decimal) {
    let Some(mut object) = company.ledger.get(payment.kind, payment.id.as_str()).cloned() else {
        return;
    };
    let mut left = reduction;
    let mut lines: Vec<Value> =
        object.get("Line").and_then(Value::as_array).cloned().unwrap_or_default();
    for line in &mut lines {
        if settles(line, item) {
            let amount =
                line.as_object().map(|line| amount_or_zero(line, "Amount")).unwrap_or_default();
            let taken = left.min(amount);
            left -= taken;
            line["Amount"] = number(amount - taken);
        }
    }
    lines.retain(|line| {
        !settles(line, item)
            || line.as_object().is_some_and(|line| !amount_or_zero(line, "Amount").is_zero())
    });
    set(&mut object, "Line", Value::Array(lines));
    (entity(payment.kind).released)(&company.ledger, &mut object);
    touch(&mut object, &company.clock.stamp());
    commit(company, payment.kind, object, false);
    company.ledger.changes.note(payment.kind, payment.id.as_str(), What::Updated);
}

fn settles(line: &Value, item: &Key) -> bool {
    let link = &line["LinkedTxn"][0];
    link["TxnId"].as_str() == Some(item.id.as_str())
        && link["TxnType"].as_str().and_then(open_item_kind) == Some(item.kind)
}

pub(super) fn touch(object: &mut Object, stamp: &str) {
    let token: u64 =
        text(object, "SyncToken").and_then(|token| token.parse().ok()).unwrap_or_default();
    set(object, "SyncToken", (token + 1).to_string());
    updated(object, stamp);
}

fn updated(object: &mut Object, stamp: &str) {
    if let Some(Value::Object(meta)) = object.get_mut("MetaData") {
        set(meta, "LastUpdatedTime", stamp);
    }
}

/// The kind that a `LinkedTxn` type names, when the simulator knows it as an open item.
pub(crate) fn open_item_kind(kind: &str) -> Option<Kind> {
    match kind {
        "Invoice" => Some(Kind::Invoice),
        "CreditMemo" => Some(Kind::CreditMemo),
        "JournalEntry" => Some(Kind::JournalEntry),
        "Expense" | "Check" | "CreditCardCredit" => Some(Kind::Purchase),
        "Bill" => Some(Kind::Bill),
        "VendorCredit" => Some(Kind::VendorCredit),
        "Deposit" => Some(Kind::Deposit),
        "Payment" => Some(Kind::Payment),
        "SalesReceipt" => Some(Kind::SalesReceipt),
        _ => None,
    }
}
