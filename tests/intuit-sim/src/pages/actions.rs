//! The buttons on a document's page, and what the document posts.

use askama::Template;
use rust_decimal::Decimal;

use super::{
    links,
    money::{shown, shown_unless_zero},
    own,
};
use crate::{
    company::Company,
    entities::{Kind, entity, numbering::is_voided},
    json::{Object, amount_or_zero, objects, text},
    ledger::{Author, Key, Write},
};

/// What a person may do with the document shown.
#[derive(Template)]
#[template(path = "actions.html")]
pub(super) struct Actions {
    /// Where the forms go, with the deed behind it.
    address: String,
    is_bill: bool,
    /// The screen on which a bill payment is changed as a whole; nothing for other documents.
    screen: String,
    can_void: bool,
    /// What is open and may be paid.
    open: String,
    can_deposit: bool,
    can_undeposit: bool,
    /// Deleting has to be confirmed, since something pays the document.
    is_paid: bool,
    note: String,
    date: String,
    has_number: bool,
    number: String,
    /// The amounts of the lines, as far as they can be edited.
    amounts: String,
    lines: usize,
    /// The accounts to choose from for a line; none where items decide.
    accounts: Vec<Choice>,
    banks: Vec<Choice>,
    postings: Vec<Posting>,
    total: String,
}

/// An entry of a drop-down.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
}

/// One debit or credit.
struct Posting {
    account: String,
    href: String,
    name: String,
    debit: String,
    credit: String,
}

impl Actions {
    pub(super) fn of(company: &Company, kind: Kind, object: &Object) -> Self {
        let entity = entity(kind);
        let id = text(object, "Id").unwrap_or_default();
        let key = Key::new(kind, id);
        let by = || company.ledger.applied_to(&key).map(|(by, _)| by.kind);
        let on_deposit = by().any(|kind| kind == Kind::Deposit);
        let undeposited = text(object, "DepositToAccountRef.value").is_some_and(|account| {
            account == crate::entities::account::system_account(&company.ledger, "UndepositedFunds")
        });
        let open = amount_or_zero(object, "Balance");
        let lines: Vec<&Object> = objects(object, "Line")
            .filter(|line| {
                line.contains_key("Amount")
                    && text(line, "DetailType") != Some("SubTotalLineDetail")
            })
            .collect();
        let has_accounts = |line: &&Object| {
            ["AccountBasedExpenseLineDetail", "DepositLineDetail", "JournalEntryLineDetail"]
                .iter()
                .any(|detail| text(line, &format!("{detail}.AccountRef.value")).is_some())
        };
        let receives = matches!(kind, Kind::Payment | Kind::SalesReceipt);
        let voided = is_voided(object);
        let number = if kind == Kind::Payment { "PaymentRefNum" } else { "DocNumber" };
        let amounts: Vec<String> =
            lines.iter().map(|line| shown(amount_or_zero(line, "Amount"))).collect();
        let two_sided = kind == Kind::JournalEntry && lines.len() == 2;
        Self {
            address: format!("/app/{}/do/{}/{id}", company.realm, entity.name.to_lowercase()),
            is_bill: kind == Kind::Bill,
            screen: match kind {
                Kind::BillPayment if !voided => {
                    format!("/app/{}/paybills?payment={id}", company.realm)
                }
                _ => String::new(),
            },
            can_void: !voided
                && entity.allows(Write::Void, object, &company.switches, Author::Person),
            open: if matches!(kind, Kind::Bill | Kind::Invoice) {
                shown_unless_zero(open)
            } else {
                String::new()
            },
            can_deposit: receives && undeposited && !on_deposit && !voided,
            can_undeposit: receives && on_deposit,
            is_paid: by().any(|kind| kind != Kind::Deposit),
            note: own(object, "PrivateNote"),
            date: own(object, "TxnDate"),
            has_number: entity.members().contains_key(number) && kind != Kind::Deposit,
            number: own(object, number),
            amounts: if two_sided { amounts[0].clone() } else { amounts.join(", ") },
            lines: if two_sided { 1 } else { lines.len() },
            accounts: if lines.iter().any(has_accounts) {
                choices(company, |_| true)
            } else {
                Vec::new()
            },
            banks: choices(company, |kind| matches!(kind, "Bank" | "Credit Card")),
            postings: postings(company, &key),
            total: shown(debits(company, &key)),
        }
    }
}

fn postings(company: &Company, key: &Key) -> Vec<Posting> {
    let legs = company.ledger.books.legs(key).iter();
    legs.map(|leg| {
        let account = company.ledger.get(Kind::Account, leg.account.as_str());
        let id = leg.name.as_ref().map(|name| name.as_str()).unwrap_or_default();
        let name = [Kind::Customer, Kind::Vendor]
            .into_iter()
            .find_map(|kind| Some(own(company.ledger.get(kind, id)?, "DisplayName")));
        Posting {
            account: account.map(|account| own(account, "FullyQualifiedName")).unwrap_or_default(),
            href: links::register(leg.account.as_str(), &company.realm),
            name: name.unwrap_or_default(),
            debit: shown_unless_zero(leg.amount.max(Decimal::ZERO)),
            credit: shown_unless_zero((-leg.amount).max(Decimal::ZERO)),
        }
    })
    .collect()
}

fn debits(company: &Company, key: &Key) -> Decimal {
    company.ledger.books.legs(key).iter().map(|leg| leg.amount.max(Decimal::ZERO)).sum()
}

/// The active accounts whose type passes, by name.
pub(super) fn choices(company: &Company, passes: fn(&str) -> bool) -> Vec<Choice> {
    let active = |account: &&Object| crate::json::flag(account, "Active") != Some(false);
    let mut choices: Vec<Choice> = company
        .ledger
        .all(Kind::Account)
        .filter(active)
        .filter(|account| text(account, "AccountType").is_some_and(passes))
        .map(|account| Choice { id: own(account, "Id"), name: own(account, "FullyQualifiedName") })
        .collect();
    choices.sort_by(|one, other| one.name.cmp(&other.name));
    choices
}
