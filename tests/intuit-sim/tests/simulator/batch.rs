//! Batches.

use serde_json::{Value, json};

use crate::support::{Company, id, invoice};

#[tokio::test]
async fn items_succeed_and_fail_on_their_own() {
    let company = Company::sample().await;
    let made = company.invoice("3", "5").await;
    let paid = company.save("Payment", json!({"CustomerRef": {"value": "3"}, "TotalAmt": 4})).await;
    let reply = company
        .post(
            "batch",
            json!({"BatchItemRequest": [
                {"bId": "a", "operation": "create", "Customer": {"DisplayName": "Acme"}},
                {"bId": "b", "operation": "create", "Customer": {"DisplayName": "Cool Cars"}},
                {"bId": "c", "operation": "update", "Invoice": {"Id": id(&made), "SyncToken": "0", "sparse": true, "PrivateNote": "x"}},
                {"bId": "d", "Query": "select * from Customer where Id = '3'"},
                {"bId": "e", "operation": "update", "optionsData": "void", "Payment": {"Id": id(&paid), "SyncToken": "0", "sparse": true}},
                {"bId": "f", "operation": "delete", "Invoice": {"Id": id(&made), "SyncToken": "1"}},
                {"bId": "g", "operation": "merge", "Customer": {}},
                {"bId": "h", "operation": "create", "Spaceship": {}},
                {"bId": "i", "operation": "update", "Customer": {"DisplayName": "No id"}}
            ]}),
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let item = |bid: &str| {
        reply.body["BatchItemResponse"]
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["bId"] == bid)
            .unwrap()
            .clone()
    };
    let code = |bid: &str| item(bid)["Fault"]["Error"][0]["code"].clone();
    assert_eq!(item("a")["Customer"]["DisplayName"], "Acme");
    assert_eq!(
        (code("b"), code("g"), code("h"), code("i")),
        (json!("6240"), json!("500"), json!("2000"), json!("2020"))
    );
    assert_eq!(item("c")["Invoice"]["SyncToken"], "1");
    assert_eq!(item("d")["QueryResponse"]["maxResults"], json!(1));
    assert_eq!(item("e")["Payment"]["TotalAmt"], json!(0));
    assert_eq!(item("f")["Invoice"]["status"], "Deleted");
    company.assert_books_balance().await;
}

#[tokio::test]
async fn batches_have_limits() {
    let company = Company::sample().await;
    let items = |count: usize| -> Value {
        (0..count).map(|n| json!({"bId": format!("item-number-{n}"), "Query": "select count(*) from Customer"})).collect()
    };
    assert_eq!(company.post("batch", json!({"BatchItemRequest": items(30)})).await.status, 200);
    assert_eq!(company.post("batch", json!({"BatchItemRequest": items(31)})).await.code(), "1040");
    assert_eq!(
        company.post("batch?requestid=r-1", json!({"BatchItemRequest": items(1)})).await.code(),
        "2130"
    );
    let long = format!("batch?requestid={}", "r".repeat(37));
    assert_eq!(company.post(&long, json!({"BatchItemRequest": [{"bId": "1", "Query": "select count(*) from Customer"}]})).await.code(), "2130");
    let twice = json!({"BatchItemRequest": [{"bId": "1", "Query": "select count(*) from Customer"}, {"bId": "1", "Query": "select count(*) from Item"}]});
    assert_eq!(company.post("batch", twice.clone()).await.status, 200);
    company.switch(json!({"batch_duplicate_bid": "reject"})).await;
    assert_eq!(company.post("batch", twice).await.status, 400);
}

#[tokio::test]
async fn a_scripted_refusal_strikes_one_item() {
    let company = Company::sample().await;
    company.script(json!({"entity": "Invoice", "operation": "create", "after": 1, "action": {"kind": "throttle"}})).await;
    let item = |bid: &str| json!({"bId": bid, "operation": "create", "Invoice": invoice("3", "5")});
    let reply =
        company.post("batch", json!({"BatchItemRequest": [item("1"), item("2"), item("3")]})).await;
    let codes: Vec<Value> = reply.body["BatchItemResponse"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["Fault"]["Error"][0]["code"].clone())
        .collect();
    assert_eq!((reply.status, codes), (200, vec![Value::Null, json!("3001"), Value::Null]));
}
