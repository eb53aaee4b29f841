//! A company that QuickBooks throttles rests as a whole, and nothing is lost meanwhile.

#![expect(clippy::disallowed_methods, reason = "a pause is measured by the clock on the wall")]

use e2e::books::outline;
use e2e::records::{bill, bill_of};
use e2e::{Answer, Tenant};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The next call that creates an invoice is throttled.
fn throttle(times: u64) -> Value {
    json!({"entity": "invoice", "operation": "create", "times": times, "action": {"kind": "throttle"}})
}

#[track_caller]
fn assert_no_attempt_spent(answer: &Answer) {
    assert_eq!(answer.body["posting"]["attempts"], 0, "{}", answer.body);
}

async fn assert_posted_once(tenant: &Tenant, ids: &[&str]) {
    for id in ids {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id}");
    }
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

#[tokio::test]
async fn a_throttled_create_rests_the_whole_company_and_spends_no_attempt() {
    let shapes = [
        (json!({"throttle_shape": "api"}), throttle(1)),
        (json!({"throttle_shape": "gateway"}), throttle(1)),
        (
            json!({}),
            json!({"entity": "invoice", "operation": "create",
                "action": {"kind": "reject", "code": "3001", "status": 403}}),
        ),
        (
            json!({}),
            json!({"entity": "invoice", "operation": "create",
                "action": {"kind": "status", "status": 429, "body": "Too Many Requests"}}),
        ),
    ];
    join_all(shapes.map(async |(switches, fault)| {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(switches).await;
        tenant.fault(fault).await;
        let mark = tenant.mark().await;
        let first = tenant.put_bill("B1", &bill(1, "B1", "10.00")).await;
        assert_no_attempt_spent(&first.waits("queued", "throttled"));
        let second = tenant.put_bill("B2", &bill(1, "B2", "20.00")).await;
        assert_no_attempt_spent(&second.waits("queued", "throttled"));
        let calls = tenant.calls_since(mark).await;
        assert_eq!(outline(&calls), ["Invoice create"], "the second bill called during the pause");
        let paused = tenant.connection().await.body["connection"]["paused_until"].clone();
        assert!(paused.is_string(), "people are not told of the pause");
        assert_posted_once(&tenant, &["B1", "B2"]).await;
        let calls = outline(&tenant.calls_since(mark).await);
        assert_eq!(
            calls, ["Invoice create"; 3],
            "each was sent once more, and nothing was looked up"
        );
        assert_no_attempt_spent(&tenant.bill("B1").await);
    }))
    .await;
}

#[tokio::test]
async fn a_company_throttled_again_and_again_loses_nothing() {
    let tenant = Tenant::warmed_up().await;
    tenant.fault(throttle(3)).await;
    for id in ["B1", "B2", "B3"] {
        let answer = tenant.put_bill(id, &bill(1, id, "10.00")).await;
        assert!([200, 202].contains(&answer.status), "{}", answer.body);
    }
    assert_posted_once(&tenant, &["B1", "B2", "B3"]).await;
    assert_no_attempt_spent(&tenant.bill("B1").await);
}

#[tokio::test]
async fn a_throttled_look_up_rests_the_company_too() {
    let tenant = Tenant::warmed_up().await;
    let fault = json!({"entity": "customer", "operation": "query", "action": {"kind": "throttle"}});
    tenant.fault(fault).await;
    let first = tenant.put_bill("B1", &bill_of("A2", 1, "B1", "10.00")).await;
    assert_no_attempt_spent(&first.waits("queued", "throttled"));
    assert_posted_once(&tenant, &["B1"]).await;
}

#[tokio::test]
async fn a_longer_rest_that_quickbooks_asks_for_is_kept_and_others_work_on() {
    let (tenant, neighbour) = tokio::join!(Tenant::warmed_up(), Tenant::warmed_up());
    let wait = json!({"status": 429, "headers": {"retry-after": "6"}});
    tenant.intercept(&format!("POST /v3/company/{}/invoice", tenant.realm), wait).await;
    let mark = tenant.mark().await;
    let asked = Timestamp::now();
    tenant.put_bill("B1", &bill(1, "B1", "10.00")).await.waits("queued", "throttled");
    let paused = tenant.connection().await.body["connection"]["paused_until"].clone();
    let until: Timestamp = paused.as_str().expect("a pause").parse().expect("a time");
    assert!(until.duration_since(asked) >= SignedDuration::from_secs(6), "{asked} to {until}");
    neighbour.put_bill("B1", &bill(1, "B1", "10.00")).await.posted();
    assert_posted_once(&tenant, &["B1"]).await;
    assert!(Timestamp::now() >= until, "it was posted before {until}");
    assert_eq!(outline(&tenant.calls_since(mark).await), ["Invoice create"]);
}

#[tokio::test]
async fn a_burst_beyond_what_quickbooks_allows_in_a_second_is_posted_all_the_same() {
    let tenant = Tenant::warmed_up().await;
    tenant.switch(json!({"limits": true, "limits_clock": "wall"})).await;
    let ids: Vec<String> = (1..=16).map(|n| format!("B{n}")).collect();
    join_all(ids.iter().map(async |id| {
        let answer = tenant.put_bill(id, &bill(1, id, "10.00")).await;
        assert!([200, 202].contains(&answer.status), "{}", answer.body);
    }))
    .await;
    assert_posted_once(&tenant, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
}
