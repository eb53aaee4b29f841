//! Customer payments and what they settle.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Draft, EntityType, Kind, TRANSACTION, account, currency, draft::reference_to, entity};
use crate::{
    api::Fault,
    json::{Object, amount, amount_or_zero, cents, default, number, objects, reference, set, text},
    ledger::{Key, Ledger, Leg, open_item_kind},
    switches::Policy,
};

pub(super) static PAYMENT: EntityType = EntityType {
    kind: Kind::Payment,
    name: "Payment",
    table: TABLE,
    prepare,
    legs,
    applies: |object| objects(object, "Line").filter_map(settlement).collect(),
    void: Some(|object| {
        set(object, "TotalAmt", 0);
        set(object, "UnappliedAmt", 0);
        set(object, "Line", Value::Array(Vec::new()));
    }),
    ..TRANSACTION
};

const TABLE: &str = "
TxnDate date q
CustomerRef ref q need
TotalAmt dec q need
UnappliedAmt dec q ro
DepositToAccountRef ref q keep
ARAccountRef ref
PaymentMethodRef ref q
PaymentRefNum text:21 q
Line [line] keep
CurrencyRef ref keep
ExchangeRate dec
PrivateNote text:4000
ProcessPayment bool
CreditCardPayment any
LinkedTxn [link] ro
DocNumber text:21 ro
ProjectRef ref
TxnSource text
TransactionLocationType text
TaxExemptionRef ref ro
TxnTaxDetail any ro
";

/// The link types that QuickBooks accepts on a payment line.
const LINKABLE: [&str; 6] =
    ["Invoice", "CreditMemo", "JournalEntry", "Expense", "Check", "CreditCardCredit"];

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let customer =
        draft.refer("CustomerRef", Kind::Customer)?.ok_or_else(|| Fault::missing("CustomerRef"))?;
    draft.dated();
    let total = cents(amount_or_zero(&draft.object, "TotalAmt"));
    if total < Decimal::ZERO {
        return Err(Fault::business("Transaction amount must be 0 or greater."));
    }
    set(&mut draft.object, "TotalAmt", number(total));
    currency::settle(draft, reference(customer, "CurrencyRef"))?;
    draft.refer("PaymentMethodRef", Kind::PaymentMethod)?;
    if let Some(found) = draft.refer("ARAccountRef", Kind::Account)? {
        account::of_type(found, "ARAccountRef", &["Accounts Receivable"])?;
    }
    deposit_account(draft)?;
    let applied = lines(draft, customer)?;
    if applied > total {
        return Err(Fault::business(
            "The amount applied to the transactions is more than the amount of the payment.",
        ));
    }
    set(&mut draft.object, "UnappliedAmt", number(total - applied));
    default(&mut draft.object, "ProcessPayment", false);
    Ok(())
}

/// Recorded: the default comes back without a name.
fn deposit_account(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let undeposited = account::system_account(draft.ledger, "UndepositedFunds");
    match reference(&draft.object, "DepositToAccountRef").map(str::to_owned) {
        Some(id) => {
            let found = draft.resolve("DepositToAccountRef", &id, Kind::Account)?;
            account::of_type(found, "DepositToAccountRef", &["Bank", "Other Current Asset"])?;
            let named = if id == undeposited {
                json!({"value": id})
            } else {
                reference_to(Kind::Account, found)
            };
            set(&mut draft.object, "DepositToAccountRef", named);
        }
        None => set(&mut draft.object, "DepositToAccountRef", json!({"value": undeposited})),
    }
    Ok(())
}

/// Checks every line and returns what they settle together.
fn lines(draft: &mut Draft<'_>, customer: &Object) -> Result<Decimal, Fault> {
    let mut applied = Decimal::ZERO;
    let mut by_item: BTreeMap<Key, Decimal> = BTreeMap::new();
    let mut lines = Vec::new();
    for line in objects(&draft.object, "Line") {
        let value = cents(amount(line, "Amount").ok_or_else(|| Fault::missing("Amount"))?);
        let key = linked(line)?;
        let item = entity(key.kind).find(draft.ledger, key.id.as_str())?;
        check_item(draft, customer, item)?;
        let earlier = by_item.entry(key.clone()).or_default();
        *earlier += value;
        let open = open_amount(draft, &key, item);
        if value < Decimal::ZERO || *earlier > open {
            return Err(Fault::business(
                "You can't apply more to a transaction than its open balance.",
            ));
        }
        applied += value;
        lines.push(shown(&key, item, value, open));
    }
    set(&mut draft.object, "Line", Value::Array(lines));
    Ok(applied)
}

/// What is open on an item apart from this payment.
fn open_amount(draft: &Draft<'_>, key: &Key, item: &Object) -> Decimal {
    let others: Decimal = draft
        .ledger
        .applied_to(key)
        .filter(|(payment, _)| Some(payment.id.as_str()) != draft.id())
        .map(|(_, amount)| amount)
        .sum();
    amount_or_zero(item, "TotalAmt") - amount_or_zero(item, "Deposit") - others
}

fn linked(line: &Object) -> Result<Key, Fault> {
    let link = objects(line, "LinkedTxn").next().ok_or_else(|| Fault::missing("LinkedTxn"))?;
    let id = text(link, "TxnId").ok_or_else(|| Fault::missing("TxnId"))?;
    let kind = text(link, "TxnType").ok_or_else(|| Fault::missing("TxnType"))?;
    match open_item_kind(kind) {
        Some(kind) => Ok(Key::new(kind, id)),
        None if LINKABLE.contains(&kind) => Err(Fault::not_found()),
        None => Err(Fault::cannot_link(&format!(
            "a transaction of type {kind} cannot be paid by a payment."
        ))),
    }
}

/// An item may be paid by its own customer or by one above it.
fn check_item(draft: &Draft<'_>, customer: &Object, item: &Object) -> Result<(), Fault> {
    let payer = text(customer, "Id");
    let mut owner = reference(item, "CustomerRef");
    while owner != payer {
        owner = owner
            .and_then(|id| draft.ledger.get(Kind::Customer, id))
            .and_then(|owner| reference(owner, "ParentRef"));
        if owner.is_none() {
            return Err(Fault::business(
                "The transaction belongs to another customer than the payment.",
            ));
        }
    }
    let closed = draft.switches.book_close_date.map(|date| date.to_string());
    if draft.switches.closed_period_links == Policy::Reject
        && text(item, "TxnDate").zip(closed.as_deref()).is_some_and(|(date, closed)| date <= closed)
    {
        return Err(Fault::books_closed(draft.switches.book_close_password));
    }
    Ok(())
}

fn shown(key: &Key, item: &Object, value: Decimal, open: Decimal) -> Value {
    let wrapped = |name: &str, value: String| {
        json!({
            "name": "{http://schema.intuit.com/finance/v3}NameValue", "declaredType": "com.intuit.schema.finance.v3.NameValue",
            "scope": "javax.xml.bind.JAXBElement$GlobalScope", "value": {"Name": name, "Value": value}, "nil": false, "globalScope": true, "typeSubstituted": false
        })
    };
    json!({
        "Amount": number(value),
        "LinkedTxn": [{"TxnId": key.id.as_str(), "TxnType": entity(key.kind).name}],
        "LineEx": {"any": [
            wrapped("txnId", key.id.as_str().to_owned()),
            wrapped("txnOpenBalance", format!("{open:.2}")),
            wrapped("txnReferenceNumber", text(item, "DocNumber").unwrap_or_default().to_owned())
        ]}
    })
}

fn settlement(line: &Object) -> Option<(Key, Decimal)> {
    Some((linked(line).ok()?, amount_or_zero(line, "Amount")))
}

/// Money in, receivables down: under each settled item's own customer, the rest under the payer.
fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let receivable = reference(object, "ARAccountRef")
        .map_or_else(|| account::system_account(ledger, "AccountsReceivable"), str::to_owned);
    let total = amount_or_zero(object, "TotalAmt");
    let mut legs =
        vec![Leg::debit(reference(object, "DepositToAccountRef").unwrap_or_default(), total)];
    let mut rest = total;
    for (key, amount) in objects(object, "Line").filter_map(settlement) {
        let owner =
            ledger.get(key.kind, key.id.as_str()).and_then(|item| reference(item, "CustomerRef"));
        legs.push(Leg::credit(&receivable, amount).of(owner.unwrap_or_default()));
        rest -= amount;
    }
    legs.push(
        Leg::credit(&receivable, rest).of(reference(object, "CustomerRef").unwrap_or_default()),
    );
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
