//! One line for each call, with what support asks for and nothing of the books.

use std::io;
use std::sync::{LazyLock, Mutex};

use quickbooks::entity::Customer;
use quickbooks::{ObjectId, RefreshToken, RequestId, Write};
use tracing_subscriber::filter::LevelFilter;

use crate::oauth::{GRANT, app};
use crate::server::{Answer, Server, access, json};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// One subscriber for all tests, set before the first call: whether anybody listens is cached for the process.
static SUBSCRIBER: LazyLock<()> = LazyLock::new(|| {
    let builder =
        tracing_subscriber::fmt().json().flatten_event(true).with_max_level(LevelFilter::TRACE);
    builder.with_writer(|| Lines).init();
});

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().expect("no test panics while writing").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts listening, once.
pub(super) fn capture() {
    LazyLock::force(&SUBSCRIBER);
}

#[tokio::test]
async fn each_call_leaves_one_line_without_tokens_names_or_bodies() {
    let marked =
        |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("1-test", "1-log").into_bytes();
    let fault = r#"{"Fault":{"Error":[{"Message":"canary","Detail":"canary","code":"6240"}]}}"#;
    let mut cut = marked(json("200 OK", "{}"));
    cut.truncate(cut.len() - 1);
    let server = Server::start(vec![
        Answer::Send(marked(json("200 OK", GRANT))),
        Answer::Send(marked(json("400 Bad Request", fault))),
        Answer::Break(cut),
    ]);
    let client = server.client();
    client.refresh(&app(), &RefreshToken::new("canary-refresh")).await.unwrap();
    let write = Write::create(RequestId::new("r-1").unwrap(), &Customer::named("canary"));
    client.write(&access(), &write).await.unwrap_err();
    client.read::<Customer>(&access(), &ObjectId::new("58")).await.unwrap_err();

    let text = String::from_utf8(LINES.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("canary"), "{text}");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [refresh, write, read] =
        &lines.iter().filter(|line| line["intuit_tid"] == "1-log").collect::<Vec<_>>()[..]
    else {
        panic!("{text}")
    };
    let check = |line: &serde_json::Value, field: &str, value: serde_json::Value| {
        assert_eq!(line[field], value, "{line}")
    };
    check(refresh, "operation", "refresh".into());
    check(refresh, "status", 200.into());
    check(write, "method", "POST".into());
    check(write, "entity", "Customer".into());
    check(write, "operation", "create".into());
    check(write, "status", 400.into());
    assert!(write["duration_ms"].is_number(), "{write}");
    check(read, "operation", "read".into());
    assert!(read.get("status").is_none(), "{read}");
}
