//! Paying what is open, and putting what was received on a deposit or taking it off.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Subject, by_hand,
    edit::{account, decimal},
};
use crate::{
    company::Company,
    control::Refusal,
    entities::{Kind, account::system_account, entity},
    json::{Object, amount_or_zero, number, objects, text},
    ledger::{Key, Write},
};

/// How to pay or deposit; everything is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    /// All that is open when absent.
    amount: Option<Value>,
    /// By id or full name; Checking when absent.
    account: Option<String>,
    date: Option<String>,
    number: Option<String>,
}

impl Terms {
    fn of(order: &Value) -> Result<Self, Refusal> {
        serde_json::from_value(order.clone()).map_err(|error| Refusal::Bad(error.to_string()))
    }

    fn bank(&self, company: &Company) -> Result<String, Refusal> {
        match &self.account {
            Some(named) => account(company, named),
            None => match system_account(&company.ledger, "Checking") {
                id if id.is_empty() => Err(Refusal::Bad("name an account".to_owned())),
                id => Ok(id),
            },
        }
    }
}

/// Pays a bill or an invoice, in full or in part.
pub(super) fn pay(
    company: &mut Company,
    subject: &Subject,
    order: &Value,
) -> Result<Value, Refusal> {
    let terms = Terms::of(order)?;
    let bank = terms.bank(company)?;
    let amount = match &terms.amount {
        Some(amount) => decimal(amount)?,
        None => amount_or_zero(&subject.object, "Balance"),
    };
    let amount = number(amount);
    let line = json!({"Amount": amount, "LinkedTxn": [{"TxnId": subject.id, "TxnType": subject.entity.name}]});
    let mut payment = json!({"TotalAmt": amount, "TxnDate": terms.date, "Line": [line]});
    let kind = match subject.entity.kind {
        Kind::Bill => {
            let is_card = company
                .ledger
                .get(Kind::Account, &bank)
                .is_some_and(|account| text(account, "AccountType") == Some("Credit Card"));
            payment["VendorRef"] = subject.object["VendorRef"].clone();
            payment["DocNumber"] = json!(terms.number);
            if is_card {
                payment["PayType"] = json!("CreditCard");
                payment["CreditCardPayment"] = json!({"CCAccountRef": {"value": bank}});
            } else {
                payment["PayType"] = json!("Check");
                payment["CheckPayment"] = json!({"BankAccountRef": {"value": bank}});
            }
            Kind::BillPayment
        }
        Kind::Invoice => {
            payment["CustomerRef"] = subject.object["CustomerRef"].clone();
            payment["PaymentRefNum"] = json!(terms.number);
            if terms.account.is_some() {
                payment["DepositToAccountRef"] = json!({"value": bank});
            }
            Kind::Payment
        }
        _ => return Err(Refusal::Bad(format!("nobody can pay a {}", subject.entity.name))),
    };
    by_hand(company, entity(kind), Write::Save, object(payment), false)
}

/// Takes what was received to the bank, on a deposit of its own.
pub(super) fn deposit(
    company: &mut Company,
    subject: &Subject,
    order: &Value,
) -> Result<Value, Refusal> {
    let terms = Terms::of(order)?;
    let bank = terms.bank(company)?;
    let deposit = json!({
        "DepositToAccountRef": {"value": bank}, "TxnDate": terms.date,
        "Line": [{"Amount": subject.object.get("TotalAmt"), "LinkedTxn": [{"TxnId": subject.id, "TxnType": subject.entity.name, "TxnLineId": "0"}]}]
    });
    by_hand(company, entity(Kind::Deposit), Write::Save, object(deposit), false)
}

/// Takes what was received off its deposit; a deposit of nothing else goes away.
pub(super) fn undeposit(company: &mut Company, subject: &Subject) -> Result<Value, Refusal> {
    let key = Key::new(subject.entity.kind, &subject.id);
    let deposit = company
        .ledger
        .applied_to(&key)
        .find(|(by, _)| by.kind == Kind::Deposit)
        .and_then(|(by, _)| company.ledger.get(by.kind, by.id.as_str()))
        .cloned()
        .ok_or_else(|| Refusal::Bad("it is on no deposit".to_owned()))?;
    let is_it = |line: &&Object| {
        objects(line, "LinkedTxn").any(|link| {
            text(link, "TxnId") == Some(&subject.id)
                && text(link, "TxnType") == Some(subject.entity.name)
        })
    };
    let rest: Vec<&Object> = objects(&deposit, "Line").filter(|line| !is_it(line)).collect();
    let mut changed = json!({"Id": deposit["Id"]});
    let operation = if rest.is_empty() {
        Write::Delete
    } else {
        changed["Line"] = json!(rest);
        changed["CashBack"] = json!(deposit.get("CashBack"));
        Write::Save
    };
    by_hand(company, entity(Kind::Deposit), operation, object(changed), false)
}

fn object(value: Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}
