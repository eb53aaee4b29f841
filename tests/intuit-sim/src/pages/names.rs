//! Pages of customers and vendors.

use askama::Template;
use rust_decimal::Decimal;

use super::{
    Frame,
    documents::{self, Row},
    entries::EntryActions,
    links,
    money::shown,
};
use crate::{
    company::Company,
    entities::Kind,
    json::{Object, amount_or_zero, flag, objects, reference, text},
};

/// One customer or vendor in the list.
struct NameRow {
    name: String,
    href: String,
    email: String,
    balance: String,
    active: bool,
}

#[derive(Template)]
#[template(path = "names.html")]
pub(super) struct NamesPage {
    frame: Frame,
    title: &'static str,
    owes: &'static str,
    names: Vec<NameRow>,
    total: String,
}

#[derive(Template)]
#[template(path = "name.html")]
pub(super) struct NamePage {
    frame: Frame,
    owes: &'static str,
    name: NameRow,
    /// Where a vendor is paid.
    screen: String,
    rows: Vec<Row>,
    actions: EntryActions,
}

/// All customers or vendors, by name.
pub(super) fn list(company: &Company, kind: Kind) -> NamesPage {
    let mut found: Vec<&Object> = company.ledger.all(kind).collect();
    found.sort_by_key(|object| full_name(object).to_lowercase());
    let total: Decimal = found.iter().map(|object| amount_or_zero(object, "Balance")).sum();
    let (title, owes) = titles(kind);
    NamesPage {
        frame: Frame::of(company),
        title,
        owes,
        names: found.into_iter().map(|object| row(company, kind, object)).collect(),
        total: shown(total),
    }
}

/// One customer or vendor with every document that names them.
pub(super) fn one(company: &Company, kind: Kind, id: &str) -> Option<NamePage> {
    let object = company.ledger.get(kind, id)?;
    let row = row(company, kind, object);
    Some(NamePage {
        frame: Frame::of(company),
        owes: titles(kind).1,
        screen: match kind {
            Kind::Vendor => format!("/app/{}/paybills?vendor={id}", company.realm),
            _ => String::new(),
        },
        name: row,
        rows: documents::rows(company, &documents::KINDS, |document| concerns(document, id)),
        actions: EntryActions::of(company, kind, object)?,
    })
}

fn titles(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Vendor => ("Vendors", "Owed"),
        _ => ("Customers", "Open balance"),
    }
}

fn row(company: &Company, kind: Kind, object: &Object) -> NameRow {
    NameRow {
        name: full_name(object).to_owned(),
        href: links::to(kind, object, &company.realm),
        email: text(object, "PrimaryEmailAddr.Address").unwrap_or_default().to_owned(),
        balance: shown(amount_or_zero(object, "Balance")),
        active: flag(object, "Active") != Some(false),
    }
}

fn full_name(object: &Object) -> &str {
    text(object, "FullyQualifiedName").or(text(object, "DisplayName")).unwrap_or_default()
}

/// Whether a document is for a name, or has a line that names it; all names share one sequence of ids.
fn concerns(document: &Object, id: &str) -> bool {
    let on_lines =
        ["DepositLineDetail.Entity.value", "JournalEntryLineDetail.Entity.EntityRef.value"];
    ["CustomerRef", "VendorRef", "EntityRef"]
        .iter()
        .any(|member| reference(document, member) == Some(id))
        || objects(document, "Line")
            .any(|line| on_lines.iter().any(|path| text(line, path) == Some(id)))
}
