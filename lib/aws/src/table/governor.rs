//! How far a company's moments for calls are reserved: one item, moved on by whoever reserves some.

use domain::governor::{Governor, SCHEMA};
use domain::id::TenantId;

use super::item::{decode, encode};
use super::keys::Key;
use super::write::revision_is;
use super::{Error, Table};

impl Table {
    /// Stores a governor that carries the revision it will have. Where somebody else was faster, the one that is stored;
    /// the inner absence means that there is none.
    pub async fn put_governor(
        &self,
        tenant: &TenantId,
        governor: &Governor,
    ) -> Result<Result<(), Option<Governor>>, Error> {
        let item = encode(governor, Key::governor(tenant, &governor.company));
        let condition = revision_is(governor.revision.saturating_sub(1));
        let Err(stored) = self.put_if(item, &condition).await? else { return Ok(Ok(())) };
        let stored: Option<Governor> =
            stored.map(|item| decode(item, tenant, SCHEMA)).transpose()?;
        // All of it agrees only with the echo of our own write, whose answer was lost.
        Ok(if stored.as_ref() == Some(governor) { Ok(()) } else { Err(stored) })
    }
}
