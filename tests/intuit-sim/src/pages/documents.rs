//! Lists of documents of every kind, and the page of one that is neither invoice nor payment.

use askama::Template;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Frame, actions::Actions, links, money::shown, own, views};
use crate::{
    company::Company,
    entities::{
        Kind, entity,
        numbering::{self, is_voided},
    },
    json::{Object, amount, amount_or_zero, objects, reference, text},
    ledger::{Key, ObjectId, open_item_kind},
};

/// One document in a list.
pub(super) struct Row {
    pub(super) date: String,
    pub(super) kind: String,
    pub(super) number: String,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) name_href: String,
    pub(super) memo: String,
    pub(super) total: String,
    pub(super) balance: String,
    pub(super) status: &'static str,
}

/// A label with its value, which may lead somewhere.
pub(super) struct Fact {
    label: &'static str,
    value: String,
    href: String,
}

/// Another document that settles this one or has it on deposit, and how much of it.
pub(super) struct Linked {
    what: String,
    date: String,
    amount: String,
    href: String,
}

/// One line of a document; a debit is shown on journal entries only.
pub(super) struct Line {
    what: String,
    href: String,
    description: String,
    name: String,
    class: String,
    debit: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "documents.html")]
pub(super) struct DocumentsPage {
    frame: Frame,
    title: &'static str,
    /// Where a person enters another one, as far as there is a screen for it.
    screen: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "document.html")]
pub(super) struct DocumentPage {
    frame: Frame,
    row: Row,
    facts: Vec<Fact>,
    two_sided: bool,
    has_classes: bool,
    lines: Vec<Line>,
    linked: Vec<Linked>,
    actions: Actions,
}

/// Every kind of document, as the pages list them together.
pub(super) const KINDS: [Kind; 10] = [
    Kind::Invoice,
    Kind::Payment,
    Kind::SalesReceipt,
    Kind::CreditMemo,
    Kind::Deposit,
    Kind::Bill,
    Kind::BillPayment,
    Kind::VendorCredit,
    Kind::Purchase,
    Kind::JournalEntry,
];

pub(super) fn list(company: &Company, kind: Kind, title: &'static str) -> DocumentsPage {
    DocumentsPage {
        frame: Frame::of(company),
        title,
        screen: match kind {
            Kind::BillPayment | Kind::Bill => format!("/app/{}/paybills", company.realm),
            _ => String::new(),
        },
        rows: rows(company, &[kind], |_| true),
    }
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
    for (label, path) in [
        ("Class", "ClassRef.name"),
        ("Location", "DepartmentRef.name"),
        ("Terms", "SalesTermRef.name"),
        ("Paid from", "CheckPayment.BankAccountRef.name"),
        ("Paid from", "CreditCardPayment.CCAccountRef.name"),
    ] {
        facts.push(fact(label, own(object, path)));
    }
    facts.retain(|fact| !fact.value.is_empty());
    let mut lines: Vec<Line> =
        objects(object, "Line").filter_map(|part| line(company, object, part)).collect();
    if let Some(back) = object.get("CashBack").and_then(Value::as_object) {
        lines.push(Line {
            what: account(company, back, "AccountRef"),
            href: String::new(),
            description: format!("Cash back {}", own(back, "Memo")),
            name: String::new(),
            class: String::new(),
            debit: String::new(),
            amount: shown(-amount_or_zero(back, "Amount")),
        });
    }
    let key = Key::new(kind, id);
    let linked = company.ledger.applied_to(&key).filter_map(|(by, amount)| {
        let other = company.ledger.get(by.kind, by.id.as_str())?;
        let href = links::to(by.kind, other, &company.realm);
        Some(Linked {
            what: titled(by.kind, other),
            date: own(other, "TxnDate"),
            amount: shown(amount),
            href,
        })
    });
    Some(DocumentPage {
        frame: Frame::of(company),
        row: row(company, kind, object),
        facts,
        two_sided: kind == Kind::JournalEntry,
        has_classes: lines.iter().any(|line| !line.class.is_empty()),
        lines,
        linked: linked.collect(),
        actions: Actions::of(company, kind, object),
    })
}

/// The documents that pass, newest first.
pub(super) fn rows(
    company: &Company,
    kinds: &[Kind],
    passes: impl Fn(&Object) -> bool,
) -> Vec<Row> {
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
    Row {
        date: own(object, "TxnDate"),
        kind: what(kind, object),
        number: number(object),
        href: links::to(kind, object, &company.realm),
        name,
        name_href,
        memo: own(object, "PrivateNote"),
        total: shown(total(kind, object)),
        balance: if matches!(
            kind,
            Kind::Invoice | Kind::Bill | Kind::CreditMemo | Kind::VendorCredit
        ) {
            shown(amount_or_zero(object, "Balance"))
        } else {
            String::new()
        },
        status: status(company, kind, object),
    }
}

/// What people call a document, with its number.
pub(super) fn titled(kind: Kind, object: &Object) -> String {
    format!("{} {}", what(kind, object), number(object))
}

/// What people call a kind of document: `Sales receipt`.
fn what(kind: Kind, object: &Object) -> String {
    let name = match kind {
        Kind::BillPayment => "BillPayment",
        _ => entity(kind).link_type(object),
    };
    let spaced = numbering::spaced(name).to_lowercase();
    let (first, rest) = spaced.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

/// The number of a document, or its id in brackets.
fn number(object: &Object) -> String {
    let number = text(object, "DocNumber").or(text(object, "PaymentRefNum"));
    number
        .filter(|number| !number.is_empty())
        .map_or_else(|| format!("({})", own(object, "Id")), str::to_owned)
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
    let is_open = !amount_or_zero(object, "Balance").is_zero();
    let today = company.clock.today().to_string();
    match kind {
        Kind::Invoice | Kind::Payment => views::status(company, kind, object),
        _ if total(kind, object).is_zero() && is_voided(object) => "Voided",
        Kind::Bill if is_open && own(object, "DueDate") < today => "Overdue",
        Kind::Bill | Kind::CreditMemo | Kind::VendorCredit if is_open => "Open",
        Kind::CreditMemo | Kind::VendorCredit => "Applied",
        Kind::SalesReceipt if objects(object, "LinkedTxn").next().is_some() => "Deposited",
        Kind::Deposit => "Deposited",
        Kind::BillPayment if objects(object, "Line").next().is_none() => "Unapplied",
        Kind::BillPayment => "Applied",
        Kind::JournalEntry => "",
        _ => "Paid",
    }
}

/// The customer, vendor or payee of a document, with the address of their page.
pub(super) fn name_of(company: &Company, object: &Object) -> (String, String) {
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

fn line(company: &Company, document: &Object, line: &Object) -> Option<Line> {
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
    let mut is_credit = false;
    if let Some(link) = objects(line, "LinkedTxn").next()
        && let Some(kind) = text(link, "TxnType").and_then(open_item_kind)
        && let Some(other) = company.ledger.get(kind, text(link, "TxnId")?)
    {
        what = titled(kind, other);
        href = links::to(kind, other, &company.realm);
        // What a bill payment uses of a credit reduces it.
        is_credit = reference(document, "VendorRef").is_some_and(|vendor| {
            let key = Key::new(kind, text(link, "TxnId").unwrap_or_default());
            company.ledger.books.owed_in(&key, vendor) > Decimal::ZERO
        });
    }
    let name = ["Entity.EntityRef.name", "Entity.name", "CustomerRef.name"]
        .iter()
        .find_map(|path| text(&detail, path))
        .unwrap_or_default();
    let value = amount(line, "Amount").map(|value| if is_credit { -value } else { value });
    let value = value.map(shown).unwrap_or_default();
    let is_debit = text(&detail, "PostingType") == Some("Debit");
    Some(Line {
        what,
        href,
        description: own(line, "Description"),
        name: name.to_owned(),
        class: named("ClassRef.name"),
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
