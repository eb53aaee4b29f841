//! Who waits for a condition, oldest first.

use domain::id::TenantId;
use domain::posting::{Posting, PostingKey};
use jiff::Timestamp;
use serde::Serialize;

use super::item::{Item, encode, text_of};
use super::keys::{Key, SK, instant, wait_prefix};
use super::layout::refused;
use super::read::at_most;
use super::write::BATCH;
use super::{Error, Table};

/// Layout of a stored waiting item.
pub(super) const SCHEMA: u32 = 1;

/// A posting that waits for a condition, or did: whoever wakes it looks at the posting itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Names the waiting item, for [`Table::forget_waiting`].
    pub sort_key: String,
    /// The posting.
    pub posting: PostingKey,
}

/// The item says nothing beyond its key.
#[derive(Serialize)]
struct WaitingItem {
    schema: u32,
}

impl Table {
    /// Who has waited for a condition (or for its text) since before `before`, the longest waiting first, at most
    /// `limit` of them.
    pub async fn waiting(
        &self,
        tenant: &TenantId,
        condition: impl std::fmt::Display,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, Error> {
        let prefix = wait_prefix(&condition.to_string());
        let end = format!("{prefix}{}", instant(before));
        let answer = self.between(tenant, &prefix, &end).limit(at_most(limit)).send().await?;
        answer.items.unwrap_or_default().iter().map(|item| read(item, &prefix)).collect()
    }

    /// Forgets those who have been woken.
    pub async fn forget_waiting(&self, tenant: &TenantId, woken: &[Waiting]) -> Result<(), Error> {
        for batch in woken.chunks(BATCH) {
            let keys = batch.iter().map(|waiting| Key::sorted(tenant, &waiting.sort_key));
            if !self.delete_batch(keys.collect()).await? {
                return Err(Error::Unavailable("DynamoDB left items unwritten".into()));
            }
        }
        Ok(())
    }
}

/// The item by which a blocked posting is found again.
pub(super) fn encode_waiting(tenant: &TenantId, posting: &Posting) -> Item {
    let condition = posting.blocked_by.as_deref().expect("a blocked posting names its condition");
    let since = posting.blocked_since.expect("a blocked posting says since when it waits");
    encode(&WaitingItem { schema: SCHEMA }, Key::waiting(tenant, condition, since, &posting.key))
}

fn read(item: &Item, prefix: &str) -> Result<Waiting, Error> {
    let sort_key = text_of(item, SK).unwrap_or_default();
    if let Some(newer) = refused(item) {
        return Err(newer);
    }
    sort_key
        .strip_prefix(prefix)
        .and_then(|rest| rest.split_once('#'))
        .and_then(|(_since, posting)| PostingKey::parse(posting))
        .map(|posting| Waiting { sort_key: sort_key.to_owned(), posting })
        .ok_or_else(|| Error::Corrupt {
            item: sort_key.to_owned(),
            source: "it names no posting that this version knows".into(),
        })
}
