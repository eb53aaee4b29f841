//! Who may call: holders of an API key, or, where the URL demands it, callers whose AWS signature Lambda has verified.

use std::sync::Arc;

use aws::secrets::ApiKey;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::role::Role;
use http::{HeaderMap, header};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::config::UrlAuth;
use crate::deployment::Deployment;
use crate::problem::Problem;
use crate::routes::roles;

/// Marks a request whose AWS signature Lambda has verified.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed;

/// Lets a request pass that proves who it is from.
pub(crate) async fn require(
    State(deployment): State<Arc<Deployment>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let Some(needed) = path.and_then(|path| roles::needed(request.method(), path)) else {
        tracing::error!(path, "a route without a role is answered to nobody");
        return Problem::internal().into_response();
    };
    let signed = request.extensions().get::<Signed>().is_some();
    if deployment.url_auth == UrlAuth::AwsIam && signed {
        return next.run(request).await;
    }
    match check(&deployment, request.headers(), needed).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn check(deployment: &Deployment, headers: &HeaderMap, needed: Role) -> Result<(), Problem> {
    let presented = bearer(headers)?;
    let keys = deployment.api_keys().await?;
    if keys.is_empty() {
        tracing::error!("the application secret has no api_keys, so nobody can call");
    }
    match role_of(presented, &keys) {
        Some(role) if role >= needed => Ok(()),
        Some(role) => Err(Problem::role_insufficient(role, needed)),
        None => Err(Problem::unauthorized("The API key is not known.")),
    }
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

/// The highest role under which a key is known. Compares with every key, so that the time tells neither how much of a
/// key is right nor which one it is.
fn role_of(presented: &str, keys: &[ApiKey]) -> Option<Role> {
    let roles = [Role::Read, Role::Sync, Role::Admin];
    let mut matched = roles.map(|_| subtle::Choice::from(0));
    for known in keys {
        let same = known.key.expose_secret().as_bytes().ct_eq(presented.as_bytes());
        for (role, matched) in roles.iter().zip(&mut matched) {
            *matched |= same & subtle::Choice::from(u8::from(*role == known.role));
        }
    }
    let known = roles.into_iter().zip(matched).filter(|(_, matched)| bool::from(*matched));
    known.map(|(role, _)| role).max()
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
        let keys: Vec<ApiKey> = [
            ("key-read", Role::Read),
            ("key-sync", Role::Sync),
            ("key-admin", Role::Admin),
            ("key-twice", Role::Admin),
            ("key-twice", Role::Read),
        ]
        .map(|(key, role)| ApiKey { key: key.into(), role })
        .into();
        for (presented, expected) in [
            ("key-read", Some(Role::Read)),
            ("key-sync", Some(Role::Sync)),
            ("key-admin", Some(Role::Admin)),
            ("key-twice", Some(Role::Admin)),
            ("key-rea", None),
            ("key-read ", None),
            ("", None),
        ] {
            assert_eq!(role_of(presented, &keys), expected, "{presented:?}");
        }
        assert_eq!(role_of("", &[]), None);
    }
}
