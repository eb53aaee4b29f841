//! A server for one test: plain TCP, so that it can do what a web server would not.

use std::io::{Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use quickbooks::{Access, AccessToken, Client, Endpoints, RealmId, Timeouts};
use url::Url;

/// What the server does once it has read a request.
pub(super) enum Answer {
    /// Sends these bytes and waits for the next request on the same connection.
    Send(Vec<u8>),
    /// Sends these bytes and breaks the connection.
    Break(Vec<u8>),
    /// Says nothing until the client gives up.
    Silence,
}

/// A listening server with its script. Requests beyond the script find nobody.
pub(super) struct Server {
    pub(super) url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Which connection it came on, from 0.
    pub(super) connection: usize,
    /// The first line.
    pub(super) line: String,
    /// The headers, in lower case.
    pub(super) head: String,
    /// The headers as they came.
    pub(super) raw_head: String,
    pub(super) body: String,
}

impl Server {
    pub(super) fn start(script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        thread::spawn(move || run(&listener, script, &record));
        Self { url, seen }
    }

    pub(super) fn client(&self) -> Client {
        client_of(&self.url, Duration::from_secs(10))
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub(super) fn client_of(url: &Url, total: Duration) -> Client {
    crate::log::capture();
    Client::new(Endpoints::at(url), Timeouts { connect: Duration::from_secs(5), total })
}

pub(super) fn access() -> Access {
    Access { realm: RealmId::new("9341"), token: AccessToken::new("canary-access") }
}

/// A whole JSON answer.
pub(super) fn json(status: &str, body: &str) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 {status}\r\nintuit_tid: 1-test\r\ncontent-type: application/json\r\n");
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn run(listener: &TcpListener, script: Vec<Answer>, record: &Mutex<Vec<Seen>>) {
    let mut script = script.into_iter().peekable();
    let mut connection = 0;
    while script.peek().is_some() {
        let Ok((mut stream, _)) = listener.accept() else { return };
        while let Some(seen) = request(&mut stream, connection) {
            record.lock().unwrap().push(seen);
            match script.next() {
                Some(Answer::Send(bytes)) => {
                    if stream.write_all(&bytes).is_err() {
                        break;
                    }
                }
                Some(Answer::Break(bytes)) => {
                    // The client may hang up first, as it does on an answer that is too large.
                    let _ = stream.write_all(&bytes);
                    let _ = stream.shutdown(Shutdown::Both);
                    break;
                }
                Some(Answer::Silence) => {
                    let _ = stream.read(&mut [0]);
                    break;
                }
                None => break,
            }
        }
        connection += 1;
    }
}

/// The next request on a connection; `None` when it ends first.
pub(super) fn request(stream: &mut TcpStream, connection: usize) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        more(stream, &mut bytes)?;
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let (line, head) = head.split_once("\r\n")?;
    let raw_head = head.to_owned();
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    let length: usize = length.parse().ok()?;
    while bytes.len() < head_end + 4 + length {
        more(stream, &mut bytes)?;
    }
    let body = String::from_utf8(bytes[head_end + 4..].to_vec()).ok()?;
    Some(Seen { connection, line: line.to_owned(), head, raw_head, body })
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 4096];
    match stream.read(&mut buffer) {
        Ok(count) if count > 0 => bytes.extend_from_slice(&buffer[..count]),
        _ => return None,
    }
    Some(())
}
