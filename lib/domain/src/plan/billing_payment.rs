//! A payment over one or several bills becomes one QuickBooks payment with a line for each invoice.

use std::cmp::min;

use jiff::civil::Date;

use crate::ledger::{Document, Object, ObjectKind, Receipt, ReceiptLine, Ref};
use crate::posting::{Condition, Posting, PostingKey};
use crate::reason::Failure;
use crate::record::{Allocation, Payment, Record};
use crate::settings::TransactionDate;
use crate::template::Field;

use super::billing_invoice::joined;
use super::entries::{Details, Entries};
use super::reconcile::{Wanted, may_create, nothing_elsewhere, reconcile};
use super::{Active, Facts, Needs, Plan, Planned, method_key};

/// What a payment is booked as.
const KINDS: [ObjectKind; 1] = [ObjectKind::Payment];

pub(super) fn needs(payment: &Payment) -> Needs {
    Needs {
        links: payment.method.as_deref().map(method_key).into_iter().collect(),
        parents: payment
            .bills
            .iter()
            .map(|allocation| PostingKey::bill(allocation.bill.clone()))
            .collect(),
    }
}

/// `Err` ends planning early with something other than steps.
pub(super) fn plan(payment: &Payment, facts: &Facts, active: Active<'_>) -> Result<Plan, Planned> {
    let fail = |failure| Err(Planned::Fail(failure));
    if payment.is_taken_back() {
        nothing_elsewhere(facts)?;
        let plan = reconcile(&KINDS, None, facts, active)?;
        let here = |object: &Object| object.company == facts.company.id;
        if !facts.objects.iter().any(here) {
            return Err(Planned::Skip(Failure::voided_before_posting().reason));
        }
        return Ok(plan);
    }
    if payment.currency != facts.company.currency && !facts.company.multicurrency {
        return fail(Failure::currency_mismatch(
            payment.currency.as_str(),
            facts.company.currency.as_str(),
        ));
    }
    let configuration = active.choices()?;
    let Some(account) = configuration.entry(Field::DepositAccount) else {
        return fail(Failure::setting_missing(Field::DepositAccount));
    };
    let mut customer = None;
    let mut lines = Vec::with_capacity(payment.bills.len());
    for allocation in &payment.bills {
        let invoice = invoice_of(allocation, facts).map_err(Planned::Fail)?;
        if customer.get_or_insert(&invoice.party) != &&invoice.party {
            return fail(Failure::different_agents());
        }
        let open = facts.open_balances.get(&invoice.id).copied();
        let amount = open.map_or(allocation.amount, |open| min(open, allocation.amount));
        lines.push(ReceiptLine { invoice: Ref::Known(invoice.id.clone()), amount });
    }
    let customer = customer
        .and_then(Option::as_ref)
        .expect("a posted invoice has a customer, and there is a bill");

    let date = match configuration.transaction_date() {
        TransactionDate::SyncDay => None,
        TransactionDate::CloseDate => Some(payment.paid_on),
    };
    may_create(ObjectKind::Payment, date, facts, active)?;
    let mut entries = Entries::new(facts);
    let method = payment.method.as_deref();
    let method = method.map(|name| entries.refer(method_key(name), name, Details::default()));
    let steps = entries.finish()?;
    let build = |date: Option<Date>, note: Option<&str>| {
        Document::Payment(Receipt {
            customer: Ref::Known(customer.clone()),
            date,
            amount: payment.amount,
            currency: payment.currency.clone(),
            deposit_account: account.clone(),
            method: method.clone(),
            reference: payment.reference.clone(),
            memo: joined(payment.memo.as_deref(), note),
            marker: facts.marker.clone(),
            lines: lines.clone(),
        })
    };
    let wanted = Wanted { kind: ObjectKind::Payment, date, build: &build };
    Ok(reconcile(&KINDS, Some(wanted), facts, active)?.after(steps, None))
}

/// The invoice that stands for an allocation's bill, or why the payment cannot use it.
fn invoice_of<'a>(allocation: &Allocation, facts: &'a Facts) -> Result<&'a Object, Failure> {
    let key = PostingKey::bill(allocation.bill.clone());
    let parent = facts.parents.get(&key);
    // A later version of the bill that is held or left out changes nothing about its invoice.
    let invoice = parent
        .filter(|parent| parent.state.lets_others_go_on())
        .and_then(|parent| parent.object(ObjectKind::Invoice, &facts.company.id));
    let Some(invoice) = invoice else {
        return Err(Failure::waiting_for_bill(
            allocation.bill.as_str(),
            parent.map(|parent| parent.state),
            Condition::Posting(Box::new(key)),
        ));
    };
    let pays_itself = |parent: &Posting| matches!(&parent.record, Some(Record::Bill(bill)) if bill.payment.is_some());
    if parent.is_some_and(pays_itself) {
        return Err(Failure::bill_already_paid(allocation.bill.as_str()));
    }
    Ok(invoice)
}
