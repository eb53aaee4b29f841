//! Bringing one record into QuickBooks exactly once.
//!
//! Inside, `open` loads and judges, `apply` plans and writes step by step, `settle` stores why a
//! posting waits or was refused.

mod apply;
mod circumstances;
mod faults;
mod group;
mod lookup;
mod meeting;
mod open;
mod resolve;
mod resolve_batch;
mod session;
mod settle;
mod store;
mod together;

use aws::table::{Extras, WriteError};
use domain::connection::Company;
use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::name::Change;
use domain::posting::{Cause, Decision, Outcome, Posting, PostingKey, State, Wish};
use domain::reason::Reason;
use domain::record::Record;

use crate::{App, Error, tally};
use meeting::Seat;
use open::{Opened, Visit, open};

pub(crate) use store::amend;
pub use together::side_by_side;
pub(crate) use together::{Stream, is_dependent};

/// Looks at a posting again at most this often when other invocations keep changing it.
const RESTARTS: usize = 5;

/// What the host is told about a record.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The posting as it is stored.
    pub posting: Posting,
    /// What the call did; absent when it waits or was refused.
    pub outcome: Option<Outcome>,
    /// The posting goes on by itself, later.
    pub waits: bool,
    /// The connected company, if there is one.
    pub company: Option<Company>,
}

/// What arrived with the event.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub(crate) record: Record,
    pub(crate) changes: Vec<Change>,
    pub(crate) wish: Wish,
}

/// How a person asks for a record to be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// The workflow's rules (cut-off, filters, first run) do not count.
    pub overrides_rules: bool,
    /// The documents are read first, so that those that a person removed are noticed.
    pub look_first: bool,
    /// What becomes of parts of a document that the record and a bookkeeper both changed.
    pub decides: Option<Decision>,
}

/// What came of looking at a posting.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) answer: Answer,
    /// When to look again, for the queue.
    pub(crate) again_seconds: Option<u32>,
    /// Gave up after too many attempts; the message goes to the dead letters.
    pub(crate) exhausted: bool,
}

/// The host sends a record: stores it and tries once to post it.
pub async fn submit(
    app: &App,
    tenant: &TenantId,
    key: PostingKey,
    record: Record,
    changes: Vec<Change>,
    wish: Wish,
) -> Result<Answer, Error> {
    let incoming = Incoming { record, changes, wish };
    run(app, tenant, &key, Some(incoming), Cause::Record, Asked::default())
        .await
        .map(|run| run.answer)
}

/// A person asks for a record to be posted, whatever was decided before.
pub async fn retry(
    app: &App,
    tenant: &TenantId,
    key: &PostingKey,
    asked: Asked,
) -> Result<Answer, Error> {
    run(app, tenant, key, None, Cause::Person, asked).await.map(|run| run.answer)
}

/// The host takes a payment back. Without a version, the newest known one is meant.
pub async fn void(
    app: &App,
    tenant: &TenantId,
    key: &PostingKey,
    version: Option<u64>,
) -> Result<Answer, Error> {
    let stored = show(app, tenant, key).await?;
    let Some(Record::Payment(mut payment)) = stored.posting.record else {
        return Err(Error::UnknownRecord);
    };
    payment.voided = true;
    payment.version = version.unwrap_or(payment.version);
    let (record, changes) = (Record::Payment(payment), stored.posting.changes);
    submit(app, tenant, key.clone(), record, changes, Wish::PERSON).await
}

/// What is known of a record.
pub async fn show(app: &App, tenant: &TenantId, key: &PostingKey) -> Result<Answer, Error> {
    let mut keys = aws::table::Keys { connection: true, ..aws::table::Keys::default() };
    keys.postings.insert(key.clone());
    let mut loaded = app.table.load(tenant, &keys).await.map_err(Error::from)?;
    let posting = loaded.postings.remove(key).filter(|posting| posting.record.is_some());
    let posting = posting.ok_or(Error::UnknownRecord)?;
    Ok(Answer {
        posting,
        outcome: None,
        waits: false,
        company: loaded.connection.map(|c| c.company),
    })
}

/// How a posting was left that is to be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftAs {
    /// It is rejected, for this reason.
    Rejected,
    /// It had come to rest, or somebody got on with it.
    AtRest,
    /// Somebody works on it right now.
    Busy,
}

/// Stores why ledgerbridge itself cannot handle a posting, unless it is at rest.
pub(crate) async fn give_up(
    app: &App,
    tenant: &TenantId,
    key: &PostingKey,
    reason: Reason,
) -> Result<LeftAs, Error> {
    let posting = show(app, tenant, key).await?.posting;
    if matches!(posting.state, State::Posted | State::Skipped | State::Rejected) {
        return Ok(LeftAs::AtRest);
    }
    reject(app, tenant, posting, reason).await
}

/// Stores a posting as rejected, unless somebody works on it.
pub(crate) async fn reject(
    app: &App,
    tenant: &TenantId,
    mut posting: Posting,
    reason: Reason,
) -> Result<LeftAs, Error> {
    let now = app.clock.now();
    if posting.is_leased("", now) {
        return Ok(LeftAs::Busy);
    }
    let description = format!("{} {}", reason.message, reason.remedy);
    let version = posting.record.as_ref().map_or(0, Record::version);
    let line = HistoryLine::about_record(
        now,
        &posting.key,
        version,
        State::Rejected.as_str(),
        description,
    );
    posting.state = State::Rejected;
    posting.reason = Some(reason);
    posting.blocked_by = None;
    posting.blocked_since = None;
    posting.lease = None;
    posting.touch(now);
    let extras = Extras { history: Some(&line), ..Extras::default() };
    match app.table.write_posting(tenant, &posting, extras).await {
        Err(WriteError::Table(error)) => Err(error.into()),
        Ok(()) => {
            tally::rejected();
            Ok(LeftAs::Rejected)
        }
        Err(WriteError::Conflict(_) | WriteError::LinkTaken(_) | WriteError::Cleared) => {
            Ok(LeftAs::AtRest)
        }
    }
}

pub(crate) async fn run(
    app: &App,
    tenant: &TenantId,
    key: &PostingKey,
    incoming: Option<Incoming>,
    cause: Cause,
    asked: Asked,
) -> Result<Run, Error> {
    // Boxed, like what else is deep: of those who are worked on side by side, each would lie on the stack otherwise.
    let worked = Box::pin(look(app, tenant, key, incoming, cause, asked)).await;
    if let Some(seat) = Seat::current() {
        seat.lets_go();
    }
    worked
}

async fn look(
    app: &App,
    tenant: &TenantId,
    key: &PostingKey,
    incoming: Option<Incoming>,
    cause: Cause,
    asked: Asked,
) -> Result<Run, Error> {
    let owner = app.clock.unique();
    let incoming = incoming.as_ref();
    for _ in 0..RESTARTS {
        let run =
            match open(Visit { app, tenant, key, owner: &owner, cause, incoming, asked }).await? {
                Opened::Done(run) => Some(*run),
                Opened::Conflict => None,
                Opened::Working(session) => session.work().await?,
            };
        if let Some(run) = run {
            tally::posting(&run.answer);
            return Ok(run);
        }
    }
    // Others keep working on it. What the host sent is still only in this call's hands, so it must be told.
    Err(Error::contended("the posting"))
}
