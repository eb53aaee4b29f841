//! Passes requests on and notes what they take.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Seen, Written, capacity};

/// SQS and the bus bill each begun 64 KB as a request, or an event, of its own.
const MESSAGE_BYTES: usize = 64 * 1024;

/// Which way a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Aws,
    QuickBooks,
}

#[derive(Clone)]
struct Forward {
    upstream: Arc<str>,
    client: reqwest::Client,
    seen: Arc<Mutex<Seen>>,
    side: Side,
}

/// One write that a request asks for.
struct Asked {
    key: Value,
    times: u64,
}

pub(super) async fn listen(
    upstream: &str,
    seen: &Arc<Mutex<Seen>>,
    side: Side,
) -> anyhow::Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("there is no free port")?;
    let address = format!("http://{}", listener.local_addr()?);
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let forward = Forward { upstream: upstream.into(), client, seen: Arc::clone(seen), side };
    let server = tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let forward = forward.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let forward = forward.clone();
                    async move { Ok::<_, Infallible>(forward.answer(request).await) }
                });
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Ok((address, server))
}

impl Forward {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return problem("the request broke off") };
        let body = body.to_bytes();
        let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        let target = target.unwrap_or_default().to_owned();
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let writes = writes(&target, &asked);
        let mut before = Vec::new();
        for write in &writes {
            before.push(e2e::aws::item(&write.key).await);
        }
        let sent_bytes = body.len() as u64;
        let answer = match self.send(&parts, body).await {
            Ok(answer) => answer,
            Err(error) => return problem(&error.to_string()),
        };
        let mut written = Vec::new();
        for (write, old) in writes.iter().zip(before) {
            let there = |item: Value| (!item.is_null()).then_some(item);
            let new = there(e2e::aws::item(&write.key).await);
            written.push((write.times, Written { old: there(old), new }));
        }
        let told: Value = serde_json::from_slice(answer.body_bytes()).unwrap_or_default();
        self.note(&parts, &target, &asked, &told, sent_bytes, written);
        answer.into_response()
    }

    async fn send(&self, parts: &Parts, body: Bytes) -> anyhow::Result<Answer> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut headers = parts.headers.clone();
        // Of this connection, not of the message. The host stays: an AWS signature covers it.
        headers.remove(header::CONNECTION);
        headers.remove(header::TRANSFER_ENCODING);
        let request = self
            .client
            .request(parts.method.clone(), format!("{}{path}", self.upstream))
            .headers(headers)
            .body(body);
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, body: response.bytes().await? })
    }

    fn note(
        &self,
        parts: &Parts,
        target: &str,
        asked: &Value,
        told: &Value,
        sent_bytes: u64,
        written: Vec<(u64, Written)>,
    ) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = &mut *seen;
        let units = &mut seen.units;
        if self.side == Side::QuickBooks {
            units.sent_bytes += sent_bytes;
            // Reads of the company are metered; what changes it and what concerns tokens is not.
            let metered = parts.method == Method::GET && parts.uri.path().contains("/company/");
            *(if metered { &mut units.metered_reads } else { &mut units.quickbooks_writes }) += 1;
            return;
        }
        let (service, operation) = target.split_once('.').unwrap_or((target, ""));
        match service {
            "AmazonSQS" => units.queue_requests += messages(asked),
            "secretsmanager" => units.secret_calls += 1,
            "AWSEvents" => {
                let entries = asked["Entries"].as_array().into_iter().flatten();
                units.bus_events += entries.map(|entry| chunks(&entry["Detail"])).sum::<u64>();
            }
            _ if service.starts_with("DynamoDB") => {
                units.table_calls += 1;
                units.read_halves += reads(operation, asked, told);
                for (times, written) in written {
                    let (old, new) = (written.old.as_ref(), written.new.as_ref());
                    units.writes += times * capacity::of_write(old, new);
                    if old != new {
                        seen.written.push(written);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Everything that an operation writes, or makes a condition of writing.
fn writes(target: &str, asked: &Value) -> Vec<Asked> {
    let Some((_, operation)) = target.split_once("DynamoDB_20120810.") else { return Vec::new() };
    let key = |item: &Value| json!({"pk": item["pk"], "sk": item["sk"]});
    let single = |key: Value| vec![Asked { key, times: 1 }];
    match operation {
        "PutItem" => single(key(&asked["Item"])),
        "UpdateItem" | "DeleteItem" => single(key(&asked["Key"])),
        "TransactWriteItems" => {
            let items = asked["TransactItems"].as_array().into_iter().flatten();
            let of_item = |item: &Value| {
                let (kind, write) = item.as_object()?.iter().next()?;
                let whose = if kind == "Put" { &write["Item"] } else { &write["Key"] };
                Some(Asked { key: key(whose), times: capacity::TRANSACTION })
            };
            items.filter_map(of_item).collect()
        }
        "BatchWriteItem" => {
            let tables = asked["RequestItems"].as_object().into_iter().flatten();
            let requests = tables.filter_map(|(_, list)| list.as_array()).flatten();
            let of_request = |request: &Value| {
                let put = &request["PutRequest"]["Item"];
                let whose = if put.is_null() { &request["DeleteRequest"]["Key"] } else { put };
                Asked { key: key(whose), times: 1 }
            };
            requests.map(of_request).collect()
        }
        _ => Vec::new(),
    }
}

/// Half read units of an operation.
fn reads(operation: &str, asked: &Value, told: &Value) -> u64 {
    let consistent = |request: &Value| request["ConsistentRead"] == true;
    match operation {
        "GetItem" => {
            let item: Vec<&Value> = told.get("Item").into_iter().collect();
            capacity::of_gets(1, &item, consistent(asked))
        }
        "BatchGetItem" => {
            let tables = asked["RequestItems"].as_object().into_iter().flatten();
            let of_table = |(name, request): (&String, &Value)| {
                let keys = request["Keys"].as_array().map_or(0, |keys| keys.len() as u64);
                let items: Vec<&Value> =
                    told["Responses"][name].as_array().into_iter().flatten().collect();
                capacity::of_gets(keys, &items, consistent(request))
            };
            tables.map(of_table).sum()
        }
        "Query" | "Scan" => {
            let items: Vec<&Value> = told["Items"].as_array().into_iter().flatten().collect();
            capacity::of_query(&items, consistent(asked))
        }
        _ => 0,
    }
}

/// Requests that SQS bills for one call.
fn messages(asked: &Value) -> u64 {
    let entries = asked["Entries"].as_array().into_iter().flatten();
    let bytes: usize = entries.map(|entry| entry["MessageBody"].as_str().map_or(0, str::len)).sum();
    let bytes = bytes + asked["MessageBody"].as_str().map_or(0, str::len);
    bytes.div_ceil(MESSAGE_BYTES).max(1) as u64
}

fn chunks(text: &Value) -> u64 {
    text.as_str().map_or(0, str::len).div_ceil(MESSAGE_BYTES).max(1) as u64
}

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    body: Bytes,
}

impl Answer {
    fn body_bytes(&self) -> &[u8] {
        &self.body
    }

    fn into_response(mut self) -> Response<Full<Bytes>> {
        self.headers.remove(header::CONNECTION);
        self.headers.remove(header::TRANSFER_ENCODING);
        // The body is whole, and plain: it was unpacked on the way.
        self.headers.remove(header::CONTENT_LENGTH);
        self.headers.remove(header::CONTENT_ENCODING);
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

fn problem(reason: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(format!("meter: {reason}\n"))));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_that_an_operation_writes_is_found() {
        let item = |sk: &str| json!({"pk": {"S": "T#a"}, "sk": {"S": sk}, "x": {"S": "y"}});
        let cases = [
            ("PutItem", json!({"Item": item("A")}), vec![("A", 1)]),
            ("UpdateItem", json!({"Key": item("A")}), vec![("A", 1)]),
            (
                "TransactWriteItems",
                json!({"TransactItems": [{"Put": {"Item": item("A")}}, {"ConditionCheck": {"Key": item("B")}}]}),
                vec![("A", 2), ("B", 2)],
            ),
            (
                "BatchWriteItem",
                json!({"RequestItems": {"t": [{"PutRequest": {"Item": item("A")}}, {"DeleteRequest": {"Key": item("B")}}]}}),
                vec![("A", 1), ("B", 1)],
            ),
            ("GetItem", json!({"Key": item("A")}), vec![]),
        ];
        for (operation, asked, expected) in cases {
            let found = writes(&format!("DynamoDB_20120810.{operation}"), &asked);
            let found: Vec<(&str, u64)> = found
                .iter()
                .map(|write| (write.key["sk"]["S"].as_str().unwrap(), write.times))
                .collect();
            assert_eq!(found, expected, "{operation}");
        }
    }

    #[test]
    fn a_batch_of_messages_is_one_request_up_to_64_kilobytes() {
        let small = json!({"Entries": [{"MessageBody": "a"}, {"MessageBody": "b"}]});
        let large = json!({"MessageBody": "x".repeat(MESSAGE_BYTES + 1)});
        assert_eq!((messages(&small), messages(&large), messages(&json!({}))), (1, 2, 1));
    }
}
