//! How payments are pulled, one item for each company, and which pulls are due.

use domain::history::HistoryLine;
use domain::id::{CompanyId, TenantId};
use domain::pull::{Pull, SCHEMA};
use jiff::Timestamp;

use super::index::Index;
use super::item::{Item, decode, encode, text_of};
use super::keys::{Key, PK, PULL, PULL_PARTITIONS, SK, pull_due_key, pull_partition, tenant_of};
use super::read::at_most;
use super::write::revision_is;
use super::{Error, Table};

/// Some of the pulls that are due.
#[derive(Debug, Clone, PartialEq)]
pub struct DuePage {
    /// Whose, into which company, and since when; the longest due first.
    pub due: Vec<(TenantId, CompanyId, Timestamp)>,
    /// Where the next page begins; absent when there is none.
    pub next: Option<DuePlace>,
}

/// Where a page of the due pulls begins.
#[derive(Debug, Clone, PartialEq)]
pub struct DuePlace {
    partition: u8,
    after: Option<Item>,
}

impl DuePlace {
    /// Where looking begins.
    pub const FIRST: Self = Self { partition: 0, after: None };
}

impl Table {
    /// How a company's payments are pulled, if anyone ever said.
    pub async fn pull(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
    ) -> Result<Option<Pull>, Error> {
        let item = self.get(Key::pull(tenant, company)).await?;
        item.map(|item| decode(item, tenant, SCHEMA)).transpose()
    }

    /// Stores a pull that carries the revision it will have, with a line of history if people should know. False: somebody
    /// else changed it meanwhile.
    pub async fn put_pull(
        &self,
        tenant: &TenantId,
        pull: &Pull,
        line: Option<&HistoryLine>,
    ) -> Result<bool, Error> {
        let condition = revision_is(pull.revision.saturating_sub(1));
        let mut writes = vec![self.put(encode_pull(tenant, pull), Some(&condition))];
        writes.extend(line.map(|line| self.history_write(tenant, line)));
        self.transact_first(tenant, pull, SCHEMA, writes).await
    }

    /// Pulls that were due before `before`, over all tenants. It asks an index, which may lag: what is missed now is found
    /// the next time, and what is found is looked at again anyway.
    pub async fn pulls_due(
        &self,
        before: Timestamp,
        limit: u32,
        place: &DuePlace,
    ) -> Result<DuePage, Error> {
        let answer = self
            .under_before(Index::ByState, &pull_due_key(place.partition), before)
            .set_exclusive_start_key(place.after.clone())
            .limit(at_most(limit))
            .send()
            .await?;
        let read = |item: &Item| {
            let tenant = tenant_of(text_of(item, PK)?)?;
            let company = CompanyId::parse(text_of(item, SK)?.strip_prefix(PULL)?).ok()?;
            Some((tenant, company, text_of(item, Index::ByState.time())?.parse().ok()?))
        };
        let due = answer.items.unwrap_or_default().iter().filter_map(read).collect();
        let last = place.partition + 1 == PULL_PARTITIONS;
        let next = match answer.last_evaluated_key {
            Some(after) => Some(DuePlace { partition: place.partition, after: Some(after) }),
            None if last => None,
            None => Some(DuePlace { partition: place.partition + 1, after: None }),
        };
        Ok(DuePage { due, next })
    }
}

fn encode_pull(tenant: &TenantId, pull: &Pull) -> Item {
    let mut item = encode(pull, Key::pull(tenant, &pull.company));
    if let Some(due) = pull.due_at {
        Index::ByState.place(&mut item, pull_due_key(pull_partition(tenant)), due);
    }
    item
}
