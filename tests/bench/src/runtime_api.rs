//! Lambda's runtime API for one environment: hands events to a function and takes what it answers.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::task::JoinHandle;

/// What the functions are told that they have: as long as an import is deployed with, far more than the others take.
const INVOCATION: Duration = Duration::from_secs(600);
const PREFIX: &str = "/2018-06-01/runtime";

/// What a function posted for one event.
#[derive(Debug)]
pub struct Posted {
    /// When the last byte of it was here.
    pub at: Instant,
    /// Its response, or its error.
    pub body: Bytes,
    /// Whether it posted an error.
    pub failed: bool,
}

struct Waiting {
    event: Bytes,
    reply: oneshot::Sender<Posted>,
}

struct Shared {
    function: String,
    events: AsyncMutex<mpsc::UnboundedReceiver<Waiting>>,
    replies: Mutex<HashMap<String, oneshot::Sender<Posted>>>,
}

/// The runtime API of one environment. Dropping it ends it.
pub struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::UnboundedSender<Waiting>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback.
    pub async fn listen(function: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("there is no free port")?;
        let address = listener.local_addr()?;
        let (events, waiting) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            function: function.to_owned(),
            events: AsyncMutex::new(waiting),
            replies: Mutex::default(),
        });
        let server = tokio::spawn(serve(listener, shared));
        Ok(Self { address, events, server })
    }

    /// What `AWS_LAMBDA_RUNTIME_API` says.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Puts an event where the function takes the next one from; its answer comes here.
    pub fn put(&self, event: Bytes) -> oneshot::Receiver<Posted> {
        let (reply, answer) = oneshot::channel();
        // Without a server there is no answer either, which the caller sees.
        let _ = self.events.send(Waiting { event, reply });
        answer
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Lambda answers at once; with Nagle's algorithm an answer would wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(answer(&shared, request).await) }
            });
            // A connection ends when its function does.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match (&parts.method, segments.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(shared).await,
        (&Method::POST, ["invocation", id, end @ ("response" | "error")]) => {
            let Ok(body) = body.collect().await else { return status(StatusCode::BAD_REQUEST) };
            let posted =
                Posted { at: Instant::now(), body: body.to_bytes(), failed: *end == "error" };
            match replies(shared).remove(*id) {
                Some(reply) => {
                    let _ = reply.send(posted);
                    status(StatusCode::ACCEPTED)
                }
                None => status(StatusCode::BAD_REQUEST),
            }
        }
        (&Method::POST, ["init", "error"]) => {
            let Ok(body) = body.collect().await else { return status(StatusCode::BAD_REQUEST) };
            let body = body.to_bytes();
            // Whoever waits for an event's answer will not get another one.
            while let Ok(waiting) = shared.events.lock().await.try_recv() {
                let at = Instant::now();
                let _ = waiting.reply.send(Posted { at, body: body.clone(), failed: true });
            }
            status(StatusCode::ACCEPTED)
        }
        _ => status(StatusCode::NOT_FOUND),
    }
}

async fn next(shared: &Shared) -> Response<Full<Bytes>> {
    let Some(waiting) = shared.events.lock().await.recv().await else {
        return status(StatusCode::GONE);
    };
    let id = uuid::Uuid::new_v4().to_string();
    replies(shared).insert(id.clone(), waiting.reply);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", (now + INVOCATION).as_millis().to_string())
        .header(
            "lambda-runtime-invoked-function-arn",
            format!("arn:aws:lambda:us-east-1:000000000000:function:{}", shared.function),
        )
        .header("lambda-runtime-trace-id", "Root=1-66f0c1a2-0123456789abcdef01234567;Sampled=0")
        .body(Full::new(waiting.event))
        .expect("these headers are valid")
}

fn replies(shared: &Shared) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Posted>>> {
    shared.replies.lock().unwrap_or_else(PoisonError::into_inner)
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(br#"{"status":"OK"}"#)));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a function does with one event.
    async fn function(address: &str, end: &str) -> (http::HeaderMap, String) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let runtime = format!("http://{address}{PREFIX}/invocation");
        let next = client.get(format!("{runtime}/next")).send().await.unwrap();
        let headers = next.headers().clone();
        let event = next.text().await.unwrap();
        let id = headers["lambda-runtime-aws-request-id"].to_str().unwrap();
        let posted = client.post(format!("{runtime}/{id}/{end}")).body("[1]").send().await.unwrap();
        assert_eq!(posted.status(), StatusCode::ACCEPTED);
        let again = client.post(format!("{runtime}/{id}/{end}")).body("[1]").send().await.unwrap();
        assert_eq!(again.status(), StatusCode::BAD_REQUEST, "an event is answered once");
        (headers, event)
    }

    #[tokio::test]
    async fn an_event_is_handed_over_and_its_answer_comes_back() {
        for (end, failed) in [("response", false), ("error", true)] {
            let api = RuntimeApi::listen("billing-invoice").await.unwrap();
            let reply = api.put(Bytes::from_static(b"{}"));
            let (headers, event) = function(&api.address(), end).await;
            assert_eq!(event, "{}");
            assert!(headers.contains_key("lambda-runtime-deadline-ms"));
            let arn = headers["lambda-runtime-invoked-function-arn"].to_str().unwrap();
            assert!(arn.ends_with(":billing-invoice"));
            let posted = reply.await.unwrap();
            assert_eq!((posted.body.as_ref(), posted.failed), (&b"[1]"[..], failed));
        }
    }

    #[tokio::test]
    async fn a_function_that_cannot_start_fails_what_waits_for_it() {
        let api = RuntimeApi::listen("billing-invoice").await.unwrap();
        let reply = api.put(Bytes::from_static(b"{}"));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let error = format!("http://{}{PREFIX}/init/error", api.address());
        client.post(error).body("no").send().await.unwrap();
        let posted = reply.await.unwrap();
        assert!(posted.failed);
        assert_eq!(posted.body, "no");
    }
}
