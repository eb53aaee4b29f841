//! Postings left behind: owned by an invocation that died, or posted without having woken who waits for them.

use domain::id::TenantId;
use domain::posting::PostingKey;
use jiff::Timestamp;

use super::index::Index;
use super::item::text_of;
use super::keys::{PK, POSTING, SK, UNFINISHED_PARTITIONS, tenant_of, unfinished_key};
use super::read::at_most;
use super::{Error, Table};

impl Table {
    /// Postings that are unfinished and were last written before `before`, at most about `limit` of them. It asks an
    /// index, which may lag: who is missed now is found the next time, and who is found is looked at again anyway.
    pub async fn unfinished(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TenantId, PostingKey)>, Error> {
        let mut found = Vec::new();
        for partition in 0..UNFINISHED_PARTITIONS {
            let answer = self
                .under_before(Index::ByState, &unfinished_key(partition), before)
                .limit(at_most(limit.div_ceil(UNFINISHED_PARTITIONS.into())))
                .send()
                .await?;
            found.extend(answer.items.unwrap_or_default().iter().filter_map(|item| {
                let key = text_of(item, SK)?.strip_prefix(POSTING)?;
                Some((tenant_of(text_of(item, PK)?)?, PostingKey::parse(key)?))
            }));
        }
        Ok(found)
    }
}
