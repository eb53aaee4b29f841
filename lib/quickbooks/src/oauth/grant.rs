//! What a token endpoint grants.

use serde::Deserialize;
use serde_json::Value;

use super::OauthError;
use crate::transport::Reply;
use crate::{AccessToken, RefreshToken};

/// Both tokens and how long they live, counted from when the request was made. There is no grant with one token:
/// storing half of one would end the connection.
#[derive(Clone, Debug)]
pub struct Grant {
    /// For API calls.
    pub access_token: AccessToken,
    /// Usually 3600.
    pub access_expires_in_seconds: u64,
    /// For the next refresh.
    pub refresh_token: RefreshToken,
    /// About 100 days; starts again with each new refresh token.
    pub refresh_expires_in_seconds: u64,
    /// What is left of the five years after which a person has to consent again, whatever happens. Absent where
    /// Intuit does not tell.
    pub hard_expires_in_seconds: Option<u64>,
}

/// The lifetimes that Intuit documents, for an answer that leaves one out.
const USUAL_ACCESS_SECONDS: u64 = 3600;
const USUAL_REFRESH_SECONDS: u64 = 100 * 24 * 3600;

/// Lifetimes are read leniently: the old refresh token may be dead by now, so an answer that brings the new one
/// must not be lost over a number.
#[derive(Deserialize)]
struct TokenReply {
    access_token: Option<String>,
    expires_in: Option<Value>,
    refresh_token: Option<String>,
    x_refresh_token_expires_in: Option<Value>,
    x_refresh_token_hard_expires_in: Option<Value>,
}

fn seconds(value: Option<Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

impl Grant {
    pub(crate) fn from_reply(reply: &Reply) -> Result<Self, OauthError> {
        let unavailable = |why: &str| OauthError::unavailable(why, reply.intuit_tid.clone());
        let body: TokenReply = serde_json::from_slice(&reply.body)
            .map_err(|_| unavailable("the answer is not a grant"))?;
        let present = |token: Option<String>| token.filter(|token| !token.trim().is_empty());
        let access_token = present(body.access_token)
            .ok_or_else(|| unavailable("the answer carries no access token"))?;
        let refresh_token = present(body.refresh_token)
            .ok_or_else(|| unavailable("the answer carries no refresh token"))?;
        Ok(Self {
            access_token: AccessToken::new(access_token),
            access_expires_in_seconds: seconds(body.expires_in).unwrap_or(USUAL_ACCESS_SECONDS),
            refresh_token: RefreshToken::new(refresh_token),
            refresh_expires_in_seconds: seconds(body.x_refresh_token_expires_in)
                .unwrap_or(USUAL_REFRESH_SECONDS),
            hard_expires_in_seconds: seconds(body.x_refresh_token_hard_expires_in),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(body: &str) -> Result<Grant, OauthError> {
        let body = body.as_bytes().to_vec();
        Grant::from_reply(&Reply {
            status: 200,
            intuit_tid: Some("1-a".to_owned()),
            retry_after: None,
            body,
        })
    }

    #[test]
    fn a_grant_has_both_tokens_and_their_lifetimes() {
        let grant = grant(
            r#"{"token_type":"bearer","access_token":"a","expires_in":3600,"refresh_token":"r",
                "x_refresh_token_expires_in":8726400,"x_refresh_token_hard_expires_in":157680000,"news":1}"#,
        )
        .unwrap();
        assert_eq!((grant.access_token.expose(), grant.access_expires_in_seconds), ("a", 3600));
        assert_eq!(
            (grant.refresh_token.expose(), grant.refresh_expires_in_seconds),
            ("r", 8_726_400)
        );
        assert_eq!(grant.hard_expires_in_seconds, Some(157_680_000));
    }

    #[test]
    fn half_a_grant_is_none() {
        for body in [
            r#"{"access_token":"a","expires_in":3600}"#,
            r#"{"refresh_token":"r"}"#,
            r#"{"access_token":"a","refresh_token":""}"#,
            r#"{"access_token":null,"refresh_token":"r"}"#,
            "{}",
            "<html></html>",
        ] {
            assert!(matches!(grant(body), Err(OauthError::Unavailable { .. })), "{body}");
        }
    }

    #[test]
    fn an_answer_with_odd_or_no_lifetimes_keeps_its_tokens() {
        let check = |body: &str, expect: (u64, u64, Option<u64>)| {
            let grant = grant(body).unwrap();
            let seen = (
                grant.access_expires_in_seconds,
                grant.refresh_expires_in_seconds,
                grant.hard_expires_in_seconds,
            );
            assert_eq!(seen, expect, "{body}");
        };
        check(r#"{"access_token":"a","refresh_token":"r"}"#, (3600, 8_640_000, None));
        check(
            r#"{"access_token":"a","refresh_token":"r","expires_in":"1800","x_refresh_token_expires_in":-1,
                "x_refresh_token_hard_expires_in":null}"#,
            (1800, 8_640_000, None),
        );
    }
}
