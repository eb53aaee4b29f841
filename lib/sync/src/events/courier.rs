//! Brings one event to an endpoint: one POST, signed as Standard Webhooks says.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use std::error::Error as StdError;
use std::time::Duration;

use domain::event::endpoint::Failure;
use domain::event::{self, Event};
use domain::id::TenantId;
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::address::{PublicNames, Refusal, check_written};
use super::message::CloudEvent;
use super::secret::Secrets;
use super::{Loopback, Outlet};

/// What the specification recommends at least; an endpoint should answer first and work afterwards.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Reaching an endpoint takes a fraction of a second, or does not succeed.
const CONNECT_TIME: Duration = Duration::from_secs(4);
/// Connections that were idle for longer have been closed at the other end.
const LONGEST_IDLE: Duration = Duration::from_secs(30);
/// What a receiver verifies.
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
/// The endpoint is gone for good, and wants nothing more.
const GONE: u16 = 410;

/// Where an event goes.
pub(super) struct Target<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) url: &'a Url,
    pub(super) secrets: &'a Secrets,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The endpoint has it.
    Taken,
    /// The endpoint wants no events any more.
    Gone,
    /// The endpoint does not have it, or did not say so.
    Failed(Failure),
}

impl Outlet {
    /// Sends an event. `now` is the time of this attempt, which is signed, so that nobody can use it again later.
    pub(super) async fn send(
        &self,
        target: &Target<'_>,
        event: &Event,
        now: Timestamp,
        time: Duration,
    ) -> Outcome {
        if let Err(refusal) = check_written(target.url, self.loopback) {
            return Outcome::Failed(refused(refusal));
        }
        let id = event::id(target.tenant, event.sequence);
        let body = CloudEvent::of(target.tenant, event).as_json();
        let request = self
            .client()
            .post(target.url.clone())
            .timeout(time)
            .header(CONTENT_TYPE, "application/json")
            .header(ID, &id)
            .header(TIMESTAMP, now.as_second())
            .header(SIGNATURE, target.secrets.sign(&id, now, &body))
            .body(body);
        match request.send().await {
            // What it says beyond its status is nobody's business here.
            Ok(answer) => judge(answer.status().as_u16()),
            Err(error) => Outcome::Failed(failure(&error)),
        }
    }

    fn client(&self) -> &reqwest::Client {
        self.http.get_or_init(|| client(self.loopback))
    }
}

/// A client that goes to public addresses only: through no proxy, which would resolve names itself, and after no
/// redirect, which could lead anywhere.
fn client(loopback: Loopback) -> reqwest::Client {
    reqwest::Client::builder()
        .user_agent(concat!("ledgerbridge/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIME)
        .pool_idle_timeout(LONGEST_IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(std::sync::Arc::new(PublicNames(loopback)))
        .build()
        .expect("a client without custom certificates can always be built")
}

fn judge(status: u16) -> Outcome {
    match status {
        200..=299 => Outcome::Taken,
        GONE => Outcome::Gone,
        status => Outcome::Failed(Failure::Status(status)),
    }
}

fn failure(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return refused(*refusal);
        }
        cause = error.source();
    }
    if error.is_timeout() { Failure::TimedOut } else { Failure::Unreachable }
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Unresolvable => Failure::Unresolvable,
        Refusal::NotPublic | Refusal::NotHttps | Refusal::Credentials => Failure::NotPublic,
    }
}

#[cfg(test)]
mod tests {
    use domain::event::Origin;
    use domain::event::endpoint::Endpoint;
    use secrecy::{ExposeSecret, SecretString};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::secret::of_key;
    use super::*;

    fn tenant() -> TenantId {
        TenantId::parse("acme").unwrap()
    }

    fn event() -> Event {
        Event {
            schema: 1,
            sequence: 42,
            kind: "posting.posted".to_owned(),
            subject: "bill/B-1042".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            data: r#"{"posting":{}}"#.to_owned(),
            origin: Origin { stream: "s".to_owned(), number: "1".to_owned(), item: "i".to_owned() },
            added_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn secrets() -> Secrets {
        let endpoint = Endpoint::new(0, Timestamp::UNIX_EPOCH);
        of_key(&SecretString::from("k".repeat(32)), &tenant(), &endpoint, Timestamp::UNIX_EPOCH)
    }

    async fn send(url: &str, loopback: Loopback, now: Timestamp) -> Outcome {
        let (tenant, url, secrets) = (tenant(), Url::parse(url).unwrap(), secrets());
        let target = Target { tenant: &tenant, url: &url, secrets: &secrets };
        Outlet::new(None, loopback).send(&target, &event(), now, Duration::from_secs(5)).await
    }

    /// Answers one request with a status; what it was.
    async fn answer_once(listener: &TcpListener, status: &str) -> String {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}}") {
            let mut part = [0; 4096];
            let length = socket.read(&mut part).await.unwrap();
            assert_ne!(length, 0, "the request ends too soon");
            request.extend_from_slice(&part[..length]);
        }
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-length: 0\r\nlocation: http://127.0.0.1:9/\r\n\r\n"
        );
        socket.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    }

    #[tokio::test]
    async fn only_a_status_of_success_means_that_an_event_was_taken() {
        for (status, expected) in [
            ("200 OK", Outcome::Taken),
            ("204 No Content", Outcome::Taken),
            ("302 Found", Outcome::Failed(Failure::Status(302))),
            ("400 Bad Request", Outcome::Failed(Failure::Status(400))),
            ("410 Gone", Outcome::Gone),
            ("500 Internal Server Error", Outcome::Failed(Failure::Status(500))),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://127.0.0.1:{}/hooks", listener.local_addr().unwrap().port());
            let sent = send(&url, Loopback::Allowed, Timestamp::UNIX_EPOCH);
            let (outcome, _) = tokio::join!(sent, answer_once(&listener, status));
            assert_eq!(outcome, expected, "{status}");
        }
    }

    #[tokio::test]
    async fn a_receiver_can_verify_what_it_gets() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/hooks", listener.local_addr().unwrap().port());
        let now = crate::Clock::default().now();
        let (outcome, request) =
            tokio::join!(send(&url, Loopback::Allowed, now), answer_once(&listener, "200 OK"));
        assert_eq!(outcome, Outcome::Taken);
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let mut headers = http::HeaderMap::new();
        for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
            let name: http::HeaderName = name.parse().unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        let webhook = standardwebhooks::Webhook::new(secrets().shown().expose_secret()).unwrap();
        webhook.verify(body.as_bytes(), &headers).unwrap();
        assert!(webhook.verify(format!("{body} ").as_bytes(), &headers).is_err());
        assert_eq!(body, CloudEvent::of(&tenant(), &event()).as_json());
        assert_eq!(headers["webhook-id"], event::id(&tenant(), 42).as_str());
    }

    #[tokio::test]
    async fn nothing_leaves_for_an_address_that_is_not_public() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for (url, expected) in [
            (format!("https://localhost:{port}/"), Failure::NotPublic),
            (format!("https://127.0.0.1:{port}/"), Failure::NotPublic),
            (format!("http://127.0.0.1:{port}/"), Failure::NotPublic),
            (format!("https://[::ffff:127.0.0.1]:{port}/"), Failure::NotPublic),
            ("https://host.invalid/".to_owned(), Failure::Unresolvable),
        ] {
            let outcome = send(&url, Loopback::Refused, Timestamp::UNIX_EPOCH).await;
            assert_eq!(outcome, Outcome::Failed(expected), "{url}");
        }
        let came = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(came.is_err(), "somebody connected");
    }

    #[tokio::test]
    async fn an_endpoint_that_is_not_there_or_says_nothing_has_not_taken_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        let (tenant, secrets) = (tenant(), secrets());
        let target = Url::parse(&url).unwrap();
        let target = Target { tenant: &tenant, url: &target, secrets: &secrets };
        let outlet = Outlet::new(None, Loopback::Allowed);
        let (event, now) = (event(), Timestamp::UNIX_EPOCH);
        let silent = outlet.send(&target, &event, now, Duration::from_millis(50)).await;
        assert_eq!(silent, Outcome::Failed(Failure::TimedOut));
        drop(listener);
        let closed = outlet.send(&target, &event, now, Duration::from_secs(5)).await;
        assert_eq!(closed, Outcome::Failed(Failure::Unreachable));
    }
}
