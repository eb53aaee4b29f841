//! Problems: every error a caller sees, as RFC 9457 `application/problem+json` with a code and a remedy.
//!
//! Nothing internal goes in here; the log has it, under the same request id.

mod conflict;
mod unknown;
mod webhook;

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use domain::role::Role;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

/// Bad fields listed in one answer; a host that sends thousands of them learns nothing more from the rest.
const MAX_LISTED: usize = 100;

/// Bad fields told in one text.
const MOST_TOLD: usize = 5;

/// An error as the caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Content>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    status: StatusCode,
    code: Cow<'static, str>,
    title: &'static str,
    detail: String,
    remedy: String,
    retryable: bool,
    errors: Vec<FieldError>,
    header: Option<(HeaderName, HeaderValue)>,
}

/// One bad field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FieldError {
    /// JSON path of the field, such as `lines[2].amount`; empty for the whole body.
    pub path: String,
    /// Stable, for programs.
    pub code: &'static str,
    /// What is the matter.
    pub message: String,
    /// How to send it right.
    pub remedy: String,
}

/// An error as RFC 9457 has it: <https://www.rfc-editor.org/rfc/rfc9457>
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Problem"))]
struct Document<'a> {
    /// A name for the kind of problem: `urn:ledgerbridge:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem, for people.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What is the matter, for people.
    detail: &'a str,
    /// Stable, for programs.
    code: &'a str,
    /// Who must do what, where.
    remedy: &'a str,
    /// Whether the same call can succeed later.
    retryable: bool,
    /// Names the call in the log.
    request_id: &'a str,
    /// Every field that cannot be used.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[cfg_attr(test, schemars(with = "Option<Vec<FieldError>>"))]
    errors: &'a [FieldError],
}

impl Problem {
    fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        title: &'static str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self(Box::new(Content {
            status,
            code: code.into(),
            title,
            detail: detail.into(),
            remedy: remedy.into(),
            retryable: false,
            errors: Vec::new(),
            header: None,
        }))
    }

    /// No key, or a wrong one.
    pub fn unauthorized(detail: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Not authorized",
            detail,
            "Send the header \"Authorization: Bearer <api key>\" with a key from api_keys in the application secret.",
        );
        problem.0.header = Some((
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"ledgerbridge\""),
        ));
        problem
    }

    /// A key that is known, for a call that it may not make.
    pub fn role_insufficient(has: Role, needs: Role) -> Self {
        let (has, needs) = (has.as_str(), needs.as_str());
        Self::new(
            StatusCode::FORBIDDEN,
            "role_insufficient",
            "Not allowed",
            format!("The API key has the role {has}; this call needs the role {needs}."),
            format!("Call with a key whose role in the application secret is {needs} or higher."),
        )
    }

    /// No such path.
    pub fn unknown_path() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_path",
            "Not found",
            "This function does not serve that path.",
            "Check the path, and that the call goes to the function that serves it; each has its own address.",
        )
    }

    /// The path exists, not the method.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Method not allowed",
            "This path does not take that method.",
            "Use one of the methods in the Allow header.",
        )
    }

    /// The path holds something that cannot be an id.
    pub fn bad_id(what: &str, why: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad_id",
            "Unusable id",
            format!("The {what} in the path {why}."),
            "Send the host's own id, percent-encoded, with 1 to 100 letters, digits and . _ @ + = - only.",
        )
    }

    /// The path holds something that no issued payment is named by.
    pub fn bad_payment_id() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad_id",
            "Unusable id",
            "The id of the issued payment in the path is not a company's id, a dot and a payment's id.",
            "Send the id as the list of issued payments shows it, percent-encoded.",
        )
    }

    /// The body is larger than any record needs.
    pub fn body_too_large(limit_bytes: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "Body too large",
            format!("The body is larger than {} KiB ({limit_bytes} bytes).", limit_bytes / 1024),
            "Send a smaller record: shorten descriptions, or split it into several records.",
        )
    }

    /// The body is not declared as JSON.
    pub fn not_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Unsupported media type",
            "The body is not declared as JSON.",
            "Send the header \"Content-Type: application/json\" and a JSON body.",
        )
    }

    /// The body cannot be read as JSON. `detail` must not quote the body.
    pub fn malformed_json(detail: String) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed_json",
            "Malformed JSON",
            detail,
            "Correct the JSON at the place named.",
        )
    }

    /// The request itself is broken.
    pub fn bad_request(detail: &str, remedy: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", "Bad request", detail, remedy)
    }

    /// Fields of the body or the query cannot be used. `errors` is not empty.
    pub fn invalid_fields(mut errors: Vec<FieldError>) -> Self {
        let count = errors.len();
        errors.truncate(MAX_LISTED);
        let detail = match count {
            1 => "One field cannot be used.".to_owned(),
            n if n > MAX_LISTED => {
                format!("{n} fields cannot be used; the first {MAX_LISTED} are listed.")
            }
            n => format!("{n} fields cannot be used."),
        };
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_fields",
            "Invalid fields",
            detail,
            "Correct every field listed under errors and send the record again.",
        );
        problem.0.errors = errors;
        problem
    }

    /// AWS or QuickBooks did not answer.
    pub fn unavailable() -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Not available right now",
            "A service that ledgerbridge depends on did not answer.",
            "Send the same call again in a few seconds; repeating it never books twice.",
        );
        problem.0.retryable = true;
        problem.0.header = Some((header::RETRY_AFTER, HeaderValue::from_static("5")));
        problem
    }

    /// A newer version of ledgerbridge stored it, as after a deployment was taken back.
    pub fn newer_version() -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "newer_version",
            "Written by a newer version",
            "What this call is about was stored by a newer version of ledgerbridge, which this one leaves alone.",
            "The operator deploys that version again; then send the same call again.",
        );
        problem.0.retryable = true;
        problem.0.header = Some((header::RETRY_AFTER, HeaderValue::from_static("60")));
        problem
    }

    /// A defect of ledgerbridge.
    pub fn internal() -> Self {
        let mut problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            "ledgerbridge failed on this call.",
            "Send the same call again; repeating it never books twice. If it fails again, give the request_id to the operator.",
        );
        problem.0.retryable = true;
        problem
    }

    /// The deployment is incomplete.
    pub fn misconfigured() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "misconfigured",
            "Deployment incomplete",
            "This deployment of ledgerbridge is not completely configured.",
            "The operator reads the function's log under this request_id; it names what is missing.",
        )
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Stable, for programs and logs.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What is the matter, for people.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Who must do what, where.
    pub fn remedy(&self) -> &str {
        &self.0.remedy
    }

    /// The code and all that is the matter, for whoever gets no document: of bad fields the first one's code, and every
    /// one's words.
    pub(crate) fn told(&self) -> (String, String) {
        let Content { code, detail, remedy, errors, .. } = &*self.0;
        let Some(first) = errors.first() else {
            return (code.to_string(), format!("{detail} {remedy}"));
        };
        let words = errors.iter().take(MOST_TOLD).map(|error| {
            let FieldError { path, message, remedy, .. } = error;
            let subject = if path.is_empty() { "The line" } else { path };
            format!("{subject} {message}. {remedy}")
        });
        let mut words: Vec<String> = words.collect();
        let more = errors.len().saturating_sub(MOST_TOLD);
        if more > 0 {
            words.push(format!("And {more} more."));
        }
        (first.code.to_owned(), words.join(" "))
    }

    /// The body of the answer.
    pub fn to_json(&self, request_id: &str) -> String {
        let document = Document {
            kind: format!("urn:ledgerbridge:problem:{}", self.0.code),
            title: self.0.title,
            status: self.0.status.as_u16(),
            detail: &self.0.detail,
            code: &self.0.code,
            remedy: &self.0.remedy,
            retryable: self.0.retryable,
            request_id,
            errors: &self.0.errors,
        };
        serde_json::to_string(&document).expect("texts and numbers always serialize")
    }
}

/// The remedy for a word that is not known: "Send a, b or c."
pub(crate) fn send_one_of(words: &[&str]) -> String {
    match words {
        [] => "Send nothing.".to_owned(),
        [only] => format!("Send {only}."),
        [firsts @ .., last] => format!("Send {} or {last}.", firsts.join(", ")),
    }
}

/// The answer without its body: `http::serve` writes it, since only it knows the request id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        if let Some((name, value)) = self.0.header.clone() {
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The schema of every problem.
#[cfg(test)]
pub(crate) fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<Document<'_>>()
}

/// Whether an answer says when to come again.
#[cfg(test)]
pub(crate) fn says_when(problem: &Problem) -> bool {
    problem.0.header.as_ref().is_some_and(|(name, _)| *name == header::RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_shape_of_rfc_9457_with_code_and_remedy() {
        let problem = Problem::invalid_fields(vec![FieldError {
            path: "lines[2].amount".to_owned(),
            code: "amount_differs",
            message: "must be 250.00".to_owned(),
            remedy: "Send 250.00.".to_owned(),
        }]);
        let expected = concat!(
            r#"{"type":"urn:ledgerbridge:problem:invalid_fields","title":"Invalid fields","status":422,"#,
            r#""detail":"One field cannot be used.","code":"invalid_fields","#,
            r#""remedy":"Correct every field listed under errors and send the record again.","#,
            r#""retryable":false,"request_id":"r-1","errors":[{"path":"lines[2].amount","#,
            r#""code":"amount_differs","message":"must be 250.00","remedy":"Send 250.00."}]}"#
        );
        assert_eq!(problem.to_json("r-1"), expected);
        let without = Problem::unknown_path().to_json("r-2");
        assert!(!without.contains("errors"), "{without}");
    }

    #[test]
    fn a_flood_of_bad_fields_is_cut_and_said_so() {
        let error = FieldError {
            path: "x".to_owned(),
            code: "c",
            message: "m".to_owned(),
            remedy: "r".to_owned(),
        };
        let problem = Problem::invalid_fields(vec![error; 1000]);
        assert_eq!(problem.0.errors.len(), MAX_LISTED);
        assert!(problem.detail().starts_with("1000 fields"), "{}", problem.detail());
    }
}
