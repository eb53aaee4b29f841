//! The description of the API as OpenAPI 3.1, made of the types that read requests and write answers.
//!
//! All of it exists in tests only: functions carry no schemas. Each route file describes its calls in `described()`,
//! beside the routes; [`document`] puts them together, and a test compares the result with `infra/openapi.json`, which
//! `cargo xtask openapi` writes. [`agreement`] proves that readers take what the schemas say, and [`examples`] that real
//! answers are as described.
//!
//! To add a call: declare the body or query with `shape!`, derive `JsonSchema` on the answer, add an [`Operation`] to
//! `described()`, and run `cargo xtask openapi`.

mod agreement;
mod document;
mod examples;
mod operation;
mod parameters;
mod parts;
mod strict;
pub(crate) mod value;
pub(crate) mod words;

pub(crate) use operation::{Operation, reads};

use std::collections::BTreeSet;

use crate::routes::{described, roles};
use document::FUNCTIONS;

/// Where the document is.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi.json");
/// Set by `cargo xtask openapi`: the file to write.
const WRITE_TO: &str = "LEDGERBRIDGE_OPENAPI";

#[test]
fn the_committed_document_says_what_the_code_says() {
    let mut text = serde_json::to_string_pretty(&document::document()).unwrap();
    text.push('\n');
    #[expect(clippy::disallowed_methods, reason = "no configuration of the product")]
    if let Ok(file) = std::env::var(WRITE_TO) {
        return std::fs::write(&file, text).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    let differs = committed.lines().zip(text.lines()).position(|(old, new)| old != new);
    let line = differs.unwrap_or_else(|| committed.lines().count().min(text.lines().count())) + 1;
    assert!(
        committed == text,
        "infra/openapi.json is not what the code says (line {line} is the first that differs). \
         Run `cargo xtask openapi` and commit the file together with the change."
    );
}

#[test]
fn every_call_is_described_once_with_a_name_of_its_own() {
    let mut ids = BTreeSet::new();
    let mut calls = BTreeSet::new();
    for (function, _) in FUNCTIONS {
        for operation in described(function) {
            assert!(ids.insert(operation.id), "two calls are named {}", operation.id);
            assert!(!operation.answers.is_empty(), "{} answers nothing", operation.id);
            calls.insert((operation.path, operation.method.to_string()));
        }
    }
    for (method, path, _) in roles::NEEDED {
        let is_described = calls.remove(&(*path, method.to_string()));
        assert!(
            is_described,
            "{method} {path} is not described: add it to described() beside its route"
        );
    }
    let open: Vec<_> = calls.iter().filter(|(path, _)| path.starts_with("/tenants/")).collect();
    assert!(open.is_empty(), "{open:?} need a row in routes/roles.rs");
}

#[test]
fn every_function_is_in_the_document() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions");
    let folders = std::fs::read_dir(folder).unwrap();
    let folders: BTreeSet<String> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let named = FUNCTIONS.map(|(function, _)| function.name().to_owned());
    let mut named = BTreeSet::from(named);
    // It has no URL: only the table's stream and its queue call it.
    named.insert(crate::Function::EventPublisher.name().to_owned());
    assert_eq!(named, folders);
}
