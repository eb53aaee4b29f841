//! Batches: what goes out in one call, stored before it does, and what is known of it since.

use domain::batch::{Batch, SCHEMA};
use domain::id::TenantId;

use super::item::{decode, encode};
use super::keys::Key;
use super::write::revision_is;
use super::{Error, Table};

impl Table {
    /// A batch, if it is there.
    pub async fn batch(&self, tenant: &TenantId, id: &str) -> Result<Option<Batch>, Error> {
        let item = self.get(Key::batch(tenant, id)).await?;
        item.map(|item| decode(item, tenant, SCHEMA)).transpose()
    }

    /// Writes a batch if the revision before it is what is stored: none, for the first. False: it is not, somebody else
    /// decided about it.
    pub async fn write_batch(&self, tenant: &TenantId, batch: &Batch) -> Result<bool, Error> {
        let item = encode(batch, Key::batch(tenant, &batch.id));
        let condition = revision_is(batch.revision.saturating_sub(1));
        self.put_ours(batch, item, &condition, |stored| decode(stored, tenant, SCHEMA)).await
    }
}
