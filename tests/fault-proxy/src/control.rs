//! The API through which tests give orders.
//!
//! | call | does |
//! |---|---|
//! | `POST /rules` with an [`Order`] | answers `{"id":1}` |
//! | `GET /rules/{id}` | `{"seen":3,"fired":true}` |
//! | `POST /rules/{id}/revive` | what died works again |
//! | `DELETE /rules/{id}` | forgets the rule |
//! | `GET /operations?match=…&match=…&after=…` | `{"operations":[{"seq","service","operation","caller","status","outcome"}],"last":17}` |
//! | `GET /health` | `{}` |

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::{State, rules::Order, server::Reply};

/// An order is a few lines.
const MAX_ORDER_BYTES: usize = 1024 * 1024;

type Answer = Result<Value, (StatusCode, String)>;

pub(crate) async fn answer(state: Arc<State>, request: Request<Incoming>) -> Reply {
    let (parts, body) = request.into_parts();
    let answer = match Limited::new(body, MAX_ORDER_BYTES).collect().await {
        Ok(body) => route(
            &state,
            &parts.method,
            parts.uri.path(),
            parts.uri.query().unwrap_or(""),
            &body.to_bytes(),
        ),
        Err(error) => Err((StatusCode::BAD_REQUEST, error.to_string())),
    };
    let (status, value) = match answer {
        Ok(value) => (StatusCode::OK, value),
        Err((status, reason)) => (status, json!({ "error": reason })),
    };
    let mut response = Response::new(Full::new(Bytes::from(value.to_string())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Reply::Answer(response)
}

fn route(state: &State, method: &Method, path: &str, query: &str, body: &[u8]) -> Answer {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match (method, segments.as_slice()) {
        (&Method::GET, ["health"]) => Ok(json!({})),
        (&Method::GET, ["operations"]) => operations(state, query),
        (&Method::POST, ["rules"]) => {
            let order: Order = serde_json::from_slice(body)
                .map_err(|error| (StatusCode::BAD_REQUEST, format!("not an order: {error}")))?;
            Ok(json!({ "id": state.rules().add(order) }))
        }
        (&Method::GET, ["rules", id]) => state
            .rules()
            .progress(number(id)?)
            .map(|progress| json!(progress))
            .ok_or_else(|| no_rule(id)),
        (&Method::POST, ["rules", id, "revive"]) => found(state.rules().revive(number(id)?), id),
        (&Method::DELETE, ["rules", id]) => found(state.rules().remove(number(id)?), id),
        _ => Err((StatusCode::NOT_FOUND, format!("no such call: {method} {path}"))),
    }
}

fn operations(state: &State, query: &str) -> Answer {
    let mut texts = Vec::new();
    let mut after = 0;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "match" => texts.push(value.into_owned()),
            "after" => after = number(&value)?,
            other => return Err((StatusCode::BAD_REQUEST, format!("unknown parameter {other}"))),
        }
    }
    let journal = state.journal();
    Ok(json!({ "operations": journal.list(&texts, after), "last": journal.last() }))
}

fn number(text: &str) -> Result<u64, (StatusCode, String)> {
    text.parse().map_err(|_| (StatusCode::BAD_REQUEST, format!("not a number: {text}")))
}

fn found(found: bool, id: &str) -> Answer {
    if found { Ok(json!({})) } else { Err(no_rule(id)) }
}

fn no_rule(id: &str) -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, format!("no rule {id}"))
}
