//! The meter: what each tenant read in a month, and where the month stands on the ladder.
//!
//! A tenant's reads are one item, to which each event adds what it read. The items of a month lie together in a few
//! partitions, so the deployment's total is the sum of what is found there: it is never written, and no key is hot.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::TenantId;
use domain::meter::{Days, LADDER_SCHEMA, Ladder, Month, SCHEMA, TenantReads};
use jiff::SignedDuration;

use super::item::{Item, decode_shared, encode, name_of, number, text, text_of};
use super::keys::{Key, METER_PARTITIONS, PK, meter_partition};
use super::layout::refused;
use super::write::{Expression, absent, present, revision_is};
use super::{Error, Table};

/// How long after its end a month can be looked at.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

impl Table {
    /// Adds what a tenant read on a day of a month, counted from 0. Should an answer be lost, the SDK adds it again: too
    /// much is better than too little.
    pub async fn count_reads(
        &self,
        tenant: &TenantId,
        month: Month,
        day: usize,
        reads: u64,
    ) -> Result<(), Error> {
        let key = Key::meter(month, tenant);
        let change = Expression::new(format!(
            "ADD #{} :reads SET #schema = :schema, #tenant = :tenant, #expires_at = :expires_at",
            attribute(day)
        ))
        .value(":reads", number(reads))
        .value(":schema", number(SCHEMA.into()))
        .value(":tenant", text(tenant.as_str()))
        .value(":expires_at", expiry(month));
        // The first of the month makes the item; that it is not newer is asked of every write.
        let whatever_is_there =
            Expression::new(format!("{} OR {}", absent().text(), present().text()));
        self.change(key, &change, &whatever_is_there).await.map(|_| ())
    }

    /// What one tenant read in a month, if anything.
    pub async fn tenant_reads(
        &self,
        tenant: &TenantId,
        month: Month,
    ) -> Result<Option<TenantReads>, Error> {
        let item = self.get(Key::meter(month, tenant)).await?;
        item.map(|item| read(&item)).transpose()
    }

    /// What every tenant read in a month, in no order. Tenants who read nothing are not there.
    pub async fn month_reads(&self, month: Month) -> Result<Vec<TenantReads>, Error> {
        let mut reads = Vec::new();
        for partition in 0..METER_PARTITIONS {
            let mut start = None;
            loop {
                let page = self
                    .client
                    .query()
                    .table_name(&self.name)
                    .key_condition_expression("#pk = :pk")
                    .expression_attribute_names("#pk", PK)
                    .expression_attribute_values(":pk", text(meter_partition(month, partition)))
                    .set_exclusive_start_key(start)
                    .send()
                    .await?;
                for item in page.items.unwrap_or_default() {
                    reads.push(read(&item)?);
                }
                start = page.last_evaluated_key;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(reads)
    }

    /// Where a month stands on the ladder, if it left the lowest step.
    pub async fn ladder(&self, month: Month) -> Result<Option<Ladder>, Error> {
        let item = self.get(Key::ladder(month)).await?;
        item.map(ladder_of).transpose()
    }

    /// Stores where a month stands, which carries the revision it will have. False: somebody else was faster.
    pub async fn put_ladder(&self, ladder: &Ladder) -> Result<bool, Error> {
        let mut item = encode(ladder, Key::ladder(ladder.month));
        item.insert("expires_at".to_owned(), expiry(ladder.month));
        let condition = revision_is(ladder.revision.saturating_sub(1));
        self.put_ours(ladder, item, &condition, ladder_of).await
    }
}

/// A ladder from its item.
pub(crate) fn ladder_of(item: Item) -> Result<Ladder, Error> {
    decode_shared(item, LADDER_SCHEMA)
}

fn read(item: &Item) -> Result<TenantReads, Error> {
    if let Some(newer) = refused(item) {
        return Err(newer);
    }
    let corrupt =
        |source: &'static str| Error::Corrupt { item: name_of(item), source: source.into() };
    let tenant = text_of(item, "tenant").and_then(|tenant| TenantId::parse(tenant).ok());
    let tenant = tenant.ok_or_else(|| corrupt("it names no tenant"))?;
    let mut days = Days::default();
    for (day, reads) in days.0.iter_mut().enumerate() {
        if let Some(count) = item.get(&attribute(day)) {
            let count = count.as_n().ok().and_then(|count| count.parse().ok());
            *reads = count.ok_or_else(|| corrupt("a day's reads are no number"))?;
        }
    }
    Ok(TenantReads { tenant, days })
}

/// The attribute that counts a day's reads, the first of a month being 0.
fn attribute(day: usize) -> String {
    format!("day_{:02}", day + 1)
}

fn expiry(month: Month) -> AttributeValue {
    number(u64::try_from((month.end() + KEPT).as_second()).unwrap_or(u64::MAX))
}
