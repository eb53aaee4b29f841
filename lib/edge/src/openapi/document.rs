//! Puts the descriptions of all calls together into one OpenAPI 3.1 document.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::parts::Parts;
use crate::Function;
use crate::routes::described;

/// Functions in the order in which they are shown.
pub(super) const FUNCTIONS: [(Function, &str); 8] = [
    (Function::OauthCallback, "Connects tenants to their QuickBooks companies."),
    (Function::Settings, "What people choose, look at and mend."),
    (Function::BillingInvoice, "Agents' bills, which become invoices."),
    (Function::BillingPayment, "Payments over one or several bills."),
    (Function::Disbursement, "Commission disbursements, which become income and expenses."),
    (Function::Import, "Many records at once, from a file."),
    (Function::PaymentPull, "What bookkeepers pay in QuickBooks, which comes back."),
    (Function::IntuitWebhook, "What Intuit tells of changes in QuickBooks."),
];

/// Codes of bad fields that follow from several fields, from the company or from an earlier answer, so that no schema can
/// say when they occur. Any other code means that a value does not fit its schema.
pub(super) const BEYOND_SCHEMA: [&str; 28] = [
    "after_or_dead",
    "amount_differs",
    "bad_cursor",
    "bad_endpoint_url",
    "bad_range",
    "bad_return_url",
    "bill_repeated",
    "charge_failed",
    "endpoint_credentials",
    "endpoint_not_https",
    "endpoint_not_public",
    "endpoint_unresolvable",
    "inactive_object",
    "item_named_twice",
    "not_sellable",
    "other_list",
    "over_allocated",
    "payee_mailed_twice",
    "payee_named_twice",
    "payee_numbered_twice",
    "payout_negative",
    "shares_differ",
    "too_large",
    "too_many_payees",
    "too_precise",
    "unknown_object",
    "unusable_choice",
    "url_needed",
];

const ABOUT: &str = include_str!("about.md");

/// The whole document.
pub(super) fn document() -> Value {
    let mut parts = Parts::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut tags = Vec::new();
    for (function, about) in FUNCTIONS {
        let name = function.name();
        tags.push(json!({"name": name, "description": about}));
        let operations = described(function);
        for operation in &operations {
            let item =
                paths.entry(operation.path).or_insert_with(|| parts.path(name, operation.path));
            let links = links(operation, &operations);
            let described = parts.operation(name, operation, &links);
            let known = item.insert(operation.method.as_str().to_lowercase(), described);
            assert!(known.is_none(), "{} {} is described twice", operation.method, operation.path);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ledgerbridge",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What a SaaS bills, collects and disburses appears in QuickBooks once, correctly.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [server("ledgerbridge", "One domain in front of all functions.")],
        "tags": tags,
        "paths": paths,
        "webhooks": {"event": parts.sent_event()},
        "components": parts.components(),
        "security": [{"apiKey": []}, {"awsSigV4": []}],
        "x-codes-beyond-schema": BEYOND_SCHEMA,
    })
}

pub(super) fn server(name: &str, description: &str) -> Value {
    let variable = format!("{}_url", name.replace('-', "_"));
    json!({
        "url": format!("{{{variable}}}"),
        "description": description,
        "variables": {variable: {
            "default": "https://ledgerbridge.example.com",
            "description": format!("Output of the deployed stack, without the slash at its end."),
        }},
    })
}

/// What can be called next about the thing that a PUT made.
fn links(operation: &Operation, all: &[Operation]) -> Value {
    if operation.method != Method::PUT {
        return json!({});
    }
    let names: Vec<&str> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .collect();
    let parameters: BTreeMap<_, _> =
        names.iter().map(|name| (*name, format!("$request.path.{name}"))).collect();
    let next = all.iter().filter(|next| {
        next.id != operation.id
            && (next.path == operation.path
                || next.path.strip_prefix(operation.path).is_some_and(|rest| rest.starts_with('/')))
    });
    let link = |next: &Operation| {
        (next.id.to_owned(), json!({"operationId": next.id, "parameters": parameters}))
    };
    next.map(link).collect()
}
