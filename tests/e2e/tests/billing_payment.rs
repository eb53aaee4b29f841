//! Function billing-payment: payments over one or several bills.

use e2e::Tenant;
use e2e::books::{metered, outline};
use e2e::records::{bill, bill_of, paid, payment};
use serde_json::json;

/// S4-138: one payment over two bills is one Payment with two lines; S4-140: it goes straight to the bank.
#[tokio::test]
async fn one_payment_over_two_bills_is_booked_once_with_a_line_for_each() {
    let tenant = Tenant::warmed_up().await;
    for (id, number, amount) in [("B1", "B-1", "100.00"), ("B2", "B-2", "50.00")] {
        tenant.put_bill(id, &bill(1, number, amount)).await.posted();
    }
    let record = payment(1, "150.00", &[("B1", "100.00"), ("B2", "50.00")]);
    let mark = tenant.mark().await;
    let created = tenant.put_payment("P1", &record).await.posted();
    let calls = tenant.calls_since(mark).await;
    assert_eq!((outline(&calls), metered(&calls)), (vec!["Payment create".to_owned()], 0));
    let mark = tenant.mark().await;
    let again = tenant.put_payment("P1", &record).await.posted();
    assert_eq!((again.outcome(), again.id("Payment")), ("unchanged", created.id("Payment")));
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    let payments = tenant.ours("payment").await;
    let booked =
        payments.iter().find(|payment| payment["Id"] == created.id("Payment").as_str()).unwrap();
    assert_eq!(booked["Line"].as_array().map(Vec::len), Some(2));
    assert_eq!(booked["DepositToAccountRef"]["value"], e2e::BANK);
    for number in ["B-1", "B-2"] {
        assert_eq!(tenant.invoices(number).await[0]["Balance"].to_string(), "0", "{number}");
    }
    tenant.assert_balanced().await;
}

/// S4-131, D-22: a payment whose bill is not there waits and follows by itself.
#[tokio::test]
async fn a_payment_waits_for_its_bill_and_follows_by_itself() {
    let tenant = Tenant::warmed_up().await;
    let record = payment(1, "150.00", &[("B1", "100.00"), ("B2", "50.00")]);
    let waiting = tenant.put_payment("P1", &record).await;
    assert_eq!(
        (waiting.status, waiting.state(), waiting.code()),
        (202, "blocked", "waiting_for_bill")
    );
    assert!(waiting.body["posting"]["reason"]["message"].to_string().contains("B1"));
    tenant.put_bill("B1", &bill(1, "B-1", "100.00")).await.posted();
    tenant.put_bill("B2", &bill(1, "B-2", "50.00")).await.posted();
    tenant.payment_becomes("P1", "posted").await;
    assert_eq!(tenant.invoices("B-2").await[0]["Balance"].to_string(), "0");
    tenant.assert_balanced().await;
}

/// D-22: what waits for a bill that came to nothing waits quietly, and follows once there is an invoice.
#[tokio::test]
async fn a_payment_waits_quietly_for_a_bill_that_is_at_rest_without_an_invoice() {
    let tenant = Tenant::warmed_up().await;
    tenant.put_bill("B1", &bill(1, "B-1", "0.00")).await;
    let paying = payment(1, "10.00", &[("B1", "10.00")]);
    let waits = tenant.put_payment("P1", &paying).await.waits("blocked", "waiting_for_bill");
    let message = waits.body["posting"]["reason"]["message"].to_string();
    assert!(message.contains("in the QuickBooks company that is connected"), "{message}");
    let stored = tenant.stored_postings().await;
    let stored = stored.iter().find(|item| item["sk"]["S"] == "POSTING#agent_billing#bill#B1");
    let place = &stored.expect("the bill is stored")["state_key"];
    assert!(!place.to_string().contains("UNFINISHED"), "the sweep looks at it for ever: {place}");
    tenant.put_bill("B1", &bill(2, "B-1", "10.00")).await.posted();
    tenant.payment_becomes("P1", "posted").await;
    tenant.assert_balanced().await;
}

/// DELETE voids; the invoices open again; doing it twice changes nothing.
#[tokio::test]
async fn a_payment_taken_back_is_voided_once() {
    let tenant = Tenant::warmed_up().await;
    tenant.put_bill("B1", &bill(1, "B-1", "100.00")).await.posted();
    tenant.put_payment("P1", &payment(1, "100.00", &[("B1", "100.00")])).await.posted();
    let voided = tenant.delete_payment("P1").await.posted();
    assert_eq!(voided.outcome(), "voided");
    assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "100");
    let mark = tenant.mark().await;
    tenant.delete_payment("P1").await.posted();
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    tenant.delete_payment("never-seen").await.problem(404, "unknown_record");
    tenant.assert_balanced().await;
}

/// A payment voided before it could be posted never reaches QuickBooks.
#[tokio::test]
async fn a_waiting_payment_taken_back_is_skipped() {
    let tenant = Tenant::warmed_up().await;
    tenant.put_payment("P1", &payment(1, "100.00", &[("B1", "100.00")])).await;
    let skipped = tenant.delete_payment("P1").await;
    assert_eq!((skipped.state(), skipped.code()), ("skipped", "voided_before_posting"));
    tenant.put_bill("B1", &bill(1, "B-1", "100.00")).await.posted();
    assert_eq!(tenant.payment("P1").await.state(), "skipped");
    assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "100");
}

/// Overpayment leaves unapplied credit.
#[tokio::test]
async fn more_than_the_bills_take_stays_as_credit() {
    let tenant = Tenant::warmed_up().await;
    tenant.put_bill("B1", &bill(1, "B-1", "100.00")).await.posted();
    let created =
        tenant.put_payment("P1", &payment(1, "130.00", &[("B1", "100.00")])).await.posted();
    let payments = tenant.ours("payment").await;
    let booked =
        payments.iter().find(|payment| payment["Id"] == created.id("Payment").as_str()).unwrap();
    assert_eq!(
        (booked["TotalAmt"].to_string(), booked["UnappliedAmt"].to_string()),
        ("130".into(), "30".into())
    );
    tenant.assert_balanced().await;
}

/// D-21: what an invoice no longer has open is not applied to it; the rest is credit, and the answer says so.
#[tokio::test]
async fn a_bill_paid_meanwhile_in_quickbooks_takes_only_what_is_open() {
    let tenant = Tenant::warmed_up().await;
    let bill = tenant.put_bill("B1", &bill(1, "B-1", "100.00")).await.posted();
    let customer = tenant.invoices("B-1").await[0]["CustomerRef"].clone();
    let invoice = bill.id("Invoice");
    let part = json!({"CustomerRef": customer, "TotalAmt": 40,
        "Line": [{"Amount": 40, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}]});
    tenant.bookkeeper("payment", part).await;
    let created =
        tenant.put_payment("P1", &payment(1, "100.00", &[("B1", "100.00")])).await.posted();
    let warnings = created.body["posting"]["warnings"].to_string();
    assert!(warnings.contains("unapplied_differs") && warnings.contains("40.00"), "{warnings}");
    assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "0");
    tenant.assert_balanced().await;
}

/// S4-139
#[tokio::test]
async fn a_refund_is_refused_with_its_reason() {
    let tenant = Tenant::warmed_up().await;
    let refund = payment(1, "-20.00", &[("B1", "20.00")]);
    let refused = tenant.put_payment("P1", &refund).await.problem(422, "invalid_fields");
    assert!(
        refused.body["errors"].to_string().contains("refund_not_supported"),
        "{}",
        refused.body
    );
}

/// One payment has one payer, and a bill is paid once.
#[tokio::test]
async fn a_payment_that_cannot_be_right_is_refused() {
    let tenant = Tenant::warmed_up().await;
    tenant.put_bill("B1", &bill_of("A1", 1, "B-1", "100.00")).await.posted();
    tenant.put_bill("B2", &bill_of("A2", 1, "B-2", "100.00")).await.posted();
    tenant.put_bill("B3", &paid(bill_of("A1", 1, "B-3", "100.00"))).await.posted();
    let mark = tenant.mark().await;
    for (id, record, code) in [
        ("P1", payment(1, "200.00", &[("B1", "100.00"), ("B2", "100.00")]), "different_agents"),
        ("P2", payment(1, "100.00", &[("B3", "100.00")]), "bill_already_paid"),
    ] {
        let refused = tenant.put_payment(id, &record).await;
        assert_eq!((refused.state(), refused.code()), ("rejected", code));
    }
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
}

/// A payment changed at the host changes the same Payment.
#[tokio::test]
async fn a_changed_payment_updates_the_same_one() {
    let tenant = Tenant::warmed_up().await;
    tenant.put_bill("B1", &bill(1, "B-1", "100.00")).await.posted();
    let first = tenant.put_payment("P1", &payment(1, "60.00", &[("B1", "60.00")])).await.posted();
    let second =
        tenant.put_payment("P1", &payment(2, "100.00", &[("B1", "100.00")])).await.posted();
    assert_eq!((second.outcome(), second.id("Payment")), ("updated", first.id("Payment")));
    assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "0");
    tenant.assert_balanced().await;
}
