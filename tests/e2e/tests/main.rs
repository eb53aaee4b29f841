//! The deployed stack, driven from outside. Each module is a function or a promise.

mod bad_input;
mod billing_invoice;
mod billing_payment;
mod exactly_once;
mod links;
mod oauth_callback;
mod operations;
mod security;
mod settings;
mod tenants;
mod throttling;
mod tokens;
mod without_leftovers;
