//! Storing what changed about payments, as far as it concerns bills of ours.

use std::collections::{BTreeMap, BTreeSet};

use aws::table::{Keys, Put, Table};
use domain::history::HistoryLine;
use domain::id::ObjectId;
use domain::issued::{self, Happened, IssuedPayment, Judged, Linked, OurBill, Seen};
use domain::ledger::{Object, ObjectKind};
use domain::posting::{Condition, PostingKey, State};
use domain::pull::Pull;
use rust_decimal::Decimal;

use super::{Counts, LOOKS, PullError};
use crate::posting::amend;
use crate::quickbooks_online::{self as back_end, BillNow, Changed, IDS_IN_ONE_QUERY};
use crate::reading::Reader;
use crate::{App, Error, wake};

type Known = BTreeMap<ObjectId, IssuedPayment>;
type Bills = BTreeMap<ObjectId, OurBill>;

/// Bills as QuickBooks told them while this was taken in.
type Told = BTreeMap<ObjectId, BillNow>;

/// Payments looked at in one go. When the time is up in between, those before are stored, so that however many bills
/// have to be asked for, each invocation gets further than the one before.
const AT_ONCE: usize = 200;

/// Stores what changed. Done twice, the second time finds everything as it is.
pub(super) async fn take_in(
    reader: &mut Reader<'_>,
    pull: &Pull,
    changed: &Changed,
    counts: &mut Counts,
) -> Result<(), PullError> {
    let all = changed.payments.len() + changed.deleted.len();
    counts.seen += u32::try_from(all).unwrap_or(u32::MAX);
    let mut told: Told = changed.bills.iter().map(|bill| (bill.id.clone(), bill.clone())).collect();
    for payments in changed.payments.chunks(AT_ONCE) {
        let part = Part { payments, deleted: &[] };
        take_in_part(reader, pull, part, &mut told, counts).await?;
    }
    for deleted in changed.deleted.chunks(AT_ONCE) {
        let part = Part { payments: &[], deleted };
        take_in_part(reader, pull, part, &mut told, counts).await?;
    }
    Ok(())
}

/// Some of what changed.
#[derive(Clone, Copy)]
struct Part<'a> {
    payments: &'a [Seen],
    deleted: &'a [ObjectId],
}

async fn take_in_part(
    reader: &mut Reader<'_>,
    pull: &Pull,
    part: Part<'_>,
    told: &mut Told,
    counts: &mut Counts,
) -> Result<(), PullError> {
    let ids = part.payments.iter().map(|payment| &payment.id).chain(part.deleted);
    let ids: Vec<ObjectId> = ids.cloned().collect();
    for _ in 0..LOOKS {
        let (app, tenant) = (reader.app, reader.tenant);
        let known = app.table.issued(tenant, &pull.company, &ids).await?;
        let bills = bills(reader, pull, part, &known, told).await?;
        let now = app.clock.now();
        let seen = part
            .payments
            .iter()
            .map(|seen| issued::judge(pull, known.get(&seen.id), seen, &bills, now));
        let gone = part.deleted.iter().map(|id| issued::gone(known.get(id), &bills, now));
        let news: Vec<(IssuedPayment, Happened)> = seen.chain(gone).filter_map(news).collect();
        if news.is_empty() {
            return Ok(());
        }
        // First what has to follow from it: whoever dies here begins anew, and finds this undone rather than lost.
        if news.iter().any(|(_, happened)| *happened != Happened::Created) {
            wake::waiting(app, tenant, &Condition::BillPayment.as_text()).await?;
        }
        note_balances(reader, &news, &bills).await?;
        if store(reader, news, counts).await? {
            return Ok(());
        }
    }
    Err(Error::Unavailable("the payments", "others change them all the time".into()).into())
}

/// The line of history about what happened to a payment.
pub(super) fn line(app: &App, payment: &IssuedPayment, happened: Happened) -> HistoryLine {
    let action = format!("payment_{}", happened.as_str());
    let mut of = payment.applied.iter().map(|applied| &applied.posting);
    let line = HistoryLine::about_tenant(app.clock.now(), &action, payment.describe(happened));
    let Some(first) = of.next().filter(|first| of.all(|other| other.id == first.id)) else {
        return line;
    };
    let (record, record_id) = (Some(first.record), Some(first.id.to_string()));
    HistoryLine { record, record_id, ..line }
}

fn news(judged: Judged) -> Option<(IssuedPayment, Happened)> {
    match judged {
        Judged::Store(payment, happened) => Some((*payment, happened)),
        Judged::Known | Judged::NotOurs => None,
    }
}

/// Those of our bills that matter, with what is open on them as far as somebody has to know it.
async fn bills(
    reader: &mut Reader<'_>,
    pull: &Pull,
    part: Part<'_>,
    known: &Known,
    told: &mut Told,
) -> Result<Bills, PullError> {
    let (app, tenant) = (reader.app, reader.tenant);
    let paid = |seen: &Seen| -> Vec<ObjectId> {
        let lines = seen.lines.iter().filter(|line| line.kind == Linked::BILL);
        lines.map(|line| line.id.clone()).collect()
    };
    let were_paid = |payment: &IssuedPayment| -> Vec<ObjectId> {
        payment.applied.iter().map(|applied| applied.bill.clone()).collect()
    };
    let mentioned: BTreeSet<ObjectId> =
        part.payments.iter().flat_map(paid).chain(known.values().flat_map(were_paid)).collect();
    let mentioned: Vec<ObjectId> = mentioned.into_iter().collect();
    let ours = app.table.our_bills(tenant, &pull.company, &mentioned).await?;
    let is_news = |seen: &&Seen| {
        let known = known.get(&seen.id);
        let is_same = known.is_some_and(|known| known.seen.sync_token == seen.sync_token);
        !is_same && (known.is_some() || pull.wants(seen.entered_at))
    };
    let of_news = part.payments.iter().filter(is_news).flat_map(|seen| {
        let before = known.get(&seen.id).map(were_paid).unwrap_or_default();
        paid(seen).into_iter().chain(before)
    });
    let of_deleted = part.deleted.iter().filter_map(|id| known.get(id)).flat_map(were_paid);
    let to_ask: BTreeSet<ObjectId> = of_news
        .chain(of_deleted)
        .filter(|bill| ours.contains_key(bill) && !told.contains_key(bill))
        .collect();
    let to_ask: Vec<ObjectId> = to_ask.into_iter().collect();
    for wanted in to_ask.chunks(IDS_IN_ONE_QUERY) {
        let asked = reader
            .ask(async |client, access| back_end::bills(client, access, wanted).await)
            .await?;
        let found = asked.map_err(|fault| Error::Unavailable("QuickBooks", Box::new(fault)))?;
        told.extend(found.into_iter().map(|bill| (bill.id.clone(), bill)));
    }
    let ours = ours.into_iter().map(|(id, posting)| {
        let bill = told.get(&id).cloned();
        let (doc_number, balance) = bill.map_or((None, None), |b| (b.doc_number, b.balance));
        (id, OurBill { posting, doc_number, balance })
    });
    Ok(ours.collect())
}

/// Notes in the postings what their bills have open now, since that is what people look at. One that somebody works on
/// learns it from its own answer.
async fn note_balances(
    reader: &Reader<'_>,
    news: &[(IssuedPayment, Happened)],
    bills: &Bills,
) -> Result<(), PullError> {
    let concerned = news.iter().flat_map(|(payment, _)| &payment.applied);
    let concerned: BTreeMap<&PostingKey, (&ObjectId, Decimal)> = concerned
        .filter_map(|applied| {
            Some((&applied.posting, (&applied.bill, bills.get(&applied.bill)?.balance?)))
        })
        .collect();
    let wanted: Vec<PostingKey> = concerned.keys().map(|key| (*key).clone()).collect();
    let (app, tenant) = (reader.app, reader.tenant);
    for wanted in wanted.chunks(LOADED_AT_ONCE) {
        let postings = wanted.iter().cloned().collect();
        let keys = Keys { postings, ..Keys::default() };
        let loaded = app.table.load(tenant, &keys).await?;
        for (key, mut posting) in loaded.postings {
            let Some((bill, balance)) = concerned.get(&key) else { continue };
            let is_bill = |object: &Object| object.kind == ObjectKind::Bill && object.id == **bill;
            let differs = |object: &Object| is_bill(object) && object.balance != Some(*balance);
            if posting.state != State::Posted || !posting.objects.iter().any(differs) {
                continue;
            }
            amend(app, tenant, &mut posting, |posting| {
                posting.updated_at = app.clock.now();
                for object in posting.objects.iter_mut().filter(|object| is_bill(object)) {
                    object.balance = Some(*balance);
                }
            })
            .await?;
        }
    }
    Ok(())
}

/// Postings that one round trip brings.
const LOADED_AT_ONCE: usize = 100;

/// Stores payments, many at once. False: somebody changed one of them meanwhile, so look again.
async fn store(
    reader: &Reader<'_>,
    news: Vec<(IssuedPayment, Happened)>,
    counts: &mut Counts,
) -> Result<bool, PullError> {
    let (app, tenant) = (reader.app, reader.tenant);
    let mut all = true;
    for news in news.chunks(Table::ISSUED_AT_ONCE) {
        let payments: Vec<(IssuedPayment, HistoryLine)> = news
            .iter()
            .map(|(payment, happened)| (payment.clone(), line(app, payment, *happened)))
            .collect();
        match app.table.put_issued(tenant, &payments).await? {
            Put::Done => news.iter().for_each(|(_, happened)| counts.count(*happened)),
            Put::Changed => all = false,
        }
    }
    Ok(all)
}

impl Counts {
    fn count(&mut self, happened: Happened) {
        match happened {
            Happened::Created => self.created += 1,
            Happened::Updated | Happened::Detached => self.updated += 1,
            Happened::Voided => self.voided += 1,
            Happened::Gone => self.gone += 1,
            Happened::Annotated | Happened::Removed => {}
        }
    }
}
