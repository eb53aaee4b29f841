//! The publisher dies before or after any of its operations: nothing is lost, and nothing is in the log twice.

use std::collections::BTreeSet;

use e2e::aws;
use e2e::events::{sequence, told};
use e2e::{Crash, Receiver, Tenant, When, until};
use serde_json::json;

/// Changes one thing while the publisher dies at its `k`-th operation. Whether it got that far.
async fn survives(k: u64, when: When) -> bool {
    let receiver = Receiver::start().await;
    let tenant = Tenant::new().await;
    tenant.sends_to(&receiver).await;
    tenant.connect().await;
    receiver.takes(1).await;
    tenant.everything_is_delivered().await;

    let crash = Crash::of_publisher(&tenant, k, when).await;
    tenant.disconnect().await;
    let struck = until("the death, or the end", async || {
        if crash.struck().await {
            return Some(true);
        }
        let endpoint = tenant.event_endpoint().await.body["event_endpoint"].clone();
        let done = endpoint["delivered"] == "00000000000000000002";
        (done && !crash.struck().await).then_some(false)
    })
    .await;
    crash.revive().await;
    tenant.connect().await;
    let events = tenant.events_come(3).await;
    tenant.everything_is_delivered().await;

    let numbers: Vec<u64> = events.iter().map(sequence).collect();
    assert_eq!(numbers, [1, 2, 3], "death {when:?} operation {k}: {:?}", told(&events));
    let taken: BTreeSet<u64> = receiver.taken().into_iter().collect();
    assert_eq!(taken, [1, 2, 3].into(), "death {when:?} operation {k}");
    let mut firsts = receiver.taken();
    let mut seen = BTreeSet::new();
    firsts.retain(|number| seen.insert(*number));
    assert_eq!(firsts, [1, 2, 3], "death {when:?} operation {k}: nothing overtakes");
    struck
}

#[tokio::test]
async fn death_between_any_two_operations_loses_nothing_and_adds_nothing_twice() {
    for when in [When::Before, When::After] {
        let mut k = 1;
        while survives(k, when).await {
            k += 1;
            assert!(k < 40, "it never ends");
        }
        assert!(k > 6, "only {} operations were interrupted", k - 1);
    }
}

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
    tenant.connect().await;
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
