//! What a payment seen in QuickBooks means for what is stored of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{
    Applied, Happened, IssuedId, IssuedPayment, IssuedState, Linked, OurBill, SCHEMA, Seen,
};
use crate::id::{CompanyId, ObjectId};
use crate::pull::Pull;

/// What to do about a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It pays none of our bills, or was entered before anyone asked for such.
    NotOurs,
    /// It is known as it is, or newer.
    Known,
    /// It has to be stored like this.
    Store(Box<IssuedPayment>, Happened),
}

/// Judges a payment. `bills` are those of ours that it pays, or paid when it was last seen.
pub fn judge(
    pull: &Pull,
    known: Option<&IssuedPayment>,
    seen: &Seen,
    bills: &BTreeMap<ObjectId, OurBill>,
    now: Timestamp,
) -> Judged {
    let applied = applied(seen, bills);
    let Some(known) = known else {
        if applied.is_empty() || seen.voided || !pull.wants(seen.entered_at) {
            return Judged::NotOurs;
        }
        let new = IssuedPayment {
            schema: SCHEMA,
            revision: 1,
            id: id_of(&pull.company, seen),
            state: IssuedState::Synced,
            number: None,
            attachments: Vec::new(),
            seen: seen.clone(),
            applied,
            first_seen_at: now,
            updated_at: now,
        };
        return Judged::Store(Box::new(new), Happened::Created);
    };
    // A look that was overtaken by another must not bring the past back.
    if token(&seen.sync_token) < token(&known.seen.sync_token) {
        return Judged::Known;
    }
    let (state, applied) = match () {
        () if seen.voided => (IssuedState::Voided, emptied(known, bills)),
        () if applied.is_empty() => (IssuedState::Detached, emptied(known, bills)),
        () => (IssuedState::Synced, filled(applied, known)),
    };
    let next = IssuedPayment { state, seen: seen.clone(), applied, ..known.clone() };
    // What others pay on the same bill is told of their payments, and of the bill.
    if without_balances(&next) == without_balances(known) {
        return Judged::Known;
    }
    let happened = match state {
        IssuedState::Voided if known.state != state => Happened::Voided,
        IssuedState::Detached if known.state != state => Happened::Detached,
        _ => Happened::Updated,
    };
    Judged::Store(Box::new(changed(next, now)), happened)
}

/// Judges a payment that was deleted. All that was known of it is kept, but for what its bills have open now.
pub fn gone(
    known: Option<&IssuedPayment>,
    bills: &BTreeMap<ObjectId, OurBill>,
    now: Timestamp,
) -> Judged {
    let Some(known) = known else { return Judged::NotOurs };
    let mut next = IssuedPayment { state: IssuedState::Gone, ..known.clone() };
    if known.state == IssuedState::Gone {
        return Judged::Known;
    }
    for applied in &mut next.applied {
        refresh(applied, bills);
    }
    Judged::Store(Box::new(changed(next, now)), Happened::Gone)
}

fn without_balances(payment: &IssuedPayment) -> IssuedPayment {
    let mut payment = payment.clone();
    for applied in &mut payment.applied {
        applied.balance = None;
        applied.doc_number = None;
    }
    payment
}

fn changed(next: IssuedPayment, now: Timestamp) -> IssuedPayment {
    IssuedPayment { revision: next.revision + 1, updated_at: now, ..next }
}

fn id_of(company: &CompanyId, seen: &Seen) -> IssuedId {
    IssuedId { company: company.clone(), payment: seen.id.clone() }
}

/// What a payment pays of our bills; several lines on one bill count together.
fn applied(seen: &Seen, bills: &BTreeMap<ObjectId, OurBill>) -> Vec<Applied> {
    let mut applied: Vec<Applied> = Vec::new();
    for line in seen.lines.iter().filter(|line| line.kind == Linked::BILL) {
        let Some(bill) = bills.get(&line.id) else { continue };
        match applied.iter_mut().find(|applied| applied.bill == line.id) {
            Some(applied) => applied.amount += line.amount,
            None => applied.push(Applied {
                posting: bill.posting.clone(),
                bill: line.id.clone(),
                doc_number: bill.doc_number.clone(),
                balance: bill.balance,
                amount: line.amount,
            }),
        }
    }
    applied
}

/// What was not told this time is as it was.
fn filled(mut applied: Vec<Applied>, known: &IssuedPayment) -> Vec<Applied> {
    for applied in &mut applied {
        if let Some(before) = known.applied.iter().find(|before| before.bill == applied.bill) {
            applied.balance = applied.balance.or(before.balance);
            applied.doc_number = applied.doc_number.take().or_else(|| before.doc_number.clone());
        }
    }
    applied
}

/// The bills that a payment was on, of which it pays nothing any more.
fn emptied(known: &IssuedPayment, bills: &BTreeMap<ObjectId, OurBill>) -> Vec<Applied> {
    let mut applied = known.applied.clone();
    for applied in &mut applied {
        applied.amount = Decimal::ZERO;
        refresh(applied, bills);
    }
    applied
}

fn refresh(applied: &mut Applied, bills: &BTreeMap<ObjectId, OurBill>) {
    let Some(bill) = bills.get(&applied.bill) else { return };
    applied.balance = bill.balance.or(applied.balance);
    applied.doc_number = bill.doc_number.clone().or(applied.doc_number.take());
}

/// QuickBooks counts changes in whole numbers, written as text.
fn token(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}
