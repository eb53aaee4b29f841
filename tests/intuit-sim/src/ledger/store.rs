//! Storing what was decided: the object, its postings, and everything whose balance it moves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Key, Ledger, Sequence,
    open_items::{self, Settled},
};
use crate::{
    company::Company,
    entities::{EntityType, Kind, entity},
    json::{Object, text},
    schema::Shape,
};

/// Stores an object, posts it, and refreshes every open item and balance it touches.
pub(crate) fn commit(company: &mut Company, kind: Kind, object: Object, deleted: bool) {
    store(company, kind, vec![object], deleted);
}

/// Stores many new objects of a kind, as if one by one, but shows what they settle only once.
pub(crate) fn commit_all(company: &mut Company, kind: Kind, objects: Vec<Object>) {
    store(company, kind, objects, false);
}

fn store(company: &mut Company, kind: Kind, objects: Vec<Object>, deleted: bool) {
    let stamp = company.clock.stamp();
    let by = match kind {
        Kind::Deposit => Settled::ByDeposit,
        _ => Settled::ByPayment(company.switches.token_of_paid),
    };
    let ledger = &mut company.ledger;
    let entity = entity(kind);
    let mut touched: BTreeMap<Key, usize> = BTreeMap::new();
    for mut object in objects {
        let key = Key::new(kind, text(&object, "Id").unwrap_or_default());
        assign_address_ids(ledger, entity, &mut object);
        let (legs, applies) = if deleted {
            (Vec::new(), Vec::new())
        } else {
            ((entity.legs)(ledger, &object), (entity.applies)(&object))
        };
        ledger.put(kind, object, deleted);
        for item in ledger.reapply(&key, applies) {
            *touched.entry(item).or_default() += 1;
        }
        if entity.is_transaction() {
            ledger.post_directly(key, legs, &stamp);
        }
    }
    for (item, times) in touched {
        open_items::refresh(ledger, &item, by, times, &stamp);
    }
}

pub(super) fn address_members(entity: &EntityType) -> impl Iterator<Item = &'static str> {
    entity
        .members()
        .iter()
        .filter(|(_, member)| matches!(member.shape, Shape::Structure("addr")))
        .map(|(name, _)| *name)
}

fn assign_address_ids(ledger: &mut Ledger, entity: &EntityType, object: &mut Object) {
    for name in address_members(entity) {
        if let Some(Value::Object(address)) = object.get_mut(name)
            && !address.contains_key("Id")
        {
            address.insert("Id".to_owned(), json!(ledger.next_id(Sequence::Addresses)));
        }
    }
}
