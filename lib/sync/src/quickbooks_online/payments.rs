//! Payments of bills as QuickBooks Online tells them.

use std::collections::BTreeSet;

use domain::id::ObjectId;
use domain::issued::{Linked, Named, PayType, Seen};
use domain::money::Currency;
use jiff::Timestamp;
use quickbooks::entity::{Bill, BillPayType, BillPayment, DateTime, Ref};
use quickbooks::{Access, Change, Changes, Client, Direction, EntityKind, Error, Field, Op, Query};
use rust_decimal::Decimal;

use super::lists::WATCHED;
use super::{id, last_changed, object_id};

/// Rows of one page; the most QuickBooks gives.
const PAGE: u32 = 1000;
/// Ids asked for when nothing but their being there is wanted. A statement of them has about two kilobytes.
pub(crate) const IDS_TO_FIND: usize = 150;

/// What changed, as far as payments are concerned.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// Payments as they are now.
    pub(crate) payments: Vec<Seen>,
    /// Payments that were deleted.
    pub(crate) deleted: Vec<ObjectId>,
    /// Bills that changed too, as paying one does.
    pub(crate) bills: Vec<BillNow>,
    /// Payments that cannot be understood.
    pub(crate) unreadable: Vec<ObjectId>,
}

/// A bill as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BillNow {
    /// Its id.
    pub(crate) id: ObjectId,
    /// Its number.
    pub(crate) doc_number: Option<String>,
    /// What is open on it.
    pub(crate) balance: Option<Decimal>,
}

/// A page of payments in the order of their changes.
pub(crate) struct PaymentsPage {
    /// The payments; nothing is deleted among them, and no bills.
    pub(crate) changed: Changed,
    /// How many rows it had.
    pub(crate) rows: u32,
    /// When the last of them changed.
    pub(crate) last: Option<Timestamp>,
    /// Whether another page follows.
    pub(crate) goes_on: bool,
    /// When QuickBooks answered, by its own clock.
    pub(crate) time: Option<Timestamp>,
}

/// Whose changes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Payments, the bills they are on, and the lists that links and choices are of: all for one metered read.
    All,
    /// Payments alone, since an answer has room for a thousand objects.
    Payments,
}

/// Asks what changed since a moment. One metered read. An answer that is [full](Changes::is_full) may lack something.
pub(crate) async fn changes(
    client: &Client,
    access: &Access,
    asked: Asked,
    since: Timestamp,
) -> Result<Changes, Error> {
    let mut kinds = vec![EntityKind::BillPayment];
    if asked == Asked::All {
        kinds.push(EntityKind::Bill);
        kinds.extend(WATCHED.iter().map(|(_, kind)| *kind));
    }
    client.changes(access, &kinds, since).await
}

/// What an answer says of payments.
pub(crate) fn changed(changes: &Changes, home: &Currency) -> Result<Changed, Error> {
    let mut changed = Changed::default();
    for change in changes.of::<BillPayment>()? {
        match change {
            Change::Is(payment) => changed.take(&payment, home),
            Change::Deleted { id, .. } => changed.deleted.extend(object_id(&id)),
        }
    }
    for change in changes.each::<Bill>().flatten() {
        if let Change::Is(bill) = change {
            changed.bills.extend(bill_now(bill));
        }
    }
    Ok(changed)
}

/// Payments that changed from a moment on, beginning with a certain one, counted from 1. One metered read.
pub(crate) async fn page(
    client: &Client,
    access: &Access,
    home: &Currency,
    from: Timestamp,
    start: u32,
) -> Result<PaymentsPage, Error> {
    let query = Query::<BillPayment>::new()
        .filter(Field::UPDATED, Op::Ge, from)
        .order_by(Field::UPDATED, Direction::Ascending)
        .order_by(Field::ID, Direction::Ascending)
        .start(start)
        .max(PAGE);
    let page = client.query(access, &query).await?;
    let mut changed = Changed::default();
    page.objects.iter().for_each(|payment| changed.take(payment, home));
    Ok(PaymentsPage {
        rows: u32::try_from(page.objects.len()).unwrap_or(u32::MAX),
        last: page.objects.last().and_then(changed_at),
        goes_on: page.next_start.is_some(),
        time: page.time,
        changed,
    })
}

/// Bills by their ids; those that are gone are missing. One metered read for 40.
pub(crate) async fn bills(
    client: &Client,
    access: &Access,
    wanted: &[ObjectId],
) -> Result<Vec<BillNow>, Error> {
    let ids: Vec<_> = wanted.iter().map(id).collect();
    let ids = ids.iter().map(quickbooks::ObjectId::as_str);
    let query = Query::<Bill>::new().one_of(Field::ID, ids).max(PAGE);
    let found = client.query(access, &query).await?.objects;
    Ok(found.into_iter().filter_map(bill_now).collect())
}

/// Payments by their ids; those that are gone count as deleted. One metered read for [`IDS_TO_FIND`].
pub(crate) async fn payments(
    client: &Client,
    access: &Access,
    home: &Currency,
    wanted: &[ObjectId],
) -> Result<Changed, Error> {
    let ids: Vec<_> = wanted.iter().map(id).collect();
    let ids = ids.iter().map(quickbooks::ObjectId::as_str);
    let query = Query::<BillPayment>::new().one_of(Field::ID, ids).max(PAGE);
    let found = client.query(access, &query).await?.objects;
    let there: BTreeSet<ObjectId> =
        found.iter().filter_map(|payment| object_id(payment.id.as_ref()?)).collect();
    let deleted = wanted.iter().filter(|id| !there.contains(id)).cloned().collect();
    let mut changed = Changed { deleted, ..Changed::default() };
    found.iter().for_each(|payment| changed.take(payment, home));
    Ok(changed)
}

impl Changed {
    /// Takes out what concerns these payments.
    pub(crate) fn split_off(&mut self, ids: &[ObjectId]) -> Self {
        Self {
            payments: self.payments.extract_if(.., |payment| ids.contains(&payment.id)).collect(),
            deleted: self.deleted.extract_if(.., |id| ids.contains(id)).collect(),
            bills: Vec::new(),
            unreadable: self.unreadable.extract_if(.., |id| ids.contains(id)).collect(),
        }
    }

    fn take(&mut self, payment: &BillPayment, home: &Currency) {
        match seen(payment, home) {
            Some(seen) => self.payments.push(seen),
            None => self.unreadable.extend(payment.id.as_ref().and_then(object_id)),
        }
    }
}

/// A payment in ledger terms; absent if something is missing without which it cannot be told.
fn seen(payment: &BillPayment, home: &Currency) -> Option<Seen> {
    let times = payment.meta_data.as_ref()?;
    let lines = payment.applied().map(|applied| {
        let kind = String::from(applied.txn_type);
        Some(Linked { kind, id: object_id(&applied.id)?, amount: applied.amount? })
    });
    let currency = payment.currency_ref.as_ref().map(|currency| currency.value.as_str());
    Some(Seen {
        id: object_id(payment.id.as_ref()?)?,
        sync_token: payment.sync_token.as_ref()?.as_str().to_owned(),
        entered_at: times.create_time.as_ref().and_then(DateTime::timestamp)?,
        changed_at: changed_at(payment)?,
        doc_number: payment.doc_number.clone(),
        date: payment.txn_date,
        pay_type: match payment.pay_type {
            Some(BillPayType::CreditCard) => PayType::CreditCard,
            _ => PayType::Check,
        },
        account: payment.pay_account().and_then(named),
        vendor: named(payment.vendor_ref.as_ref()?)?,
        currency: currency.map_or_else(|| Some(home.clone()), Currency::parse)?,
        total: payment.total_amt?,
        memo: payment.private_note.clone(),
        voided: payment.is_voided(),
        lines: lines.collect::<Option<_>>()?,
    })
}

fn changed_at(payment: &BillPayment) -> Option<Timestamp> {
    last_changed(payment.meta_data.as_ref())
}

fn named(reference: &Ref) -> Option<Named> {
    let id = ObjectId::parse(reference.value.as_str()).ok()?;
    Some(Named { id, name: reference.name.clone() })
}

fn bill_now(bill: Bill) -> Option<BillNow> {
    let id = object_id(bill.id.as_ref()?)?;
    Some(BillNow { id, doc_number: bill.doc_number, balance: bill.balance })
}
