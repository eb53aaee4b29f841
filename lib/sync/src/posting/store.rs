//! Storing a posting while others may look at it: every write compares the revision, so no write is lost and no
//! invocation that lost its lease goes on writing.

use aws::table::{Extras, WriteError};
use domain::id::TenantId;
use domain::posting::{Cause, Lease, Posting, State, Trigger};
use domain::record::Record;

use super::apply::Stop;
use super::open::Visit;
use super::session::Session;
use crate::{App, Error, delivery};

/// Taking in a newer record or a waiting posting happens once or twice; more means that something is wrong.
const MERGES_AT_MOST: usize = 8;

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// It is stored.
    Yes,
    /// The link that was to be stored with it belongs to another host object by now; nothing was stored.
    LinkTaken,
    /// The condition it was to wait for is met by now; nothing was stored.
    Cleared,
    /// A newer record arrived, so this is no longer the end; nothing was stored.
    NewerRecord,
}

impl Session<'_> {
    /// Stores the intent in `self.posting` and keeps the lease.
    pub(super) async fn store_intent(&mut self) -> Result<Stored, Stop> {
        let until = self.app.lease_until(self.app.clock.now());
        self.posting.state = State::Posting;
        self.posting.lease = Some(Lease { owner: self.owner.to_owned(), until });
        // A newer record that is merged in is stored with the intent, and planned after the answer.
        self.store(Extras::default()).await
    }

    /// Whether the stored posting carries this invocation's lease.
    pub(super) fn owns_stored_lease(&self) -> bool {
        self.posting.lease.as_ref().is_some_and(|lease| lease.owner == self.owner)
    }

    /// Stores `self.posting` without a lease: this invocation is done with it.
    pub(super) async fn store_end(&mut self, extras: Extras<'_>) -> Result<Stored, Stop> {
        self.posting.lease = None;
        self.store(extras).await
    }

    /// Stores what was learned, after the end of it could not be stored: what QuickBooks refused must not be taken for
    /// something whose answer was lost. Nobody owns the posting then; the next look at it, or the sweep, goes on with it.
    pub(super) async fn store_without_end(&mut self) -> Result<(), Stop> {
        self.posting.state = State::Posting;
        self.posting.reason = None;
        self.clear_condition();
        for _ in 0..MERGES_AT_MOST {
            match self.store_end(Extras::default()).await? {
                // It is taken in by now, and stored with the rest.
                Stored::NewerRecord => {}
                Stored::Yes | Stored::LinkTaken | Stored::Cleared => return Ok(()),
            }
        }
        Err(Stop::Lost)
    }

    async fn store(&mut self, extras: Extras<'_>) -> Result<Stored, Stop> {
        let link = self.pending_link.take();
        for _ in 0..MERGES_AT_MOST {
            let mut next = self.posting.clone();
            next.touch(self.app.clock.now());
            let bill = self.pending_bill.as_ref();
            let with_link = Extras { link: link.as_ref(), bill, ..extras };
            match self.app.table.write_posting(self.tenant, &next, with_link).await {
                Ok(()) => {
                    self.pending_bill = None;
                    self.posting = next;
                    return Ok(Stored::Yes);
                }
                Err(WriteError::Conflict(theirs)) => {
                    let newer = self.merge(theirs)?;
                    if newer && self.posting.lease.is_none() {
                        self.pending_link = link;
                        return Ok(Stored::NewerRecord);
                    }
                }
                Err(WriteError::LinkTaken(by)) => {
                    let key = link.expect("only a link can be taken").key;
                    self.facts.links.remove(&key);
                    if by == key {
                        // Another call linked this very host object meanwhile: its link counts.
                        self.reload().await?;
                    } else {
                        *self.names_taken.entry(key).or_default() += 1;
                    }
                    return Ok(Stored::LinkTaken);
                }
                Err(WriteError::Cleared) => {
                    self.pending_link = link;
                    return Ok(Stored::Cleared);
                }
                Err(WriteError::Table(error)) => return Err(error.into()),
            }
        }
        Err(Stop::Lost)
    }

    /// Takes in what others stored while we own the posting: that someone waits for it, or a newer record. True: a
    /// newer record.
    fn merge(&mut self, theirs: Option<Box<Posting>>) -> Result<bool, Stop> {
        let theirs = theirs.ok_or(Stop::Lost)?;
        let ours = theirs.lease.as_ref().is_some_and(|lease| lease.owner == self.owner);
        let untouched = self.posting.revision == 0 && theirs.state == State::Expected;
        if !(ours || untouched) {
            return Err(Stop::Lost);
        }
        self.posting.revision = theirs.revision;
        self.posting.awaited |= theirs.awaited;
        let version = |posting: &Posting| posting.record.as_ref().map(Record::version);
        let newer = theirs.record.is_some()
            && version(&theirs) >= version(&self.posting)
            && theirs.record != self.posting.record;
        if newer {
            self.posting.record = theirs.record;
            self.posting.record_at = theirs.record_at;
            self.facts.record_at = theirs.record_at;
            self.posting.changes = theirs.changes;
            self.posting.payees = theirs.payees;
            self.posting.fans_out |= theirs.fans_out;
        }
        // A wish that this invocation has answered is not taken up again.
        let is_news = theirs.wish.at != self.posting.wish.at;
        if is_news && (newer || theirs.wish.trigger == Trigger::Person) {
            self.posting.wish = theirs.wish;
            self.facts.wish = theirs.wish;
            self.facts.look_first |= theirs.wish.looks_first;
        }
        Ok(newer)
    }
}

/// Stores a small change of a posting at rest, unless somebody changed it meanwhile, who then sees to it.
pub(crate) async fn amend(
    app: &App,
    tenant: &TenantId,
    posting: &mut Posting,
    change: impl FnOnce(&mut Posting),
) -> Result<(), Error> {
    let mut next = posting.clone();
    change(&mut next);
    next.revision += 1;
    match app.table.write_posting(tenant, &next, Extras::default()).await {
        Ok(()) => *posting = next,
        Err(WriteError::Table(error)) => return Err(error.into()),
        Err(WriteError::Conflict(_) | WriteError::LinkTaken(_) | WriteError::Cleared) => {}
    }
    Ok(())
}

/// Leaves a record with the invocation that owns the posting, and a message that looks again after it. `None`: the
/// owner stored something meanwhile, look again.
pub(super) async fn leave_for_owner(
    visit: &Visit<'_>,
    mut posting: Posting,
) -> Result<Option<(Posting, u32)>, Error> {
    let Visit { app, tenant, incoming, cause, .. } = *visit;
    let now = app.clock.now();
    let newer = incoming.filter(|incoming| posting.record.as_ref() != Some(&incoming.record));
    let wish = visit.wish_of_person().filter(|wish| !wish.repeats(posting.wish));
    if newer.is_some() || wish.is_some() {
        if let Some(incoming) = newer {
            let wish = incoming.wish.made_at(now);
            posting.take_record(&incoming.record, &incoming.changes, wish);
        }
        posting.wish = wish.map_or(posting.wish, |wish| posting.wish.followed_by(wish));
        posting.touch(now);
        match app.table.write_posting(tenant, &posting, Extras::default()).await {
            Ok(()) => {}
            Err(WriteError::Table(error)) => return Err(error.into()),
            Err(WriteError::Conflict(_) | WriteError::LinkTaken(_) | WriteError::Cleared) => {
                return Ok(None);
            }
        }
    }
    if cause != Cause::Queue {
        delivery::enqueue(app, tenant, &posting).await?;
    }
    let left = posting.lease.as_ref().map_or(0, |lease| lease.until.duration_since(now).as_secs());
    // The owner usually ends within moments; its lease only runs out if it died.
    let seconds = u32::try_from(left).unwrap_or(0).clamp(1, 5);
    Ok(Some((posting, seconds)))
}
