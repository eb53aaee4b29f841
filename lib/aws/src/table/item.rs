//! Stored items: how a value becomes an item, and what is refused when it is read back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::TenantId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;
use super::keys::{Key, PK, SK, partition};

/// The attributes of one item.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Names the version of an item's layout, in every item.
const SCHEMA: &str = "schema";

/// A value as an item under a key.
pub(super) fn encode<T: Serialize>(value: &T, key: Key) -> Item {
    let mut item: Item = serde_dynamo::to_item(value)
        .expect("what is stored are structs of texts, whole numbers, lists and structs");
    // Absent is absent: conditions can ask for it, and an item costs what it weighs.
    drop_nulls(&mut item);
    item.insert(PK.to_owned(), text(key.pk));
    item.insert(SK.to_owned(), text(key.sk));
    item
}

/// Reads a tenant's item back. `newest` is the newest layout that this code knows.
pub(super) fn decode<T: DeserializeOwned>(
    item: Item,
    tenant: &TenantId,
    newest: u32,
) -> Result<T, Error> {
    if text_of(&item, PK) != Some(partition(tenant).as_str()) {
        return Err(Error::Foreign { tenant: tenant.clone(), item: name_of(&item) });
    }
    decode_shared(item, newest)
}

/// Reads an item back that belongs to no tenant.
pub(super) fn decode_shared<T: DeserializeOwned>(item: Item, newest: u32) -> Result<T, Error> {
    let name = name_of(&item);
    match item.get(SCHEMA).and_then(|schema| schema.as_n().ok()?.parse::<u32>().ok()) {
        Some(schema) if schema > newest => return Err(Error::FromTheFuture { item: name, schema }),
        Some(_) => {}
        None => return Err(Error::Corrupt { item: name, source: "it has no schema".into() }),
    }
    serde_dynamo::from_item(item)
        .map_err(|source| Error::Corrupt { item: name, source: Box::new(source) })
}

/// A text attribute.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A text attribute of an item.
pub(super) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The primary key as attributes.
pub(super) fn key_item(key: Key) -> Item {
    HashMap::from([(PK.to_owned(), text(key.pk)), (SK.to_owned(), text(key.sk))])
}

/// What an error calls an item: its keys, which hold ids only.
fn name_of(item: &Item) -> String {
    format!("{} {}", text_of(item, PK).unwrap_or("?"), text_of(item, SK).unwrap_or("?"))
}

fn drop_nulls(item: &mut Item) {
    item.retain(|_, value| !value.is_null());
    item.values_mut().for_each(drop_nested_nulls);
}

fn drop_nested_nulls(value: &mut AttributeValue) {
    match value {
        AttributeValue::M(map) => drop_nulls(map),
        AttributeValue::L(list) => list.iter_mut().for_each(drop_nested_nulls),
        _ => {}
    }
}
