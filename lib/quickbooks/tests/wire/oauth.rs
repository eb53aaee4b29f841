//! What goes to the token endpoint, and what is concluded from its answers.

use crate::server::{Answer, Server, json};
use quickbooks::RefreshToken;
use quickbooks::oauth::{App, OauthError};
use secrecy::SecretString;

pub(super) const GRANT: &str = r#"{"access_token":"canary-new-access","expires_in":3600,"refresh_token":"canary-new-refresh",
    "x_refresh_token_expires_in":8640000,"x_refresh_token_hard_expires_in":1000,"token_type":"bearer"}"#;

pub(super) fn app() -> App {
    App {
        client_id: "client".to_owned(),
        client_secret: SecretString::from("canary-secret"),
        redirect_uri: "https://example.com/oauth/callback".to_owned(),
    }
}

#[tokio::test]
async fn a_refresh_asks_for_the_hard_expiry_and_returns_both_tokens() {
    let server = Server::start(vec![Answer::Send(json("200 OK", GRANT))]);
    let grant =
        server.client().refresh(&app(), &RefreshToken::new("canary-old&refresh")).await.unwrap();
    assert_eq!(grant.refresh_token.expose(), "canary-new-refresh");
    assert_eq!(grant.hard_expires_in_seconds, Some(1000));
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /oauth2/v1/tokens/bearer HTTP/1.1");
    assert!(seen.head.contains("x-include-refresh-token-hard-expires-in: true"), "{}", seen.head);
    assert!(seen.head.contains("content-type: application/x-www-form-urlencoded"), "{}", seen.head);
    // base64 of client:canary-secret, in lower case like all recorded headers
    assert!(
        seen.head
            .contains(&"authorization: Basic Y2xpZW50OmNhbmFyeS1zZWNyZXQ=".to_ascii_lowercase())
    );
    assert_eq!(seen.body, "grant_type=refresh_token&refresh_token=canary-old%26refresh");
}

#[tokio::test]
async fn a_code_is_exchanged_with_the_registered_redirect() {
    let server = Server::start(vec![Answer::Send(json("200 OK", GRANT))]);
    server.client().exchange_code(&app(), "AB1/x").await.unwrap();
    assert_eq!(
        server.seen()[0].body,
        "grant_type=authorization_code&code=AB1%2Fx&redirect_uri=https%3A%2F%2Fexample.com%2Foauth%2Fcallback"
    );
}

#[tokio::test]
async fn a_grant_is_revoked_by_its_refresh_token() {
    let dead = json("400 Bad Request", r#"{"error":"invalid_grant"}"#);
    let server = Server::start(vec![Answer::Send(json("200 OK", "")), Answer::Send(dead)]);
    let client = server.client();
    client.revoke(&app(), &RefreshToken::new("r")).await.unwrap();
    let again = client.revoke(&app(), &RefreshToken::new("r")).await;
    assert!(matches!(again, Err(OauthError::InvalidGrant { .. })), "{again:?}");
    let seen = &server.seen()[0];
    assert_eq!(
        (seen.line.as_str(), seen.body.as_str()),
        ("POST /v2/oauth2/tokens/revoke HTTP/1.1", r#"{"token":"r"}"#)
    );
}

#[tokio::test]
async fn a_lost_answer_is_no_reason_to_give_the_token_up() {
    let server = Server::start(vec![
        Answer::Break(Vec::new()),
        Answer::Send(json("200 OK", r#"{"access_token":"a"}"#)),
    ]);
    for _ in 0..2 {
        let outcome = server.client().refresh(&app(), &RefreshToken::new("r")).await;
        assert!(matches!(outcome, Err(OauthError::Unavailable { .. })), "{outcome:?}");
    }
}
