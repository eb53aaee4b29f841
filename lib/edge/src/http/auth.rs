//! Who may call: holders of an API key, or, where the URL demands it, callers whose AWS signature Lambda has verified.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::config::UrlAuth;
use crate::deployment::Deployment;
use crate::problem::Problem;

/// Marks a request whose AWS signature Lambda has verified.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed;

/// Lets a request pass that proves who it is from.
pub(crate) async fn require(
    State(deployment): State<Arc<Deployment>>,
    request: Request,
    next: Next,
) -> Response {
    let signed = request.extensions().get::<Signed>().is_some();
    if deployment.url_auth == UrlAuth::AwsIam && signed {
        return next.run(request).await;
    }
    match check(&deployment, request.headers()).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn check(deployment: &Deployment, headers: &HeaderMap) -> Result<(), Problem> {
    let presented = bearer(headers)?;
    let keys = deployment.api_keys().await?;
    if keys.is_empty() {
        tracing::error!("the application secret has no api_keys, so nobody can call");
    }
    if matches_any(presented, &keys) {
        return Ok(());
    }
    Err(Problem::unauthorized("The API key is not known."))
}

fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let value = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| Problem::unauthorized("The header Authorization is missing."))?;
    let (scheme, key) =
        value.to_str().ok().and_then(|text| text.trim().split_once(' ')).unwrap_or_default();
    let key = key.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || key.is_empty() {
        return Err(Problem::unauthorized("The header Authorization holds no bearer token."));
    }
    Ok(key)
}

/// Compares with every key, so that the time tells neither how much of a key is right nor which one it is.
fn matches_any(presented: &str, keys: &[SecretString]) -> bool {
    let matched = keys.iter().fold(subtle::Choice::from(0), |matched, key| {
        matched | key.expose_secret().as_bytes().ct_eq(presented.as_bytes())
    });
    matched.into()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_bearer_token_in_the_authorization_header_counts() {
        for (value, expected) in [
            (Some("Bearer k-1"), Ok("k-1")),
            (Some("bearer   k-1 "), Ok("k-1")),
            (Some("Bearer"), Err("The header Authorization holds no bearer token.")),
            (Some("Bearer "), Err("The header Authorization holds no bearer token.")),
            (Some("Basic azph"), Err("The header Authorization holds no bearer token.")),
            (Some("k-1"), Err("The header Authorization holds no bearer token.")),
            (None, Err("The header Authorization is missing.")),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            }
            let found = bearer(&headers);
            assert_eq!(
                found.as_ref().map_err(|problem| problem.detail()).copied(),
                expected,
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_key_has_to_match_one_of_the_keys_exactly() {
        let keys: Vec<SecretString> = ["key-one", "key-two"].map(SecretString::from).into();
        for (presented, expected) in [
            ("key-one", true),
            ("key-two", true),
            ("key-on", false),
            ("key-one ", false),
            ("", false),
        ] {
            assert_eq!(matches_any(presented, &keys), expected, "{presented:?}");
        }
        assert!(!matches_any("", &[]));
    }
}
