//! Merging one list entry into another, as only a person can: the one disappears, and all that named it names the other.

use rust_decimal::Decimal;
use serde_json::Value;

use super::{Key, Leg, ObjectId, references};
use crate::{
    api::Fault,
    company::Company,
    entities::{EntityType, Kind, account, entity},
    json::{Object, flag, reference, set, text},
};

const MERGEABLE: [Kind; 8] = [
    Kind::Account,
    Kind::Class,
    Kind::Customer,
    Kind::Department,
    Kind::Employee,
    Kind::Item,
    Kind::PaymentMethod,
    Kind::Vendor,
];

/// Merges `loser` into `survivor` and returns the survivor.
///
/// No transaction's SyncToken or time moves by this; whether the service moves them is not documented.
pub(crate) fn merge(
    company: &mut Company,
    kind: Kind,
    loser: &str,
    survivor: &str,
) -> Result<Object, Fault> {
    may_merge(company, entity(kind), loser, survivor)?;
    let noted = company.ledger.changes.count();
    let into = entity(kind).find(&company.ledger, survivor)?.clone();
    let changed = references::redirected(&company.ledger, kind, loser, &into);
    let touched: Vec<Key> = changed.iter().map(|(key, _)| key.clone()).collect();
    for (key, object) in changed {
        company.ledger.put(key.kind, object, false);
    }
    repost(company, kind, &touched, loser, survivor);
    bury(company, kind, loser);
    let stamp = company.clock.stamp();
    company.ledger.amend(kind, survivor, |object| {
        if let Some(Value::Object(meta)) = object.get_mut("MetaData") {
            set(meta, "LastUpdatedTime", stamp);
        }
    });
    company.ledger.changes.merged(kind, survivor, loser);
    company.ledger.changes.settle(noted);
    entity(kind).find(&company.ledger, survivor).cloned()
}

fn may_merge(
    company: &Company,
    entity: &EntityType,
    loser: &str,
    survivor: &str,
) -> Result<(), Fault> {
    let ledger = &company.ledger;
    if !MERGEABLE.contains(&entity.kind) {
        return Err(Fault::unsupported("merge"));
    }
    let from = entity.find(ledger, loser)?;
    let into = entity.find(ledger, survivor)?;
    let same = |member: &str| text(from, member) == text(into, member);
    let refusal = if loser == survivor {
        Some("Nothing can be merged into itself.")
    } else if flag(into, "Active") == Some(false) {
        Some("What it is merged into is inactive.")
    } else if reference(from, "CurrencyRef") != reference(into, "CurrencyRef") {
        Some("Both must have the same currency.")
    } else if ledger.all(entity.kind).any(|other| reference(other, "ParentRef") == Some(loser)) {
        Some("Move what is below it first.")
    } else {
        match entity.kind {
            Kind::Account if !same("AccountType") => Some("Both accounts must be of one type."),
            Kind::Account if account::is_of_system(ledger, loser) => {
                Some("This account is used by QuickBooks and cannot be merged.")
            }
            Kind::Item if !same("Type") => Some("Both items must be of one type."),
            Kind::Item if matches!(text(from, "Type"), Some("Inventory" | "Category")) => {
                Some("Inventory items and categories cannot be merged.")
            }
            _ => None,
        }
    };
    refusal.map_or(Ok(()), |refusal| Err(Fault::business(refusal)))
}

/// Moves what was posted on or under the loser; an item's documents post what they would have posted with the other.
fn repost(company: &mut Company, kind: Kind, touched: &[Key], loser: &str, survivor: &str) {
    let (from, into) = (ObjectId::from(loser), ObjectId::from(survivor));
    let ledger = &mut company.ledger;
    let moved = |leg: &Leg| {
        let mut leg = leg.clone();
        match kind {
            Kind::Account if leg.account == from => leg.account = into.clone(),
            Kind::Customer | Kind::Vendor if leg.name.as_ref() == Some(&from) => {
                leg.name = Some(into.clone());
            }
            _ => {}
        }
        leg
    };
    let mut postings: Vec<(Key, Vec<Leg>)> = Vec::new();
    if kind == Kind::Item {
        let documents = touched.iter().filter(|key| entity(key.kind).is_transaction());
        postings.extend(documents.filter_map(|key| {
            let object = ledger.get(key.kind, key.id.as_str())?;
            Some((key.clone(), (entity(key.kind).legs)(ledger, object)))
        }));
    } else {
        let all = ledger.books.postings();
        postings.extend(all.map(|(key, legs)| (key.clone(), legs.iter().map(moved).collect())));
    }
    postings.retain(|(key, legs)| ledger.books.legs(key) != legs.as_slice());
    let stamp = company.clock.stamp();
    for (key, legs) in postings {
        debug_assert!(legs.iter().map(|leg| leg.amount).sum::<Decimal>().is_zero());
        ledger.post_directly(key, legs, &stamp);
    }
}

/// Leaves a tombstone, as a deletion of a document does.
fn bury(company: &mut Company, kind: Kind, loser: &str) {
    let stamp = company.clock.stamp();
    let Some(mut object) = company.ledger.get(kind, loser).cloned() else { return };
    super::open_items::touch(&mut object, &stamp);
    set(&mut object, "status", "Deleted");
    company.ledger.put(kind, object, true);
}
