//! Editing a document's note, date, number, amount and accounts without writing its lines out.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Subject, bill_payments::pay_from_account};
use crate::{
    company::Company,
    control::Refusal,
    entities::Kind,
    json::{Object, amount_or_zero, number, objects, parse_decimal, set, text},
    ledger::{Key, open_item_kind},
};

/// What to change; everything is optional.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    memo: Option<String>,
    date: Option<String>,
    number: Option<String>,
    /// Of the line, or of the whole payment.
    amount: Option<Value>,
    /// The account of the line.
    account: Option<String>,
    /// The account that the money comes from or goes to.
    bank: Option<String>,
    /// Counted from one.
    line: Option<usize>,
}

/// The sparse update that an edit comes to.
pub(super) fn changed(
    company: &Company,
    subject: &Subject,
    order: &Value,
) -> Result<Object, Refusal> {
    let edit: Edit =
        serde_json::from_value(order.clone()).map_err(|error| Refusal::Bad(error.to_string()))?;
    let kind = subject.entity.kind;
    let mut changed = subject.addressed();
    let number_member = if kind == Kind::Payment { "PaymentRefNum" } else { "DocNumber" };
    for (member, value) in
        [("PrivateNote", &edit.memo), ("TxnDate", &edit.date), (number_member, &edit.number)]
    {
        if let Some(value) = value {
            set(&mut changed, member, value.as_str());
        }
    }
    if let Some(bank) = &edit.bank {
        let bank = account(company, bank)?;
        if kind == Kind::BillPayment {
            pay_from_account(company, &mut changed, &bank);
        } else {
            set(&mut changed, bank_member(kind)?, json!({"value": bank}));
        }
    }
    let amount = edit.amount.as_ref().map(decimal).transpose()?;
    if let (Some(amount), Kind::Payment) = (amount, kind) {
        set(&mut changed, "TotalAmt", number(amount));
        return Ok(changed);
    }
    if let (Some(amount), Kind::BillPayment) = (amount, kind) {
        let total = paid_instead(company, subject, edit.line.unwrap_or(1), amount);
        set(&mut changed, "TotalAmt", number(total));
    }
    if amount.is_some() || edit.account.is_some() {
        let account = edit.account.as_deref().map(|named| account(company, named)).transpose()?;
        let lines = lines(subject, edit.line.unwrap_or(1), amount, account)?;
        set(&mut changed, "Line", Value::Array(lines));
        // A linked line is kept by its amount and link alone, but cash back only by being sent again.
        if let Some(back) = subject.object.get("CashBack") {
            set(&mut changed, "CashBack", back.clone());
        }
    }
    Ok(changed)
}

/// What a bill payment comes to once another amount of one of its lines is paid, or of a credit is used.
fn paid_instead(company: &Company, subject: &Subject, place: usize, amount: Decimal) -> Decimal {
    let total = amount_or_zero(&subject.object, "TotalAmt");
    let Some(line) = place.checked_sub(1).and_then(|at| objects(&subject.object, "Line").nth(at))
    else {
        return total;
    };
    let more = amount - amount_or_zero(line, "Amount");
    let vendor = text(&subject.object, "VendorRef.value").unwrap_or_default();
    let is_credit = objects(line, "LinkedTxn").next().is_some_and(|link| {
        let kind = text(link, "TxnType").and_then(open_item_kind);
        kind.zip(text(link, "TxnId")).is_some_and(|(kind, id)| {
            company.ledger.books.owed_in(&Key::new(kind, id), vendor) > Decimal::ZERO
        })
    });
    if is_credit { total - more } else { total + more }
}

fn bank_member(kind: Kind) -> Result<&'static str, Refusal> {
    match kind {
        Kind::Purchase => Ok("AccountRef"),
        Kind::Deposit | Kind::SalesReceipt | Kind::Payment => Ok("DepositToAccountRef"),
        Kind::Bill => Ok("APAccountRef"),
        _ => Err(Refusal::Bad("this document has no account of its own".to_owned())),
    }
}

fn lines(
    subject: &Subject,
    place: usize,
    amount: Option<Decimal>,
    account: Option<String>,
) -> Result<Vec<Value>, Refusal> {
    let mut lines: Vec<Object> = objects(&subject.object, "Line")
        .filter(|line| text(line, "DetailType") != Some("SubTotalLineDetail"))
        .cloned()
        .collect();
    let both_sides = subject.entity.kind == Kind::JournalEntry && amount.is_some();
    if both_sides && lines.len() != 2 {
        return Err(Refusal::Bad("write the lines of an entry with more than two out".to_owned()));
    }
    let edited = place.checked_sub(1).filter(|place| *place < lines.len()).ok_or_else(|| {
        Refusal::Bad(format!("the document has {} lines, none is {place}", lines.len()))
    })?;
    for (index, line) in lines.iter_mut().enumerate() {
        if let Some(amount) = amount.filter(|_| both_sides || index == edited) {
            priced(line, amount);
        }
        if let Some(account) = account.as_deref().filter(|_| index == edited) {
            booked(line, account)?;
        }
    }
    Ok(lines.into_iter().map(Value::Object).collect())
}

/// Gives a line an amount; a quantity and a price would have to agree with it.
fn priced(line: &mut Object, amount: Decimal) {
    set(line, "Amount", number(amount));
    for name in ["SalesItemLineDetail", "ItemBasedExpenseLineDetail"] {
        if let Some(Value::Object(detail)) = line.get_mut(name) {
            detail.remove("Qty");
            detail.remove("UnitPrice");
        }
    }
}

fn booked(line: &mut Object, account: &str) -> Result<(), Refusal> {
    for name in ["AccountBasedExpenseLineDetail", "DepositLineDetail", "JournalEntryLineDetail"] {
        if let Some(Value::Object(detail)) = line.get_mut(name)
            && detail.contains_key("AccountRef")
        {
            set(detail, "AccountRef", json!({"value": account}));
            return Ok(());
        }
    }
    Err(Refusal::Bad("the line has no account of its own".to_owned()))
}

/// An account by its id or its full name.
pub(super) fn account(company: &Company, named: &str) -> Result<String, Refusal> {
    let is_it = |account: &&Object| {
        text(account, "Id") == Some(named)
            || text(account, "FullyQualifiedName")
                .is_some_and(|full| full.eq_ignore_ascii_case(named))
    };
    company
        .ledger
        .all(Kind::Account)
        .find(is_it)
        .and_then(|account| text(account, "Id"))
        .map(str::to_owned)
        .ok_or_else(|| Refusal::Bad(format!("there is no account {named}")))
}

/// An amount, as a number or as text; QuickBooks' own rules say whether it may be negative.
pub(super) fn decimal(value: &Value) -> Result<Decimal, Refusal> {
    let text = value.as_str().map_or_else(|| value.to_string(), |text| text.replace(',', ""));
    parse_decimal(text.trim()).ok_or_else(|| Refusal::Bad(format!("{value} is not an amount")))
}
