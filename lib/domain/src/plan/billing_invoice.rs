//! A bill becomes an invoice; a paid bill an invoice and its payment.

use std::cmp::min;

use jiff::civil::Date;

use crate::ledger::{Invoice, InvoiceLine, Object, ObjectKind, Receipt, ReceiptLine, Ref, Step};
use crate::link::{LinkKey, ListKind};
use crate::posting;
use crate::reason::Failure;
use crate::record::{Bill, PaymentOnBill};
use crate::settings::{Setting, TransactionDate};

use super::entries::{Details, Entries};
use super::{Facts, Needs, Planned, method_key};

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
pub(super) fn plan(bill: &Bill, facts: &Facts) -> Result<Planned, Planned> {
    let settings = &facts.settings;
    let fail = |failure| Err(Planned::Fail(failure));
    let invoice_was_made = living(facts, ObjectKind::Invoice).is_some();
    if bill.total().is_zero() && !invoice_was_made {
        return Err(Planned::Skip(Failure::zero_amount().reason));
    }
    if bill.currency != facts.company.currency && !facts.company.multicurrency {
        return fail(Failure::currency_mismatch(
            bill.currency.as_str(),
            facts.company.currency.as_str(),
        ));
    }
    let Some(income_account) = &settings.income_account else {
        return fail(Failure::setting_missing(Setting::IncomeAccount));
    };
    if bill.payment.is_some() && settings.deposit_account.is_none() {
        return fail(Failure::setting_missing(Setting::DepositAccount));
    }
    let date = match (settings.transaction_date, bill.closed_on) {
        (TransactionDate::SyncDay, _) => None,
        (TransactionDate::CloseDate, Some(closed_on)) => Some(closed_on),
        (TransactionDate::CloseDate, None) => return fail(Failure::close_date_missing()),
    };

    not_removed(facts, ObjectKind::Invoice)?;
    if bill.payment.is_some() {
        not_removed(facts, ObjectKind::Payment)?;
    }

    let mut entries = Entries::new(facts);
    let foreign = facts.company.multicurrency.then(|| bill.currency.clone());
    let details =
        Details { email: bill.agent.email.clone(), currency: foreign, ..Details::default() };
    let customer = entries.refer(customer_key(bill), &bill.agent.name, details);
    let mut lines = Vec::with_capacity(bill.lines.len());
    for line in &bill.lines {
        let key = LinkKey::new(ListKind::Item, line.item.id.clone());
        let details =
            Details { income_account: Some(income_account.id.clone()), ..Details::default() };
        lines.push(InvoiceLine {
            item: entries.refer(key, &line.item.name, details),
            description: line.description.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            amount: line.amount,
        });
    }
    let method = bill.payment.as_ref().and_then(|payment| payment.method.as_deref());
    let method = method.map(|name| entries.refer(method_key(name), name, Details::default()));
    if !entries.lookups.is_empty() {
        return Err(Planned::Lookup(entries.lookups));
    }
    let mut steps = entries.steps;

    let invoice = Invoice {
        customer: customer.clone(),
        number: bill.number.clone(),
        date,
        due: bill.due_on,
        currency: bill.currency.clone(),
        memo: bill.memo.clone(),
        marker: facts.marker.clone(),
        email: bill.agent.email.clone(),
        lines,
    };
    let paid = bill
        .payment
        .as_ref()
        .map(|payment| (payment, receipt(bill, payment, date, customer, method, facts)));
    let shrinks = living(facts, ObjectKind::Invoice)
        .is_some_and(|invoice| invoice.total.is_some_and(|total| total > bill.total()));
    let invoice_step = step_for_invoice(invoice, facts);
    let payment_step = step_for_payment(paid.map(|(_, receipt)| receipt), facts);
    // QuickBooks does not say what it makes of an invoice that falls below what was paid on it, so the payment
    // lets go first and grows last.
    if shrinks {
        steps.extend(payment_step.into_iter().chain(invoice_step));
    } else {
        steps.extend(invoice_step.into_iter().chain(payment_step));
    }
    Ok(Planned::Steps(steps))
}

fn customer_key(bill: &Bill) -> LinkKey {
    LinkKey::new(ListKind::Customer, bill.agent.id.clone())
}

fn living(facts: &Facts, kind: ObjectKind) -> Option<&Object> {
    posting::living(&facts.objects, kind, &facts.company.id)
}

/// A document that a person removed in QuickBooks is not made again behind their back.
fn not_removed(facts: &Facts, kind: ObjectKind) -> Result<(), Planned> {
    match posting::removed(&facts.objects, kind, &facts.company.id) {
        Some(document) => Err(Planned::Fail(Failure::removed_in_quickbooks(document))),
        None => Ok(()),
    }
}

fn step_for_invoice(invoice: Invoice, facts: &Facts) -> Option<Step> {
    match living(facts, ObjectKind::Invoice) {
        None => Some(Step::CreateInvoice(invoice)),
        Some(object) if object.content == invoice.content() => None,
        Some(object) => Some(Step::UpdateInvoice(object.clone(), invoice)),
    }
}

fn step_for_payment(receipt: Option<Receipt>, facts: &Facts) -> Option<Step> {
    match (living(facts, ObjectKind::Payment), receipt) {
        (None, None) => None,
        (None, Some(receipt)) => Some(Step::CreatePayment(receipt)),
        (Some(object), None) => Some(Step::VoidPayment(object.clone())),
        (Some(object), Some(receipt)) if object.content == receipt.content() => None,
        (Some(object), Some(receipt)) => Some(Step::UpdatePayment(object.clone(), receipt)),
    }
}

fn receipt(
    bill: &Bill,
    payment: &PaymentOnBill,
    date: Option<Date>,
    customer: Ref,
    method: Option<Ref>,
    facts: &Facts,
) -> Receipt {
    let invoice = living(facts, ObjectKind::Invoice)
        .map_or(Ref::PlannedInvoice, |object| Ref::Known(object.id.clone()));
    let account =
        facts.settings.deposit_account.as_ref().expect("checked before entries are collected");
    let open = invoice.id().and_then(|id| facts.open_balances.get(id)).copied();
    let applied = min(payment.amount, bill.total());
    Receipt {
        customer,
        date,
        amount: payment.amount,
        currency: bill.currency.clone(),
        deposit_account: account.id.clone(),
        method,
        reference: payment.reference.clone(),
        memo: None,
        marker: facts.marker.clone(),
        lines: vec![ReceiptLine {
            invoice,
            amount: open.map_or(applied, |open| min(open, applied)),
        }],
    }
}
