//! Processes that die while Intuit tells something, or while it is seen to: nothing that was told is lost, and nothing
//! happens twice.

use e2e::aws::messages;
use e2e::webhook::{Format, body, tell};
use e2e::{Crash, When, stack, until};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::{heard, record, with_a_bill};

/// Deaths that are waited for side by side: in the queue each hides a message until somebody else may have it.
const DEATHS: usize = 8;

async fn side_by_side(runs: impl Iterator<Item = impl Future<Output = ()>>) {
    futures_util::stream::iter(runs).buffer_unordered(DEATHS).collect::<Vec<()>>().await;
}

fn deaths(count: u64) -> impl Iterator<Item = (u64, When)> {
    (1..=count).flat_map(|k| [(k, When::Before), (k, When::After)])
}

/// Tells until it is taken, as Intuit does.
async fn told_until_taken(body: &str) {
    until("the notification to be taken", async || (tell(body).await.status == 200).then_some(()))
        .await;
}

/// From the call of Intuit to the pull: whoever dies on the way, the payment comes, once.
#[tokio::test]
async fn a_notification_survives_death_between_any_two_operations() {
    let paid = async || {
        let (tenant, bill) = with_a_bill().await;
        let payment = tenant.pay(&bill, "10.00").await;
        let told = tenant.told("BillPayment", &payment, "Create").await;
        (tenant, payment, body(Format::CloudEvents, &[told]))
    };
    let (undisturbed, payment, told) = paid().await;
    let mark = undisturbed.operations_mark().await;
    assert_eq!(heard(&tell(&told).await), [1, 0, 0]);
    undisturbed.issued_becomes(&payment, "synced").await;
    undisturbed.notices_are_done().await;
    // What is done when a pull was asked for is the pull's own, which has a test of its own.
    let operations = undisturbed.operations(mark).await;
    let of_notices = |operation: &&Value| operation["caller"] == "intuit-webhook";
    let count = operations.iter().filter(of_notices).count() as u64;
    assert!(
        count >= 6,
        "a claim, a notice, a message; the notice, a message, the end: {operations:?}"
    );
    side_by_side(deaths(count + 1).map(async |(k, when)| {
        let (tenant, payment, told) = paid().await;
        let crash = Crash::at(&tenant, k, when).await;
        let answer = tell(&told).await;
        until(&format!("{when:?} {k}"), async || {
            let is_done = async || {
                let notices = tenant.notices().await;
                !notices.is_empty() && notices.iter().all(|notice| notice["done"]["BOOL"] == true)
            };
            (crash.struck().await || is_done().await).then_some(())
        })
        .await;
        crash.revive().await;
        if answer.status != 200 {
            told_until_taken(&told).await;
        }
        tenant.issued_becomes(&payment, "synced").await;
        tenant.notices_are_done().await;
        assert_eq!(tenant.issued_payments("").await.len(), 1, "{when:?} {k}");
        assert_eq!(tenant.story_of_payments().await.len(), 1, "{when:?} {k}");
        assert_eq!(tenant.notices().await.len(), 1, "{when:?} {k}");
    }))
    .await;
}

/// A vendor can be used again: whoever dies while that is seen to, what waited for it goes on, and it is told once.
#[tokio::test]
async fn what_waits_for_a_link_goes_on_whoever_dies_on_the_way() {
    let prepared = async || {
        let (tenant, bill) = with_a_bill().await;
        let vendor = tenant.vendor_of(&bill).await;
        tenant.bookkeeper_does("inactivate", "vendor", &vendor).await;
        let told = tenant.told("Vendor", &vendor, "Delete").await;
        tenant.is_told(&told, Format::CloudEvents).await;
        tenant.put_disbursement("D2", &record("D-2")).await;
        let waits = tenant.disbursement_becomes("D2", "blocked").await;
        assert_eq!(waits.code(), "link_unusable", "{}", waits.body);
        tenant.advance(60).await;
        tenant.bookkeeper_does("reactivate", "vendor", &vendor).await;
        let told = tenant.told("Vendor", &vendor, "Update").await;
        (tenant, body(Format::CloudEvents, &[told]))
    };
    let (undisturbed, told) = prepared().await;
    let mark = undisturbed.operations_mark().await;
    assert_eq!(heard(&tell(&told).await), [1, 0, 0]);
    undisturbed.disbursement_becomes("D2", "posted").await;
    undisturbed.notices_are_done().await;
    let operations = undisturbed.operations(mark).await;
    // QuickBooks is not told who asks it, so its share of this is what others do anyway.
    let of_notices = |operation: &&Value| operation["caller"] == "intuit-webhook";
    let count = operations.iter().filter(of_notices).count() as u64;
    side_by_side(deaths(count + 1).map(async |(k, when)| {
        let (tenant, told) = prepared().await;
        let crash = Crash::at(&tenant, k, when).await;
        let answer = tell(&told).await;
        until(&format!("{when:?} {k}"), async || {
            let notices = tenant.notices().await;
            let is_done =
                notices.len() == 2 && notices.iter().all(|notice| notice["done"]["BOOL"] == true);
            (crash.struck().await || is_done).then_some(())
        })
        .await;
        crash.revive().await;
        if answer.status != 200 {
            told_until_taken(&told).await;
        }
        until(&format!("D2 after {when:?} {k}"), async || {
            // A posting whose process died waits for the sweep.
            let sweep = json!({"ledgerbridge": "sweep"});
            e2e::aws::Identity::root().invoke("billing-invoice", &sweep).await;
            (tenant.disbursement("D2").await.state() == "posted").then_some(())
        })
        .await;
        tenant.notices_are_done().await;
        let mended =
            tenant.story().await.into_iter().filter(|line| line.starts_with("link_mended"));
        assert_eq!(mended.count(), 1, "{when:?} {k}");
        assert_eq!(tenant.ours("bill").await.len(), 2, "{when:?} {k}");
        tenant.comes_to_rest().await;
    }))
    .await;
}

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
