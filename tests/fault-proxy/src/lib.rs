//! A reverse proxy that counts what the functions do to the outside world, and breaks it on request.
//!
//! Every AWS and QuickBooks call of the local stack passes through here, so a test can let a function "die" before or after its
//! k-th operation without a hook in the product: the proxy closes the socket, and from then on closes every socket of the same
//! tenant until the test revives it. To the outside world that is a process which stopped at exactly that point.
//!
//! It knows nothing of ledgerbridge. A rule names the texts that tell one test's requests from all others: a random tenant id,
//! a realm id, a refresh token. Start with [`run`]; the control API is described in [`control`], the rules in [`rules`].

pub mod control;
mod forward;
pub mod journal;
pub mod operation;
pub mod rules;
mod server;

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use journal::Journal;
use operation::Side;
use rules::Rules;
use tokio::net::TcpListener;
use url::Url;

/// Where requests go once they passed the rules.
#[derive(Clone, Debug)]
pub struct Upstreams {
    /// The AWS emulator.
    pub aws: Url,
    /// The QuickBooks simulator.
    pub quickbooks: Url,
}

/// The three bound sockets of one proxy.
#[derive(Debug)]
pub struct Listeners {
    /// What `AWS_ENDPOINT_URL` names.
    pub aws: TcpListener,
    /// What `QUICKBOOKS_URL` names.
    pub quickbooks: TcpListener,
    /// Where tests give orders.
    pub control: TcpListener,
}

/// What the three servers share.
#[derive(Default)]
pub(crate) struct State {
    rules: Mutex<Rules>,
    journal: Mutex<Journal>,
}

impl State {
    /// Neither lock is held across an await, and no code panics while holding one.
    pub(crate) fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until `shutdown` resolves. Open connections are dropped then: the tests that used them are over.
pub async fn run(listeners: Listeners, upstreams: Upstreams, shutdown: impl Future<Output = ()>) {
    let state = Arc::new(State::default());
    let client = forward::client();
    let aws = forward::Forward::new(Side::Aws, upstreams.aws, client.clone(), Arc::clone(&state));
    let quickbooks =
        forward::Forward::new(Side::QuickBooks, upstreams.quickbooks, client, Arc::clone(&state));
    tokio::select! {
        () = server::serve(listeners.aws, move |request| aws.clone().answer(request)) => {}
        () = server::serve(listeners.quickbooks, move |request| quickbooks.clone().answer(request)) => {}
        () = server::serve(listeners.control, move |request| control::answer(Arc::clone(&state), request)) => {}
        () = shutdown => {}
    }
}
