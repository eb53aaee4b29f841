//! Calls about pulls and issued payments, and Intuit's own, are checked before anything is read.

use serde_json::{Value, json};

use super::{Call, GET, call, largest_body};
use crate::Function;
use crate::http::MAX_BODY_BYTES;

#[tokio::test]
async fn calls_about_pulls_and_issued_payments_are_checked_before_anything_is_read() {
    // S3-14
    let pull = "/tenants/t/payment-pull";
    let all = "/tenants/t/issued-payments";
    let one = "/tenants/t/issued-payments/9130.71";
    for (method, path, query, body, status, code, fields) in [
        ("PUT", pull, "", "", 400, "malformed_json", &[][..]),
        (
            "PUT",
            pull,
            "",
            r#"{"on":1,"interval_minutes":1}"#,
            422,
            "invalid_fields",
            &["on", "interval_minutes"],
        ),
        (
            "POST",
            "/tenants/t/payment-pulls",
            "",
            r#"{"since":"2026-01-01"}"#,
            422,
            "invalid_fields",
            &["since"],
        ),
        ("GET", all, "state=lost", "", 422, "invalid_fields", &["?state"]),
        (
            "GET",
            all,
            "payee=a&disbursement=a%23b&limit=101",
            "",
            422,
            "invalid_fields",
            &["?payee", "?disbursement", "?limit"],
        ),
        ("GET", all, "cursor=AAAA", "", 422, "invalid_fields", &["cursor"]),
        ("GET", "/tenants/t/issued-payments/71", "", "", 400, "bad_id", &[]),
        ("GET", "/tenants/t/issued-payments/.71", "", "", 400, "bad_id", &[]),
        ("GET", "/tenants/t/issued-payments/9130.7%231", "", "", 400, "bad_id", &[]),
        ("PUT", "/tenants/t/issued-payments/71", "", "{}", 400, "bad_id", &[]),
        (
            "PUT",
            one,
            "",
            r#"{"total":"1.00","number":7,"attachments":[{"id":"a/b"}]}"#,
            422,
            "invalid_fields",
            &["total", "number", "attachments[0].id", "attachments[0].name"],
        ),
        ("DELETE", one, "", r#"{"force":true}"#, 422, "invalid_fields", &["force"]),
    ] {
        let reply = call(Function::PaymentPull, Call { method, path, query, body, ..GET }).await;
        let what = format!("{method} {path}?{query}: {}", reply.body);
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((reply.status_code, &problem["code"]), (status, &json!(code)), "{what}");
        assert_eq!(super::checks::named(&problem), fields, "{what}");
    }
    // What is good goes on, to where nothing answers.
    for (method, path, query, body) in [
        ("GET", pull, "", ""),
        ("PUT", pull, "", r#"{"on":true}"#),
        ("POST", "/tenants/t/payment-pulls", "", ""),
        ("GET", all, "state=gone&disbursement=D-1&limit=100", ""),
        ("GET", one, "", ""),
        ("PUT", one, "", r#"{"number":null}"#),
        ("DELETE", one, "", ""),
    ] {
        let reply = call(Function::PaymentPull, Call { method, path, query, body, ..GET }).await;
        assert_eq!(reply.status_code, 503, "{method} {path}: {}", reply.body);
    }
}

#[tokio::test]
async fn the_legend_is_the_same_for_every_tenant() {
    // S3-22, S3-23
    let path = "/tenants/t/issued-payments/legend";
    let reply = call(Function::PaymentPull, Call { path, ..GET }).await;
    assert_eq!(reply.status_code, 200, "{}", reply.body);
    let legend: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(legend["legend"][0]["title"], "Synced");
    assert_eq!(legend["legend"].as_array().unwrap().len(), 4);
}

/// It has no URL, and still makes its routes when it starts.
#[tokio::test]
async fn a_function_without_calls_starts() {
    let reply = call(Function::EventPublisher, GET).await;
    assert_eq!(reply.status_code, 404, "{}", reply.body);
}

#[tokio::test]
async fn what_nobody_signed_is_refused_without_a_word_about_why_and_without_a_key() {
    let most = largest_body(Function::IntuitWebhook);
    assert_eq!((most, largest_body(Function::PaymentPull)), (262_144, MAX_BODY_BYTES));
    let (fits, huge) = ("x".repeat(most), "x".repeat(most + 1));
    let mut answers = Vec::new();
    for (body, status) in [("{}", 401), ("", 401), (fits.as_str(), 401), (huge.as_str(), 413)] {
        let told = Call { method: "POST", path: "/intuit/webhooks", body, signed: false, ..GET };
        let reply = call(Function::IntuitWebhook, told).await;
        assert_eq!(reply.status_code, status, "{} bytes: {}", body.len(), reply.body);
        answers.push(reply.body);
    }
    assert!(answers[0].contains("signature_invalid"), "{}", answers[0]);
    assert!(answers[..3].iter().all(|answer| *answer == answers[0]));
}
