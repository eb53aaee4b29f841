//! Links, and the claims that keep one QuickBooks object from standing for two host objects.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::id::{CompanyId, ObjectId, TenantId};
use domain::link::{Link, LinkKey, ListKind};
use serde::{Deserialize, Serialize};

use super::item::{Item, decode, encode, key_item, text};
use super::keys::Key;
use super::read::BATCH;
use super::write::{Expression, Refusal, Stored, absent};
use super::{Error, Keys, Table};

/// Layout of a stored claim.
pub(super) const CLAIM_SCHEMA: u32 = 1;

/// Whether a link was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is made, or was there.
    Done,
    /// The link of this key stands in the way: another host object has the QuickBooks object or, when it is the
    /// link's own key, the host object already has another one.
    TakenBy(LinkKey),
}

/// Says for whom a QuickBooks object stands.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ObjectClaim {
    schema: u32,
    pub(super) key: LinkKey,
    object_id: ObjectId,
}

impl Table {
    /// Makes a link unless something stands in its way.
    pub async fn claim_link(&self, tenant: &TenantId, link: &Link) -> Result<Claim, Error> {
        match self.transact(self.link_writes(tenant, link).into()).await {
            Ok(()) => Ok(Claim::Done),
            Err(Refusal::Conditions(failed)) => {
                taken_by(tenant, link, failed.into_iter()).map(Claim::TakenBy)
            }
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// The links that lead to these QuickBooks objects.
    pub async fn links_to(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        kind: ListKind,
        objects: &[ObjectId],
    ) -> Result<Vec<Link>, Error> {
        let mut links = BTreeSet::new();
        for batch in objects.chunks(BATCH) {
            let keys = batch.iter().map(|id| key_item(Key::object(tenant, company, kind, id)));
            for item in self.get_batch(keys.collect()).await? {
                links.insert(decode::<ObjectClaim>(item, tenant, CLAIM_SCHEMA)?.key);
            }
        }
        let keys = Keys { company: Some(company.clone()), links, ..Keys::default() };
        Ok(self.load(tenant, &keys).await?.links.into_values().collect())
    }

    /// The link and its claim.
    pub(super) fn link_writes(&self, tenant: &TenantId, link: &Link) -> [TransactWriteItem; 2] {
        let unlinked = Expression::new(format!("{} OR #object_id = :object_id", absent().text()))
            .value(":object_id", text(link.object_id.as_str()));
        [
            self.put(encode_link(tenant, link), Some(&unlinked)),
            self.put(encode_claim(tenant, link), Some(&unclaimed(&link.key))),
        ]
    }
}

/// Nobody else has the QuickBooks object.
pub(super) fn unclaimed(key: &LinkKey) -> Expression {
    Expression::new(format!("{} OR #key.#host_id = :host_id", absent().text()))
        .value(":host_id", text(key.host_id.as_str()))
}

pub(super) fn encode_claim(tenant: &TenantId, link: &Link) -> Item {
    let claim = ObjectClaim {
        schema: CLAIM_SCHEMA,
        key: link.key.clone(),
        object_id: link.object_id.clone(),
    };
    encode(&claim, Key::object(tenant, &link.company, link.key.kind, &link.object_id))
}

/// Who is in the way of a link, from the refused conditions of [`Table::link_writes`].
pub(super) fn taken_by(
    tenant: &TenantId,
    link: &Link,
    mut failed: impl Iterator<Item = Option<Stored>>,
) -> Result<LinkKey, Error> {
    let _own_link = failed.next();
    match failed.next().flatten().flatten() {
        Some(item) => Ok(decode::<ObjectClaim>(item, tenant, CLAIM_SCHEMA)?.key),
        None => Ok(link.key.clone()),
    }
}

pub(super) fn encode_link(tenant: &TenantId, link: &Link) -> Item {
    encode(link, Key::link(tenant, &link.company, &link.key))
}
