//! Payments of bills, by check or by card.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Draft, EntityType, Kind, TRANSACTION, account,
    applying::{self, Sums},
    currency,
    draft::reference_to,
    entity, numbering, payee,
};
use crate::{
    api::Fault,
    json::{
        Object, amount, amount_or_zero, cents, default, member, number, objects, reference, set,
        text,
    },
    ledger::{Key, Ledger, Leg, Pool, open_item_kind},
};

pub(super) static BILL_PAYMENT: EntityType = EntityType {
    kind: Kind::BillPayment,
    name: "BillPayment",
    table: TABLE,
    counted: true,
    prepare,
    index: |object| check_number(object).into_iter().collect(),
    legs,
    applies: |object| objects(object, "Line").filter_map(settlement).collect(),
    // Recorded: bills call every payment this, even one by card.
    link_type: Some(|_| "BillPaymentCheck"),
    void: Some(|object| {
        set(object, "TotalAmt", 0);
        set(object, "Line", Value::Array(Vec::new()));
    }),
    released: |ledger, object| {
        let lines = objects(object, "Line")
            .map(|line| (uses_credit(ledger, object, line), line.clone()))
            .collect();
        let total = amount_or_zero(object, "TotalAmt");
        applying::rebalance(object, lines, total);
    },
    ..TRANSACTION
};

const TABLE: &str = "
DocNumber text:21 q
TxnDate date q
VendorRef ref q need
PayType enum:Check|CreditCard q need
CheckPayment billcheck
CreditCardPayment billcard
TotalAmt dec q need
Line [line] need
APAccountRef ref keep
CurrencyRef ref keep
ExchangeRate dec
PrivateNote text:4000
DepartmentRef ref
ProcessBillPayment bool
TransactionLocationType text
LinkedTxn [link] ro
";

/// The link types that QuickBooks accepts on a line.
const LINKABLE: [&str; 4] = ["Bill", "VendorCredit", "JournalEntry", "Deposit"];

/// Where the money comes from: the member, the reference in it, and the type of account.
const BY_CHECK: (&str, &str, &str) = ("CheckPayment", "BankAccountRef", "Bank");
const BY_CARD: (&str, &str, &str) = ("CreditCardPayment", "CCAccountRef", "Credit Card");

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let vendor =
        draft.refer("VendorRef", Kind::Vendor)?.ok_or_else(|| Fault::missing("VendorRef"))?;
    draft.dated();
    let total = cents(amount_or_zero(&draft.object, "TotalAmt"));
    if total < Decimal::ZERO {
        return Err(Fault::business("Transaction amount must be 0 or greater."));
    }
    set(&mut draft.object, "TotalAmt", number(total));
    currency::settle(draft, reference(vendor, "CurrencyRef"))?;
    draft.refer("DepartmentRef", Kind::Department)?;
    paid_from(draft, total)?;
    account::payable(draft)?;
    lines(draft, text(vendor, "Id").unwrap_or_default())?.rest_of(total)?;
    numbered(draft)
}

/// Checks the account; a payment that only nets a bill against a credit needs none.
fn paid_from(draft: &mut Draft<'_>, total: Decimal) -> Result<(), Fault> {
    let by_check = text(&draft.object, "PayType") == Some("Check");
    let (used, other) = if by_check { (BY_CHECK, BY_CARD) } else { (BY_CARD, BY_CHECK) };
    let (name, member, wanted) = used;
    draft.object.remove(other.0);
    let mut detail = draft.object.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    match reference(&detail, member).filter(|id| !id.is_empty()) {
        Some(id) => {
            let found = draft.resolve(member, id, Kind::Account)?;
            account::of_type(found, member, &[wanted])?;
            set(&mut detail, member, reference_to(Kind::Account, found));
        }
        None if total.is_zero() => return Ok(()),
        None => return Err(Fault::missing(member)),
    }
    if by_check {
        default(&mut detail, "PrintStatus", "NotSet");
    }
    set(&mut draft.object, name, Value::Object(detail));
    Ok(())
}

/// Checks every line and adds up what the lines settle and use.
fn lines(draft: &mut Draft<'_>, vendor: &str) -> Result<Sums, Fault> {
    let mut sums = Sums::default();
    let mut lines = Vec::new();
    for line in objects(&draft.object, "Line") {
        let value = cents(amount(line, "Amount").ok_or_else(|| Fault::missing("Amount"))?);
        let key = linked(line)?;
        let item = entity(key.kind).find(draft.ledger, key.id.as_str())?;
        if !draft.ledger.books.names_in(&key).any(|(name, _)| name.as_str() == vendor) {
            return Err(Fault::business(
                "The transaction belongs to another vendor than the payment.",
            ));
        }
        applying::in_open_period(draft, item)?;
        let owed = draft.ledger.books.owed_in(&key, vendor);
        let open = owed.abs() - applied_by_others(draft, &key, vendor);
        sums.take(&key, value, open, owed > Decimal::ZERO)?;
        let link = json!({"TxnId": key.id.as_str(), "TxnType": entity(key.kind).link_type(item)});
        lines.push(json!({"Amount": number(value), "LinkedTxn": [link]}));
    }
    if lines.is_empty() && draft.before.is_none() {
        return Err(Fault::missing("Line"));
    }
    set(&mut draft.object, "Line", Value::Array(lines));
    Ok(sums)
}

/// How much other payments to the same vendor take of an item.
fn applied_by_others(draft: &Draft<'_>, key: &Key, vendor: &str) -> Decimal {
    let counts = |by: &Key| {
        by.kind == Kind::BillPayment
            && Some(by.id.as_str()) != draft.id()
            && draft
                .ledger
                .get(by.kind, by.id.as_str())
                .is_some_and(|payment| reference(payment, "VendorRef") == Some(vendor))
    };
    draft.ledger.applied_to(key).filter(|(by, _)| counts(by)).map(|(_, amount)| amount).sum()
}

/// A payment without a number gets the next one of its account; recorded: payments by card are all number 1.
fn numbered(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let before = draft.before.and_then(|before| before.get("DocNumber").cloned());
    if let Some(before) = before {
        default(&mut draft.object, "DocNumber", before);
    }
    match account_of(&draft.object).map(str::to_owned) {
        Some(account) if draft.before.is_none() && !draft.object.contains_key("DocNumber") => {
            let by_check = text(&draft.object, "PayType") == Some("Check");
            let next =
                if by_check { numbering::next_check(draft.ledger, &account) } else { "1".into() };
            set(&mut draft.object, "DocNumber", next);
        }
        _ => {}
    }
    match check_number(&draft.object) {
        Some((pool, taken)) => {
            numbering::given(draft, pool, &taken, draft.switches.warn_duplicate_check_numbers)
        }
        None => Ok(()),
    }
}

fn linked(line: &Object) -> Result<Key, Fault> {
    let link = objects(line, "LinkedTxn").next().ok_or_else(|| Fault::missing("LinkedTxn"))?;
    let id = text(link, "TxnId").ok_or_else(|| Fault::missing("TxnId"))?;
    let kind = text(link, "TxnType").ok_or_else(|| Fault::missing("TxnType"))?;
    match open_item_kind(kind).filter(|_| LINKABLE.contains(&kind)) {
        Some(kind) => Ok(Key::new(kind, id)),
        None => Err(Fault::cannot_link(&format!(
            "a transaction of type {kind} cannot be paid by a bill payment."
        ))),
    }
}

fn settlement(line: &Object) -> Option<(Key, Decimal)> {
    let link = objects(line, "LinkedTxn").next()?;
    let kind = open_item_kind(text(link, "TxnType")?)?;
    Some((Key::new(kind, text(link, "TxnId")?), amount_or_zero(line, "Amount")))
}

/// Whether a stored line uses a credit of the vendor.
fn uses_credit(ledger: &Ledger, payment: &Object, line: &Object) -> bool {
    let vendor = reference(payment, "VendorRef").unwrap_or_default();
    settlement(line).is_some_and(|(key, _)| ledger.books.owed_in(&key, vendor) > Decimal::ZERO)
}

fn account_of(object: &Object) -> Option<&str> {
    ["CheckPayment.BankAccountRef.value", "CreditCardPayment.CCAccountRef.value"]
        .iter()
        .find_map(|path| member(object, path).and_then(Value::as_str))
}

/// Checks draw on the number space of their bank account.
pub(super) fn check_number(object: &Object) -> Option<(Pool, String)> {
    let number = text(object, "DocNumber").filter(|_| text(object, "PayType") == Some("Check"))?;
    Some((Pool::CheckNumbers, format!("{} {number}", account_of(object)?)))
}

/// Payables down under the vendor, bank or card up.
fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let payable = member(object, "APAccountRef.value")
        .and_then(Value::as_str)
        .map_or_else(|| account::system_account(ledger, "AccountsPayable"), str::to_owned);
    let vendor = member(object, "VendorRef.value").and_then(Value::as_str);
    let total = amount_or_zero(object, "TotalAmt");
    let mut legs = vec![
        payee::leg(ledger, &payable, total, vendor),
        Leg::credit(account_of(object).unwrap_or_default(), total),
    ];
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
