//! Customer payments and what they settle.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Draft, EntityType, Kind, SENT, account,
    applying::{self, Sums},
    currency, deposit, entity, sales_form,
};
use crate::{
    api::Fault,
    json::{Object, amount, amount_or_zero, cents, default, number, objects, reference, set, text},
    ledger::{Key, Ledger, Leg, open_item_kind},
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
    settled: Some(deposit::shown_on),
    released,
    // Recorded: what is on the deposit stays; notes and what the payment is for do not matter to it.
    frozen: Some(|before, after| FROZEN.iter().any(|name| before.get(*name) != after.get(*name))),
    ..SENT
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

/// What cannot change while the payment is on a deposit.
const FROZEN: [&str; 5] =
    ["TotalAmt", "TxnDate", "CustomerRef", "DepositToAccountRef", "PaymentMethodRef"];

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
    sales_form::deposit_account(draft)?;
    let rest = lines(draft, customer)?.rest_of(total)?;
    set(&mut draft.object, "UnappliedAmt", number(rest));
    default(&mut draft.object, "ProcessPayment", false);
    Ok(())
}

/// Checks every line and adds up what the lines settle and use.
fn lines(draft: &mut Draft<'_>, customer: &Object) -> Result<Sums, Fault> {
    let payer = text(customer, "Id").unwrap_or_default();
    let mut sums = Sums::default();
    let mut lines = Vec::new();
    for line in objects(&draft.object, "Line") {
        let value = cents(amount(line, "Amount").ok_or_else(|| Fault::missing("Amount"))?);
        let key = linked(line)?;
        let item = entity(key.kind).find(draft.ledger, key.id.as_str())?;
        let position = Position::of(draft.ledger, &key, payer).ok_or_else(|| {
            Fault::business("The transaction belongs to another customer than the payment.")
        })?;
        applying::in_open_period(draft, item)?;
        let open = position.amount - applied_by_others(draft, &key, &position.owner);
        sums.take(&key, value, open, position.is_credit)?;
        lines.push(shown(&key, item, value, open));
    }
    set(&mut draft.object, "Line", Value::Array(lines));
    Ok(sums)
}

/// What a transaction is to a payer: whose account it is on, and whether it charges or credits.
struct Position {
    owner: String,
    amount: Decimal,
    is_credit: bool,
}

impl Position {
    /// A transaction may be settled by its own customer or by one above it.
    fn of(ledger: &Ledger, key: &Key, payer: &str) -> Option<Self> {
        let item = ledger.get(key.kind, key.id.as_str())?;
        let owner = match reference(item, "CustomerRef") {
            Some(own) => Some(own).filter(|own| is_below(ledger, own, payer)),
            None => {
                let names = || ledger.books.names_in(key).map(|(name, _)| name.as_str());
                names()
                    .find(|name| *name == payer)
                    .or_else(|| names().find(|name| is_below(ledger, name, payer)))
            }
        }?;
        let owed = ledger.books.owed_in(key, owner);
        Some(Self {
            owner: owner.to_owned(),
            amount: owed.abs(),
            is_credit: key.kind == Kind::CreditMemo || owed < Decimal::ZERO,
        })
    }
}

fn is_below(ledger: &Ledger, customer: &str, payer: &str) -> bool {
    let mut next = Some(customer);
    while let Some(id) = next {
        if id == payer {
            return true;
        }
        next = ledger.get(Kind::Customer, id).and_then(|customer| reference(customer, "ParentRef"));
    }
    false
}

/// How much other payments for the same customer take of an item.
fn applied_by_others(draft: &Draft<'_>, key: &Key, owner: &str) -> Decimal {
    let ledger = draft.ledger;
    let counts = |by: &Key| {
        by.kind == Kind::Payment
            && Some(by.id.as_str()) != draft.id()
            && ledger
                .get(by.kind, by.id.as_str())
                .and_then(|payment| reference(payment, "CustomerRef"))
                .and_then(|payer| Position::of(ledger, key, payer))
                .is_some_and(|position| position.owner == owner)
    };
    ledger.applied_to(key).filter(|(by, _)| counts(by)).map(|(_, amount)| amount).sum()
}

fn linked(line: &Object) -> Result<Key, Fault> {
    let link = objects(line, "LinkedTxn").next().ok_or_else(|| Fault::missing("LinkedTxn"))?;
    let id = text(link, "TxnId").ok_or_else(|| Fault::missing("TxnId"))?;
    let kind = text(link, "TxnType").ok_or_else(|| Fault::missing("TxnType"))?;
    match open_item_kind(kind).filter(|_| LINKABLE.contains(&kind)) {
        Some(kind) => Ok(Key::new(kind, id)),
        None => Err(Fault::cannot_link(&format!(
            "a transaction of type {kind} cannot be paid by a payment."
        ))),
    }
}

fn shown(key: &Key, item: &Object, value: Decimal, open: Decimal) -> Value {
    json!({
        "Amount": number(value),
        "LinkedTxn": [{"TxnId": key.id.as_str(), "TxnType": entity(key.kind).link_type(item)}],
        "LineEx": {"any": [
            name_value("txnId", key.id.as_str().to_owned()),
            name_value("txnOpenBalance", format!("{open:.2}")),
            name_value("txnReferenceNumber", text(item, "DocNumber").unwrap_or_default().to_owned())
        ]}
    })
}

/// A name and a value the way QuickBooks' own serializer wraps them.
pub(super) fn name_value(name: &str, value: String) -> Value {
    json!({
        "name": "{http://schema.intuit.com/finance/v3}NameValue", "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope", "value": {"Name": name, "Value": value}, "nil": false, "globalScope": true, "typeSubstituted": false
    })
}

fn settlement(line: &Object) -> Option<(Key, Decimal)> {
    Some((linked(line).ok()?, amount_or_zero(line, "Amount")))
}

/// Whether a stored line uses a credit.
fn uses_credit(ledger: &Ledger, payment: &Object, line: &Object) -> bool {
    let payer = reference(payment, "CustomerRef").unwrap_or_default();
    linked(line)
        .ok()
        .and_then(|key| Position::of(ledger, &key, payer))
        .is_some_and(|position| position.is_credit)
}

fn released(ledger: &Ledger, object: &mut Object) {
    let lines = objects(object, "Line")
        .map(|line| (uses_credit(ledger, object, line), line.clone()))
        .collect();
    let total = amount_or_zero(object, "TotalAmt");
    let unapplied = applying::rebalance(object, lines, total);
    set(object, "UnappliedAmt", number(unapplied));
}

/// Money in, receivables down: under each settled item's own customer, the rest under the payer.
fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let receivable = reference(object, "ARAccountRef")
        .map_or_else(|| account::system_account(ledger, "AccountsReceivable"), str::to_owned);
    let payer = reference(object, "CustomerRef").unwrap_or_default();
    let total = amount_or_zero(object, "TotalAmt");
    let mut legs =
        vec![Leg::debit(reference(object, "DepositToAccountRef").unwrap_or_default(), total)];
    let mut rest = total;
    for (key, amount) in objects(object, "Line").filter_map(settlement) {
        let position = Position::of(ledger, &key, payer);
        let owner = position.as_ref().map_or(payer, |position| position.owner.as_str());
        let credit = match &position {
            Some(position) if position.is_credit => -amount,
            _ => amount,
        };
        legs.push(Leg::credit(&receivable, credit).of(owner));
        rest -= credit;
    }
    legs.push(Leg::credit(&receivable, rest).of(payer));
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
