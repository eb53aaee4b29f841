//! A tenant's postings in one state, the longest waiting first.

use std::collections::BTreeMap;

use domain::id::TenantId;
use domain::posting::{self, Posting, PostingKey, State};
use domain::record::RecordKind;
use jiff::Timestamp;

use super::index::Index;
use super::item::{Item, decode, key_item, text_of};
use super::keys::{Key, POSTING, SK, instant, state_key};
use super::read::{BATCH, at_most};
use super::{Error, Table};

/// A part of the postings in one state.
#[derive(Debug, Clone, PartialEq)]
pub struct PostingsPage {
    /// The postings, the longest waiting first.
    pub postings: Vec<Posting>,
    /// Where the next page begins; absent when there is none.
    pub next: Option<Place>,
}

/// Where a posting is in the line of its state. The next page begins behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    since: String,
    posting: String,
}

impl Place {
    /// Reads [`Place::as_text`] back.
    pub fn parse(text: &str) -> Option<Self> {
        let (since, posting) = text.split_once('#')?;
        let known = since.parse::<Timestamp>().is_ok_and(|time| instant(time) == since)
            && PostingKey::parse(posting).is_some();
        known.then(|| Self { since: since.to_owned(), posting: posting.to_owned() })
    }

    /// The place as text.
    pub fn as_text(&self) -> String {
        format!("{}#{}", self.since, self.posting)
    }

    fn of(item: &Item) -> Option<Self> {
        let since = text_of(item, "state_since")?.to_owned();
        let posting = text_of(item, SK)?.strip_prefix(POSTING)?.to_owned();
        Some(Self { since, posting })
    }
}

impl Table {
    /// At most `limit` (up to 100) postings in a state, behind `after`. An index says which they may be and the table
    /// which they are, so a page can be short, or empty, and still have a next one.
    ///
    /// Not for [`State::Posting`], which is found over all tenants ([`Table::unfinished`]), nor for what is at rest.
    pub async fn postings_in(
        &self,
        tenant: &TenantId,
        state: State,
        kind: Option<RecordKind>,
        limit: u32,
        after: Option<&Place>,
    ) -> Result<PostingsPage, Error> {
        let state_key = state_key(tenant, state);
        let start = after.map(|place| {
            let sort_key = format!("{POSTING}{}", place.posting);
            let mut start = key_item(Key::sorted(tenant, &sort_key));
            Index::ByState.place_as(&mut start, &state_key, &place.since);
            start
        });
        let answer = self
            .under(Index::ByState, &state_key)
            .set_exclusive_start_key(start)
            .limit(at_most(limit))
            .send()
            .await?;
        let next = answer.last_evaluated_key.as_ref().and_then(Place::of);
        let found: Vec<PostingKey> = answer
            .items
            .unwrap_or_default()
            .iter()
            .filter_map(|item| PostingKey::parse(text_of(item, SK)?.strip_prefix(POSTING)?))
            .filter(|key| kind.is_none_or(|kind| key.record == kind))
            .collect();
        let mut stored = BTreeMap::new();
        for batch in found.chunks(BATCH) {
            let keys = batch.iter().map(|key| key_item(Key::posting(tenant, key)));
            for item in self.get_batch(keys.collect()).await? {
                // One that cannot be read hides no other. It is found with the dead letters, once somebody worked on it.
                if let Ok(posting) = decode::<Posting>(item, tenant, posting::SCHEMA) {
                    stored.insert(posting.key.clone(), posting);
                }
            }
        }
        let postings = found.iter().filter_map(|key| stored.remove(key));
        Ok(PostingsPage { postings: postings.filter(|p| p.state == state).collect(), next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_place_that_a_posting_can_have_is_read() {
        let good = "2026-03-01T08:00:00.000000Z#agent_billing#bill#B1";
        assert_eq!(Place::parse(good).unwrap().as_text(), good);
        for bad in [
            "",
            "2026-03-01T08:00:00Z#agent_billing#bill#B1",
            "2026-03-01T08:00:00.000000Z#agent_billing#bill#B/1",
            "2026-03-01T08:00:00.000000Z#B1",
            "T#other",
        ] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
    }
}
