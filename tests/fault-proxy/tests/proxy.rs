//! The proxy as its users see it: over sockets, in front of an upstream that counts what reaches it.

#![expect(clippy::unwrap_used, reason = "a test helper that fails is a failed test")]

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use fault_proxy::{Listeners, Upstreams, run};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

struct Setup {
    aws: SocketAddr,
    quickbooks: SocketAddr,
    control: SocketAddr,
    reached: Arc<AtomicUsize>,
}

/// An upstream that answers 200 to everything, and a proxy in front of it.
async fn setup() -> Setup {
    let reached = Arc::new(AtomicUsize::new(0));
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", upstream.local_addr().unwrap());
    let counter = Arc::clone(&reached);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = upstream.accept().await {
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                let mut buffer = vec![0; 4096];
                while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {
                    counter.fetch_add(1, Ordering::SeqCst);
                    stream
                        .write_all(
                            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-upstream: yes\r\n\r\nok",
                        )
                        .await
                        .unwrap();
                }
            });
        }
    });
    let bind = || TcpListener::bind("127.0.0.1:0");
    let listeners = Listeners {
        aws: bind().await.unwrap(),
        quickbooks: bind().await.unwrap(),
        control: bind().await.unwrap(),
    };
    let (aws, quickbooks, control) = (
        listeners.aws.local_addr().unwrap(),
        listeners.quickbooks.local_addr().unwrap(),
        listeners.control.local_addr().unwrap(),
    );
    let upstreams = Upstreams { aws: url.parse().unwrap(), quickbooks: url.parse().unwrap() };
    tokio::spawn(run(listeners, upstreams, std::future::pending()));
    Setup { aws, quickbooks, control, reached }
}

/// Sends one request on a connection of its own and returns everything that comes back: nothing when the proxy hung up.
async fn send(to: SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let request = format!(
        "{head}\r\nhost: test\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

async fn order(setup: &Setup, head: &str, body: &Value) -> Value {
    let answer = send(setup.control, &format!("{head} HTTP/1.1"), &body.to_string()).await;
    serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

const GET_ITEM: &str = "POST / HTTP/1.1\r\nx-amz-target: DynamoDB_20120810.GetItem";

#[tokio::test]
async fn a_dead_process_reaches_nothing_until_it_is_revived() {
    for (when, reached_at_death) in [("before", 1), ("after", 2)] {
        let setup = setup().await;
        let id = order(
            &setup,
            "POST /rules",
            &json!({"match": ["tenant-1", "realm-1"], "die_at": 2, "when": when}),
        )
        .await["id"]
            .clone();
        assert!(send(setup.aws, GET_ITEM, "T#tenant-1").await.contains("x-upstream: yes"));
        assert_eq!(
            send(setup.quickbooks, "GET /v3/company/realm-1/invoice HTTP/1.1", "").await,
            ""
        );
        assert_eq!(setup.reached.load(Ordering::SeqCst), reached_at_death);
        assert_eq!(send(setup.aws, GET_ITEM, "T#tenant-1").await, "");
        assert_eq!(setup.reached.load(Ordering::SeqCst), reached_at_death);
        assert!(send(setup.aws, GET_ITEM, "T#tenant-2").await.starts_with("HTTP/1.1 200"));
        assert_eq!(
            order(&setup, &format!("GET /rules/{id}"), &Value::Null).await,
            json!({"seen": 2, "fired": true})
        );
        order(&setup, &format!("POST /rules/{id}/revive"), &Value::Null).await;
        assert!(send(setup.aws, GET_ITEM, "T#tenant-1").await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn operations_are_listed_in_order_with_their_outcome() {
    let setup = setup().await;
    order(&setup, "POST /rules", &json!({"match": "tenant-1", "operation": "GetItem", "action": {"status": 400, "body": {"__type": "x"}}})).await;
    assert!(send(setup.aws, GET_ITEM, "T#tenant-1").await.ends_with(r#"{"__type":"x"}"#));
    send(setup.aws, GET_ITEM, "T#tenant-1").await;
    send(setup.aws, GET_ITEM, "T#tenant-2").await;
    send(setup.quickbooks, "POST /v3/company/9/invoice?requestid=tenant-1 HTTP/1.1", "{}").await;
    let list = order(&setup, "GET /operations?match=tenant-1", &Value::Null).await;
    assert_eq!(
        list,
        json!({"last": 4, "operations": [
            {"seq": 1, "service": "dynamodb", "operation": "DynamoDB_20120810.GetItem", "status": 400, "outcome": "injected"},
            {"seq": 2, "service": "dynamodb", "operation": "DynamoDB_20120810.GetItem", "status": 200, "outcome": "answered"},
            {"seq": 4, "service": "quickbooks", "operation": "POST /v3/company/9/invoice", "status": 200, "outcome": "answered"},
        ]})
    );
    assert_eq!(
        order(&setup, "GET /operations?match=tenant-1&after=2", &Value::Null).await["operations"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_refused_with_a_reason() {
    let setup = setup().await;
    let answer = order(&setup, "POST /rules", &json!({"match": "t", "die_at": 1})).await;
    assert!(answer["error"].as_str().unwrap().starts_with("not an order"), "{answer}");
    assert!(order(&setup, "DELETE /rules/7", &Value::Null).await["error"].is_string());
}
