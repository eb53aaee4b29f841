//! What a person decides about a record: to hold it, or to leave alone what was removed in QuickBooks.

use std::collections::{BTreeMap, BTreeSet};

use aws::table::{Extras, Keys, WriteError};
use domain::fingerprint;
use domain::history::HistoryLine;
use domain::id::{CompanyId, HostId, TenantId};
use domain::posting::{Posting, PostingKey, State, Trigger, Wish};
use domain::reason::Reason;
use domain::record::{Record, RecordKind};

use crate::{App, Error, disbursement};

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
            posting.touch(now);
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
