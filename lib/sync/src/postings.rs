//! A tenant's postings by state: shown for people, and put back to work all at once.

use std::collections::{BTreeMap, BTreeSet};

use aws::queues::Message;
use aws::table::{Extras, Keys, Place, WriteError};
use domain::connection::Company;
use domain::fingerprint;
use domain::history::HistoryLine;
use domain::id::{CompanyId, HostId, TenantId};
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
    let connection = Keys { connection: true, ..Keys::default() };
    let company =
        app.table.load(tenant, &connection).await?.connection.map(|known| known.company.id);
    for _ in 0..PAGES {
        let page = app.table.postings_in(tenant, state, kind, PAGE, queued.next.as_ref()).await?;
        for kind in RecordKind::ALL {
            let of_kind = |posting: &&Posting| {
                posting.key.record == kind && wish.covers(posting, company.as_ref())
            };
            let messages: Vec<_> = page
                .postings
                .iter()
                .filter(of_kind)
                .map(|posting| (wish.message(tenant, posting), dedup(posting)))
                .collect();
            queued.count += messages.len();
            let mut known = BTreeSet::new();
            let messages: Vec<_> = messages
                .into_iter()
                .filter(|(message, _): &(Message, String)| known.insert(message.body()))
                .collect();
            app.queues.send_all(kind.into(), &messages).await?;
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

/// Puts what is not posted yet of a record on hold, until a person syncs or releases it. How many postings. What is
/// posted of it stays as it is, and is held as well once it would change.
pub async fn hold(
    app: &App,
    tenant: &TenantId,
    kind: RecordKind,
    id: &HostId,
) -> Result<usize, NotDone> {
    let record = of_record(app, tenant, kind, id).await?;
    let is_done = |posting: &Posting| {
        let record = posting.record.as_ref().map(fingerprint::of);
        let posted = posting.posted.as_ref().map(|posted| posted.record.clone());
        posting.state == State::Posted && posted == record
    };
    if record.postings.iter().all(is_done) {
        return Err(NotDone::Nothing);
    }
    let now = app.clock.now();
    let hold = |posting: &mut Posting| {
        posting.wish = Wish { trigger: Trigger::Hold, ..Wish::EVENT }.made_at(now);
        if is_done(posting) {
            return Decided::Quietly;
        }
        posting.state = State::Held;
        Decided::Because(Reason::on_hold())
    };
    record.decide(app, tenant, "held", hold).await
}

/// Leaves documents that a person removed in QuickBooks removed. How many postings.
pub async fn unlink(
    app: &App,
    tenant: &TenantId,
    kind: RecordKind,
    id: &HostId,
) -> Result<usize, NotDone> {
    let record = of_record(app, tenant, kind, id).await?;
    let company = record.company.clone().ok_or(NotDone::Nothing)?;
    let unlink = |posting: &mut Posting| {
        if !posting.leave_removed(&company) {
            return Decided::Nothing;
        }
        posting.state = State::Skipped;
        Decided::Because(Reason::unlinked())
    };
    record.decide(app, tenant, "unlinked", unlink).await
}

/// What a person's decision means for one posting.
enum Decided {
    /// Nothing.
    Nothing,
    /// Something to store that nobody needs to read about.
    Quietly,
    /// It rests, for this reason.
    Because(Reason),
}

/// All that a record has become.
struct OfRecord {
    postings: Vec<Posting>,
    company: Option<CompanyId>,
}

impl OfRecord {
    /// Stores what a person decided, unless any of it is being posted right now.
    async fn decide(
        self,
        app: &App,
        tenant: &TenantId,
        action: &str,
        decision: impl Fn(&mut Posting) -> Decided,
    ) -> Result<usize, NotDone> {
        let now = app.clock.now();
        let is_busy = |posting: &Posting| posting.is_leased("", now) || posting.in_flight.is_some();
        if self.postings.iter().any(is_busy) {
            return Err(NotDone::Busy);
        }
        let mut count = 0;
        for mut posting in self.postings {
            let line = match decision(&mut posting) {
                Decided::Nothing => continue,
                Decided::Quietly => None,
                Decided::Because(reason) => {
                    let version = posting.record.as_ref().map_or(0, Record::version);
                    let told = format!("{} {}", reason.message, reason.remedy);
                    posting.reason = Some(reason);
                    posting.blocked_by = None;
                    posting.blocked_since = None;
                    count += 1;
                    Some(HistoryLine::about_record(now, &posting.key, version, action, told))
                }
            };
            posting.lease = None;
            posting.revision += 1;
            posting.updated_at = now;
            let extras = Extras { history: line.as_ref(), ..Extras::default() };
            match app.table.write_posting(tenant, &posting, extras).await {
                Ok(()) => {}
                Err(WriteError::Table(error)) => return Err(Error::from(error).into()),
                Err(WriteError::Conflict(_) | WriteError::LinkTaken(_) | WriteError::Cleared) => {
                    return Err(NotDone::Busy);
                }
            }
        }
        if count == 0 { Err(NotDone::Nothing) } else { Ok(count) }
    }
}

/// The postings that a record has become, and the company that is connected.
async fn of_record(
    app: &App,
    tenant: &TenantId,
    kind: RecordKind,
    id: &HostId,
) -> Result<OfRecord, NotDone> {
    let key = PostingKey::of_record(kind, id.clone());
    let load = async |keys: Keys| {
        let loaded = app.table.load(tenant, &keys).await;
        loaded.map_err(|error| NotDone::Other(error.into()))
    };
    let postings = BTreeSet::from([key.clone()]);
    let mut loaded = load(Keys { connection: true, postings, ..Keys::default() }).await?;
    let whole = loaded.postings.remove(&key).filter(|posting| posting.record.is_some());
    let whole = whole.ok_or(NotDone::Unknown)?;
    let parts: BTreeSet<PostingKey> = disbursement::parts_of(&whole).collect();
    let parts = match parts.is_empty() {
        true => BTreeMap::new(),
        false => load(Keys { postings: parts, ..Keys::default() }).await?.postings,
    };
    Ok(OfRecord {
        postings: std::iter::once(whole).chain(parts.into_values()).collect(),
        company: loaded.connection.map(|connection| connection.company.id),
    })
}

impl Retry {
    /// A part that is held is released with the whole, as it was held with the whole.
    fn message(&self, tenant: &TenantId, posting: &Posting) -> Message {
        let key = match self.selection.state {
            State::Held => PostingKey::of_record(posting.key.record, posting.key.id.clone()),
            _ => posting.key.clone(),
        };
        Message::retry(tenant.clone(), key)
    }

    fn covers(&self, posting: &Posting, company: Option<&CompanyId>) -> bool {
        let code = posting.reason.as_ref().map(|reason| reason.code.as_ref());
        let named = self.id.as_ref().is_none_or(|id| *id == posting.key.id);
        let wanted = named && (self.code.is_none() || self.code.as_deref() == code);
        // What a person holds is released, not retried.
        let is_held = posting.wish.trigger == Trigger::Hold && self.selection.state != State::Held;
        let wanted = wanted && !is_held;
        let is_removed = company.is_some_and(|company| posting.is_removed(company));
        wanted && (self.removed == Removed::MadeAgain || !is_removed)
    }
}

/// Pressing twice sends one message: every try writes the posting and so gives it another revision.
fn dedup(posting: &Posting) -> String {
    fingerprint::of(&("retry", &posting.key, posting.revision))
}
