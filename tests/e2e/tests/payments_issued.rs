//! Function payment-pull: what the bookkeeper pays in QuickBooks on bills of ours comes back. A24, A29.

mod changes;
mod exactly_once;
mod refused;
mod scheduled;
mod windows;

use e2e::books::{metered, outline};
use e2e::pulls::changes_asked;
use e2e::records::Disbursement;
use e2e::{BANK, Tenant};
use serde_json::{Value, json};

/// Mastercard of the sample company.
const CARD: &str = "41";

/// A disbursement of which Ann (A1) gets `amount` by a bill.
fn record(number: &str, amount: &str) -> Value {
    Disbursement::simple(1, number, "100.00", amount).value()
}

/// A tenant that gets what is paid, and the bill of 9,000.00 of its disbursement D1.
async fn with_a_bill() -> (Tenant, String) {
    let tenant = Tenant::pulling().await;
    let mut bills = tenant.bills_of("D1", &record("D-1", "9000.00"), &["A1"]).await;
    (tenant, bills.remove(0))
}

/// What a pull did: payments seen, created, updated, voided, gone, and metered reads.
fn did(pulled: &Value) -> [u64; 6] {
    ["seen", "created", "updated", "voided", "gone", "metered_reads"]
        .map(|what| pulled[what].as_u64().unwrap_or_else(|| panic!("{what} of {pulled}")))
}

/// Asserts a pull that found a number of changes, of which none was news, with one metered read.
fn nothing_new(pulled: &Value, seen: u64) {
    assert_eq!(did(pulled), [seen, 0, 0, 0, 0, 1]);
}

/// What an issued payment pays of our bills: which, of what, how much, and what is open on it now.
fn applied(payment: &Value) -> Vec<[&str; 4]> {
    let applied = payment["applied"].as_array().unwrap_or_else(|| panic!("{payment}"));
    applied
        .iter()
        .map(|applied| {
            [
                applied["disbursement"].as_str().unwrap_or_default(),
                applied["bill"]["id"].as_str().unwrap_or_default(),
                applied["amount"].as_str().unwrap_or_default(),
                applied["bill"]["balance"].as_str().unwrap_or_default(),
            ]
        })
        .collect()
}

/// Documents beside our bills, as `Bill 147 25.00`.
fn linked(documents: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let documents = documents.as_array().into_iter().flatten();
    documents
        .map(|of| format!("{} {} {}", text(&of["type"]), text(&of["id"]), text(&of["amount"])))
        .collect()
}

/// S3-02, S3-03, S3-08, S3-09, S3-10, S3-11, S3-21: check and card, in full and in part, with one metered read together.
#[tokio::test]
async fn a_check_and_a_card_payment_come_with_what_is_open_then() {
    let tenant = Tenant::pulling().await;
    let disbursement = Disbursement::new(1, "D-1").value();
    let bills = tenant.bills_of("D1", &disbursement, &["A1", "R1"]).await;
    let (ann, lakeside) = (tenant.vendor_of(&bills[0]).await, tenant.vendor_of(&bills[1]).await);
    let terms = json!({"pay_type": "Check", "number": "1042", "date": "2026-06-01"});
    let in_full = json!([{"bill": bills[0], "amount": "8705.00"}]);
    let check = tenant.enter_payment(&ann, in_full, terms).await;
    let terms = json!({"pay_type": "CreditCard", "account": CARD, "memo": "first half"});
    let in_part = json!([{"bill": bills[1], "amount": "500.00"}]);
    let card = tenant.enter_payment(&lakeside, in_part, terms).await;

    let mark = tenant.mark().await;
    assert_eq!(did(&tenant.pull().await), [2, 2, 0, 0, 0, 1]);
    let calls = tenant.calls_since(mark).await;
    assert_eq!((calls.len(), changes_asked(&calls), metered(&calls)), (1, 1, 1), "{calls:?}");
    assert_eq!(tenant.issued_payments("").await.len(), 2);

    let shown = tenant.issued(&check).await.body["issued_payment"].clone();
    assert_eq!(shown["id"], format!("{}.{check}", tenant.realm));
    assert_eq!((&shown["state"], &shown["color"]), (&json!("synced"), &json!("green")));
    assert_eq!((&shown["number"], &shown["attachments"]), (&Value::Null, &json!([])));
    assert_eq!(applied(&shown), [["D1", &bills[0], "8705.00", "0.00"]]);
    assert_eq!(shown["applied"][0]["payee"], "A1");
    let bill = tenant.object("bill", &bills[0]).await;
    assert_eq!(shown["applied"][0]["bill"]["doc_number"], bill["DocNumber"]);
    assert_eq!((&shown["credits"], &shown["others"]), (&json!([]), &json!([])));
    let seen = &shown["quickbooks"];
    for (field, expected) in [
        ("id", json!(check)),
        ("doc_number", json!("1042")),
        ("date", json!("2026-06-01")),
        ("pay_type", json!("check")),
        ("account", json!({"id": BANK, "name": "Checking"})),
        ("vendor", json!({"id": ann, "name": "Ann Smith"})),
        ("currency", json!("USD")),
        ("total", json!("8705.00")),
    ] {
        assert_eq!(seen[field], expected, "{field} of {seen}");
    }
    let url = seen["url"].as_str().unwrap_or_default();
    assert!(url.contains("billpayment") && url.contains(&tenant.realm), "{url}");

    let shown = tenant.issued(&card).await.body["issued_payment"].clone();
    assert_eq!(applied(&shown), [["D1", &bills[1], "500.00", "1000.00"]]);
    let seen = &shown["quickbooks"];
    assert_eq!((&seen["pay_type"], &seen["memo"]), (&json!("credit_card"), &json!("first half")));
    assert_eq!(seen["account"]["id"], CARD);
    assert_eq!(tenant.open_on("D1", "A1").await, "0.00");
    assert_eq!(tenant.open_on("D1", "R1").await, "1000.00");
    assert_eq!(tenant.open_on("D1", "F1").await, "500.00");
    tenant.assert_balanced().await;
}

/// One payment on bills of two disbursements and on one that the bookkeeper entered, less a credit.
#[tokio::test]
async fn one_payment_over_several_bills_and_a_credit_comes_as_one() {
    let (tenant, first) = with_a_bill().await;
    let second = tenant.bills_of("D2", &record("D-2", "70.00"), &["A1"]).await.remove(0);
    let ann = tenant.vendor_of(&first).await;
    let theirs = tenant.entered_by_hand("Bill", &ann, "25.00").await;
    let credit = tenant.entered_by_hand("VendorCredit", &ann, "20.00").await;
    let lines = json!([
        {"bill": first, "amount": "100.00"}, {"bill": second, "amount": "70.00"},
        {"bill": theirs, "amount": "25.00"}, {"vendor_credit": credit, "amount": "20.00"},
    ]);
    let payment = tenant.enter_payment(&ann, lines, json!({})).await;
    assert_eq!(did(&tenant.pull().await), [1, 1, 0, 0, 0, 1]);
    let shown = tenant.issued_payment().await;
    assert_eq!(shown["quickbooks"]["id"], payment);
    assert_eq!(shown["quickbooks"]["total"], "175.00");
    let expected = [["D1", &first, "100.00", "8900.00"], ["D2", &second, "70.00", "0.00"]];
    assert_eq!(applied(&shown), expected);
    assert_eq!(linked(&shown["others"]), [format!("Bill {theirs} 25.00")]);
    assert_eq!(linked(&shown["credits"]), [format!("VendorCredit {credit} 20.00")]);
    assert_eq!(tenant.open_on("D1", "A1").await, "8900.00");
    assert_eq!(tenant.open_on("D2", "A1").await, "0.00");
    for (disbursement, expected) in [("D1", 1), ("D2", 1), ("D3", 0)] {
        let of = tenant.issued_payments(&format!("&disbursement={disbursement}")).await;
        assert_eq!(of.len(), expected, "{disbursement}");
    }
}

/// A credit that pays all: no money moves, and the bill is paid all the same.
#[tokio::test]
async fn a_bill_set_off_against_a_credit_is_a_payment_of_nothing() {
    let (tenant, bill) = with_a_bill().await;
    let ann = tenant.vendor_of(&bill).await;
    let credit = tenant.entered_by_hand("VendorCredit", &ann, "9000.00").await;
    let lines = json!([
        {"bill": bill, "amount": "9000.00"}, {"vendor_credit": credit, "amount": "9000.00"},
    ]);
    tenant.enter_payment(&ann, lines, json!({})).await;
    assert_eq!(did(&tenant.pull().await), [1, 1, 0, 0, 0, 1]);
    let shown = tenant.issued_payment().await;
    assert_eq!(
        (&shown["state"], &shown["quickbooks"]["total"]),
        (&json!("synced"), &json!("0.00"))
    );
    assert_eq!(applied(&shown), [["D1", &bill, "9000.00", "0.00"]]);
    assert_eq!(linked(&shown["credits"]), [format!("VendorCredit {credit} 9000.00")]);
    assert_eq!(tenant.open_on("D1", "A1").await, "0.00");
}

/// S3-13: by QuickBooks' clock, to the second; neither then nor when it is changed later.
#[tokio::test]
async fn what_was_paid_before_the_pull_was_set_up_does_not_come() {
    let tenant = Tenant::billing_vendors().await;
    let bill = tenant.bills_of("D1", &record("D-1", "9000.00"), &["A1"]).await.remove(0);
    let early = tenant.pay(&bill, "100.00").await;
    tenant.advance(5).await;
    tenant.pull_on().await;
    nothing_new(&tenant.pull().await, 1);
    tenant.advance(5).await;
    tenant.bookkeeper_does_with("edit", "billpayment", &early, json!({"memo": "again"})).await;
    let late = tenant.pay(&bill, "200.00").await;
    assert_eq!(did(&tenant.pull().await), [2, 1, 0, 0, 0, 1]);
    let shown = tenant.issued_payment().await;
    assert_eq!(shown["quickbooks"]["id"], late);
    assert_eq!(applied(&shown), [["D1", &bill, "200.00", "8700.00"]]);
    tenant.issued(&early).await.problem(404, "unknown_payment");
}

/// S3-25: bills that ledgerbridge did not post are the bookkeeper's own business, and cost nothing more.
#[tokio::test]
async fn payments_on_other_bills_do_not_come() {
    let (tenant, bill) = with_a_bill().await;
    let ann = tenant.vendor_of(&bill).await;
    for amount in ["10.00", "20.00"] {
        let theirs = tenant.entered_by_hand("Bill", &ann, amount).await;
        tenant.pay(&theirs, amount).await;
    }
    let mark = tenant.mark().await;
    nothing_new(&tenant.pull().await, 2);
    assert_eq!(outline(&tenant.calls_since(mark).await).len(), 1);
    assert_eq!(tenant.issued_payments("").await, Vec::<Value>::new());
    assert_eq!(tenant.open_on("D1", "A1").await, "9000.00");
}

/// Budget: what is read when nothing, something, and something beside the point happened.
#[tokio::test]
async fn a_pull_costs_one_metered_read_and_a_second_one_where_a_bill_has_to_be_looked_up() {
    let (tenant, bill) = with_a_bill().await;
    tenant.advance(600).await;
    nothing_new(&tenant.pull().await, 0);
    let payment = tenant.pay(&bill, "100.00").await;
    assert_eq!(did(&tenant.pull().await), [1, 1, 0, 0, 0, 1], "its bill is in the same answer");
    // An overlap of some minutes shows it once more.
    tenant.advance(60).await;
    nothing_new(&tenant.pull().await, 1);
    tenant.advance(600).await;
    nothing_new(&tenant.pull().await, 1);
    tenant.advance(600).await;
    nothing_new(&tenant.pull().await, 0);
    // Its bill did not change, so that what is open on it has to be asked for.
    tenant.bookkeeper_does_with("edit", "billpayment", &payment, json!({"memo": "late"})).await;
    let mark = tenant.mark().await;
    assert_eq!(did(&tenant.pull().await), [1, 0, 1, 0, 0, 2]);
    assert_eq!(metered(&tenant.calls_since(mark).await), 2);
    assert_eq!(tenant.issued_payment().await["quickbooks"]["memo"], "late");
}
