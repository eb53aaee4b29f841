//! What writes did to a company's objects since it was last told.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use crate::{entities::Kind, ledger::Key};

/// What happened to an object, weakest first: of one write, only the strongest is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// Only the balance that a list entry shows.
    BalanceMoved,
    /// Only how much of a document is paid.
    Settled,
    Updated,
    /// A list entry was made inactive.
    Inactivated,
    Emailed,
    Created,
    Voided,
    Deleted,
    /// Another list entry became part of it.
    Merged {
        loser: String,
    },
}

impl What {
    /// Whether it happened because something else was written.
    fn is_by_the_way(&self) -> bool {
        matches!(self, Self::BalanceMoved | Self::Settled)
    }
}

/// One thing that happened to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(super) object: Key,
    pub(super) what: What,
}

/// All that happened, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes(Vec<Change>);

impl Changes {
    pub(crate) fn note(&mut self, kind: Kind, id: &str, what: What) {
        self.0.push(Change { object: Key::new(kind, id), what });
    }

    /// Notes that `loser` was merged into `survivor` and is gone.
    pub(crate) fn merged(&mut self, kind: Kind, survivor: &str, loser: &str) {
        self.note(kind, survivor, What::Merged { loser: loser.to_owned() });
    }

    /// How many are noted; a write hands it to [`Changes::settle`] when it is done.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Leaves, of what a write noted behind `from`, the strongest thing for each object, and last what happened by the way.
    pub(crate) fn settle(&mut self, from: usize) {
        let mut places: HashMap<Key, usize> = HashMap::new();
        for change in self.0.split_off(from) {
            match places.entry(change.object.clone()) {
                Entry::Occupied(place) => {
                    let other = &mut self.0[*place.get()];
                    if other.what < change.what {
                        other.what = change.what;
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(self.0.len());
                    self.0.push(change);
                }
            }
        }
        self.0[from..].sort_by_key(|change| change.what.is_by_the_way());
    }

    /// Takes all of it; what happened by the way is told once, with the last of it.
    pub(crate) fn take(&mut self) -> Vec<Change> {
        let mut seen = HashSet::new();
        let mut kept: Vec<Change> = std::mem::take(&mut self.0)
            .into_iter()
            .rev()
            .filter(|change| seen.insert(change.object.clone()) || !change.what.is_by_the_way())
            .collect();
        kept.reverse();
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, What};
    use crate::entities::Kind;

    fn taken(changes: &mut Changes) -> Vec<(Kind, String, What)> {
        changes
            .take()
            .into_iter()
            .map(|change| (change.object.kind, change.object.id.as_str().to_owned(), change.what))
            .collect()
    }

    #[test]
    fn of_one_write_only_the_strongest_is_told() {
        let mut changes = Changes::default();
        changes.note(Kind::Invoice, "1", What::Created);
        let from = changes.count();
        changes.note(Kind::Payment, "2", What::Updated);
        changes.note(Kind::Invoice, "1", What::Settled);
        changes.note(Kind::Customer, "3", What::BalanceMoved);
        changes.note(Kind::Invoice, "1", What::Deleted);
        changes.settle(from);
        let expected = [
            (Kind::Invoice, "1".to_owned(), What::Created),
            (Kind::Payment, "2".to_owned(), What::Updated),
            (Kind::Invoice, "1".to_owned(), What::Deleted),
            (Kind::Customer, "3".to_owned(), What::BalanceMoved),
        ];
        assert_eq!(taken(&mut changes), expected);
        assert_eq!(taken(&mut changes), []);
    }

    #[test]
    fn what_happens_by_the_way_is_told_once_a_call() {
        let mut changes = Changes::default();
        for payment in ["2", "3"] {
            changes.note(Kind::BillPayment, payment, What::Created);
            changes.note(Kind::Bill, "1", What::Settled);
        }
        let expected = [
            (Kind::BillPayment, "2".to_owned(), What::Created),
            (Kind::BillPayment, "3".to_owned(), What::Created),
            (Kind::Bill, "1".to_owned(), What::Settled),
        ];
        assert_eq!(taken(&mut changes), expected);
    }
}
