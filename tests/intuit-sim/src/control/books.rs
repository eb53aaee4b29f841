//! The books in few words: every account's balance, and what each document posts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Refusal;
use crate::{
    call::Call,
    company::Company,
    entities::{Kind, entity, entity_named, numbering::is_voided},
    json::{Object, text},
    ledger::{Key, Leg, ObjectId},
};

/// Balances by account, and the documents behind `after` with their postings and what they come to.
///
/// Amounts are text with two decimals, debits positive; accounts without a balance are left out.
pub(super) fn all(company: &Company, call: &Call) -> Result<Value, Refusal> {
    let after: u64 = match call.parameter("after") {
        Some(id) => id.parse().map_err(|_| Refusal::Bad("after is an id".to_owned()))?,
        None => 0,
    };
    let dates = (call.parameter("from"), call.parameter("to"));
    let mut effect: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut documents = Vec::new();
    for (key, object) in transactions(company) {
        let date = text(object, "TxnDate").unwrap_or_default();
        let wanted = key.id.number().is_some_and(|id| id > after)
            && dates.0.is_none_or(|from| date >= from)
            && dates.1.is_none_or(|to| date <= to);
        if wanted {
            for leg in company.ledger.books.legs(&key) {
                *effect.entry(name(company, &leg.account)).or_default() += leg.amount;
            }
            documents.push(document(company, &key, object));
        }
    }
    let mut total = Decimal::ZERO;
    let mut balances: BTreeMap<String, Decimal> = BTreeMap::new();
    for account in company.ledger.all(Kind::Account) {
        let id = ObjectId::from(text(account, "Id").unwrap_or_default());
        let balance = company.ledger.books.account_balance(&id);
        total += balance;
        balances.insert(name(company, &id), balance);
    }
    Ok(
        json!({"balances": shown(balances), "total": money(total), "effect": shown(effect), "documents": documents}),
    )
}

/// One document with its postings.
pub(super) fn one(company: &Company, named: &str, id: &str) -> Result<Value, Refusal> {
    let kind = entity_named(named).ok_or(Refusal::NotFound)?.kind;
    let object = company.ledger.get(kind, id).ok_or(Refusal::NotFound)?;
    Ok(document(company, &Key::new(kind, id), object))
}

fn transactions(company: &Company) -> Vec<(Key, &Object)> {
    let kinds = crate::entities::ENTITIES.iter().filter(|entity| entity.is_transaction());
    let mut found: Vec<(Key, &Object)> = kinds
        .flat_map(|entity| company.ledger.all(entity.kind).map(|object| (entity.kind, object)))
        .map(|(kind, object)| (Key::new(kind, text(object, "Id").unwrap_or_default()), object))
        .collect();
    found.sort_by(|one, other| one.0.id.cmp(&other.0.id));
    found
}

fn document(company: &Company, key: &Key, object: &Object) -> Value {
    let postings: Vec<Value> =
        company.ledger.books.legs(key).iter().map(|leg| posting(company, leg)).collect();
    json!({
        "entity": entity(key.kind).name, "id": key.id.as_str(), "number": object.get("DocNumber"), "date": object.get("TxnDate"),
        "voided": is_voided(object), "postings": postings
    })
}

fn posting(company: &Company, leg: &Leg) -> Value {
    let side = if leg.amount > Decimal::ZERO { "debit" } else { "credit" };
    let mut posting = json!({"account": name(company, &leg.account), "account_id": leg.account.as_str(), side: money(leg.amount.abs())});
    if let Some(of) = &leg.name {
        posting["name"] = json!(named(company, of));
    }
    posting
}

fn named(company: &Company, id: &ObjectId) -> String {
    [Kind::Customer, Kind::Vendor, Kind::Employee]
        .into_iter()
        .find_map(|kind| text(company.ledger.get(kind, id.as_str())?, "DisplayName"))
        .unwrap_or_default()
        .to_owned()
}

fn name(company: &Company, account: &ObjectId) -> String {
    let found = company.ledger.get(Kind::Account, account.as_str());
    found
        .and_then(|account| text(account, "FullyQualifiedName"))
        .unwrap_or_else(|| account.as_str())
        .to_owned()
}

fn shown(sums: BTreeMap<String, Decimal>) -> Value {
    let moved = sums.into_iter().filter(|(_, sum)| !sum.is_zero());
    moved.map(|(name, sum)| (name, json!(money(sum)))).collect::<Object>().into()
}

fn money(value: Decimal) -> String {
    format!("{value:.2}")
}
