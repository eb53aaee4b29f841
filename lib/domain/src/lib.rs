//! What ledgerbridge decides, without doing it: records, settings, plans, postings, reasons and remedies.
//!
//! Everything here is a pure function over plain values. It refuses to know clocks, I/O, HTTP, AWS and the JSON of
//! QuickBooks; time comes in as an argument and steps go out in ledger terms. Start at [`plan`] for "what would bring
//! QuickBooks in line with this record?" and at [`posting`] for "what is the durable state of that?".

#![deny(clippy::float_arithmetic)]

pub mod batch;
pub mod connection;
pub mod dead_letter;
pub mod event;
pub mod fence;
pub mod fingerprint;
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;
pub mod governor;
pub mod history;
pub mod id;
pub mod import;
pub mod issued;
pub mod ledger;
pub mod link;
pub mod list;
pub mod matching;
pub mod meter;
pub mod money;
pub mod name;
pub mod notice;
pub mod plan;
pub mod posting;
pub mod pull;
pub mod reason;
pub mod record;
pub mod retry;
pub mod role;
pub mod settings;
pub mod template;
