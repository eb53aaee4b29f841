//! What is told, or seen, to have changed in one list.

use std::collections::BTreeMap;

use domain::id::ObjectId;
use domain::notice::Notice;
use jiff::{SignedDuration, Timestamp};

use super::entries::Sighting;

/// What was merged away changed before Intuit tells of it, by at most this.
const TOLD_LATE: SignedDuration = SignedDuration::from_mins(5);

/// What notices say of one list.
pub(super) struct Changes {
    /// When each entry last changed.
    pub(super) at: BTreeMap<ObjectId, Timestamp>,
    /// Which entry each one was merged into.
    pub(super) merged: BTreeMap<ObjectId, ObjectId>,
    /// Entries into which something was merged that Intuit did not name.
    pub(super) merged_untold: BTreeMap<ObjectId, Timestamp>,
}

impl Changes {
    /// What was seen without being told.
    pub(super) fn seen(at: BTreeMap<ObjectId, Timestamp>) -> Self {
        Self { at, merged: BTreeMap::new(), merged_untold: BTreeMap::new() }
    }

    pub(super) fn of(notices: &[&Notice]) -> Self {
        let mut changes = Self::seen(BTreeMap::new());
        for notice in notices {
            let changed = changes.at.entry(notice.id.clone()).or_insert(notice.at);
            *changed = notice.at.max(*changed);
            match &notice.merged_away {
                Some(loser) => {
                    changes.at.insert(loser.clone(), notice.at);
                    changes.merged.insert(loser.clone(), notice.id.clone());
                }
                None if notice.is_merge() => {
                    changes.merged_untold.insert(notice.id.clone(), notice.at);
                }
                None => {}
            }
        }
        changes
    }

    /// Whatever changed.
    pub(super) fn ids(&self) -> Vec<ObjectId> {
        self.at.keys().cloned().collect()
    }

    /// Since when something may have been merged away that Intuit did not name.
    pub(super) fn untold_since(&self) -> Option<Timestamp> {
        self.merged_untold.values().min().map(|at| *at - TOLD_LATE)
    }

    /// Takes in what changed at that time. Where one entry went away and one merge was told, it is the one; otherwise
    /// nobody can say which was merged into which.
    pub(super) fn take_in(&mut self, seen: &[Sighting]) {
        let gone: Vec<&Sighting> = seen
            .iter()
            .filter(|sighting| sighting.entry.is_none() && !self.merged.contains_key(&sighting.id))
            .collect();
        if let ([gone], [into]) = (&gone[..], &self.merged_untold.keys().collect::<Vec<_>>()[..]) {
            self.merged.insert(gone.id.clone(), (*into).clone());
        }
        self.at.extend(gone.into_iter().map(|gone| (gone.id.clone(), gone.at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn object(id: &str) -> ObjectId {
        ObjectId::parse(id).unwrap()
    }

    fn gone(id: &str) -> Sighting {
        Sighting { id: object(id), at: at("2026-05-01T10:00:00Z"), entry: None }
    }

    #[test]
    fn an_untold_loser_is_only_named_when_there_is_no_doubt() {
        let told = |survivors: &[&str]| {
            let mut changes = Changes::seen(BTreeMap::new());
            let merge = |id: &&str| (object(id), at("2026-05-01T10:00:01Z"));
            changes.merged_untold = survivors.iter().map(merge).collect();
            changes
        };
        for (survivors, seen, expected) in [
            (&["60"][..], vec![gone("58")], Some("60")),
            (&["60"], vec![], None),
            (&["60"], vec![gone("58"), gone("59")], None),
            (&["60", "61"], vec![gone("58")], None),
        ] {
            let mut changes = told(survivors);
            assert_eq!(changes.untold_since(), Some(at("2026-05-01T09:55:01Z")));
            changes.take_in(&seen);
            let into = changes.merged.get(&object("58")).map(ObjectId::as_str);
            assert_eq!(into, expected, "{survivors:?} {seen:?}");
            assert!(seen.iter().all(|gone| changes.at.contains_key(&gone.id)));
        }
    }
}
