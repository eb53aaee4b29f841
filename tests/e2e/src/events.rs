//! Events: read, sent to endpoints, told on the bus.

use std::sync::Mutex;

use reqwest::Method;
use serde_json::{Value, json};

use crate::aws::Identity;
use crate::{Answer, Receiver, Tenant, stack, until};

/// The number of an event.
pub fn sequence(event: &Value) -> u64 {
    let sequence = event["sequence"].as_str().and_then(|text| text.parse().ok());
    sequence.unwrap_or_else(|| panic!("no sequence: {event}"))
}

/// What events tell: the type without what all begin with, and the subject.
pub fn told(events: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = |event: &Value| text(&event["type"]).replace("ledgerbridge.", "");
    events.iter().map(|event| (kind(event), text(&event["subject"]))).collect()
}

impl Tenant {
    /// Every event so far, page by page; `narrowed` such as `&type=posting`.
    pub async fn events(&self, narrowed: &str) -> Vec<Value> {
        let (mut events, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.ask(&format!("events?limit=3{narrowed}{cursor}")).await;
            assert_eq!(page.status, 200, "{}", page.body);
            events.extend(page.body["events"].as_array().cloned().unwrap_or_default());
            let next = page.body["next"].as_str().expect("a page says where the next begins");
            cursor = format!("&cursor={next}");
            if page.body["more"] == false {
                return events;
            }
        }
    }

    /// Waits until the last event is of a kind and about a subject: all events.
    pub async fn events_until(&self, kind: &str, subject: &str) -> Vec<Value> {
        let last = (kind.to_owned(), subject.to_owned());
        until(&format!("event {kind} of {subject}"), async || {
            let events = self.events("").await;
            (told(&events).last() == Some(&last)).then_some(events)
        })
        .await
    }

    /// Waits until there are so many events.
    pub async fn events_come(&self, count: usize) -> Vec<Value> {
        until(&format!("{count} events"), async || {
            let events = self.events("").await;
            (events.len() >= count).then_some(events)
        })
        .await
    }

    /// The tenant's endpoint.
    pub async fn event_endpoint(&self) -> Answer {
        self.ask("event-endpoint").await
    }

    /// Changes the tenant's endpoint.
    pub async fn change_endpoint(&self, body: &Value) -> Answer {
        self.call("settings", Method::PUT, &self.path("event-endpoint"), Some(body)).await
    }

    /// Has the tenant's events sent to a receiver; the secret.
    pub async fn sends_to(&self, receiver: &Receiver) -> String {
        let set = self.change_endpoint(&json!({"url": receiver.url()})).await;
        assert_eq!(set.status, 200, "{}", set.body);
        let secret = set.body["event_endpoint"]["secret"].as_str();
        secret.unwrap_or_else(|| panic!("no secret: {}", set.body)).to_owned()
    }

    /// Has events sent again.
    pub async fn replay(&self, body: &Value) -> Answer {
        self.call("settings", Method::POST, &self.path("events/replay"), Some(body)).await
    }

    /// Waits until the endpoint got everything.
    pub async fn everything_is_delivered(&self) {
        until("everything to be delivered", async || {
            let endpoint = self.event_endpoint().await.body["event_endpoint"].clone();
            (endpoint["delivered"] == endpoint["last"]).then_some(())
        })
        .await;
    }
}

/// Everything that the bus told so far of which `is` holds. One queue hears it for all tests, so what one test takes out
/// is kept for the others.
pub async fn heard(is: impl Fn(&Value) -> bool) -> Vec<Value> {
    static HEARD: Mutex<Vec<Value>> = Mutex::new(Vec::new());
    let all = || HEARD.lock().expect("no holder of this lock panics");
    loop {
        let told = tap().await;
        if told.is_empty() {
            break;
        }
        all().extend(told);
    }
    all().iter().filter(|message| is(message)).cloned().collect()
}

/// Takes what the bus told out of its queue, up to ten.
async fn tap() -> Vec<Value> {
    let queue = &stack().bus_tap;
    let receive = json!({"QueueUrl": queue, "MaxNumberOfMessages": 10});
    let answer = Identity::root().json("sqs", "AmazonSQS.ReceiveMessage", &receive).await;
    let messages = answer.body["Messages"].as_array().cloned().unwrap_or_default();
    for message in &messages {
        let delete = json!({"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]});
        Identity::root().json("sqs", "AmazonSQS.DeleteMessage", &delete).await;
    }
    let body = |message: &Value| {
        let body = message["Body"].as_str().expect("a message has a body");
        serde_json::from_str(body).expect("the bus tells JSON")
    };
    messages.iter().map(body).collect()
}
