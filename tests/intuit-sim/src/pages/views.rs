//! The pages of invoices and payments.

use askama::Template;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    Frame,
    actions::Actions,
    documents, links,
    money::{shown, shown_unless_zero},
    own,
};
use crate::{
    company::Company,
    entities::Kind,
    json::{Object, amount, amount_or_zero, member, objects, reference, text},
    ledger::{Key, ObjectId, open_item_kind},
};

/// One transaction in a list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) date: String,
    pub(super) due: String,
    pub(super) customer_id: String,
    pub(super) customer: String,
    pub(super) total: String,
    pub(super) balance: String,
    pub(super) status: &'static str,
}

pub(super) struct Line {
    pub(super) item: String,
    pub(super) description: String,
    pub(super) quantity: String,
    pub(super) price: String,
    pub(super) tax: String,
    pub(super) amount: String,
}

/// A transaction linked to the one shown, and how much of it.
pub(super) struct Linked {
    pub(super) href: String,
    pub(super) kind: String,
    pub(super) date: String,
    pub(super) amount: String,
}

#[derive(Template)]
#[template(path = "invoices.html")]
pub(super) struct InvoicesPage {
    frame: Frame,
    rows: Vec<Row>,
    open: String,
}

#[derive(Template)]
#[template(path = "payments.html")]
pub(super) struct PaymentsPage {
    frame: Frame,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "invoice.html")]
pub(super) struct InvoicePage {
    frame: Frame,
    row: Row,
    lines: Vec<Line>,
    tax: String,
    note: String,
    payments: Vec<Linked>,
    actions: Actions,
}

#[derive(Template)]
#[template(path = "payment.html")]
pub(super) struct PaymentPage {
    frame: Frame,
    row: Row,
    method: String,
    account: String,
    note: String,
    invoices: Vec<Linked>,
    actions: Actions,
}

pub(super) fn count_invoices(company: &Company) -> usize {
    company.ledger.all(Kind::Invoice).count()
}

pub(super) fn invoices(company: &Company) -> InvoicesPage {
    let open: Decimal =
        company.ledger.all(Kind::Invoice).map(|invoice| amount_or_zero(invoice, "Balance")).sum();
    InvoicesPage {
        frame: Frame::of(company),
        rows: rows(company, Kind::Invoice, |_| true),
        open: shown(open),
    }
}

pub(super) fn payments(company: &Company) -> PaymentsPage {
    PaymentsPage { frame: Frame::of(company), rows: rows(company, Kind::Payment, |_| true) }
}

pub(super) fn invoice(company: &Company, id: &str) -> Option<InvoicePage> {
    let invoice = company.ledger.get(Kind::Invoice, id)?;
    let key = Key::new(Kind::Invoice, id);
    let payments = company.ledger.applied_to(&key).filter_map(|(key, amount)| {
        let payment = company.ledger.get(key.kind, key.id.as_str())?;
        Some(Linked {
            href: links::to(key.kind, payment, &company.realm),
            kind: documents::titled(key.kind, payment),
            date: own(payment, "TxnDate"),
            amount: shown(amount),
        })
    });
    let tax =
        member(invoice, "TxnTaxDetail.TotalTax").and_then(crate::json::decimal).unwrap_or_default();
    Some(InvoicePage {
        frame: Frame::of(company),
        row: row(company, Kind::Invoice, invoice),
        lines: objects(invoice, "Line").filter_map(line).collect(),
        tax: shown_unless_zero(tax),
        note: own(invoice, "PrivateNote"),
        payments: payments.collect(),
        actions: Actions::of(company, Kind::Invoice, invoice),
    })
}

pub(super) fn payment(company: &Company, id: &str) -> Option<PaymentPage> {
    let payment = company.ledger.get(Kind::Payment, id)?;
    let invoices = objects(payment, "Line").filter_map(|line| {
        let link = objects(line, "LinkedTxn").next()?;
        let kind = open_item_kind(text(link, "TxnType")?)?;
        let invoice = company.ledger.get(kind, text(link, "TxnId")?)?;
        Some(Linked {
            href: links::to(kind, invoice, &company.realm),
            kind: documents::titled(kind, invoice),
            date: own(invoice, "TxnDate"),
            amount: shown(amount_or_zero(line, "Amount")),
        })
    });
    let named = |kind: Kind, member: &str, name: &str| {
        reference(payment, member)
            .and_then(|id| company.ledger.get(kind, id))
            .map(|object| own(object, name))
            .unwrap_or_default()
    };
    Some(PaymentPage {
        frame: Frame::of(company),
        row: row(company, Kind::Payment, payment),
        method: named(Kind::PaymentMethod, "PaymentMethodRef", "Name"),
        account: named(Kind::Account, "DepositToAccountRef", "FullyQualifiedName"),
        note: own(payment, "PrivateNote"),
        invoices: invoices.collect(),
        actions: Actions::of(company, Kind::Payment, payment),
    })
}

/// The transactions that pass, newest first.
fn rows(company: &Company, kind: Kind, passes: impl Fn(&Object) -> bool) -> Vec<Row> {
    let mut rows: Vec<Row> = company
        .ledger
        .all(kind)
        .filter(|object| passes(object))
        .map(|object| row(company, kind, object))
        .collect();
    rows.sort_by(|a, b| {
        b.date
            .cmp(&a.date)
            .then_with(|| ObjectId::from(b.id.as_str()).cmp(&ObjectId::from(a.id.as_str())))
    });
    rows
}

fn row(company: &Company, kind: Kind, object: &Object) -> Row {
    let customer_id = reference(object, "CustomerRef").unwrap_or_default();
    let (number, balance) = if kind == Kind::Invoice {
        ("DocNumber", "Balance")
    } else {
        ("PaymentRefNum", "UnappliedAmt")
    };
    Row {
        id: own(object, "Id"),
        number: own(object, number),
        date: own(object, "TxnDate"),
        due: own(object, "DueDate"),
        customer: company
            .ledger
            .get(Kind::Customer, customer_id)
            .map(|customer| own(customer, "DisplayName"))
            .unwrap_or_default(),
        customer_id: customer_id.to_owned(),
        total: shown(amount_or_zero(object, "TotalAmt")),
        balance: shown(amount_or_zero(object, balance)),
        status: status(company, kind, object),
    }
}

/// QuickBooks has no status member; this is how its own pages derive one.
pub(super) fn status(company: &Company, kind: Kind, object: &Object) -> &'static str {
    let total = amount_or_zero(object, "TotalAmt");
    let is_voided = total.is_zero()
        && text(object, "PrivateNote").is_some_and(|note| note.starts_with("Voided"));
    let today = company.clock.today().to_string();
    let overdue = text(object, "DueDate").is_some_and(|due| due < today.as_str());
    match kind {
        _ if is_voided => "Voided",
        Kind::Payment if amount_or_zero(object, "UnappliedAmt").is_zero() => "Applied",
        Kind::Payment => "Unapplied",
        _ if amount_or_zero(object, "Balance").is_zero() => "Paid",
        _ if overdue => "Overdue",
        _ => "Open",
    }
}

fn line(line: &Object) -> Option<Line> {
    let detail = line.get("SalesItemLineDetail").and_then(Value::as_object);
    let named = |member: &str| {
        detail
            .and_then(|detail| crate::json::member(detail, member))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let figure = |member: &str| {
        detail
            .and_then(|detail| amount(detail, member))
            .map(|value| value.normalize().to_string())
            .unwrap_or_default()
    };
    let item = match text(line, "DetailType")? {
        "SalesItemLineDetail" => named("ItemRef.name"),
        "DiscountLineDetail" => "Discount".to_owned(),
        "DescriptionOnly" => String::new(),
        _ => return None,
    };
    Some(Line {
        item,
        description: own(line, "Description"),
        quantity: figure("Qty"),
        price: figure("UnitPrice"),
        tax: if named("TaxCodeRef.value") == "TAX" { "Tax".to_owned() } else { String::new() },
        amount: amount(line, "Amount").map(shown).unwrap_or_default(),
    })
}
