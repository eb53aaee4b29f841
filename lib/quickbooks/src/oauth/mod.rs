//! OAuth 2.0: from a person's consent to tokens, and back.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0>
//!
//! The order of things: send the person to [`authorize_url`]; the callback brings `code`, `state` and `realmId`;
//! compare the state; [`Client::exchange_code`]; store the grant; later [`Client::refresh`], one at a time per
//! company; store what comes back *before* using it; at the end [`Client::revoke`].

mod error;
mod grant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use url::form_urlencoded::Serializer;

pub use error::OauthError;
pub use grant::Grant;

use crate::transport::{Lost, Reply, exchange};
use crate::{Client, Endpoints, Made, RefreshToken};

/// The right to the books.
const ACCOUNTING_SCOPE: &str = "com.intuit.quickbooks.accounting";

/// Asks for the end of the five years that no rotation extends; without it the answer does not tell
/// (<https://blogs.a.intuit.com/2025/11/12/important-changes-to-refresh-token-policy>).
const INCLUDE_HARD_EXPIRY: &str = "x-include-refresh-token-hard-expires-in";

/// The application as registered with Intuit.
#[derive(Clone, Debug)]
pub struct App {
    /// Public part of the key.
    pub client_id: String,
    /// Secret part of the key.
    pub client_secret: SecretString,
    /// Character for character as registered.
    pub redirect_uri: String,
}

/// Where to send a person for consent. `state` comes back with the callback and must be compared there.
pub fn authorize_url(endpoints: &Endpoints, app: &App, state: &str) -> Url {
    let mut url = endpoints.authorize_url.clone();
    url.query_pairs_mut()
        .append_pair("client_id", &app.client_id)
        .append_pair("response_type", "code")
        .append_pair("scope", ACCOUNTING_SCOPE)
        .append_pair("redirect_uri", &app.redirect_uri)
        .append_pair("state", state);
    url
}

impl Client {
    /// Turns the code of a callback into a grant. Once only: a second exchange can end the first grant.
    pub async fn exchange_code(&self, app: &App, code: &str) -> Result<Grant, OauthError> {
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &app.redirect_uri)
            .finish();
        self.token(app, "exchange_code", form).await
    }

    /// Renews a grant. The refresh token in the answer may be a new one: it alone counts from then on. One refresh
    /// at a time per company, or two answers race for which is the last.
    pub async fn refresh(&self, app: &App, token: &RefreshToken) -> Result<Grant, OauthError> {
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", token.expose())
            .finish();
        self.token(app, "refresh", form).await
    }

    /// Ends a grant. [`OauthError::InvalidGrant`] means that it had ended before.
    pub async fn revoke(&self, app: &App, token: &RefreshToken) -> Result<(), OauthError> {
        let body = serde_json::json!({ "token": token.expose() }).to_string();
        let url = self.endpoints().revoke_url.clone();
        let reply = self.post(app, "revoke", url, "application/json", body).await?;
        if (200..300).contains(&reply.status) {
            Ok(())
        } else {
            Err(OauthError::from_reply(&reply))
        }
    }

    async fn token(
        &self,
        app: &App,
        operation: &'static str,
        form: String,
    ) -> Result<Grant, OauthError> {
        let url = self.endpoints().token_url.clone();
        let reply =
            self.post(app, operation, url, "application/x-www-form-urlencoded", form).await?;
        if (200..300).contains(&reply.status) {
            Grant::from_reply(&reply)
        } else {
            Err(OauthError::from_reply(&reply))
        }
    }

    async fn post(
        &self,
        app: &App,
        operation: &'static str,
        url: Url,
        content_type: &'static str,
        body: String,
    ) -> Result<Reply, OauthError> {
        let mut request = Request::new(Method::POST, url);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, basic(app));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(INCLUDE_HARD_EXPIRY, HeaderValue::from_static("true"));
        *request.body_mut() = Some(body.into());
        let outcome = exchange(self.http(), request).await;
        if !matches!(outcome, Err(Lost::Unsent(_))) {
            self.made(Made::Token);
        }
        let outcome = outcome.map_err(OauthError::from_lost);
        let (status, intuit_tid) = match &outcome {
            Ok(reply) => (Some(reply.status), reply.intuit_tid.as_deref()),
            Err(error) => (None, error.intuit_tid()),
        };
        tracing::info!(operation, status, intuit_tid, "quickbooks oauth call");
        outcome
    }
}

fn basic(app: &App) -> HeaderValue {
    let pair =
        BASE64_STANDARD.encode(format!("{}:{}", app.client_id, app.client_secret.expose_secret()));
    let mut value = HeaderValue::from_str(&format!("Basic {pair}"))
        .expect("base64 has only characters that a header can carry");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_consent_page_is_asked_for_the_books_and_nothing_else() {
        let app = App {
            client_id: "AB client".to_owned(),
            client_secret: SecretString::from("canary"),
            redirect_uri: "https://example.com/oauth/callback?x=1".to_owned(),
        };
        let url = authorize_url(&Endpoints::production(), &app, "st&te");
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let expect = [
            ("client_id", "AB client"),
            ("response_type", "code"),
            ("scope", "com.intuit.quickbooks.accounting"),
            ("redirect_uri", "https://example.com/oauth/callback?x=1"),
            ("state", "st&te"),
        ];
        assert_eq!(pairs, expect.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert!(!url.as_str().contains("canary"));
        assert!(!format!("{app:?}").contains("canary"));
    }
}
