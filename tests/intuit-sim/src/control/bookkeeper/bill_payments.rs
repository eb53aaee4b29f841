//! Entering and changing a bill payment as its screen does, and entering thousands of them at once.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Subject, by_hand,
    edit::{account, decimal},
    settle,
};
use crate::{
    company::Company,
    control::Refusal,
    entities::{Kind, account::system_account, entity},
    json::{Object, amount_or_zero, number, set, text},
    ledger::{Key, Write, commit_all},
    webhooks::What,
};

/// More than any test of a window of changes needs.
const MOST_AT_ONCE: usize = 10_000;

/// What the screen asks for; a change of a payment leaves out what it leaves alone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    vendor: Option<String>,
    pay_type: Option<PayType>,
    /// By id or full name; Checking or the credit card account when absent.
    account: Option<String>,
    number: Option<String>,
    date: Option<String>,
    memo: Option<String>,
    lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum PayType {
    Check,
    CreditCard,
}

/// One open document and how much of it; all that is open when no amount is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    bill: Option<String>,
    vendor_credit: Option<String>,
    journal_entry: Option<String>,
    deposit: Option<String>,
    amount: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    bill: String,
    count: usize,
    amount: Value,
}

/// Enters a payment of bills, less credits.
pub(super) fn enter(company: &mut Company, order: &Value) -> Result<Value, Refusal> {
    let entry = Entry::of(order)?;
    let vendor = entry.vendor.clone().ok_or_else(|| Refusal::Bad("name a vendor".to_owned()))?;
    let payment = entry.payment(company, &vendor, None)?;
    by_hand(company, entity(Kind::BillPayment), Write::Save, payment, false)
}

/// The sparse update that changes which documents a payment pays.
pub(super) fn changed(
    company: &Company,
    subject: &Subject,
    order: &Value,
) -> Result<Object, Refusal> {
    let entry = Entry::of(order)?;
    let vendor = text(&subject.object, "VendorRef.value").unwrap_or_default();
    if entry.vendor.as_deref().is_some_and(|named| named != vendor) {
        return Err(Refusal::Bad("the vendor of a payment stays".to_owned()));
    }
    let mut changed =
        entry.payment(company, vendor, Some(&Key::new(Kind::BillPayment, &subject.id)))?;
    set(&mut changed, "Id", subject.id.as_str());
    if entry.pay_type.is_none() && entry.account.is_none() {
        for member in ["PayType", "CheckPayment", "CreditCardPayment"] {
            changed.remove(member);
        }
    }
    Ok(changed)
}

/// Pays one bill many times, each time the same amount; answers which ids the payments got.
pub(in crate::control) fn repeat(company: &mut Company, order: &Value) -> Result<Value, Refusal> {
    let order: Repeat =
        serde_json::from_value(order.clone()).map_err(|error| Refusal::Bad(error.to_string()))?;
    let bill = company.ledger.get(Kind::Bill, &order.bill).cloned().ok_or(Refusal::NotFound)?;
    let amount = decimal(&order.amount)?;
    if order.count == 0 || order.count > MOST_AT_ONCE {
        return Err(Refusal::Bad(format!("count is between 1 and {MOST_AT_ONCE}")));
    }
    if amount <= Decimal::ZERO
        || amount * Decimal::from(order.count) > amount_or_zero(&bill, "Balance")
    {
        return Err(Refusal::Bad("the bill is not open for so much".to_owned()));
    }
    let noted = company.ledger.changes.count();
    let subject = Subject { entity: entity(Kind::Bill), id: order.bill.clone(), object: bill };
    // The first goes the usual way, which checks everything that could be wrong with all of them.
    let first = settle::pay(company, &subject, &json!({"amount": number(amount)}))?;
    let first = first["BillPayment"].as_object().cloned().unwrap_or_default();
    let numbered: u64 =
        text(&first, "DocNumber").and_then(|number| number.parse().ok()).unwrap_or_default();
    let mut payments = Vec::new();
    for (_, number) in (1..order.count).zip(numbered + 1..) {
        let mut payment = first.clone();
        let id = company.ledger.next_id(crate::ledger::Sequence::Transactions);
        company.ledger.changes.note(Kind::BillPayment, &id, What::Created);
        set(&mut payment, "Id", id);
        set(&mut payment, "DocNumber", number.to_string());
        payments.push(payment);
    }
    let last = payments.last().unwrap_or(&first).get("Id").cloned();
    commit_all(company, Kind::BillPayment, payments);
    company.ledger.changes.settle(noted);
    let left = company.ledger.get(Kind::Bill, &order.bill).and_then(|bill| bill.get("Balance"));
    Ok(
        json!({"bill": order.bill, "count": order.count, "first": first["Id"], "last": last, "balance": left}),
    )
}

impl Entry {
    fn of(order: &Value) -> Result<Self, Refusal> {
        serde_json::from_value(order.clone()).map_err(|error| Refusal::Bad(error.to_string()))
    }

    /// The payment in QuickBooks' own shape, be it new or instead of the one that is changed.
    fn payment(
        &self,
        company: &Company,
        vendor: &str,
        changed: Option<&Key>,
    ) -> Result<Object, Refusal> {
        let mut lines = Vec::new();
        let mut total = Decimal::ZERO;
        for line in &self.lines {
            let (kind, id) = line.document()?;
            let key = Key::new(kind, id);
            let amount = match &line.amount {
                Some(amount) => decimal(amount)?,
                None => company.ledger.open_for(&key, vendor, changed),
            };
            let owed = company.ledger.books.owed_in(&key, vendor);
            total += if owed > Decimal::ZERO { -amount } else { amount };
            lines.push(json!({"Amount": number(amount), "LinkedTxn": [{"TxnId": id, "TxnType": entity(kind).name}]}));
        }
        let mut payment = Object::new();
        set(&mut payment, "VendorRef", json!({"value": vendor}));
        set(&mut payment, "TotalAmt", number(total));
        set(&mut payment, "Line", lines);
        for (member, value) in
            [("DocNumber", &self.number), ("TxnDate", &self.date), ("PrivateNote", &self.memo)]
        {
            if let Some(value) = value {
                set(&mut payment, member, value.as_str());
            }
        }
        self.pay_from(company, total, &mut payment)?;
        Ok(payment)
    }

    /// A payment that only uses credits needs no account.
    fn pay_from(
        &self,
        company: &Company,
        total: Decimal,
        payment: &mut Object,
    ) -> Result<(), Refusal> {
        let named = self.account.as_deref().map(|named| account(company, named)).transpose()?;
        let pay_type = match (self.pay_type, &named) {
            (Some(pay_type), _) => pay_type,
            (None, Some(account)) if is_card(company, account) => PayType::CreditCard,
            (None, _) => PayType::Check,
        };
        let usual = match pay_type {
            PayType::Check => system_account(&company.ledger, "Checking"),
            PayType::CreditCard => system_account(&company.ledger, "CreditCard"),
        };
        match named {
            Some(account) => paid_from(payment, pay_type, &account),
            None if total.is_zero() => set(payment, "PayType", pay_type.name()),
            None if usual.is_empty() => return Err(Refusal::Bad("name an account".to_owned())),
            None => paid_from(payment, pay_type, &usual),
        }
        Ok(())
    }
}

/// Lets an account pay, by check or by card as its type says.
pub(super) fn pay_from_account(company: &Company, payment: &mut Object, account: &str) {
    let pay_type = if is_card(company, account) { PayType::CreditCard } else { PayType::Check };
    paid_from(payment, pay_type, account);
}

fn paid_from(payment: &mut Object, pay_type: PayType, account: &str) {
    let (name, member) = match pay_type {
        PayType::Check => ("CheckPayment", "BankAccountRef"),
        PayType::CreditCard => ("CreditCardPayment", "CCAccountRef"),
    };
    set(payment, "PayType", pay_type.name());
    set(payment, name, json!({member: {"value": account}}));
}

fn is_card(company: &Company, account: &str) -> bool {
    let found = company.ledger.get(Kind::Account, account);
    found.is_some_and(|account| text(account, "AccountType") == Some("Credit Card"))
}

impl PayType {
    fn name(self) -> &'static str {
        match self {
            Self::Check => "Check",
            Self::CreditCard => "CreditCard",
        }
    }
}

impl Line {
    fn document(&self) -> Result<(Kind, &str), Refusal> {
        let named = [
            (Kind::Bill, &self.bill),
            (Kind::VendorCredit, &self.vendor_credit),
            (Kind::JournalEntry, &self.journal_entry),
            (Kind::Deposit, &self.deposit),
        ];
        let mut named = named.into_iter().filter_map(|(kind, id)| Some((kind, id.as_deref()?)));
        match (named.next(), named.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(Refusal::Bad("a line names one document".to_owned())),
        }
    }
}
