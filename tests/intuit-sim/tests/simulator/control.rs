//! The control API and the pages.

use serde_json::{Value, json};

use crate::support::{Company, Reply, id, invoice, payment};

#[tokio::test]
async fn the_journal_tells_what_is_metered() {
    let company = Company::sample().await;
    company.get("customer/1").await;
    company.query("select count(*) from Customer").await;
    company.customer("Acme").await;
    company.post("invoice", invoice("999", "1")).await;
    let calls = company.inspect("journal?after=1").await;
    let rows: Vec<(&str, &str, bool, &str)> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| {
            (
                call["entity"].as_str().unwrap(),
                call["operation"].as_str().unwrap(),
                call["metered"].as_bool().unwrap(),
                call["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("Customer", "read", true, "performed"),
        ("Customer", "query", true, "performed"),
        ("Customer", "create", false, "performed"),
        ("Invoice", "create", false, "rejected"),
    ];
    assert_eq!(rows, expected);
    assert_eq!(calls["calls"][3]["fault_code"], "2500");
}

#[tokio::test]
async fn a_bookkeeper_changes_things_without_api_calls() {
    let company = Company::sample().await;
    let made = company.invoice("3", "10").await;
    let before = company.inspect("journal").await["calls"].as_array().unwrap().len();
    let edited = company
        .control("bookkeeper/invoice", json!({"Id": id(&made), "PrivateNote": "by hand"}))
        .await;
    assert_eq!(
        (&edited.body["Invoice"]["SyncToken"], &edited.body["Invoice"]["TotalAmt"]),
        (&json!("1"), &json!(10))
    );
    company.control("bookkeeper/payment", payment("3", "10", &[(id(&made), "10")])).await;
    assert_eq!(company.read("Invoice", id(&made)).await["Balance"], json!(0));
    let refused =
        company.control("bookkeeper/invoice?operation=delete", json!({"Id": id(&made)})).await;
    assert_eq!((refused.status, refused.code()), (400, "800"));
    assert_eq!(company.inspect("journal").await["calls"].as_array().unwrap().len(), before + 1);
}

#[tokio::test]
async fn clocks_stand_still_until_moved() {
    let company = Company::sample().await;
    let (first, second) = (company.inspect("clock").await, company.inspect("clock").await);
    assert_eq!(first, second);
    let moved = company.control("clock", json!({"set": "2027-01-02T12:00:00Z"})).await;
    assert_eq!(
        (&moved.body["local"], &moved.body["today"]),
        (&json!("2027-01-02T04:00:00-08:00"), &json!("2027-01-02"))
    );
    assert_eq!(company.control("clock", json!({})).await.status, 400);
}

#[tokio::test]
async fn access_tokens_can_be_expired() {
    let company = Company::sample().await;
    company.control("tokens/expire-access", json!({})).await;
    assert_eq!(company.get("customer/1").await.status, 401);
    let fresh = company.refresh(&company.refresh_token).await;
    let token = fresh.body["access_token"].as_str().unwrap();
    assert_eq!(
        company
            .http
            .get(company.api("customer/1"))
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn unknown_switches_and_companies_are_refused() {
    let company = Company::sample().await;
    assert_eq!(company.switch(json!({"colour": "blue"})).await.status, 400);
    assert_eq!(
        company.http.get(company.address("/sim/companies/1/clock")).send().await.unwrap().status(),
        404
    );
    let created = company
        .http
        .post(company.address("/sim/companies"))
        .json(&json!({"nmae": "x"}))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 400);
    let all =
        Reply::of(company.http.get(company.address("/sim/companies")).send().await.unwrap()).await;
    assert!(
        all.body["companies"]
            .as_array()
            .unwrap()
            .iter()
            .any(|listed| listed["realm_id"] == company.realm.as_str())
    );
}

#[tokio::test]
async fn an_empty_company_has_the_accounts_that_invoicing_needs() {
    let company = Company::with(json!({"sample": false, "name": "Blank"})).await;
    assert_eq!(
        company.query("select count(*) from Invoice").await.body["QueryResponse"]["totalCount"],
        json!(0)
    );
    let customer = company.customer("First").await;
    let made = company.invoice(&customer, "10").await;
    assert_eq!(made["DocNumber"], "1001");
    company.save("Payment", payment(&customer, "10", &[(id(&made), "10")])).await;
    company.assert_books_balance().await;
}

#[tokio::test]
async fn exact_decimals_survive() {
    let company = Company::sample().await;
    let text = r#"{"CustomerRef":{"value":"3"},"Line":[{"Amount":0.30,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"},"Qty":3,"UnitPrice":0.10}}]}"#;
    let request = company
        .http
        .post(company.api("invoice"))
        .bearer_auth(&company.token)
        .header("content-type", "application/json")
        .body(text);
    let answer = request.send().await.unwrap().text().await.unwrap();
    assert!(
        answer.contains(r#""TotalAmt":0.3,"#) && answer.contains(r#""UnitPrice":0.1}"#),
        "{answer}"
    );
    let value: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(value["Invoice"]["Balance"].to_string(), "0.3");
}
