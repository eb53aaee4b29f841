//! Answers of a consent that nobody was given: forged, stolen, late or repeated.

#![expect(clippy::disallowed_methods, reason = "an expiry is compared with the clock on the wall")]

use e2e::records::bill;
use e2e::{Tenant, call_without_key};
use reqwest::Method;
use url::Url;

use super::{assert_nothing_stored, carried, exchanges, is_state, lands, page};

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
