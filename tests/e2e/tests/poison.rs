//! Poison: what nobody can handle is in nobody's way, ends where a person sees it, and is done once it was mended.

use e2e::aws::{self, Identity};
use e2e::records::bill;
use e2e::{Tenant, stack, until};
use reqwest::Method;
use serde_json::{Value, json};

/// Far beyond the calendar once anything is added to it.
const END_OF_TIME: &str = "9999-12-30T22:00:00.999999999Z";

impl Key {
    fn posting(tenant: &Tenant, id: &str) -> Self {
        let sk = format!("POSTING#agent_billing#bill#{id}");
        Self(json!({"pk": {"S": format!("T#{}", tenant.id)}, "sk": {"S": sk}}))
    }

    async fn item(&self) -> Value {
        aws::item(&self.0).await
    }
}

/// The key of an item.
struct Key(Value);

async fn store(item: &Value) {
    aws::put_items(std::slice::from_ref(item)).await;
}

/// A step in flight that no date arithmetic survives.
fn in_flight(tenant: &Tenant) -> Value {
    let text = |text: &str| json!({"S": text});
    json!({"M": {
        "step": text("create_invoice"), "version": {"N": "1"}, "company": text(&tenant.realm),
        "object_kind": text("Invoice"), "content": text("c"), "request": text("{}"),
        "sent_at": text(END_OF_TIME), "last_sent_at": text(END_OF_TIME),
    }})
}

async fn dead_letters(tenant: &Tenant) -> Vec<Value> {
    let answer = tenant.ask("dead-letters").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["dead_letters"].as_array().cloned().unwrap_or_default()
}

async fn replay(tenant: &Tenant, body: Value) -> e2e::Answer {
    let path = tenant.path("dead-letters/replay");
    tenant.call("settings", Method::POST, &path, Some(&body)).await
}

/// Waits until one of the tenant's letters is about a subject.
async fn letter_about(tenant: &Tenant, subject: &str) -> Value {
    until(&format!("a dead letter about {subject}"), async || {
        dead_letters(tenant).await.into_iter().find(|letter| letter["subject"] == subject)
    })
    .await
}

/// A stored item that panics whoever works on it, one that cannot be read, and one that a newer version wrote.
#[tokio::test]
async fn poisoned_records_hold_up_no_other_and_are_posted_once_they_are_mended() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    for id in ["panics", "broken", "newer", "good"] {
        tenant.put_bill(id, &bill(1, id, "10.00")).await.waits("blocked", "workflow_not_active");
    }
    let keys = ["panics", "broken", "newer"].map(|id| Key::posting(&tenant, id));
    let [panics, broken, newer] = &keys;
    let (sound_panics, sound_broken, sound_newer) =
        (panics.item().await, broken.item().await, newer.item().await);
    let with = |item: &Value, name: &str, value: Value| {
        let mut item = item.clone();
        item[name] = value;
        item
    };
    let poisoned = with(&sound_panics, "in_flight", in_flight(&tenant));
    store(&poisoned).await;
    store(&with(&sound_broken, "state", json!({"S": "dancing"}))).await;
    let from_the_future = with(&sound_newer, "schema", json!({"N": "99"}));
    store(&from_the_future).await;

    // All of them are woken, the poisoned ones first.
    tenant.choose_accounts().await;
    tenant.bill_becomes("good", "posted").await;
    let refused = tenant.bill("newer").await.problem(503, "newer_version");
    assert_eq!(refused.body["retryable"], true);
    tenant.put_bill("newer", &bill(2, "newer", "20.00")).await.problem(503, "newer_version");
    assert_eq!(newer.item().await, from_the_future, "what a newer version wrote is left alone");

    let given_up = tenant.bill_becomes("panics", "rejected").await;
    assert_eq!(given_up.code(), "internal");
    assert!(given_up.body["posting"]["reason"]["remedy"].as_str().unwrap().contains("Sync"));
    let letter = letter_about(&tenant, "record").await;
    assert_eq!(letter["about"], "agent_billing#bill#broken");
    assert_eq!(letter["reason"]["code"], "internal");
    assert!(letter["reason"]["remedy"].as_str().unwrap().contains("Replay"), "{letter}");
    let letters = dead_letters(&tenant).await;
    let records = letters.iter().filter(|letter| letter["subject"] == "record").count();
    assert_eq!(records, 1, "the other one says so itself: {letters:?}");
    // What was poisoned was a change, too, and nobody could be told of it.
    letter_about(&tenant, "change").await;
    let told = tenant.ask("history?action=dead_letter").await;
    assert!(told.body["history"].as_array().is_some_and(|lines| lines.len() > 1), "{}", told.body);

    // The operator mends what is stored.
    let mut mended = panics.item().await;
    mended.as_object_mut().unwrap().remove("in_flight");
    store(&mended).await;
    store(&sound_broken).await;
    store(&sound_newer).await;
    tenant.bill_becomes("newer", "posted").await;
    let retry = json!({"state": "rejected"});
    let path = tenant.path("postings/retry");
    tenant.call("settings", Method::POST, &path, Some(&retry)).await;
    tenant.bill_becomes("panics", "posted").await;
    let replayed = replay(&tenant, json!({"id": letter["id"]})).await;
    assert_eq!((replayed.status, &replayed.body["replayed"]), (202, &json!(1)));
    tenant.bill_becomes("broken", "posted").await;
    replay(&tenant, json!({"id": letter["id"]})).await.problem(404, "unknown_dead_letter");
    assert_eq!(replay(&tenant, json!({})).await.status, 202);
    assert_eq!(dead_letters(&tenant).await, Vec::<Value>::new());
    for id in ["panics", "broken", "newer", "good"] {
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id} is booked once");
    }
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// Puts a message with the dead letters of a function, as SQS does when nobody came back from it.
async fn move_to_dead_letters(function: &str, tenant: &Tenant, mut work: Value) {
    work["schema"] = json!(1);
    work["tenant"] = json!(tenant.id);
    let message = json!({
        "QueueUrl": stack().dead_letter_queues[function],
        "MessageBody": work.to_string(),
        "MessageGroupId": tenant.id,
        "MessageDeduplicationId": uuid::Uuid::new_v4().simple().to_string(),
    });
    let answer = Identity::root().json("sqs", "AmazonSQS.SendMessage", &message).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Time-outs, aborts and lack of memory leave nobody to count: SQS does, and moves the message.
#[tokio::test]
async fn what_was_cut_off_again_and_again_is_tried_alone_and_then_shown_to_a_person() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    for id in ["B1", "B2"] {
        tenant.put_bill(id, &bill(1, id, "10.00")).await.waits("blocked", "workflow_not_active");
    }
    let posting = |id: &str| format!("agent_billing#bill#{id}");
    // It was only in bad company: on its own it is seen to, and nobody hears of it.
    let pull = json!({"pull": "asked"});
    move_to_dead_letters("payment-pull", &tenant, pull.clone()).await;
    let alone = |mut work: Value| {
        work["failures"] = json!(11);
        work
    };
    let subjects = ["events", "notices", "pull", "wake"];
    for (function, work) in [
        ("event-publisher", json!({"publish": true})),
        ("intuit-webhook", json!({"notices": ["none"]})),
        ("payment-pull", pull),
        ("billing-invoice", json!({"wake": "mapping", "before": "2026-01-01T00:00:00Z"})),
        ("billing-invoice", json!({"posting": posting("B1")})),
    ] {
        move_to_dead_letters(function, &tenant, alone(work)).await;
    }
    let rejected = tenant.bill_becomes("B1", "rejected").await;
    assert_eq!(rejected.code(), "cut_off");
    let letters = until("all letters", async || {
        let mut letters = dead_letters(&tenant).await;
        letters.sort_by_key(|letter| letter["subject"].to_string());
        (letters.len() == subjects.len()).then_some(letters)
    })
    .await;
    for (letter, subject) in letters.iter().zip(subjects) {
        assert_eq!(letter["subject"], subject, "{letter}");
        assert_eq!(letter["reason"]["code"], "cut_off", "{letter}");
        assert!(letter["reason"]["remedy"].as_str().unwrap().contains("Replay"), "{letter}");
        assert!(letter["since"].is_string());
    }
    // The same letter again is the same letter.
    move_to_dead_letters("event-publisher", &tenant, alone(json!({"publish": true}))).await;
    let other = Tenant::new().await;
    replay(&other, json!({"id": letters[0]["id"]})).await.problem(404, "unknown_dead_letter");
    let replayed = replay(&tenant, json!({})).await;
    assert_eq!(
        (replayed.status, &replayed.body["replayed"]),
        (202, &json!(4)),
        "{}",
        replayed.body
    );
    assert_eq!(replayed.body["more"], false);
    tenant.choose_accounts().await;
    tenant.bill_becomes("B2", "posted").await;
    tenant.sync_bill("B1").await;
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.invoices("B1").await.len(), 1);
    tenant.comes_to_rest().await;
}
