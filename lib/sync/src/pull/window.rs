//! What to ask QuickBooks, and how far the answers reach.
//!
//! Usually one question for the changes since the last time, one metered read. Where the answer is full, or the last
//! time is longer ago than QuickBooks tells changes, everything that changed since is read page by page, and then looked
//! whether known payments are still there. That can take more than one invocation, so how far it came is stored.

use domain::id::ObjectId;
use domain::issued::IssuedState;
use domain::pull::{Pass, PassStage, Pull, Window};
use domain::reason::{Failure, Reason};
use jiff::Timestamp;
use quickbooks::Changes;

use super::{Counts, PullError, amend, give_up, take_in};
use crate::notices::entries;
use crate::quickbooks_online::{self as back_end, Asked, Changed, IDS_TO_FIND, WATCHED};
use crate::reading::{ReadError, Reader};
use crate::{Error, chain};

/// Pulls as far as the time goes; why it goes on later, if it does.
pub(super) async fn pull(
    reader: &mut Reader<'_>,
    pull: &Pull,
    counts: &mut Counts,
) -> Result<Option<Reason>, PullError> {
    let (app, tenant) = (reader.app, reader.tenant);
    let late = app.table.late_bills(tenant, &pull.company).await?;
    let mut look = Look { pull, counts, unreadable: Vec::new() };
    let mut pass = match &pull.pass {
        Some(pass) => pass.clone(),
        None => {
            let unknown_since = late.iter().map(|(_, since)| *since).min();
            match look.begin(reader, pull.window(unknown_since, reader.now())).await? {
                Begun::Whole(through) => {
                    look.end(reader, through, &late).await?;
                    return Ok(None);
                }
                Begun::Pass(pass) => {
                    // Whatever the time is, what was asked so far is not asked again.
                    amend(app, tenant, &pull.company, None, |pull| pull.pass = Some(pass.clone()))
                        .await?;
                    pass
                }
            }
        }
    };
    while reader.has_time() {
        let is_over = look.go_on(reader, &mut pass).await?;
        if is_over {
            // One that an earlier invocation began did not reach back to bills that were unknown since.
            let late = if pull.pass.is_none() { late.as_slice() } else { &[] };
            look.end(reader, pass.through, late).await?;
            return Ok(None);
        }
        amend(app, tenant, &pull.company, None, |pull| pull.pass = Some(pass.clone())).await?;
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
    unreadable: Vec<String>,
}

impl Look<'_> {
    async fn begin(&mut self, reader: &mut Reader<'_>, window: Window) -> Result<Begun, PullError> {
        let since = match window {
            Window::Changes(since) => since,
            Window::Everything(since) => {
                // Nothing is skipped by beginning in the past of whichever clock is behind.
                return Ok(Begun::Pass(Pass::beginning(since, self.pull.through)));
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
                // An edition may lack one of the lists.
                Err(fault) if asked == Asked::All => {
                    let tenant = reader.tenant;
                    tracing::warn!(%tenant, error = chain(&fault), "lists are not watched");
                    continue;
                }
                Err(fault) => return Err(unavailable(fault).into()),
            };
            let changed = back_end::changed(&changes, &reader.connection.company.currency);
            self.take_in(reader, changed).await?;
            if asked == Asked::All {
                take_in_entries(reader, &changes).await?;
            }
            through = changes.time;
            if !changes.is_full() {
                return Ok(Begun::Whole(through));
            }
            if !reader.has_time() {
                break;
            }
        }
        Ok(Begun::Pass(Pass::beginning(since, through)))
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
                let page = asked.map_err(unavailable)?;
                self.take_in(reader, page.changed).await?;
                if (from, start) == (pass.since, 1) {
                    pass.through = pass.through.max(page.time.unwrap_or(pass.through));
                }
                match page.last {
                    Some(last) if page.goes_on => pass.turn_page(from, start, last, page.rows),
                    _ => pass.stage = PassStage::Deleted { after: None },
                }
                Ok(false)
            }
            PassStage::Deleted { after } => {
                let next = self.look_for_deleted(reader, after.as_ref()).await?;
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
        after: Option<&ObjectId>,
    ) -> Result<Option<ObjectId>, PullError> {
        let (table, company) = (&reader.app.table, &self.pull.company);
        let limit = u32::try_from(IDS_TO_FIND).expect("a small number");
        let page = table.issued_page(reader.tenant, company, limit, after).await?;
        // What changed later came with the pages of this very look. Those in which windows overlap could have come with
        // them, too, unless they were deleted meanwhile.
        let earlier = page.payments.iter().filter(|payment| {
            payment.state != IssuedState::Gone
                && payment.seen.changed_at.as_second() <= self.pull.through.as_second()
        });
        let known: Vec<ObjectId> = earlier.map(|payment| payment.id.payment.clone()).collect();
        if !known.is_empty() {
            let asked = reader
                .ask(async |client, access| back_end::payments_left(client, access, &known).await)
                .await?;
            let left = asked.map_err(unavailable)?;
            let deleted = known.into_iter().filter(|id| !left.contains(id)).collect();
            self.take_in(reader, Changed { deleted, ..Changed::default() }).await?;
        }
        Ok(page.next)
    }

    async fn take_in(
        &mut self,
        reader: &mut Reader<'_>,
        mut changed: Changed,
    ) -> Result<(), PullError> {
        self.unreadable.append(&mut changed.unreadable);
        take_in::take_in(reader, self.pull, &changed, self.counts).await
    }

    /// All is stored: from now on only what changes after `through` is asked for.
    async fn end(
        &self,
        reader: &Reader<'_>,
        through: Timestamp,
        late: &[(ObjectId, Timestamp)],
    ) -> Result<(), PullError> {
        let (app, tenant) = (reader.app, reader.tenant);
        if !self.unreadable.is_empty() {
            // Going on would leave them behind for good.
            tracing::error!(%tenant, unreadable = ?self.unreadable, "payments that cannot be read");
            let reason = Failure::payments_unreadable(self.unreadable.len()).reason;
            give_up(app, tenant, reason).await?;
            return Ok(());
        }
        let (now, usual) = (app.clock.now(), app.pull_interval_minutes);
        amend(app, tenant, &self.pull.company, None, |pull| pull.ended_well(through, now, usual))
            .await?;
        for (bill, _) in late {
            app.table.forget_late_bill(tenant, &self.pull.company, bill).await?;
        }
        Ok(())
    }
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

fn unavailable(fault: quickbooks::Error) -> ReadError {
    Error::Unavailable("QuickBooks", Box::new(fault)).into()
}
