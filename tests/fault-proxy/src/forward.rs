//! The way of a request: read, decide, send, note, answer.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header, request::Parts,
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use url::Url;

use crate::{
    State,
    journal::{Outcome, contains},
    operation::{Operation, Side},
    rules::{Canned, Verdict},
    server::Reply,
};

/// Far above what DynamoDB (4 MB), SQS (1 MB) and QuickBooks accept or answer.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;
/// Shorter than either upstream keeps an idle connection, so that a pooled one is never found closed.
const POOL_IDLE: Duration = Duration::from_secs(2);
/// These describe one connection, not the message (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 4] =
    [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, header::TE];

pub(crate) type HttpClient = Client<HttpConnector, Full<Bytes>>;

pub(crate) fn client() -> HttpClient {
    Client::builder(TokioExecutor::new()).pool_idle_timeout(POOL_IDLE).build_http()
}

/// One port's way to its upstream.
#[derive(Clone)]
pub(crate) struct Forward {
    side: Side,
    upstream: Url,
    client: HttpClient,
    state: Arc<State>,
}

impl Forward {
    pub(crate) fn new(side: Side, upstream: Url, client: HttpClient, state: Arc<State>) -> Self {
        Self { side, upstream, client, state }
    }

    pub(crate) async fn answer(self, request: Request<Incoming>) -> Reply {
        let (parts, body) = request.into_parts();
        let body = match Limited::new(body, MAX_BODY_BYTES).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => {
                return problem(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "the request broke off or is too long",
                );
            }
        };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let operation = Operation::of(self.side, &parts.method, parts.uri.path(), &parts.headers);
        let seq = self.state.journal().begin(&operation, &path, &body);
        let verdict = self.state.rules().decide(&operation, |text| contains(text, &path, &body));
        let finish = |status: Option<StatusCode>, outcome| {
            self.state.journal().finish(seq, status.map(|status| status.as_u16()), outcome);
        };
        match verdict {
            Verdict::Dead => finish(None, Outcome::Dead),
            Verdict::DropBefore => finish(None, Outcome::DroppedBefore),
            Verdict::Answer(canned) => {
                let response = response_of(&canned);
                finish(Some(response.status()), Outcome::Injected);
                return Reply::Answer(response);
            }
            Verdict::Pass | Verdict::Delay(_) | Verdict::DropAfter => {
                if let Verdict::Delay(milliseconds) = verdict {
                    pause(Duration::from_millis(milliseconds)).await;
                }
                match self.send(&path, parts, body).await {
                    Err(reason) => {
                        finish(None, Outcome::Unreachable);
                        return problem(StatusCode::BAD_GATEWAY, &reason);
                    }
                    Ok(response) if verdict == Verdict::DropAfter => {
                        finish(Some(response.status()), Outcome::DroppedAfter)
                    }
                    Ok(response) => {
                        finish(Some(response.status()), Outcome::Answered);
                        return Reply::Answer(response);
                    }
                }
            }
        }
        Reply::HangUp
    }

    /// Sends the request as it came. The Host field too: an AWS signature covers it.
    async fn send(
        &self,
        path: &str,
        parts: Parts,
        body: Bytes,
    ) -> Result<Response<Full<Bytes>>, String> {
        let base = self.upstream.as_str().trim_end_matches('/');
        let uri: Uri =
            format!("{base}{path}").parse().map_err(|error| format!("unusable path: {error}"))?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = parts.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = end_to_end(parts.headers);
        let response = self
            .client
            .request(request)
            .await
            .map_err(|error| format!("no answer from {base}: {error}"))?;
        let (mut parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_BODY_BYTES)
            .collect()
            .await
            .map_err(|error| format!("{base} broke off: {error}"))?;
        parts.headers = end_to_end(parts.headers);
        Ok(Response::from_parts(parts, Full::new(body.to_bytes())))
    }
}

#[expect(clippy::disallowed_methods, reason = "a late answer is what the rule asks for")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    headers
}

fn response_of(canned: &Canned) -> Response<Full<Bytes>> {
    let body = match &canned.body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() =
        StatusCode::from_u16(canned.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in &canned.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn problem(status: StatusCode, reason: &str) -> Reply {
    let mut response = Response::new(Full::new(Bytes::from(format!("fault-proxy: {reason}\n"))));
    *response.status_mut() = status;
    Reply::Answer(response)
}
