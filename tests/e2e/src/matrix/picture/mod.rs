//! A picture of the state: all that is left of a run, in a form that two runs of the same workflow have in common.
//!
//! It shows QuickBooks' books, what was written to them, the tenant's items, its history, its events and whether it has
//! tokens. Attempt counts, times, random ids, revisions, leases' owners and generations are not in it; ids of tenants,
//! companies and documents have names instead. Everything else has to be the same.

mod difference;
mod names;

use std::collections::BTreeMap;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Map, Value, json};

pub(super) use self::difference::{Difference, Kind};
use self::names::Names;
use crate::Tenant;
use crate::aws;
use crate::http::order;

/// Everything that a company can have.
const ENTITIES: [&str; 24] = [
    "Account",
    "Bill",
    "BillPayment",
    "Class",
    "CompanyInfo",
    "CreditMemo",
    "Customer",
    "Department",
    "Deposit",
    "Employee",
    "Invoice",
    "Item",
    "JournalEntry",
    "Payment",
    "PaymentMethod",
    "Preferences",
    "Purchase",
    "SalesReceipt",
    "TaxAgency",
    "TaxCode",
    "TaxRate",
    "Term",
    "Vendor",
    "VendorCredit",
];
/// What differs from run to run and says nothing: how often something was tried or written, and random numbers.
const NOISE: [&str; 11] = [
    "pk",
    "sk",
    "revision",
    "attempts",
    "token_generation",
    "generation",
    "expires_at",
    "origin",
    "refreshed_by",
    "worker",
    // Says only that what a pull took back may have to be looked at again.
    "taken_back",
];

/// One picture: each thing by its name, in sections such as `books` and `table`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture(BTreeMap<String, Value>);

impl Picture {
    /// Takes a picture of all that concerns a tenant.
    pub async fn of(tenant: &Tenant) -> Self {
        let objects = join_all(ENTITIES.iter().map(async |entity| {
            let url = tenant.simulator(&format!("objects/{entity}"));
            let listed = order(Method::GET, &url, None).await;
            (*entity, listed["objects"].as_array().cloned().unwrap_or_default())
        }))
        .await;
        let names = Names::of(tenant, &objects);
        let mut things = Things { names: &names, found: BTreeMap::new() };
        for (entity, objects) in &objects {
            for object in objects {
                things.add("books", &names.of_object(entity, object), object);
            }
        }
        things.add_books(tenant).await;
        things.add_items(tenant).await;
        let has_tokens = !tenant.stored_tokens().await.is_null();
        things.add("secrets", "tokens are stored", &json!(has_tokens));
        Self(things.found)
    }

    /// What is different in another picture.
    pub fn differences(&self, found: &Self) -> Vec<Difference> {
        difference::between(&self.0, &found.0)
    }
}

/// What is collected for a picture.
struct Things<'a> {
    names: &'a Names,
    found: BTreeMap<String, Value>,
}

impl Things<'_> {
    /// Adds a thing; a second one of the same name is numbered.
    fn add(&mut self, section: &str, name: &str, thing: &Value) {
        let name = format!("{section}: {}", self.names.rename(name));
        let mut key = name.clone();
        let mut count = 1;
        while self.found.contains_key(&key) {
            count += 1;
            key = format!("{name} ({count})");
        }
        self.found.insert(key, self.names.renamed(thing));
    }

    /// Trial balance, what each document posts, and every write that was performed.
    async fn add_books(&mut self, tenant: &Tenant) {
        let balance = order(Method::GET, &tenant.simulator("trial-balance"), None).await;
        self.add("books", "trial balance", &balance);
        self.add("books", "effect on accounts", &json!(tenant.effect().await));
        for document in tenant.documents().await {
            let id = document["id"].as_str().unwrap_or_default().to_owned();
            self.add("books", &format!("postings of {id}"), &document);
        }
        let mut writes: BTreeMap<String, u64> = BTreeMap::new();
        for call in tenant.calls_since(0).await {
            let reads = ["read", "query", "cdc"].iter().any(|read| call["operation"] == *read);
            if call["outcome"] == "performed" && !reads {
                // With which others a write went is not the same for everyone.
                let items = call["items"].as_array().cloned().unwrap_or_else(|| vec![call]);
                for write in items.iter().filter(|write| write["fault_code"].is_null()) {
                    let text = |name: &str| write[name].as_str().unwrap_or_default();
                    let write = format!("{} {}", text("entity"), text("operation"));
                    *writes.entry(write).or_default() += 1;
                }
            }
        }
        self.add("books", "writes that were performed", &json!(writes));
    }

    /// The tenant's items, and the claim on its company.
    async fn add_items(&mut self, tenant: &Tenant) {
        let (mut history, mut events) = (BTreeMap::new(), BTreeMap::new());
        let (mut sequences, mut others) = (Vec::new(), Vec::new());
        for item in tenant.items().await {
            let mut item = plain(&Value::Object(Map::from_iter([("M".to_owned(), item)])));
            let key = item["sk"].as_str().unwrap_or_default().to_owned();
            let (kind, _) = key.split_once('#').unwrap_or((&key, ""));
            match kind {
                "HISTORY" => {
                    cut_counts(&mut item);
                    lines_of(&mut history, subject_of(&item)).push(item);
                }
                "EVENT" => {
                    sequences.push(item["sequence"].as_u64().unwrap_or_default());
                    let subject = item["subject"].as_str().unwrap_or_default().to_owned();
                    lines_of(&mut events, subject).push(item);
                }
                // The count of events, the day from which the next pull looks again since an answer was late, batches, which
                // nobody looks at once their postings are at rest, and how often the company was called and a person tried
                // to connect, which depends on how often somebody died.
                "EVENTS" | "LATE_BILL" | "BATCH" | "GOVERNOR" | "STATE" => {}
                _ => {
                    if kind == "IMPORT" {
                        count_together(&mut item["records"]);
                    }
                    // The eighth of the index in which an item lies depends on the tenant.
                    if let Some(shard) = item["state_key"].as_str() {
                        item["state_key"] = json!(shard.trim_end_matches(char::is_numeric));
                    }
                    others.push((
                        self.names.rename(&key),
                        self.names.renamed(&item).to_string(),
                        key,
                        item,
                    ));
                }
            }
        }
        // What has the same name, such as notices, whose keys are hashes, lies in any order.
        others.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
        for (_, _, key, item) in others {
            self.add("table", &key, &item);
        }
        for (record, lines) in history {
            self.add("history", &record, &in_order(lines));
        }
        for (subject, lines) in events {
            self.add("events", &subject, &last_of(&lines));
        }
        sequences.sort_unstable();
        let whole = sequences.iter().zip(1..).all(|(sequence, expected)| *sequence == expected);
        self.add("events", "are numbered without gaps", &json!(whole));
        let claim = format!("C#{}", tenant.realm);
        let claim = aws::item(&json!({"pk": {"S": claim}, "sk": {"S": "CLAIM"}})).await;
        self.add("table", "CLAIM", &plain(&json!({"M": claim})));
    }
}

fn lines_of(all: &mut BTreeMap<String, Vec<Value>>, of: String) -> &mut Vec<Value> {
    all.entry(of).or_default()
}

/// What an import posted before a death it finds unchanged afterwards, or still being posted, and payments wait for that;
/// each is counted once all the same.
fn count_together(records: &mut Value) {
    let fates = ["posted", "unchanged", "queued", "blocked"];
    let all: u64 = fates.iter().filter_map(|fate| records[*fate].as_u64()).sum();
    for fate in fates {
        records[fate] = json!(0);
    }
    records["posted"] = json!(all);
}

/// The end of an import is told with its counts, which say the same as those that are counted together.
fn cut_counts(line: &mut Value) {
    let of_import = line["action"].as_str().is_some_and(|action| action.starts_with("import_"));
    let cut = line["description"].as_str().and_then(|text| text.split_once(" So far: "));
    if let Some((told, _)) = cut.filter(|_| of_import) {
        line["description"] = json!(told);
    }
}

/// Lines of a record in the order in which they were told; what was told at one moment in any order.
fn in_order(mut lines: Vec<Value>) -> Value {
    lines.sort_by_key(|line| {
        (line["at"].as_str().unwrap_or_default().to_owned(), line["description"].to_string())
    });
    Value::Array(lines)
}

/// What a line of history is about: a record, one of its payments or parts (what is told of them comes in any order), or
/// the tenant itself.
fn subject_of(line: &Value) -> String {
    let text = |name: &str| line[name].as_str().unwrap_or_default();
    let part = match (text("record"), text("action").strip_prefix("payment_")) {
        (_, Some("created" | "updated" | "voided" | "gone")) => {
            text("description").split_inclusive(' ').take(2).collect()
        }
        ("disbursement", _) => match text("description").split_once(" of disbursement") {
            Some((part, _)) => part.to_owned(),
            None => String::new(),
        },
        _ => String::new(),
    };
    let subject = format!("{} {} {part}", text("record"), text("record_id"));
    if subject.trim().is_empty() { "tenant".to_owned() } else { subject.trim().to_owned() }
}

/// What the last event about something says. The way there is not the same for everyone: what waited is told as well.
fn last_of(lines: &[Value]) -> Value {
    let last = lines.iter().max_by_key(|line| line["sequence"].as_u64());
    last.map_or(Value::Null, |event| json!({"kind": event["kind"], "data": event["data"]}))
}

/// A value in DynamoDB's own notation as plain JSON.
fn plain(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|object| object.iter().next()) else {
        return Value::Null;
    };
    match (kind.as_str(), inner) {
        ("M", Value::Object(members)) => {
            members.iter().map(|(name, member)| (name.clone(), plain(member))).collect()
        }
        ("L", Value::Array(members)) => members.iter().map(plain).collect(),
        ("N", Value::String(number)) => {
            serde_json::from_str(number).unwrap_or_else(|_| json!(number))
        }
        ("NULL", _) => Value::Null,
        (_, other) => other.clone(),
    }
}
