//! What can go wrong with a token, separated by who has to act.

use serde::Deserialize;

use crate::transport::{Lost, Reply};

/// No grant. Judged by the `error` text of the answer, never by the status alone: the same 400 means both "the
/// customer has to connect again" and "our secret is wrong".
#[derive(Debug, thiserror::Error)]
pub enum OauthError {
    /// The code or token is dead, used, or of another application. Before believing it of a refresh token, read the
    /// stored one again: a refresh elsewhere may have replaced it.
    #[error("the code or token is not valid any more")]
    InvalidGrant {
        /// Intuit's name of the call.
        intuit_tid: Option<String>,
    },

    /// The id or the secret of the application is wrong, or belongs to the other environment. No customer can help.
    #[error("the application's id or secret is wrong")]
    InvalidClient {
        /// Intuit's name of the call.
        intuit_tid: Option<String>,
    },

    /// The application is set up wrongly, its redirect address for one.
    #[error("the application is not set up for this call: {error}")]
    Misconfigured {
        /// `invalid_request`, `unauthorized_client`, `unsupported_grant_type`, or one that is new.
        error: String,
        /// Intuit's name of the call.
        intuit_tid: Option<String>,
    },

    /// The person who connected the company has left it: another has to connect it.
    #[error("the user who connected the company cannot act for it any more: {reason}")]
    UserNotInRealm {
        /// Intuit's reason, `user_not_in_realm` for one.
        reason: String,
        /// Intuit's name of the call.
        intuit_tid: Option<String>,
    },

    /// No answer, or none that says anything: try again later with the same token, which QuickBooks keeps accepting
    /// for a day after it was replaced.
    #[error("the token service is not available: {why}")]
    Unavailable {
        /// What was wrong.
        why: String,
        /// Intuit's name of the call.
        intuit_tid: Option<String>,
        /// What the connection reported.
        #[source]
        source: Option<reqwest::Error>,
    },
}

#[derive(Deserialize)]
struct ErrorReply {
    error: Option<String>,
    x_error_reason: Option<String>,
}

impl OauthError {
    /// Intuit's name of the call, for its support.
    pub fn intuit_tid(&self) -> Option<&str> {
        match self {
            OauthError::InvalidGrant { intuit_tid }
            | OauthError::InvalidClient { intuit_tid }
            | OauthError::Misconfigured { intuit_tid, .. }
            | OauthError::UserNotInRealm { intuit_tid, .. }
            | OauthError::Unavailable { intuit_tid, .. } => intuit_tid.as_deref(),
        }
    }

    pub(crate) fn from_reply(reply: &Reply) -> Self {
        let intuit_tid = reply.intuit_tid.clone();
        let status = reply.status;
        if status >= 500 || status == 429 {
            return Self::unavailable(&format!("status {status}"), intuit_tid);
        }
        let body: Option<ErrorReply> = serde_json::from_slice(&reply.body).ok();
        let Some(ErrorReply { error: Some(error), x_error_reason }) = body else {
            return Self::unavailable(&format!("status {status} without a reason"), intuit_tid);
        };
        let error = word(error);
        match (error.as_str(), x_error_reason) {
            (_, Some(reason)) if !reason.is_empty() => {
                Self::UserNotInRealm { reason: word(reason), intuit_tid }
            }
            ("invalid_grant", _) => Self::InvalidGrant { intuit_tid },
            ("invalid_client", _) => Self::InvalidClient { intuit_tid },
            ("temporarily_unavailable" | "server_error", _) => {
                Self::unavailable(&error, intuit_tid)
            }
            _ => Self::Misconfigured { error, intuit_tid },
        }
    }

    pub(super) fn from_lost(lost: Lost) -> Self {
        match lost {
            Lost::Unsent(source) => Self::Unavailable {
                why: "not reached".to_owned(),
                intuit_tid: None,
                source: Some(source),
            },
            Lost::Unanswered { source, intuit_tid } => {
                Self::Unavailable { why: "no answer".to_owned(), intuit_tid, source: Some(source) }
            }
            Lost::TooLarge { intuit_tid, .. } => {
                Self::unavailable("the answer is too large", intuit_tid)
            }
        }
    }

    pub(super) fn unavailable(why: &str, intuit_tid: Option<String>) -> Self {
        Self::Unavailable { why: why.to_owned(), intuit_tid, source: None }
    }
}

/// A reason as it is logged. What is no word of a program is not repeated: it may quote anything.
fn word(text: String) -> String {
    let is_word = text.len() <= LONGEST_WORD
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if is_word { text } else { "unreadable".to_owned() }
}

/// `unsupported_grant_type` has 22.
const LONGEST_WORD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_text_decides_who_has_to_act() {
        let check = |status: u16, body: &str, expect: &str| {
            let body = body.as_bytes().to_vec();
            let reply =
                Reply { status, intuit_tid: Some("1-a".to_owned()), retry_after: None, body };
            let error = OauthError::from_reply(&reply);
            assert_eq!(error.intuit_tid(), Some("1-a"));
            let name = format!("{error:?}");
            assert!(name.starts_with(expect), "{status}: {name}");
        };
        check(
            400,
            r#"{"error":"invalid_grant","error_description":"Token invalid"}"#,
            "InvalidGrant",
        );
        check(400, r#"{"error":"invalid_client"}"#, "InvalidClient");
        check(401, r#"{"error":"invalid_client"}"#, "InvalidClient");
        check(400, r#"{"error":"invalid_request"}"#, "Misconfigured");
        check(400, r#"{"error":"unauthorized_client"}"#, "Misconfigured");
        check(400, r#"{"error":"unsupported_grant_type"}"#, "Misconfigured");
        check(
            400,
            r#"{"error":"invalid_grant","x_error_reason":"user_not_in_realm"}"#,
            "UserNotInRealm",
        );
        check(400, r#"{"message":"?"}"#, "Unavailable");
        check(400, "<html></html>", "Unavailable");
        check(429, r#"{"error":"invalid_grant"}"#, "Unavailable");
        check(500, r#"{"error":"invalid_grant"}"#, "Unavailable");
        check(503, "", "Unavailable");
    }
}
