//! A write in preparation: the object to be, and what its rules may look at.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Kind, entity};
use crate::{
    api::Fault,
    company::{Company, Profile},
    json::{Object, flag, reference, text},
    ledger::{Key, Ledger, Leg, Options, Pool},
    schema::Members,
    switches::{InactiveReference, Switches},
};

/// The object as it would be stored, with everything that decides whether it may be.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) kind: Kind,
    pub(crate) object: Object,
    pub(crate) before: Option<&'a Object>,
    pub(crate) ledger: &'a Ledger,
    pub(crate) switches: &'a Switches,
    pub(crate) profile: &'a Profile,
    pub(crate) today: Date,
    pub(crate) options: &'a Options,
    /// Set when settlements beyond this sum must be taken off before the object can be stored.
    pub(crate) released: Option<Decimal>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(
        company: &'a Company,
        kind: Kind,
        object: Object,
        before: Option<&'a Object>,
        options: &'a Options,
    ) -> Self {
        Self {
            kind,
            object,
            before,
            ledger: &company.ledger,
            switches: &company.switches,
            profile: &company.profile,
            today: company.clock.today(),
            options,
            released: None,
        }
    }

    pub(crate) fn id(&self) -> Option<&str> {
        text(&self.object, "Id")
    }

    /// Refuses an object that lacks a required member.
    pub(crate) fn require(&self, members: &Members) -> Result<(), Fault> {
        let missing = members
            .iter()
            .find(|(name, member)| member.required && !self.object.contains_key(**name));
        missing.map_or(Ok(()), |(name, _)| Err(Fault::missing(name)))
    }

    /// The object that a top-level reference names; completes the reference's name.
    pub(crate) fn refer(&mut self, member: &str, kind: Kind) -> Result<Option<&'a Object>, Fault> {
        let Some(id) = reference(&self.object, member).map(str::to_owned) else {
            self.object.remove(member);
            return Ok(None);
        };
        let found = self.resolve(member, &id, kind)?;
        self.object.insert(member.to_owned(), reference_to(kind, found));
        Ok(Some(found))
    }

    /// The active object with an id; an inactive one only where the stored object already refers to it.
    pub(crate) fn resolve(&self, member: &str, id: &str, kind: Kind) -> Result<&'a Object, Fault> {
        let table = format!("{}s", entity(kind).name);
        let found = self
            .ledger
            .get(kind, id)
            .ok_or_else(|| Fault::invalid_reference(&table, id).with_element(member))?;
        let active = flag(found, "Active").unwrap_or(true);
        if active
            || self.before.is_some_and(|before| {
                before.iter().any(|(name, value)| mentions(name, value, member, id))
            })
        {
            return Ok(found);
        }
        Err(match self.switches.inactive_reference_code {
            InactiveReference::ObjectNotFound => Fault::not_found(),
            InactiveReference::InvalidReference => {
                Fault::inactive_reference(&table, id).with_element(member)
            }
        })
    }

    /// Refuses a name that another object of the pool has.
    pub(crate) fn unique(&self, pool: Pool, name: &str, owners: &str) -> Result<(), Fault> {
        match self.ledger.holder(pool, name, self.id()) {
            Some(_) => Err(Fault::duplicate_name(owners)),
            None => Ok(()),
        }
    }

    /// Whether legs would owe any name another sum than what is posted.
    pub(crate) fn moves_names(&self, key: &Key, legs: &[Leg]) -> bool {
        let named = |legs: &mut dyn Iterator<Item = (String, Decimal)>| {
            let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
            for (name, amount) in legs {
                *sums.entry(name).or_default() += amount;
            }
            sums
        };
        let mut posted = self
            .ledger
            .books
            .names_in(key)
            .map(|(name, amount)| (name.as_str().to_owned(), amount));
        let mut drafted = legs
            .iter()
            .filter_map(|leg| Some((leg.name.as_ref()?.as_str().to_owned(), leg.amount)));
        named(&mut posted) != named(&mut drafted)
    }

    /// The transaction's date, today when absent.
    pub(crate) fn dated(&mut self) -> Date {
        let date =
            text(&self.object, "TxnDate").and_then(|date| date.parse().ok()).unwrap_or(self.today);
        self.object.insert("TxnDate".to_owned(), json!(date.to_string()));
        date
    }
}

/// A reference as answers show it: the leaf name for names and items, the full one for accounts.
pub(crate) fn reference_to(kind: Kind, object: &Object) -> Value {
    let name = match kind {
        Kind::Account => text(object, "FullyQualifiedName"),
        Kind::Customer | Kind::Vendor | Kind::Employee => text(object, "DisplayName"),
        _ => text(object, "Name"),
    };
    json!({"value": text(object, "Id"), "name": name})
}

fn mentions(name: &str, value: &Value, member: &str, id: &str) -> bool {
    match value {
        Value::Object(object) => {
            (name == member && object.get("value").and_then(Value::as_str) == Some(id))
                || object.iter().any(|(name, value)| mentions(name, value, member, id))
        }
        Value::Array(values) => values.iter().any(|value| mentions(name, value, member, id)),
        _ => false,
    }
}
