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

#[tokio::test]
async fn no_item_can_use_what_another_makes() {
    let company = Company::sample().await;
    let made = company.save("Customer", json!({"DisplayName": "Before"})).await;
    let next = (id(&made).parse::<u64>().unwrap() + 1).to_string();
    let item = |bid: &str, entity: &str, object: Value| json!({"bId": bid, "operation": "create", entity: object});
    let reply = company
        .post(
            "batch",
            json!({"BatchItemRequest": [
                item("1", "Customer", json!({"DisplayName": "Within"})),
                item("2", "Invoice", invoice(&next, "5")),
                item("3", "Invoice", invoice(id(&made), "5"))
            ]}),
        )
        .await;
    let items = &reply.body["BatchItemResponse"];
    assert_eq!(items[0]["Customer"]["Id"], json!(next));
    assert_eq!(items[1]["Fault"]["Error"][0]["code"], "2500", "{items}");
    assert_eq!(items[2]["Fault"], Value::Null, "{items}");
}

#[tokio::test]
async fn an_item_can_be_performed_and_left_out_of_the_answer() {
    let company = Company::sample().await;
    let omit = json!({"entity": "Invoice", "after": 1, "action": {"kind": "omit"}});
    company.script(omit).await;
    let item = |bid: &str| json!({"bId": bid, "operation": "create", "Invoice": invoice("3", "5")});
    let body = json!({"BatchItemRequest": [item("1"), item("2"), item("3")]});
    let reply = company.post("batch?requestid=r-1", body.clone()).await;
    let ids = |reply: &Value| -> Vec<Value> {
        let items = reply["BatchItemResponse"].as_array().unwrap();
        items.iter().map(|item| item["bId"].clone()).collect()
    };
    assert_eq!(ids(&reply.body), ["1", "3"]);
    let count = || company.query("select count(*) from Invoice");
    let before = count().await.body["QueryResponse"]["totalCount"].clone();
    let again = company.post("batch?requestid=r-1", body).await;
    assert_eq!(again.body, reply.body, "the whole answer is repeated, as it was");
    let after = count().await.body["QueryResponse"]["totalCount"].clone();
    assert_eq!(before, after, "and nothing is performed");
}

#[tokio::test]
async fn each_item_counts_by_itself_and_only_queries_are_metered() {
    let company = Company::sample().await;
    let item = |bid: &str| json!({"bId": bid, "operation": "create", "Invoice": invoice("3", "5")});
    let query = |bid: &str| json!({"bId": bid, "Query": "select count(*) from Customer"});
    for (items, metered) in
        [(json!([item("1"), item("2")]), 0), (json!([item("1"), query("2"), query("3")]), 2)]
    {
        let count = items.as_array().unwrap().len();
        company.post("batch", json!({"BatchItemRequest": items})).await;
        let journal = company.inspect("journal").await;
        let call = journal["calls"].as_array().unwrap().last().unwrap();
        assert_eq!(call["items"].as_array().unwrap().len(), count);
        assert_eq!(
            (&call["metered_reads"], &call["metered"]),
            (&json!(metered), &json!(metered > 0))
        );
    }
}
