//! Every entity: one row here, its rules in its own file.
//!
//! A row says how the entity is named, what may be done with it, where its ids come from, and
//! points at the functions that prepare a write, post it and say what it settles.

pub(crate) mod account;
mod company_info;
pub(crate) mod currency;
mod customer;
mod draft;
pub(crate) mod inactivation;
mod invoice;
mod item;
mod kind;
mod lists;
pub(crate) mod names;
pub(crate) mod numbering;
mod payment;
mod preferences;
mod sales_lines;
mod sales_tax;

use std::{collections::BTreeMap, sync::LazyLock};

pub(crate) use draft::{Draft, reference_to};
pub(crate) use kind::Kind;
use rust_decimal::Decimal;

use crate::{
    api::Fault,
    company::Company,
    json::Object,
    ledger::{Key, Ledger, Leg, Pool, Sequence, Write},
    schema::{self, Members},
    switches::Switches,
};

/// What the API offers for an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Read,
    Query,
    Create,
    Update,
    Delete,
    Send,
}

/// How a query sorts when it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// A list: by this name, and only active rows.
    ByName(&'static str),
    /// A transaction: latest change first.
    Recent,
    /// A single object or an untouched list.
    ById,
}

/// One row of the registry.
pub(crate) struct EntityType {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) table: &'static str,
    pub(crate) actions: &'static [Action],
    pub(crate) sequence: Option<Sequence>,
    pub(crate) listing: Listing,
    /// Query answers carry `totalCount`.
    pub(crate) counted: bool,
    /// `DocNumber` comes from, and advances, the shared sequence of sales forms.
    pub(crate) numbered: bool,
    /// Checks and completes what a create or update would store.
    pub(crate) prepare: fn(&mut Draft<'_>) -> Result<(), Fault>,
    /// The names and numbers that the object occupies.
    pub(crate) index: fn(&Object) -> Vec<(Pool, String)>,
    /// What the object posts; adds up to zero.
    pub(crate) legs: fn(&Ledger, &Object) -> Vec<Leg>,
    /// Which open items the object settles.
    pub(crate) applies: fn(&Object) -> Vec<(Key, Decimal)>,
    pub(crate) void: Option<fn(&mut Object)>,
    pub(crate) may_delete: fn(&Ledger, &Switches, &Object) -> Result<(), Fault>,
    /// Objects that are not stored but derived from the company.
    pub(crate) derived: Option<fn(&Company) -> Object>,
}

/// A list that only the seed fills.
const READ_ONLY: EntityType = EntityType {
    kind: Kind::CompanyInfo,
    name: "",
    table: "",
    actions: &[Action::Read, Action::Query],
    sequence: None,
    listing: Listing::ById,
    counted: false,
    numbered: false,
    prepare: |_| Ok(()),
    index: |_| Vec::new(),
    legs: |_, _| Vec::new(),
    applies: |_| Vec::new(),
    void: None,
    may_delete: |_, _, _| Ok(()),
    derived: None,
};

const LIST: EntityType = EntityType {
    actions: &[Action::Read, Action::Query, Action::Create, Action::Update],
    listing: Listing::ByName("Name"),
    ..READ_ONLY
};

const TRANSACTION: EntityType = EntityType {
    actions: &[
        Action::Read,
        Action::Query,
        Action::Create,
        Action::Update,
        Action::Delete,
        Action::Send,
    ],
    sequence: Some(Sequence::Transactions),
    listing: Listing::Recent,
    ..READ_ONLY
};

/// All entities; the order is that of [`Kind`].
pub(crate) static ENTITIES: [&EntityType; Kind::COUNT] = [
    &account::ACCOUNT,
    &company_info::COMPANY_INFO,
    &customer::CUSTOMER,
    &lists::EMPLOYEE,
    &invoice::INVOICE,
    &item::ITEM,
    &payment::PAYMENT,
    &lists::PAYMENT_METHOD,
    &preferences::PREFERENCES,
    &lists::TAX_AGENCY,
    &lists::TAX_CODE,
    &lists::TAX_RATE,
    &lists::TERM,
    &lists::VENDOR,
];

static MEMBERS: LazyLock<BTreeMap<Kind, Members>> = LazyLock::new(|| {
    ENTITIES.iter().map(|entity| (entity.kind, schema::members(entity.table))).collect()
});

/// The row of a kind.
pub(crate) fn entity(kind: Kind) -> &'static EntityType {
    ENTITIES[kind as usize]
}

/// The entity with this name in a query or batch item; names ignore case there.
pub(crate) fn entity_named(name: &str) -> Option<&'static EntityType> {
    ENTITIES.iter().copied().find(|entity| entity.name.eq_ignore_ascii_case(name))
}

/// The entity under `/v3/company/{realm}/`, where only lower case is known.
pub(crate) fn entity_at(path: &str) -> Option<&'static EntityType> {
    entity_named(path).filter(|_| !path.contains(|character: char| character.is_ascii_uppercase()))
}

impl EntityType {
    pub(crate) fn members(&self) -> &'static Members {
        &MEMBERS[&self.kind]
    }

    pub(crate) fn is_transaction(&self) -> bool {
        self.sequence == Some(Sequence::Transactions)
    }

    pub(crate) fn allows(&self, operation: Write, sent: &Object) -> bool {
        let wanted = match operation {
            Write::Save
                if sent.get("Id").and_then(|id| id.as_str()).is_some_and(|id| !id.is_empty()) =>
            {
                Action::Update
            }
            Write::Save => Action::Create,
            Write::Delete => Action::Delete,
            Write::Void => return self.void.is_some(),
        };
        self.actions.contains(&wanted)
    }

    /// An object by id, with the fault that QuickBooks gives when it is not there.
    pub(crate) fn find<'a>(&self, ledger: &'a Ledger, id: &str) -> Result<&'a Object, Fault> {
        match ledger.stored(self.kind, id) {
            Some(stored) if !stored.deleted => Ok(&stored.body),
            Some(_) => Err(Fault::deleted_transaction()),
            None if self.sequence.is_some() && id.parse::<i64>().is_err() => {
                Err(Fault::invalid_id(id))
            }
            None => Err(Fault::not_found()),
        }
    }
}

impl std::fmt::Debug for EntityType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
