//! An app's endpoint for webhooks: takes down what it hears and answers as told.

use std::{
    convert::Infallible,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, Mac};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::support::{Company, Reply, started};

pub(crate) const VERIFIER: &str = "b5771f19b12ddb4bcdb9f08bdc50bc63878a";
/// The status of an endpoint that never answers.
pub(crate) const HANGS: u16 = 0;
/// Longer than any delivery takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// One notification as it came in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Heard {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A server that hears webhooks for as long as the test runs.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    status: Arc<AtomicU16>,
    heard: UnboundedReceiver<Heard>,
}

impl Endpoint {
    pub(crate) async fn up() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// Listens on a socket that is there already.
    pub(crate) fn on(listener: TcpListener) -> Self {
        let url = format!("http://{}/intuit/webhooks?of=app", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(200));
        let (tell, heard) = unbounded_channel();
        tokio::spawn(listen(listener, Arc::clone(&status), tell));
        Self { url, status, heard }
    }

    /// Answers with this status from now on.
    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) async fn heard(&mut self) -> Heard {
        tokio::time::timeout(PATIENCE, self.heard.recv()).await.unwrap().unwrap()
    }

    /// A company whose app hears its webhooks here, in a simulator of its own.
    pub(crate) async fn company(&self, format: &str) -> Company {
        let company = Company::at(&started(), json!({})).await;
        let reply = subscribe(&company, &self.url, format).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        company
    }
}

/// Subscribes as in the developer portal.
pub(crate) async fn subscribe(company: &Company, url: &str, format: &str) -> Reply {
    let order = json!({"url": url, "verifier_token": VERIFIER, "format": format});
    let request = company.http.put(company.address("/sim/webhooks")).json(&order);
    Reply::of(request.send().await.unwrap()).await
}

/// The company's deliveries, once they are as wanted.
pub(crate) async fn deliveries(company: &Company, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    let looked = async {
        loop {
            pace.tick().await;
            let listed = company.inspect("webhooks").await["deliveries"].take();
            if wanted(listed.as_array().unwrap()) {
                return listed;
            }
        }
    };
    let listed = tokio::time::timeout(PATIENCE, looked).await.expect("deliveries as wanted");
    listed.as_array().unwrap().clone()
}

/// The only delivery, once it was attempted this often.
pub(crate) async fn attempted(company: &Company, times: usize) -> Value {
    let attempts = |delivery: &Value| delivery["attempts"].as_array().unwrap().len();
    deliveries(company, |all| all.len() == 1 && attempts(&all[0]) == times).await.remove(0)
}

impl Heard {
    /// Entity, operation and id of everything told, whatever the format.
    pub(crate) fn events(&self) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let body: Value = serde_json::from_str(&self.body).unwrap();
        match body.as_array() {
            Some(events) => events
                .iter()
                .map(|event| {
                    let kind: Vec<&str> = event["type"].as_str().unwrap().split('.').collect();
                    assert_eq!((kind[0], kind[3], kind.len()), ("qbo", "v1", 4));
                    (kind[1].to_owned(), kind[2].to_owned(), text(&event["intuitentityid"]))
                })
                .collect(),
            None => body["eventNotifications"][0]["dataChangeEvent"]["entities"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entity| {
                    (text(&entity["name"]), text(&entity["operation"]), text(&entity["id"]))
                })
                .collect(),
        }
    }

    /// Entity and operation of everything told.
    pub(crate) fn told(&self) -> Vec<String> {
        self.events()
            .into_iter()
            .map(|(entity, operation, _)| format!("{entity} {operation}"))
            .collect()
    }

    pub(crate) fn is_signed(&self) -> bool {
        let mut code = Hmac::<Sha256>::new_from_slice(VERIFIER.as_bytes()).unwrap();
        code.update(self.body.as_bytes());
        let signature = STANDARD.decode(self.headers["intuit-signature"].as_bytes()).unwrap();
        code.verify_slice(&signature).is_ok()
    }
}

async fn listen(listener: TcpListener, status: Arc<AtomicU16>, tell: UnboundedSender<Heard>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (status, tell) = (Arc::clone(&status), tell.clone());
        let service = service_fn(move |request| hear(request, Arc::clone(&status), tell.clone()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn hear(
    request: Request<Incoming>,
    status: Arc<AtomicU16>,
    tell: UnboundedSender<Heard>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let status = status.load(Ordering::SeqCst);
    // A test that has seen enough no longer listens.
    let _ = tell.send(Heard {
        path: format!("{} {}", head.method, head.uri),
        headers: head.headers,
        body: String::from_utf8(body.into()).unwrap(),
    });
    if status == HANGS {
        pending::<()>().await;
    }
    Ok(Response::builder().status(status).body(Empty::new()).unwrap())
}
