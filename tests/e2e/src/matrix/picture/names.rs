//! Names for what is random: two runs of the same workflow call the same thing by the same name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Value, json};

use super::NOISE;
use crate::Tenant;

/// The last document that the sample company is born with.
const LAST_SEEDED: u64 = 144;
/// Members by which people know an object, the best first.
const LABELS: [&str; 5] =
    ["FullyQualifiedName", "DisplayName", "DocNumber", "PaymentRefNum", "Name"];
/// Members that say whose document it is.
const PARTIES: [&str; 3] = ["CustomerRef", "VendorRef", "EntityRef"];

/// Times, random and hashed parts of keys, and whole numbers, in this order.
static TIME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d| UTC)?"));
static UUID: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));
static OWN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(lb:|NOTICE#)[0-9a-f]{16,}"));
/// Names of imports, which begin with the time at which they were made.
static IMPORT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d{8}T\d{6}Z-[0-9a-f]{12}"));
/// Where a host's endpoint or a page of QuickBooks listens on this machine.
static PORT: LazyLock<Regex> = LazyLock::new(|| pattern(r"127\.0\.0\.1:\d+"));
/// Hashes of contents, which begin with the tenant's or the company's id. What they are of is in the picture.
static HASH: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9a-f]{64}"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d[\d.]*"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// What is called what.
#[derive(Debug)]
pub(super) struct Names {
    tenant: String,
    realm: String,
    /// Documents that are newer than the company, by their id.
    documents: BTreeMap<String, String>,
}

impl Names {
    /// Names what a company has.
    pub(super) fn of(tenant: &Tenant, objects: &[(&str, Vec<Value>)]) -> Self {
        let mut new: Vec<(u64, String)> = Vec::new();
        for (entity, objects) in objects {
            for object in objects.iter().filter(|object| is_document(object)) {
                let id = object["Id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
                if id > LAST_SEEDED {
                    new.push((id, label(entity, object)));
                }
            }
        }
        new.sort_unstable();
        let mut documents: BTreeMap<String, String> = BTreeMap::new();
        for (id, label) in new {
            let same = documents.values().filter(|known| known.starts_with(&label)).count();
            let name = if same == 0 { label } else { format!("{label} no. {}", same + 1) };
            documents.insert(id.to_string(), name);
        }
        Self { tenant: tenant.id.clone(), realm: tenant.realm.clone(), documents }
    }

    /// The name of an object of QuickBooks.
    pub(super) fn of_object(&self, entity: &str, object: &Value) -> String {
        let id = object["Id"].as_str().unwrap_or_default();
        match self.documents.get(id) {
            Some(name) if is_document(object) => name.clone(),
            _ => format!("{} {id}", label(entity, object)),
        }
    }

    /// A value with names in the place of everything random, less what says nothing.
    pub(super) fn renamed(&self, value: &Value) -> Value {
        match value {
            // Of what we wrote and what was found there is only a hash, which has the numbers of documents in it.
            Value::Object(part) if part.contains_key("ours") && part.contains_key("theirs") => {
                json!({"as_we_left_it": part["ours"] == part["theirs"]})
            }
            Value::Object(members) => members
                .iter()
                .filter(|(name, _)| !NOISE.contains(&name.as_str()))
                .map(|(name, member)| match member {
                    // Addresses are numbered in the order in which documents were made.
                    Value::Object(address) if name.ends_with("Addr") => {
                        let parts = address.iter().filter(|(part, _)| *part != "Id");
                        (
                            name.clone(),
                            parts.map(|(part, it)| (part.clone(), self.renamed(it))).collect(),
                        )
                    }
                    _ => (self.rename(name), self.renamed(member)),
                })
                .collect(),
            Value::Array(members) => members.iter().map(|member| self.renamed(member)).collect(),
            // Events keep what they say as text.
            Value::String(text) if text.starts_with('{') => match serde_json::from_str(text) {
                Ok(inner) => self.renamed(&inner),
                Err(_) => self.rename(text).into(),
            },
            Value::String(text) => self.rename(text).into(),
            other => other.clone(),
        }
    }

    /// A text with names in the place of everything random.
    pub(super) fn rename(&self, text: &str) -> String {
        // Most texts are words, which need no looking at.
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return text.to_owned();
        }
        let text = text.replace(&self.tenant, "TENANT").replace(&self.realm, "COMPANY");
        let text = TIME.replace_all(&text, "<time>");
        let text = UUID.replace_all(&text, "<uuid>");
        let text = IMPORT.replace_all(&text, "<import>");
        let text = OWN.replace_all(&text, "$1<hash>");
        let text = PORT.replace_all(&text, "<here>");
        let text = HASH.replace_all(&text, "<hash>");
        let named = |number: &Captures<'_>| {
            let number = &number[0];
            self.documents.get(number).map_or_else(|| number.to_owned(), |name| format!("<{name}>"))
        };
        NUMBER.replace_all(&text, named).into_owned()
    }
}

/// Whether it is a document, not an entry of a list: they have numbers of their own.
fn is_document(object: &Value) -> bool {
    object["TxnDate"].is_string() || object["status"] == "Deleted"
}

/// The number of the first invoice that a payment pays, since several payments can have the same number.
fn paid_number(object: &Value) -> Option<&str> {
    let said = object["Line"][0]["LineEx"]["any"].as_array()?;
    let number = said.iter().find(|it| it["value"]["Name"] == "txnReferenceNumber")?;
    number["value"]["Value"].as_str()
}

fn label(entity: &str, object: &Value) -> String {
    let own = LABELS.iter().find_map(|name| object[*name].as_str());
    let party = PARTIES.iter().find_map(|name| object[*name]["name"].as_str());
    let of_line = &object["Line"][0]["JournalEntryLineDetail"]["Entity"]["EntityRef"]["name"];
    let party = party.or(of_line.as_str());
    let words = [Some(entity), own, party, paid_number(object)];
    words.into_iter().flatten().collect::<Vec<&str>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_random_has_the_same_name_in_every_run_and_nothing_else_is_touched() {
        let tenant = Tenant { id: "t-1a".to_owned(), realm: "9341457021722258".to_owned() };
        let invoice = json!({"Id": "145", "DocNumber": "B-1", "TxnDate": "2026-03-01", "CustomerRef": {"name": "Ann"}});
        let same = json!({"Id": "146", "DocNumber": "B-1", "TxnDate": "2026-03-01", "CustomerRef": {"name": "Ann"}});
        let customer = json!({"Id": "146", "DisplayName": "Ann"});
        let objects =
            [("Invoice", vec![invoice.clone(), same]), ("Customer", vec![customer.clone()])];
        let names = Names::of(&tenant, &objects);
        assert_eq!(names.of_object("Invoice", &invoice), "Invoice B-1 Ann");
        assert_eq!(names.of_object("Customer", &customer), "Customer Ann 146");
        for (text, expected) in [
            ("T#t-1a", "T#TENANT"),
            ("OBJECT#9341457021722258#bill#145", "OBJECT#COMPANY#bill#<Invoice B-1 Ann>"),
            ("9341457021722258.146", "COMPANY.<Invoice B-1 Ann no. 2>"),
            ("1145 is 145.00, of 2026-03-14", "1145 is 145.00, of 2026-03-14"),
            (
                "HISTORY#2026-11-22T06:08:06.76734Z#504c6dda-6a97-43b7-a99e-7d07007685b6",
                "HISTORY#<time>#<uuid>",
            ),
            ("March [lb:0123456789abcdef]", "March [lb:<hash>]"),
            ("IMPORT#20260314T093000Z-0123456789ab", "IMPORT#<import>"),
            ("http://127.0.0.1:34903/hooks", "http://<here>/hooks"),
        ] {
            assert_eq!(names.rename(text), expected);
        }
        let item =
            json!({"revision": 5, "state": "posted", "data": "{\"id\":\"145\",\"attempts\":2}"});
        assert_eq!(
            names.renamed(&item),
            json!({"state": "posted", "data": {"id": "<Invoice B-1 Ann>"}})
        );
    }
}
