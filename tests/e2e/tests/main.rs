//! The deployed stack, driven from outside. Each module is a function or a promise.

mod auto_sync;
mod bad_input;
mod billing_invoice;
mod billing_payment;
mod date_fences;
mod disbursement;
mod edited_in_quickbooks;
mod events;
mod exactly_once;
mod intuit_webhook;
mod links;
mod oauth_callback;
mod operations;
mod over_time;
mod payments_issued;
mod security;
mod settings;
mod tenants;
mod throttling;
mod tokens;
mod workflows;
mod zero_leftovers;
