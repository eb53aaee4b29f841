//! Books that are reopened while records are on their way. That the one who notices dies is in the crash matrix.

use e2e::{Crash, Tenant};
use futures_util::future::join_all;
use serde_json::json;

use super::{billing, closed};

/// Local functions begin no call after their first two seconds.
const LONGER_THAN_CALLS_BEGIN_MILLISECONDS: u64 = 3_000;

/// A tenant with a bill that was blocked since the books were closed. They are open again, and nobody knows yet.
async fn with_reopened_books(id: &str) -> Tenant {
    let profile = json!({"switches": {"book_close_date": "2026-02-28"}});
    let tenant = billing(profile, json!({})).await;
    tenant.put_bill(id, &closed(1, id, "2026-02-10")).await.waits("blocked", "period_closed");
    tenant.close_books(None).await;
    tenant
}

/// what begins to wait while a person finds the books reopened is posted with the rest.
#[tokio::test]
async fn records_that_arrive_while_the_books_are_reopened_are_not_forgotten() {
    let tenant = with_reopened_books("B0").await;
    let ids: Vec<String> = (1..=10).map(|n| format!("B{n}")).collect();
    let burst = join_all(ids.iter().map(async |id| {
        let answer = tenant.put_bill(id, &closed(1, id, "2026-02-10")).await;
        assert!([200, 202].contains(&answer.status), "{}", answer.body);
    }));
    let (_, pressed) = tokio::join!(burst, tenant.sync_bill("B0"));
    pressed.posted();
    for id in &ids {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id}");
    }
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// a person who pressed Sync is heard, also when the call had no time left to look and the queue went on with it.
#[tokio::test]
async fn who_asks_for_another_look_gets_it_from_the_queue_when_the_call_runs_out_of_time() {
    let tenant = with_reopened_books("B1").await;
    let stall = Crash::stall(&tenant, 1, LONGER_THAN_CALLS_BEGIN_MILLISECONDS).await;
    tenant.sync_bill("B1").await.waits("queued", "queued");
    stall.revive().await;
    tenant.bill_becomes("B1", "posted").await;
    tenant.comes_to_rest().await;
}
