//! An import that cannot go on by itself: QuickBooks is down, or another import of the tenant has its turn.

use e2e::Tenant;
use e2e::aws::{self, Identity};
use e2e::imports::{file, line};
use e2e::records::bill;
use serde_json::{Value, json};

use super::{assert_exact, bills};

/// Far more than an import has in work at once.
const LONG: usize = 600;
const ALWAYS: u64 = 1_000_000;

#[tokio::test]
async fn while_quickbooks_is_down_an_import_waits_and_says_so_instead_of_filling_the_queues() {
    let tenant = Tenant::connected().await;
    let down = json!({"kind": "status", "status": 503, "body": "<html>down</html>"});
    tenant.fault(json!({"times": ALWAYS, "action": down})).await;
    let text = file(&bills(LONG));
    let id = tenant.import_uploaded(&text).await;
    let is_waiting =
        |import: &Value| import["reason"]["code"] == "quickbooks_unavailable" && runs(import);
    let waiting = tenant.import_until(&id, "waiting for QuickBooks", is_waiting).await;
    let done = waiting["records"]["done"].as_u64().unwrap_or(0);
    assert!(done < LONG as u64 / 2, "the rest of the file stays where it is: {waiting}");
    let remedy = waiting["reason"]["remedy"].as_str().unwrap_or_default();
    assert!(!remedy.is_empty(), "{waiting}");
    tenant.heal().await;
    let import = tenant.import_becomes(&id, "done").await;
    assert_eq!((&import["records"]["done"], &import["reason"]), (&json!(LONG), &Value::Null));
    assert_exact(&tenant, &text).await;
}

fn runs(import: &Value) -> bool {
    import["state"] == "importing"
}

/// The stored import, as items of the table are.
async fn stored(tenant: &Tenant, id: &str) -> Value {
    let is = |item: &Value| item["sk"]["S"] == format!("IMPORT#{id}");
    tenant.items().await.into_iter().find(is).expect("a stored import")
}

#[tokio::test]
async fn an_import_behind_another_of_the_tenant_is_not_taken_for_one_whose_process_died() {
    let tenant = Tenant::connected().await;
    let slow = json!({"kind": "delay", "milliseconds": 1_500});
    tenant.fault(json!({"operation": "batch", "times": ALWAYS, "action": slow})).await;
    let first = file(&bills(LONG));
    let ahead = tenant.import_uploaded(&first).await;
    tenant.import_until(&ahead, "under way", runs).await;
    let second = file(&[line("bill", "L1", &bill(1, "L-1", "10.00"))]);
    let behind = tenant.import_uploaded(&second).await;
    // It has waited for as long as a sweep allows.
    let mut waits = stored(&tenant, &behind).await;
    assert!(waits["worker"]["S"].is_null(), "{waits}");
    for name in ["missed_at", "watch_at"] {
        waits[name]["S"] = json!("2020-01-01T00:00:00.000000Z");
    }
    aws::put_items(&[waits]).await;
    let swept = Identity::root().invoke("billing-invoice", &json!({"ledgerbridge": "sweep"})).await;
    assert_eq!(swept.status, 200, "{}", swept.body);
    let (waits, works) = (stored(&tenant, &behind).await, stored(&tenant, &ahead).await);
    assert_eq!(works["state"]["S"], "importing", "it was over too soon to see anything");
    assert_eq!(waits["missed_at"], works["missed_at"], "it is looked for when that one is");
    tenant.heal().await;
    for id in [&ahead, &behind] {
        tenant.import_becomes(id, "done").await;
    }
    assert_exact(&tenant, &format!("{first}{second}")).await;
}
