//! An answer of the product, with short ways to what tests ask of it.

use std::collections::BTreeMap;

use serde_json::Value;

/// An HTTP answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type.
    pub content_type: String,
    /// All header fields, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The JSON body; a string when it is something else.
    pub body: Value,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers: BTreeMap<String, String> = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into())
            })
            .collect();
        let content_type = headers.get("content-type").cloned().unwrap_or_default();
        let text = response.text().await.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, content_type, headers, body }
    }

    /// A header field; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The posting's state.
    pub fn state(&self) -> &str {
        self.body["posting"]["state"].as_str().unwrap_or_default()
    }

    /// What the call did.
    pub fn outcome(&self) -> &str {
        self.body["posting"]["outcome"].as_str().unwrap_or_default()
    }

    /// The code of the reason, or of the problem.
    pub fn code(&self) -> &str {
        let reason = &self.body["posting"]["reason"]["code"];
        reason.as_str().or(self.body["code"].as_str()).unwrap_or_default()
    }

    /// The posting's object of a type; one that was removed only if there is no other.
    pub fn object(&self, kind: &str) -> &Value {
        let objects = self.body["posting"]["objects"].as_array().into_iter().flatten();
        let of_kind: Vec<&Value> = objects.filter(|object| object["type"] == kind).collect();
        let living = of_kind.iter().find(|object| object["removal"].is_null());
        living.or(of_kind.first()).copied().unwrap_or(&Value::Null)
    }

    /// The id of the posting's object of a type.
    pub fn id(&self, kind: &str) -> String {
        self.object(kind)["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The part of a disbursement that is the income.
    pub fn income(&self) -> &Value {
        self.part(|part| part["payee"].is_null())
    }

    /// The part of a disbursement that is what a payee gets.
    pub fn expense(&self, payee: &str) -> &Value {
        self.part(|part| part["payee"] == payee)
    }

    fn part(&self, wanted: impl Fn(&Value) -> bool) -> &Value {
        let parts = self.body["parts"].as_array();
        let found = parts.and_then(|parts| parts.iter().find(|part| wanted(part)));
        found.unwrap_or_else(|| panic!("there is no such part: {}", self.body))
    }

    /// Asserts that the posting rests in this state until a person does something, and that it says what.
    pub fn rests(self, state: &str, code: &str) -> Self {
        assert_eq!((self.status, self.state(), self.code()), (200, state, code), "{}", self.body);
        let remedy = self.body["posting"]["reason"]["remedy"].as_str().unwrap_or_default();
        assert!(!remedy.is_empty(), "a reason without a remedy: {}", self.body);
        self
    }

    /// Asserts that the posting is posted.
    pub fn posted(self) -> Self {
        assert_eq!((self.status, self.state()), (200, "posted"), "{}", self.body);
        self
    }

    /// Asserts that the posting waits in this state, for this reason, and that it says what to do.
    pub fn waits(self, state: &str, code: &str) -> Self {
        assert_eq!((self.status, self.state(), self.code()), (202, state, code), "{}", self.body);
        let remedy = self.body["posting"]["reason"]["remedy"].as_str().unwrap_or_default();
        assert!(!remedy.is_empty(), "a reason without a remedy: {}", self.body);
        self
    }

    /// Asserts a problem with this status and code, and that it says what to do.
    pub fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.body);
        assert!(self.content_type.starts_with("application/problem+json"), "{}", self.content_type);
        let remedy = self.body["remedy"].as_str().unwrap_or_default();
        assert!(!remedy.is_empty(), "a problem without a remedy: {}", self.body);
        self
    }

    /// The paths of the fields that a problem names.
    pub fn paths(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array();
        errors.into_iter().flatten().filter_map(|error| error["path"].as_str()).collect()
    }
}
