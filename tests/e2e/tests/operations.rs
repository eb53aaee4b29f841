//! Operating from the host's own screens: what waits and why, trying all again, the history, and who may do what.

use e2e::records::{bill, payment};
use e2e::workflows::{BILLING, choices};
use e2e::{Answer, Tenant, request, send, stack, until};
use reqwest::Method;
use serde_json::{Value, json};

/// Asks function settings.
async fn ask(tenant: &Tenant, path: &str) -> Answer {
    let answer = tenant.call("settings", Method::GET, &tenant.path(path), None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer
}

/// The ids of the postings on a page, after waiting for as many; the index takes its time.
async fn listed(tenant: &Tenant, query: &str, count: usize) -> Vec<Value> {
    until(&format!("{count} postings of {query}"), async || {
        let answer = ask(tenant, &format!("postings?{query}")).await;
        let postings = answer.body["postings"].as_array().expect("a list").clone();
        (postings.len() == count).then_some(postings)
    })
    .await
}

fn ids(postings: &[Value]) -> Vec<&str> {
    postings.iter().map(|posting| posting["id"].as_str().expect("an id")).collect()
}

async fn retry(tenant: &Tenant, body: &Value) -> Answer {
    tenant.call("settings", Method::POST, &tenant.path("postings/retry"), Some(body)).await
}

/// The actions of the visible history, newest first, through pages of three.
async fn actions(tenant: &Tenant, filters: &str) -> Vec<String> {
    let (mut actions, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ask(tenant, &format!("history?limit=3{filters}{cursor}")).await;
        for line in page.body["history"].as_array().expect("a list") {
            actions.push(line["action"].as_str().expect("an action").to_owned());
        }
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return actions,
        }
    }
}

#[tokio::test]
async fn what_waits_is_listed_with_its_reason_oldest_first() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    for id in ["B1", "B2", "B3"] {
        tenant.put_bill(id, &bill(1, id, "10.00")).await.waits("blocked", "workflow_not_active");
    }
    let paying = payment(1, "1.00", &[("B1", "1.00")]);
    tenant.put_payment("P1", &paying).await;
    let bills = listed(&tenant, "state=blocked&kind=bill", 3).await;
    assert_eq!(ids(&bills), ["B1", "B2", "B3"]);
    for (posting, id) in bills.iter().zip(["B1", "B2", "B3"]) {
        assert_eq!((&posting["kind"], &posting["id"]), (&json!("bill"), &json!(id)));
        assert_eq!(posting["state"], "blocked");
        assert_eq!(posting["version"], 1);
        assert_eq!(posting["reason"]["code"], "workflow_not_active");
        assert_eq!(posting["workflow"], "agent_billing");
        assert!(posting["reason"]["remedy"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(posting["since"].is_string() && posting["objects"].is_array());
    }
    let payments = listed(&tenant, "state=blocked&kind=payment", 1).await;
    assert_eq!(ids(&payments), ["P1"]);
    listed(&tenant, "state=rejected", 0).await;
    // Page by page it is the same list.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ask(&tenant, &format!("postings?state=blocked&limit=1{cursor}")).await;
        let postings = page.body["postings"].as_array().expect("a list").clone();
        seen.extend(ids(&postings).into_iter().map(str::to_owned));
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["B1", "B2", "B3", "P1"]);
    // What no longer waits is not shown, even while an index still thinks so.
    tenant.choose_accounts().await;
    for id in ["B1", "B2", "B3"] {
        tenant.bill_becomes(id, "posted").await;
    }
    let left = ask(&tenant, "postings?state=blocked&kind=bill").await;
    assert_eq!(left.body["postings"], json!([]));
    tenant.comes_to_rest().await;
}

#[tokio::test]
async fn what_was_refused_is_posted_by_one_retry_after_the_cause_is_mended() {
    let tenant = Tenant::warmed_up().await;
    let refusal = json!({"kind": "reject", "code": "2020", "detail": "scripted"});
    for id in ["B1", "B2"] {
        tenant.fault(json!({"entity": "invoice", "operation": "create", "action": refusal})).await;
        let refused = tenant.put_bill(id, &bill(1, id, "10.00")).await;
        assert_eq!(refused.state(), "rejected", "{}", refused.body);
    }
    tenant.heal().await;
    let refused = listed(&tenant, "state=rejected", 2).await;
    let code = refused[0]["reason"]["code"].as_str().expect("a code").to_owned();
    let other = retry(&tenant, &json!({"state": "rejected", "code": "no_such_code"})).await;
    assert_eq!((other.status, &other.body["queued"]), (202, &json!(0)), "{}", other.body);
    let kind = retry(&tenant, &json!({"state": "rejected", "kind": "payment"})).await;
    assert_eq!(kind.body["queued"], 0);
    let wish = json!({"state": "rejected", "code": code});
    let answer = retry(&tenant, &wish).await;
    assert_eq!((answer.status, &answer.body["queued"]), (202, &json!(2)), "{}", answer.body);
    assert_eq!(answer.body["more"], false);
    retry(&tenant, &wish).await;
    for id in ["B1", "B2"] {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id} is booked once");
    }
    tenant.comes_to_rest().await;
    tenant.assert_balanced().await;
}

#[tokio::test]
async fn what_was_deleted_in_quickbooks_is_made_again_only_when_asked_for() {
    let tenant = Tenant::warmed_up().await;
    let invoice = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted().id("Invoice");
    tenant.bookkeeper("invoice?operation=delete", json!({"Id": invoice})).await;
    let refused = tenant.put_bill("B1", &bill(2, "B-1", "12.00")).await;
    assert_eq!((refused.state(), refused.code()), ("rejected", "gone_in_quickbooks"));
    listed(&tenant, "state=rejected", 1).await;
    let left = retry(&tenant, &json!({"state": "rejected"})).await;
    assert_eq!(left.body["queued"], 0, "{}", left.body);
    let asked = retry(&tenant, &json!({"state": "rejected", "recreate": true})).await;
    assert_eq!(asked.body["queued"], 1, "{}", asked.body);
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.comes_to_rest().await;
}

/// A person who presses again, since the page was slow, did nothing new.
#[tokio::test]
async fn what_is_pressed_again_and_changes_nothing_is_told_once() {
    let tenant = Tenant::connected().await;
    let told = actions(&tenant, "").await;
    assert_eq!(tenant.step(BILLING, "run").await.status, 200);
    assert_eq!(tenant.configure(BILLING, &choices(BILLING)).await.status, 200);
    assert_eq!(actions(&tenant, "").await, told);
}

#[tokio::test]
async fn history_tells_what_was_done_and_clearing_only_hides_it() {
    let tenant = Tenant::connected().await;
    let mut record = bill(1, "B-1", "10.00");
    tenant.put_bill("=B1", &bill(1, "B-0", "10.00")).await.posted();
    tenant.put_bill("B1", &record).await.posted();
    record = bill(2, "B-1", "12.00");
    tenant.put_bill("B1", &record).await.posted();
    tenant.put_payment("P1", &payment(1, "12.00", &[("B1", "12.00")])).await.posted();
    tenant.delete_payment("P1").await;
    tenant.comes_to_rest().await;
    let all = actions(&tenant, "").await;
    for action in [
        "connected",
        "workflow_saved",
        "workflow_applied",
        "workflow_run",
        "created",
        "updated",
        "voided",
    ] {
        assert!(all.iter().any(|seen| seen == action), "no {action} in {all:?}");
    }
    assert_eq!(all.last().map(String::as_str), Some("connected"), "newest first");
    assert_eq!(actions(&tenant, "&kind=payment").await, ["voided", "created"]);
    assert!(actions(&tenant, "&record=B1&action=updated").await.len() == 1);
    assert!(actions(&tenant, "&from=2200-01-01").await.is_empty());
    assert!(actions(&tenant, "&to=2001-01-01").await.is_empty());

    let csv = ask(&tenant, "history.csv").await;
    assert!(csv.content_type.starts_with("text/csv"), "{}", csv.content_type);
    assert!(csv.header("content-disposition").starts_with("attachment"));
    let text = csv.body.as_str().expect("a text");
    let rows: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(rows[0], "at,kind,record,version,action,description,objects");
    assert_eq!(rows.len(), all.len() + 1, "{text}");
    assert!(text.contains(",'=B1,"), "an id that looks like a formula is defused: {text}");

    let path = tenant.path("history");
    let cleared = tenant.call("settings", Method::DELETE, &path, None).await;
    assert_eq!(cleared.status, 204, "{}", cleared.body);
    assert_eq!(actions(&tenant, "").await, ["history_cleared"]);
    let everything = actions(&tenant, "&include=hidden").await;
    assert_eq!(everything.len(), all.len() + 1);
    assert_eq!(everything[1..], all);
    let csv = ask(&tenant, "history.csv?include=hidden").await;
    let rows = csv.body.as_str().expect("a text").split_terminator("\r\n").count();
    assert_eq!(rows, all.len() + 2);
}

#[tokio::test]
async fn a_cursor_is_of_no_use_to_another_tenant() {
    let (one, other) = (Tenant::new().await, Tenant::new().await);
    for id in ["B1", "B2"] {
        one.put_bill(id, &bill(1, id, "10.00")).await.waits("blocked", "not_connected");
    }
    listed(&one, "state=blocked", 2).await;
    one.connects().await;
    one.choose_accounts().await;
    for id in ["B1", "B2"] {
        one.bill_becomes(id, "posted").await;
    }
    assert_eq!(one.step(BILLING, "pause").await.status, 200);
    for id in ["B3", "B4"] {
        one.put_bill(id, &bill(1, id, "10.00")).await.waits("blocked", "workflow_paused");
    }
    listed(&one, "state=blocked", 2).await;
    for list in ["postings?state=blocked&limit=1", "history?limit=1"] {
        let page = ask(&one, list).await;
        let next = page.body["next"].as_str().expect("a second page").to_owned();
        for cursor in [next.as_str(), "AAAA", "%23%23", "VCNvdGhlciM"] {
            let path = other.path(&format!("{list}&cursor={cursor}"));
            let refused = other.call("settings", Method::GET, &path, None).await;
            assert_eq!(refused.problem(422, "invalid_fields").paths(), ["cursor"], "{cursor}");
        }
        ask(&one, &format!("{list}&cursor={next}")).await;
    }
    assert_eq!(ask(&other, "postings?state=blocked").await.body["postings"], json!([]));
    assert_eq!(ask(&other, "history").await.body["history"], json!([]));
}

/// S3-05, S3-06, S3-07, S3-28, S2-32: each call needs its role, and each role may do what the ones before it may.
#[tokio::test]
async fn each_key_may_do_what_its_role_says() {
    let roles = ["read", "sync", "admin"];
    for (function, method, path, needed) in [
        ("oauth-callback", Method::GET, "connection", "read"),
        ("oauth-callback", Method::POST, "connection", "admin"),
        ("oauth-callback", Method::DELETE, "connection", "admin"),
        ("settings", Method::GET, "settings", "read"),
        ("settings", Method::PUT, "settings", "admin"),
        ("settings", Method::GET, "postings?state=blocked", "read"),
        ("settings", Method::POST, "postings/retry", "sync"),
        ("settings", Method::POST, "postings/hold", "sync"),
        ("settings", Method::POST, "postings/release", "sync"),
        ("settings", Method::POST, "postings/unlink", "sync"),
        ("settings", Method::GET, "templates", "read"),
        ("settings", Method::GET, "templates/agent_billing", "read"),
        ("settings", Method::GET, "workflows", "read"),
        ("settings", Method::GET, "workflows/agent_billing", "read"),
        ("settings", Method::PUT, "workflows/agent_billing", "admin"),
        ("settings", Method::POST, "workflows/agent_billing/apply", "admin"),
        ("settings", Method::POST, "workflows/agent_billing/run", "admin"),
        ("settings", Method::POST, "workflows/agent_billing/pause", "admin"),
        ("settings", Method::DELETE, "workflows/agent_billing", "admin"),
        ("settings", Method::GET, "history", "read"),
        ("settings", Method::GET, "history.csv", "read"),
        ("settings", Method::DELETE, "history", "admin"),
        ("settings", Method::GET, "links?kind=customer", "read"),
        ("settings", Method::POST, "links/proposals", "admin"),
        ("settings", Method::GET, "links/customer/A1", "read"),
        ("settings", Method::PUT, "links/customer/A1", "admin"),
        ("settings", Method::DELETE, "links/customer/A1", "admin"),
        ("settings", Method::GET, "lists/accounts", "read"),
        ("billing-invoice", Method::GET, "bills/B1", "read"),
        ("billing-invoice", Method::PUT, "bills/B1", "sync"),
        ("billing-invoice", Method::POST, "bills/B1/sync", "sync"),
        ("billing-payment", Method::GET, "payments/P1", "read"),
        ("billing-payment", Method::PUT, "payments/P1", "sync"),
        ("billing-payment", Method::DELETE, "payments/P1", "sync"),
        ("billing-payment", Method::POST, "payments/P1/sync", "sync"),
        ("disbursement", Method::GET, "disbursements/D1", "read"),
        ("disbursement", Method::PUT, "disbursements/D1", "sync"),
        ("disbursement", Method::POST, "disbursements/D1/sync", "sync"),
        ("import", Method::POST, "imports", "sync"),
        ("import", Method::GET, "imports", "read"),
        ("import", Method::GET, "imports/20260301T080000Z-3f9ac1d2e4b5", "read"),
        ("import", Method::GET, "imports/20260301T080000Z-3f9ac1d2e4b5/problems", "read"),
        ("import", Method::POST, "imports/20260301T080000Z-3f9ac1d2e4b5/start", "sync"),
        ("import", Method::POST, "imports/20260301T080000Z-3f9ac1d2e4b5/pause", "sync"),
        ("import", Method::POST, "imports/20260301T080000Z-3f9ac1d2e4b5/resume", "sync"),
        ("import", Method::POST, "imports/20260301T080000Z-3f9ac1d2e4b5/cancel", "sync"),
        ("payment-pull", Method::GET, "payment-pull", "read"),
        ("payment-pull", Method::PUT, "payment-pull", "admin"),
        ("payment-pull", Method::POST, "payment-pulls", "sync"),
        ("payment-pull", Method::GET, "issued-payments", "read"),
        ("payment-pull", Method::GET, "issued-payments/legend", "read"),
        ("payment-pull", Method::GET, "issued-payments/1.1", "read"),
        ("payment-pull", Method::PUT, "issued-payments/1.1", "sync"),
        ("payment-pull", Method::DELETE, "issued-payments/1.1", "admin"),
    ] {
        let tenant = Tenant::new().await;
        let needs = roles.iter().position(|role| *role == needed).expect("a role");
        for (has, role) in roles.iter().enumerate() {
            let request = request(function, method.clone(), &tenant.path(path));
            let answer = send(request.bearer_auth(&stack().api_keys_by_role[*role])).await;
            let what = format!("{method} {path} with {role}: {} {}", answer.status, answer.body);
            if has >= needs {
                assert!(![401, 403, 500].contains(&answer.status), "{what}");
            } else {
                let refused = answer.problem(403, "role_insufficient");
                let remedy = refused.body["remedy"].as_str().unwrap_or_default();
                assert!(remedy.contains(needed), "{what}");
            }
        }
        let request = request(function, method, &tenant.path(path));
        send(request.bearer_auth("unknown")).await.problem(401, "unauthorized");
    }
}
