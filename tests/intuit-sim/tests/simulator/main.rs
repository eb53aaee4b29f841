//! Drives the simulator over a real socket, the way a QuickBooks client does.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

mod all_documents;
mod batch;
mod bill_payments;
mod bills;
mod bookkeeper;
mod books;
mod cdc;
mod control;
mod credits;
mod deeds;
mod deposits;
mod endpoint;
mod faults;
mod fences;
mod invoices;
mod journal_entries;
mod limits;
mod merges;
mod names;
mod numbers;
mod oauth;
mod pages;
mod payments;
mod query;
mod requestid;
mod screens;
mod support;
mod vendor_credits;
mod vendors;
mod webhook_retries;
mod webhooks;
mod writes;
