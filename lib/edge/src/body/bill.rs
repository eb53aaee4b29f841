//! Reads a bill.

use std::collections::BTreeMap;

use domain::id::HostId;
use domain::money::{Currency, MAX_WHOLE_DIGITS};
use domain::name::{MAX_ITEM_NAME, MAX_METHOD_NAME, MAX_PARTY_NAME};
use domain::record::{Agent, Bill, BillItem, BillLine, Charge, PaymentOnBill};
use rust_decimal::Decimal;

use super::cursor::{Field, Fields};
use super::shape::shape;
use super::values::Negative;
use super::{MAX_MEMO, MAX_NUMBER, MAX_REFERENCE, REFUND};
#[cfg(test)]
use crate::openapi::{
    value::{self, Day, Email, Id, Line, List, Name, Rate, Received, Text, Version},
    words,
};

/// Lines of a bill. With 64 KiB for the body there is hardly room for more.
const MAX_LINES: usize = 500;
/// QuickBooks' limit of a line's description.
const MAX_DESCRIPTION: usize = 4000;
/// QuickBooks' limit of an e-mail address.
pub(super) const MAX_EMAIL: usize = 100;

const CREDIT: Negative = Negative {
    code: "negative_amount",
    remedy: "Send zero or more. Credits are not supported yet: record a credit memo in QuickBooks.",
};

shape! {
    /// One version of what an agent owes, and, once it is paid, how.
    #[schemars(rename = "Bill")]
    pub(crate) BillShape {
        /// The host's version; a higher one replaces a lower one. The same version must have the same content.
        required version: Version,
        /// Who is billed; becomes a QuickBooks customer.
        required agent: AgentShape,
        /// The host's number, shown as the invoice number; QuickBooks assigns one when it is left out.
        optional number: Line<MAX_NUMBER>,
        /// The day the host issued the bill.
        required issued_on: Day,
        /// The day it is due.
        optional due_on: Day,
        /// The close date of the transaction behind it.
        optional closed_on: Day,
        /// ISO 4217 code of the currency of every amount in the bill.
        required currency: value::Currency,
        /// A note for the bookkeeper.
        optional memo: Text<MAX_MEMO>,
        /// What is billed. One item id has one name.
        required lines: List<LineShape, 1, MAX_LINES>,
        /// Present once the bill is paid.
        optional payment: PaymentOnBillShape,
        /// What became of charging the agent's card, if it was tried. After a failed charge there is no payment.
        optional charge: words::Charge,
    }
}

shape! {
    /// The person billed.
    #[schemars(rename = "Agent")]
    pub(crate) AgentShape {
        /// The host's id of the agent.
        required id: Id,
        /// The name that people know the agent by. Characters that QuickBooks refuses are replaced, and the answer says so.
        required name: Name<MAX_PARTY_NAME>,
        /// Where QuickBooks may send the invoice.
        optional email: Email<MAX_EMAIL>,
    }
}

shape! {
    /// One line of a bill. `amount` must be `quantity × unit_price`, rounded half away from zero; without a quantity it
    /// is one, without both the price is the amount.
    #[schemars(rename = "BillLine", extend("dependentSchemas" = with_quantity_a_price()))]
    pub(crate) LineShape {
        /// What is sold; becomes a QuickBooks product or service.
        required item: ItemShape,
        /// Free text on the line.
        optional description: Text<MAX_DESCRIPTION>,
        /// How many.
        optional quantity: Rate,
        /// Price of one; needed when there is a quantity.
        optional unit_price: Rate,
        /// What the line adds up to, in the currency's decimals.
        required amount: value::Amount,
    }
}

shape! {
    /// The thing billed.
    #[schemars(rename = "BillItem")]
    pub(crate) ItemShape {
        /// The host's id of the item.
        required id: Id,
        /// Its name.
        required name: Name<MAX_ITEM_NAME>,
    }
}

shape! {
    /// How a bill was paid.
    #[schemars(rename = "PaymentOnBill")]
    pub(crate) PaymentOnBillShape {
        /// The day the money came.
        required paid_on: Day,
        /// How much; more than the total leaves credit.
        required amount: Received,
        /// Payment method by name, such as `Visa` or `Check`.
        optional method: Name<MAX_METHOD_NAME>,
        /// Check number or processor reference.
        optional reference: Line<MAX_REFERENCE>,
    }
}

/// Reads a bill; `None` when something was reported.
pub(super) fn read(root: &Field<'_>) -> Option<Bill> {
    let fields = root.object(BillShape::FIELDS)?;
    // Everything is read before anything is unwrapped, so that every bad field is reported.
    let version = fields.required("version").and_then(|field| field.version());
    let agent = fields.required("agent").and_then(|field| agent(&field));
    let number = fields.optional("number").and_then(|field| field.short_text(MAX_NUMBER));
    let issued_on = fields.required("issued_on").and_then(|field| field.date());
    let due_on = fields.optional("due_on").and_then(|field| field.date());
    let closed_on = fields.optional("closed_on").and_then(|field| field.date());
    let currency = fields.required("currency").and_then(|field| field.currency());
    let memo = fields.optional("memo").and_then(|field| field.free_text(MAX_MEMO));
    let lines = fields.required("lines").and_then(|field| lines(&field, currency.as_ref()));
    let payment = fields.optional("payment").map(|field| payment(&field, currency.as_ref()));
    let charge = fields.optional("charge").and_then(|field| charge(&field));
    if payment.is_some() && charge == Some(Charge::Failed) {
        fields.fail(
            "charge",
            "charge_failed",
            "is failed, and the bill has a payment",
            "Leave the payment out, since no money came; or send charge succeeded.",
        );
        return None;
    }
    Some(Bill {
        version: version?,
        agent: agent?,
        number,
        issued_on: issued_on?,
        due_on,
        closed_on,
        currency: currency?,
        memo,
        lines: lines?,
        payment: match payment {
            Some(payment) => Some(payment?),
            None => None,
        },
        charge,
    })
}

fn agent(field: &Field<'_>) -> Option<Agent> {
    let fields = field.object(AgentShape::FIELDS)?;
    let id = fields.required("id").and_then(|field| field.host_id());
    let name = fields.required("name").and_then(|field| field.name(MAX_PARTY_NAME));
    let email = fields.optional("email").and_then(|field| email(&field));
    Some(Agent { id: id?, name: name?, email })
}

/// QuickBooks checks addresses loosely; this refuses what it would refuse, so that an invoice does not fail on it.
pub(super) fn email(field: &Field<'_>) -> Option<String> {
    let text = field.short_text(MAX_EMAIL)?;
    let plausible = text.is_ascii()
        && !text.contains(|c: char| c.is_whitespace() || ",;<>()[]\\\"".contains(c))
        && text.split_once('@').is_some_and(|(user, host)| {
            let labels_are_there = host.split('.').all(|label| !label.is_empty());
            !user.is_empty() && !host.contains('@') && host.contains('.') && labels_are_there
        });
    if !plausible {
        field.fail(
            "bad_email",
            "is not an e-mail address",
            "Send one address such as ann@example.com, or leave email out.",
        );
        return None;
    }
    Some(text)
}

fn lines(field: &Field<'_>, currency: Option<&Currency>) -> Option<Vec<BillLine>> {
    let entries = field.list(1, MAX_LINES)?;
    let mut names: BTreeMap<HostId, String> = BTreeMap::new();
    let mut lines = Vec::with_capacity(entries.len());
    for entry in &entries {
        let Some(fields) = entry.object(LineShape::FIELDS) else { continue };
        let item = fields.required("item").and_then(|field| item(&field));
        if let Some(item) = &item {
            let known = names.entry(item.id.clone()).or_insert_with(|| item.name.clone());
            if *known != item.name {
                fields.fail(
                    "item",
                    "item_named_twice",
                    "has an id that another line of this bill uses with a different name",
                    "Give one item one name, and different items different ids.",
                );
            }
        }
        let description =
            fields.optional("description").and_then(|field| field.free_text(MAX_DESCRIPTION));
        lines.push(extended(&fields, currency).zip(item).map(
            |((quantity, unit_price, amount), item)| BillLine {
                item,
                description,
                quantity,
                unit_price,
                amount,
            },
        ));
    }
    let lines: Vec<BillLine> = lines.into_iter().collect::<Option<_>>()?;
    let total: Decimal = lines.iter().map(|line| line.amount).sum();
    if total >= Decimal::from(10_u64.pow(MAX_WHOLE_DIGITS)) {
        field.fail(
            "too_large",
            "has a total that is larger than QuickBooks takes",
            "Split the bill into several.",
        );
        return None;
    }
    Some(lines)
}

pub(super) fn item(field: &Field<'_>) -> Option<BillItem> {
    let fields = field.object(ItemShape::FIELDS)?;
    let id = fields.required("id").and_then(|field| field.host_id());
    let name = fields.required("name").and_then(|field| field.name(MAX_ITEM_NAME));
    Some(BillItem { id: id?, name: name? })
}

/// Quantity, price and amount. Without a quantity it is one; without both, the price is the amount.
fn extended(
    fields: &Fields<'_>,
    currency: Option<&Currency>,
) -> Option<(Decimal, Decimal, Decimal)> {
    let has_quantity = fields.optional("quantity").is_some();
    let quantity = match fields.optional("quantity") {
        Some(field) => field.amount(None, &CREDIT),
        None => Some(Decimal::ONE),
    };
    let price_field =
        if has_quantity { fields.required("unit_price") } else { fields.optional("unit_price") };
    let has_price = price_field.is_some();
    let unit_price = price_field.and_then(|field| field.amount(None, &CREDIT));
    let amount_field = fields.required("amount")?;
    let amount = amount_field.amount(currency, &CREDIT);
    let (quantity, amount, currency) = (quantity?, amount?, currency?);
    if !has_quantity && !has_price {
        return Some((quantity, amount, amount));
    }
    let unit_price = unit_price?;
    let expected = currency.extend(quantity, unit_price);
    if amount != expected {
        let expected = currency.format(expected);
        amount_field.fail(
            "amount_differs",
            format!("is not quantity × unit_price, which is {expected}"),
            format!("Send {expected}, or correct quantity or unit_price."),
        );
        return None;
    }
    Some((quantity, unit_price, amount))
}

fn payment(field: &Field<'_>, currency: Option<&Currency>) -> Option<PaymentOnBill> {
    let fields = field.object(PaymentOnBillShape::FIELDS)?;
    let paid_on = fields.required("paid_on").and_then(|field| field.date());
    let amount = fields.required("amount").and_then(|field| received(&field, currency));
    let method = fields.optional("method").and_then(|field| field.name(MAX_METHOD_NAME));
    let reference = fields.optional("reference").and_then(|field| field.short_text(MAX_REFERENCE));
    Some(PaymentOnBill { paid_on: paid_on?, amount: amount?, method, reference })
}

/// What became of charging the agent's card.
pub(super) fn charge(field: &Field<'_>) -> Option<Charge> {
    field.choice(&[("succeeded", Charge::Succeeded), ("failed", Charge::Failed)])
}

/// Money that came in: more than nothing, and never a refund.
pub(super) fn received(field: &Field<'_>, currency: Option<&Currency>) -> Option<Decimal> {
    let amount = field.amount(currency, &REFUND)?;
    if amount.is_zero() {
        field.fail(
            "zero_payment",
            "must be more than zero",
            "Leave out payments of nothing; there is nothing to book.",
        );
        return None;
    }
    Some(amount)
}

/// A quantity without a price says nothing.
#[cfg(test)]
fn with_quantity_a_price() -> serde_json::Value {
    let absent = serde_json::json!({"type": "null"});
    serde_json::json!({"quantity": {"anyOf": [
        {"properties": {"quantity": absent}},
        {"properties": {"unit_price": {"not": absent}}, "required": ["unit_price"]},
    ]}})
}
