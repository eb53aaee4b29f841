//! Function oauth-callback: a customer connects, is refused, disconnects and comes back. (A1)

#![expect(clippy::disallowed_methods, reason = "an expiry is compared with the clock on the wall")]

use e2e::books::outline;
use e2e::records::bill;
use e2e::{Answer, Crash, Tenant, When, call_without_key, decide, request, send, stack};
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

/// The address with another value of a parameter; without one, it is left out.
fn with(location: &str, name: &str, value: Option<&str>) -> String {
    let mut url = Url::parse(location).expect("an address");
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    pairs.retain(|(key, _)| key != name);
    pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url.into()
}

fn state_of(location: &str) -> String {
    let url = Url::parse(location).expect("an address");
    let state = url.query_pairs().find(|(key, _)| key == "state");
    state.expect("a state").1.into_owned()
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
async fn a_state_that_was_not_given_to_this_browser_is_worth_nothing() {
    // S2-07
    let tenant = Tenant::new().await;
    let location = tenant.consent(&tenant.realm, "connect").await;
    let state = state_of(&location);
    let (owner, nonce) = state.rsplit_once('.').expect("a state with a tenant");
    assert_eq!(owner, tenant.id);
    let stranger = Tenant { id: format!("{}-stranger", tenant.id), realm: tenant.realm.clone() };
    let (unknown, foreign) =
        (format!("{owner}.{}", "0".repeat(nonce.len())), format!("{}.{nonce}", stranger.id));
    for forged in [
        Some(unknown.as_str()),
        Some(foreign.as_str()),
        Some(nonce),
        Some(owner),
        Some("a/b.c"),
        Some("."),
        Some(""),
        None,
    ] {
        let answer = tenant.land(&with(&location, "state", forged)).await;
        page(&answer, 400, "has expired", &[nonce, &carried(&location)[0]]);
    }
    assert_nothing_stored(&tenant).await;
    assert_nothing_stored(&stranger).await;
    assert_eq!(exchanges(&tenant).await, 0, "a code of a forged answer was sent to Intuit");
    // The honest browser still gets through.
    lands(&tenant, &location, 200, "is connected").await;
}

#[tokio::test]
async fn a_state_is_good_for_one_use_even_when_two_browsers_come_at_once() {
    let tenant = Tenant::new().await;
    let location = tenant.consent(&tenant.realm, "connect").await;
    let (one, other) = tokio::join!(tenant.land(&location), tenant.land(&location));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    lands(&tenant, &location, 400, "has expired").await;
    assert_eq!(exchanges(&tenant).await, 1, "a second exchange would end the grant at Intuit");
    tenant.choose_accounts().await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
}

#[tokio::test]
async fn a_state_is_good_for_ten_minutes() {
    let tenant = Tenant::new().await;
    let location = tenant.consent(&tenant.realm, "connect").await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let items = tenant.items().await;
    let state = items.iter().find(|item| is_state(&item["sk"]["S"])).expect("a stored state");
    let expires: u64 = state["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    assert!((now + 540..=now + 600).contains(&expires), "{expires} is not ten minutes from {now}");
    let nonce = carried(&location).pop().unwrap();
    assert!(!state.to_string().contains(&nonce), "the table holds the nonce itself: {state}");

    tenant.expire_consents().await;
    lands(&tenant, &location, 400, "has expired").await;
    assert_nothing_stored(&tenant).await;
    assert_eq!(exchanges(&tenant).await, 0);
}

#[tokio::test]
async fn a_code_that_was_used_before_connects_nobody() {
    let tenant = Tenant::new().await;
    let location = tenant.consent(&tenant.realm, "connect").await;
    let thief = Tenant { id: format!("{}-thief", tenant.id), realm: tenant.realm.clone() };
    let own_state = state_of(&thief.consent(&thief.realm, "connect").await);
    lands(&tenant, &location, 200, "is connected").await;
    // The company is taken, so the code does not even reach Intuit, which would end the grant for its owner.
    lands(&thief, &with(&location, "state", Some(&own_state)), 409, "connected elsewhere").await;
    assert_nothing_stored(&thief).await;

    // Where the company is free, Intuit refuses.
    let late = Tenant::new().await;
    let location = late.consent(&late.realm, "connect").await;
    let made_up = with(&location, "code", Some("AB11700000000made-up-code"));
    lands(&late, &made_up, 502, "did not work").await;
    assert_nothing_stored(&late).await;
    tenant.choose_accounts().await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
}

#[tokio::test]
async fn a_code_opens_no_other_company_than_its_own() {
    let (tenant, other) = tokio::join!(Tenant::new(), Tenant::new());
    let location = tenant.consent(&tenant.realm, "connect").await;
    lands(&tenant, &with(&location, "realmId", Some(&other.realm)), 502, "did not work").await;
    assert_nothing_stored(&tenant).await;
    for odd in [Some("a/b"), Some(""), None] {
        let location = tenant.consent(&tenant.realm, "connect").await;
        lands(&tenant, &with(&location, "realmId", odd), 502, "did not work").await;
        assert_nothing_stored(&tenant).await;
    }
    assert_eq!(other.connect().await.status, 200, "the other company is still free");
}

#[tokio::test]
async fn a_preview_of_the_link_uses_nothing_up() {
    let tenant = Tenant::new().await;
    let location = tenant.consent(&tenant.realm, "connect").await;
    let url = Url::parse(&location).unwrap();
    let path = format!("/oauth/callback?{}", url.query().unwrap());
    let head = call_without_key("oauth-callback", Method::HEAD, &path).await;
    assert!((200..300).contains(&head.status), "{}", head.status);
    lands(&tenant, &location, 200, "is connected").await;
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
    tenant.connect().await;
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
    let settings = moved.call("settings", Method::GET, &moved.path("settings"), None).await;
    assert_eq!(
        (&settings.body["settings"]["income_account"], settings.status),
        (&Value::Null, 200),
        "accounts of the other books count as chosen: {}",
        settings.body
    );
    moved.put_bill("B2", &bill(1, "B-2", "12.00")).await.waits("blocked", "setting_missing");
    moved.choose_accounts().await;
    moved.bill_becomes("B2", "posted").await;
    assert_eq!((moved.invoices("B-2").await.len(), tenant.invoices("B-2").await.len()), (1, 0));
    assert_eq!(tenant.invoices("B-1").await.len(), 1, "the old books stay as they are");
    // A bill of the old books is a new document in the new ones.
    let again = moved.put_bill("B1", &bill(3, "B-1", "13.00")).await.posted();
    assert_eq!(again.object("Invoice")["total"], "13.00");
    assert_eq!((moved.invoices("B-1").await.len(), tenant.invoices("B-1").await.len()), (1, 1));
    moved.comes_to_rest().await;

    // Back in the old books, the old documents and links count again.
    let location = tenant.consent_with(&tenant.realm, "connect", &ask).await;
    lands(&tenant, &location, 200, "Harbor Realty").await;
    tenant.choose_accounts().await;
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
async fn two_tenants_that_want_the_same_company_at_once_do_not_both_get_it() {
    let one = Tenant::new().await;
    let other = Tenant { id: format!("{}-other", one.id), realm: one.realm.clone() };
    let locations =
        (one.consent(&one.realm, "connect").await, other.consent(&one.realm, "connect").await);
    let (first, second) = tokio::join!(one.land(&locations.0), other.land(&locations.1));
    let (winner, loser) = match (first.status, second.status) {
        (200, 409) => (&one, &other),
        (409, 200) => (&other, &one),
        statuses => panic!("{statuses:?}"),
    };
    assert_eq!(status_of(&winner.connection().await), "connected");
    assert_eq!(status_of(&loser.connection().await), "disconnected");
    winner.choose_accounts().await;
    winner.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    loser.put_bill("B1", &bill(1, "B-2", "10.00")).await.waits("blocked", "not_connected");
    assert!(one.invoices("B-2").await.is_empty());
}

/// How a consent ends that is cut off at its `k`-th operation; whether it came that far.
async fn connect_cut_off(k: u64, when: When) -> bool {
    let tenant = Tenant::new().await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "not_connected");
    let location = tenant.consent(&tenant.realm, "connect").await;
    let code = carried(&location).swap_remove(0);
    let crash = Crash::at_operation(&tenant, &code, "", k, when).await;
    tenant.land(&location).await;
    let struck = crash.struck().await;
    crash.revive().await;
    // Whoever looks at a connection that stands wakes what waits for it; otherwise the person connects again.
    if status_of(&tenant.connection().await) != "connected" {
        assert_eq!(tenant.connect().await.status, 200, "after {when:?} {k}");
    }
    tenant.bill_leaves("B1", "not_connected").await;
    tenant.choose_accounts().await;
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.invoices("B-1").await.len(), 1, "after {when:?} {k}");
    tenant.comes_to_rest().await;
    struck
}

#[tokio::test]
async fn a_consent_that_is_cut_off_anywhere_can_be_repeated_and_wakes_what_waits() {
    let mut k = 0;
    loop {
        let next = [k + 1, k + 2, k + 3];
        let deaths = next.map(async |k| {
            tokio::join!(connect_cut_off(k, When::Before), connect_cut_off(k, When::After)).0
        });
        let struck = futures_util::future::join_all(deaths).await;
        if struck.contains(&false) {
            break;
        }
        k += 3;
    }
    assert!(k >= 6, "a consent takes more than {k} operations");
}

#[tokio::test]
async fn a_disconnect_that_is_cut_off_anywhere_is_finished_by_the_next() {
    // S2-30
    let cut_off = async |k: u64, when: When| {
        let tenant = Tenant::connected().await;
        let token = tenant.stored_token("refresh_token").await;
        let crash = Crash::at_operation(&tenant, &token, "", k, when).await;
        tenant.disconnect().await;
        let struck = crash.struck().await;
        crash.revive().await;
        let ended = tenant.disconnect().await;
        assert_eq!((ended.status, status_of(&ended)), (200, "disconnected"), "{}", ended.body);
        assert_eq!(tenant.stored_tokens().await, Value::Null, "after {when:?} {k}");
        assert!(count(&tenant, "revoke").await >= 1, "after {when:?} {k}");
        tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "not_connected");
        assert_eq!(tenant.connect().await.status, 200, "after {when:?} {k}");
        tenant.bill_becomes("B1", "posted").await;
        struck
    };
    let mut k = 0;
    while tokio::join!(cut_off(k + 1, When::Before), cut_off(k + 1, When::After)).0 {
        k += 1;
    }
    assert!(k >= 3, "a disconnect takes more than {k} operations");
}

#[tokio::test]
async fn a_disconnect_in_the_middle_of_a_burst_loses_and_repeats_nothing() {
    // S2-30
    let tenant = Tenant::warmed_up().await;
    let ids: Vec<String> = (1..=10).map(|n| format!("B{n}")).collect();
    let burst = futures_util::future::join_all(ids.iter().map(async |id| {
        let answer = tenant.put_bill(id, &bill(1, id, "10.00")).await;
        assert!([200, 202].contains(&answer.status), "{}", answer.body);
    }));
    let (_, ended) = tokio::join!(burst, tenant.disconnect());
    assert_eq!((ended.status, status_of(&ended)), (200, "disconnected"), "{}", ended.body);
    let mark = tenant.mark().await;
    for id in &ids {
        let answer = tenant.bill(id).await;
        assert!(["posted", "blocked"].contains(&answer.state()), "{id}: {}", answer.body);
    }
    assert!(tenant.journal(mark).await.is_empty(), "something is sent after the disconnect");
    assert_eq!(tenant.connect().await.status, 200);
    for id in &ids {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id}");
    }
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

#[tokio::test]
async fn connecting_again_in_the_middle_of_a_burst_disturbs_nobody() {
    let tenant = Tenant::warmed_up().await;
    tenant.switch(json!({"rotation": "strict"})).await;
    tenant.advance(7200).await;
    let ids: Vec<String> = (1..=10).map(|n| format!("B{n}")).collect();
    let location = tenant.consent(&tenant.realm, "connect").await;
    let burst = futures_util::future::join_all(ids.iter().map(async |id| {
        let answer = tenant.put_bill(id, &bill(1, id, "10.00")).await;
        assert!([200, 202].contains(&answer.status), "{}", answer.body);
    }));
    let (_, landed) = tokio::join!(burst, tenant.land(&location));
    // The refresh and the consent may meet; whoever loses is told, and can simply repeat it.
    assert!([200, 502].contains(&landed.status), "{}", landed.status);
    for id in &ids {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id}");
    }
    assert_eq!(status_of(&tenant.connection().await), "connected");
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
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
