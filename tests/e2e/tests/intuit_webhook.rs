//! Function intuit-webhook: what Intuit tells is believed when it is signed, seen to once, and found out when it was not
//! told. A24, A29.

mod interrupted;
mod lists;
mod signed;

use e2e::books::metered;
use e2e::pulls::changes_asked;
use e2e::records::{Disbursement, bill};
use e2e::webhook::{Format, body, tell};
use e2e::{Tenant, until};
use serde_json::{Value, json};

/// A disbursement of which Ann (A1) gets a bill of 9,000.00.
fn record(number: &str) -> Value {
    Disbursement::simple(1, number, "100.00", "9000.00").value()
}

/// A tenant that gets what is paid, and the bill of its disbursement D1.
async fn with_a_bill() -> (Tenant, String) {
    let tenant = Tenant::pulling().await;
    let bill = tenant.bills_of("D1", &record("D-1"), &["A1"]).await.remove(0);
    tenant.advance(600).await;
    (tenant, bill)
}

/// What was stored and queued, was known, or is nobody's: as the function counts it.
fn heard(answer: &e2e::Answer) -> [u64; 3] {
    assert_eq!(answer.status, 200, "{}", answer.body);
    ["taken", "known", "passed_over"].map(|what| answer.body[what].as_u64().unwrap_or(u64::MAX))
}

/// The whole way: QuickBooks tells, and nobody asks. The payment, its void and its deletion.
#[tokio::test]
async fn what_a_bookkeeper_does_to_a_payment_comes_by_itself() {
    for format in ["classic", "cloudevents"] {
        let (tenant, bill) = with_a_bill().await;
        tenant.switch(json!({"webhooks": "on", "webhook_format": format})).await;
        let mark = tenant.mark().await;
        let payment = tenant.pay(&bill, "1000.00").await;
        tenant.issued_becomes(&payment, "synced").await;
        assert_eq!(tenant.open_on("D1", "A1").await, "8000.00");
        tenant.all_told().await;
        let calls = tenant.calls_since(mark).await;
        assert_eq!((metered(&calls), changes_asked(&calls)), (1, 1), "{format}: {calls:?}");
        tenant.advance(60).await;
        tenant.bookkeeper_does("void", "billpayment", &payment).await;
        tenant.issued_becomes(&payment, "voided").await;
        assert_eq!(tenant.open_on("D1", "A1").await, "9000.00");
        tenant.advance(60).await;
        tenant.bookkeeper_does("delete", "billpayment", &payment).await;
        tenant.issued_becomes(&payment, "gone").await;
        tenant.all_told().await;
        assert_eq!(tenant.story_of_payments().await.len(), 3, "{format}");
    }
}

/// However often and in whichever order QuickBooks tells: what counts is what is there.
#[tokio::test]
async fn duplicates_and_reversals_change_nothing_and_cost_nothing() {
    let (tenant, bill) = with_a_bill().await;
    tenant
        .switch(json!({"webhooks": "on", "webhook_duplicates": 3, "webhook_order": "reversed"}))
        .await;
    tenant.hold_webhooks().await;
    let voided = tenant.pay(&bill, "10.00").await;
    tenant.bookkeeper_does("void", "billpayment", &voided).await;
    let kept = tenant.pay(&bill, "20.00").await;
    let edit = json!({"amount": "25.00"});
    tenant.bookkeeper_does_with("edit", "billpayment", &kept, edit).await;
    let mark = tenant.mark().await;
    tenant.release_webhooks().await;
    tenant.issued_becomes(&kept, "synced").await;
    tenant.all_told().await;
    let sent = |deliveries: &[Value]| -> usize {
        deliveries.iter().filter_map(|delivery| delivery["attempts"].as_array()).map(Vec::len).sum()
    };
    until("the duplicates", async || (sent(&tenant.deliveries().await) == 4).then_some(())).await;
    tenant.notices_are_done().await;
    let calls = tenant.calls_since(mark).await;
    assert_eq!((calls.len(), metered(&calls)), (1, 1), "{calls:?}");
    let payments = tenant.issued_payments("").await;
    assert_eq!(payments.len(), 1, "what was voided before it came does not come: {payments:?}");
    assert_eq!(payments[0]["applied"][0]["amount"], "25.00");
    assert_eq!(tenant.story_of_payments().await.len(), 1);
}

/// A deletion that is told before the change it follows.
#[tokio::test]
async fn what_is_told_late_and_out_of_order_ends_as_it_is_in_quickbooks() {
    for format in Format::ALL {
        let (tenant, bill) = with_a_bill().await;
        let payment = tenant.pay(&bill, "10.00").await;
        let created = tenant.told("BillPayment", &payment, "Create").await;
        tenant.pull().await;
        tenant.advance(60).await;
        tenant.bookkeeper_does("delete", "billpayment", &payment).await;
        let deleted = tenant.told("BillPayment", &payment, "Delete").await;
        tenant.is_told(&deleted, format).await;
        tenant.issued_becomes(&payment, "gone").await;
        tenant.is_told(&created, format).await;
        assert_eq!(tenant.issued_payment().await["state"], "gone", "{format:?}");
        assert_eq!(tenant.story_of_payments().await.len(), 2, "{format:?}");
    }
}

/// Budget: our own writes come back to us, and cost nothing more than they do without being told.
#[tokio::test]
async fn the_echo_of_our_own_writes_costs_no_metered_read() {
    let post = async |webhooks: &str| {
        let tenant = Tenant::pulling().await;
        tenant.set_up(e2e::BILLING).await;
        tenant.switch(json!({"webhooks": webhooks})).await;
        let mark = tenant.mark().await;
        // New vendors, a new customer, a new item; a change; and once more with all of them known.
        for version in [1, 2] {
            let disbursement = Disbursement::new(version, "D-1").share(&format!("{version}000.00"));
            tenant.bills_of("D1", &disbursement.value(), &["A1", "R1"]).await;
            let invoice = bill(version, "B-1", &format!("{version}0.00"));
            tenant.put_bill("B1", &invoice).await;
            tenant.bill_becomes("B1", "posted").await;
        }
        tenant.bills_of("D2", &Disbursement::new(1, "D-2").value(), &["A1"]).await;
        tenant.all_told().await;
        let calls = tenant.calls_since(mark).await;
        (metered(&calls), calls.len(), tenant.deliveries().await.len())
    };
    let (told, untold) = tokio::join!(post("on"), post("off"));
    assert!(told.2 >= 6 && untold.2 == 0, "QuickBooks told: {told:?} {untold:?}");
    assert_eq!((told.0, told.1), (untold.0, untold.1));
}

/// a closing date that was moved back lets go on what waited for it, at once.
#[tokio::test]
async fn what_waits_for_an_open_period_goes_on_when_the_closing_date_moves() {
    let (tenant, _) = with_a_bill().await;
    tenant.webhooks_on().await;
    tenant.close_books(Some("2099-12-31")).await;
    tenant.all_told().await;
    tenant.put_disbursement("D2", &record("D-2")).await;
    let waits = tenant.disbursement_becomes("D2", "blocked").await;
    assert_eq!(waits.code(), "period_closed", "{}", waits.body);
    tenant.advance(60).await;
    tenant.close_books(None).await;
    tenant.disbursement_becomes("D2", "posted").await;
    tenant.all_told().await;
    tenant.comes_to_rest().await;
}

/// A disconnect inside QuickBooks shows in the next question, whoever causes it.
#[tokio::test]
async fn a_disconnect_inside_quickbooks_is_noticed() {
    for by_notice in [true, false] {
        let (tenant, bill) = with_a_bill().await;
        let payment = tenant.pay(&bill, "10.00").await;
        tenant.revoke_in_quickbooks().await;
        if by_notice {
            let told = tenant.told("BillPayment", &payment, "Create").await;
            let answer = tell(&body(Format::CloudEvents, &[told])).await;
            assert_eq!(heard(&answer), [1, 0, 0]);
        } else {
            tenant.ask_for_payments().await.problem(409, "needs_reconnect");
        }
        until("the disconnect to be noticed", async || {
            (tenant.connection().await.body["connection"]["status"] == "needs_reconnect")
                .then_some(())
        })
        .await;
        let shown = tenant.payment_pull().await;
        assert_eq!(shown.body["payment_pull"]["problem"]["code"], "needs_reconnect");
        tenant.put_disbursement("D2", &record("D-2")).await;
        let waits = tenant.disbursement_becomes("D2", "blocked").await;
        assert_eq!(waits.code(), "needs_reconnect", "{}", waits.body);
        tenant.connects().await;
        tenant.disbursement_becomes("D2", "posted").await;
        tenant.pull().await;
        tenant.issued_becomes(&payment, "synced").await;
    }
}
