//! Deep links in the shape that QuickBooks itself uses.

use crate::{
    entities::{Kind, entity},
    json::{Object, text},
};

/// The address of an object's own page; nothing for what has none here.
pub(super) fn to(kind: Kind, object: &Object, realm: &str) -> String {
    let path = match kind {
        Kind::Invoice => "invoice",
        Kind::Payment => "recvpayment",
        Kind::CreditMemo => "creditmemo",
        Kind::SalesReceipt => "salesreceipt",
        Kind::Bill => "bill",
        Kind::BillPayment => "billpayment",
        Kind::VendorCredit => "vendorcredit",
        Kind::Purchase if text(object, "PaymentType") == Some("Check") => "check",
        Kind::Purchase => "expense",
        Kind::Deposit => "deposit",
        Kind::JournalEntry => "journal",
        Kind::Customer => "customerdetail",
        Kind::Vendor => "vendordetail",
        _ => return String::new(),
    };
    let key = if matches!(kind, Kind::Customer | Kind::Vendor) { "nameId" } else { "txnId" };
    let id = text(object, "Id").unwrap_or_default();
    format!("/app/{path}?{key}={id}&companyId={realm}")
}

/// The address of the page on which an entry of a list is renamed or merged.
pub(super) fn entry(kind: Kind, id: &str, realm: &str) -> String {
    format!("/app/{realm}/entry?kind={}&id={id}", entity(kind).name.to_lowercase())
}

/// The address of an account's register.
pub(super) fn register(account: &str, realm: &str) -> String {
    format!("/app/register?accountId={account}&companyId={realm}")
}

/// The last part of the address of the list that a kind of object is on.
pub(super) fn list_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Invoice => "invoices",
        Kind::Payment => "payments",
        Kind::SalesReceipt => "salesreceipts",
        Kind::CreditMemo => "creditmemos",
        Kind::Bill => "bills",
        Kind::BillPayment => "billpayments",
        Kind::VendorCredit => "vendorcredits",
        Kind::Purchase => "expenses",
        Kind::Deposit => "deposits",
        Kind::JournalEntry => "journal",
        Kind::Customer => "customers",
        Kind::Vendor => "vendors",
        _ => "lists",
    }
}

/// The kind of document that the last part of a deep link names.
pub(super) fn document(path: &str) -> Option<Kind> {
    Some(match path {
        "bill" => Kind::Bill,
        "billpayment" => Kind::BillPayment,
        "check" | "expense" => Kind::Purchase,
        "creditmemo" => Kind::CreditMemo,
        "deposit" => Kind::Deposit,
        "journal" => Kind::JournalEntry,
        "salesreceipt" => Kind::SalesReceipt,
        "vendorcredit" => Kind::VendorCredit,
        _ => return None,
    })
}

/// The kind of document that a list's address names, and the list's title.
pub(super) fn list(path: &str) -> Option<(Kind, &'static str)> {
    Some(match path {
        "bills" => (Kind::Bill, "Bills"),
        "billpayments" => (Kind::BillPayment, "Bill payments"),
        "expenses" => (Kind::Purchase, "Checks and expenses"),
        "creditmemos" => (Kind::CreditMemo, "Credit memos"),
        "deposits" => (Kind::Deposit, "Deposits"),
        "journal" => (Kind::JournalEntry, "Journal entries"),
        "salesreceipts" => (Kind::SalesReceipt, "Sales receipts"),
        "vendorcredits" => (Kind::VendorCredit, "Vendor credits"),
        _ => return None,
    })
}
