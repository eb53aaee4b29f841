//! Replay by `requestid`.

use serde_json::json;

use crate::support::{Company, invoice};

#[tokio::test]
async fn the_same_id_answers_the_same_bytes_and_does_nothing() {
    let company = Company::sample().await;
    let send = async || {
        company
            .try_post("invoice?requestid=r-1", &invoice("3", "5"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    let first = send().await;
    company.advance(3).await;
    assert_eq!(send().await, first);
    assert_eq!(
        company.query("select count(*) from Invoice").await.body["QueryResponse"]["totalCount"],
        json!(32)
    );
    let calls = company.inspect("journal").await;
    let outcomes: Vec<&str> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| call["requestid"] == "r-1")
        .map(|call| call["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["performed", "replayed"]);
}

#[tokio::test]
async fn a_refused_call_is_not_remembered_unless_switched() {
    for (stores, second) in [(false, 200), (true, 400)] {
        let company = Company::switched(json!({"requestid_stores_faults": stores})).await;
        assert_eq!(company.post("invoice?requestid=r", invoice("999", "5")).await.status, 400);
        assert_eq!(company.post("invoice?requestid=r", invoice("3", "5")).await.status, second);
    }
}

#[tokio::test]
async fn ids_belong_to_one_company() {
    let (one, two) = (Company::sample().await, Company::sample().await);
    assert_eq!(
        one.post("customer?requestid=r", json!({"DisplayName": "A"})).await.body["Customer"]["DisplayName"],
        "A"
    );
    assert_eq!(
        two.post("customer?requestid=r", json!({"DisplayName": "B"})).await.body["Customer"]["DisplayName"],
        "B"
    );
}

#[tokio::test]
async fn what_intuit_leaves_open_is_switchable() {
    let company = Company::switched(json!({"requestid_changed_body": "fault600"})).await;
    assert_eq!(company.post("customer?requestid=r", json!({"DisplayName": "A"})).await.status, 200);
    assert_eq!(
        company.post("customer?requestid=r", json!({"DisplayName": "B"})).await.code(),
        "600"
    );
    company.switch(json!({"requestid_changed_body": "replay"})).await;
    assert_eq!(
        company.post("customer?requestid=r", json!({"DisplayName": "B"})).await.body["Customer"]["DisplayName"],
        "A"
    );
    company.switch(json!({"requestid_lifetime_seconds": 60})).await;
    company.advance(61).await;
    assert_eq!(
        company.post("customer?requestid=r", json!({"DisplayName": "B"})).await.body["Customer"]["DisplayName"],
        "B"
    );
    company.switch(json!({"requestid": "off"})).await;
    assert_eq!(
        company.post("customer?requestid=r", json!({"DisplayName": "B"})).await.code(),
        "6240"
    );
}

#[tokio::test]
async fn an_id_has_at_most_fifty_characters() {
    let company = Company::sample().await;
    for (length, status) in [(50, 200), (51, 400)] {
        let path = format!("customer?requestid={}", "r".repeat(length));
        assert_eq!(
            company.post(&path, json!({"DisplayName": format!("N{length}")})).await.status,
            status
        );
    }
}
