//! What is secret stays secret, and a function may do its own work and nothing else.

use std::process::Command;

use e2e::records::{Disbursement, bill, paid, payment};
use e2e::webhook::{Format, body, signature, tell_with};
use e2e::{Receiver, Tenant, carried, request, send, stack};
use reqwest::Method;
use serde_json::json;

/// Everything that all functions have logged so far.
fn logs() -> String {
    let (program, arguments) = stack().logs_command.split_first().expect("a command");
    let output = Command::new(program).args(arguments).output().expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn canary(word: &str) -> String {
    format!("canary-{word}-{}", uuid::Uuid::new_v4().simple())
}

#[tokio::test]
async fn nothing_secret_and_nothing_of_a_record_is_ever_logged() {
    let name = canary("name");
    let tenant = Tenant::with_company(json!({"name": canary("company")})).await;
    let location = tenant.consent(&tenant.realm, "connect").await;
    let carried: Vec<String> = url::Url::parse(&location)
        .unwrap()
        .query_pairs()
        .filter(|(key, _)| key == "code" || key == "state")
        .map(|(_, value)| value.rsplit('.').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(carried.len(), 2, "a code and a state");
    assert_eq!(tenant.land(&location).await.status, 200);
    tenant.choose_accounts().await;
    let mut secrets = carried;
    secrets.extend([stack().client_secret.clone(), stack().api_key.clone()]);
    let wrong_key = canary("key");
    let path = tenant.path("bills/B1");
    let intruder = request("billing-invoice", Method::GET, &path).bearer_auth(&wrong_key);
    send(intruder).await.problem(401, "unauthorized");

    // Everything that can go wrong with a record goes wrong with this one.
    let (memo, email, text, reference) =
        (canary("memo"), "canary-email@example.com", canary("text"), "canary-reference-1");
    let mut record = paid(bill(1, "canary-number", "10.00"));
    record["agent"] = json!({"id": "A1", "name": name, "email": email});
    record["memo"] = json!(memo);
    record["lines"][0]["description"] = json!(text);
    record["payment"]["reference"] = json!(reference);
    let mut broken = record.clone();
    broken["lines"][0]["amount"] = json!(canary("amount"));
    broken[canary("field")] = json!(1);
    tenant.put_bill("B1", &broken).await.problem(422, "invalid_fields");
    let half = record.to_string();
    let half = half[..half.len() - 9].to_owned();
    tenant.raw("billing-invoice", &path, half).await.problem(400, "malformed_json");

    let refusal = json!({"kind": "reject", "code": "6140", "detail": canary("fault")});
    tenant
        .fault(json!({"entity": "customer", "operation": "create",
        "action": {"kind": "commit_then_status", "status": 500, "body": canary("body")}}))
        .await;
    tenant.fault(json!({"entity": "invoice", "operation": "create", "action": refusal})).await;
    tenant.put_bill("B1", &record).await;
    tenant.comes_to_rest().await;
    tenant
        .fault(json!({"entity": "invoice", "operation": "create",
        "action": {"kind": "commit_then_drop"}}))
        .await;
    tenant.sync_bill("B1").await;
    tenant.bill_becomes("B1", "posted").await;
    let mut paying = payment(1, "1.00", &[("B2", "1.00")]);
    paying["memo"] = json!(memo);
    paying["reference"] = json!(reference);
    tenant.put_payment("P1", &paying).await.waits("blocked", "waiting_for_bill");

    let first = tenant.stored_tokens().await;
    tenant.switch(json!({"rotation": "every_refresh"})).await;
    tenant.advance(7200).await;
    tenant
        .fault(json!({"operation": "token_refresh", "action": {"kind": "status", "status": 500}}))
        .await;
    tenant.put_bill("B2", &bill(1, "B-2", "5.00")).await.waits("queued", "quickbooks_unavailable");
    tenant.bill_becomes("B2", "posted").await;
    tenant.payment_becomes("P1", "posted").await;
    let second = tenant.stored_tokens().await;
    tenant.revoke_in_quickbooks().await;
    tenant.put_bill("B3", &bill(1, "B-3", "5.00")).await.waits("blocked", "needs_reconnect");
    assert_eq!(tenant.disconnect().await.status, 200);
    tenant.comes_to_rest().await;
    for tokens in [&first, &second] {
        for token in ["access_token", "refresh_token"] {
            secrets.push(tokens[token].as_str().expect("a token").to_owned());
        }
    }
    secrets.dedup();
    assert!(secrets.len() >= 7, "the tokens did not change");
    secrets.push("canary-".to_owned());

    let logs = logs();
    let landed =
        |line: &str| line.contains(r#""outcome":"connected""#) && line.contains(&tenant.id);
    assert!(logs.lines().any(landed), "the logs do not say who connected");
    for secret in &secrets {
        let lines: Vec<&str> = logs.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{secret} is in the logs: {lines:#?}");
    }
    for item in tenant.items().await {
        let item = item.to_string();
        let leaked = secrets[..secrets.len() - 1].iter().find(|secret| item.contains(*secret));
        assert_eq!(leaked, None, "a secret is in the table: {item}");
    }
}

/// What bookkeepers and hosts write about payments is nobody's business but theirs, and what proves a notification genuine
/// is nobody's at all.
#[tokio::test]
async fn nothing_of_a_payment_or_of_a_notification_is_ever_logged() {
    let tenant = Tenant::pulling().await;
    let record = Disbursement::simple(1, "D-1", "100.00", "9000.00").value();
    let owed = tenant.bills_of("D1", &record, &["A1"]).await.remove(0);
    let vendor = tenant.vendor_of(&owed).await;
    let lines = json!([{"bill": owed, "amount": "77.77"}]);
    let terms = json!({"number": "canary-check", "memo": canary("memo")});
    let payment = tenant.enter_payment(&vendor, lines, terms).await;
    let told = body(Format::CloudEvents, &[tenant.told("BillPayment", &payment, "Create").await]);
    let signed = signature(&told, &stack().webhook_verifier);
    assert_eq!(tell_with(&told, Some(&canary("signature"))).await.status, 401);
    assert_eq!(tell_with(&told, Some(&signed)).await.status, 200);
    tenant.issued_becomes(&payment, "synced").await;
    let file = json!({"id": "canary-file", "name": canary("file")});
    let added = json!({"number": canary("number"), "attachments": [file]});
    assert_eq!(tenant.annotate(&payment, &added).await.status, 200);
    tenant
        .annotate(&payment, &json!({"number": [canary("wrong")]}))
        .await
        .problem(422, "invalid_fields");
    tenant.bookkeeper_does("delete", "billpayment", &payment).await;
    tenant.pull().await;
    assert_eq!(tenant.remove_issued(&payment).await.status, 204);
    tenant.notices_are_done().await;
    let logs = logs();
    assert!(logs.contains(&tenant.id), "the logs do not tell of the tenant");
    for secret in ["canary-", "77.77", &signed, &stack().webhook_verifier] {
        let lines: Vec<&str> = logs.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{secret} is in the logs: {lines:#?}");
    }
}

/// Every way out there is: logs with their metrics, events at the endpoint and on the bus, messages, history and its file,
/// answers, and the items that are about something else.
#[tokio::test]
async fn secrets_and_what_records_say_stay_where_they_belong() {
    let receiver = Receiver::start().await;
    let tenant = Tenant::new().await;
    let endpoint_secret = tenant.sends_to(&receiver).await;
    tenant.connects().await;
    tenant.choose_accounts().await;
    let [memo, email, text, reference] =
        [canary("memo"), format!("{}@example.com", canary("mail")), canary("text"), canary("r")];
    let reference = reference[..20].to_owned();
    let mut record = paid(bill(1, "B-1", "10.00"));
    record["agent"]["email"] = json!(email);
    record["memo"] = json!(memo);
    record["lines"][0]["description"] = json!(text);
    record["payment"]["reference"] = json!(reference);
    let mut answers = vec![tenant.put_bill("B1", &record).await.posted()];
    let mut broken = record.clone();
    broken["lines"][0]["amount"] = json!(text);
    broken["agent"]["email"] = json!({ "x": email });
    broken["issued_on"] = json!(memo);
    answers.push(tenant.put_bill("B2", &broken).await.problem(422, "invalid_fields"));
    record["number"] = json!("B-3");
    let refusal = json!({"kind": "reject", "code": "2050", "detail": canary("fault")});
    tenant.fault(json!({"entity": "invoice", "operation": "create", "action": refusal})).await;
    answers.push(tenant.put_bill("B3", &record).await);
    let mut paying = payment(1, "1.00", &[("B9", "1.00")]);
    paying["memo"] = json!(memo);
    paying["reference"] = json!(reference);
    let waits = tenant.put_payment("P1", &paying).await;
    answers.push(waits.waits("blocked", "waiting_for_bill"));
    let shared = Disbursement::simple(1, "D-1", "100.00", "9000.00").with("/memo", json!(memo));
    answers.push(tenant.put_disbursement("D1", &shared.value()).await);
    tenant.comes_to_rest().await;
    let tokens = tenant.stored_tokens().await;
    let mut secrets = ["access_token", "refresh_token"]
        .map(|name| tokens[name].as_str().expect("a token").to_owned())
        .to_vec();
    secrets.extend(
        [&stack().client_secret, &stack().api_key, &stack().webhook_verifier].map(String::clone),
    );
    secrets.extend([stack().event_signing_key.clone(), endpoint_secret]);
    let contents = [&memo, &email, &text, &reference];
    tenant.everything_is_delivered().await;
    answers.push(tenant.disconnect().await);
    tenant.events_until("connection.disconnected", "connection").await;
    tenant.everything_is_delivered().await;

    let mut told: Vec<(String, String)> = vec![("a log or a metric".to_owned(), logs())];
    let came = receiver.received().into_iter();
    told.extend(
        came.map(|it| ("the endpoint".to_owned(), format!("{:?} {}", it.headers, it.body))),
    );
    for path in
        ["events?limit=100", "history?limit=100", "history.csv", "postings?state=blocked", "links"]
    {
        told.push((path.to_owned(), tenant.ask(path).await.body.to_string()));
    }
    told.extend(answers.iter().map(|answer| ("an answer".to_owned(), answer.body.to_string())));
    // What QuickBooks says of a refusal is for the tenant's people.
    assert!(!told[0].1.contains("canary-fault"), "a refusal's words are in a log");
    for secret in secrets.iter().chain(contents) {
        let leak = told.iter().find(|(_, text)| text.contains(secret.as_str()));
        assert!(leak.is_none(), "{secret} is in {}", leak.unwrap().0);
    }
    for item in tenant.items().await {
        let is_record = item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("POSTING#"));
        let item = item.to_string();
        assert_eq!(secrets.iter().find(|secret| item.contains(*secret)), None, "{item}");
        let quoted = contents.iter().find(|text| !is_record && item.contains(**text));
        assert_eq!(quoted, None, "{item}");
    }
    // What went out, by whoever: the bus and the queues hear nothing of it.
    for content in contents {
        for (caller, operation) in carried(content).await {
            let is_write =
                ["TransactWriteItems", "PutItem"].iter().any(|it| operation.ends_with(it));
            let belongs = operation.starts_with("POST /v3/company/")
                || (is_write && caller != "event-publisher");
            assert!(belongs, "{caller} sent {content} with {operation}");
        }
    }
    for secret in &secrets {
        for (caller, operation) in carried(secret).await {
            let belongs =
                operation.starts_with("secretsmanager.") || operation.contains("/oauth2/");
            assert!(belongs, "{caller} sent a secret with {operation}");
        }
    }
}

/// Whatever a tenant makes of the ids of another one's payments, it gets nothing of them and changes nothing.
#[tokio::test]
async fn ids_of_another_tenants_payments_open_nothing() {
    let (one, other) = tokio::join!(Tenant::pulling(), Tenant::pulling());
    let record = Disbursement::simple(1, "D-1", "100.00", "9000.00").value();
    let owed = one.bills_of("D1", &record, &["A1"]).await.remove(0);
    let vendor = one.vendor_of(&owed).await;
    let memo = canary("memo");
    let lines = json!([{"bill": owed, "amount": "10.00"}]);
    let payment = one.enter_payment(&vendor, lines, json!({"memo": memo})).await;
    one.pull().await;
    let before = one.issued_payment().await;
    let id = before["id"].as_str().expect("an id");
    let (realm, tenant) = (&one.realm, &one.id);
    let ids = [
        id.to_owned(),
        payment.clone(),
        format!("{}.{payment}", other.realm),
        format!("{realm}."),
        format!(".{payment}"),
        format!("{realm}%2e{payment}"),
        format!("{realm}%252E{payment}"),
        format!("{id}%00"),
        format!("{id}%20"),
        format!("%20{id}"),
        format!("{id}.{id}"),
        format!("{id},{id}"),
        format!("{id}%23x"),
        format!("{realm}%23{payment}"),
        format!("ISSUED%23{realm}%23{payment}"),
        format!("{id}?tenant={tenant}"),
        format!("{id}/legend"),
        format!("..%2F..%2F{tenant}%2Fissued-payments%2F{id}"),
        format!("..%5C..%5C{tenant}%5Cissued-payments%5C{id}"),
        format!("{realm}.{}", "9".repeat(500)),
        "*".to_owned(),
        "%E2%98%83".to_owned(),
    ];
    let body = json!({"number": "stolen", "attachments": []});
    for id in &ids {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let path = other.path(&format!("issued-payments/{id}"));
            let sent = (method == Method::PUT).then_some(&body);
            let answer = other.call("payment-pull", method.clone(), &path, sent).await;
            let what = format!("{method} {id}: {} {}", answer.status, answer.body);
            assert!((400..500).contains(&answer.status), "{what}");
            assert!(!answer.body.to_string().contains(&memo), "{what}");
        }
    }
    let listed = format!("issued-payments?limit=1&cursor={id}");
    for path in [listed.as_str(), "issued-payments?disbursement=D1", "issued-payments"] {
        let answer = other.call("payment-pull", Method::GET, &other.path(path), None).await;
        assert!(!answer.body.to_string().contains(&memo), "{path}: {}", answer.body);
    }
    assert_eq!(one.issued_payment().await, before);
}
