//! Entries of lists that documents refer to: linked, found by name, or created first.

use crate::id::ObjectId;
use crate::ledger::{NewEntry, Ref, Step};
use crate::link::LinkKey;
use crate::money::Currency;

use super::{Facts, Lookup};

/// Collects what a document's entries still need.
pub(super) struct Entries<'a> {
    facts: &'a Facts,
    pub(super) lookups: Vec<Lookup>,
    pub(super) steps: Vec<Step>,
}

/// What a new entry is made with besides its name.
#[derive(Default)]
pub(super) struct Details {
    pub(super) email: Option<String>,
    pub(super) currency: Option<Currency>,
    pub(super) income_account: Option<ObjectId>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        Self { facts, lookups: Vec::new(), steps: Vec::new() }
    }

    /// A reference to the entry behind `key`; notes a look-up or a step if it is not linked yet.
    pub(super) fn refer(&mut self, key: LinkKey, name: &str, details: Details) -> Ref {
        if let Some(id) = self.facts.links.get(&key) {
            return Ref::Known(id.clone());
        }
        let planned = |step: &Step| matches!(step, Step::CreateEntry(entry) if entry.key == key);
        if let Some(free) = self.facts.free_names.get(&key) {
            if !self.steps.iter().any(planned) {
                let Details { email, currency, income_account } = details;
                let entry = NewEntry {
                    key: key.clone(),
                    name: free.clone(),
                    email,
                    currency,
                    income_account,
                };
                self.steps.push(Step::CreateEntry(entry));
            }
        } else if !self.lookups.iter().any(|lookup| lookup.key == key) {
            self.lookups.push(Lookup { key: key.clone(), name: name.to_owned() });
        }
        Ref::Entry(key)
    }
}
