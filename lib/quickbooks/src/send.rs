//! The one path of every API call: headers, version, request id, log line, and the judgement of the answer.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde_json::{Map, Value};
use url::Url;

use crate::classify::classify;
use crate::transport::{Lost, Reply, exchange};
use crate::{Access, Class, Client, Error, Fault, FaultReply, Made, RequestId, Uncertainty, fault};

/// The version of the API whose shapes are understood here. Since August 2025 lower ones are ignored
/// (<https://blogs.intuit.com/2025/01/21/changes-to-our-accounting-api-that-may-impact-your-application>).
const MINOR_VERSION: &str = "75";

/// A call about to be made.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// For the log line, like the next one.
    pub(crate) entity: &'static str,
    pub(crate) operation: &'static str,
    /// Without version and request id.
    pub(crate) url: Url,
    pub(crate) body: Option<Body>,
    pub(crate) effect: Effect,
}

pub(crate) struct Body {
    pub(crate) content_type: &'static str,
    pub(crate) text: String,
}

/// Whether an answer that never came leaves doubt about the books.
#[derive(Clone)]
pub(crate) enum Effect {
    Read,
    Write(RequestId),
}

/// A JSON object that carries no fault.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) json: Map<String, Value>,
    /// When QuickBooks began to answer, by its own clock.
    pub(crate) time: Option<Timestamp>,
    pub(crate) intuit_tid: Option<String>,
}

impl Client {
    pub(crate) async fn send(&self, access: &Access, call: Call) -> Result<Answer, Error> {
        let Call { method, entity, operation, url, body, effect } = call;
        let request = request(access, method.clone(), url, body, &effect);
        let started = Instant::now();
        let outcome = exchange(self.http(), request).await;
        log(&method, entity, operation, &effect, &outcome, started.elapsed());
        let outcome = match outcome {
            Ok(reply) => judge(reply, &effect),
            Err(lost) => Err(lost_error(lost, &effect)),
        };
        if !matches!(outcome, Err(Error::Unreachable { .. })) {
            self.made(Made::api(&effect, &outcome));
        }
        outcome
    }
}

fn request(
    access: &Access,
    method: Method,
    mut url: Url,
    body: Option<Body>,
    effect: &Effect,
) -> Request {
    url.query_pairs_mut().append_pair("minorversion", MINOR_VERSION);
    if let Effect::Write(request_id) = effect {
        url.query_pairs_mut().append_pair("requestid", request_id.as_str());
    }
    let mut request = Request::new(method, url);
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // A token that no header can carry is sent as none: QuickBooks then answers 401, as it should.
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", access.token.expose())) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    if let Some(body) = body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(body.content_type));
        *request.body_mut() = Some(body.text.into());
    }
    request
}

/// One line per call; neither bodies nor addresses, since both quote the books.
fn log(
    method: &Method,
    entity: &str,
    operation: &str,
    effect: &Effect,
    outcome: &Result<Reply, Lost>,
    took: Duration,
) {
    let (status, intuit_tid) = match outcome {
        Ok(Reply { status, intuit_tid, .. }) | Err(Lost::TooLarge { status, intuit_tid }) => {
            (Some(*status), intuit_tid.as_deref())
        }
        Err(Lost::Unanswered { intuit_tid, .. }) => (None, intuit_tid.as_deref()),
        Err(Lost::Unsent(_)) => (None, None),
    };
    let metered = effect.is_metered();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        %method, entity, operation, metered, status, intuit_tid, duration_ms, "quickbooks call"
    );
}

/// Decides what an answer means. A fault is looked for before the status is believed.
pub(crate) fn judge(reply: Reply, effect: &Effect) -> Result<Answer, Error> {
    let Reply { status, intuit_tid, retry_after, body } = reply;
    let json = serde_json::from_slice::<Value>(&body);
    let found = match &json {
        Ok(json) => fault::in_json(json),
        Err(_) => None,
    };
    let succeeded = (200..300).contains(&status);
    match (json, found, succeeded) {
        (Ok(Value::Object(json)), None, true) => {
            Ok(Answer { time: time_of(&json), json, intuit_tid })
        }
        (Ok(_), None, true) => Err(bad_answer("not an object", effect, intuit_tid)),
        (Err(error), _, true) => Err(match effect {
            Effect::Read => Error::unreadable("not JSON", &error, intuit_tid),
            Effect::Write(_) => bad_answer("not JSON", effect, intuit_tid),
        }),
        (json, found, _) => {
            let in_text = || -> Option<Vec<Fault>> {
                json.is_err()
                    .then(|| fault::in_text(&String::from_utf8_lossy(&body)))
                    .flatten()
                    .map(|one| vec![one])
            };
            let (kind, faults) =
                found.unwrap_or_else(|| (String::new(), in_text().unwrap_or_default()));
            Err(refused(FaultReply { status, intuit_tid, faults, kind, retry_after }, effect))
        }
    }
}

/// Text with an offset; answers of a gateway have milliseconds of Unix time instead.
fn time_of(json: &Map<String, Value>) -> Option<Timestamp> {
    match json.get("time")? {
        Value::String(text) => text.parse().ok(),
        Value::Number(milliseconds) => Timestamp::from_millisecond(milliseconds.as_i64()?).ok(),
        _ => None,
    }
}

/// What a refusal means: a write whose fault does not rule out that it was booked is uncertain.
pub(crate) fn refused(reply: FaultReply, effect: &Effect) -> Error {
    if matches!(effect, Effect::Read) || classify(&reply) != Class::Uncertain {
        return Error::Fault(Box::new(reply));
    }
    let used = reply.faults.iter().any(|fault| fault.code == "600");
    Error::Uncertain {
        why: if used { Uncertainty::RequestIdUsed } else { Uncertainty::ServerError },
        intuit_tid: reply.intuit_tid.clone(),
        reply: Some(Box::new(reply)),
        source: None,
    }
}

pub(crate) fn bad_answer(why: &str, effect: &Effect, intuit_tid: Option<String>) -> Error {
    match effect {
        Effect::Read => Error::Unreadable { why: why.to_owned(), intuit_tid },
        Effect::Write(_) => {
            Error::Uncertain { why: Uncertainty::BadAnswer, reply: None, intuit_tid, source: None }
        }
    }
}

fn lost_error(lost: Lost, effect: &Effect) -> Error {
    match (lost, effect) {
        (Lost::Unsent(source), _) => Error::Unreachable { source },
        (Lost::Unanswered { source, .. }, Effect::Read) => Error::Unanswered { source },
        (Lost::Unanswered { source, intuit_tid }, Effect::Write(_)) => {
            let why = if source.is_timeout() {
                Uncertainty::TimedOut
            } else {
                Uncertainty::ConnectionLost
            };
            Error::Uncertain { why, reply: None, intuit_tid, source: Some(source) }
        }
        (Lost::TooLarge { intuit_tid, .. }, effect) => {
            bad_answer("larger than is read", effect, intuit_tid)
        }
    }
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
