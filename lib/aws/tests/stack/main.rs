//! What the table, the secrets and the queues promise, tried on the emulator of a running stack.
//!
//! `LEDGERBRIDGE_STACK` names its `stack.json`; without it nothing is tried, and each test says so. Every test has a
//! tenant, company and prefix of its own, so they run side by side and on a table that others use.

#![expect(clippy::disallowed_methods, reason = "the stack is named by a variable")]
#![expect(clippy::unwrap_used, reason = "a failure here fails the test that asked")]

mod batches;
mod connection;
mod events;
mod failures;
mod governor;
mod history;
mod imports;
mod layouts;
mod links;
mod lists;
mod meter;
mod oauth_state;
mod payments;
mod postings;
mod queues;
mod refresh;
mod relinking;
mod secrets;
mod settings;
mod support;
mod waiting;
mod watch;
