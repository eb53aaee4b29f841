//! Importing files of records, as a host does.

mod books;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

pub use books::Books;

use crate::answer::Answer;
use crate::http::client;
use crate::{Tenant, request, send, stack, within};

/// The function that imports.
const FUNCTION: &str = "import";
/// Imports of other tests come first in the queue of the local stack, which has one invocation at a time.
const LIMIT: Duration = Duration::from_secs(300);

/// A line of a file.
pub fn line(kind: &str, id: &str, record: &Value) -> String {
    json!({"kind": kind, "id": id, "record": record}).to_string()
}

/// Lines as a file.
pub fn file(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

impl Tenant {
    /// Sends a file in the body of the call that begins its import.
    pub async fn import(&self, file: &str) -> Answer {
        let request = request(FUNCTION, Method::POST, &self.path("imports"));
        let request = request.bearer_auth(&stack().api_key);
        send(request.header("content-type", "application/x-ndjson").body(file.to_owned())).await
    }

    /// Asks for a place for a file.
    pub async fn place_for_file(&self, name: &str) -> Answer {
        self.call(FUNCTION, Method::POST, &self.path("imports"), Some(&json!({"name": name}))).await
    }

    /// Uploads a file, and starts its import; its id.
    pub async fn import_uploaded(&self, file: &str) -> String {
        let place = self.place_for_file("uploaded").await;
        assert_eq!(place.status, 201, "{}", place.body);
        assert_eq!(upload(&place, file).await, 200);
        let id = import_id(&place);
        let started = self.import_step(&id, "start").await;
        assert_eq!(started.status, 202, "{}", started.body);
        id
    }

    /// `start`, `pause`, `resume` or `cancel`.
    pub async fn import_step(&self, id: &str, step: &str) -> Answer {
        let path = self.path(&format!("imports/{id}/{step}"));
        self.call(FUNCTION, Method::POST, &path, None).await
    }

    /// Reads something of the imports, such as `imports?limit=2` or `imports/{id}/problems`.
    pub async fn ask_imports(&self, path: &str) -> Answer {
        self.call(FUNCTION, Method::GET, &self.path(path), None).await
    }

    /// How an import stands.
    pub async fn imported(&self, id: &str) -> Value {
        let answer = self.ask_imports(&format!("imports/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["import"].clone()
    }

    /// Waits until an import is in a state.
    pub async fn import_becomes(&self, id: &str, state: &str) -> Value {
        self.import_until(id, state, |import| import["state"] == state).await
    }

    /// Waits until an import is as it should be; one that rests in another state is told at once.
    pub async fn import_until(&self, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        within(LIMIT, &format!("import {id} to be {what}"), async || {
            let answer = self.ask_imports(&format!("imports/{id}")).await;
            // A busy machine may be too late once.
            let import = (answer.status == 200).then(|| answer.body["import"].clone())?;
            let is_over =
                ["done", "failed", "cancelled"].iter().any(|over| import["state"] == *over);
            assert!(is(&import) || !is_over, "the import is not {what}: {import}");
            is(&import).then_some(import)
        })
        .await
    }

    /// The bad lines of an import, all that fit on the first page.
    pub async fn import_problems(&self, id: &str) -> Vec<Value> {
        let answer = self.ask_imports(&format!("imports/{id}/problems?limit=100")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["problems"].as_array().cloned().unwrap_or_default()
    }
}

/// The id of the import that a call answered with.
pub fn import_id(answer: &Answer) -> String {
    let id = answer.body["import"]["id"].as_str();
    id.unwrap_or_else(|| panic!("no import: {} {}", answer.status, answer.body)).to_owned()
}

/// Puts a file where an import awaits it; the status.
pub async fn upload(place: &Answer, file: &str) -> u16 {
    let upload = &place.body["upload"];
    assert_eq!(upload["method"], "PUT", "{}", place.body);
    let url = upload["url"].as_str().unwrap_or_else(|| panic!("no place: {}", place.body));
    let sent = client().put(url).body(file.to_owned()).send().await;
    sent.unwrap_or_else(|error| panic!("{url}: {error}")).status().as_u16()
}
