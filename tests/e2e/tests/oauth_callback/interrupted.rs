//! Consents and disconnects that are cut off, or meet others at work.

use e2e::records::bill;
use e2e::{Crash, Tenant, When};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{carried, count, status_of};

#[tokio::test]
async fn two_tenants_that_want_the_same_company_at_once_do_not_both_get_it() {
    let one = Tenant::new().await;
    let other = Tenant { id: format!("{}-other", one.id), realm: one.realm.clone() };
    let locations =
        (one.consent(&one.realm, "connect").await, other.consent(&one.realm, "connect").await);
    let (first, second) = tokio::join!(one.land(&locations.0), other.land(&locations.1));
    let (winner, loser) = match (first.status, second.status) {
        (200, 409) => (&one, &other),
        (409, 200) => (&other, &one),
        statuses => panic!("{statuses:?}"),
    };
    assert_eq!(status_of(&winner.connection().await), "connected");
    assert_eq!(status_of(&loser.connection().await), "disconnected");
    winner.choose_accounts().await;
    winner.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    loser.put_bill("B1", &bill(1, "B-2", "10.00")).await.waits("blocked", "not_connected");
    assert!(one.invoices("B-2").await.is_empty());
}

/// How a consent ends that is cut off at its `k`-th operation; whether it came that far.
async fn connect_cut_off(k: u64, when: When) -> bool {
    let tenant = Tenant::new().await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "not_connected");
    let location = tenant.consent(&tenant.realm, "connect").await;
    let code = carried(&location).swap_remove(0);
    let crash = Crash::at_operation(&tenant, &code, "", k, when).await;
    tenant.land(&location).await;
    let struck = crash.struck().await;
    crash.revive().await;
    // Whoever looks at a connection that stands wakes what waits for it; otherwise the person connects again.
    if status_of(&tenant.connection().await) != "connected" {
        assert_eq!(tenant.connect().await.status, 200, "after {when:?} {k}");
    }
    tenant.bill_leaves("B1", "not_connected").await;
    tenant.choose_accounts().await;
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.invoices("B-1").await.len(), 1, "after {when:?} {k}");
    tenant.comes_to_rest().await;
    struck
}

#[tokio::test]
async fn a_consent_that_is_cut_off_anywhere_can_be_repeated_and_wakes_what_waits() {
    let mut k = 0;
    loop {
        let next = [k + 1, k + 2, k + 3];
        let deaths = next.map(async |k| {
            tokio::join!(connect_cut_off(k, When::Before), connect_cut_off(k, When::After)).0
        });
        let struck = join_all(deaths).await;
        if struck.contains(&false) {
            break;
        }
        k += 3;
    }
    assert!(k >= 6, "a consent takes more than {k} operations");
}

#[tokio::test]
async fn a_disconnect_that_is_cut_off_anywhere_is_finished_by_the_next() {
    // S2-30
    let cut_off = async |k: u64, when: When| {
        let tenant = Tenant::connected().await;
        let token = tenant.stored_token("refresh_token").await;
        let crash = Crash::at_operation(&tenant, &token, "", k, when).await;
        tenant.disconnect().await;
        let struck = crash.struck().await;
        crash.revive().await;
        let ended = tenant.disconnect().await;
        assert_eq!((ended.status, status_of(&ended)), (200, "disconnected"), "{}", ended.body);
        assert_eq!(tenant.stored_tokens().await, Value::Null, "after {when:?} {k}");
        assert!(count(&tenant, "revoke").await >= 1, "after {when:?} {k}");
        tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "not_connected");
        assert_eq!(tenant.connect().await.status, 200, "after {when:?} {k}");
        tenant.bill_becomes("B1", "posted").await;
        struck
    };
    let mut k = 0;
    while tokio::join!(cut_off(k + 1, When::Before), cut_off(k + 1, When::After)).0 {
        k += 1;
    }
    assert!(k >= 3, "a disconnect takes more than {k} operations");
}

#[tokio::test]
async fn a_disconnect_in_the_middle_of_a_burst_loses_and_repeats_nothing() {
    // S2-30
    let tenant = Tenant::warmed_up().await;
    let ids: Vec<String> = (1..=10).map(|n| format!("B{n}")).collect();
    let burst = join_all(ids.iter().map(async |id| {
        let answer = tenant.put_bill(id, &bill(1, id, "10.00")).await;
        assert!([200, 202].contains(&answer.status), "{}", answer.body);
    }));
    let (_, ended) = tokio::join!(burst, tenant.disconnect());
    assert_eq!((ended.status, status_of(&ended)), (200, "disconnected"), "{}", ended.body);
    let mark = tenant.mark().await;
    for id in &ids {
        let answer = tenant.bill(id).await;
        assert!(["posted", "blocked"].contains(&answer.state()), "{id}: {}", answer.body);
    }
    assert!(tenant.journal(mark).await.is_empty(), "something is sent after the disconnect");
    assert_eq!(tenant.connect().await.status, 200);
    for id in &ids {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id}");
    }
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

#[tokio::test]
async fn connecting_again_in_the_middle_of_a_burst_disturbs_nobody() {
    let tenant = Tenant::warmed_up().await;
    tenant.switch(json!({"rotation": "strict"})).await;
    tenant.advance(7200).await;
    let ids: Vec<String> = (1..=10).map(|n| format!("B{n}")).collect();
    let location = tenant.consent(&tenant.realm, "connect").await;
    let burst = join_all(ids.iter().map(async |id| {
        let answer = tenant.put_bill(id, &bill(1, id, "10.00")).await;
        assert!([200, 202].contains(&answer.status), "{}", answer.body);
    }));
    let (_, landed) = tokio::join!(burst, tenant.land(&location));
    // The refresh and the consent may meet; whoever loses is told, and can simply repeat it.
    assert!([200, 502].contains(&landed.status), "{}", landed.status);
    for id in &ids {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id}");
    }
    assert_eq!(status_of(&tenant.connection().await), "connected");
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}
