//! A stateful QuickBooks Online behind a socket: OAuth, the accounting API, double-entry books and
//! a control API that scripts faults and moves clocks.
//!
//! It knows nothing of the programs that call it, and unmodified QuickBooks clients work against
//! it. Start at [`run`]; a request goes through `route`, an API call through `api`, a write
//! through `ledger::write`, and what is special about one entity is in its file under `entities`.

#![expect(
    clippy::disallowed_methods,
    reason = "a company's clock starts at the wall clock, and a scripted delay sleeps"
)]

mod api;
mod call;
mod company;
mod config;
mod control;
mod entities;
mod json;
mod ledger;
mod oauth;
mod pages;
mod route;
mod schema;
mod seed;
mod server;
mod switches;
mod webhooks;
mod world;

pub use config::Config;
pub use server::run;
