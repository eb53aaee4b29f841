//! The client against sockets: what goes out, and what is concluded from what comes back.

#![expect(
    clippy::unwrap_used,
    reason = "the lint spares test functions only, and all of this is a test"
)]

mod batch;
mod changes;
mod documents;
mod log;
mod oauth;
mod server;
mod simulator;
mod tally;
mod transport;
