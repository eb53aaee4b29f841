//! What the publisher cannot read. That it may die anywhere is in the crash matrix.

use e2e::aws;
use e2e::events::told;
use e2e::{Tenant, until};
use serde_json::json;

/// An item that this version cannot read, written by a newer one or broken, stands in nobody's way.
#[tokio::test]
async fn a_change_that_cannot_be_read_is_noted_and_passed_over() {
    let tenant = Tenant::new().await;
    let item = |schema: &str, kind: &str| {
        json!({
            "pk": {"S": format!("T#{}", tenant.id)},
            "sk": {"S": format!("LINK#{}#customer#{kind}", tenant.realm)},
            "schema": {"N": schema},
        })
    };
    aws::put_items(&[item("99", "newer"), item("1", "broken")]).await;
    tenant.connects().await;
    let events = tenant.events_come(1).await;
    assert_eq!(told(&events)[0].1, "connection");
    let letters = until("both to be noted", async || {
        let shown = tenant.ask("dead-letters").await.body["dead_letters"].clone();
        shown.as_array().filter(|letters| letters.len() == 2).cloned()
    })
    .await;
    for letter in &letters {
        let about = letter["about"].as_str().unwrap_or_default();
        assert!(about.starts_with("LINK#") && letter["reason"]["code"] == "untold", "{letter}");
    }
}
