//! A disbursement's postings: one for the income and one for the expense of each payee.
//!
//! The income posting comes first and stands for the whole: its first write stores the record, every payee that any version
//! had, and that it has still to reach them (`fans_out`). Until that mark is taken away, the sweep brings an abandoned
//! disbursement back, so no payee is forgotten, not even one who is no longer on it.

use aws::table::Keys;
use domain::id::{HostId, TenantId};
use domain::name::Change;
use domain::posting::{Cause, Posting, PostingKey, State, Trigger, Wish};
use domain::reason::Reason;
use domain::record::{Record, RecordKind};

use crate::posting::{self, Answer, Asked, Incoming, LeftAs, Run, amend, run};
use crate::{App, Error, panic};

/// The host sends a disbursement: stores it and tries once to post each part. The first answer is that of the income.
pub async fn submit(
    app: &App,
    tenant: &TenantId,
    id: HostId,
    record: Record,
    changes: Vec<Change>,
    wish: Wish,
) -> Result<Vec<Answer>, Error> {
    let incoming = Incoming { record, changes, wish };
    let (cause, of_parts) = (Cause::Record, Cause::Record);
    let whole = Whole { app, tenant, id: &id, cause, of_parts, asked: Asked::default() };
    let runs = whole.work(Some(incoming)).await?;
    Ok(runs.into_iter().map(|run| run.answer).collect())
}

/// A person asks for all parts of a disbursement to be posted.
pub async fn retry(
    app: &App,
    tenant: &TenantId,
    id: &HostId,
    asked: Asked,
) -> Result<Vec<Answer>, Error> {
    let (cause, of_parts) = (Cause::Person, Cause::Person);
    let whole = Whole { app, tenant, id, cause, of_parts, asked };
    let runs = whole.work(None).await?;
    Ok(runs.into_iter().map(|run| run.answer).collect())
}

/// What is known of a disbursement.
pub async fn show(app: &App, tenant: &TenantId, id: &HostId) -> Result<Vec<Answer>, Error> {
    let income = crate::posting::show(app, tenant, &PostingKey::income(id.clone())).await?;
    let keys: Vec<_> = parts_of(&income.posting).collect();
    let wanted = Keys { postings: keys.iter().cloned().collect(), ..Keys::default() };
    let mut loaded = app.table.load(tenant, &wanted).await?.postings;
    let part = |key: PostingKey| {
        let posting = part_of(&income.posting, loaded.remove(&key), key)?;
        Some(Answer { posting, outcome: None, waits: false, company: income.company.clone() })
    };
    let parts: Vec<_> = keys.into_iter().filter_map(part).collect();
    Ok(std::iter::once(income).chain(parts).collect())
}

/// A part as people are to see it: what the newest record has not reached yet is on its way.
fn part_of(income: &Posting, stored: Option<Posting>, key: PostingKey) -> Option<Posting> {
    let is_reached = |part: &Posting| part.record == income.record;
    if !income.fans_out || stored.as_ref().is_some_and(is_reached) {
        return stored;
    }
    let coming = Posting::new(key, State::Queued, income.created_at);
    let mut part = stored.unwrap_or(coming);
    part.record.clone_from(&income.record);
    part.state = State::Queued;
    part.reason = Some(Reason::queued());
    Some(part)
}

/// The queue brings the income posting: it goes on, and what has not reached its payees yet does.
pub(crate) async fn deliver(
    app: &App,
    tenant: &TenantId,
    key: &PostingKey,
    cause: Cause,
) -> Result<Run, Error> {
    let keys = Keys { postings: [key.clone()].into(), ..Keys::default() };
    let stored = app.table.load(tenant, &keys).await?.postings.remove(key);
    if stored.is_none_or(|posting| !posting.fans_out) {
        return run(app, tenant, key, None, cause, Asked::default()).await;
    }
    let (of_parts, asked) = (Cause::Record, Asked::default());
    let whole = Whole { app, tenant, id: &key.id, cause, of_parts, asked };
    let mut runs = whole.work(None).await?;
    Ok(runs.swap_remove(0))
}

/// A person released a part: the income, which was held with it though there was nothing to do about it, no longer is
/// either, so that nothing that arrives next is held.
pub(crate) async fn release_whole(
    app: &App,
    tenant: &TenantId,
    part: &PostingKey,
) -> Result<(), Error> {
    let key = PostingKey::income(part.id.clone());
    let keys = Keys { postings: [key.clone()].into(), ..Keys::default() };
    let Some(mut income) = app.table.load(tenant, &keys).await?.postings.remove(&key) else {
        return Ok(());
    };
    if income.wish.trigger != Trigger::Hold || income.state == State::Held {
        return Ok(());
    }
    let wish = Wish::PERSON.made_at(app.clock.now());
    amend(app, tenant, &mut income, |income| income.wish = income.wish.followed_by(wish)).await
}

/// Stores why ledgerbridge itself cannot bring a disbursement's parts to where its record is: those that are there are not
/// to blame. Then nobody comes back for them but who retries them.
pub(crate) async fn give_up_parts(
    app: &App,
    tenant: &TenantId,
    key: &PostingKey,
    reason: &Reason,
) -> Result<LeftAs, Error> {
    let load = async |postings| {
        let keys = Keys { postings, ..Keys::default() };
        app.table.load(tenant, &keys).await.map(|loaded| loaded.postings)
    };
    let Some(mut income) = load([key.clone()].into()).await?.remove(key) else {
        return Ok(LeftAs::AtRest);
    };
    let Some(record) = income.record.clone().filter(|_| income.fans_out) else {
        return Ok(LeftAs::AtRest);
    };
    let mut stored = load(parts_of(&income).collect()).await?;
    let now = app.clock.now();
    for key in parts_of(&income) {
        let part = stored.remove(&key);
        let mut part = part.unwrap_or_else(|| Posting::new(key, State::Queued, now));
        if part.record.as_ref() == Some(&record) {
            continue;
        }
        part.take_record(&record, &[], income.wish);
        if let LeftAs::Busy = posting::reject(app, tenant, part, reason.clone()).await? {
            return Ok(LeftAs::Busy);
        }
    }
    amend(app, tenant, &mut income, |income| income.fans_out = false).await?;
    Ok(LeftAs::Rejected)
}

/// Whether a key is that of a disbursement as a whole.
pub(crate) fn is_whole(key: &PostingKey) -> bool {
    key.record == RecordKind::Disbursement && key.payee.is_none()
}

/// The expense postings that belong to an income posting.
pub(crate) fn parts_of(income: &Posting) -> impl Iterator<Item = PostingKey> {
    let id = &income.key.id;
    income.payees.iter().map(move |payee| PostingKey::expense(id.clone(), payee.clone()))
}

/// One look at a disbursement as a whole.
struct Whole<'a> {
    app: &'a App,
    tenant: &'a TenantId,
    id: &'a HostId,
    cause: Cause,
    /// Why the parts are looked at. The queue's message is about the income alone: a part that has to wait needs one of
    /// its own, as after a call, and nobody wished anything about it.
    of_parts: Cause,
    asked: Asked,
}

impl Whole<'_> {
    async fn work(&self, incoming: Option<Incoming>) -> Result<Vec<Run>, Error> {
        let Self { app, tenant, cause, asked, .. } = *self;
        let key = PostingKey::income(self.id.clone());
        let income = run(app, tenant, &key, incoming, cause, asked).await?;
        let cause = self.of_parts;
        let mut posting = income.answer.posting.clone();
        let mut runs = vec![income];
        let record = posting.record.clone().ok_or(Error::UnknownRecord)?;
        let mut failed = None;
        for key in parts_of(&posting) {
            // What cleaning changed in the record is told once, with the income.
            let (changes, wish) = (Vec::new(), posting.wish);
            let incoming = Incoming { record: record.clone(), changes, wish };
            let part = panic::catch(run(app, tenant, &key, Some(incoming), cause, asked)).await;
            match part.unwrap_or_else(|panicked| Err(Error::Internal("a part", panicked.into()))) {
                Ok(run) => runs.push(run),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        // One payee's trouble is no other's. The mark stays, so that the sweep comes back for those who were not reached.
        if let Some(error) = failed {
            return Err(error);
        }
        // Someone at work on the income posting reaches the payees, if they have a newer record, with that one.
        if posting.fans_out && posting.state != State::Posting {
            amend(app, tenant, &mut posting, |income| income.fans_out = false).await?;
            runs[0].answer.posting = posting;
        }
        Ok(runs)
    }
}
