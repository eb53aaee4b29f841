//! From a function-URL event to a routed request, and back.

mod auth;
mod extract;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use tower::ServiceExt;

use crate::event::{UrlEvent, UrlReply};
use crate::panic;
use crate::problem::Problem;
use crate::telemetry::Ending;

pub(crate) use auth::{Signed, require};
pub(crate) use extract::{
    ImportPath, IssuedPath, JsonBody, LinkPath, ListPath, MAX_LINES_BYTES, NewImport, Query,
    RecordPath, TemplatePath, TenantPath,
};

/// Largest body of a host's. A posting keeps its record and the request to QuickBooks in one DynamoDB item of at most 400 KB:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items>
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// Answers a call whose body has at most so many bytes. Never fails: whatever happens becomes a problem.
pub(crate) async fn serve(
    router: Router,
    largest_body: usize,
    event: UrlEvent,
    request_id: &str,
) -> (UrlReply, Ending) {
    let is_head = event.request_context.http.method == Method::HEAD.as_str();
    let response = match request(event, largest_body) {
        Ok(request) => match panic::catch(router.oneshot(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(panic::Panicked) => Problem::internal().into_response(),
        },
        Err(problem) => problem.into_response(),
    };
    let (mut reply, ending) = reply(response, request_id).await;
    if is_head {
        reply.body.clear();
    }
    (reply, ending)
}

/// Answers a call with a problem.
pub(crate) async fn refuse(problem: Problem, request_id: &str) -> (UrlReply, Ending) {
    reply(problem.into_response(), request_id).await
}

/// Answers what no route takes: an unknown path.
pub(crate) async fn unknown_path() -> Problem {
    Problem::unknown_path()
}

/// Answers a method that a path does not take; the router adds the Allow header.
pub(crate) async fn other_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Problem::method_not_allowed().into_response()
}

/// The request that a call is, with a body of at most so many bytes.
pub(crate) fn request(event: UrlEvent, largest_body: usize) -> Result<Request<Body>, Problem> {
    let signed =
        event.request_context.authorizer.is_some_and(|authorizer| authorizer.iam.is_some());
    let body = body(event.body.unwrap_or_default(), event.is_base64_encoded, largest_body)?;
    let query = event.raw_query_string;
    let separator = if query.is_empty() { "" } else { "?" };
    let target = format!("{}{separator}{}", visible(&event.raw_path), visible(&query));
    let mut request = Request::builder()
        .method(event.request_context.http.method.as_str())
        .uri(target)
        .body(Body::from(body))
        .map_err(|_| {
            Problem::bad_request(
                "The method or the path of the request cannot be read.",
                "Send a path with percent-encoded segments.",
            )
        })?;
    for (name, value) in event.headers {
        // What is not a header by the rules of HTTP cannot be one that is looked at here.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            request.headers_mut().insert(name, value);
        }
    }
    if signed {
        request.extensions_mut().insert(Signed);
    }
    Ok(request)
}

/// The body's bytes; their number is bounded before anything is decoded.
fn body(text: String, is_base64: bool, most: usize) -> Result<Bytes, Problem> {
    let too_large = || Problem::body_too_large(most);
    if !is_base64 {
        return if text.len() > most { Err(too_large()) } else { Ok(text.into()) };
    }
    if text.len() > most.div_ceil(3) * 4 {
        return Err(too_large());
    }
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| {
        Problem::bad_request(
            "The body cannot be decoded from base64.",
            "Send the body as plain JSON.",
        )
    })?;
    if bytes.len() > most { Err(too_large()) } else { Ok(bytes.into()) }
}

/// Percent-encodes what cannot stand in a request line. Lambda passes paths as they were sent, so this changes nothing
/// there; emulators are known to decode them.
fn visible(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if !b"\"#<>?\\^`{|}".contains(&byte) => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

async fn reply(response: Response, request_id: &str) -> (UrlReply, Ending) {
    let (mut parts, body) = response.into_parts();
    let mut ending = parts.extensions.remove::<Ending>().unwrap_or_default();
    ending.status = Some(parts.status.as_u16());
    let body = match parts.extensions.remove::<Problem>() {
        Some(problem) => {
            ending.code = Some(problem.code().to_owned());
            let kind = HeaderValue::from_static("application/problem+json");
            parts.headers.insert(header::CONTENT_TYPE, kind);
            problem.to_json(request_id)
        }
        None => {
            let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    for (name, value) in
        [(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")]
    {
        parts.headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut headers = BTreeMap::new();
    for (name, value) in &parts.headers {
        if let Ok(value) = value.to_str() {
            headers.insert(name.as_str().to_owned(), value.to_owned());
        }
    }
    headers.insert("x-request-id".to_owned(), request_id.to_owned());
    let reply =
        UrlReply { status_code: parts.status.as_u16(), headers, body, is_base64_encoded: false };
    (reply, ending)
}

/// The body of a call, for tests that look no further.
#[cfg(test)]
pub(crate) async fn request_body(event: UrlEvent) -> Result<Bytes, Problem> {
    let request = request(event, MAX_BODY_BYTES)?;
    Ok(to_bytes(request.into_body(), MAX_BODY_BYTES).await.unwrap())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_bounded_before_they_are_decoded() {
        for most in [MAX_BODY_BYTES, 4 * MAX_BODY_BYTES] {
            let plain =
                |length: usize| body("x".repeat(length), false, most).map(|bytes| bytes.len());
            assert_eq!(plain(most), Ok(most));
            assert_eq!(plain(most + 1).unwrap_err().code(), "body_too_large");
            let encoded = |length: usize| {
                let text = BASE64_STANDARD.encode(vec![b'x'; length]);
                body(text, true, most).map(|bytes| bytes.len())
            };
            assert_eq!(encoded(most), Ok(most));
            assert_eq!(encoded(most + 1).unwrap_err().code(), "body_too_large");
            let huge = "!".repeat(1_000_000);
            assert_eq!(body(huge, true, most).unwrap_err().code(), "body_too_large");
            assert_eq!(body("!!".to_owned(), true, most).unwrap_err().code(), "bad_request");
        }
    }

    #[test]
    fn a_path_that_was_decoded_on_the_way_can_still_be_routed() {
        for (path, expected) in [
            ("/tenants/t/bills/B-1%2F2", "/tenants/t/bills/B-1%2F2"),
            ("/tenants/a b/bills/é", "/tenants/a%20b/bills/%C3%A9"),
            ("/tenants/a\nb", "/tenants/a%0Ab"),
            ("/a?b#c", "/a%3Fb%23c"),
        ] {
            assert_eq!(visible(path), expected);
        }
        assert_eq!(visible("a=b&c=d+e%20f"), "a=b&c=d+e%20f");
    }
}
