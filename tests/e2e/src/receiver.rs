//! A host's endpoint for events: takes what comes, or does not.

use std::sync::{Arc, Mutex};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::until;

/// A running endpoint. It stops when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    port: u16,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

/// What an endpoint does, and what came.
#[derive(Debug, Default)]
struct State {
    /// The status of every answer; 200 when nothing is said.
    status: Option<u16>,
    /// Another status for events whose body contains a text.
    status_of: Option<(String, u16)>,
    received: Vec<Received>,
}

/// One event as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, byte for byte.
    pub body: String,
    /// What was answered.
    pub status: u16,
}

impl Received {
    /// The event.
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("an event is JSON")
    }

    /// Whether it was taken.
    pub fn taken(&self) -> bool {
        self.status == 200
    }

    /// Its number.
    pub fn sequence(&self) -> u64 {
        let event = self.event();
        let sequence = event["sequence"].as_str().and_then(|text| text.parse().ok());
        sequence.unwrap_or_else(|| panic!("no sequence: {event}"))
    }
}

impl Receiver {
    /// An endpoint that takes everything.
    pub async fn start() -> Self {
        Self::listen(0, Arc::default()).await
    }

    async fn listen(port: u16, state: Arc<Mutex<State>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&shared)));
            }
        });
        Self { port, state, task }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks/ledgerbridge", self.port)
    }

    /// Answers with a status from now on.
    pub fn answer(&self, status: u16) {
        self.lock().status = Some(status);
    }

    /// Answers with a status to events whose body contains a text.
    pub fn answer_to(&self, text: &str, status: u16) {
        self.lock().status_of = Some((text.to_owned(), status));
    }

    /// Stops listening, as a server does that is down.
    pub async fn stop(self) -> Stopped {
        self.task.abort();
        let Self { port, state, task } = self;
        // The port is free once the task is gone.
        let _aborted = task.await;
        Stopped { port, state }
    }

    /// Everything that came so far.
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// The numbers of what was taken, in the order in which it was.
    pub fn taken(&self) -> Vec<u64> {
        self.received().iter().filter(|it| it.taken()).map(Received::sequence).collect()
    }

    /// Waits until so many events were taken.
    pub async fn takes(&self, count: usize) -> Vec<Received> {
        until(&format!("{count} events at the endpoint"), async || {
            let taken: Vec<Received> =
                self.received().into_iter().filter(Received::taken).collect();
            (taken.len() >= count).then_some(taken)
        })
        .await
    }

    /// Waits until so many attempts came, taken or not.
    pub async fn comes(&self, count: usize) {
        let came = async || (self.received().len() >= count).then_some(());
        until(&format!("{count} attempts at the endpoint"), came).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

/// An endpoint that is down.
#[derive(Debug)]
pub struct Stopped {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Stopped {
    /// Listens again under the same address.
    pub async fn start(self) -> Receiver {
        Receiver::listen(self.port, self.state).await
    }
}

/// Answers one request.
async fn serve(mut socket: TcpStream, state: Arc<Mutex<State>>) {
    let Some((headers, body)) = read(&mut socket).await else { return };
    let status = {
        let mut state = state.lock().expect("no holder of this lock panics");
        let special =
            state.status_of.as_ref().filter(|(text, _)| body.contains(text)).map(|(_, it)| *it);
        let status = special.or(state.status).unwrap_or(200);
        state.received.push(Received { headers, body, status });
        status
    };
    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let _whether_it_is_still_there = socket.write_all(answer.as_bytes()).await;
}

async fn read(socket: &mut TcpStream) -> Option<(HeaderMap, String)> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 8192];
        let length = socket.read(&mut part).await.ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&part[..length]);
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let headers: HeaderMap = head.lines().skip(1).filter_map(header).collect();
        let length = headers.get("content-length")?.to_str().ok()?.parse::<usize>().ok()?;
        if body.len() >= length {
            return Some((headers, body.to_owned()));
        }
    }
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(": ")?;
    Some((name.parse().ok()?, value.parse().ok()?))
}
