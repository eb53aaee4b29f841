//! Outages while Intuit tells something, or while it is seen to: nothing that was told is lost. Processes that die are in
//! the crash matrix.

use e2e::aws::messages;
use e2e::webhook::{Format, body, tell};
use e2e::{Crash, When, stack, until};
use serde_json::{Value, json};

use super::{heard, with_a_bill};

/// QuickBooks cannot be asked for a while: what was told waits in the queue.
#[tokio::test]
async fn what_was_told_is_seen_to_after_an_outage() {
    for action in
        [json!({"kind": "status", "status": 503, "body": "<html>"}), json!({"kind": "throttle"})]
    {
        let (tenant, bill) = with_a_bill().await;
        let vendor = tenant.vendor_of(&bill).await;
        let form = json!({"name": "Ann Smith-Jones"});
        tenant.bookkeeper_does_with("rename", "vendor", &vendor, form).await;
        let payment = tenant.pay(&bill, "10.00").await;
        tenant.fault(json!({"times": 3, "action": action})).await;
        let told = [
            tenant.told("Vendor", &vendor, "Update").await,
            tenant.told("BillPayment", &payment, "Create").await,
        ];
        assert_eq!(heard(&tell(&body(Format::Classic, &told)).await), [2, 0, 0]);
        tenant.notices_are_done().await;
        tenant.issued_becomes(&payment, "synced").await;
        let link = tenant.ask("links/vendor/A1").await;
        assert_eq!(link.body["link"]["name"], "Ann Smith-Jones", "{action}: {}", link.body);
        assert_eq!(messages(&stack().dead_letter_queues["intuit-webhook"]).await, 0);
    }
}

/// Our endpoint was down: QuickBooks tells again on its own schedule, and all is well.
#[tokio::test]
async fn what_quickbooks_could_not_tell_arrives_when_it_tells_again() {
    let (tenant, bill) = with_a_bill().await;
    tenant.webhooks_on().await;
    let outage = Crash::at(&tenant, 1, When::Before).await;
    let payment = tenant.pay(&bill, "10.00").await;
    let tried = until("QuickBooks to try", async || {
        let deliveries = tenant.deliveries().await;
        let tried = deliveries.iter().any(|delivery| {
            delivery["attempts"].as_array().is_some_and(|attempts| !attempts.is_empty())
        });
        tried.then_some(deliveries)
    })
    .await;
    assert_eq!(tried[0]["state"], "pending", "an outage is not acknowledged: {tried:?}");
    outage.revive().await;
    assert_eq!(tenant.issued_payments("").await, Vec::<Value>::new());
    tenant.advance(10).await;
    tenant.issued_becomes(&payment, "synced").await;
    tenant.all_told().await;
}
