//! What there is when all is at rest: postings as they are stored, documents as they are in the books.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Cents;
use super::ledger::Accounts;
use crate::http::order;
use crate::{Tenant, aws};

/// Kinds of documents that the product makes.
const ENTITIES: [&str; 7] =
    ["Invoice", "Payment", "SalesReceipt", "Deposit", "Bill", "Purchase", "JournalEntry"];

/// A tenant and its company, at rest.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// By key.
    pub postings: BTreeMap<String, Stored>,
    /// Documents that are neither voided nor deleted, by entity and id; the sample company's are not among them.
    pub books: BTreeMap<(String, String), Booked>,
    /// What they come to.
    pub accounts: Accounts,
    /// Debits less credits of the trial balance.
    pub difference: Cents,
    /// Payments of bills that the host knows of, by their id in QuickBooks.
    pub issued: BTreeMap<String, Issued>,
}

/// A posting as it is stored.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Its state.
    pub state: String,
    /// Its reason's code; empty when there is none.
    pub reason: String,
    /// Whether a step was sent whose answer is not known.
    pub in_flight: bool,
    /// Entity and id of the objects that count.
    pub objects: Vec<(String, String)>,
    /// All of it, for people.
    pub whole: Value,
}

/// A document in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The product's mark, if it has one.
    pub marker: Option<String>,
    /// What it comes to.
    pub total: Cents,
    /// What a person wrote to the customer.
    pub message: String,
}

/// A payment of bills as the host is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// `synced`, `voided`, `gone` …
    pub state: String,
    /// Its total.
    pub total: Option<Cents>,
    /// What it pays of bills that were posted from here.
    pub applied: Cents,
}

impl Snapshot {
    /// Looks at everything.
    pub(super) async fn of(tenant: &Tenant, pulls: bool) -> Self {
        let postings = tenant.stored_postings().await;
        let postings = postings.into_iter().filter_map(stored).collect();
        let mut markers = BTreeMap::new();
        for entity in ENTITIES {
            for object in tenant.objects(&entity.to_lowercase()).await {
                let id = text(&object["Id"]);
                let message = text(&object["CustomerMemo"]["value"]);
                markers.insert((entity.to_owned(), id), (marker(&object), message));
            }
        }
        let booked = |document: Value| {
            let key = (text(&document["entity"]), text(&document["id"]));
            let debits = document["postings"].as_array().into_iter().flatten();
            let total = debits.filter_map(|posting| Cents::read(&posting["debit"])).sum();
            let (marker, message) = markers.get(&key).cloned().unwrap_or_default();
            (document["voided"] != true).then_some((key, Booked { marker, total, message }))
        };
        let books = tenant.documents().await.into_iter().filter_map(booked).collect();
        let mut accounts = Accounts::default();
        for (account, sum) in tenant.effect().await {
            accounts.add(&account, Cents::read(&Value::String(sum)).expect("sums are amounts"));
        }
        let balance = order(reqwest::Method::GET, &tenant.simulator("trial-balance"), None).await;
        let difference = Cents::read(&balance["difference"]).expect("a difference is an amount");
        let issued = match pulls {
            true => {
                tenant.pull().await;
                tenant.issued_payments("").await.iter().map(issued).collect()
            }
            false => BTreeMap::new(),
        };
        Self { postings, books, accounts, difference, issued }
    }
}

fn stored(item: Value) -> Option<(String, Stored)> {
    let item = aws::plain(&item);
    let key = item["sk"].as_str()?.strip_prefix("POSTING#")?.to_owned();
    // A bill that a payment waits for, and that nobody sent, is no record.
    if item["state"] == "expected" {
        return None;
    }
    let objects = item["objects"].as_array().into_iter().flatten();
    let living = objects.filter(|object| object["removal"].is_null());
    let stored = Stored {
        state: text(&item["state"]),
        reason: text(&item["reason"]["code"]),
        in_flight: !item["in_flight"].is_null(),
        objects: living
            .map(|object| (entity(&text(&object["type"])), text(&object["id"])))
            .collect(),
        whole: item,
    };
    Some((key, stored))
}

/// `SalesReceipt` for `sales_receipt`, as the kinds of objects are stored.
fn entity(kind: &str) -> String {
    let word = |word: &str| match word.split_at_checked(1) {
        Some((first, rest)) => format!("{}{rest}", first.to_uppercase()),
        None => String::new(),
    };
    match kind {
        "check" => "Purchase".to_owned(),
        kind => kind.split('_').map(word).collect(),
    }
}

fn marker(object: &Value) -> Option<String> {
    let note = object["PrivateNote"].as_str()?;
    let (_, after) = note.split_once("[lb:")?;
    after.split_once(']').map(|(marker, _)| marker.to_owned())
}

fn issued(payment: &Value) -> (String, Issued) {
    let of = &payment["quickbooks"];
    let applied = payment["applied"].as_array().into_iter().flatten();
    let applied = applied.filter_map(|bill| Cents::read(&bill["amount"])).sum();
    let issued =
        Issued { state: text(&payment["state"]), total: Cents::read(&of["total"]), applied };
    (text(&of["id"]), issued)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
