//! Endpoints: signed, in order, tried until they work, and only in public.

use e2e::aws;
use e2e::events::sequence;
use e2e::{Receiver, Tenant, until};
use reqwest::Method;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

/// A tenant whose events go to a receiver, and that has been connected.
async fn connected_to(receiver: &Receiver) -> Tenant {
    let tenant = Tenant::new().await;
    tenant.sends_to(receiver).await;
    tenant.connects().await;
    receiver.takes(1).await;
    tenant
}

/// Connects and disconnects: one event each.
async fn toggles(tenant: &Tenant, times: usize) {
    for time in 0..times {
        if time % 2 == 0 {
            tenant.disconnect().await;
        } else {
            tenant.connects().await;
        }
    }
}

fn error_code(answer: &e2e::Answer) -> &str {
    answer.body["errors"][0]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_receiver_verifies_what_it_gets_with_a_library() {
    let receiver = Receiver::start().await;
    let tenant = Tenant::new().await;
    let secret = tenant.sends_to(&receiver).await;
    tenant.connects().await;
    let received = receiver.takes(1).await.remove(0);
    let webhook = Webhook::new(&secret).unwrap();
    webhook.verify(received.body.as_bytes(), &received.headers).expect("a genuine event");
    let forged = received.body.replace("connected", "disconnected");
    assert!(webhook.verify(forged.as_bytes(), &received.headers).is_err());
    let events = tenant.events("").await;
    assert_eq!(received.event(), events[0]);
    assert_eq!(received.headers["webhook-id"], events[0]["id"].as_str().unwrap());
    assert_eq!(received.headers["content-type"], "application/json");
}

#[tokio::test]
async fn both_secrets_sign_while_a_receiver_changes_over() {
    let receiver = Receiver::start().await;
    let tenant = Tenant::new().await;
    let before = tenant.sends_to(&receiver).await;
    let rotated = tenant.change_endpoint(&json!({"rotate_secret": true})).await;
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    let after = rotated.body["event_endpoint"]["secret"].as_str().unwrap().to_owned();
    assert_ne!(before, after);
    assert_eq!(rotated.body["event_endpoint"]["url"], receiver.url(), "all else stays");
    tenant.connects().await;
    let received = receiver.takes(1).await.remove(0);
    for secret in [&before, &after] {
        let webhook = Webhook::new(secret).unwrap();
        webhook.verify(received.body.as_bytes(), &received.headers).expect("either verifies");
    }
    let other = Tenant::new().await;
    let foreign = other.sends_to(&receiver).await;
    let foreign = Webhook::new(&foreign).unwrap();
    assert!(foreign.verify(received.body.as_bytes(), &received.headers).is_err());
}

#[tokio::test]
async fn an_endpoint_that_fails_gets_everything_in_order_once_it_is_well() {
    let receiver = Receiver::start().await;
    let tenant = connected_to(&receiver).await;
    receiver.answer(500);
    toggles(&tenant, 3).await;
    tenant.events_come(4).await;
    receiver.comes(3).await;
    let endpoint = tenant.event_endpoint().await.body["event_endpoint"].clone();
    assert_eq!(endpoint["last_failure"]["message"], "The endpoint answered with status 500.");
    assert!(endpoint["failing_since"].is_string(), "{endpoint}");
    receiver.answer(200);
    receiver.takes(4).await;
    tenant.everything_is_delivered().await;
    assert_eq!(receiver.taken(), [1, 2, 3, 4]);
    let waited: Vec<u64> =
        receiver.received().iter().filter(|it| !it.taken()).map(|it| it.sequence()).collect();
    assert!(waited.iter().all(|sequence| *sequence == 2), "nothing overtakes: {waited:?}");
    let endpoint = tenant.event_endpoint().await.body["event_endpoint"].clone();
    assert_eq!(endpoint["failing_since"], Value::Null, "{endpoint}");
}

#[tokio::test]
async fn an_endpoint_that_was_down_heals() {
    let receiver = Receiver::start().await;
    let tenant = connected_to(&receiver).await;
    let stopped = receiver.stop().await;
    toggles(&tenant, 2).await;
    until("an attempt to fail", async || {
        let endpoint = tenant.event_endpoint().await.body["event_endpoint"].clone();
        let message = endpoint["last_failure"]["message"].as_str()?.to_owned();
        message.contains("No connection").then_some(())
    })
    .await;
    let receiver = stopped.start().await;
    receiver.takes(3).await;
    tenant.everything_is_delivered().await;
    assert_eq!(receiver.taken(), [1, 2, 3]);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let receiver = Receiver::start().await;
    let tenant = connected_to(&receiver).await;
    receiver.answer(302);
    toggles(&tenant, 1).await;
    receiver.comes(2).await;
    until("the attempt to be noted", async || {
        let endpoint = tenant.event_endpoint().await.body["event_endpoint"].clone();
        endpoint["last_failure"]["message"].as_str()?.contains("redirect").then_some(())
    })
    .await;
    receiver.answer(200);
    receiver.takes(2).await;
    tenant.everything_is_delivered().await;
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_left_alone_until_somebody_sets_it_again() {
    let receiver = Receiver::start().await;
    let tenant = connected_to(&receiver).await;
    receiver.answer(410);
    toggles(&tenant, 1).await;
    until("the endpoint to be off", async || {
        let endpoint = tenant.event_endpoint().await.body["event_endpoint"].clone();
        endpoint["off_since"].is_string().then_some(())
    })
    .await;
    let history = tenant.ask("history?action=event_endpoint_off").await;
    assert_eq!(history.body["history"].as_array().map(Vec::len), Some(1), "{}", history.body);
    receiver.answer(200);
    tenant.connects().await;
    tenant.events_come(3).await;
    assert_eq!(receiver.taken(), [1]);
    tenant.sends_to(&receiver).await;
    tenant.everything_is_delivered().await;
    assert_eq!(receiver.taken(), [1, 2, 3]);
}

#[tokio::test]
async fn only_what_is_wanted_is_sent() {
    let receiver = Receiver::start().await;
    let tenant = Tenant::new().await;
    let body =
        json!({"url": receiver.url(), "types": ["ledgerbridge.connection.disconnected", "link"]});
    let set = tenant.change_endpoint(&body).await;
    let types = json!(["ledgerbridge.connection.disconnected", "ledgerbridge.link"]);
    assert_eq!(set.body["event_endpoint"]["types"], types);
    tenant.connects().await;
    tenant.disconnect().await;
    let received = receiver.takes(1).await;
    tenant.everything_is_delivered().await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].sequence(), 2);
}

/// nobody can have ledgerbridge look around in the network that it runs in.
#[tokio::test]
async fn addresses_that_are_not_public_are_refused() {
    let tenant = Tenant::new().await;
    for (url, code) in [
        ("https://10.0.0.1/hooks", "endpoint_not_public"),
        ("https://192.168.1.1/hooks", "endpoint_not_public"),
        ("https://100.64.0.1/", "endpoint_not_public"),
        ("https://169.254.169.254/latest/meta-data/", "endpoint_not_public"),
        ("https://2852039166/latest/meta-data/", "endpoint_not_public"),
        ("https://[fd00:ec2::254]/", "endpoint_not_public"),
        ("https://[::ffff:10.0.0.1]/", "endpoint_not_public"),
        ("https://[64:ff9b::a9fe:a9fe]/", "endpoint_not_public"),
        ("https://0.0.0.0/", "endpoint_not_public"),
        ("http://8.8.8.8/hooks", "endpoint_not_https"),
        ("ftp://8.8.8.8/hooks", "bad_endpoint_url"),
        ("https://user:word@8.8.8.8/", "endpoint_credentials"),
        ("https://nowhere.invalid/hooks", "endpoint_unresolvable"),
        ("nonsense", "bad_endpoint_url"),
    ] {
        let refused = tenant.change_endpoint(&json!({"url": url})).await;
        assert_eq!((refused.status, error_code(&refused)), (422, code), "{url}: {}", refused.body);
        assert!(refused.body["errors"][0]["remedy"].is_string());
    }
    let none = tenant.event_endpoint().await;
    assert_eq!((none.status, none.code()), (404, "no_event_endpoint"));
}

#[tokio::test]
async fn events_are_sent_again_from_any_of_them_on() {
    let receiver = Receiver::start().await;
    let tenant = connected_to(&receiver).await;
    toggles(&tenant, 3).await;
    receiver.takes(4).await;
    tenant.everything_is_delivered().await;
    let events = tenant.events("").await;
    let id = events[1]["id"].as_str().unwrap();
    for (after, expected) in
        [(id, &[3, 4][..]), ("00000000000000000003", &[4]), ("0", &[1, 2, 3, 4]), ("4", &[])]
    {
        let before = receiver.taken().len();
        let replayed = tenant.replay(&json!({"after": after})).await;
        assert_eq!(replayed.status, 202, "{}", replayed.body);
        assert_eq!(replayed.body["events"], expected.len());
        receiver.takes(before + expected.len()).await;
        tenant.everything_is_delivered().await;
        assert_eq!(receiver.taken()[before..], *expected, "after {after}");
    }
    let first = receiver.received()[0].clone();
    let again = receiver.received().into_iter().rfind(|it| it.sequence() == 1).unwrap();
    assert_eq!(first.body, again.body, "the same event, byte for byte");
    assert_eq!(first.headers["webhook-id"], again.headers["webhook-id"]);

    let other = Tenant::new().await;
    other.sends_to(&receiver).await;
    for (who, after) in [(&tenant, "5"), (&tenant, "evt_1"), (&other, id)] {
        let refused = who.replay(&json!({"after": after})).await;
        assert_eq!((refused.status, refused.code()), (404, "unknown_event"), "{after}");
    }
    let neither = tenant.replay(&json!({})).await;
    assert_eq!((neither.status, error_code(&neither)), (422, "after_or_dead"));
}

/// After a day an event is given up, and the next one has its turn; a person can have it sent again.
#[tokio::test]
async fn an_event_that_is_never_taken_becomes_a_dead_letter() {
    let receiver = Receiver::start().await;
    let tenant = connected_to(&receiver).await;
    receiver.answer_to("posting", 200);
    receiver.answer_to("connection.disconnected", 500);
    tenant.disconnect().await;
    tenant.events_come(2).await;
    receiver.comes(2).await;
    let key = |sk: &str| json!({"pk": {"S": format!("T#{}", tenant.id)}, "sk": {"S": sk}});
    until("the trouble to be noted", async || {
        let stored = aws::item(&key("EVENT_ENDPOINT")).await;
        stored["failing_since"]["S"].is_string().then_some(())
    })
    .await;
    // It happened long ago, and so did the first attempt.
    let long_ago = "2026-01-01T00:00:00Z";
    aws::set(&key("EVENT#00000000000000000002"), &[("at", long_ago)]).await;
    let endpoint = key("EVENT_ENDPOINT");
    until("the letter to be dead", async || {
        aws::set(&endpoint, &[("failing_since", long_ago)]).await;
        let shown = tenant.event_endpoint().await.body["event_endpoint"].clone();
        (shown["dead_letters"] == 1).then_some(())
    })
    .await;
    tenant.connects().await;
    receiver.takes(2).await;
    tenant.everything_is_delivered().await;
    assert_eq!(receiver.taken(), [1, 3], "the next one has its turn");
    let shown = tenant.ask("dead-letters").await.body["dead_letters"].clone();
    assert_eq!(shown, json!([]), "events are shown with their endpoint");
    let history = tenant.ask("history?action=event_undeliverable").await;
    assert_eq!(history.body["history"].as_array().map(Vec::len), Some(1), "{}", history.body);
    let kept: Vec<u64> = tenant.events("").await.iter().map(sequence).collect();
    assert_eq!(kept, [1, 2, 3], "who asks still finds it");

    receiver.answer_to("connection.disconnected", 200);
    let replayed = tenant.replay(&json!({"dead": true})).await;
    assert_eq!((replayed.status, &replayed.body["events"]), (202, &json!(1)));
    receiver.takes(3).await;
    assert_eq!(receiver.taken(), [1, 3, 2]);
    until("no dead letter to be left", async || {
        let shown = tenant.event_endpoint().await.body["event_endpoint"].clone();
        (shown["dead_letters"] == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_was_removed_gets_nothing_more() {
    let receiver = Receiver::start().await;
    let tenant = connected_to(&receiver).await;
    let removed =
        tenant.call("settings", Method::DELETE, &tenant.path("event-endpoint"), None).await;
    assert_eq!(removed.status, 204, "{}", removed.body);
    tenant.disconnect().await;
    tenant.events_come(2).await;
    for gone in [
        tenant.event_endpoint().await,
        tenant.replay(&json!({"dead": true})).await,
        tenant.change_endpoint(&json!({"rotate_secret": true})).await,
        tenant.call("settings", Method::DELETE, &tenant.path("event-endpoint"), None).await,
    ] {
        assert_eq!((gone.status, gone.code()), (404, "no_event_endpoint"), "{}", gone.body);
    }
    // A new one begins with what happens from now on.
    tenant.sends_to(&receiver).await;
    tenant.connects().await;
    receiver.takes(2).await;
    tenant.everything_is_delivered().await;
    assert_eq!(receiver.taken(), [1, 3]);
}
