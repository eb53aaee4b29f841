//! What is told, or seen, to have changed in one list.

use std::collections::BTreeMap;

use domain::id::ObjectId;
use domain::link::Link;
use domain::notice::Notice;
use jiff::Timestamp;

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

    /// When the object of a link last changed, as far as it was told.
    pub(super) fn of_link(&self, link: &Link) -> Option<Timestamp> {
        self.at.get(&link.object_id).or_else(|| self.merged_untold.values().max()).copied()
    }

    /// What an entry that is gone may have been merged into.
    pub(super) fn survivor(&self, gone: &ObjectId) -> Option<&ObjectId> {
        let told = self.merged.get(gone);
        // Of several at once nobody can say which it was.
        let only = || (self.merged_untold.len() == 1).then(|| self.merged_untold.keys().next());
        told.or_else(|| only().flatten())
    }
}
