//! Payments of bills: posted and shown, not yet written by callers.

use rust_decimal::Decimal;
use serde_json::Value;

use super::{Action, EntityType, Kind, TRANSACTION, account, payee};
use crate::{
    json::{Object, amount_or_zero, member, objects, text},
    ledger::{Key, Ledger, Leg, Pool, open_item_kind},
};

pub(super) static BILL_PAYMENT: EntityType = EntityType {
    kind: Kind::BillPayment,
    name: "BillPayment",
    table: TABLE,
    actions: &[Action::Read, Action::Query],
    counted: true,
    index: |object| check_number(object).into_iter().collect(),
    legs,
    applies: |object| objects(object, "Line").filter_map(settlement).collect(),
    // Recorded: bills call every payment this, even one by card.
    link_type: Some(|_| "BillPaymentCheck"),
    ..TRANSACTION
};

const TABLE: &str = "
DocNumber text:21 q
TxnDate date q
VendorRef ref q need
PayType enum:Check|CreditCard q need
CheckPayment any
CreditCardPayment any
TotalAmt dec q need
Line [line] need
APAccountRef ref
CurrencyRef ref keep
ExchangeRate dec
PrivateNote text:4000
DepartmentRef ref
ProcessBillPayment bool
";

fn settlement(line: &Object) -> Option<(Key, Decimal)> {
    let link = objects(line, "LinkedTxn").next()?;
    let kind = open_item_kind(text(link, "TxnType")?)?;
    Some((Key::new(kind, text(link, "TxnId")?), amount_or_zero(line, "Amount")))
}

fn account_of(object: &Object) -> Option<&str> {
    ["CheckPayment.BankAccountRef.value", "CreditCardPayment.CCAccountRef.value"]
        .iter()
        .find_map(|path| member(object, path).and_then(Value::as_str))
}

/// Checks draw on the number space of their bank account.
fn check_number(object: &Object) -> Option<(Pool, String)> {
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
