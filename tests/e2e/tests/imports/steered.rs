//! A person stops an import, lets it go on, or ends it; and a file that is no longer the same is not mixed with the first.

use e2e::Tenant;
use e2e::imports::{Books, file, import_id, upload};
use serde_json::{Value, json};

use super::{assert_exact, bills};

/// Far more than an import has in work at once.
const LONG: usize = 600;

/// Some are posted, and most are not.
fn is_under_way(import: &Value) -> bool {
    import["state"] == "importing" && import["records"]["done"].as_u64() > Some(0)
}

#[tokio::test]
async fn an_import_rests_while_it_is_paused_and_ends_exact_when_it_goes_on() {
    let tenant = Tenant::warmed_up().await;
    let text = file(&bills(LONG));
    let id = tenant.import_uploaded(&text).await;
    tenant.import_until(&id, "under way", is_under_way).await;
    for _ in 0..2 {
        let paused = tenant.import_step(&id, "pause").await;
        assert_eq!((paused.status, &paused.body["import"]["state"]), (200, &json!("paused")));
    }
    tenant.comes_to_rest().await;
    let rests = Books::of(&tenant).await.documents();
    assert!(rests < LONG as u64, "it was paused too late to see anything: {rests}");
    for _ in 0..2 {
        let resumed = tenant.import_step(&id, "resume").await;
        assert_eq!(resumed.status, 200, "{}", resumed.body);
    }
    let import = tenant.import_becomes(&id, "done").await;
    let records = &import["records"];
    let counted = ["posted", "unchanged", "queued"].map(|it| records[it].as_u64().unwrap_or(0));
    assert_eq!(counted.iter().sum::<u64>(), LONG as u64, "{import}");
    assert_eq!(tenant.import_step(&id, "pause").await.status, 409, "it is over");
    let warm = e2e::imports::line(
        "bill",
        "warm-up",
        &e2e::records::paid(e2e::records::bill(1, "W-1", "1.00")),
    );
    assert_exact(&tenant, &format!("{text}{warm}\n")).await;
}

#[tokio::test]
async fn what_is_posted_stays_when_an_import_is_cancelled() {
    let tenant = Tenant::connected().await;
    let id = tenant.import_uploaded(&file(&bills(LONG))).await;
    tenant.import_until(&id, "under way", is_under_way).await;
    for _ in 0..2 {
        let cancelled = tenant.import_step(&id, "cancel").await;
        assert_eq!(
            (cancelled.status, &cancelled.body["import"]["state"]),
            (200, &json!("cancelled"))
        );
        let message = cancelled.body["import"]["reason"]["message"].as_str().unwrap_or_default();
        assert!(message.contains("QuickBooks"), "{}", cancelled.body);
    }
    tenant.comes_to_rest().await;
    let found = Books::of(&tenant).await.documents();
    assert!((1..LONG as u64).contains(&found), "{found} documents");
    for step in ["start", "pause", "resume"] {
        assert_eq!(tenant.import_step(&id, step).await.status, 409, "{step}");
    }
    assert_eq!(tenant.imported(&id).await["state"], "cancelled");
}

#[tokio::test]
async fn a_file_that_is_replaced_while_it_is_imported_fails_with_a_reason() {
    let tenant = Tenant::connected().await;
    let place = tenant.place_for_file("replaced").await;
    let id = import_id(&place);
    assert_eq!(upload(&place, &file(&bills(LONG))).await, 200);
    assert_eq!(tenant.import_step(&id, "start").await.status, 202);
    tenant.import_until(&id, "under way", is_under_way).await;
    tenant.import_step(&id, "pause").await;
    let mut other = bills(LONG);
    other.reverse();
    assert_eq!(upload(&place, &file(&other)).await, 200);
    tenant.import_step(&id, "resume").await;
    let import = tenant.import_becomes(&id, "failed").await;
    assert_eq!(import["reason"]["code"], "file_replaced", "{import}");
    let remedy = import["reason"]["remedy"].as_str().unwrap_or_default();
    assert!(!remedy.is_empty(), "{import}");
    tenant.comes_to_rest().await;
    tenant.assert_balanced().await;
}
