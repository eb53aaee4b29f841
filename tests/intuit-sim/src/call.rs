//! One HTTP request as the simulator sees it, and the answer it gives: plain data, no sockets.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

/// A request that has been read completely.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) segments: Vec<String>,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The correlation id that goes out as `intuit_tid`.
    pub(crate) tid: String,
    pub(crate) from_loopback: bool,
}

impl Call {
    /// The last value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether `include` lists a word; QuickBooks accepts commas and repeated parameters.
    pub(crate) fn includes(&self, word: &str) -> bool {
        self.parameters
            .iter()
            .filter(|(key, _)| key == "include")
            .any(|(_, value)| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as form fields.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    pub(crate) fn path_parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// This server as the caller addressed it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or("localhost"))
    }
}

/// What goes back, or that nothing goes back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) delay: Option<Duration>,
    /// The connection is closed without a single byte of answer.
    pub(crate) dropped: bool,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, "application/json;charset=UTF-8", body.to_string())
    }

    pub(crate) fn html(status: u16, body: impl Into<Bytes>) -> Self {
        Self::bytes(status, "text/html;charset=UTF-8", body)
            .with_header("cache-control", "no-cache, no-store")
    }

    pub(crate) fn bytes(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
            delay: None,
            dropped: false,
        }
    }

    pub(crate) fn redirect(location: &str) -> Self {
        Self::html(302, "").with_header("location", location)
    }

    pub(crate) fn dropped() -> Self {
        Self { dropped: true, ..Self::bytes(0, "", "") }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
