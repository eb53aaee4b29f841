//! Bank deposits: money straight from accounts, and what was received into Undeposited Funds.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Draft, EntityType, Kind, TRANSACTION, Voidable, account, currency, entity, journal_entry,
    line_ids::LineIds, payee, settlement, tracking,
};
use crate::{
    api::Fault,
    json::{Object, amount, amount_or_zero, cents, number, objects, reference, set, text},
    ledger::{Key, Ledger, Leg},
};

pub(super) static DEPOSIT: EntityType = EntityType {
    kind: Kind::Deposit,
    name: "Deposit",
    table: TABLE,
    counted: true,
    prepare,
    legs,
    applies: |object| {
        let linked = objects(object, "Line").filter_map(|line| Some((line, link(line)?)));
        linked
            .filter_map(|(line, link)| Some((key(link).ok()?, amount_or_zero(line, "Amount"))))
            .collect()
    },
    void: Some(|object| {
        let mut lines = object.get("Line").and_then(Value::as_array).cloned().unwrap_or_default();
        lines.retain(|line| line.as_object().is_some_and(|line| link(line).is_none()));
        for line in &mut lines {
            line["Amount"] = json!(0);
        }
        set(object, "Line", Value::Array(lines));
        set(object, "TotalAmt", 0);
        object.remove("CashBack");
    }),
    voidable: Voidable::Nowhere,
    may_delete: |ledger, switches, object| {
        settlement::may_delete(Kind::Deposit, ledger, switches, object)
    },
    ..TRANSACTION
};

const TABLE: &str = "
TxnDate date q
DepositToAccountRef ref q need
Line [line] need
CashBack cashback
TotalAmt dec q ro
HomeTotalAmt dec ro
CurrencyRef ref keep
ExchangeRate dec
PrivateNote text:4000
DepartmentRef ref
TxnTaxDetail any
GlobalTaxCalculation enum:TaxExcluded|TaxInclusive|NotApplicable
TxnSource text
TransactionLocationType text
RecurDataRef ref ro
DepositEx any ro
";

const DETAIL: &str = "DepositLineDetail";

/// What a deposit can take out of Undeposited Funds.
const LINKABLE: [&str; 5] =
    ["Payment", "SalesReceipt", "JournalEntry", "RefundReceipt", "Transfer"];

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let account = draft
        .refer("DepositToAccountRef", Kind::Account)?
        .ok_or_else(|| Fault::missing("DepositToAccountRef"))?;
    account::of_type(account, "DepositToAccountRef", &["Bank", "Other Current Asset"])?;
    draft.dated();
    currency::settle(draft, None)?;
    tracking::of_transaction(draft)?;
    let total = lines(draft)? - cash_back(draft)?;
    if total < Decimal::ZERO {
        return Err(Fault::business("Transaction amount must be 0 or greater."));
    }
    set(&mut draft.object, "TotalAmt", number(total));
    set(&mut draft.object, "TxnTaxDetail", json!({}));
    settlement::keeps_names(draft, &legs(draft.ledger, &draft.object))
}

/// Checks every line and adds them up.
fn lines(draft: &mut Draft<'_>) -> Result<Decimal, Fault> {
    let sent: Vec<Object> = objects(&draft.object, "Line").cloned().collect();
    if sent.is_empty() {
        return Err(Fault::missing("Line"));
    }
    let mut ids = LineIds::new(draft.before, 1);
    let mut taken: Vec<(Key, String)> = Vec::new();
    let mut lines = Vec::new();
    let mut total = Decimal::ZERO;
    for mut line in sent {
        let value = cents(amount(&line, "Amount").ok_or_else(|| Fault::missing("Amount"))?);
        total += value;
        set(&mut line, "Amount", number(value));
        if let Some(link) = link(&line) {
            let funds = Funds::of(draft, link)?;
            if funds.amount != value {
                return Err(Fault::business(
                    "The amount of a deposit line must be the amount of the transaction it deposits.",
                ));
            }
            let taking = (funds.key.clone(), funds.line.clone());
            if taken.contains(&taking) {
                return Err(Fault::cannot_link("the transaction is on the deposit twice."));
            }
            taken.push(taking);
            lines.push(funds.shown(value));
        } else {
            direct(draft, &mut line)?;
            set(&mut line, "LineNum", lines.len() + 1);
            lines.push(ids.identified(line));
        }
    }
    set(&mut draft.object, "Line", Value::Array(lines));
    Ok(total)
}

/// Money that comes straight from an account.
fn direct(draft: &Draft<'_>, line: &mut Object) -> Result<(), Fault> {
    match text(line, "DetailType") {
        Some(DETAIL) | None => set(line, "DetailType", DETAIL),
        Some(other) => return Err(Fault::invalid_enumeration("DetailType", other)),
    }
    let mut detail =
        line.remove(DETAIL).and_then(|detail| detail.as_object().cloned()).unwrap_or_default();
    let account = tracking::refer(draft, &mut detail, "AccountRef", Kind::Account)?
        .ok_or_else(|| Fault::missing("AccountRef"))?;
    let from = match reference(&detail, "Entity").filter(|id| !id.is_empty()) {
        Some(id) => {
            let (named, kind, found) =
                payee::resolve(draft, "Entity", id, text(&detail, "Entity.type"))?;
            set(&mut detail, "Entity", payee::shown(named, kind, found));
            Some(kind)
        }
        None => {
            detail.remove("Entity");
            None
        }
    };
    payee::fits(account, from)?;
    tracking::refer(draft, &mut detail, "PaymentMethodRef", Kind::PaymentMethod)?;
    tracking::of_line(draft, &mut detail)?;
    set(line, DETAIL, Value::Object(detail));
    line.remove("LinkedTxn");
    Ok(())
}

fn cash_back(draft: &mut Draft<'_>) -> Result<Decimal, Fault> {
    let Some(mut back) = draft.object.get("CashBack").and_then(Value::as_object).cloned() else {
        return Ok(Decimal::ZERO);
    };
    let value = cents(amount(&back, "Amount").ok_or_else(|| Fault::missing("Amount"))?);
    if value < Decimal::ZERO {
        return Err(Fault::negative_amount());
    }
    tracking::refer(draft, &mut back, "AccountRef", Kind::Account)?
        .ok_or_else(|| Fault::missing("AccountRef"))?;
    set(&mut back, "Amount", number(value));
    set(&mut draft.object, "CashBack", Value::Object(back));
    Ok(value)
}

/// What a linked line takes out of Undeposited Funds.
struct Funds {
    key: Key,
    /// The line of a journal entry; `0` for everything else.
    line: String,
    amount: Decimal,
    kind: &'static str,
    method: Option<Value>,
}

impl Funds {
    fn of(draft: &Draft<'_>, link: &Object) -> Result<Self, Fault> {
        let key = key(link)?;
        let line = text(link, "TxnLineId").ok_or_else(|| Fault::missing("TxnLineId"))?.to_owned();
        let source = entity(key.kind).find(draft.ledger, key.id.as_str())?;
        let undeposited = account::system_account(draft.ledger, "UndepositedFunds");
        let amount = if key.kind == Kind::JournalEntry {
            objects(source, "Line")
                .filter(|candidate| text(candidate, "Id") == Some(&line))
                .filter_map(journal_entry::posted)
                .find(|(account, debit)| *account == undeposited && *debit > Decimal::ZERO)
                .map(|(_, debit)| debit)
        } else {
            (reference(source, "DepositToAccountRef") == Some(&undeposited))
                .then(|| amount_or_zero(source, "TotalAmt"))
        };
        let amount = amount.ok_or_else(|| {
            Fault::cannot_link("only what was received into Undeposited Funds can be deposited.")
        })?;
        let funds = Self {
            kind: entity(key.kind).name,
            method: source.get("PaymentMethodRef").cloned(),
            key,
            line,
            amount,
        };
        if funds.on_another_deposit(draft) {
            return Err(Fault::cannot_link("the transaction has been deposited already."));
        }
        Ok(funds)
    }

    fn on_another_deposit(&self, draft: &Draft<'_>) -> bool {
        let deposits = draft
            .ledger
            .applied_to(&self.key)
            .filter(|(by, _)| by.kind == Kind::Deposit && draft.id() != Some(by.id.as_str()));
        let mut objects_of =
            deposits.filter_map(|(by, _)| draft.ledger.get(by.kind, by.id.as_str()));
        objects_of.any(|deposit| {
            objects(deposit, "Line").filter_map(link).any(|link| {
                key(link).is_ok_and(|key| key == self.key)
                    && text(link, "TxnLineId") == Some(self.line.as_str())
            })
        })
    }

    /// Recorded: a linked line has no id of its own.
    fn shown(&self, value: Decimal) -> Value {
        let mut line = json!({
            "Amount": number(value),
            "LinkedTxn": [{"TxnId": self.key.id.as_str(), "TxnType": self.kind, "TxnLineId": self.line}]
        });
        if let Some(method) = &self.method {
            line[DETAIL] = json!({"PaymentMethodRef": method});
        }
        line
    }
}

fn link(line: &Object) -> Option<&Object> {
    objects(line, "LinkedTxn").next()
}

fn key(link: &Object) -> Result<Key, Fault> {
    let id = text(link, "TxnId").ok_or_else(|| Fault::missing("TxnId"))?;
    match text(link, "TxnType").ok_or_else(|| Fault::missing("TxnType"))? {
        "Payment" => Ok(Key::new(Kind::Payment, id)),
        "SalesReceipt" => Ok(Key::new(Kind::SalesReceipt, id)),
        "JournalEntry" => Ok(Key::new(Kind::JournalEntry, id)),
        kind if LINKABLE.contains(&kind) => Err(Fault::not_found()),
        kind => {
            Err(Fault::cannot_link(&format!("a transaction of type {kind} cannot be deposited.")))
        }
    }
}

/// What a payment or receipt shows once it is on a deposit, or off it again.
pub(super) fn shown_on(object: &mut Object, _: Decimal, links: Value) {
    if links.as_array().is_some_and(Vec::is_empty) {
        object.remove("LinkedTxn");
    } else {
        set(object, "LinkedTxn", links);
    }
}

fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let to = reference(object, "DepositToAccountRef").unwrap_or_default();
    let mut legs = vec![Leg::debit(to, amount_or_zero(object, "TotalAmt"))];
    if let Some(back) = object.get("CashBack").and_then(Value::as_object) {
        let account = reference(back, "AccountRef").unwrap_or_default();
        legs.push(Leg::debit(account, amount_or_zero(back, "Amount")));
    }
    let undeposited = account::system_account(ledger, "UndepositedFunds");
    for line in objects(object, "Line") {
        let value = amount_or_zero(line, "Amount");
        if link(line).is_some() {
            legs.push(Leg::credit(&undeposited, value));
        } else if let Some(detail) = line.get(DETAIL).and_then(Value::as_object) {
            let account = reference(detail, "AccountRef").unwrap_or_default();
            legs.push(payee::leg(ledger, account, -value, reference(detail, "Entity")));
        }
    }
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
