//! What to ask QuickBooks, and how far the answers reach.
//!
//! Usually one question for the changes since the last time, one metered read. Where the answer is full, or the last
//! time is longer ago than QuickBooks tells changes, everything that changed since is read page by page, and then looked
//! whether known payments are still there. That can take more than one invocation, so how far it came is stored.

use std::collections::BTreeSet;

use aws::table::Table;
use domain::id::ObjectId;
use domain::issued::IssuedState;
use domain::pull::{Pass, PassStage, Pull, Window};
use domain::reason::Reason;
use jiff::{SignedDuration, Timestamp};
use quickbooks::Changes;

use super::take_in::{self, Taken};
use super::{Counts, PullError, amend};
use crate::notices::entries;
use crate::quickbooks_online::{self as back_end, Asked, Changed, IDS_TO_FIND, WATCHED};
use crate::reading::{ReadError, Reader};
use crate::{Error, chain};

/// After so long, what an earlier invocation began is history.
const LAY_FOR_LONG: SignedDuration = SignedDuration::from_mins(5);

/// What a pull is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// For what may have happened by now.
    News,
    /// For the rest of what an earlier invocation began.
    Rest,
}

/// Pulls as far as the time goes; why it goes on later, if it does.
pub(super) async fn pull(
    reader: &mut Reader<'_>,
    pull: &Pull,
    wanted: Wanted,
    counts: &mut Counts,
) -> Result<Option<Reason>, PullError> {
    let late = reader.app.table.late_bills(reader.tenant, &pull.company).await?;
    let mut look = Look { pull, counts, unreadable: pull.unreadable.clone() };
    look.ask_again(reader).await?;
    let mut pass = match &pull.pass {
        Some(pass) => pass.clone(),
        None => {
            let unknown_since = late.iter().map(|(_, since)| *since).min();
            match look.begin(reader, pull.window(unknown_since, reader.now())).await? {
                Begun::Whole(through) => {
                    let late = late.into_iter().map(|(bill, _)| bill).collect();
                    look.end(reader, through, &late).await?;
                    return Ok(None);
                }
                Begun::Pass(mut pass) => {
                    pass.late = late.into_iter().map(|(bill, _)| bill).collect();
                    // Whatever the time is, what was asked so far is not asked again.
                    look.keep(reader, &pass).await?;
                    pass
                }
            }
        }
    };
    while reader.has_time() {
        if look.go_on(reader, &mut pass).await? {
            look.end(reader, pass.through, &pass.late).await?;
            if pull.pass.is_none() {
                return Ok(None);
            }
            // It was begun by an earlier invocation: what this one was wanted for may have happened since.
            let lay_for_long = reader.now().duration_since(pass.began_at) > LAY_FOR_LONG;
            if wanted == Wanted::News || lay_for_long {
                break;
            }
            return Ok(None);
        }
        look.keep(reader, &pass).await?;
    }
    Ok(Some(Reason::queued()))
}

/// How a pull begins.
enum Begun {
    /// All that changed through then is stored.
    Whole(Timestamp),
    /// Everything has to be looked at.
    Pass(Pass),
}

struct Look<'a> {
    pull: &'a Pull,
    counts: &'a mut Counts,
    unreadable: BTreeSet<ObjectId>,
}

impl Look<'_> {
    /// Asks again for payments that could not be read: they may have been changed, or we have learned to.
    async fn ask_again(&mut self, reader: &mut Reader<'_>) -> Result<(), PullError> {
        let wanted: Vec<ObjectId> = self.unreadable.iter().take(IDS_TO_FIND).cloned().collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let changed = payments(reader, &wanted).await?;
        self.unreadable.retain(|id| !wanted.contains(id));
        self.take_in_whole(reader, changed).await
    }

    /// What this look found out about payments that cannot be read; another may have found others meanwhile.
    fn note_unreadable(&self, pull: &mut Pull) {
        let were = &self.pull.unreadable;
        pull.unreadable.retain(|id| !were.contains(id) || self.unreadable.contains(id));
        pull.unreadable.extend(self.unreadable.iter().cloned());
    }

    /// Stores how far it came.
    async fn keep(&self, reader: &Reader<'_>, pass: &Pass) -> Result<(), PullError> {
        let change = |pull: &mut Pull| {
            pull.pass = Some(pass.clone());
            self.note_unreadable(pull);
        };
        amend(reader.app, reader.tenant, &self.pull.company, None, change).await?;
        Ok(())
    }

    async fn begin(&mut self, reader: &mut Reader<'_>, window: Window) -> Result<Begun, PullError> {
        // Before the first answer: what is stored of it was there when QuickBooks gave it.
        let began_at = reader.now();
        let since = match window {
            Window::Changes(since) => since,
            Window::Everything(since) => {
                // Nothing is skipped by beginning in the past of whichever clock is behind.
                return Ok(Begun::Pass(Pass::beginning(since, self.pull.through, began_at)));
            }
        };
        let mut through = self.pull.through;
        for asked in [Asked::All, Asked::Payments] {
            let answer = reader
                .ask(async |client, access| back_end::changes(client, access, asked, since).await)
                .await?;
            let changes = match answer {
                Ok(changes) => changes,
                Err(fault) if fault.is_too_long_ago() => break,
                // An edition may lack one of the lists, or the answer is longer than anybody takes in.
                Err(fault) if asked == Asked::All => {
                    let tenant = reader.tenant;
                    tracing::warn!(%tenant, error = chain(&fault), "lists are not watched");
                    continue;
                }
                Err(fault) => return Err(Error::quickbooks(fault).into()),
            };
            through = changes.time;
            if changes.is_full() {
                // Something is missing, and everything has to be looked at anyway.
                if reader.has_time() {
                    continue;
                }
                break;
            }
            let home = &reader.connection.company.currency;
            let changed = back_end::changed(&changes, home).map_err(unreadable)?;
            if self.take_in(reader, changed).await? != Taken::All {
                break;
            }
            if asked == Asked::All {
                take_in_entries(reader, &changes).await?;
            }
            return Ok(Begun::Whole(through));
        }
        Ok(Begun::Pass(Pass::beginning(since, through, began_at)))
    }

    /// Does what comes next in a look at everything. True: that was the last.
    async fn go_on(&mut self, reader: &mut Reader<'_>, pass: &mut Pass) -> Result<bool, PullError> {
        match pass.stage.clone() {
            PassStage::Changed { from, start } => {
                let home = reader.connection.company.currency.clone();
                let asked = reader
                    .ask(async |client, access| {
                        back_end::page(client, access, &home, from, start).await
                    })
                    .await?;
                let page = asked.map_err(Error::quickbooks)?;
                // In the order of the rows, so that one that was taken in tells where to go on.
                let moments: Vec<Timestamp> =
                    page.changed.payments.iter().map(|payment| payment.changed_at).collect();
                let taken = self.take_in(reader, page.changed).await?;
                if (from, start) == (pass.since, 1) {
                    pass.through = pass.through.max(page.time.unwrap_or(pass.through));
                }
                if let Taken::Some(done) = taken {
                    let last = moments[done - 1];
                    pass.turn_page(from, start, last, u32::try_from(done).unwrap_or(u32::MAX));
                    return Ok(false);
                }
                match page.last {
                    Some(last) if page.goes_on => pass.turn_page(from, start, last, page.rows),
                    _ => pass.stage = PassStage::Deleted { after: None },
                }
                Ok(false)
            }
            PassStage::Deleted { after } => {
                let next = self.look_for_deleted(reader, pass.began_at, after.as_ref()).await?;
                let is_over = next.is_none();
                pass.stage = PassStage::Deleted { after: next };
                Ok(is_over)
            }
        }
    }

    /// Looks whether payments that were known before are still there. Behind which one to go on.
    async fn look_for_deleted(
        &mut self,
        reader: &mut Reader<'_>,
        began_at: Timestamp,
        after: Option<&ObjectId>,
    ) -> Result<Option<ObjectId>, PullError> {
        let (table, company) = (&reader.app.table, &self.pull.company);
        let limit = u32::try_from(IDS_TO_FIND).expect("a small number");
        let page = table.issued_page(reader.tenant, company, limit, after).await?;
        // What was stored by this very look was there a moment ago.
        let earlier = page.payments.iter().filter(|payment| {
            payment.state != IssuedState::Gone && payment.first_seen_at < began_at
        });
        let known: Vec<ObjectId> = earlier.map(|payment| payment.id.payment.clone()).collect();
        if known.is_empty() {
            return Ok(page.next);
        }
        let mut changed = payments(reader, &known).await?;
        let mut done = None;
        for ids in known.chunks(Table::ISSUED_AT_ONCE) {
            if done.is_some() && !reader.app.has_time_to_store() {
                return Ok(done);
            }
            match self.take_in_whole(reader, changed.split_off(ids)).await {
                Ok(()) => done = ids.last().cloned(),
                Err(_) if done.is_some() && !reader.has_time() => return Ok(done),
                Err(error) => return Err(error),
            }
        }
        Ok(page.next)
    }

    /// Takes in what nobody could go on with in the middle.
    async fn take_in_whole(
        &mut self,
        reader: &mut Reader<'_>,
        changed: Changed,
    ) -> Result<(), PullError> {
        match self.take_in(reader, changed).await? {
            Taken::All => Ok(()),
            Taken::Some(_) => Err(Error::Unavailable("QuickBooks", "the time is up".into()).into()),
        }
    }

    async fn take_in(
        &mut self,
        reader: &mut Reader<'_>,
        mut changed: Changed,
    ) -> Result<Taken, PullError> {
        if !changed.unreadable.is_empty() {
            let (tenant, unreadable) = (reader.tenant, &changed.unreadable);
            tracing::error!(%tenant, ?unreadable, "payments that cannot be read");
            self.unreadable.extend(changed.unreadable.drain(..));
        }
        take_in::take_in(reader, self.pull, &changed, self.counts).await
    }

    /// All is stored: from now on only what changes after `through` is asked for.
    async fn end(
        &self,
        reader: &Reader<'_>,
        through: Timestamp,
        late: &BTreeSet<ObjectId>,
    ) -> Result<(), PullError> {
        let (app, tenant) = (reader.app, reader.tenant);
        let (now, pace) = (app.clock.now(), super::pace(app).await);
        let change = |pull: &mut Pull| {
            self.note_unreadable(pull);
            pull.ended_well(through, now, pace);
        };
        amend(app, tenant, &self.pull.company, None, change).await?;
        for bill in late {
            app.table.forget_late_bill(tenant, &self.pull.company, bill).await?;
        }
        Ok(())
    }
}

async fn payments(reader: &mut Reader<'_>, wanted: &[ObjectId]) -> Result<Changed, ReadError> {
    let home = reader.connection.company.currency.clone();
    let asked = reader
        .ask(async |client, access| back_end::payments(client, access, &home, wanted).await)
        .await?;
    Ok(asked.map_err(Error::quickbooks)?)
}

/// Entries of lists that changed too: links and workflows follow them, also where Intuit forgot to tell.
async fn take_in_entries(reader: &mut Reader<'_>, changes: &Changes) -> Result<(), ReadError> {
    for (list, _) in WATCHED {
        let sightings = back_end::changed_entries(changes, list);
        if !sightings.is_empty() {
            entries::take_in(reader, list, sightings).await?;
        }
    }
    Ok(())
}

/// QuickBooks says something that no version of its documentation says: a defect of ours.
fn unreadable(error: quickbooks::Error) -> ReadError {
    Error::Internal("an answer of QuickBooks", Box::new(error)).into()
}
