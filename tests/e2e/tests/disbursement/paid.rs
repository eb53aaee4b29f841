//! What must not be changed any more: bills that were paid, money that was deposited, periods that are closed.

use e2e::Tenant;
use e2e::books::outline;
use e2e::records::Disbursement;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    BILL, CHECK, DEPOSIT, INVOICE, RECEIPT, booked, documents, id, living, put, stands, sync,
};

/// A bill that was paid, in full or in part, is left as it is and says what to do; the rest goes on. Whether paying
/// moves the bill's token makes no difference.
#[tokio::test]
async fn a_bill_that_was_paid_is_not_changed_until_the_payment_is_taken_off() {
    let cases =
        [("moves", None), ("moves", Some("100.00")), ("stays", None), ("stays", Some("0.01"))];
    join_all(cases.map(async |(token, paid)| {
        let tenant = Tenant::disbursing(RECEIPT, BILL).await;
        tenant.switch(json!({"token_of_paid": token})).await;
        let first = Disbursement::new(1, "D-1").with("/agents/0/number", json!("A-77"));
        let created = put(&tenant, "D1", &first).await.posted();
        let bill = id(created.expense("A1"));
        let form = paid.map_or(json!({}), |amount| json!({"amount": amount}));
        let payment = tenant.bookkeeper_does_with("pay", "bill", &bill, form).await;
        let before = tenant.object("bill", &bill).await;

        let changed =
            first.version(2).share("2900.00").split("A1", "10000.00").split("R1", "1600.00");
        let mark = tenant.mark().await;
        let waits = put(&tenant, "D1", &changed).await;
        let waits = stands(waits, "blocked", "bill_paid");
        let message = waits.body["posting"]["reason"]["message"].as_str().unwrap_or_default();
        let amount = paid.unwrap_or("8705.00");
        assert!(message.contains("A-77") && message.contains(amount), "{message}");
        assert_eq!(waits.expense("A1")["state"], "blocked", "{}", waits.body);
        for part in [waits.income(), waits.expense("R1"), waits.expense("F1")] {
            assert_eq!(part["state"], "posted", "{part}");
        }
        assert_eq!(living(waits.income())["total"], "15000.00", "{}", waits.body);
        assert_eq!(living(waits.expense("R1"))["total"], "1600.00", "{}", waits.body);
        let now = tenant.object("bill", &bill).await;
        assert_eq!((&now["TotalAmt"], &now["Balance"]), (&before["TotalAmt"], &before["Balance"]));
        let calls = outline(&tenant.calls_since(mark).await);
        assert_eq!(
            calls.iter().filter(|call| *call == "Bill update").count(),
            1,
            "Lakeside's: {calls:?}"
        );

        // Pressing Sync does not help as long as it is paid.
        stands(sync(&tenant, "D1").await, "blocked", "bill_paid");
        take_off(&tenant, &payment).await;
        let synced = sync(&tenant, "D1").await.posted();
        assert_eq!(documents(&synced), documents(&created), "{}", synced.body);
        assert_eq!(tenant.effect().await, booked(RECEIPT, 1_500_000, BILL, 1_180_500));
        tenant.assert_balanced().await;
        tenant.comes_to_rest().await;
    }))
    .await;
}

async fn take_off(tenant: &Tenant, payment: &Value) {
    let id = payment["BillPayment"]["Id"].as_str().unwrap_or_else(|| panic!("{payment}"));
    tenant.bookkeeper_does("delete", "billpayment", id).await;
}

/// A paid bill is not deleted either: when its payee goes, when all is called off, when bills become checks.
#[tokio::test]
async fn a_bill_that_was_paid_is_not_removed() {
    let prepared = async || {
        let tenant = Tenant::disbursing(INVOICE, BILL).await;
        let record = Disbursement::new(1, "D-1");
        let created = put(&tenant, "D1", &record).await.posted();
        let bill = id(created.expense("A1"));
        let payment = tenant.bookkeeper_does("pay", "bill", &bill).await;
        (tenant, record, bill, payment)
    };
    let (tenant, record, bill, _) = prepared().await;
    let without = record.version(2).without("A1");
    stands(put(&tenant, "D1", &without).await, "blocked", "bill_paid");
    assert_eq!(tenant.object("bill", &bill).await["TotalAmt"].to_string(), "8705");

    let (tenant, record, bill, payment) = prepared().await;
    let canceled = record.version(2).status("canceled");
    let waits = stands(put(&tenant, "D1", &canceled).await, "blocked", "bill_paid");
    assert_eq!(documents(&waits), [format!("Bill {bill}")], "the others are gone");
    take_off(&tenant, &payment).await;
    sync(&tenant, "D1").await.posted();
    assert!(tenant.effect().await.is_empty());

    let (tenant, _, bill, payment) = prepared().await;
    assert_eq!(tenant.step(BILL, "pause").await.status, 200);
    tenant.set_up(CHECK).await;
    let waits = stands(sync(&tenant, "D1").await, "blocked", "bill_paid");
    assert_eq!(id(waits.expense("A1")), bill, "{}", waits.body);
    take_off(&tenant, &payment).await;
    sync(&tenant, "D1").await.posted();
    assert_eq!(tenant.effect().await, booked(INVOICE, 1_500_000, CHECK, 1_070_500));
}

/// An invoice that was paid is changed, but never replaced by a document that brings the same money in again.
#[tokio::test]
async fn an_invoice_that_was_paid_stays_an_invoice() {
    let tenant = Tenant::disbursing(INVOICE, CHECK).await;
    let record = Disbursement::new(1, "D-1");
    let created = put(&tenant, "D1", &record).await.posted();
    let invoice = id(created.income());
    tenant.bookkeeper_does_with("pay", "invoice", &invoice, json!({"amount": "1000.00"})).await;
    let more = record.version(2).share("4100.00");
    let updated = put(&tenant, "D1", &more).await.posted();
    assert_eq!(
        (id(updated.income()), &living(updated.income())["balance"]),
        (invoice.clone(), &json!("14100.00"))
    );
    assert_eq!(tenant.step(INVOICE, "pause").await.status, 200);
    tenant.set_up(RECEIPT).await;
    let waits = stands(sync(&tenant, "D1").await, "blocked", "invoice_paid");
    assert_eq!(id(waits.income()), invoice, "{}", waits.body);
}

/// Money that the bookkeeper took to the bank is frozen (code 6540) until it is taken off the deposit.
#[tokio::test]
async fn a_sales_receipt_on_a_deposit_is_not_changed_until_it_is_taken_off() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    tenant.set_up_with(RECEIPT, json!({"deposit_account": {"id": "4"}})).await;
    tenant.set_up(BILL).await;
    let first = Disbursement::new(1, "D-1");
    let created = put(&tenant, "D1", &first).await.posted();
    let receipt = id(created.income());
    tenant.bookkeeper_does("deposit", "salesreceipt", &receipt).await;
    let changed = first.version(2).split("A1", "10000.00");
    let refused = stands(put(&tenant, "D1", &changed).await, "rejected", "deposited");
    assert_eq!(living(refused.expense("A1"))["total"], "9705.00", "the other side goes on");
    assert_eq!(tenant.object("salesreceipt", &receipt).await["TotalAmt"].to_string(), "15000");
    tenant.bookkeeper_does("undeposit", "salesreceipt", &receipt).await;
    let synced = sync(&tenant, "D1").await.posted();
    assert_eq!(
        (id(synced.income()), &living(synced.income())["total"]),
        (receipt, &json!("16000.00"))
    );
    tenant.assert_balanced().await;
}

/// Each part has its own date: the one in a closed period waits, the other does not.
#[tokio::test]
async fn closed_books_hold_back_the_part_that_is_dated_in_them() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    tenant.set_up_with(DEPOSIT, json!({"transaction_date": "close_date"})).await;
    tenant.set_up(CHECK).await;
    tenant.close_books(Some("2026-05-31")).await;
    let record = Disbursement::new(1, "D-1").closed_on("2026-05-15");
    let waits = stands(put(&tenant, "D1", &record).await, "blocked", "period_closed");
    assert_eq!(documents(&waits).len(), 3, "{}", waits.body);
    assert!(living(waits.income()).is_null(), "{}", waits.body);
    assert_eq!(tenant.effect().await, booked(DEPOSIT, 0, CHECK, 1_070_500));
    tenant.close_books(None).await;
    let synced = sync(&tenant, "D1").await.posted();
    assert_eq!(living(synced.income())["date"], "2026-05-15");
    assert_eq!(tenant.effect().await, booked(DEPOSIT, 1_500_000, CHECK, 1_070_500));
}
