//! Identifiers, each its own type, so that a customer's id cannot be passed where a realm is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as QuickBooks wrote it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as QuickBooks wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// The id of a company: `realmId` of the OAuth callback, and part of every path.
    RealmId
}

text_id! {
    /// The id of an object. Unique per entity only: invoice 145 and customer 145 may both exist.
    /// Usually digits, but not always: tax codes are called `TAX` and `NON` in the United States.
    ObjectId
}

text_id! {
    /// The version of an object. A write must carry the current one, or it is refused as stale.
    SyncToken
}

/// The longest request id. QuickBooks takes 50 characters, but only 36 on the batch endpoint
/// (<https://developer.intuit.com/app/developer/qbo/docs/learn/rest-api-features>), and one limit for both lets
/// any write move into a batch later.
const REQUEST_ID_MAX_LENGTH: usize = 36;

/// What makes a write safe to repeat: QuickBooks answers a second write with the same id by repeating its first
/// answer. Unique per company, whichever application sent it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestId(String);

impl RequestId {
    /// Checks length and alphabet: 1 to 36 ASCII letters, digits, `-`, `_` or `.`.
    pub fn new(text: impl Into<String>) -> Result<Self, RequestIdError> {
        let text = text.into();
        if text.is_empty() || text.len() > REQUEST_ID_MAX_LENGTH {
            return Err(RequestIdError::Length(text.chars().count()));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match text.chars().find(|c| !allowed(*c)) {
            Some(character) => Err(RequestIdError::Character(character)),
            None => Ok(Self(text)),
        }
    }

    /// The text that is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RequestId {
    type Error = RequestIdError;

    fn try_from(text: String) -> Result<Self, RequestIdError> {
        Self::new(text)
    }
}

impl From<RequestId> for String {
    fn from(id: RequestId) -> String {
        id.0
    }
}

/// Why a text cannot be a [`RequestId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestIdError {
    /// Empty, or longer than 36 characters.
    #[error("a request id has 1 to 36 characters, not {0}")]
    Length(usize),
    /// A character that could be refused (fault 2130) or change the meaning of the address.
    #[error("a request id cannot contain {0:?}")]
    Character(char),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_fits_the_batch_limit_and_a_query_string() {
        let check = |text: &str, expect: Result<(), RequestIdError>| {
            assert_eq!(RequestId::new(text).map(|_| ()), expect, "{text:?}");
        };
        check("a", Ok(()));
        check("123e4567-e89b-12d3-a456-426614174000", Ok(()));
        check("", Err(RequestIdError::Length(0)));
        check(&"x".repeat(37), Err(RequestIdError::Length(37)));
        check("a&b=c", Err(RequestIdError::Character('&')));
        check("é", Err(RequestIdError::Character('é')));
    }

    #[test]
    fn a_stored_request_id_is_checked_again() {
        let id = RequestId::new("step-1").unwrap();
        let stored = serde_json::to_string(&id).unwrap();
        assert_eq!(stored, r#""step-1""#);
        assert_eq!(serde_json::from_str::<RequestId>(&stored).unwrap(), id);
        assert!(serde_json::from_str::<RequestId>(r#""a b""#).is_err());
    }
}
