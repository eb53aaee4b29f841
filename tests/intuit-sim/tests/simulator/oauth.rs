//! Consent, tokens, rotation, expiry and revocation.

use serde_json::json;

use crate::support::{CLIENT_ID, CLIENT_SECRET, Company, Reply};

const DAY: i64 = 24 * 3600;

fn token(reply: &Reply, name: &str) -> String {
    reply.body[name].as_str().unwrap_or_else(|| panic!("{}", reply.body)).to_owned()
}

#[tokio::test]
async fn consent_returns_code_state_and_realm() {
    let company = Company::sample().await;
    let back = company.consent("connect").await;
    assert_eq!(
        (back["state"].as_str(), back["realmId"].as_str()),
        ("state-1", company.realm.as_str())
    );
    let refused = company.consent("cancel").await;
    assert_eq!(
        (refused["error"].as_str(), refused["state"].as_str()),
        ("access_denied", "state-1")
    );
    assert!(!refused.contains_key("code"));
}

#[tokio::test]
async fn the_consent_page_shows_companies_and_refuses_a_foreign_app() {
    let company = Company::with(json!({"name": "Tidewater <Boats>"})).await;
    let page = |client: &'static str, redirect: &'static str, scope: &'static str| {
        let query = [
            ("client_id", client),
            ("redirect_uri", redirect),
            ("scope", scope),
            ("response_type", "code"),
            ("state", "s"),
        ];
        company.http.get(company.address("/connect/oauth2")).query(&query).send()
    };
    let shown =
        page(CLIENT_ID, "http://localhost/cb", "com.intuit.quickbooks.accounting").await.unwrap();
    assert_eq!(shown.status(), 200);
    assert!(shown.headers()["cache-control"].to_str().unwrap().contains("no-store"));
    let html = shown.text().await.unwrap();
    assert!(html.contains(&company.realm) && html.contains("Tidewater &#60;Boats&#62;"), "{html}");
    for (client, redirect) in [
        ("stranger", "http://localhost/cb"),
        (CLIENT_ID, "https://example.com/cb"),
        (CLIENT_ID, "http://10.0.0.1/cb"),
    ] {
        assert_eq!(
            page(client, redirect, "com.intuit.quickbooks.accounting").await.unwrap().status(),
            400
        );
    }
    let bad_scope = page(CLIENT_ID, "http://localhost/cb", "everything").await.unwrap();
    assert_eq!(bad_scope.headers()["location"], "http://localhost/cb?error=invalid_scope&state=s");
}

#[tokio::test]
async fn a_second_exchange_of_a_code_kills_the_tokens() {
    let company = Company::sample().await;
    let code = company.consent("connect").await["code"].clone();
    let first = company.exchange(&code).await;
    assert_eq!(
        (first.body["expires_in"].as_i64(), first.body["x_refresh_token_expires_in"].as_i64()),
        (Some(3600), Some(100 * DAY))
    );
    let second = company.exchange(&code).await;
    assert_eq!(
        (second.status, &second.body),
        (400, &json!({"error": "invalid_grant", "error_description": "Token invalid"}))
    );
    assert_eq!(
        company.refresh(&token(&first, "refresh_token")).await.body["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_code_expires() {
    let company = Company::sample().await;
    let code = company.consent("connect").await["code"].clone();
    company.advance(601).await;
    assert_eq!(company.exchange(&code).await.body["error"], "invalid_grant");
}

#[tokio::test]
async fn daily_rotation_hands_out_a_new_token_after_a_day_and_keeps_the_old_one_for_another() {
    let company = Company::sample().await;
    let first = company.refresh_token.clone();
    assert_eq!(token(&company.refresh(&first).await, "refresh_token"), first);
    company.advance(DAY).await;
    let second = token(&company.refresh(&first).await, "refresh_token");
    assert_ne!(second, first);
    // In its grace the old value leads to the newest one.
    assert_eq!(token(&company.refresh(&first).await, "refresh_token"), second);
    company.advance(DAY).await;
    assert_eq!(company.refresh(&first).await.body["error"], "invalid_grant");
    assert_eq!(company.refresh(&second).await.status, 200);
}

#[tokio::test]
async fn rotation_modes_differ_in_what_happens_to_the_previous_token() {
    for (mode, previous_works) in [("every_refresh", true), ("strict", false)] {
        let company = Company::switched(json!({"rotation": mode})).await;
        let second = token(&company.refresh(&company.refresh_token).await, "refresh_token");
        assert_ne!(second, company.refresh_token, "{mode}");
        assert_eq!(
            company.refresh(&company.refresh_token).await.status == 200,
            previous_works,
            "{mode}"
        );
        assert_eq!(company.refresh(&second).await.status, 200, "{mode}");
    }
}

#[tokio::test]
async fn tokens_age_by_the_company_clock() {
    let company = Company::sample().await;
    assert_eq!(company.get("customer/1").await.status, 200);
    company.advance(3600).await;
    let expired = company.get("customer/1").await;
    assert_eq!(expired.status, 401);
    let error = &expired.body["fault"]["error"][0];
    assert_eq!(error["code"], "3200");
    assert!(error["detail"].as_str().unwrap().starts_with("Token expired"));
    assert!(expired.body["time"].is_i64() && expired.body["batchItemResponse"] == json!([]));
    company.advance(100 * DAY).await;
    let idle = company.refresh(&company.refresh_token).await;
    assert_eq!((idle.status, idle.body["error"].as_str()), (400, Some("invalid_grant")));
}

#[tokio::test]
async fn a_grant_ends_after_five_years_however_often_it_is_refreshed() {
    let company = Company::sample().await;
    let mut newest = company.refresh_token.clone();
    for _ in 0..20 {
        company.advance(90 * DAY).await;
        newest = token(&company.refresh(&newest).await, "refresh_token");
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", newest.as_str())];
    let request = company
        .http
        .post(company.address("/oauth2/v1/tokens/bearer"))
        .basic_auth(CLIENT_ID, Some(CLIENT_SECRET));
    let told = Reply::of(
        request
            .header("x-include-refresh-token-hard-expires-in", "true")
            .form(&form)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        told.body["x_refresh_token_hard_expires_in"].as_i64(),
        Some(157_680_000 - 20 * 90 * DAY)
    );
    company.advance(25 * DAY).await;
    assert_eq!(company.refresh(&newest).await.body["error"], "invalid_grant");
}

#[tokio::test]
async fn the_token_endpoint_refuses_strangers_and_nonsense() {
    let company = Company::sample().await;
    let address = company.address("/oauth2/v1/tokens/bearer");
    let form = [("grant_type", "refresh_token"), ("refresh_token", company.refresh_token.as_str())];
    let stranger = Reply::of(
        company
            .http
            .post(&address)
            .basic_auth(CLIENT_ID, Some("wrong"))
            .form(&form)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((stranger.status, stranger.body), (401, json!({"error": "invalid_client"})));
    for (form, error) in [
        (vec![("grant_type", "password")], "unsupported_grant_type"),
        (vec![("code", "x")], "invalid_request"),
        (vec![("grant_type", "refresh_token")], "invalid_request"),
        (vec![("grant_type", "refresh_token"), ("refresh_token", "unknown")], "invalid_grant"),
    ] {
        assert_eq!(company.token_call(&form).await.body["error"], error);
    }
    let in_form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", company.refresh_token.as_str()),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    assert_eq!(company.http.post(&address).form(&in_form).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn revoking_ends_the_connection() {
    for as_json in [true, false] {
        let company = Company::sample().await;
        let request = company
            .http
            .post(company.address("/v2/oauth2/tokens/revoke"))
            .basic_auth(CLIENT_ID, Some(CLIENT_SECRET));
        let request = if as_json {
            request.json(&json!({"token": company.refresh_token}))
        } else {
            request.form(&[("token", &company.token)])
        };
        assert_eq!(request.send().await.unwrap().status(), 200);
        assert_eq!(company.get("customer/1").await.body["fault"]["error"][0]["code"], "3200");
        let refused = company.refresh(&company.refresh_token).await;
        assert_eq!(
            refused.body,
            json!({"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
        );
    }
}

#[tokio::test]
async fn a_user_disconnects_inside_quickbooks() {
    let company = Company::sample().await;
    company.control("revoke", json!({})).await;
    let refused = company.get("customer/1").await;
    assert!(
        refused.body["fault"]["error"][0]["detail"].as_str().unwrap().starts_with("Token revoked")
    );
    assert_eq!(company.refresh(&company.refresh_token).await.body["error"], "invalid_grant");
}

#[tokio::test]
async fn a_token_is_worth_nothing_at_another_company() {
    let (own, other) = (Company::sample().await, Company::sample().await);
    let address = other.api("customer/1");
    let foreign =
        Reply::of(own.http.get(&address).bearer_auth(&own.token).send().await.unwrap()).await;
    assert_eq!(
        (foreign.status, foreign.body["fault"]["error"][0]["code"].as_str()),
        (403, Some("3100"))
    );
    let made_up =
        Reply::of(own.http.get(&address).bearer_auth("made-up").send().await.unwrap()).await;
    assert_eq!(
        (made_up.status, made_up.body["fault"]["error"][0]["code"].as_str()),
        (401, Some("3200"))
    );
    let none = own.http.get(&address).send().await.unwrap();
    assert_eq!(none.status(), 401);
    assert!(none.headers().contains_key("intuit_tid"));
}

#[tokio::test]
async fn discovery_points_at_this_server() {
    let company = Company::sample().await;
    for path in ["/.well-known/openid_configuration", "/.well-known/openid_sandbox_configuration/"]
    {
        let document =
            Reply::of(company.http.get(company.address(path)).send().await.unwrap()).await;
        assert_eq!(document.body["token_endpoint"], company.address("/oauth2/v1/tokens/bearer"));
        assert_eq!(document.body["authorization_endpoint"], company.address("/connect/oauth2"));
    }
}
