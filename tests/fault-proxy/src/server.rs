//! An HTTP/1.1 server whose handler can refuse to answer: the socket is closed then, as by a process that died.

use std::future::Future;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// What a handler decides about a request.
pub(crate) enum Reply {
    /// This is sent.
    Answer(Response<Full<Bytes>>),
    /// Nothing is sent, and the socket is closed.
    HangUp,
}

/// hyper closes a connection whose service fails, without a byte of answer.
#[derive(Debug)]
struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("hung up on request")
    }
}

impl std::error::Error for HungUp {}

/// Accepts until it is dropped.
pub(crate) async fn serve<F, R>(listener: TcpListener, handler: F)
where
    F: Fn(Request<Incoming>) -> R + Clone + Send + 'static,
    R: Future<Output = Reply> + Send,
{
    loop {
        // An accept fails when the peer is gone already, or for want of descriptors; both pass.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let handler = handler.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let reply = handler(request);
                async move {
                    match reply.await {
                        Reply::Answer(response) => Ok(response),
                        Reply::HangUp => Err(HungUp),
                    }
                }
            });
            // A failed connection is what this program is for, or the client's own doing.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
