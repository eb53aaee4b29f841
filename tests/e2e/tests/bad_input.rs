//! Whatever is sent: an answer that says what is wrong where, and nothing half done.

mod calls;

use e2e::records::{bill, bill_of, payment};
use e2e::{Answer, Tenant};
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
async fn a_bill_of_500_lines_is_posted() {
    let tenant = Tenant::warmed_up().await;
    let mut record = many_lines(500);
    record["number"] = json!("B-500");
    let posted = tenant.put_bill("B1", &record).await.posted();
    assert_eq!(posted.object("Invoice")["total"], "5.00");
    tenant.assert_balanced().await;
}
