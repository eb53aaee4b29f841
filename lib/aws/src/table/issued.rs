//! Issued payments, and the bills of ours by which they are recognised.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::history::HistoryLine;
use domain::id::{CompanyId, ObjectId, TenantId};
use domain::issued::{IssuedId, IssuedPayment, SCHEMA};
use domain::ledger::ObjectKind;
use domain::posting::{self, Posting, PostingKey, Workflow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::item::{decode, encode, key_item, text_of};
use super::keys::{Key, POSTING, SK, issued_prefix, late_bill_prefix};
use super::posting::MadeBill;
use super::read::{BATCH, at_most};
use super::write::{Expression, Refusal, absent, present, revision_is};
use super::{Error, Table};

/// Layout of a stored pointer.
pub(super) const BILL_SCHEMA: u32 = 1;
/// Bills whose answer was lost, seen to by one pull; there is rarely one.
const LATE_AT_MOST: i32 = 100;

/// What became of writing issued payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// All are stored.
    Done,
    /// Somebody else changed one of them meanwhile; none is stored.
    Changed,
}

/// A part of a company's issued payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedPage {
    /// The payments, by their id as text.
    pub payments: Vec<IssuedPayment>,
    /// The id behind which the next page begins; absent when there is none.
    pub next: Option<ObjectId>,
}

/// Says which posting made a bill.
#[derive(Debug, Serialize, Deserialize)]
struct BillItem {
    schema: u32,
    posting: PostingKey,
    id: ObjectId,
}

/// Says that a bill was unknown for a while.
#[derive(Debug, Serialize, Deserialize)]
struct LateBillItem {
    schema: u32,
    id: ObjectId,
    unknown_since: Timestamp,
}

impl Table {
    /// Payments per transaction, each with its line of history.
    pub const ISSUED_AT_ONCE: usize = 40;

    /// Those of the payments that are known.
    pub async fn issued(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        payments: &[ObjectId],
    ) -> Result<BTreeMap<ObjectId, IssuedPayment>, Error> {
        let mut known = BTreeMap::new();
        for batch in payments.chunks(BATCH) {
            let id = |payment: &ObjectId| IssuedId {
                company: company.clone(),
                payment: payment.clone(),
            };
            let keys = batch.iter().map(|payment| key_item(Key::issued(tenant, &id(payment))));
            for item in self.get_batch(keys.collect()).await? {
                let payment: IssuedPayment = decode(item, tenant, SCHEMA)?;
                known.insert(payment.id.payment.clone(), payment);
            }
        }
        Ok(known)
    }

    /// Stores payments, each carrying the revision it will have, with their lines of history: all or none, and at most
    /// [`Table::ISSUED_AT_ONCE`].
    pub async fn put_issued(
        &self,
        tenant: &TenantId,
        payments: &[(IssuedPayment, HistoryLine)],
    ) -> Result<Put, Error> {
        let writes = payments.iter().flat_map(|(payment, line)| {
            let condition = revision_is(payment.revision.saturating_sub(1));
            let item = encode(payment, Key::issued(tenant, &payment.id));
            [self.put(item, Some(&condition)), self.history_write(tenant, line)]
        });
        let failed = match self.transact(writes.collect()).await {
            Ok(()) => return Ok(Put::Done),
            Err(Refusal::Contended) => return Ok(Put::Changed),
            Err(Refusal::Table(error)) => return Err(error),
            Err(Refusal::Conditions(failed)) => failed,
        };
        // The echo of our own write, whose answer was lost: every payment is stored as we wrote it.
        let mut stored = failed.into_iter().step_by(2);
        for (payment, _) in payments {
            let Some(Some(item)) = stored.next().flatten() else { return Ok(Put::Changed) };
            if decode::<IssuedPayment>(item, tenant, SCHEMA)? != *payment {
                return Ok(Put::Changed);
            }
        }
        Ok(Put::Done)
    }

    /// Forgets a payment as it was seen.
    pub async fn remove_issued(
        &self,
        tenant: &TenantId,
        payment: &IssuedPayment,
        line: &HistoryLine,
    ) -> Result<Put, Error> {
        let key = Key::issued(tenant, &payment.id);
        let writes = vec![
            self.delete(key, &revision_is(payment.revision)),
            self.history_write(tenant, line),
        ];
        match self.transact(writes).await {
            Ok(()) => Ok(Put::Done),
            Err(Refusal::Contended | Refusal::Conditions(_)) => Ok(Put::Changed),
            Err(Refusal::Table(error)) => Err(error),
        }
    }

    /// At most `limit` of a company's payments, behind the id where an earlier page ended.
    pub async fn issued_page(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        limit: u32,
        after: Option<&ObjectId>,
    ) -> Result<IssuedPage, Error> {
        let prefix = issued_prefix(company);
        let start = after.map(|id| key_item(Key::sorted(tenant, &format!("{prefix}{id}"))));
        let answer = self
            .with_prefix(tenant, &prefix)
            .set_exclusive_start_key(start)
            .limit(at_most(limit))
            .send()
            .await?;
        let next = answer.last_evaluated_key.as_ref();
        let next =
            next.and_then(|key| ObjectId::parse(text_of(key, SK)?.strip_prefix(&prefix)?).ok());
        let items = answer.items.unwrap_or_default().into_iter();
        let payments = items.map(|item| decode(item, tenant, SCHEMA)).collect::<Result<_, _>>()?;
        Ok(IssuedPage { payments, next })
    }

    /// Which of the bills ledgerbridge posted, and by which posting.
    pub async fn our_bills(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        bills: &[ObjectId],
    ) -> Result<BTreeMap<ObjectId, PostingKey>, Error> {
        let mut ours = BTreeMap::new();
        for batch in bills.chunks(BATCH) {
            let keys = batch.iter().map(|bill| key_item(Key::bill(tenant, company, bill)));
            for item in self.get_batch(keys.collect()).await? {
                let BillItem { id, posting, .. } = decode(item, tenant, BILL_SCHEMA)?;
                ours.insert(id, posting);
            }
        }
        Ok(ours)
    }

    /// Notes which posting made each living bill of a company. Bills that an earlier version posted lack that note.
    pub async fn note_bills(&self, tenant: &TenantId, company: &CompanyId) -> Result<(), Error> {
        let prefix = format!("{POSTING}{}#", Workflow::AgentExpense.as_str());
        let mut pages = self.with_prefix(tenant, &prefix).into_paginator().send();
        while let Some(page) = pages.next().await {
            let mut bills = BTreeMap::new();
            for item in page?.items.unwrap_or_default() {
                let posting: Posting = decode(item, tenant, posting::SCHEMA)?;
                if let Some(bill) = posting.object(ObjectKind::Bill, company) {
                    bills.insert(bill.id.clone(), posting.key.clone());
                }
            }
            let ids: Vec<ObjectId> = bills.keys().cloned().collect();
            let known = self.our_bills(tenant, company, &ids).await?;
            for (id, posting) in bills.into_iter().filter(|(id, _)| !known.contains_key(id)) {
                let key = Key::bill(tenant, company, &id);
                let item = encode(&BillItem { schema: BILL_SCHEMA, posting, id }, key);
                self.put_alone(item).await?;
            }
        }
        Ok(())
    }

    /// Bills that were there for a while without our knowing it, and since when: payments on them may have been passed
    /// over.
    pub async fn late_bills(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
    ) -> Result<Vec<(ObjectId, Timestamp)>, Error> {
        let answer =
            self.with_prefix(tenant, &late_bill_prefix(company)).limit(LATE_AT_MOST).send().await?;
        let items = answer.items.unwrap_or_default().into_iter();
        let read = |item| {
            let LateBillItem { id, unknown_since, .. } = decode(item, tenant, BILL_SCHEMA)?;
            Ok((id, unknown_since))
        };
        items.map(read).collect()
    }

    /// Forgets that a bill was unknown for a while: its payments were looked for.
    pub async fn forget_late_bill(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        bill: &ObjectId,
    ) -> Result<(), Error> {
        let there_or_not = Expression::new(format!("{} OR {}", absent().text(), present().text()));
        let delete = self.delete(Key::late_bill(tenant, company, bill), &there_or_not);
        self.transact(vec![delete]).await.map_err(Refusal::into_error)
    }

    /// Notes which posting made a bill, as a part of a transaction.
    pub(super) fn bill_writes(
        &self,
        tenant: &TenantId,
        posting: &PostingKey,
        made: &MadeBill,
    ) -> Vec<TransactWriteItem> {
        let MadeBill { bill, unknown_since } = made;
        let id = bill.id.clone();
        let item = BillItem { schema: BILL_SCHEMA, posting: posting.clone(), id: id.clone() };
        let late = unknown_since.map(|unknown_since| {
            let late = LateBillItem { schema: BILL_SCHEMA, id: id.clone(), unknown_since };
            self.put(encode(&late, Key::late_bill(tenant, &bill.company, &id)), None)
        });
        let item = self.put(encode(&item, Key::bill(tenant, &bill.company, &id)), None);
        std::iter::once(item).chain(late).collect()
    }
}
