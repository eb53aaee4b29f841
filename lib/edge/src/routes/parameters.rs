//! What is wrong with a query.

use crate::http::Query;
use crate::problem::{FieldError, Problem};

/// Refuses a query with parameters other than `known`.
pub(super) fn known(query: &Query, known: &[&str]) -> Result<(), Problem> {
    match query.unknown(known) {
        None => Ok(()),
        Some(name) => {
            // The name is the caller's own text, of any length.
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            Err(field(
                &shown,
                "unknown_field",
                "is not a known parameter",
                format!("Remove it. Known here: {}.", known.join(", ")),
            ))
        }
    }
}

/// A value that cannot be used.
pub(super) fn bad(name: &str, remedy: &str) -> Problem {
    field(name, "unknown_choice", "is not a known choice", remedy.to_owned())
}

/// A cursor that no answer gave.
pub(super) fn bad_cursor() -> Problem {
    field("cursor", "bad_cursor", "is no cursor", "Send next of the page before.".to_owned())
}

fn field(name: &str, code: &'static str, message: &str, remedy: String) -> Problem {
    let path = format!("?{name}");
    Problem::invalid_fields(vec![FieldError { path, code, message: message.to_owned(), remedy }])
}
