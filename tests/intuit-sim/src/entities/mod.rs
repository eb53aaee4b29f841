//! Every entity: one row here, its rules in its own file.
//!
//! A row says how the entity is named, what may be done with it, where its ids come from, and
//! points at the functions that prepare a write, post it and say what it settles.

pub(crate) mod account;
mod applying;
mod bill;
mod bill_payment;
mod company_info;
mod credit_memo;
pub(crate) mod currency;
mod customer;
mod deposit;
mod draft;
mod expense_lines;
pub(crate) mod inactivation;
mod invoice;
mod item;
mod journal_entry;
mod kind;
mod line_ids;
mod lists;
pub(crate) mod names;
pub(crate) mod numbering;
mod payable_form;
mod payee;
mod payment;
mod preferences;
mod purchase;
mod sales_form;
mod sales_lines;
mod sales_receipt;
mod sales_tax;
mod settlement;
mod tracking;
mod vendor;
mod vendor_credit;

use std::{collections::BTreeMap, sync::LazyLock};

pub(crate) use draft::{Draft, reference_to};
pub(crate) use kind::Kind;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{
    api::Fault,
    company::Company,
    json::Object,
    ledger::{Author, Key, Ledger, Leg, Pool, Sequence, Write},
    schema::{self, Members},
    switches::{Policy, Switches},
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

/// Where a void is known to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voidable {
    /// In the API's documentation.
    Documented,
    /// In QuickBooks' own screens, as its webhooks tell; in the API only by a switch.
    OnScreens,
    /// Nowhere; in the API only by a switch.
    Nowhere,
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
    /// Which open items the object settles, or moves to a bank.
    pub(crate) applies: fn(&Object) -> Vec<(Key, Decimal)>,
    pub(crate) void: Option<fn(&mut Object)>,
    pub(crate) voidable: Voidable,
    pub(crate) may_delete: fn(&Ledger, &Switches, &Object) -> Result<(), Fault>,
    /// What a `LinkedTxn` that leads to the object calls it, when that is not the entity's name.
    pub(crate) link_type: Option<fn(&Object) -> &'static str>,
    /// Shows what others settle of the object: how much, and their links.
    pub(crate) settled: Option<fn(&mut Object, Decimal, Value)>,
    /// Completes a settling object from which settlement was taken.
    pub(crate) released: fn(&Ledger, &mut Object),
    /// Whether a change is refused while the object is on a deposit; `None` for what never is on one.
    pub(crate) frozen: Option<fn(&Object, &Object) -> bool>,
    /// What QuickBooks does by itself after a create.
    pub(crate) follow_up: Option<fn(&mut Company, &Object)>,
    /// Not part of the smaller editions.
    pub(crate) tracking: bool,
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
    voidable: Voidable::Documented,
    may_delete: |_, _, _| Ok(()),
    link_type: None,
    settled: None,
    released: |_, _| {},
    frozen: None,
    follow_up: None,
    tracking: false,
    derived: None,
};

const LIST: EntityType = EntityType {
    actions: &[Action::Read, Action::Query, Action::Create, Action::Update],
    listing: Listing::ByName("Name"),
    ..READ_ONLY
};

const TRANSACTION: EntityType = EntityType {
    actions: &[Action::Read, Action::Query, Action::Create, Action::Update, Action::Delete],
    sequence: Some(Sequence::Transactions),
    listing: Listing::Recent,
    ..READ_ONLY
};

/// A transaction that customers get by e-mail.
const SENT: EntityType = EntityType {
    actions: &[
        Action::Read,
        Action::Query,
        Action::Create,
        Action::Update,
        Action::Delete,
        Action::Send,
    ],
    ..TRANSACTION
};

/// All entities; the order is that of [`Kind`].
pub(crate) static ENTITIES: [&EntityType; Kind::COUNT] = [
    &account::ACCOUNT,
    &bill::BILL,
    &bill_payment::BILL_PAYMENT,
    &tracking::CLASS,
    &company_info::COMPANY_INFO,
    &credit_memo::CREDIT_MEMO,
    &customer::CUSTOMER,
    &tracking::DEPARTMENT,
    &deposit::DEPOSIT,
    &lists::EMPLOYEE,
    &invoice::INVOICE,
    &item::ITEM,
    &journal_entry::JOURNAL_ENTRY,
    &payment::PAYMENT,
    &lists::PAYMENT_METHOD,
    &preferences::PREFERENCES,
    &purchase::PURCHASE,
    &sales_receipt::SALES_RECEIPT,
    &lists::TAX_AGENCY,
    &lists::TAX_CODE,
    &lists::TAX_RATE,
    &lists::TERM,
    &vendor::VENDOR,
    &vendor_credit::VENDOR_CREDIT,
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

    /// The name under which a `LinkedTxn` leads to an object.
    pub(crate) fn link_type(&self, object: &Object) -> &'static str {
        self.link_type.map_or(self.name, |name| name(object))
    }

    /// Refuses what the company's edition lacks.
    pub(crate) fn offered(&self, edition: &str) -> Result<(), Fault> {
        let tracks = ["Plus", "Advanced", "Accountant", "Enterprise"];
        if self.tracking && !tracks.iter().any(|larger| edition.contains(larger)) {
            return Err(Fault::feature_not_supported(edition));
        }
        Ok(())
    }

    pub(crate) fn allows(
        &self,
        operation: Write,
        sent: &Object,
        switches: &Switches,
        author: Author,
    ) -> bool {
        let wanted = match operation {
            Write::Save
                if sent.get("Id").and_then(|id| id.as_str()).is_some_and(|id| !id.is_empty()) =>
            {
                Action::Update
            }
            Write::Save => Action::Create,
            Write::Delete => Action::Delete,
            Write::Void => return self.void.is_some() && self.may_void(switches, author),
        };
        self.actions.contains(&wanted)
    }

    fn may_void(&self, switches: &Switches, author: Author) -> bool {
        match self.voidable {
            Voidable::Documented => true,
            Voidable::OnScreens if author == Author::Person => true,
            Voidable::OnScreens | Voidable::Nowhere => switches.undocumented_void == Policy::Accept,
        }
    }

    /// An object by id, with the fault that QuickBooks gives when it is not there.
    pub(crate) fn find<'a>(&self, ledger: &'a Ledger, id: &str) -> Result<&'a Object, Fault> {
        match ledger.stored(self.kind, id) {
            Some(stored) if !stored.deleted => Ok(&stored.body),
            Some(_) if self.is_transaction() => Err(Fault::deleted_transaction()),
            Some(_) => Err(Fault::not_found()),
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
