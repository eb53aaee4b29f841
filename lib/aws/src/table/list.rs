//! Copies of QuickBooks lists: a head that names a reading, and the pages of that reading.
//!
//! The pages are written first and under a name of their own, so that a reader sees the old copy or the new one.

use domain::id::{CompanyId, TenantId};
use domain::list::{Entry, List, ListCopy, SCHEMA};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::item::{Item, decode, encode, text_of};
use super::keys::{Key, SK, list_prefix};
use super::write::BATCH;
use super::{Error, Table};

/// Sort key of the head, after the prefix; sorts before every page.
const HEAD: &str = "!";
/// An item takes 400 KB; a page stays far below.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items>
const PAGE_BYTES: usize = 200_000;
/// What an entry weighs beside its texts: attribute names, flags, nesting.
const ENTRY_BYTES: usize = 150;

#[derive(Serialize, Deserialize)]
struct Head {
    schema: u32,
    reading: String,
    pages: usize,
    fetched_at: Timestamp,
    note: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Page {
    schema: u32,
    entries: Vec<Entry>,
}

impl Table {
    /// The copy of a list, if there is a whole one.
    pub async fn list_copy(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        list: List,
    ) -> Result<Option<ListCopy>, Error> {
        let prefix = list_prefix(company, list);
        let mut items = self.list_items(tenant, &prefix).await?.into_iter();
        let Some(head) = items.next().filter(|item| sort_key(item) == format!("{prefix}{HEAD}"))
        else {
            return Ok(None);
        };
        let head: Head = decode(head, tenant, SCHEMA)?;
        let own = format!("{prefix}{}#", head.reading);
        let (mut pages, mut entries) = (0, Vec::new());
        for item in items.filter(|item| sort_key(item).starts_with(&own)) {
            let page: Page = decode(item, tenant, SCHEMA)?;
            pages += 1;
            entries.extend(page.entries);
        }
        // Another reading has replaced this one while it was being read.
        let whole = pages == head.pages;
        let Head { fetched_at, note, .. } = head;
        Ok(whole.then(|| ListCopy { company: company.clone(), list, fetched_at, note, entries }))
    }

    /// Replaces the copy of a list.
    pub async fn put_list_copy(&self, tenant: &TenantId, copy: &ListCopy) -> Result<(), Error> {
        let prefix = list_prefix(&copy.company, copy.list);
        let reading = Uuid::new_v4().simple().to_string();
        let pages = pages(&copy.entries);
        for (number, entries) in pages.iter().enumerate() {
            let page = Page { schema: SCHEMA, entries: entries.to_vec() };
            let key = Key::sorted(tenant, &format!("{prefix}{reading}#{number:05}"));
            self.put_alone(encode(&page, key)).await?;
        }
        let head = Head {
            schema: SCHEMA,
            reading: reading.clone(),
            pages: pages.len(),
            fetched_at: copy.fetched_at,
            note: copy.note.clone(),
        };
        self.put_alone(encode(&head, Key::sorted(tenant, &format!("{prefix}{HEAD}")))).await?;
        self.forget_other_readings(tenant, &prefix, &reading).await
    }

    /// Pages of earlier readings, also of those that died on the way. When two readings end at once, this may take
    /// the other's pages; its head then names pages that are not there, which counts as no copy.
    async fn forget_other_readings(
        &self,
        tenant: &TenantId,
        prefix: &str,
        reading: &str,
    ) -> Result<(), Error> {
        let (head, own) = (format!("{prefix}{HEAD}"), format!("{prefix}{reading}#"));
        let items = self.list_items(tenant, prefix).await?;
        let others = items.iter().map(sort_key);
        let others = others.filter(|key| *key != head && !key.starts_with(&own));
        let keys: Vec<Key> = others.map(|key| Key::sorted(tenant, key)).collect();
        for batch in keys.chunks(BATCH) {
            // What is left undone is forgotten with the next reading.
            self.delete_batch(batch.to_vec()).await?;
        }
        Ok(())
    }

    async fn list_items(&self, tenant: &TenantId, prefix: &str) -> Result<Vec<Item>, Error> {
        let pages = self.with_prefix(tenant, prefix).into_paginator();
        Ok(pages.items().send().collect::<Result<_, _>>().await?)
    }
}

fn sort_key(item: &Item) -> &str {
    text_of(item, SK).unwrap_or_default()
}

fn pages(entries: &[Entry]) -> Vec<&[Entry]> {
    let (mut pages, mut begin, mut bytes) = (Vec::new(), 0, 0);
    for (position, entry) in entries.iter().enumerate() {
        let weight = weight(entry);
        if bytes + weight > PAGE_BYTES && position > begin {
            pages.push(&entries[begin..position]);
            (begin, bytes) = (position, 0);
        }
        bytes += weight;
    }
    if begin < entries.len() {
        pages.push(&entries[begin..]);
    }
    pages
}

fn weight(entry: &Entry) -> usize {
    let optional = [&entry.kind, &entry.classification, &entry.email, &entry.currency];
    let optional: usize = optional.iter().map(|text| text.as_ref().map_or(0, String::len)).sum();
    ENTRY_BYTES + entry.id.as_str().len() + entry.name.len() + entry.full_name.len() + optional
}

#[cfg(test)]
mod tests {
    use domain::id::ObjectId;

    use super::*;

    #[test]
    fn a_long_list_is_parted_into_items_that_fit_and_nothing_is_lost() {
        let entry = |name: String| Entry {
            id: ObjectId::parse("1").unwrap(),
            full_name: name.clone(),
            name,
            active: true,
            kind: None,
            classification: None,
            email: None,
            currency: None,
            sellable: true,
        };
        for (count, length, expected) in
            [(0, 1, 0), (1, 1, 1), (1000, 10, 1), (1000, 500, 6), (3, 300_000, 3)]
        {
            let entries: Vec<Entry> = (0..count).map(|_| entry("x".repeat(length))).collect();
            let pages = pages(&entries);
            assert_eq!(pages.len(), expected, "{count} entries of {length}");
            assert_eq!(pages.concat(), entries);
        }
    }
}
