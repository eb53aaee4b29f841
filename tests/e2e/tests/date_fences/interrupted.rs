//! Books that are reopened while records are on their way, or while the one who notices dies.

use e2e::{Crash, When};
use futures_util::future::join_all;
use serde_json::json;

use super::{billing, closed};

/// what begins to wait while a person finds the books reopened is posted with the rest.
#[tokio::test]
async fn records_that_arrive_while_the_books_are_reopened_are_not_forgotten() {
    let profile = json!({"switches": {"book_close_date": "2026-02-28"}});
    let tenant = billing(profile, json!({})).await;
    tenant.put_bill("B0", &closed(1, "B0", "2026-02-10")).await.waits("blocked", "period_closed");
    tenant.close_books(None).await;
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

/// a look at reopened books that was cut off is made good by the next, and wakes the others all the same.
#[tokio::test]
async fn a_look_at_reopened_books_that_is_cut_off_wakes_the_others_all_the_same() {
    let cut_off = async |k: u64, when: When| {
        let profile = json!({"switches": {"book_close_date": "2026-02-28"}});
        let tenant = billing(profile, json!({})).await;
        for id in ["B1", "B2", "B3"] {
            let waits = tenant.put_bill(id, &closed(1, id, "2026-02-10")).await;
            waits.waits("blocked", "period_closed");
        }
        tenant.close_books(None).await;
        let crash = Crash::at(&tenant, k, when).await;
        tenant.sync_bill("B1").await;
        let struck = crash.struck().await;
        crash.revive().await;
        // Only the same record is asked for again.
        tenant.sync_bill("B1").await;
        for id in ["B1", "B2", "B3"] {
            tenant.bill_becomes(id, "posted").await;
            assert_eq!(tenant.invoices(id).await.len(), 1, "after {when:?} {k}");
        }
        tenant.assert_balanced().await;
        tenant.comes_to_rest().await;
        struck
    };
    let mut k = 0;
    loop {
        let next = [k + 1, k + 2, k + 3];
        let deaths =
            next.map(async |k| tokio::join!(cut_off(k, When::Before), cut_off(k, When::After)).0);
        if join_all(deaths).await.contains(&false) {
            break;
        }
        k += 3;
    }
    assert!(k >= 6, "it takes more than {k} operations");
}
