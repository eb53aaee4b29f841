//! Request limits.

use serde_json::{Value, json};

use crate::support::{Company, Reply};

/// The start of a minute.
const MINUTE: &str = "2026-03-02T10:00:00Z";

impl Company {
    async fn limited(switches: Value) -> Self {
        let mut all = json!({"limits": true, "requestid": "off"});
        all.as_object_mut().unwrap().extend(switches.as_object().unwrap().clone());
        let company = Self::switched(all).await;
        company.control("clock", json!({"set": MINUTE})).await;
        company
    }

    /// How many of `calls` are answered, made so many a second.
    async fn answered(&self, path: &str, calls: usize, a_second: usize) -> usize {
        let mut answered = 0;
        for call in 0..calls {
            if call > 0 && call % a_second == 0 {
                self.advance(1).await;
            }
            let reply = match path {
                "batch" => {
                    let item = json!({"bId": "1", "Query": "select count(*) from Item"});
                    self.post(path, json!({"BatchItemRequest": [item]})).await
                }
                path => self.get(path).await,
            };
            answered += usize::from(reply.status == 200);
        }
        answered
    }

    /// Which limits refused calls, each once.
    async fn limits(&self) -> Vec<Value> {
        let journal = self.inspect("journal").await;
        let mut limits: Vec<Value> =
            journal["calls"].as_array().unwrap().iter().map(|call| call["limit"].clone()).collect();
        limits.retain(|limit| !limit.is_null());
        limits.dedup();
        limits
    }
}

#[tokio::test]
async fn limits_hold_by_the_company_clock() {
    let company = Company::limited(json!({"retry_after_header": true})).await;
    for _ in 0..10 {
        assert_eq!(company.get("customer/1").await.status, 200);
    }
    let refused = company
        .http
        .get(company.api("customer/1"))
        .bearer_auth(&company.token)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.headers()["retry-after"], "60");
    let refused = Reply::of(refused).await;
    assert_eq!(
        (refused.status, refused.fault().2),
        (429, "The request limit was reached.  Try again later")
    );
    company.advance(1).await;
    assert_eq!(company.get("customer/1").await.status, 200);
    company.switch(json!({"throttle_shape": "gateway"})).await;
    for _ in 0..9 {
        company.get("customer/1").await;
    }
    assert_eq!(company.get("customer/1").await.body["fault"]["error"][0]["code"], "3001");
}

#[tokio::test]
async fn each_limit_refuses_what_is_beyond_it_and_the_journal_says_which() {
    for (switches, path, calls, a_second, answered, limit) in [
        (json!({}), "customer/1", 25, 25, 10, "app_second"),
        (json!({}), "customer/1", 520, 10, 500, "company_minute"),
        (json!({"other_apps_requests_a_minute": 480}), "customer/1", 30, 10, 20, "company_minute"),
        (json!({"other_apps_requests_a_minute": 500}), "customer/1", 1, 1, 0, "company_minute"),
        (json!({}), "batch", 45, 10, 40, "app_batches"),
        (json!({"other_apps_batches_a_minute": 100}), "batch", 25, 5, 20, "company_batches"),
        (json!({"limits_window": "fixed"}), "customer/1", 11, 11, 10, "app_second"),
    ] {
        let company = Company::limited(switches.clone()).await;
        assert_eq!(company.answered(path, calls, a_second).await, answered, "{switches} {path}");
        assert_eq!(company.limits().await, [json!(limit)], "{switches} {path}");
    }
}

#[tokio::test]
async fn a_fixed_window_forgets_at_the_full_minute_what_a_sliding_one_still_counts() {
    for (window, later) in [("fixed", 40), ("sliding", 0)] {
        let company = Company::limited(json!({"limits_window": window})).await;
        company.advance(50).await;
        assert_eq!(company.answered("batch", 40, 8).await, 40);
        company.advance(10).await;
        assert_eq!(company.answered("batch", 40, 10).await, later, "{window}");
    }
}

#[tokio::test]
async fn what_is_refused_is_not_counted() {
    let company = Company::limited(json!({})).await;
    assert_eq!(company.answered("customer/1", 100, 100).await, 10);
    company.advance(1).await;
    assert_eq!(company.answered("customer/1", 10, 10).await, 10);
}

#[tokio::test]
async fn without_the_switch_nothing_is_refused() {
    let company = Company::switched(json!({"other_apps_requests_a_minute": 500})).await;
    assert_eq!(company.answered("customer/1", 50, 50).await, 50);
    assert_eq!(company.limits().await, [Value::Null; 0]);
}
