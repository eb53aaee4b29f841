//! Pages of bills, expenses, receipts, credits, deposits and journal entries, and of vendors.

use askama::Template;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Frame, links, money::shown};
use crate::{
    company::Company,
    entities::{Kind, entity},
    json::{Object, amount, amount_or_zero, objects, reference, text},
    ledger::{Key, ObjectId, open_item_kind},
};

/// One document in a list.
pub(super) struct Row {
    date: String,
    kind: String,
    number: String,
    href: String,
    name: String,
    name_href: String,
    memo: String,
    total: String,
    balance: String,
    status: &'static str,
}

/// A label with its value, which may lead somewhere.
pub(super) struct Fact {
    label: &'static str,
    value: String,
    href: String,
}

/// One line of a document; a debit is shown on journal entries only.
pub(super) struct Line {
    what: String,
    href: String,
    description: String,
    name: String,
    debit: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "documents.html")]
pub(super) struct DocumentsPage {
    frame: Frame,
    title: &'static str,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "document.html")]
pub(super) struct DocumentPage {
    frame: Frame,
    row: Row,
    facts: Vec<Fact>,
    two_sided: bool,
    lines: Vec<Line>,
    linked: Vec<Fact>,
}

/// One vendor in the list.
pub(super) struct VendorRow {
    name: String,
    href: String,
    email: String,
    balance: String,
}

#[derive(Template)]
#[template(path = "vendors.html")]
pub(super) struct VendorsPage {
    frame: Frame,
    vendors: Vec<VendorRow>,
    owed: String,
}

#[derive(Template)]
#[template(path = "vendor.html")]
pub(super) struct VendorPage {
    frame: Frame,
    name: String,
    balance: String,
    rows: Vec<Row>,
}

pub(super) fn list(company: &Company, kind: Kind, title: &'static str) -> DocumentsPage {
    DocumentsPage { frame: Frame::of(company), title, rows: rows(company, &[kind], |_| true) }
}

pub(super) fn document(company: &Company, kind: Kind, id: &str) -> Option<DocumentPage> {
    let object = company.ledger.get(kind, id)?;
    let (name, name_href) = name_of(company, object);
    let mut facts = vec![Fact { label: "Name", value: name, href: name_href }];
    let plain = [("Date", "TxnDate"), ("Due", "DueDate"), ("Note", "PrivateNote")];
    facts.extend(plain.map(|(label, member)| fact(label, own(object, member))));
    for (label, member) in [
        ("Account", "AccountRef"),
        ("Deposited to", "DepositToAccountRef"),
        ("Payable", "APAccountRef"),
    ] {
        facts.push(fact(label, account(company, object, member)));
    }
    facts.retain(|fact| !fact.value.is_empty());
    let mut lines: Vec<Line> =
        objects(object, "Line").filter_map(|part| line(company, part)).collect();
    if let Some(back) = object.get("CashBack").and_then(Value::as_object) {
        lines.push(Line {
            what: account(company, back, "AccountRef"),
            href: String::new(),
            description: format!("Cash back {}", own(back, "Memo")),
            name: String::new(),
            debit: String::new(),
            amount: shown(-amount_or_zero(back, "Amount")),
        });
    }
    let key = Key::new(kind, id);
    let linked = company.ledger.applied_to(&key).filter_map(|(by, amount)| {
        let other = company.ledger.get(by.kind, by.id.as_str())?;
        let href = links::to(by.kind, other, &company.realm);
        Some(Fact { label: entity(by.kind).link_type(other), value: shown(amount), href })
    });
    Some(DocumentPage {
        frame: Frame::of(company),
        row: row(company, kind, object),
        facts,
        two_sided: kind == Kind::JournalEntry,
        lines,
        linked: linked.collect(),
    })
}

pub(super) fn vendors(company: &Company) -> VendorsPage {
    let mut vendors: Vec<&Object> = company.ledger.all(Kind::Vendor).collect();
    vendors.sort_by_key(|vendor| own(vendor, "DisplayName").to_lowercase());
    let owed: Decimal = vendors.iter().map(|vendor| amount_or_zero(vendor, "Balance")).sum();
    let listed = vendors.into_iter().map(|vendor| VendorRow {
        name: own(vendor, "DisplayName"),
        href: links::to(Kind::Vendor, vendor, &company.realm),
        email: own(vendor, "PrimaryEmailAddr.Address"),
        balance: shown(amount_or_zero(vendor, "Balance")),
    });
    VendorsPage { frame: Frame::of(company), vendors: listed.collect(), owed: shown(owed) }
}

pub(super) fn vendor(company: &Company, id: &str) -> Option<VendorPage> {
    let vendor = company.ledger.get(Kind::Vendor, id)?;
    let kinds = [Kind::Bill, Kind::BillPayment, Kind::Purchase];
    let own_documents = |object: &Object| {
        ["VendorRef", "EntityRef"].iter().any(|member| reference(object, member) == Some(id))
    };
    Some(VendorPage {
        frame: Frame::of(company),
        name: own(vendor, "DisplayName"),
        balance: shown(amount_or_zero(vendor, "Balance")),
        rows: rows(company, &kinds, own_documents),
    })
}

/// The documents that pass, newest first.
fn rows(company: &Company, kinds: &[Kind], passes: impl Fn(&Object) -> bool) -> Vec<Row> {
    let mut found: Vec<(Kind, &Object)> = kinds
        .iter()
        .flat_map(|kind| company.ledger.all(*kind).map(|object| (*kind, object)))
        .filter(|(_, object)| passes(object))
        .collect();
    found.sort_by_key(|(_, object)| {
        std::cmp::Reverse((own(object, "TxnDate"), ObjectId::from(own(object, "Id").as_str())))
    });
    found.into_iter().map(|(kind, object)| row(company, kind, object)).collect()
}

fn row(company: &Company, kind: Kind, object: &Object) -> Row {
    let (name, name_href) = name_of(company, object);
    let number = Some(own(object, "DocNumber")).filter(|number| !number.is_empty());
    Row {
        date: own(object, "TxnDate"),
        kind: entity(kind).link_type(object).to_owned(),
        number: number.unwrap_or_else(|| format!("({})", own(object, "Id"))),
        href: links::to(kind, object, &company.realm),
        name,
        name_href,
        memo: own(object, "PrivateNote"),
        total: shown(total(kind, object)),
        balance: amount(object, "Balance").map(shown).unwrap_or_default(),
        status: status(company, kind, object),
    }
}

/// A journal entry's own total is always zero, so its page shows what it moves.
fn total(kind: Kind, object: &Object) -> Decimal {
    let is_debit =
        |line: &&Object| text(line, "JournalEntryLineDetail.PostingType") == Some("Debit");
    match kind {
        Kind::JournalEntry => objects(object, "Line")
            .filter(is_debit)
            .map(|line| amount_or_zero(line, "Amount"))
            .sum(),
        _ => amount_or_zero(object, "TotalAmt"),
    }
}

fn status(company: &Company, kind: Kind, object: &Object) -> &'static str {
    let is_voided = total(kind, object).is_zero()
        && text(object, "PrivateNote").is_some_and(|note| note.starts_with("Voided"));
    let is_open = !amount_or_zero(object, "Balance").is_zero();
    let today = company.clock.today().to_string();
    match kind {
        _ if is_voided => "Voided",
        Kind::Bill if is_open && own(object, "DueDate") < today => "Overdue",
        Kind::Bill | Kind::CreditMemo if is_open => "Open",
        Kind::CreditMemo => "Applied",
        Kind::SalesReceipt if object.contains_key("LinkedTxn") => "Deposited",
        _ => "Paid",
    }
}

/// The customer, vendor or payee of a document, with the address of their page.
fn name_of(company: &Company, object: &Object) -> (String, String) {
    let id = ["CustomerRef", "VendorRef", "EntityRef"]
        .iter()
        .find_map(|member| reference(object, member))
        .unwrap_or_default();
    [Kind::Customer, Kind::Vendor, Kind::Employee]
        .into_iter()
        .find_map(|kind| {
            let found = company.ledger.get(kind, id)?;
            Some((own(found, "DisplayName"), links::to(kind, found, &company.realm)))
        })
        .unwrap_or_default()
}

fn line(company: &Company, line: &Object) -> Option<Line> {
    let detail = line
        .iter()
        .find(|(name, _)| name.ends_with("Detail"))
        .and_then(|(_, detail)| detail.as_object().cloned())
        .unwrap_or_default();
    if text(line, "DetailType") == Some("SubTotalLineDetail") {
        return None;
    }
    let named = |member: &str| text(&detail, member).unwrap_or_default().to_owned();
    let mut what = named("ItemRef.name");
    if what.is_empty() {
        what = account(company, &detail, "AccountRef");
    }
    let mut href = String::new();
    if let Some(link) = objects(line, "LinkedTxn").next()
        && let Some(kind) = text(link, "TxnType").and_then(open_item_kind)
        && let Some(other) = company.ledger.get(kind, text(link, "TxnId")?)
    {
        what = format!("{} {}", entity(kind).link_type(other), own(other, "Id"));
        href = links::to(kind, other, &company.realm);
    }
    let name = ["Entity.EntityRef.name", "Entity.name", "CustomerRef.name"]
        .iter()
        .find_map(|path| text(&detail, path))
        .unwrap_or_default();
    let value = amount(line, "Amount").map(shown).unwrap_or_default();
    let is_debit = text(&detail, "PostingType") == Some("Debit");
    Some(Line {
        what,
        href,
        description: own(line, "Description"),
        name: name.to_owned(),
        debit: if is_debit { value.clone() } else { String::new() },
        amount: if is_debit { String::new() } else { value },
    })
}

fn account(company: &Company, object: &Object, member: &str) -> String {
    reference(object, member)
        .and_then(|id| company.ledger.get(Kind::Account, id))
        .map(|account| own(account, "FullyQualifiedName"))
        .unwrap_or_default()
}

fn fact(label: &'static str, value: String) -> Fact {
    Fact { label, value, href: String::new() }
}

fn own(object: &Object, member: &str) -> String {
    text(object, member).unwrap_or_default().to_owned()
}
