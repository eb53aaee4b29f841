//! What a person can do with an entry of a list: give it another name, merge it into another, make it inactive.

use askama::Template;

use super::{Frame, actions::Choice, links, own};
use crate::{
    company::Company,
    entities::{Kind, Listing, entity, entity_named},
    json::{Object, flag, text},
};

/// The forms, on a page of their own or on that of a name.
#[derive(Template)]
#[template(path = "entry_actions.html")]
pub(super) struct EntryActions {
    /// Where the forms go, with the deed behind it.
    address: String,
    name: String,
    is_active: bool,
    /// Nothing writes employees here; they only merge.
    can_rename: bool,
    others: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "entry.html")]
pub(super) struct EntryPage {
    frame: Frame,
    name: String,
    kind: &'static str,
    register: String,
    actions: EntryActions,
}

/// The page of an entry that has no documents of its own to show.
pub(super) fn page(company: &Company, kind: &str, id: &str) -> Option<EntryPage> {
    let entity = entity_named(kind)?;
    let object = company.ledger.get(entity.kind, id)?;
    let actions = EntryActions::of(company, entity.kind, object)?;
    Some(EntryPage {
        frame: Frame::of(company),
        name: full_name(entity.kind, object),
        kind: what(entity.kind),
        register: match entity.kind {
            Kind::Account => links::register(id, &company.realm),
            _ => String::new(),
        },
        actions,
    })
}

/// What people call the kind.
fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Department => "Location",
        Kind::Item => "Product or service",
        Kind::PaymentMethod => "Payment method",
        _ => entity(kind).name,
    }
}

impl EntryActions {
    pub(super) fn of(company: &Company, kind: Kind, object: &Object) -> Option<Self> {
        let Listing::ByName(name) = entity(kind).listing else { return None };
        let id = text(object, "Id")?;
        Some(Self {
            address: format!("/app/{}/do/{}/{id}", company.realm, entity(kind).name.to_lowercase()),
            name: own(object, name),
            is_active: flag(object, "Active") != Some(false),
            can_rename: kind != Kind::Employee,
            others: if kind == Kind::Term { Vec::new() } else { others(company, kind, object) },
        })
    }
}

/// What an entry can become part of: active ones of its kind, and of its type where types differ.
fn others(company: &Company, kind: Kind, object: &Object) -> Vec<Choice> {
    let decides = match kind {
        Kind::Account => "AccountType",
        _ => "Type",
    };
    let of_one_type = |other: &&Object| {
        kind == Kind::PaymentMethod || text(other, decides) == text(object, decides)
    };
    let mut others: Vec<Choice> = company
        .ledger
        .all(kind)
        .filter(|other| text(other, "Id") != text(object, "Id"))
        .filter(|other| flag(other, "Active") != Some(false))
        .filter(of_one_type)
        .map(|other| Choice { id: own(other, "Id"), name: full_name(kind, other) })
        .collect();
    others.sort_by_key(|choice| choice.name.to_lowercase());
    others
}

/// The name with those above it.
pub(super) fn full_name(kind: Kind, object: &Object) -> String {
    let Listing::ByName(name) = entity(kind).listing else { return String::new() };
    text(object, "FullyQualifiedName").or(text(object, name)).unwrap_or_default().to_owned()
}
