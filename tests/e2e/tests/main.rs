//! The deployed stack, driven from outside. Each module is a function or a promise.

mod auto_sync;
mod bad_input;
mod billing_invoice;
mod billing_payment;
mod chaos;
mod date_fences;
mod disbursement;
mod events;
mod exactly_once;
mod intuit_webhook;
mod links;
mod oauth_callback;
mod observability;
mod operations;
mod over_time;
mod payments_issued;
mod permissions;
mod poison;
mod security;
mod settings;
mod tenant_fence;
mod tenants;
mod throttling;
mod tokens;
mod workflows;
mod zero_leftovers;
