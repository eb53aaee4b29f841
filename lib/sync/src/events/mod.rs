//! What the host is told, and how: changes become events in the log of their tenant ([`take_in`]), on the bus, and at
//! the host's endpoint ([`deliver`]); whoever prefers to ask reads the log ([`page`]).
//!
//! The table's stream is the outbox: a change and the news of it are one write, so no event is lost or made up when a
//! process dies, and nobody who posts waits for any of this.

mod address;
mod courier;
mod deliver;
mod endpoint;
mod log;
mod message;
mod replay;
mod secret;
mod take_in;

use std::sync::OnceLock;

use url::Url;

pub use address::{Loopback, Refusal};
pub use deliver::deliver;
pub use endpoint::{Scope, SetError, View, read, remove, rotate, set};
pub use log::{Page, page};
pub use message::{CloudEvent, sequence};
pub use replay::{ReplayError, Replayed, replay_after, replay_dead};
pub use take_in::{Render, note_unreadable, take_in};

/// Where events may be sent, beside the bus.
#[derive(Debug)]
pub struct Outlet {
    /// The endpoint of every tenant that has none of its own.
    endpoint: Option<Url>,
    loopback: Loopback,
    /// Made when it is needed: most functions never send anything.
    http: OnceLock<reqwest::Client>,
}

impl Outlet {
    /// Where a deployment's events go.
    pub fn new(endpoint: Option<Url>, loopback: Loopback) -> Self {
        Self { endpoint, loopback, http: OnceLock::new() }
    }
}
