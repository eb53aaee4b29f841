//! A tenant's postings by state: shown for people, and put back to work all at once.

use std::collections::{BTreeMap, BTreeSet};

use aws::queues::Message;
use aws::table::{Extras, Keys, Place, WriteError};
use domain::connection::Company;
use domain::fingerprint;
use domain::history::HistoryLine;
use domain::id::{HostId, TenantId};
use domain::posting::{Posting, PostingKey, State, Trigger, Wish};
use domain::reason::Reason;
use domain::record::{Record, RecordKind};

use crate::{App, Error, disbursement};

/// Postings looked at in one round.
const PAGE: u32 = 100;
/// Rounds of one call; the caller goes on from where it ended.
const PAGES: usize = 5;

/// Which postings.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Their state.
    pub state: State,
    /// Their kind of record; absent for all.
    pub kind: Option<RecordKind>,
}

/// A part of the postings in one state.
#[derive(Debug, Clone)]
pub struct Page {
    /// The longest waiting first.
    pub postings: Vec<Posting>,
    /// The connected company, if there is one.
    pub company: Option<Company>,
    /// Where the next page begins; absent when there is none.
    pub next: Option<Place>,
}

/// A person's wish to have postings tried again, or released.
#[derive(Debug, Clone)]
pub struct Retry {
    /// Which.
    pub selection: Selection,
    /// Only those of this record; absent for all.
    pub id: Option<HostId>,
    /// Only those with this reason; absent for all.
    pub code: Option<String>,
    /// What to do about those whose document a person removed in QuickBooks.
    pub removed: Removed,
}

/// What to do about postings whose document a person removed in QuickBooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// They stay as they are.
    LeftAlone,
    /// Their documents are made again.
    MadeAgain,
}

/// What was put back to work.
#[derive(Debug, Clone)]
pub struct Queued {
    /// How many postings.
    pub count: usize,
    /// Where to go on; absent when all were looked at.
    pub next: Option<Place>,
}

/// Postings in a state. A page can be short and still have a next one.
pub async fn in_state(
    app: &App,
    tenant: &TenantId,
    selection: &Selection,
    limit: u32,
    after: Option<&Place>,
) -> Result<Page, Error> {
    let Selection { state, kind } = *selection;
    let page = app.table.postings_in(tenant, state, kind, limit, after).await?;
    let keys = Keys { connection: true, ..Keys::default() };
    let connection = app.table.load(tenant, &keys).await?.connection;
    let company = connection.map(|connection| connection.company);
    Ok(Page { postings: page.postings, company, next: page.next })
}

/// Puts the postings that a person wishes to be tried again into their queues. Done twice, it finds those that still
/// stand there, and a posting that was tried meanwhile is tried once more, which books nothing twice.
pub async fn retry_all(
    app: &App,
    tenant: &TenantId,
    wish: &Retry,
    after: Option<Place>,
) -> Result<Queued, Error> {
    let Selection { state, kind } = wish.selection;
    let mut queued = Queued { count: 0, next: after };
    for _ in 0..PAGES {
        let page = app.table.postings_in(tenant, state, kind, PAGE, queued.next.as_ref()).await?;
        for kind in RecordKind::ALL {
            let of_kind = |posting: &&Posting| posting.key.record == kind && wish.covers(posting);
            let messages: Vec<_> = page
                .postings
                .iter()
                .filter(of_kind)
                .map(|posting| (retry(tenant, posting), dedup(posting)))
                .collect();
            app.queues.send_all(kind.into(), &messages).await?;
            queued.count += messages.len();
        }
        queued.next = page.next;
        if queued.next.is_none() {
            break;
        }
    }
    Ok(queued)
}

/// Why a person's decision about a posting changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// There is no such record.
    #[error("the record is not known")]
    Unknown,
    /// It is being posted right now.
    #[error("the record is being posted")]
    Busy,
    /// There is nothing to decide about it.
    #[error("there is nothing to do")]
    Nothing,
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// Puts what is not posted yet of a record on hold, until a person syncs or releases it. How many postings.
pub async fn hold(
    app: &App,
    tenant: &TenantId,
    kind: RecordKind,
    id: &HostId,
) -> Result<usize, NotDone> {
    decide(app, tenant, kind, id, "held", |posting| {
        let record = posting.record.as_ref().map(fingerprint::of);
        let is_done = posting.posted.as_ref().map(|posted| posted.record.clone()) == record;
        if is_done && posting.state == State::Posted {
            return None;
        }
        posting.wish = Wish { trigger: Trigger::Hold, ..Wish::EVENT }.made_at(app.clock.now());
        posting.state = State::Held;
        Some(Reason::on_hold())
    })
    .await
}

/// Leaves documents that a person removed in QuickBooks removed. How many postings.
pub async fn unlink(
    app: &App,
    tenant: &TenantId,
    kind: RecordKind,
    id: &HostId,
) -> Result<usize, NotDone> {
    decide(app, tenant, kind, id, "unlinked", |posting| {
        posting.leave_removed().then(|| {
            posting.state = State::Skipped;
            Reason::unlinked()
        })
    })
    .await
}

/// Stores what a person decided about the postings of a record; `decision` says nothing where there is nothing to decide.
async fn decide(
    app: &App,
    tenant: &TenantId,
    kind: RecordKind,
    id: &HostId,
    action: &str,
    decision: impl Fn(&mut Posting) -> Option<Reason>,
) -> Result<usize, NotDone> {
    let mut decided = 0;
    for mut posting in of_record(app, tenant, kind, id).await? {
        let now = app.clock.now();
        if posting.is_leased("", now) || posting.in_flight.is_some() {
            return Err(NotDone::Busy);
        }
        let Some(reason) = decision(&mut posting) else { continue };
        let version = posting.record.as_ref().map_or(0, Record::version);
        let description = format!("{} {}", reason.message, reason.remedy);
        let line = HistoryLine::about_record(now, &posting.key, version, action, description);
        posting.reason = Some(reason);
        posting.blocked_by = None;
        posting.blocked_since = None;
        posting.lease = None;
        posting.revision += 1;
        posting.updated_at = now;
        let extras = Extras { history: Some(&line), ..Extras::default() };
        match app.table.write_posting(tenant, &posting, extras).await {
            Ok(()) => decided += 1,
            Err(WriteError::Table(error)) => return Err(Error::from(error).into()),
            Err(WriteError::Conflict(_) | WriteError::LinkTaken(_) | WriteError::Cleared) => {
                return Err(NotDone::Busy);
            }
        }
    }
    if decided == 0 { Err(NotDone::Nothing) } else { Ok(decided) }
}

/// The postings that a record has become.
async fn of_record(
    app: &App,
    tenant: &TenantId,
    kind: RecordKind,
    id: &HostId,
) -> Result<Vec<Posting>, NotDone> {
    let key = PostingKey::of_record(kind, id.clone());
    let load = async |postings: BTreeSet<PostingKey>| {
        let loaded = app.table.load(tenant, &Keys { postings, ..Keys::default() }).await;
        loaded.map_err(|error| NotDone::Other(error.into()))
    };
    let whole = load([key.clone()].into()).await?.postings.remove(&key);
    let whole = whole.filter(|posting| posting.record.is_some()).ok_or(NotDone::Unknown)?;
    let parts: BTreeSet<PostingKey> = disbursement::parts_of(&whole).collect();
    let parts = if parts.is_empty() { BTreeMap::new() } else { load(parts).await?.postings };
    Ok(std::iter::once(whole).chain(parts.into_values()).collect())
}

impl Retry {
    fn covers(&self, posting: &Posting) -> bool {
        let code = posting.reason.as_ref().map(|reason| reason.code.as_ref());
        let named = self.id.as_ref().is_none_or(|id| *id == posting.key.id);
        let wanted = named && (self.code.is_none() || self.code.as_deref() == code);
        wanted && (self.removed == Removed::MadeAgain || !posting.was_removed_by_person())
    }
}

fn retry(tenant: &TenantId, posting: &Posting) -> Message {
    Message::retry(tenant.clone(), posting.key.clone())
}

/// Pressing twice sends one message: every try writes the posting and so gives it another revision.
fn dedup(posting: &Posting) -> String {
    fingerprint::of(&("retry", &posting.key, posting.revision))
}
