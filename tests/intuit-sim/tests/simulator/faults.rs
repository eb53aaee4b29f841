//! Scripted faults.

use serde_json::json;

use crate::support::{Company, invoice};

const INVOICES: &str = "select count(*) from Invoice";

async fn invoices(company: &Company) -> i64 {
    company.query(INVOICES).await.body["QueryResponse"]["totalCount"].as_i64().unwrap()
}

#[tokio::test]
async fn commit_then_drop_books_the_invoice_and_closes_the_connection() {
    let company = Company::sample().await;
    company.script(json!({"entity": "Invoice", "operation": "create", "action": {"kind": "commit_then_drop"}})).await;
    company.try_post("invoice?requestid=r", &invoice("3", "5")).await.unwrap_err();
    assert_eq!(invoices(&company).await, 32);
    let replayed = company.post("invoice?requestid=r", invoice("3", "5")).await;
    assert_eq!((replayed.status, invoices(&company).await), (200, 32));
    let calls = company.inspect("journal").await;
    let dropped = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .find(|call| call["requestid"] == "r")
        .unwrap()
        .clone();
    assert_eq!(
        (&dropped["outcome"], &dropped["scripted"], &dropped["status"]),
        (&json!("performed"), &json!("commit_then_drop"), &json!(null))
    );
}

#[tokio::test]
async fn drop_before_does_nothing() {
    let company = Company::sample().await;
    company.script(json!({"method": "POST", "action": {"kind": "drop_before"}})).await;
    company.try_post("invoice", &invoice("3", "5")).await.unwrap_err();
    assert_eq!(invoices(&company).await, 31);
    assert_eq!(company.post("invoice", invoice("3", "5")).await.status, 200);
}

#[tokio::test]
async fn commit_then_status_hides_what_was_done() {
    let company = Company::sample().await;
    company.script(json!({"action": {"kind": "commit_then_status", "status": 504, "body": "<html>gateway timeout</html>"}})).await;
    let reply = company.post("invoice", invoice("3", "5")).await;
    assert_eq!((reply.status, reply.body.as_str()), (504, Some("<html>gateway timeout</html>")));
    assert_eq!(invoices(&company).await, 32);
}

#[tokio::test]
async fn scripts_match_by_content_skip_and_count_down() {
    let company = Company::sample().await;
    company.script(json!({"operation": "create", "contains": "\"5\"", "after": 1, "times": 2, "action": {"kind": "status", "status": 503}})).await;
    let post = async |customer: &str| company.post("invoice", invoice(customer, "7")).await.status;
    assert_eq!(
        [
            post("3").await,
            post("5").await,
            post("5").await,
            post("3").await,
            post("5").await,
            post("5").await
        ],
        [200, 200, 503, 200, 503, 200]
    );
    company.script(json!({"times": 9, "action": {"kind": "status", "status": 500}})).await;
    assert_eq!(company.inspect("faults").await["faults"].as_array().unwrap().len(), 1);
    company
        .http
        .delete(company.address(&format!("/sim/companies/{}/faults", company.realm)))
        .send()
        .await
        .unwrap();
    assert_eq!(post("3").await, 200);
}

#[tokio::test]
async fn refusals_carry_the_texts_of_their_code() {
    let company = Company::sample().await;
    for (action, status, code, message) in [
        (json!({"kind": "reject", "code": "5010"}), 400, "5010", "Stale Object Error"),
        (
            json!({"kind": "reject", "code": "10000"}),
            500,
            "10000",
            "An application error has occurred while processing your request",
        ),
        (
            json!({"kind": "reject", "code": "6540"}),
            400,
            "6540",
            "Deposited Transaction cannot be changed",
        ),
        (
            json!({"kind": "reject", "code": "7777", "message": "Odd", "status": 418}),
            418,
            "7777",
            "Odd",
        ),
        (
            json!({"kind": "throttle"}),
            429,
            "3001",
            "message=ThrottleExceeded; errorCode=003001; statusCode=429",
        ),
    ] {
        company.script(json!({"action": action})).await;
        let reply = company.get("customer/1").await;
        assert_eq!((reply.status, reply.fault().0, reply.fault().1), (status, code, message));
    }
    for (kind, status, code) in [("gateway_401", 401, "3200"), ("gateway_403", 403, "3100")] {
        company.script(json!({"action": {"kind": kind}})).await;
        let reply = company.get("customer/1").await;
        assert_eq!(
            (reply.status, reply.body["fault"]["error"][0]["code"].as_str()),
            (status, Some(code))
        );
    }
}

#[tokio::test]
async fn token_calls_can_be_struck_too() {
    let company = Company::switched(json!({"rotation": "strict"})).await;
    company.script(json!({"operation": "token", "action": {"kind": "oauth_error", "error": "invalid_grant", "description": "Token invalid"}})).await;
    let refused = company.refresh(&company.refresh_token).await;
    assert_eq!(
        (refused.status, refused.body),
        (400, json!({"error": "invalid_grant", "error_description": "Token invalid"}))
    );
    company
        .script(json!({"operation": "token_refresh", "action": {"kind": "commit_then_drop"}}))
        .await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", company.refresh_token.as_str())];
    let request = company
        .http
        .post(company.address("/oauth2/v1/tokens/bearer"))
        .basic_auth("app", Some("secret"))
        .form(&form);
    request.send().await.unwrap_err();
    // The rotation took place, and nobody has the new token.
    assert_eq!(company.refresh(&company.refresh_token).await.body["error"], "invalid_grant");
    let calls = company.inspect("journal").await;
    let operations: Vec<&str> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["operation"].as_str().unwrap())
        .collect();
    assert_eq!(operations, ["token_exchange", "token_refresh", "token_refresh", "token_refresh"]);
}

#[tokio::test]
async fn a_delay_holds_the_answer_back() {
    let company = Company::sample().await;
    company.script(json!({"action": {"kind": "delay", "milliseconds": 60_000}})).await;
    let request = company
        .http
        .get(company.api("customer/1"))
        .bearer_auth(&company.token)
        .timeout(std::time::Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
}
