//! A company's first page, its lists, and its settings.

use askama::Template;
use rust_decimal::Decimal;

use super::{
    Frame,
    documents::{self, Row},
    entries::full_name,
    links,
    money::shown,
};
use crate::{
    company::Company,
    entities::{Kind, entity},
    json::{Object, amount_or_zero, flag, text},
    ledger::ObjectId,
};

/// How many of the latest documents the first page shows.
const LATEST: usize = 25;

#[derive(Template)]
#[template(path = "start.html")]
pub(super) struct StartPage {
    frame: Frame,
    edition: String,
    figures: Vec<Figure>,
    rows: Vec<Row>,
}

/// A sum and where it comes from.
struct Figure {
    label: String,
    amount: String,
    href: String,
}

#[derive(Template)]
#[template(path = "lists.html")]
pub(super) struct ListsPage {
    frame: Frame,
    lists: Vec<List>,
}

struct List {
    title: &'static str,
    anchor: String,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    href: String,
    kind: String,
    active: bool,
    /// Where it is renamed, merged, or made inactive.
    page: String,
}

#[derive(Template)]
#[template(path = "settings.html")]
pub(super) struct SettingsPage {
    frame: Frame,
    start: String,
    closed: String,
    has_password: bool,
    local: String,
}

/// The balances that people look at first, and what happened last.
pub(super) fn start(company: &Company) -> StartPage {
    let realm = &company.realm;
    let sum = |kind: &str| -> Decimal {
        company
            .ledger
            .all(Kind::Account)
            .filter(|account| text(account, "AccountType") == Some(kind))
            .map(|account| {
                let id = ObjectId::from(text(account, "Id").unwrap_or_default());
                company.ledger.books.account_balance(&id)
            })
            .sum()
    };
    let figure = |label: &str, amount: Decimal, path: &str| Figure {
        label: label.to_owned(),
        amount: shown(amount),
        href: format!("/app/{realm}/{path}"),
    };
    let mut rows = documents::rows(company, &documents::KINDS, |_| true);
    rows.truncate(LATEST);
    StartPage {
        frame: Frame::of(company),
        edition: company.profile.edition.clone(),
        figures: vec![
            figure("In the bank", sum("Bank"), "books"),
            figure("Customers owe", sum("Accounts Receivable"), "customers"),
            figure("Owed to vendors", -sum("Accounts Payable"), "vendors"),
            figure("Earned", -sum("Income"), "profit"),
        ],
        rows,
    }
}

/// The lists whose entries are made inactive instead of being deleted.
pub(super) fn lists(company: &Company) -> ListsPage {
    let wanted = [
        (Kind::Account, "Accounts"),
        (Kind::Item, "Products and services"),
        (Kind::Class, "Classes"),
        (Kind::Department, "Locations"),
        (Kind::Term, "Terms"),
        (Kind::PaymentMethod, "Payment methods"),
        (Kind::Employee, "Employees"),
    ];
    let lists = wanted.map(|(kind, title)| List {
        title,
        anchor: entity(kind).name.to_lowercase(),
        entries: entries(company, kind),
    });
    ListsPage { frame: Frame::of(company), lists: lists.into() }
}

fn entries(company: &Company, kind: Kind) -> Vec<Entry> {
    let mut entries: Vec<Entry> = company
        .ledger
        .all(kind)
        .map(|object| {
            let id = text(object, "Id").unwrap_or_default();
            Entry {
                name: full_name(kind, object),
                href: match kind {
                    Kind::Account => links::register(id, &company.realm),
                    _ => String::new(),
                },
                kind: what(kind, object),
                active: flag(object, "Active") != Some(false),
                page: links::entry(kind, id, &company.realm),
            }
        })
        .collect();
    entries.sort_by_key(|entry| entry.name.to_lowercase());
    entries
}

fn what(kind: Kind, object: &Object) -> String {
    let own = |member: &str| text(object, member).unwrap_or_default().to_owned();
    match kind {
        Kind::Account => own("AccountType"),
        Kind::Item => match amount_or_zero(object, "UnitPrice") {
            price if price.is_zero() => own("Type"),
            price => format!("{} at {}", own("Type"), shown(price)),
        },
        Kind::Term => object.get("DueDays").map(|days| format!("{days} days")).unwrap_or_default(),
        _ => String::new(),
    }
}

pub(super) fn settings(company: &Company) -> SettingsPage {
    let switches = &company.switches;
    SettingsPage {
        frame: Frame::of(company),
        start: switches.company_start_date.to_string(),
        closed: switches.book_close_date.map(|date| date.to_string()).unwrap_or_default(),
        has_password: switches.book_close_password,
        local: company.clock.stamp(),
    }
}
