//! Processes that die anywhere in a pull: nothing is lost, nothing comes twice, and the story is told once.

use e2e::aws::send_message;
use e2e::{Crash, Tenant, When, until};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::with_a_bill;

/// Deaths that are waited for side by side: in the queue each hides a message until somebody else may have it.
const DEATHS: usize = 8;

/// What a pull finds.
#[derive(Debug, Clone, Copy)]
enum Found {
    /// A payment that was entered.
    Entered,
    /// One that was entered, one voided, one deleted and one changed.
    All,
}

/// A tenant with four payments that came, and something to be found.
async fn prepared(found: Found) -> Tenant {
    let (tenant, bill) = with_a_bill().await;
    let mut known = Vec::new();
    for amount in ["1.00", "2.00", "4.00"] {
        known.push(tenant.pay(&bill, amount).await);
    }
    tenant.pull().await;
    tenant.advance(60).await;
    tenant.pay(&bill, "8.00").await;
    if matches!(found, Found::All) {
        tenant.bookkeeper_does("void", "billpayment", &known[0]).await;
        tenant.bookkeeper_does("delete", "billpayment", &known[1]).await;
        let form = json!({"amount": "16.00"});
        tenant.bookkeeper_does_with("edit", "billpayment", &known[2], form).await;
    }
    tenant
}

/// All that the host sees, less what differs from run to run.
async fn seen(tenant: &Tenant) -> (Vec<Value>, Vec<String>, String) {
    let mut payments = tenant.issued_payments("").await;
    for payment in &mut payments {
        for pointer in
            ["/first_seen_at", "/updated_at", "/quickbooks/changed_at", "/quickbooks/url", "/id"]
        {
            if let Some(value) = payment.pointer_mut(pointer) {
                *value = Value::Null;
            }
        }
    }
    let mut story = tenant.story_of_payments().await;
    // What came with one answer is told at one moment, in any order.
    story.sort();
    (payments, story, tenant.open_on("D1", "A1").await)
}

/// When the pull is due; it moves when one is over.
async fn due_at(tenant: &Tenant) -> String {
    tenant.stored_pull().await["due_at"]["S"].as_str().expect("a pull that is on").to_owned()
}

/// The queue is given the message that the schedule would give it.
async fn falls_due(tenant: &Tenant) -> String {
    let at = due_at(tenant).await;
    let cause = json!({"due": {"company": tenant.realm, "at": at}});
    send_message("payment-pull", tenant, &json!({"schema": 1, "tenant": tenant.id, "pull": cause}))
        .await;
    at
}

/// Waits until a pull is over that had been due since then. One that failed is the schedule's, which finds it later.
async fn is_over(tenant: &Tenant, since: &str) {
    let mut due = since.to_owned();
    until("the pull to be over", async || {
        let pull = tenant.stored_pull().await;
        let now = pull["due_at"]["S"].as_str().expect("a pull that is on").to_owned();
        if now != due && !pull["problem"].is_null() {
            due = falls_due(tenant).await;
        }
        (now != due && pull["problem"].is_null()).then_some(())
    })
    .await;
}

fn deaths(count: u64) -> impl Iterator<Item = (u64, When)> {
    (1..=count).flat_map(|k| [(k, When::Before), (k, When::After)])
}

async fn side_by_side(runs: impl Iterator<Item = impl Future<Output = ()>>) {
    futures_util::stream::iter(runs).buffer_unordered(DEATHS).collect::<Vec<()>>().await;
}

/// The process dies before or after each of its outside operations, and the person asks again.
#[tokio::test]
async fn a_pull_that_a_person_asked_for_survives_death_between_any_two_operations() {
    for found in [Found::Entered, Found::All] {
        let undisturbed = prepared(found).await;
        let mark = undisturbed.operations_mark().await;
        undisturbed.pull().await;
        let count = undisturbed.operations(mark).await.len() as u64;
        assert!(count >= 8, "{found:?}: {count} operations");
        let expected = seen(&undisturbed).await;
        side_by_side(deaths(count).map(async |(k, when)| {
            let tenant = prepared(found).await;
            let what = format!("{found:?}, {when:?} {k}");
            let crash = Crash::at(&tenant, k, when).await;
            let answer = tenant.ask_for_payments().await;
            // The counted run may have met a process that had to load once more than this one.
            assert!(crash.struck().await || answer.status == 200, "{what}: {}", answer.body);
            crash.revive().await;
            tenant.pull().await;
            assert_eq!(seen(&tenant).await, expected, "{what}");
            tenant.comes_to_rest().await;
        }))
        .await;
    }
}

/// The process dies in the queue, and the queue gives its message to another one.
#[tokio::test]
async fn a_pull_that_was_due_survives_death_between_any_two_operations() {
    let undisturbed = prepared(Found::All).await;
    let mark = undisturbed.operations_mark().await;
    let due = falls_due(&undisturbed).await;
    is_over(&undisturbed, &due).await;
    let count = undisturbed.operations(mark).await.len() as u64;
    let expected = seen(&undisturbed).await;
    side_by_side(deaths(count).map(async |(k, when)| {
        let tenant = prepared(Found::All).await;
        let crash = Crash::at(&tenant, k, when).await;
        let due = falls_due(&tenant).await;
        until(&format!("{when:?} {k}"), async || {
            (crash.struck().await || due_at(&tenant).await != due).then_some(())
        })
        .await;
        crash.revive().await;
        is_over(&tenant, &due).await;
        assert_eq!(seen(&tenant).await, expected, "{when:?} {k}");
        tenant.comes_to_rest().await;
    }))
    .await;
}

/// The answer of QuickBooks never arrives: asked again, it is what it was.
#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again() {
    let undisturbed = prepared(Found::All).await;
    undisturbed.pull().await;
    let expected = seen(&undisturbed).await;
    for action in [
        json!({"kind": "commit_then_drop"}),
        json!({"kind": "commit_then_status", "status": 502, "body": "<html>"}),
    ] {
        let tenant = prepared(Found::All).await;
        tenant.fault(json!({"method": "GET", "action": action})).await;
        assert_eq!(tenant.ask_for_payments().await.status, 202);
        until("the payments", async || (tenant.issued_payments("").await.len() == 4).then_some(()))
            .await;
        tenant.pull().await;
        assert_eq!(seen(&tenant).await, expected, "{action}");
    }
}
