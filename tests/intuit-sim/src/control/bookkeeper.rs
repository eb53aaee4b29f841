//! What a bookkeeper does in QuickBooks' own screens: no token, no journal entry, and no need to know the SyncToken.
//!
//! The control API and the buttons of the pages come here alike.

mod bill_payments;
mod edit;
mod settle;

pub(super) use bill_payments::repeat as repeat_bill_payments;
use serde_json::{Value, json};

use super::Refusal;
use crate::{
    call::Call,
    company::Company,
    entities::{EntityType, Kind, Listing, entity_named, names},
    json::{Object, set, text},
    ledger::{Author, Options, Write, merge, write},
};

/// The address of one document or list entry, and who looks at it.
pub(super) struct Subject {
    entity: &'static EntityType,
    id: String,
    object: Object,
}

/// A write with a body of QuickBooks' own shape; an update is sparse unless it says otherwise.
pub(super) fn written(
    company: &mut Company,
    entity: &str,
    call: &Call,
    body: &Value,
) -> Result<Value, Refusal> {
    let entity = entity_named(entity).ok_or(Refusal::NotFound)?;
    let object: Object = body
        .as_object()
        .cloned()
        .ok_or_else(|| Refusal::Bad("the body must be an object".to_owned()))?;
    let operation = match call.parameter("operation") {
        Some("delete") => Write::Delete,
        Some("void") => Write::Void,
        Some("update") if call.includes("void") => Write::Void,
        Some("create" | "update") | None => Write::Save,
        Some(other) => return Err(Refusal::Bad(format!("unknown operation {other}"))),
    };
    let unlinks = call.parameter("unlink") == Some("true");
    by_hand(company, entity, operation, object, unlinks)
}

/// One of the things that the screens have a button for; answers the object that was written.
pub(crate) fn done(
    company: &mut Company,
    entity: &str,
    id: &str,
    deed: &str,
    order: &Value,
) -> Result<Value, Refusal> {
    let entity = entity_named(entity).ok_or(Refusal::NotFound)?;
    let object = company.ledger.get(entity.kind, id).cloned().ok_or(Refusal::NotFound)?;
    let subject = Subject { entity, id: id.to_owned(), object };
    let unlinks = matches!(order["unlink"], Value::Bool(true));
    let is_list = matches!(entity.listing, Listing::ByName(_));
    match deed {
        "edit" if entity.kind == Kind::BillPayment && order.get("lines").is_some() => {
            let changed = bill_payments::changed(company, &subject, order)?;
            by_hand(company, entity, Write::Save, changed, false)
        }
        "delete" => by_hand(company, entity, Write::Delete, subject.addressed(), unlinks),
        "void" => by_hand(company, entity, Write::Void, subject.addressed(), false),
        "edit" => {
            let changed = edit::changed(company, &subject, order)?;
            by_hand(company, entity, Write::Save, changed, false)
        }
        "pay" => settle::pay(company, &subject, order),
        "deposit" => settle::deposit(company, &subject, order),
        "undeposit" => settle::undeposit(company, &subject),
        "inactivate" | "reactivate" if is_list => {
            let mut changed = subject.addressed();
            set(&mut changed, "Active", deed == "reactivate");
            by_hand(company, entity, Write::Save, changed, false)
        }
        "rename" if is_list => {
            let name = named(order, "name")?;
            let mut changed = subject.addressed();
            set(&mut changed, names::name_member(entity.kind), name);
            by_hand(company, entity, Write::Save, changed, false)
        }
        "merge" if is_list => {
            let merged = merge(company, entity.kind, &subject.id, named(order, "into")?)
                .map_err(|fault| Refusal::Fault(Box::new(fault)))?;
            Ok(json!({entity.name: merged}))
        }
        _ => Err(Refusal::Bad(format!("nobody can {deed} a {}", entity.name))),
    }
}

/// Enters a document on a screen of its own.
pub(crate) fn entered(
    company: &mut Company,
    entity: &str,
    order: &Value,
) -> Result<Value, Refusal> {
    match entity_named(entity).map(|entity| entity.kind) {
        Some(Kind::BillPayment) => bill_payments::enter(company, order),
        _ => Err(Refusal::NotFound),
    }
}

fn named<'a>(order: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    order[name].as_str().ok_or_else(|| Refusal::Bad(format!("{name} is missing")))
}

impl Subject {
    fn addressed(&self) -> Object {
        let mut addressed = Object::new();
        set(&mut addressed, "Id", self.id.as_str());
        // The API wants these on every update, sparse ones too.
        for (name, _) in self.entity.members().iter().filter(|(_, member)| member.sent) {
            if let Some(value) = self.object.get(*name) {
                set(&mut addressed, name, value.clone());
            }
        }
        addressed
    }
}

fn by_hand(
    company: &mut Company,
    entity: &EntityType,
    operation: Write,
    mut object: Object,
    unlinks: bool,
) -> Result<Value, Refusal> {
    if let Some(current) = text(&object, "Id")
        .and_then(|id| company.ledger.get(entity.kind, id))
        .and_then(|stored| text(stored, "SyncToken"))
        .map(str::to_owned)
    {
        object.entry("SyncToken").or_insert_with(|| json!(current));
        object.entry("sparse").or_insert(Value::Bool(true));
    }
    let options =
        Options { author: Author::Person, allow_duplicate_number: true, unlinks, id: None };
    let saved = write(company, entity.kind, operation, &object, &options)
        .map_err(|fault| Refusal::Fault(Box::new(fault)))?;
    Ok(json!({entity.name: saved}))
}
