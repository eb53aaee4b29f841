//! Names inside references follow the object they refer to.

use std::sync::Arc;

use serde_json::Value;

use super::{Key, Ledger};
use crate::{
    entities::{Kind, reference_to},
    json::Object,
};

/// The members through which stored objects refer to a kind by a name that can change.
fn members(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Customer => &["CustomerRef", "EntityRef", "Entity"],
        Kind::Vendor => &["VendorRef", "EntityRef", "Entity", "PrefVendorRef"],
        Kind::Employee => &["EmployeeRef", "EntityRef", "Entity"],
        Kind::Class => &["ClassRef"],
        Kind::Department => &["DepartmentRef"],
        Kind::Item => &["ItemRef"],
        Kind::PaymentMethod => &["PaymentMethodRef"],
        Kind::Term => &["SalesTermRef", "TermRef"],
        Kind::Account => &[
            "ItemAccountRef",
            "IncomeAccountRef",
            "ExpenseAccountRef",
            "AssetAccountRef",
            "DepositToAccountRef",
            "DiscountAccountRef",
            "AccountRef",
            "APAccountRef",
            "ARAccountRef",
            "BankAccountRef",
            "CCAccountRef",
            "TaxTrackedOnSalesAccountRef",
        ],
        _ => &[],
    }
}

/// Shows an object's new name wherever it is referred to; no SyncToken moves by this.
pub(super) fn rename(ledger: &mut Ledger, kind: Kind, id: &str, renamed: &Object) {
    let (members, new) = (members(kind), reference_to(kind, renamed));
    for stored in ledger.objects.values_mut().flat_map(|objects| objects.values_mut()) {
        if refers(&stored.body, members, id) {
            replace(Arc::make_mut(&mut stored.body), members, &new);
        }
    }
}

/// Every live object that refers to `old`, as it reads once it refers to another one instead.
pub(super) fn redirected(
    ledger: &Ledger,
    kind: Kind,
    old: &str,
    other: &Object,
) -> Vec<(Key, Object)> {
    let (members, new) = (members(kind), reference_to(kind, other));
    let mut redirected = Vec::new();
    for (kind, objects) in &ledger.objects {
        for (id, stored) in objects.iter().filter(|(_, stored)| !stored.deleted) {
            if refers(&stored.body, members, old) {
                let mut object = (*stored.body).clone();
                redirect(&mut object, members, old, &new);
                redirected.push((Key { kind: *kind, id: id.clone() }, object));
            }
        }
    }
    redirected
}

/// Whether an object of a call needs another one, as its party, in a line, or as what it settles.
pub(crate) fn needs(object: &Object, kind: Kind, id: &str) -> bool {
    let members = members(kind);
    // What nothing refers to by its name is a transaction.
    if members.is_empty() { settles(object, id) } else { refers(object, members, id) }
}

/// Whether it is linked to a transaction; all kinds of them share their ids.
fn settles(object: &Object, id: &str) -> bool {
    let within = |value: &Value| match value {
        Value::Object(inner) => settles(inner, id),
        Value::Array(values) => {
            values.iter().filter_map(Value::as_object).any(|inner| settles(inner, id))
        }
        _ => false,
    };
    object.get("TxnId").and_then(Value::as_str) == Some(id) || object.values().any(within)
}

fn redirect(object: &mut Object, members: &[&str], old: &str, new: &Value) {
    for (name, value) in object.iter_mut() {
        match value {
            Value::Object(inner) => {
                if members.contains(&name.as_str()) && names_it(inner, old) {
                    inner.insert("value".to_owned(), new["value"].clone());
                    if let Some(name) = inner.get_mut("name") {
                        *name = new["name"].clone();
                    }
                }
                redirect(inner, members, old, new);
            }
            Value::Array(values) => values
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(|inner| redirect(inner, members, old, new)),
            _ => {}
        }
    }
}

fn refers(object: &Object, members: &[&str], id: &str) -> bool {
    object.iter().any(|(name, value)| match value {
        Value::Object(inner) => {
            (members.contains(&name.as_str()) && names_it(inner, id)) || refers(inner, members, id)
        }
        Value::Array(values) => {
            values.iter().filter_map(Value::as_object).any(|inner| refers(inner, members, id))
        }
        _ => false,
    })
}

fn replace(object: &mut Object, members: &[&str], new: &Value) {
    for (name, value) in object.iter_mut() {
        let is_it = members.contains(&name.as_str()) && value.get("value") == new.get("value");
        match value {
            // A defaulted reference carries no name and keeps carrying none.
            Value::Object(inner) if is_it && inner.contains_key("name") => {
                inner.insert("name".to_owned(), new["name"].clone());
            }
            Value::Object(inner) => replace(inner, members, new),
            Value::Array(values) => values
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(|inner| replace(inner, members, new)),
            _ => {}
        }
    }
}

fn names_it(reference: &Object, id: &str) -> bool {
    reference.get("value").and_then(Value::as_str) == Some(id)
}
