//! The screen on which a person pays several bills of a vendor at once, less credits, or changes such a payment.

use askama::Template;
use rust_decimal::Decimal;

use super::{
    Frame,
    actions::{Choice, choices},
    documents, links,
    money::{shown, shown_unless_zero},
    own,
};
use crate::{
    call::Call,
    company::Company,
    entities::{Kind, entity},
    json::{Object, amount_or_zero, flag, member, reference, text},
    ledger::Key,
};

/// What a bill payment can settle.
const PAYABLE: [Kind; 4] = [Kind::Bill, Kind::VendorCredit, Kind::JournalEntry, Kind::Deposit];

#[derive(Template)]
#[template(path = "paybills.html")]
pub(super) struct PayPage {
    frame: Frame,
    title: String,
    vendors: Vec<Choice>,
    vendor: String,
    /// A payment that is changed keeps its vendor.
    is_change: bool,
    /// Where the form goes.
    address: String,
    items: Vec<Item>,
    banks: Vec<Choice>,
    cards: Vec<Choice>,
    account: String,
    number: String,
    date: String,
    note: String,
}

/// One open document of the vendor.
struct Item {
    /// The member of the deed's line and the id: `bill:145`.
    key: String,
    date: String,
    due: String,
    what: String,
    href: String,
    is_credit: bool,
    open: String,
    amount: String,
    ticked: bool,
}

/// The screen for a vendor, or for the payment that is to be changed.
pub(super) fn screen(company: &Company, call: &Call) -> Option<PayPage> {
    let payment = match call.parameter("payment") {
        Some(id) => Some(company.ledger.get(Kind::BillPayment, id)?),
        None => None,
    };
    let vendor = match payment {
        Some(payment) => reference(payment, "VendorRef").unwrap_or_default(),
        None => call.parameter("vendor").unwrap_or_default(),
    };
    let of = |name: &str| payment.map(|payment| own(payment, name)).unwrap_or_default();
    let deed = match payment {
        Some(payment) => format!("{}/edit", own(payment, "Id")),
        None => "enter".to_owned(),
    };
    Some(PayPage {
        frame: Frame::of(company),
        title: payment.map_or_else(
            || "Pay bills".to_owned(),
            |payment| {
                let what = documents::titled(Kind::BillPayment, payment);
                format!("Change {}", what.replacen('B', "b", 1))
            },
        ),
        vendors: vendors(company),
        vendor: vendor.to_owned(),
        is_change: payment.is_some(),
        address: format!("/app/{}/do/billpayment/{deed}", company.realm),
        items: items(company, vendor, payment),
        banks: choices(company, |kind| kind == "Bank"),
        cards: choices(company, |kind| kind == "Credit Card"),
        account: account(company, payment),
        number: of("DocNumber"),
        date: payment
            .map_or_else(|| company.clock.today().to_string(), |payment| own(payment, "TxnDate")),
        note: of("PrivateNote"),
    })
}

/// The active vendors by name, with what each is owed.
fn vendors(company: &Company) -> Vec<Choice> {
    let active = |vendor: &&Object| flag(vendor, "Active") != Some(false);
    let mut choices: Vec<Choice> = company
        .ledger
        .all(Kind::Vendor)
        .filter(active)
        .map(|vendor| {
            let owed = match amount_or_zero(vendor, "Balance") {
                balance if balance.is_zero() => String::new(),
                balance => format!(" ({})", shown(balance)),
            };
            Choice { id: own(vendor, "Id"), name: own(vendor, "DisplayName") + &owed }
        })
        .collect();
    choices.sort_by_key(|choice| choice.name.to_lowercase());
    choices
}

/// Everything of the vendor that is open, and what the payment has settled of it; oldest first, credits last.
fn items(company: &Company, vendor: &str, payment: Option<&Object>) -> Vec<Item> {
    let own_key = payment.map(|payment| Key::new(Kind::BillPayment, &own(payment, "Id")));
    let mut items: Vec<Item> = PAYABLE
        .iter()
        .flat_map(|kind| company.ledger.all(*kind).map(|object| (*kind, object)))
        .filter_map(|(kind, object)| {
            let id = text(object, "Id")?;
            let key = Key::new(kind, id);
            let owed = company.ledger.books.owed_in(&key, vendor);
            let open = company.ledger.open_for(&key, vendor, own_key.as_ref());
            let own_part =
                company.ledger.applied_to(&key).find(|(by, _)| Some(*by) == own_key.as_ref());
            let used = own_part.map_or(Decimal::ZERO, |(_, amount)| amount);
            (open > Decimal::ZERO).then(|| Item {
                key: format!("{}:{id}", line_member(kind)),
                date: own(object, "TxnDate"),
                due: own(object, "DueDate"),
                what: documents::titled(kind, object),
                href: links::to(kind, object, &company.realm),
                is_credit: owed > Decimal::ZERO,
                open: shown(open),
                amount: shown_unless_zero(used),
                ticked: !used.is_zero(),
            })
        })
        .collect();
    items.sort_by(|one, other| {
        (one.is_credit, &one.due, &one.date).cmp(&(other.is_credit, &other.due, &other.date))
    });
    items
}

/// `VendorCredit` as the deed's lines name it: `vendor_credit`.
fn line_member(kind: Kind) -> String {
    let mut name = String::new();
    for character in entity(kind).name.chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

/// The account that pays: the payment's own, or Checking.
fn account(company: &Company, payment: Option<&Object>) -> String {
    match payment {
        None => crate::entities::account::system_account(&company.ledger, "Checking"),
        Some(payment) => {
            ["CheckPayment.BankAccountRef.value", "CreditCardPayment.CCAccountRef.value"]
                .iter()
                .find_map(|path| member(payment, path)?.as_str())
                .unwrap_or_default()
                .to_owned()
        }
    }
}
