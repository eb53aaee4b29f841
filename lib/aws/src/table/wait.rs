//! Who waits for a condition, oldest first.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use domain::id::TenantId;
use domain::posting::{Posting, PostingKey};
use jiff::Timestamp;
use serde::Serialize;

use super::item::{Item, encode, key_item, text_of};
use super::keys::{Key, SK, instant, wait_prefix};
use super::read::at_most;
use super::{Error, ROUNDS, Table};

/// Layout of a stored waiting item.
const SCHEMA: u32 = 1;
/// Items that one BatchWriteItem takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
const BATCH: usize = 25;

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
            let deletes = batch.iter().map(|waiting| {
                let key = key_item(Key::sorted(tenant, &waiting.sort_key));
                let delete = DeleteRequest::builder().set_key(Some(key)).build();
                let delete = delete.expect("the key is given");
                WriteRequest::builder().delete_request(delete).build()
            });
            self.write_batch(deletes.collect()).await?;
        }
        Ok(())
    }

    async fn write_batch(&self, writes: Vec<WriteRequest>) -> Result<(), Error> {
        let mut pending = HashMap::from([(self.name.clone(), writes)]);
        for _ in 0..ROUNDS {
            let answer =
                self.client.batch_write_item().set_request_items(Some(pending)).send().await?;
            pending = answer.unprocessed_items.unwrap_or_default();
            if pending.is_empty() {
                return Ok(());
            }
        }
        Err(Error::Unavailable("DynamoDB left items unwritten".into()))
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
