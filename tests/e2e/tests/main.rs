//! The deployed stack, driven from outside. Each module is a function or a promise.

mod billing_invoice;
mod billing_payment;
mod exactly_once;
mod oauth_callback;
mod settings;
mod tenants;
mod throttling;
mod tokens;
