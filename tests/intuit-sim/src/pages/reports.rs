//! Trial balance, profit and loss, and the register of one account.

use askama::Template;
use rust_decimal::Decimal;

use super::{
    Frame, links,
    money::{shown, shown_unless_zero},
    own,
};
use crate::{
    call::Call,
    company::Company,
    entities::Kind,
    json::text,
    ledger::{Key, ObjectId},
};

#[derive(Template)]
#[template(path = "books.html")]
pub(super) struct BooksPage {
    frame: Frame,
    accounts: Vec<AccountRow>,
    debits: String,
    credits: String,
}

struct AccountRow {
    name: String,
    href: String,
    kind: String,
    debit: String,
    credit: String,
}

#[derive(Template)]
#[template(path = "profit.html")]
pub(super) struct ProfitPage {
    frame: Frame,
    from: String,
    to: String,
    sections: Vec<Section>,
    net: String,
}

struct Section {
    title: &'static str,
    accounts: Vec<Sum>,
    total: String,
    /// A subtotal that follows the section.
    after: Option<(&'static str, String)>,
}

struct Sum {
    name: String,
    href: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "register.html")]
pub(super) struct RegisterPage {
    frame: Frame,
    name: String,
    kind: String,
    balance: String,
    rows: Vec<RegisterRow>,
}

struct RegisterRow {
    date: String,
    what: String,
    href: String,
    name: String,
    note: String,
    debit: String,
    credit: String,
    balance: String,
}

pub(super) fn books(company: &Company) -> BooksPage {
    let (mut debits, mut credits) = (Decimal::ZERO, Decimal::ZERO);
    let mut accounts = Vec::new();
    for account in company.ledger.all(Kind::Account) {
        let id = text(account, "Id").unwrap_or_default();
        let balance = company.ledger.books.account_balance(&ObjectId::from(id));
        let (debit, credit) = (balance.max(Decimal::ZERO), (-balance).max(Decimal::ZERO));
        debits += debit;
        credits += credit;
        if !balance.is_zero() {
            accounts.push(AccountRow {
                name: own(account, "FullyQualifiedName"),
                href: links::register(id, &company.realm),
                kind: own(account, "AccountType"),
                debit: shown_unless_zero(debit),
                credit: shown_unless_zero(credit),
            });
        }
    }
    BooksPage {
        frame: Frame::of(company),
        accounts,
        debits: shown(debits),
        credits: shown(credits),
    }
}

/// The account types of each section, whether they earn, and the subtotal behind them.
const SECTIONS: [(&str, &str, bool, &str); 5] = [
    ("Income", "Income", true, ""),
    ("Cost of goods sold", "Cost of Goods Sold", false, "Gross profit"),
    ("Expenses", "Expense", false, "Net operating income"),
    ("Other income", "Other Income", true, ""),
    ("Other expenses", "Other Expense", false, ""),
];

/// What was earned and spent between two dates, both included; without them from the start to the end.
pub(super) fn profit(company: &Company, call: &Call) -> ProfitPage {
    let given = |name: &str| call.parameter(name).unwrap_or_default().to_owned();
    let (from, to) = (given("from"), given("to"));
    let mut net = Decimal::ZERO;
    let mut sections = Vec::new();
    for (title, kind, earns, after) in SECTIONS {
        let mut total = Decimal::ZERO;
        let mut accounts = Vec::new();
        for account in company.ledger.all(Kind::Account) {
            if text(account, "AccountType") != Some(kind) {
                continue;
            }
            let id = text(account, "Id").unwrap_or_default();
            let debit = moved(company, id, &from, &to);
            let amount = if earns { -debit } else { debit };
            total += amount;
            if !amount.is_zero() {
                accounts.push(Sum {
                    name: own(account, "FullyQualifiedName"),
                    href: links::register(id, &company.realm),
                    amount: shown(amount),
                });
            }
        }
        accounts.sort_by(|one: &Sum, other| one.name.cmp(&other.name));
        net += if earns { total } else { -total };
        let after = (!after.is_empty()).then(|| (after, shown(net)));
        if !accounts.is_empty() || after.is_some() {
            sections.push(Section { title, accounts, total: shown(total), after });
        }
    }
    ProfitPage { frame: Frame::of(company), from, to, sections, net: shown(net) }
}

/// What an account was debited with between two dates.
fn moved(company: &Company, account: &str, from: &str, to: &str) -> Decimal {
    let within = |key: &Key| {
        let date = company
            .ledger
            .get(key.kind, key.id.as_str())
            .and_then(|object| text(object, "TxnDate"))
            .unwrap_or_default();
        (from.is_empty() || date >= from) && (to.is_empty() || date <= to)
    };
    let postings = company.ledger.books.postings().filter(|(key, _)| within(key));
    let legs = postings.flat_map(|(_, legs)| legs);
    legs.filter(|leg| leg.account.as_str() == account).map(|leg| leg.amount).sum()
}

/// Everything that moved an account, newest first, with the balance after each.
pub(super) fn register(company: &Company, id: &str) -> Option<RegisterPage> {
    let account = company.ledger.get(Kind::Account, id)?;
    let mut moves: Vec<(String, &Key, Decimal)> = company
        .ledger
        .books
        .postings()
        .flat_map(|(key, legs)| {
            let date = company
                .ledger
                .get(key.kind, key.id.as_str())
                .map(|object| own(object, "TxnDate"))
                .unwrap_or_default();
            let own = legs.iter().filter(|leg| leg.account.as_str() == id);
            own.map(move |leg| (date.clone(), key, leg.amount))
        })
        .collect();
    moves.sort_by(|one, other| (&one.0, &one.1.id).cmp(&(&other.0, &other.1.id)));
    let mut balance = Decimal::ZERO;
    let mut rows: Vec<RegisterRow> = moves
        .into_iter()
        .map(|(date, key, amount)| {
            balance += amount;
            register_row(company, date, key, amount, balance)
        })
        .collect();
    rows.reverse();
    Some(RegisterPage {
        frame: Frame::of(company),
        name: own(account, "FullyQualifiedName"),
        kind: own(account, "AccountType"),
        balance: shown(balance),
        rows,
    })
}

fn register_row(
    company: &Company,
    date: String,
    key: &Key,
    amount: Decimal,
    balance: Decimal,
) -> RegisterRow {
    let object =
        company.ledger.get(key.kind, key.id.as_str()).filter(|_| key.kind != Kind::Account);
    RegisterRow {
        date,
        what: object.map_or_else(
            || "Opening balance".to_owned(),
            |object| super::documents::titled(key.kind, object),
        ),
        href: object.map(|object| links::to(key.kind, object, &company.realm)).unwrap_or_default(),
        name: object.map(|object| super::documents::name_of(company, object).0).unwrap_or_default(),
        note: object.map(|object| own(object, "PrivateNote")).unwrap_or_default(),
        debit: shown_unless_zero(amount.max(Decimal::ZERO)),
        credit: shown_unless_zero((-amount).max(Decimal::ZERO)),
        balance: shown(balance),
    }
}
