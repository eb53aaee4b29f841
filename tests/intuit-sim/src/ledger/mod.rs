//! What a company has on file: objects, the names and numbers in use, what pays what, and the books.

mod balances;
mod books;
mod fences;
mod identity;
mod merge;
mod open_items;
mod references;
mod store;
mod write;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use rust_decimal::Decimal;

pub(crate) use books::{Books, Leg};
pub(crate) use identity::{Key, ObjectId, Pool, Sequence};
pub(crate) use merge::merge;
pub(crate) use open_items::{links, open_item_kind};
pub(crate) use references::needs;
pub(crate) use store::{commit, commit_all};
pub(crate) use write::{Author, Options, Write, write};

use crate::{
    entities::{Kind, entity},
    json::{Object, text},
    webhooks::Changes,
};

/// One object, kept after deletion so that tests can see what was deleted.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) body: Arc<Object>,
    pub(crate) deleted: bool,
}

/// Everything on file; cloning is cheap enough to start every company from a template.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    objects: BTreeMap<Kind, BTreeMap<ObjectId, Stored>>,
    taken: HashMap<(Pool, String), BTreeSet<Key>>,
    sequences: HashMap<Sequence, u64>,
    /// For every open item, which transactions pay how much of it.
    applied: HashMap<Key, BTreeMap<Key, Decimal>>,
    /// The same, seen from the paying transaction.
    settled_by: HashMap<Key, BTreeMap<Key, Decimal>>,
    pub(crate) books: Books,
    /// What happened since the app was last told.
    pub(crate) changes: Changes,
    /// The number that the next automatically numbered sales form follows.
    pub(crate) last_number: String,
}

impl Ledger {
    /// An object that was not deleted.
    pub(crate) fn get(&self, kind: Kind, id: &str) -> Option<&Object> {
        self.stored(kind, id).filter(|stored| !stored.deleted).map(|stored| &*stored.body)
    }

    pub(crate) fn stored(&self, kind: Kind, id: &str) -> Option<&Stored> {
        self.objects.get(&kind)?.get(&ObjectId::from(id))
    }

    /// All objects of a kind that were not deleted, by ascending id.
    pub(crate) fn all(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.raw(kind).filter(|stored| !stored.deleted).map(|stored| &*stored.body)
    }

    /// All objects of a kind, deleted ones included.
    pub(crate) fn raw(&self, kind: Kind) -> impl Iterator<Item = &Stored> {
        self.objects.get(&kind).into_iter().flat_map(BTreeMap::values)
    }

    /// The first holder of a name or number other than `except`.
    pub(crate) fn holder(&self, pool: Pool, name: &str, except: Option<&str>) -> Option<&Key> {
        let own = |key: &&Key| except != Some(key.id.as_str());
        self.taken.get(&(pool, plain(name)))?.iter().find(own)
    }

    /// Every holder of a number other than `except`, by kind and id.
    pub(crate) fn holders(
        &self,
        pool: Pool,
        number: &str,
        except: Option<&str>,
    ) -> impl Iterator<Item = (&Key, &Object)> {
        self.taken
            .get(&(pool, plain(number)))
            .into_iter()
            .flatten()
            .filter(move |key| except != Some(key.id.as_str()))
            .filter_map(|key| Some((key, self.get(key.kind, key.id.as_str())?)))
    }

    pub(crate) fn next_id(&mut self, sequence: Sequence) -> String {
        let next = self.sequences.entry(sequence).or_insert(sequence.start());
        *next += 1;
        next.to_string()
    }

    /// Stores an object under the id in it and keeps the indexes right.
    pub(crate) fn put(&mut self, kind: Kind, object: Object, deleted: bool) {
        let id = ObjectId::from(text(&object, "Id").unwrap_or_default());
        let key = Key { kind, id: id.clone() };
        let index = entity(kind).index;
        if let Some(before) = self.objects.get(&kind).and_then(|objects| objects.get(&id)) {
            for (pool, name) in index(&before.body) {
                if let Some(holders) = self.taken.get_mut(&(pool, plain(&name))) {
                    holders.remove(&key);
                }
            }
        }
        if !deleted {
            for (pool, name) in index(&object) {
                self.taken.entry((pool, plain(&name))).or_default().insert(key.clone());
            }
        }
        self.reserve(kind, id.as_str());
        self.objects
            .entry(kind)
            .or_default()
            .insert(id, Stored { body: Arc::new(object), deleted });
    }

    /// Makes the next id of a kind's sequence follow `id`.
    pub(crate) fn reserve(&mut self, kind: Kind, id: &str) {
        if let (Some(sequence), Ok(number)) = (entity(kind).sequence, id.parse::<u64>()) {
            let last = self.sequences.entry(sequence).or_insert(sequence.start());
            *last = number.max(*last);
        }
    }

    /// Posts legs and shows the balances they move.
    pub(crate) fn post_directly(&mut self, key: Key, legs: Vec<Leg>, stamp: &str) {
        let moved = self.books.post(key, legs);
        balances::refresh(self, &moved, stamp);
    }

    /// Changes an object in place, outside of any write by a caller.
    pub(crate) fn amend(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Object)) {
        if let Some(stored) =
            self.objects.get_mut(&kind).and_then(|objects| objects.get_mut(&ObjectId::from(id)))
        {
            change(Arc::make_mut(&mut stored.body));
        }
    }
}

/// Names and numbers are compared without case and surrounding spaces.
fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}
