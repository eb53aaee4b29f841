//! Records from before the first run: left out, from a day on, or all of them. (S0-11)

use e2e::Tenant;
use e2e::records::{bill, payment};
use e2e::workflows::BILLING;
use serde_json::{Value, json};

use super::connected;

/// Two bills and a payment that arrive before agent billing first runs; the bills closed on 27 February and 3 March.
async fn history() -> Tenant {
    let tenant = connected().await;
    for (id, closed_on) in [("old", "2026-02-27"), ("new", "2026-03-03")] {
        tenant.put_bill(id, &closed(id, closed_on)).await.waits("blocked", "workflow_not_active");
    }
    let paying = payment(1, "10.00", &[("new", "10.00")]);
    tenant.put_payment("P1", &paying).await.waits("blocked", "workflow_not_active");
    tenant
}

fn closed(id: &str, day: &str) -> Value {
    let mut bill = bill(1, id, "10.00");
    bill["closed_on"] = json!(day);
    bill
}

/// S0-11: bypassed, no historic item is posted, and a person can still ask for each.
#[tokio::test]
async fn history_is_left_out_unless_somebody_chose_otherwise() {
    let tenant = history().await;
    tenant.set_up_with(BILLING, json!({"initial_sync": null})).await;
    for id in ["old", "new"] {
        tenant.bill_becomes(id, "skipped").await.rests("skipped", "before_first_run");
    }
    tenant.payment_becomes("P1", "skipped").await.rests("skipped", "before_first_run");
    assert!(tenant.ours("invoice").await.is_empty());
    // What the host repeats by itself is history all the same.
    let again = tenant.bill_happens("old", &closed("old", "2026-02-27")).await;
    assert!(["held", "skipped"].contains(&again.state()), "{}", again.body);
    // What arrives from now on is posted, however old its date.
    tenant.put_bill("late", &closed("late", "2020-01-01")).await.posted();
    assert_eq!(tenant.ours("invoice").await.len(), 1);
    tenant.sync_bill("new").await.posted();
    tenant.sync_payment("P1").await.posted();
    assert_eq!(tenant.bill("old").await.state(), "skipped");
    assert_eq!(tenant.ours("invoice").await.len(), 2);
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-11: from a day on, that day included.
#[tokio::test]
async fn history_is_posted_from_the_chosen_day_on() {
    let tenant = history().await;
    tenant.put_bill("edge", &closed("edge", "2026-03-01")).await;
    let since = json!({"initial_sync": "from_date", "initial_sync_from": "2026-03-01"});
    tenant.set_up_with(BILLING, since).await;
    for id in ["edge", "new"] {
        tenant.bill_becomes(id, "posted").await;
    }
    tenant.payment_becomes("P1", "posted").await;
    tenant.bill_becomes("old", "skipped").await.rests("skipped", "before_first_run");
    assert_eq!(tenant.ours("invoice").await.len(), 2);
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-11: all of it, oldest first, each once.
#[tokio::test]
async fn all_history_is_posted_when_that_was_chosen() {
    let tenant = history().await;
    tenant.set_up_with(BILLING, json!({"initial_sync": "all"})).await;
    for id in ["old", "new"] {
        tenant.bill_becomes(id, "posted").await;
    }
    tenant.payment_becomes("P1", "posted").await;
    let numbers: Vec<Value> =
        tenant.documents().await.iter().map(|document| document["number"].clone()).collect();
    assert_eq!(numbers[..2], [json!("old"), json!("new")]);
    assert_eq!((tenant.ours("invoice").await.len(), tenant.ours("payment").await.len()), (2, 1));
    // Pausing is not a first run again: what arrives meanwhile is no history.
    tenant.configure(BILLING, &json!({"initial_sync": null})).await;
    tenant.step(BILLING, "pause").await;
    tenant.put_bill("B3", &bill(1, "B-3", "5.00")).await.waits("blocked", "workflow_paused");
    tenant.step(BILLING, "run").await;
    tenant.bill_becomes("B3", "posted").await;
    tenant.comes_to_rest().await;
}

/// S0-11: a later version of what was posted as history is an ordinary change.
#[tokio::test]
async fn what_was_posted_is_no_history_to_be_left_out() {
    let tenant = history().await;
    tenant.set_up_with(BILLING, json!({"initial_sync": "all"})).await;
    let first = tenant.bill_becomes("old", "posted").await;
    tenant.bill_becomes("new", "posted").await;
    tenant.payment_becomes("P1", "posted").await;
    tenant.configure(BILLING, &json!({"initial_sync": "none"})).await;
    let mut changed = closed("old", "2026-02-27");
    changed["version"] = json!(2);
    changed["memo"] = json!("Desk fee, corrected");
    let updated = tenant.put_bill("old", &changed).await.posted();
    assert_eq!((updated.outcome(), updated.id("Invoice")), ("updated", first.id("Invoice")));
    tenant.comes_to_rest().await;
}
