//! What a test does to one company.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Refusal, body};
use crate::{
    call::Call,
    company::Company,
    entities::{Kind, entity, entity_named},
    json::{Object, number, text},
    ledger::ObjectId,
    webhooks::What,
    world::{World, locked},
};

/// A company has one set of preferences.
const PREFERENCES_ID: &str = "1";

pub(super) fn list(world: &World) -> Value {
    let companies: Vec<Value> = world
        .companies()
        .iter()
        .map(|company| {
            let company = locked(company);
            json!({"realm_id": company.realm, "name": company.profile.name, "country": company.profile.country, "edition": company.profile.edition})
        })
        .collect();
    json!({"companies": companies})
}

pub(super) fn create(world: &World, call: &Call) -> Result<Value, Refusal> {
    let profile =
        serde_json::from_value(body(call)?).map_err(|error| Refusal::Bad(error.to_string()))?;
    Ok(json!({"realm_id": world.create_company(profile)}))
}

pub(super) fn switches(company: &Company) -> Value {
    serde_json::to_value(&company.switches).unwrap_or_default()
}

/// Changes the named switches and leaves the others.
pub(crate) fn change_switches(company: &mut Company, changes: &Value) -> Result<Value, Refusal> {
    let mut all = switches(company);
    for (name, value) in changes.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    let preferences = preferences(company);
    company.switches =
        serde_json::from_value(all).map_err(|error| Refusal::Bad(error.to_string()))?;
    if preferences != self::preferences(company) {
        company.ledger.changes.note(Kind::Preferences, PREFERENCES_ID, What::Updated);
    }
    Ok(switches(company))
}

fn preferences(company: &Company) -> Option<Object> {
    entity(Kind::Preferences).derived.map(|derived| derived(company))
}

pub(super) fn clock(company: &Company) -> Value {
    json!({"now": company.clock.now().to_string(), "local": company.clock.stamp(), "today": company.clock.today().to_string()})
}

pub(crate) fn move_clock(company: &mut Company, order: &Value) -> Result<Value, Refusal> {
    match (order["advance_seconds"].as_i64(), order["set"].as_str()) {
        (Some(seconds), None) => company.clock.advance(seconds),
        (None, Some(instant)) => {
            company.clock.set(instant.parse().map_err(|error| Refusal::Bad(format!("{error}")))?)
        }
        _ => return Err(Refusal::Bad("give either advance_seconds or set".to_owned())),
    }
    Ok(clock(company))
}

pub(super) fn trial_balance(company: &Company) -> Value {
    let mut debits = Decimal::ZERO;
    let mut credits = Decimal::ZERO;
    let mut accounts = Vec::new();
    for account in company.ledger.all(Kind::Account) {
        let balance = company
            .ledger
            .books
            .account_balance(&ObjectId::from(text(account, "Id").unwrap_or_default()));
        let (debit, credit) = if balance > Decimal::ZERO {
            (balance, Decimal::ZERO)
        } else {
            (Decimal::ZERO, -balance)
        };
        debits += debit;
        credits += credit;
        accounts.push(json!({"id": account["Id"], "name": account["FullyQualifiedName"], "type": account["AccountType"], "debit": number(debit), "credit": number(credit)}));
    }
    json!({"accounts": accounts, "total_debit": number(debits), "total_credit": number(credits), "difference": number(debits - credits)})
}

/// Every object of an entity, deleted ones with `status` "Deleted".
pub(super) fn objects(company: &Company, entity: &str) -> Result<Value, Refusal> {
    let entity = entity_named(entity).ok_or(Refusal::NotFound)?;
    let objects: Vec<Value> = company
        .ledger
        .raw(entity.kind)
        .map(|stored| Value::Object((*stored.body).clone()))
        .collect();
    Ok(json!({"objects": objects}))
}
