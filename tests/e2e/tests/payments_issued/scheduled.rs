//! The schedule: every tenant's pull when it is due, however many are, and none that would be in vain.

use e2e::aws::{delete_items, keys_in_state, put_items};
use e2e::books::metered;
use e2e::pulls::scheduled;
use e2e::{Tenant, until};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::with_a_bill;

/// Long ago, as times are stored in keys.
const LONG_AGO: &str = "2026-01-01T00:00:00.000000Z";
/// Over how many keys of the index pulls are spread.
const PARTITIONS: u8 = 8;
/// Due at once.
const TENANTS: usize = 2000;

/// Waits until the pull that was due is over and the next one planned, or none is.
async fn is_over(tenant: &Tenant) -> Value {
    until("the scheduled pull to be over", async || {
        let pull = tenant.stored_pull().await;
        (pull["state_since"]["S"] != LONG_AGO).then_some(pull)
    })
    .await
}

fn time(item: &Value, name: &str) -> Timestamp {
    let text = item[name]["S"].as_str().unwrap_or_else(|| panic!("no {name} in {item}"));
    text.parse().expect("a time")
}

/// S3-18, S3-24, budget: one metered read for an idle tenant, and nothing before it is due again.
#[tokio::test]
async fn an_idle_tenant_costs_one_metered_read_when_it_is_due_and_none_before() {
    let (tenant, _) = with_a_bill().await;
    tenant.pull_due_since(LONG_AGO).await;
    let mark = tenant.mark().await;
    scheduled().await;
    let pull = is_over(&tenant).await;
    assert_eq!(metered(&tenant.calls_since(mark).await), 1);
    let next = time(&pull, "due_at").duration_since(time(&pull, "pulled_at"));
    assert_eq!(next, SignedDuration::from_mins(1440), "as the deployment says");
    let before = tenant.operations_mark().await;
    scheduled().await;
    assert_eq!(tenant.operations(before).await, Vec::<Value>::new());
    assert_eq!(metered(&tenant.calls_since(mark).await), 1);
}

/// S3-24: a tenant is asked as often as its admin says; a payment comes without anybody asking for it.
#[tokio::test]
async fn a_tenant_is_pulled_as_often_as_its_admin_says() {
    let (tenant, bill) = with_a_bill().await;
    let saved = tenant.configure_pull(&json!({"interval_minutes": 30})).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    let payment = tenant.pay(&bill, "100.00").await;
    tenant.pull_due_since(LONG_AGO).await;
    scheduled().await;
    tenant.issued_becomes(&payment, "synced").await;
    let pull = is_over(&tenant).await;
    let next = time(&pull, "due_at").duration_since(time(&pull, "pulled_at"));
    assert_eq!(next, SignedDuration::from_mins(30));
    // Switched off, nothing is due any more.
    tenant.configure_pull(&json!({"on": false})).await;
    let pull = tenant.stored_pull().await;
    assert!(pull["state_key"].is_null() && pull["due_at"].is_null(), "{pull}");
}

/// Nobody can be asked while no company is connected; connecting makes up for what was missed.
#[tokio::test]
async fn a_disconnected_tenant_is_left_alone_until_it_connects_again() {
    for by_the_host in [true, false] {
        let (tenant, bill) = with_a_bill().await;
        if by_the_host {
            tenant.disconnect().await;
        } else {
            tenant.revoke_in_quickbooks().await;
            // The access token would go on working for a while.
            tenant.advance(7200).await;
        }
        let payment = tenant.pay(&bill, "100.00").await;
        tenant.pull_due_since(LONG_AGO).await;
        scheduled().await;
        let pull = is_over(&tenant).await;
        assert!(pull["state_key"].is_null(), "it is not due any more: {pull}");
        let shown = tenant.payment_pull().await;
        let problem = &shown.body["payment_pull"]["problem"];
        let code = if by_the_host { "not_connected" } else { "needs_reconnect" };
        assert_eq!(problem["code"], code, "{}", shown.body);
        assert!(problem["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{problem}");
        let mark = tenant.mark().await;
        scheduled().await;
        assert!(tenant.journal(mark).await.is_empty());

        tenant.connects().await;
        until("the pull to be due again", async || {
            (!tenant.stored_pull().await["state_key"].is_null()).then_some(())
        })
        .await;
        // What is due since this very moment is found by the next run.
        until("the payment", async || {
            scheduled().await;
            (tenant.issued(&payment).await.status == 200).then_some(())
        })
        .await;
        assert!(tenant.payment_pull().await.body["payment_pull"]["problem"].is_null());
    }
}

/// An outage costs time, nothing else.
#[tokio::test]
async fn a_pull_waits_through_an_outage_and_throttling() {
    for action in [
        json!({"kind": "status", "status": 503, "body": "<html>"}),
        json!({"kind": "throttle"}),
        json!({"kind": "drop_before"}),
    ] {
        let (tenant, bill) = with_a_bill().await;
        let payment = tenant.pay(&bill, "100.00").await;
        tenant.fault(json!({"method": "GET", "times": 2, "action": action})).await;
        let asked = tenant.ask_for_payments().await;
        assert_eq!(asked.status, 202, "{action}: {}", asked.body);
        let code = asked.body["reason"]["code"].as_str().unwrap_or_default();
        assert!(!code.is_empty(), "{action}: {}", asked.body);
        // Nobody asks again.
        tenant.issued_becomes(&payment, "synced").await;
        assert_eq!(tenant.issued_payments("").await.len(), 1, "{action}");
    }
}

/// A29: one scheduled run begins the pulls of two thousand tenants, without looking through the table.
#[tokio::test]
async fn two_thousand_tenants_that_are_due_at_once_are_all_begun_by_one_run() {
    let prefix = format!("crowd-{}-", uuid::Uuid::new_v4().simple());
    let pulls: Vec<Value> = (0..TENANTS).map(|n| due_pull(&format!("{prefix}{n}"))).collect();
    put_items(&pulls).await;
    assert_eq!(still_due(&prefix).await, TENANTS);
    scheduled().await;
    // No company of theirs is connected, so that each is taken off the schedule once its message was handled. However
    // busy the machine: as long as some were handled meanwhile.
    let mut left = TENANTS;
    while left > 0 {
        left = until("more of the crowd to be handled", async || {
            let now = still_due(&prefix).await;
            (now < left).then_some(now)
        })
        .await;
    }
    let key = |item: &Value| json!({"pk": item["pk"], "sk": item["sk"]});
    delete_items(&pulls.iter().map(key).collect::<Vec<_>>()).await;
}

/// How many of a crowd are still due.
async fn still_due(prefix: &str) -> usize {
    let mut count = 0;
    for partition in 0..PARTITIONS {
        let keys = keys_in_state(&format!("PULL_DUE#{partition}")).await;
        let is_of_it = |key: &&Value| {
            key["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with(&format!("T#{prefix}")))
        };
        count += keys.iter().filter(is_of_it).count();
    }
    count
}

/// A pull that is due, as it is stored.
fn due_pull(tenant: &str) -> Value {
    let spread = tenant.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    let text = |text: &str| json!({"S": text});
    json!({
        "pk": text(&format!("T#{tenant}")),
        "sk": text("PULL#9130001"),
        "schema": {"N": "1"},
        "revision": {"N": "1"},
        "company": text("9130001"),
        "on": {"BOOL": true},
        "since": text(LONG_AGO),
        "through": text(LONG_AGO),
        "due_at": text(LONG_AGO),
        "state_key": text(&format!("PULL_DUE#{}", spread % PARTITIONS)),
        "state_since": text(LONG_AGO),
    })
}
