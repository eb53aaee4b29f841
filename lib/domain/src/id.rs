//! The identifiers that run through every key, type and log line.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest id a host may use for a tenant, record, agent or item. Four of them and a prefix stay far below the
/// 1,024 bytes that DynamoDB allows a sort key.
pub const MAX_ID_LENGTH: usize = 100;

/// Why a text cannot be an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty.
    #[error("must not be empty")]
    Empty,
    /// The text is longer than [`MAX_ID_LENGTH`].
    #[error("must be at most {MAX_ID_LENGTH} characters")]
    TooLong,
    /// The text has a character outside the set that is safe in keys, paths and logs.
    #[error("may only contain letters, digits and . _ @ + = -")]
    Character,
}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_ID_LENGTH {
        return Err(IdError::TooLong);
    }
    // `#` separates the parts of a key and `/` the parts of a path; neither may come from outside.
    let safe =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '+' | '=' | '-');
    if text.chars().all(safe) { Ok(()) } else { Err(IdError::Character) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Accepts 1 to [`MAX_ID_LENGTH`] characters that are safe in keys, paths and logs.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check(text).map(|()| Self(text.to_owned()))
            }

            /// The id as text.
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

id! {
    /// One customer of the host.
    TenantId
}
id! {
    /// The host's own id of a record, agent or item.
    HostId
}
id! {
    /// The id QuickBooks gave an object; unique per type only.
    ObjectId
}
id! {
    /// A QuickBooks company. For QuickBooks Online this is the realm id.
    CompanyId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_refused_when_it_could_break_a_key_a_path_or_a_log_line() {
        let long = "x".repeat(MAX_ID_LENGTH + 1);
        for (text, expected) in [
            ("", Err(IdError::Empty)),
            (long.as_str(), Err(IdError::TooLong)),
            ("a#b", Err(IdError::Character)),
            ("a/b", Err(IdError::Character)),
            ("a b", Err(IdError::Character)),
            ("a\nb", Err(IdError::Character)),
            ("é", Err(IdError::Character)),
            ("bill_1.2@x+y=z-4", Ok(())),
        ] {
            assert_eq!(TenantId::parse(text).map(|_| ()), expected, "{text:?}");
        }
    }
}
