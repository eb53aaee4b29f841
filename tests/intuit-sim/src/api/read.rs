//! Reading objects, stored and derived, and marking them as e-mailed.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::Fault;
use crate::{
    company::Company,
    entities::EntityType,
    json::{Object, member, set, text},
    ledger::commit,
    webhooks::What,
};

/// One object by id; a company's own objects answer to `1` and to the realm id.
pub(super) fn by_id(company: &Company, entity: &EntityType, id: &str) -> Result<Object, Fault> {
    match entity.derived {
        Some(derived) if id == "1" || id == company.realm || id.is_empty() => Ok(derived(company)),
        Some(_) => Err(Fault::not_found()),
        None => entity.find(&company.ledger, id).cloned(),
    }
}

/// Every live object of an entity.
pub(super) fn all<'a>(company: &'a Company, entity: &EntityType) -> Vec<Cow<'a, Object>> {
    match entity.derived {
        Some(derived) => vec![Cow::Owned(derived(company))],
        None => company.ledger.all(entity.kind).map(Cow::Borrowed).collect(),
    }
}

/// Marks a form as e-mailed; nothing is sent anywhere.
pub(super) fn sent(
    company: &mut Company,
    entity: &EntityType,
    id: &str,
    to: Option<&str>,
) -> Result<Object, Fault> {
    let mut object = entity.find(&company.ledger, id)?.clone();
    if let Some(address) = to {
        set(&mut object, "BillEmail", json!({"Address": address}));
    }
    if member(&object, "BillEmail.Address").and_then(Value::as_str).is_none() {
        return Err(Fault::email_missing());
    }
    let stamp = company.clock.stamp();
    let token: u64 =
        text(&object, "SyncToken").and_then(|token| token.parse().ok()).unwrap_or_default();
    set(&mut object, "SyncToken", (token + 1).to_string());
    set(&mut object, "EmailStatus", "EmailSent");
    set(&mut object, "DeliveryInfo", json!({"DeliveryType": "Email", "DeliveryTime": stamp}));
    if let Some(Value::Object(meta)) = object.get_mut("MetaData") {
        set(meta, "LastUpdatedTime", stamp.as_str());
    }
    commit(company, entity.kind, object.clone(), false);
    company.ledger.changes.note(entity.kind, id, What::Emailed);
    Ok(object)
}
