//! Function oauth-callback: a customer connects, is refused, disconnects and comes back. (A1)

mod forged;
mod interrupted;

use e2e::books::outline;
use e2e::records::bill;
use e2e::{Answer, Tenant, call_without_key, decide, request, send, stack};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

/// Asserts that this is a page for a person: it says this, keeps nothing for the next one, runs nothing, and shows
/// none of the secrets that came with the browser.
#[track_caller]
fn page(answer: &Answer, status: u16, words: &str, secrets: &[&str]) {
    let html = answer.body.as_str().unwrap_or_default();
    assert_eq!(answer.status, status, "{html}");
    assert!(html.contains(words), "{words:?} is not on the page: {html}");
    assert!(answer.content_type.starts_with("text/html"), "{}", answer.content_type);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    let client_secret = stack().client_secret.as_str();
    for secret in secrets.iter().chain(&[client_secret]) {
        assert!(!html.contains(secret), "the page shows {secret}: {html}");
    }
}

/// The code and the nonce that a browser carries back.
fn carried(location: &str) -> Vec<String> {
    let url = Url::parse(location).expect("an address");
    let value = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let nonce =
        value("state").and_then(|state| state.rsplit_once('.').map(|(_, nonce)| nonce.to_owned()));
    value("code").into_iter().chain(nonce).collect()
}

/// Arrives where QuickBooks sent the browser, and asserts what the page says.
async fn lands(tenant: &Tenant, location: &str, status: u16, words: &str) -> Answer {
    let answer = tenant.land(location).await;
    let secrets = carried(location);
    page(&answer, status, words, &secrets.iter().map(String::as_str).collect::<Vec<_>>());
    answer
}

/// Asserts that nothing at all is known of the tenant.
async fn assert_nothing_stored(tenant: &Tenant) {
    let shown = tenant.connection().await;
    assert_eq!((shown.status, status_of(&shown)), (200, "disconnected"), "{}", shown.body);
    assert!(shown.body["connection"]["company"].is_null(), "{}", shown.body);
    let items = tenant.items().await;
    let left: Vec<_> =
        items.iter().map(|item| &item["sk"]["S"]).filter(|sk| !is_state(sk)).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(tenant.stored_tokens().await, Value::Null);
}

fn is_state(sort_key: &Value) -> bool {
    sort_key.as_str().is_some_and(|sk| sk.starts_with("STATE#"))
}

fn status_of(answer: &Answer) -> &str {
    answer.body["connection"]["status"].as_str().unwrap_or_default()
}

async fn exchanges(tenant: &Tenant) -> usize {
    count(tenant, "token_exchange").await
}

async fn count(tenant: &Tenant, operation: &str) -> usize {
    tenant.journal(0).await.iter().filter(|call| call["operation"] == operation).count()
}

#[tokio::test]
async fn connecting_shows_the_company_by_its_name() {
    // S1-04, S1-05, S1-12, S2-05, S2-06, S2-07, S4-003, S0-09
    let tenant = Tenant::with_company(json!({"name": "Harbor Realty"})).await;
    let before = tenant.connection().await;
    assert_eq!((before.status, status_of(&before)), (200, "disconnected"), "{}", before.body);
    assert_eq!(before.body["connection"]["reason"]["code"], "not_connected");

    let return_url = json!({"return_url": "https://app.example.com/settings"});
    let location = tenant.consent_with(&tenant.realm, "connect", &return_url).await;
    let landed = lands(&tenant, &location, 200, "Harbor Realty").await;
    assert!(landed.body.as_str().unwrap().contains("https://app.example.com/settings"));

    let shown = tenant.connection().await;
    let connection = &shown.body["connection"];
    assert_eq!(connection["status"], "connected");
    assert_eq!(connection["company"]["name"], "Harbor Realty");
    assert_eq!(connection["company"]["id"], tenant.realm.as_str());
    assert_eq!(connection["company"]["currency"], "USD");
    for forecast in ["idle_expires_at", "hard_expires_at", "connected_at"] {
        assert!(connection[forecast].is_string(), "{forecast}: {connection}");
    }
    let tokens = tenant.stored_tokens().await;
    for name in ["access_token", "refresh_token"] {
        let token = tokens[name].as_str().expect("a token");
        assert!(!shown.body.to_string().contains(token), "{name} is shown");
        let items = json!(tenant.items().await).to_string();
        assert!(!items.contains(token), "{name} is in the table");
    }
}

#[tokio::test]
async fn cancelling_stores_nothing_and_leaves_the_company_free() {
    // S2-07
    let tenant = Tenant::new().await;
    let location = tenant.consent(&tenant.realm, "cancel").await;
    lands(&tenant, &location, 200, "Nothing was connected").await;
    assert_nothing_stored(&tenant).await;
    assert_eq!(exchanges(&tenant).await, 0);
    let other = Tenant { id: format!("{}-other", tenant.id), realm: tenant.realm.clone() };
    assert_eq!(other.connect().await.status, 200);
}

#[tokio::test]
async fn a_company_belongs_to_one_tenant() {
    let owner = Tenant::connected().await;
    let other = Tenant { id: format!("{}-other", owner.id), realm: owner.realm.clone() };
    let location = other.consent(&owner.realm, "connect").await;
    lands(&other, &location, 409, "connected elsewhere").await;
    assert_nothing_stored(&other).await;
    // Neither seen nor harmed: giving the grant back would have ended the owner's as well.
    owner.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    other.put_bill("B1", &bill(1, "X-1", "10.00")).await.waits("blocked", "not_connected");
    assert!(owner.invoices("X-1").await.is_empty());
}

#[tokio::test]
async fn an_edition_without_invoices_is_refused_with_its_name() {
    // S1-03, S4-002
    let edition = json!({"edition": "QuickBooks Self-Employed"});
    let tenant = Tenant::with_company(edition).await;
    let location = tenant.consent(&tenant.realm, "connect").await;
    lands(&tenant, &location, 409, "Self-Employed").await;
    assert_nothing_stored(&tenant).await;
    assert_eq!(count(&tenant, "revoke").await, 1, "the unused grant is given back");
}

#[tokio::test]
async fn every_other_edition_can_be_connected() {
    // S1-03
    for edition in ["Simple Start", "Essentials", "Plus", "Advanced"] {
        let profile = json!({"edition": format!("QuickBooks Online {edition}"), "sample": false});
        let tenant = Tenant::with_company(profile).await;
        let location = tenant.consent(&tenant.realm, "connect").await;
        lands(&tenant, &location, 200, "is connected").await;
    }
}

#[tokio::test]
async fn another_company_is_refused_unless_a_person_asked_for_it() {
    let tenant = Tenant::with_company(json!({"name": "Harbor Realty"})).await;
    tenant.connects().await;
    tenant.choose_accounts().await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    let other = Tenant::with_company(json!({"name": "Hill Realty"})).await;
    // The same tenant, with the other company's books.
    let moved = Tenant { id: tenant.id.clone(), realm: other.realm.clone() };

    let location = moved.consent(&moved.realm, "connect").await;
    let refused = lands(&moved, &location, 409, "Harbor Realty").await;
    assert!(refused.body.as_str().unwrap().contains("Hill Realty"));
    assert_eq!(count(&moved, "revoke").await, 1, "the unused grant is given back");
    assert_eq!(tenant.connection().await.body["connection"]["company"]["name"], "Harbor Realty");
    tenant.put_bill("B1", &bill(2, "B-1", "11.00")).await.posted();

    let ask = json!({"allow_different_company": true});
    let location = moved.consent_with(&moved.realm, "connect", &ask).await;
    lands(&moved, &location, 200, "Hill Realty").await;
    assert_eq!(moved.connection().await.body["connection"]["company"]["name"], "Hill Realty");
    let workflows = moved.ask("workflows").await;
    assert_eq!(
        (&workflows.body["workflows"], &workflows.body["company"]["name"]),
        (&json!([]), &json!("Hill Realty")),
        "accounts of the other books count as chosen"
    );
    moved.put_bill("B2", &bill(1, "B-2", "12.00")).await.waits("blocked", "workflow_not_active");
    moved.choose_accounts().await;
    moved.bill_becomes("B2", "posted").await;
    assert_eq!((moved.invoices("B-2").await.len(), tenant.invoices("B-2").await.len()), (1, 0));
    assert_eq!(tenant.invoices("B-1").await.len(), 1, "the old books stay as they are");
    // A bill of the old books is a new document in the new ones.
    let again = moved.put_bill("B1", &bill(3, "B-1", "13.00")).await.posted();
    assert_eq!(again.object("Invoice")["total"], "13.00");
    assert_eq!((moved.invoices("B-1").await.len(), tenant.invoices("B-1").await.len()), (1, 1));
    moved.comes_to_rest().await;

    // Back in the old books, the old documents, links and workflows count again.
    let location = tenant.consent_with(&tenant.realm, "connect", &ask).await;
    lands(&tenant, &location, 200, "Harbor Realty").await;
    let mark = tenant.mark().await;
    tenant.put_bill("B1", &bill(4, "B-1", "14.00")).await.posted();
    assert_eq!(outline(&tenant.calls_since(mark).await), ["Invoice update"]);
    assert_eq!(tenant.invoices("B-1").await[0]["TotalAmt"].to_string(), "14");
    // The company that was left is free for others.
    let next = Tenant { id: format!("{}-next", tenant.id), realm: moved.realm.clone() };
    assert_eq!(next.connect().await.status, 200);
    for books in [&tenant, &moved] {
        books.assert_balanced().await;
        books.comes_to_rest().await;
    }
}

#[tokio::test]
async fn connecting_the_same_company_again_restores_everything() {
    // S2-30
    let tenant = Tenant::warmed_up().await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    let customers = tenant.objects("customer").await.len();
    assert_eq!(status_of(&tenant.disconnect().await), "disconnected");
    assert_eq!(tenant.connect().await.status, 200);

    let mark = tenant.mark().await;
    let changed = tenant.put_bill("B1", &bill(2, "B-1", "20.00")).await.posted();
    assert_eq!(changed.outcome(), "updated");
    assert_eq!(outline(&tenant.calls_since(mark).await), ["Invoice update"]);
    tenant.put_bill("B2", &bill(1, "B-2", "5.00")).await.posted();
    assert_eq!(tenant.objects("customer").await.len(), customers, "a customer was made again");
    tenant.assert_balanced().await;
}

#[tokio::test]
async fn disconnecting_stops_syncing_at_once_and_connecting_resumes_it() {
    // S2-30
    let tenant = Tenant::warmed_up().await;
    let refresh_token = tenant.stored_token("refresh_token").await;
    let ended = tenant.disconnect().await;
    assert_eq!((ended.status, status_of(&ended)), (200, "disconnected"), "{}", ended.body);
    assert_eq!(ended.body["connection"]["reason"]["code"], "not_connected");
    assert_eq!(tenant.stored_tokens().await, Value::Null, "the tokens are deleted");
    assert_eq!(count(&tenant, "revoke").await, 1, "and given back");
    assert!(!ended.body.to_string().contains(&refresh_token));

    let mark = tenant.mark().await;
    let held = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
    held.waits("blocked", "not_connected");
    tenant.put_bill("B2", &bill(1, "B-2", "10.00")).await.waits("blocked", "not_connected");
    assert!(tenant.journal(mark).await.is_empty(), "something was sent after the disconnect");
    assert_eq!(status_of(&tenant.disconnect().await), "disconnected", "again changes nothing");

    assert_eq!(tenant.connect().await.status, 200);
    tenant.bill_becomes("B1", "posted").await;
    tenant.bill_becomes("B2", "posted").await;
    assert_eq!((tenant.invoices("B-1").await.len(), tenant.invoices("B-2").await.len()), (1, 1));
    tenant.comes_to_rest().await;
}

#[tokio::test]
async fn a_disconnect_in_quickbooks_is_noticed_when_intuit_sends_the_person_back_and_nobody_is_believed()
 {
    let tenant = Tenant::connected().await;
    let come_back = async |query: &str| {
        let path = format!("/oauth/disconnected{query}");
        page(
            &call_without_key("oauth-callback", Method::GET, &path).await,
            200,
            "is disconnected",
            &[],
        );
    };
    let status = async || tenant.connection().await.body["connection"]["status"].clone();
    for query in ["", "?realmId=1", "?realmId=a%23b"] {
        come_back(query).await;
    }
    come_back(&format!("?realmId={}", tenant.realm)).await;
    assert_eq!(status().await, "connected", "a stranger's word changes nothing");
    tenant.revoke_in_quickbooks().await;
    tenant.age_tokens().await;
    come_back(&format!("?realmId={}", tenant.realm)).await;
    assert_eq!(status().await, "needs_reconnect");
}

#[tokio::test]
async fn intuits_reconnect_link_leads_to_the_consent_of_that_company() {
    let tenant = Tenant::connected().await;
    let reconnect = async |query: &str| {
        call_without_key("oauth-callback", Method::GET, &format!("/oauth/reconnect{query}")).await
    };
    let sent = reconnect(&format!("?realmId={}", tenant.realm)).await;
    assert!([302, 303, 307].contains(&sent.status), "{}", sent.status);
    assert!(sent.header("cache-control").contains("no-store"));
    let location = decide(sent.header("location"), &tenant.realm, "connect").await;
    lands(&tenant, &location, 200, "is connected").await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();

    let free = Tenant::new().await;
    for query in [&format!("?realmId={}", free.realm), "?realmId=a%2Fb", "?realmId=", ""] {
        page(&reconnect(query).await, 404, "is not known here", &[]);
    }
}

#[tokio::test]
async fn a_consent_that_quickbooks_fails_on_stores_nothing_and_can_be_repeated() {
    for fault in [
        json!({"operation": "token_exchange", "action": {"kind": "status", "status": 500}}),
        json!({"operation": "token_exchange", "action": {"kind": "drop_before"}}),
        json!({"entity": "companyinfo", "times": 5, "action": {"kind": "status", "status": 503}}),
        json!({"entity": "preferences", "times": 5, "action": {"kind": "status", "status": 503}}),
    ] {
        let tenant = Tenant::new().await;
        tenant.fault(fault.clone()).await;
        let location = tenant.consent(&tenant.realm, "connect").await;
        let landed = tenant.land(&location).await;
        page(&landed, 502, "did not work", &[]);
        assert_nothing_stored(&tenant).await;
        if fault["entity"].is_string() {
            assert_eq!(count(&tenant, "revoke").await, 1, "the unused grant is given back");
        }
        tenant.heal().await;
        assert_eq!(tenant.connect().await.status, 200, "after {fault}");
    }
}

#[tokio::test]
async fn only_the_host_may_start_show_or_end_a_connection() {
    let tenant = Tenant::connected().await;
    let path = tenant.path("connection");
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let answer = call_without_key("oauth-callback", method.clone(), &path).await;
        answer.problem(401, "unauthorized");
        let wrong = request("oauth-callback", method, &path).bearer_auth("wrong");
        send(wrong).await.problem(401, "unauthorized");
    }
    assert_eq!(status_of(&tenant.connection().await), "connected");
}

#[tokio::test]
async fn people_are_only_sent_back_to_web_addresses() {
    let tenant = Tenant::new().await;
    let start = async |body: Value| {
        tenant.call("oauth-callback", Method::POST, &tenant.path("connection"), Some(&body)).await
    };
    for url in ["javascript:alert(1)", "http://evil.example.com", "//evil", "https://a:b@c.d"] {
        let refused = start(json!({"return_url": url})).await.problem(422, "invalid_fields");
        assert_eq!(refused.paths(), ["return_url"], "{url}");
    }
    let refused = start(json!({"allow_different_company": "yes", "retun_url": "x"})).await;
    let refused = refused.problem(422, "invalid_fields");
    let mut paths = refused.paths();
    paths.sort_unstable();
    assert_eq!(paths, ["allow_different_company", "retun_url"]);
    assert_nothing_stored(&tenant).await;
}
