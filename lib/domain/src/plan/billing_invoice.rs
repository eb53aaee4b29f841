//! A bill becomes an invoice; a paid bill an invoice and its payment.

use std::cmp::min;

use jiff::civil::Date;

use crate::ledger::{Document, ObjectKind, Receipt, ReceiptLine, Ref, Sale, SaleLine};
use crate::link::{LinkKey, ListKind};
use crate::reason::Failure;
use crate::record::Bill;
use crate::settings::TransactionDate;
use crate::template::Field;

use super::entries::{Details, Entries};
use super::reconcile::{Wanted, living, may_create, reconcile};
use super::{Active, Facts, Needs, Plan, Planned, method_key};

pub(super) fn needs(bill: &Bill) -> Needs {
    let mut needs = Needs::default();
    needs.links.insert(customer_key(bill));
    needs
        .links
        .extend(bill.lines.iter().map(|line| LinkKey::new(ListKind::Item, line.item.id.clone())));
    needs.links.extend(
        bill.payment.iter().filter_map(|payment| payment.method.as_deref()).map(method_key),
    );
    needs
}

/// `Err` ends planning early with something other than steps.
pub(super) fn plan(bill: &Bill, facts: &Facts, active: Active<'_>) -> Result<Plan, Planned> {
    let configuration = active.choices()?;
    let fail = |failure| Err(Planned::Fail(failure));
    if bill.total().is_zero() && living(facts, ObjectKind::Invoice).is_none() {
        return Err(Planned::Skip(Failure::zero_amount().reason));
    }
    if bill.currency != facts.company.currency && !facts.company.multicurrency {
        return fail(Failure::currency_mismatch(
            bill.currency.as_str(),
            facts.company.currency.as_str(),
        ));
    }
    let deposit_account = match (&bill.payment, configuration.entry(Field::DepositAccount)) {
        (Some(_), None) => return fail(Failure::setting_missing(Field::DepositAccount)),
        (_, account) => account,
    };
    let date = match (configuration.transaction_date(), bill.closed_on) {
        (TransactionDate::SyncDay, _) => None,
        (TransactionDate::CloseDate, Some(closed_on)) => Some(closed_on),
        (TransactionDate::CloseDate, None) => return fail(Failure::close_date_missing()),
    };
    let (number, renumbered) = facts.number(bill.number.as_deref(), active)?;

    may_create(ObjectKind::Invoice, date, facts, active)?;
    let mut entries = Entries::new(facts);
    let foreign = facts.company.multicurrency.then(|| bill.currency.clone());
    let details =
        Details { email: bill.agent.email.clone(), currency: foreign, ..Details::default() };
    let customer = entries.refer(customer_key(bill), &bill.agent.name, details);
    let mut lines = Vec::with_capacity(bill.lines.len());
    for line in &bill.lines {
        lines.push(SaleLine {
            item: entries.item(&line.item, active)?,
            description: line.description.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            amount: line.amount,
        });
    }
    let method = bill.payment.as_ref().and_then(|payment| payment.method.as_deref());
    let method = method.map(|name| entries.refer(method_key(name), name, Details::default()));
    let steps = entries.finish()?;

    let invoice = |date: Option<Date>, note: Option<&str>| {
        Document::Invoice(Sale {
            customer: customer.clone(),
            number: number.clone(),
            date,
            due: bill.due_on,
            term: configuration.entry(Field::Term).cloned(),
            deposit_account: None,
            currency: bill.currency.clone(),
            memo: joined(bill.memo.as_deref(), note),
            marker: facts.marker.clone(),
            email: bill.agent.email.clone(),
            class: configuration.entry(Field::Class).cloned(),
            lines: lines.clone(),
        })
    };
    let payment = bill.payment.as_ref().zip(deposit_account);
    let receipt = payment.map(|(payment, account)| {
        let invoice = living(facts, ObjectKind::Invoice)
            .map_or(Ref::PlannedInvoice, |object| Ref::Known(object.id.clone()));
        let open = invoice.id().and_then(|id| facts.open_balances.get(id)).copied();
        let applied = min(payment.amount, bill.total());
        let lines =
            vec![ReceiptLine { invoice, amount: open.map_or(applied, |open| min(open, applied)) }];
        let customer = customer.clone();
        let method = method.clone();
        move |date: Option<Date>, note: Option<&str>| {
            Document::Payment(Receipt {
                customer: customer.clone(),
                date,
                amount: payment.amount,
                currency: bill.currency.clone(),
                deposit_account: account.clone(),
                method: method.clone(),
                reference: payment.reference.clone(),
                memo: note.map(str::to_owned),
                marker: facts.marker.clone(),
                lines: lines.clone(),
            })
        }
    });
    let shrinks = living(facts, ObjectKind::Invoice)
        .is_some_and(|invoice| invoice.total.is_some_and(|total| total > bill.total()));
    let invoice = Wanted { kind: ObjectKind::Invoice, date, build: &invoice };
    let receipt = receipt.as_ref().map(|build| Wanted { kind: ObjectKind::Payment, date, build });
    let invoice = reconcile(&[ObjectKind::Invoice], Some(invoice), facts, active)?;
    let payment = match reconcile(&[ObjectKind::Payment], receipt, facts, active) {
        // A payment that a person wants left out keeps nothing from its invoice.
        Err(Planned::Skip(_)) => Plan::default(),
        payment => payment?,
    };
    // QuickBooks does not say what it makes of an invoice that falls below what was paid on it, so the payment
    // lets go first and grows last.
    let documents = if shrinks { [payment, invoice] } else { [invoice, payment] };
    let changes = renumbered.into_iter().collect();
    let mut plan = Plan { steps, changes, ..Plan::default() };
    for document in documents {
        plan.steps.extend(document.steps);
        plan.changes.extend(document.changes);
        plan.settled.extend(document.settled);
    }
    Ok(plan)
}

/// A memo with a note after it.
pub(super) fn joined(memo: Option<&str>, note: Option<&str>) -> Option<String> {
    let parts: Vec<&str> = memo.into_iter().chain(note).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn customer_key(bill: &Bill) -> LinkKey {
    LinkKey::new(ListKind::Customer, bill.agent.id.clone())
}
