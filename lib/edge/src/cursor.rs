//! Where the next page of a list begins, as a text that is good for one tenant and one question.
//!
//! It holds a place among the tenant's own items only, so one that is forged shows nothing of anyone else; being bound
//! to the question keeps pages of different lists from being mixed up.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::fingerprint;
use domain::id::TenantId;
use serde::Serialize;

use crate::problem::{FieldError, Problem};

/// Hexadecimal digits of the hash of tenant and question.
const BOUND: usize = 16;

/// The cursor for a place in the answer to a question.
pub(crate) fn seal(tenant: &TenantId, question: &impl Serialize, place: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{}{place}", bound(tenant, question)))
}

/// The place behind a cursor; `read` refuses what cannot be one.
pub(crate) fn open<T>(
    tenant: &TenantId,
    question: &impl Serialize,
    cursor: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Problem> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    text.strip_prefix(&bound(tenant, question)).and_then(read).ok_or_else(|| {
        Problem::invalid_fields(vec![FieldError {
            path: "cursor".to_owned(),
            code: "bad_cursor",
            message: "does not belong to this list".to_owned(),
            remedy: "Send next as the page before answered it, with the same tenant and filters; or none, to begin anew."
                .to_owned(),
        }])
    })
}

fn bound(tenant: &TenantId, question: &impl Serialize) -> String {
    let mut hash = fingerprint::of(&(tenant, question));
    hash.truncate(BOUND);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_tenant_and_question_only() {
        let tenant = |id| TenantId::parse(id).unwrap();
        let cursor = seal(&tenant("acme"), &"postings", "place-1");
        let read = |text: &str| Some(text.to_owned());
        assert_eq!(open(&tenant("acme"), &"postings", &cursor, read), Ok("place-1".to_owned()));
        for (who, question, cursor) in [
            ("other", "postings", cursor.as_str()),
            ("acme", "history", cursor.as_str()),
            ("acme", "postings", "place-1"),
            ("acme", "postings", "%%%"),
            ("acme", "postings", ""),
        ] {
            let problem = open(&tenant(who), &question, cursor, read).unwrap_err();
            assert_eq!(problem.code(), "invalid_fields", "{who} {question} {cursor}");
        }
        assert!(open(&tenant("acme"), &"postings", &cursor, |_| None::<()>).is_err());
    }
}
