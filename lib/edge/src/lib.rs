//! The edge: where Lambda's events come in and answers go out.
//!
//! It turns strangers' bytes into records that cannot be wrong, and what `sync` says into HTTP, pages and batch replies.
//! It refuses to know how anything is posted or stored. Start at [`run`]; paths are in `routes`, what a host may send is
//! in [`body`], what it is told when that is wrong in [`problem`].

#![deny(clippy::float_arithmetic)]

mod answer;
mod batch;
pub mod body;
pub mod config;
mod csv;
mod cursor;
mod deployment;
pub mod event;
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod http;
mod local;
#[cfg(test)]
mod openapi;
mod pages;
pub mod problem;
mod queue;
mod routes;
mod runtime;
pub mod telemetry;

pub use lambda_runtime::Error;
pub use runtime::{Function, run};
use sync::panic;
