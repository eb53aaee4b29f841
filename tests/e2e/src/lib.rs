//! Drives a deployed stack from outside, the way a host, a customer's browser and a bookkeeper do.
//!
//! The stack is described by the file that `LEDGERBRIDGE_STACK` names (`cargo xtask up` writes it). Every test works on
//! tenants and companies of its own, so tests run side by side; start at [`Tenant::connected`].

#![expect(
    clippy::disallowed_methods,
    reason = "tests read the environment and wait, bounded, for a state"
)]

mod answer;
pub mod api;
pub mod aws;
pub mod books;
pub mod chaos;
mod crash;
pub mod events;
mod http;
pub mod imports;
pub mod matrix;
mod posting;
pub mod pulls;
mod receiver;
pub mod records;
pub mod role;
mod stack;
mod tenant;
mod wait;
pub mod webhook;
pub mod workflows;

pub use answer::Answer;
pub use crash::{Crash, When, carried};
pub use receiver::{Received, Receiver};
pub use stack::{Stack, stack};
pub use tenant::{Tenant, call_without_key, decide, request, send};
pub use wait::{until, within};
pub use workflows::{BANK, BILLING, COMMISSIONS, EXPENSES, INCOME, INCOMES, LIABILITY, SAVINGS};
