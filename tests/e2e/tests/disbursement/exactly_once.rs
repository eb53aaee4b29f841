//! One disbursement, one document for each part: whatever happens to processes, and however many call at once.

use std::time::Duration;

use e2e::aws::Identity;
use e2e::records::Disbursement;
use e2e::{Answer, Crash, Tenant, When, until, within};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    BILL, INVOICE, RECEIPT, booked, documents, living, put, side_by_side, with_a_second_agent,
};

/// Deaths that are waited for side by side: each leaves a lease that has to run out.
const DEATHS: usize = 8;
/// Each sweep brings back all that is left behind, once more.
const LOOKS_BETWEEN_SWEEPS: u32 = 20;
/// Fifty messages wait their turn behind those of everybody else.
const MANY_TURNS: Duration = Duration::from_secs(300);

/// What the processes die over: an income and two payees.
fn record() -> Disbursement {
    Disbursement::new(1, "D-1").without("F1")
}

/// A tenant whose parties are linked.
async fn prepared() -> Tenant {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    let other = Disbursement::simple(1, "D-0", "0.00", "0.00").version(1);
    let other = other.with("/referrals", Disbursement::new(1, "D-0").value()["referrals"].clone());
    let other = other.share("100.00").split("A1", "200.00").split("R1", "300.00");
    put(&tenant, "D0", &other).await.posted();
    tenant
}

/// Each document exactly once, beside those of [`prepared`].
async fn assert_posted_once(tenant: &Tenant, what: &str) {
    let posted = tenant.disbursement("D1").await.posted();
    assert_eq!(documents(&posted).len(), 3, "{what}: {}", posted.body);
    assert_eq!(tenant.documents().await.len(), 6, "{what}: {}", posted.body);
    assert_eq!(tenant.effect().await, booked(RECEIPT, 1_510_000, BILL, 1_070_500), "{what}");
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// Waits for something that a sweep now and then brings about.
async fn until_swept(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let mut looks = 0;
    until(what, async || {
        if looks % LOOKS_BETWEEN_SWEEPS == 0 {
            sweep().await;
        }
        looks += 1;
        look().await.then_some(())
    })
    .await;
}

async fn sweep() {
    let swept = Identity::root().invoke("billing-invoice", &json!({"ledgerbridge": "sweep"})).await;
    assert_eq!(swept.status, 200, "{}", swept.body);
}

/// Death comes as soon as the record is stored.
async fn dies_after_storing(tenant: &Tenant) -> Crash {
    Crash::at_operation(tenant, &tenant.id, "PutItem", 1, When::After).await
}

/// Whether every posting of the disbursement is stored as posted.
async fn has_stored_all(tenant: &Tenant) -> bool {
    let items = tenant.items().await;
    let is_of_it = |item: &&Value| {
        let key = item["sk"]["S"].as_str().unwrap_or_default();
        key.starts_with("POSTING#") && key.contains("#D1")
    };
    let states = items.iter().filter(is_of_it).map(|item| item["state"]["S"].as_str());
    states.filter(|state| *state == Some("posted")).count() == 3
}

/// Posted as a whole, no payee forgotten.
fn is_done(answer: &Answer) -> bool {
    answer.state() == "posted" && documents(answer).len() == 3
}

/// The process dies right after the record was stored, and so does the one that the queue gives it to, after each of its
/// operations.
#[tokio::test]
async fn a_disbursement_survives_death_in_the_queue_as_well() {
    // The handling by the queue does what the call does, less the first write.
    side_by_side(
        DEATHS,
        (1..=14).map(async |k| {
            let tenant = prepared().await;
            let first = dies_after_storing(&tenant).await;
            tenant.put_disbursement("D1", &record().value()).await;
            assert!(first.struck().await);
            let second = Crash::at(&tenant, k, When::After).await;
            first.revive().await;
            let is_mended = async || is_done(&tenant.disbursement("D1").await);
            // Asking the product would count.
            let look = async || second.struck().await || has_stored_all(&tenant).await;
            until_swept(&format!("death in the queue after {k}"), look).await;
            second.revive().await;
            until_swept(&format!("the disbursement after death {k} in the queue"), is_mended).await;
            assert_posted_once(&tenant, &format!("queue {k}")).await;
        }),
    )
    .await;
}

/// A payee whose part has to wait while the queue brings the whole is not forgotten by the queue.
#[tokio::test]
async fn parts_that_wait_while_the_queue_handles_the_whole_are_brought_back() {
    for action in [json!({"kind": "status", "status": 503}), json!({"kind": "throttle"})] {
        let tenant = prepared().await;
        let death = dies_after_storing(&tenant).await;
        tenant.put_disbursement("D1", &record().value()).await;
        assert!(death.struck().await);
        tenant
            .fault(json!({"entity": "Bill", "operation": "create", "times": 2, "action": action}))
            .await;
        death.revive().await;
        let look = async || tenant.disbursement("D1").await.income()["state"] == "posted";
        until_swept("the sweep to find it", look).await;
        // Nobody sweeps or asks any more.
        until("all of it", async || is_done(&tenant.disbursement("D1").await).then_some(())).await;
        assert_posted_once(&tenant, &action.to_string()).await;
    }
}

/// Impatient people and retrying hosts, all versions at once: the last one is what the books show.
#[tokio::test]
async fn twenty_calls_at_once_with_five_versions_leave_the_effect_of_the_last() {
    let tenant = Tenant::disbursing(INVOICE, BILL).await;
    let versions = [
        Disbursement::new(1, "D-1"),
        Disbursement::new(2, "D-1").share("3000.00"),
        with_a_second_agent(Disbursement::new(3, "D-1")).without("R1"),
        Disbursement::new(4, "D-1").without("A1"),
        Disbursement::new(5, "D-1").without("F1").split("A1", "7000.00"),
    ];
    tenant.put_disbursement("D1", &versions[0].value()).await;
    let calls = (0..20_usize).map(async |n| {
        if n % 4 == 3 {
            tenant.sync_disbursement("D1").await
        } else {
            tenant.put_disbursement("D1", &versions[n % 5].value()).await
        }
    });
    for answer in join_all(calls).await {
        assert!(matches!(answer.status, 200 | 202 | 503), "{}", answer.body);
    }
    // What a caller was told is not there has to be sent again.
    tenant.put_disbursement("D1", &versions[4].value()).await;
    let done = until("the last version everywhere", async || {
        let now = tenant.disbursement("D1").await;
        let parts = now.body["parts"].as_array()?;
        let settled = |part: &Value| {
            part["version"] == 5
                && ["posted", "skipped"].contains(&part["state"].as_str().unwrap_or(""))
        };
        parts.iter().all(settled).then_some(now.clone())
    })
    .await;
    tenant.comes_to_rest().await;
    assert_eq!(documents(&done).len(), 3, "{}", done.body);
    // 4,000.00 kept, Ann 7,000.00 less 295.00, Lakeside 1,500.00.
    assert_eq!(tenant.effect().await, booked(INVOICE, 1_250_000, BILL, 820_500), "{}", done.body);
    tenant.assert_balanced().await;
    let vendors = tenant.objects("vendor").await;
    for name in ["Ann Smith", "Lakeside Realty"] {
        let same = vendors.iter().filter(|vendor| vendor["DisplayName"] == name);
        assert_eq!(same.count(), 1, "{name}");
    }
}

/// More payees than one invocation has time for: the rest goes on in the queue, by itself.
#[tokio::test]
async fn fifty_payees_are_all_paid_without_another_call() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    let mut record = Disbursement::simple(1, "D-1", "4000.00", "100.00");
    for n in 2..=50 {
        record = record.agent(&format!("A{n}"), &format!("Agent {n}"), "100.00");
    }
    let answer = tenant.put_disbursement("D1", &record.value()).await;
    assert!(matches!(answer.status, 200 | 202), "{}", answer.body);
    let done = within(MANY_TURNS, "fifty payees", async || {
        let now = tenant.disbursement("D1").await;
        let parts = now.body["parts"].as_array().map_or(0, Vec::len);
        (now.state() == "posted" && parts == 51).then_some(now)
    })
    .await;
    assert_eq!(documents(&done).len(), 51);
    assert_eq!(living(done.income())["total"], "9000.00");
    assert_eq!(tenant.effect().await, booked(RECEIPT, 900_000, BILL, 500_000));
    tenant.comes_to_rest().await;
    tenant.assert_balanced().await;
}
