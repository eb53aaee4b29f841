//! Entries of lists that documents refer to: linked, found by name, or created first.

use crate::id::ObjectId;
use crate::ledger::{NewEntry, Ref, Step};
use crate::link::{LinkKey, ListKind};
use crate::money::Currency;
use crate::reason::Failure;
use crate::record::BillItem;
use crate::template::Field;

use super::{Active, Facts, Lookup, Planned};

/// Collects what a document's entries still need.
pub(super) struct Entries<'a> {
    facts: &'a Facts,
    lookups: Vec<Lookup>,
    steps: Vec<Step>,
    /// The first linked entry that cannot be used.
    broken: Option<Failure>,
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
        Self { facts, lookups: Vec::new(), steps: Vec::new(), broken: None }
    }

    /// A reference to the entry behind `key`; notes a look-up or a step if it is not linked yet.
    pub(super) fn refer(&mut self, key: LinkKey, name: &str, details: Details) -> Ref {
        if let Some(id) = self.facts.links.get(&key) {
            if let Some(problem) = self.facts.broken_links.get(&key) {
                let failure = || Failure::link_unusable(key.kind, name, problem);
                self.broken.get_or_insert_with(failure);
            }
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

    /// A reference to a product or service: the linked one, else the workflow's, else one of its name.
    pub(super) fn item(&mut self, item: &BillItem, active: Active<'_>) -> Result<Ref, Planned> {
        let key = LinkKey::new(ListKind::Item, item.id.clone());
        match active.setup.configuration.entry(Field::Item) {
            Some(chosen) if !self.facts.links.contains_key(&key) => Ok(Ref::Known(chosen.clone())),
            _ => self.named_item(item, active),
        }
    }

    /// A reference to just this product or service: the linked one, else one of its name.
    pub(super) fn named_item(
        &mut self,
        item: &BillItem,
        active: Active<'_>,
    ) -> Result<Ref, Planned> {
        let key = LinkKey::new(ListKind::Item, item.id.clone());
        let account = active.setup.configuration.income_account_of(&item.id).cloned();
        if account.is_none() {
            return Err(Planned::Fail(Failure::setting_missing(Field::IncomeAccount)));
        }
        let details = Details { income_account: account, ..Details::default() };
        Ok(self.refer(key, &item.name, details))
    }

    /// The steps that make what is missing, once every name was looked up.
    pub(super) fn finish(self) -> Result<Vec<Step>, Planned> {
        match (self.broken, self.lookups.is_empty()) {
            (Some(failure), _) => Err(Planned::Fail(failure)),
            (None, true) => Ok(self.steps),
            (None, false) => Err(Planned::Lookup(self.lookups)),
        }
    }
}
