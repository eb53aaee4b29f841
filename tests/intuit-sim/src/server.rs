//! The socket: reads requests, hands them to [`route::answer`], writes answers, drops connections when told, and sends couriers out.

use std::{
    future::Future,
    io,
    io::Write,
    net::SocketAddr,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use uuid::Uuid;

use crate::{
    call::{Answer, Call},
    config::Config,
    route,
    webhooks::{self, Webhooks},
    world::World,
};

/// QuickBooks accepts uploads of up to 100 MB; nothing the simulator implements comes near.
const LARGEST_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Serves until `shutdown` resolves; open connections are then cut.
///
/// # Errors
/// None at present; a failed accept is tried again.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let (webhooks, mut couriers_wanted) = Webhooks::new();
    let world = Arc::new(World::new(config, webhooks));
    // Couriers are connections too: they end with the server.
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            accepted = listener.accept() => {
                if let Ok((stream, peer)) = accepted {
                    connections.spawn(converse(Arc::clone(&world), stream, peer));
                }
            }
            Some(realm) = couriers_wanted.recv() => {
                connections.spawn(webhooks::deliver(Arc::clone(&world), realm));
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// The reason a connection ends without an answer.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was dropped on request")
    }
}

impl std::error::Error for Dropped {}

async fn converse(world: Arc<World>, stream: TcpStream, peer: SocketAddr) {
    // Both calls fail only when the peer has already gone, which ends the connection anyway.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let world = Arc::clone(&world);
        async move { respond(&world, request, peer).await }
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(
    world: &World,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<Full<Bytes>>, Dropped> {
    let call = read(request, peer).await?;
    // A defect of the simulator must not look like a network problem to the caller.
    let answer = panic::catch_unwind(AssertUnwindSafe(|| route::answer(world, &call)))
        .unwrap_or_else(|_| {
            Answer::bytes(500, "text/plain", "the simulator itself failed: see its standard error")
        });
    if let Some(delay) = answer.delay {
        tokio::time::sleep(delay).await;
    }
    if answer.dropped { Err(Dropped) } else { Ok(render(&call, answer)) }
}

async fn read(request: Request<Incoming>, peer: SocketAddr) -> Result<Call, Dropped> {
    let (head, body) = request.into_parts();
    let body =
        Limited::new(body, LARGEST_BODY_BYTES).collect().await.map_err(|_| Dropped)?.to_bytes();
    let path = head.uri.path().to_owned();
    let segments = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    let parameters = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let tid = format!("1-{}", Uuid::new_v4());
    Ok(Call {
        method: head.method,
        path,
        segments,
        parameters,
        headers: head.headers,
        body,
        tid,
        from_loopback: peer.ip().is_loopback(),
    })
}

fn decoded(segment: &str) -> String {
    // A path differs from a form only in that a plus sign is a plus sign.
    let quoted = format!("v={}", segment.replace('+', "%2B"));
    url::form_urlencoded::parse(quoted.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn render(call: &Call, answer: Answer) -> Response<Full<Bytes>> {
    let wants_gzip =
        call.header("accept-encoding").is_some_and(|accepted| accepted.contains("gzip"))
            && !answer.body.is_empty();
    let zipped = if wants_gzip { gzip(&answer.body).ok() } else { None };
    let is_zipped = zipped.is_some();
    let body = zipped.unwrap_or(answer.body);
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = http::StatusCode::from_u16(answer.status)
        .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    headers.insert("qbo-version", HeaderValue::from_static("1947.185"));
    let mut add = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(name, value);
        }
    };
    add("intuit_tid", &call.tid);
    if is_zipped {
        add("content-encoding", "gzip");
    }
    for (name, value) in &answer.headers {
        add(name, value);
    }
    response
}

fn gzip(body: &Bytes) -> Result<Bytes, io::Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    Ok(encoder.finish()?.into())
}
