//! Consents and disconnects that meet others at work. Those that are cut off are in the crash matrix.

use e2e::Tenant;
use e2e::records::bill;
use futures_util::future::join_all;
use serde_json::json;

use super::status_of;

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
