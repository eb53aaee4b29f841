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

use super::{Counts, LOOKS, PullError, amend as amend_pull};
use crate::posting::amend;
use crate::quickbooks_online::{self as back_end, BillNow, Changed, IDS_IN_ONE_QUERY};
use crate::reading::Reader;
use crate::{App, Error, wake};

type Known = BTreeMap<ObjectId, IssuedPayment>;
type Bills = BTreeMap<ObjectId, OurBill>;
/// Bills as QuickBooks told them while this was taken in.
type Told = BTreeMap<ObjectId, BillNow>;

/// How far taking in has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// All is stored.
    All,
    /// The time was up after so many payments.
    Some(usize),
}

/// Stores what changed, a part at a time. Done twice, the second time finds everything as it is. When the time is up, what
/// was stored so far stays; an error only comes of the first part.
pub(super) async fn take_in(
    reader: &mut Reader<'_>,
    pull: &Pull,
    changed: &Changed,
    counts: &mut Counts,
) -> Result<Taken, PullError> {
    let all = changed.payments.len() + changed.deleted.len();
    counts.seen += u32::try_from(all).unwrap_or(u32::MAX);
    let mut told: Told = changed.bills.iter().map(|bill| (bill.id.clone(), bill.clone())).collect();
    let payments = changed.payments.chunks(Table::ISSUED_AT_ONCE);
    let deleted = changed.deleted.chunks(Table::ISSUED_AT_ONCE);
    let parts = payments
        .map(|payments| Part { payments, deleted: &[] })
        .chain(deleted.map(|deleted| Part { payments: &[], deleted }));
    let mut done = 0;
    for (number, part) in parts.enumerate() {
        if number > 0 && !reader.app.has_time_to_store() {
            return Ok(Taken::Some(done));
        }
        match part.take_in(reader, pull, &mut told, counts).await {
            Ok(()) => done += part.payments.len(),
            Err(_) if number > 0 && !reader.has_time() => return Ok(Taken::Some(done)),
            Err(error) => return Err(error),
        }
    }
    Ok(Taken::All)
}

/// As much as is stored at once.
struct Part<'a> {
    payments: &'a [Seen],
    deleted: &'a [ObjectId],
}

impl Part<'_> {
    async fn take_in(
        &self,
        reader: &mut Reader<'_>,
        pull: &Pull,
        told: &mut Told,
        counts: &mut Counts,
    ) -> Result<(), PullError> {
        let seen = self.payments.iter().map(|payment| &payment.id);
        let ids: Vec<ObjectId> = seen.chain(self.deleted).cloned().collect();
        for _ in 0..LOOKS {
            let (app, tenant) = (reader.app, reader.tenant);
            let known = app.table.issued(tenant, &pull.company, &ids).await?;
            let bills = self.our_bills(reader, pull, &known, told).await?;
            let now = app.clock.now();
            let seen = self
                .payments
                .iter()
                .map(|seen| issued::judge(pull, known.get(&seen.id), seen, &bills, now));
            let gone = self.deleted.iter().map(|id| issued::gone(known.get(id), &bills, now));
            let news: Vec<(IssuedPayment, Happened)> = seen.chain(gone).filter_map(news).collect();
            if news.is_empty() {
                return Ok(());
            }
            // First what has to follow from it: whoever dies here begins anew, and finds this undone rather than lost.
            if news.iter().any(|(_, happened)| *happened != Happened::Created) {
                let change = |pull: &mut Pull| pull.taken_back += 1;
                amend_pull(app, tenant, &pull.company, None, change).await?;
                wake::waiting(app, tenant, &Condition::BillPayment.as_text()).await?;
            }
            note_balances(reader, &bills).await?;
            if store(reader, &news, counts).await? {
                return Ok(());
            }
        }
        Err(Error::contended("the payments").into())
    }

    /// Those of our bills that matter, with what is open on them as far as somebody has to know it.
    async fn our_bills(
        &self,
        reader: &mut Reader<'_>,
        pull: &Pull,
        known: &Known,
        told: &mut Told,
    ) -> Result<Bills, PullError> {
        let were_paid = |payment: &IssuedPayment| -> Vec<ObjectId> {
            payment.applied.iter().map(|applied| applied.bill.clone()).collect()
        };
        let mentioned: BTreeSet<ObjectId> =
            self.payments.iter().flat_map(paid).chain(known.values().flat_map(were_paid)).collect();
        let mentioned: Vec<ObjectId> = mentioned.into_iter().collect();
        let ours = reader.app.table.our_bills(reader.tenant, &pull.company, &mentioned).await?;
        let is_news = |seen: &&Seen| {
            let known = known.get(&seen.id);
            let is_same = known.is_some_and(|known| known.seen.sync_token == seen.sync_token);
            !is_same && (known.is_some() || pull.wants(seen.entered_at))
        };
        let of_news = self.payments.iter().filter(is_news).flat_map(|seen| {
            let before = known.get(&seen.id).map(were_paid).unwrap_or_default();
            paid(seen).into_iter().chain(before)
        });
        let of_deleted = self.deleted.iter().filter_map(|id| known.get(id)).flat_map(were_paid);
        let to_ask: BTreeSet<ObjectId> = of_news
            .chain(of_deleted)
            .filter(|bill| ours.contains_key(bill) && !told.contains_key(bill))
            .collect();
        ask(reader, to_ask.into_iter().collect(), told).await?;
        let ours = ours.into_iter().map(|(id, posting)| {
            let bill = told.get(&id).cloned();
            let (doc_number, balance) = bill.map_or((None, None), |b| (b.doc_number, b.balance));
            (id, OurBill { posting, doc_number, balance })
        });
        Ok(ours.collect())
    }
}

/// Asks how bills are now. One metered read for 40.
async fn ask(
    reader: &mut Reader<'_>,
    wanted: Vec<ObjectId>,
    told: &mut Told,
) -> Result<(), PullError> {
    for wanted in wanted.chunks(IDS_IN_ONE_QUERY) {
        let asked = reader
            .ask(async |client, access| back_end::bills(client, access, wanted).await)
            .await?;
        let found = asked.map_err(Error::quickbooks)?;
        told.extend(found.into_iter().map(|bill| (bill.id.clone(), bill)));
    }
    Ok(())
}

/// The bills that a payment pays.
fn paid(seen: &Seen) -> Vec<ObjectId> {
    let lines = seen.lines.iter().filter(|line| line.kind == Linked::BILL);
    lines.map(|line| line.id.clone()).collect()
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

/// Notes in the postings what their bills have open now, since that is what people look at. One that somebody works on
/// learns it from its own answer.
async fn note_balances(reader: &Reader<'_>, bills: &Bills) -> Result<(), PullError> {
    let concerned: BTreeMap<&PostingKey, (&ObjectId, Decimal)> =
        bills.iter().filter_map(|(id, bill)| Some((&bill.posting, (id, bill.balance?)))).collect();
    let postings = concerned.keys().map(|key| (*key).clone()).collect();
    let (app, tenant) = (reader.app, reader.tenant);
    let loaded = app.table.load(tenant, &Keys { postings, ..Keys::default() }).await?;
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
    Ok(())
}

/// Stores payments at once. False: somebody changed one of them meanwhile, so look again.
async fn store(
    reader: &Reader<'_>,
    news: &[(IssuedPayment, Happened)],
    counts: &mut Counts,
) -> Result<bool, PullError> {
    let (app, tenant) = (reader.app, reader.tenant);
    let with_line = |(payment, happened): &(IssuedPayment, Happened)| {
        (payment.clone(), line(app, payment, *happened))
    };
    let payments: Vec<(IssuedPayment, HistoryLine)> = news.iter().map(with_line).collect();
    if app.table.put_issued(tenant, &payments).await? == Put::Changed {
        return Ok(false);
    }
    news.iter().for_each(|(_, happened)| counts.count(*happened));
    Ok(true)
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
