//! Reads a payment over one or several bills.

use std::collections::BTreeSet;

use domain::money::Currency;
use domain::name::MAX_METHOD_NAME;
use domain::record::{Allocation, Payment};
use rust_decimal::Decimal;

use super::bill::{charge, received};
use super::cursor::Field;
use super::shape::shape;
use super::{MAX_MEMO, MAX_REFERENCE};
#[cfg(test)]
use crate::openapi::{
    value::{self, Day, Id, Line, List, Name, Received, Text, Version},
    words,
};

/// Bills that one payment may pay; each becomes a line in QuickBooks.
const MAX_BILLS: usize = 500;

shape! {
    /// One version of a payment over one or several bills.
    #[schemars(rename = "Payment")]
    pub(crate) PaymentShape {
        /// The host's version; a higher one replaces a lower one. The same version must have the same content.
        required version: Version,
        /// The day the money came.
        required paid_on: Day,
        /// All the money received; what the bills do not take stays as credit.
        required amount: Received,
        /// ISO 4217 code of the currency of every amount in the payment.
        required currency: value::Currency,
        /// Payment method by name, such as `Visa` or `Check`.
        optional method: Name<MAX_METHOD_NAME>,
        /// Check number or processor reference.
        optional reference: Line<MAX_REFERENCE>,
        /// A note for the bookkeeper.
        optional memo: Text<MAX_MEMO>,
        /// Which bills it pays, each once; together they take at most the amount.
        required bills: List<AllocationShape, 1, MAX_BILLS>,
        /// What became of charging the agent's card, if that is how it was paid.
        optional charge: words::Charge,
    }
}

shape! {
    /// The part of a payment that one bill takes.
    #[schemars(rename = "Allocation")]
    pub(crate) AllocationShape {
        /// The host's id of the bill.
        required id: Id,
        /// How much of the payment it takes.
        required amount: Received,
    }
}

/// Reads a payment; `None` when something was reported.
pub(super) fn read(root: &Field<'_>) -> Option<Payment> {
    let fields = root.object(PaymentShape::FIELDS)?;
    let version = fields.required("version").and_then(|field| field.version());
    let paid_on = fields.required("paid_on").and_then(|field| field.date());
    let currency = fields.required("currency").and_then(|field| field.currency());
    let amount = fields.required("amount").and_then(|field| received(&field, currency.as_ref()));
    let method = fields.optional("method").and_then(|field| field.name(MAX_METHOD_NAME));
    let reference = fields.optional("reference").and_then(|field| field.short_text(MAX_REFERENCE));
    let memo = fields.optional("memo").and_then(|field| field.free_text(MAX_MEMO));
    let bills = fields.required("bills").and_then(|field| allocations(&field, currency.as_ref()));
    let charge = fields.optional("charge").and_then(|field| charge(&field));
    let (amount, currency, bills) = (amount?, currency?, bills?);
    let allocated: Decimal = bills.iter().map(|bill| bill.amount).sum();
    if allocated > amount {
        let (allocated, amount) = (currency.format(allocated), currency.format(amount));
        fields.fail(
            "bills",
            "over_allocated",
            format!("take {allocated} together; the payment is {amount}"),
            "Lower the amounts of the bills, or send the whole amount received.",
        );
        return None;
    }
    Some(Payment {
        version: version?,
        paid_on: paid_on?,
        amount,
        currency,
        method,
        reference,
        memo,
        bills,
        voided: false,
        charge,
    })
}

fn allocations(field: &Field<'_>, currency: Option<&Currency>) -> Option<Vec<Allocation>> {
    let entries = field.list(1, MAX_BILLS)?;
    let mut seen = BTreeSet::new();
    let mut allocations = Vec::with_capacity(entries.len());
    for entry in &entries {
        allocations.push(entry.object(AllocationShape::FIELDS).and_then(|fields| {
            let bill = fields.required("id").and_then(|field| field.host_id());
            let amount = fields.required("amount").and_then(|field| received(&field, currency));
            let bill = bill?;
            if !seen.insert(bill.clone()) {
                fields.fail(
                    "id",
                    "bill_repeated",
                    "is a bill that this payment lists already",
                    "List each bill once, with all that the payment pays of it.",
                );
                return None;
            }
            Some(Allocation { bill, amount: amount? })
        }));
    }
    allocations.into_iter().collect()
}
