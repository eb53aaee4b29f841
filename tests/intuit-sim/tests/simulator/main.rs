//! Drives the simulator over a real socket, the way a QuickBooks client does.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

mod all_documents;
mod batch;
mod bills;
mod books;
mod control;
mod credits;
mod deposits;
mod faults;
mod invoices;
mod journal_entries;
mod names;
mod oauth;
mod payments;
mod query;
mod requestid;
mod support;
mod vendors;
mod writes;
