//! A payment over one or several bills becomes one QuickBooks payment with a line for each invoice.

use std::cmp::min;

use crate::ledger::{Object, ObjectKind, Receipt, ReceiptLine, Ref, Step};
use crate::posting::{self, Condition, Posting, State};
use crate::reason::Failure;
use crate::record::{Allocation, Payment, Record};
use crate::settings::{Setting, TransactionDate};

use super::entries::{Details, Entries};
use super::{Facts, Needs, Planned, bill_key, method_key};

pub(super) fn needs(payment: &Payment) -> Needs {
    Needs {
        links: payment.method.as_deref().map(method_key).into_iter().collect(),
        parents: payment.bills.iter().map(|allocation| bill_key(&allocation.bill)).collect(),
    }
}

/// `Err` ends planning early with something other than steps.
pub(super) fn plan(payment: &Payment, facts: &Facts) -> Result<Planned, Planned> {
    let fail = |failure| Err(Planned::Fail(failure));
    let existing = posting::living(&facts.objects, ObjectKind::Payment, &facts.company.id);
    if payment.voided {
        let here = |object: &Object| object.company == facts.company.id;
        let elsewhere =
            facts.objects.iter().find(|object| !here(object) && object.removal.is_none());
        return match (existing, elsewhere) {
            (Some(object), _) => Ok(Planned::Steps(vec![Step::VoidPayment(object.clone())])),
            (None, Some(object)) => fail(Failure::posted_elsewhere(&object.company)),
            (None, None) if facts.objects.iter().any(here) => Ok(Planned::Steps(Vec::new())),
            (None, None) => Err(Planned::Skip(Failure::voided_before_posting().reason)),
        };
    }
    if let Some(document) = posting::removed(&facts.objects, ObjectKind::Payment, &facts.company.id)
    {
        return fail(Failure::removed_in_quickbooks(document));
    }
    if payment.currency != facts.company.currency && !facts.company.multicurrency {
        return fail(Failure::currency_mismatch(
            payment.currency.as_str(),
            facts.company.currency.as_str(),
        ));
    }
    let Some(account) = &facts.settings.deposit_account else {
        return fail(Failure::setting_missing(Setting::DepositAccount));
    };
    let mut customer = None;
    let mut lines = Vec::with_capacity(payment.bills.len());
    for allocation in &payment.bills {
        let invoice = invoice_of(allocation, facts).map_err(Planned::Fail)?;
        if customer.get_or_insert(&invoice.customer) != &&invoice.customer {
            return fail(Failure::different_agents());
        }
        let open = facts.open_balances.get(&invoice.id).copied();
        let amount = open.map_or(allocation.amount, |open| min(open, allocation.amount));
        lines.push(ReceiptLine { invoice: Ref::Known(invoice.id.clone()), amount });
    }
    let customer = customer
        .and_then(Option::as_ref)
        .expect("a posted invoice has a customer, and there is a bill");

    let mut entries = Entries::new(facts);
    let method = payment.method.as_deref();
    let method = method.map(|name| entries.refer(method_key(name), name, Details::default()));
    if !entries.lookups.is_empty() {
        return Err(Planned::Lookup(entries.lookups));
    }
    let mut steps = entries.steps;
    let receipt = Receipt {
        customer: Ref::Known(customer.clone()),
        date: match facts.settings.transaction_date {
            TransactionDate::SyncDay => None,
            TransactionDate::CloseDate => Some(payment.paid_on),
        },
        amount: payment.amount,
        currency: payment.currency.clone(),
        deposit_account: account.id.clone(),
        method,
        reference: payment.reference.clone(),
        memo: payment.memo.clone(),
        marker: facts.marker.clone(),
        lines,
    };
    match existing {
        None => steps.push(Step::CreatePayment(receipt)),
        Some(object) if object.content == receipt.content() => {}
        Some(object) => steps.push(Step::UpdatePayment(object.clone(), receipt)),
    }
    Ok(Planned::Steps(steps))
}

/// The invoice that stands for an allocation's bill, or why the payment cannot use it.
fn invoice_of<'a>(allocation: &Allocation, facts: &'a Facts) -> Result<&'a Object, Failure> {
    let key = bill_key(&allocation.bill);
    let parent = facts.parents.get(&key);
    let posted = |parent: &&Posting| parent.state == State::Posted;
    let invoice = parent
        .filter(posted)
        .and_then(|parent| parent.object(ObjectKind::Invoice, &facts.company.id));
    let Some(invoice) = invoice else {
        return Err(Failure::waiting_for_bill(allocation.bill.as_str(), Condition::Posting(key)));
    };
    let pays_itself = |parent: &Posting| matches!(&parent.record, Some(Record::Bill(bill)) if bill.payment.is_some());
    if parent.is_some_and(pays_itself) {
        return Err(Failure::bill_already_paid(allocation.bill.as_str()));
    }
    Ok(invoice)
}
