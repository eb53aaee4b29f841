//! Calls that are wrong before their body is looked at, or come at the wrong time.

use e2e::records::bill;
use e2e::{Crash, Tenant, When, request, send, stack};
use reqwest::Method;
use serde_json::json;

use super::assert_nothing_happened;

#[tokio::test]
async fn an_outage_is_told_as_one_and_the_same_call_works_afterwards() {
    let tenant = Tenant::warmed_up().await;
    let crash = Crash::at(&tenant, 1, When::Before).await;
    let calls = async || {
        [
            tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await,
            tenant.bill("B1").await,
            tenant.connection().await,
            tenant.call("settings", Method::GET, &tenant.path("settings"), None).await,
        ]
    };
    for answer in calls().await {
        let problem = answer.problem(503, "unavailable");
        assert_eq!(problem.body["retryable"], true);
        assert!(!problem.header("retry-after").is_empty());
        let text = problem.body.to_string().to_lowercase();
        for internal in ["dynamo", "127.0.0.1", "table", "dispatch", "aws"] {
            assert!(!text.contains(internal), "{internal} is told to a stranger: {text}");
        }
    }
    crash.revive().await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    assert!(calls().await.iter().all(|answer| answer.status == 200));
    tenant.comes_to_rest().await;
}

#[tokio::test]
async fn only_holders_of_a_key_get_in() {
    let tenant = Tenant::warmed_up().await;
    let mark = tenant.mark().await;
    let key = stack().api_key.as_str();
    let (bills, payments) = (tenant.path("bills/B1"), tenant.path("payments/P1"));
    for (function, method, path) in [
        ("billing-invoice", Method::PUT, bills.clone()),
        ("billing-invoice", Method::GET, bills.clone()),
        ("billing-invoice", Method::POST, format!("{bills}/sync")),
        ("billing-payment", Method::PUT, payments.clone()),
        ("billing-payment", Method::GET, payments.clone()),
        ("billing-payment", Method::DELETE, payments.clone()),
        ("disbursement", Method::PUT, tenant.path("disbursements/D1")),
        ("disbursement", Method::GET, tenant.path("disbursements/D1")),
        ("settings", Method::GET, tenant.path("settings")),
        ("settings", Method::PUT, tenant.path("settings")),
        ("settings", Method::PUT, tenant.path("workflows/agent_billing")),
        ("settings", Method::POST, tenant.path("workflows/agent_billing/run")),
    ] {
        for authorization in [
            None,
            Some(String::new()),
            Some("Bearer".to_owned()),
            Some("Bearer wrong".to_owned()),
            Some(format!("Bearer {key}x")),
            Some(format!("Bearer {}", &key[..key.len() - 1])),
            Some(format!("Basic {key}")),
            Some(key.to_owned()),
        ] {
            let mut request = request(function, method.clone(), &path);
            if let Some(authorization) = &authorization {
                request = request.header("authorization", authorization);
            }
            let request = request.json(&bill(1, "B-1", "10.00"));
            let answer = send(request).await.problem(401, "unauthorized");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{authorization:?}");
            assert!(!answer.body.to_string().contains(key), "the answer shows the key");
        }
    }
    assert_nothing_happened(&tenant, "B1", mark, "without a key").await;
}

#[tokio::test]
async fn other_methods_paths_and_media_types_are_refused_helpfully() {
    let tenant = Tenant::warmed_up().await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    let mark = tenant.mark().await;
    let path = tenant.path("bills/B1");
    for method in [Method::POST, Method::DELETE, Method::PATCH] {
        let answer = tenant.call("billing-invoice", method, &path, None).await;
        let refused = answer.problem(405, "method_not_allowed");
        let allowed = refused.header("allow");
        assert!(allowed.contains("GET") && allowed.contains("PUT"), "{allowed:?}");
    }
    let head = tenant.call("billing-invoice", Method::HEAD, &path, None).await;
    assert_eq!((head.status, &head.body), (200, &json!("")));
    let options = tenant.call("billing-invoice", Method::OPTIONS, &path, None).await;
    assert!([200, 204].contains(&options.status), "{}", options.status);

    for unknown in ["/", "/tenants", "/bills/B1", "/tenants/t/bills"] {
        let answer = tenant.call("billing-invoice", Method::GET, unknown, None).await;
        answer.problem(404, "unknown_path");
    }
    let elsewhere = tenant.call("billing-payment", Method::GET, &path, None).await;
    elsewhere.problem(404, "unknown_path");

    for kind in ["text/plain", "application/x-www-form-urlencoded", "text/xml", "multipart/mixed"] {
        let request = request("billing-invoice", Method::PUT, &path).bearer_auth(&stack().api_key);
        let request =
            request.header("content-type", kind).body(bill(2, "B-1", "20.00").to_string());
        send(request).await.problem(415, "unsupported_media_type");
    }
    let untyped = request("billing-invoice", Method::PUT, &path).bearer_auth(&stack().api_key);
    let untyped = untyped.body(bill(2, "B-1", "20.00").to_string());
    send(untyped).await.problem(415, "unsupported_media_type");
    // A body where none belongs is not silently ignored.
    let body = json!({"version": 2});
    let sync = tenant.path("bills/B1/sync");
    let answer = tenant.call("billing-invoice", Method::POST, &sync, Some(&body)).await;
    assert_eq!(answer.problem(422, "invalid_fields").paths(), ["version"]);
    assert_eq!(tenant.bill("B1").await.body["posting"]["version"], 1);
    assert!(tenant.journal(mark).await.is_empty());
}

#[tokio::test]
async fn ids_of_records_are_taken_as_they_are_or_refused() {
    let tenant = Tenant::warmed_up().await;
    let mark = tenant.mark().await;
    let too_long = "x".repeat(101);
    for id in ["a%20b", "a%23b", "%E2%98%83", "a%00", "a%0Ab", "a%3Fb", "a:b", &too_long] {
        let answer = tenant.put_bill(id, &bill(1, "B-1", "10.00")).await;
        assert_eq!((answer.status, answer.code()), (400, "bad_id"), "{id}: {}", answer.body);
        answer.problem(400, "bad_id");
    }
    // An encoded slash reaches functions as it was sent; where it is decoded on the way, the path is unknown.
    for id in ["a%2Fb", "..%2F..%2Fx", "%2e%2e%2fsettings"] {
        let answer = tenant.put_bill(id, &bill(1, "B-1", "10.00")).await;
        assert!([(400, "bad_id"), (404, "unknown_path")].contains(&(answer.status, answer.code())));
    }
    assert!(tenant.journal(mark).await.is_empty());
    let odd = "b.1_2@x+y=z-4";
    let posted = tenant.put_bill(odd, &bill(1, "B-1", "10.00")).await.posted();
    assert_eq!(tenant.bill(odd).await.id("Invoice"), posted.id("Invoice"));
}

#[tokio::test]
async fn a_tenant_that_never_connected_is_told_so_and_nothing_is_lost() {
    let tenant = Tenant::new().await;
    let answer = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
    answer.waits("blocked", "not_connected");
    assert_eq!(tenant.bill("B1").await.state(), "blocked");
    assert!(tenant.journal(0).await.is_empty());
    tenant.connects().await;
    tenant.choose_accounts().await;
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.comes_to_rest().await;
}
