//! Whatever is sent: an answer that says what is wrong where, and nothing half done.

use e2e::records::{bill, bill_of, payment};
use e2e::{Answer, Crash, Tenant, When, request, send, stack};
use reqwest::Method;
use serde_json::{Value, json};

/// Asserts that the record is unknown and that QuickBooks heard nothing since `mark`.
async fn assert_nothing_happened(tenant: &Tenant, id: &str, mark: u64, case: &str) {
    let shown = tenant.bill(id).await;
    assert_eq!((shown.status, shown.code()), (404, "unknown_record"), "{case}: {}", shown.body);
    let calls = tenant.journal(mark).await;
    assert!(calls.is_empty(), "{case}: {calls:?}");
}

/// The bill with another value somewhere; the path is a JSON pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut bill = bill(1, "B-1", "10.00");
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    bill.pointer_mut(parent).expect("the parent is there")[name] = value;
    bill
}

/// The bill as text, with a piece of it replaced.
fn altered(from: &str, to: &str) -> String {
    let text = bill(1, "B-1", "10.00").to_string();
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}

#[tokio::test]
async fn what_is_not_a_record_is_refused_with_its_place() {
    let tenant = Tenant::warmed_up().await;
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let nested = altered(r#""Desk fee for March""#, &deep(40));
    let cases = [
        ("empty", String::new(), 400, "malformed_json"),
        ("blank", "  \n ".to_owned(), 400, "malformed_json"),
        ("cut off", altered("}]", ""), 400, "malformed_json"),
        ("a bracket", "{".to_owned(), 400, "malformed_json"),
        ("words", "version=1".to_owned(), 400, "malformed_json"),
        ("quotes", "{'version':1}".to_owned(), 400, "malformed_json"),
        ("a comma", altered("}]", "},]"), 400, "malformed_json"),
        ("two bodies", format!("{0}{0}", bill(1, "B-1", "10.00")), 400, "malformed_json"),
        ("NaN", altered(r#""amount":"10.00""#, r#""amount":NaN"#), 400, "malformed_json"),
        (
            "Infinity",
            altered(r#""amount":"10.00""#, r#""amount":-Infinity"#),
            400,
            "malformed_json",
        ),
        ("a lone surrogate", altered("Desk", "\\ud800"), 400, "malformed_json"),
        ("deep", deep(20), 400, "malformed_json"),
        ("very deep", "[".repeat(60_000), 400, "malformed_json"),
        ("deep inside", nested, 400, "malformed_json"),
        ("1 MB", altered("March", &"x".repeat(1024 * 1024)), 413, "body_too_large"),
        ("10,000 lines", many_lines(10_000).to_string(), 413, "body_too_large"),
    ];
    for (case, body, status, code) in cases {
        let mark = tenant.mark().await;
        let answer = tenant.raw("billing-invoice", &tenant.path("bills/B1"), body).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{case}: {}", answer.body);
        let problem = answer.problem(status, code);
        assert_eq!(problem.body["retryable"], false, "{case}");
        assert!(problem.body["request_id"].is_string(), "{case}");
        assert_nothing_happened(&tenant, "B1", mark, case).await;
    }
    for body in ["null", "[]", "\"bill\"", "17", "true"] {
        let mark = tenant.mark().await;
        let answer = tenant.raw("billing-invoice", &tenant.path("bills/B1"), body).await;
        let problem = answer.problem(422, "invalid_fields");
        assert_eq!(problem.paths(), [""], "{body}");
        assert_nothing_happened(&tenant, "B1", mark, body).await;
    }
}

fn many_lines(count: usize) -> Value {
    let line = json!({"item": {"id": "i", "name": "Desk fee"}, "amount": "0.01"});
    with("/lines", Value::Array(vec![line; count]))
}

#[tokio::test]
async fn every_bad_field_is_named_with_its_path_and_remedy() {
    let tenant = Tenant::warmed_up().await;
    let amount = |value: Value| with("/lines/0/amount", value);
    let cases: Vec<(Value, &[&str], &str)> = vec![
        (amount(json!("NaN")), &["lines[0].amount"], "not_a_number"),
        (amount(json!("Infinity")), &["lines[0].amount"], "not_a_number"),
        (amount(json!("")), &["lines[0].amount"], "not_a_number"),
        (amount(json!("1,000.00")), &["lines[0].amount"], "not_a_number"),
        (amount(json!("1e5")), &["lines[0].amount"], "not_a_number"),
        (amount(json!(true)), &["lines[0].amount"], "wrong_type"),
        (amount(json!("-10.00")), &["lines[0].amount"], "negative_amount"),
        (amount(json!(-10)), &["lines[0].amount"], "negative_amount"),
        (amount(json!("10.001")), &["lines[0].amount"], "too_precise"),
        (amount(json!("99999999999999999999")), &["lines[0].amount"], "too_large"),
        (amount(json!("9".repeat(400))), &["lines[0].amount"], "too_large"),
        (amount(json!("10.01")), &["lines[0].amount"], "amount_differs"),
        (with("/lines/0/quantity", json!("-1")), &["lines[0].quantity"], "negative_amount"),
        (with("/version", json!(0)), &["version"], "bad_version"),
        (with("/version", json!(-1)), &["version"], "bad_version"),
        (with("/version", json!(1.5)), &["version"], "bad_version"),
        (with("/version", json!("1")), &["version"], "wrong_type"),
        (with("/version", json!(u64::MAX)), &["version"], "bad_version"),
        (with("/version", Value::Null), &["version"], "missing"),
        (with("/issued_on", json!("2026-02-30")), &["issued_on"], "bad_date"),
        (with("/issued_on", json!("03/01/2026")), &["issued_on"], "bad_date"),
        (with("/due_on", json!("20260301")), &["due_on"], "bad_date"),
        (with("/closed_on", json!("0000-00-00")), &["closed_on"], "bad_date"),
        (with("/currency", json!("dollars")), &["currency"], "bad_currency"),
        (with("/lines", json!([])), &["lines"], "bad_count"),
        (many_lines(501), &["lines"], "bad_count"),
        (with("/memmo", json!("x")), &["memmo"], "unknown_field"),
        (with("/agent/phone", json!("x")), &["agent.phone"], "unknown_field"),
        (with("/lines/0/tax", json!(1)), &["lines[0].tax"], "unknown_field"),
        (with("/agent/id", json!("A#1")), &["agent.id"], "bad_id"),
        (with("/agent/id", json!("A/1")), &["agent.id"], "bad_id"),
        (with("/agent/id", json!("")), &["agent.id"], "bad_id"),
        (with("/agent/name", json!("")), &["agent.name"], "empty_name"),
        (with("/agent/name", json!("🎉\u{0}")), &["agent.name"], "empty_name"),
        (with("/agent/name", json!("n".repeat(501))), &["agent.name"], "too_long"),
        (with("/agent/email", json!("nobody")), &["agent.email"], "bad_email"),
        (with("/lines/0/item/name", json!("n".repeat(101))), &["lines[0].item.name"], "too_long"),
        (with("/number", json!("n".repeat(22))), &["number"], "too_long"),
        (with("/memo", json!("m".repeat(1001))), &["memo"], "too_long"),
        (
            with("/payment", json!({"paid_on": "2026-03-05", "amount": "-1.00"})),
            &["payment.amount"],
            "refund_not_supported",
        ),
        (
            with("/payment", json!({"paid_on": "2026-03-05", "amount": "0"})),
            &["payment.amount"],
            "zero_payment",
        ),
    ];
    for (body, paths, code) in cases {
        let mark = tenant.mark().await;
        let case = format!("{code} at {paths:?}");
        let problem = tenant.put_bill("B1", &body).await;
        assert_eq!((problem.status, problem.code()), (422, "invalid_fields"), "{case}");
        let problem = problem.problem(422, "invalid_fields");
        assert_eq!(problem.paths(), paths, "{case}: {}", problem.body);
        assert_fields(&problem, code);
        assert_nothing_happened(&tenant, "B1", mark, &case).await;
    }
}

#[track_caller]
fn assert_fields(problem: &Answer, code: &str) {
    for error in problem.body["errors"].as_array().expect("errors") {
        assert_eq!(error["code"], code, "{}", problem.body);
        for member in ["message", "remedy"] {
            let text = error[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "an error without {member}: {error}");
        }
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let tenant = Tenant::connected().await;
    let wrong = json!({
        "version": "one", "agent": 1, "number": 5, "issued_on": 20260301, "due_on": [],
        "closed_on": {}, "currency": 840, "memo": false, "lines": {}, "payment": "yes", "extra": 1,
    });
    let problem = tenant.put_bill("B1", &wrong).await.problem(422, "invalid_fields");
    let mut paths = problem.paths();
    paths.sort_unstable();
    let mut all: Vec<&str> = wrong.as_object().unwrap().keys().map(String::as_str).collect();
    all.sort_unstable();
    assert_eq!(paths, all);

    let twice = altered(r#""version":1"#, r#""version":1,"version":2"#).replacen(
        r#""amount":"10.00""#,
        r#""amount":"10.00","amount":"99.00""#,
        1,
    );
    let path = tenant.path("bills/B1");
    let problem = tenant.raw("billing-invoice", &path, twice).await.problem(422, "invalid_fields");
    let mut paths = problem.paths();
    paths.sort_unstable();
    assert_eq!(paths, ["lines[0].amount", "version"]);
    assert_fields(&problem, "repeated_field");
    assert_nothing_happened(&tenant, "B1", tenant.mark().await, "all at once").await;
}

#[tokio::test]
async fn payments_are_checked_as_strictly() {
    let tenant = Tenant::warmed_up().await;
    let good = || payment(1, "10.00", &[("warm-up", "10.00")]);
    let with = |name: &str, value: Value| {
        let mut payment = good();
        payment[name] = value;
        payment
    };
    let twice = json!([{"id": "B1", "amount": "1"}, {"id": "B1", "amount": "2"}]);
    for (body, path, code) in [
        (with("amount", json!("0.00")), "amount", "zero_payment"),
        (with("amount", json!("-5")), "amount", "refund_not_supported"),
        (with("amount", json!("9.99")), "bills", "over_allocated"),
        (with("bills", json!([])), "bills", "bad_count"),
        (with("bills", twice), "bills[1].id", "bill_repeated"),
        (with("bills", json!([{"id": "B 1", "amount": "1"}])), "bills[0].id", "bad_id"),
        (with("paid_on", Value::Null), "paid_on", "missing"),
        (with("reference", json!("r".repeat(22))), "reference", "too_long"),
        (with("method", json!("m".repeat(32))), "method", "too_long"),
        (with("agent", json!("A1")), "agent", "unknown_field"),
    ] {
        let mark = tenant.mark().await;
        let problem = tenant.put_payment("P1", &body).await.problem(422, "invalid_fields");
        assert_eq!(problem.paths(), [path], "{}", problem.body);
        assert_fields(&problem, code);
        tenant.payment("P1").await.problem(404, "unknown_record");
        assert!(tenant.journal(mark).await.is_empty());
    }
    for (query, path) in [("?version=0", "?version"), ("?version=x", "?version"), ("?v=1", "?v")] {
        let path_and_query = format!("{}{query}", tenant.path("payments/P1"));
        let answer = tenant.call("billing-payment", Method::DELETE, &path_and_query, None).await;
        assert_eq!(answer.problem(422, "invalid_fields").paths(), [path]);
    }
    tenant.delete_payment("P1").await.problem(404, "unknown_record");
}

#[tokio::test]
async fn names_are_cleaned_and_every_change_is_told() {
    let tenant = Tenant::connected().await;
    let mut record = bill_of("A7", 1, "B-1", "10.00");
    record["agent"]["name"] = json!("  Zoë: the\tFirst 🎉\u{7} ");
    record["lines"][0]["item"]["name"] = json!("Fees:Desk\r\nfee");
    record["memo"] = json!("Line one\nline two \u{1}🎉: done");
    let posted = tenant.put_bill("B1", &record).await.posted();
    let changes = posted.body["posting"]["changes"].as_array().expect("changes");
    let told = |path: &str| {
        let change = changes.iter().find(|change| change["path"] == path);
        let change = change.unwrap_or_else(|| panic!("{path} is not told: {changes:?}"));
        assert!(change["why"].as_str().is_some_and(|why| !why.is_empty()));
        (change["from"].clone(), change["to"].clone())
    };
    let to = |name: &str, to: &str| (json!(name), json!(to));
    assert_eq!(told("agent.name"), to("  Zoë: the\tFirst 🎉\u{7} ", "Zoë- the First"));
    assert_eq!(told("lines[0].item.name"), to("Fees:Desk\r\nfee", "Fees-Desk fee"));
    assert_eq!(told("memo").1, "Line one\nline two : done");
    let named = |objects: Vec<Value>, member: &str, name: &str| {
        objects.iter().filter(|object| object[member] == name).count()
    };
    let customers = tenant.objects("customer").await;
    assert_eq!(named(customers, "DisplayName", "Zoë- the First"), 1);
    assert_eq!(named(tenant.objects("item").await, "Name", "Fees-Desk fee"), 1);
    assert_eq!(tenant.bill("B1").await.body["posting"]["changes"], json!(changes));

    // Exactly as long as QuickBooks takes is not too long.
    let mut record = bill_of("A8", 1, "B-2", "10.00");
    record["agent"]["name"] = json!("n".repeat(500));
    record["lines"][0]["item"] = json!({"id": "long", "name": "i".repeat(100)});
    tenant.put_bill("B2", &record).await.posted();
}

#[tokio::test]
async fn money_may_be_a_json_number_and_keeps_every_cent() {
    let tenant = Tenant::warmed_up().await;
    let line = |amount: &str| {
        format!(r#"{{"item":{{"id":"desk-fee","name":"Desk fee"}},"amount":{amount}}}"#)
    };
    for (n, amounts, total) in [
        (1, vec!["0.1", "0.2"], "0.30"),
        (2, vec!["10", "10.0", "10.00"], "30.00"),
        (3, vec!["1234567.89", "\"0.01\""], "1234567.90"),
        (4, vec!["9999999999.98", "0.01"], "9999999999.99"),
    ] {
        let (id, number) = (format!("B{n}"), format!("B-{n}"));
        let lines: Vec<String> = amounts.iter().map(|amount| line(amount)).collect();
        let mut body = bill(1, &number, "1.00");
        body["lines"] = json!("LINES");
        let lines = format!("[{}]", lines.join(","));
        let body = body.to_string().replace(r#""LINES""#, &lines);
        let path = tenant.path(&format!("bills/{id}"));
        let posted = tenant.raw("billing-invoice", &path, body).await.posted();
        assert_eq!(posted.object("Invoice")["total"], total, "{amounts:?}");
        assert_eq!(posted.body["posting"]["warnings"], Value::Null, "{}", posted.body);
    }
    // What a float makes of 0.1 + 0.2 is not money.
    let path = tenant.path("bills/B9");
    let floating = format!(r#"[{}]"#, line("0.30000000000000004"));
    let body = altered(r#""lines":["#, r#""lines":[],"x":["#);
    let body = body.replacen("[]", &floating, 1);
    let problem = tenant.raw("billing-invoice", &path, body).await.problem(422, "invalid_fields");
    assert!(problem.paths().contains(&"lines[0].amount"), "{}", problem.body);
    tenant.assert_balanced().await;
}

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
async fn a_bill_of_500_lines_is_posted() {
    let tenant = Tenant::warmed_up().await;
    let mut record = many_lines(500);
    record["number"] = json!("B-500");
    let posted = tenant.put_bill("B1", &record).await.posted();
    assert_eq!(posted.object("Invoice")["total"], "5.00");
    tenant.assert_balanced().await;
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
        ("settings", Method::GET, tenant.path("settings")),
        ("settings", Method::PUT, tenant.path("settings")),
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
    tenant.connect().await;
    tenant.choose_accounts().await;
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.comes_to_rest().await;
}
