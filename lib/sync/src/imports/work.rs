//! The queue's side of an import: one invocation works on it until its time is up, and its message comes again until the
//! import rests.

use aws::queues::{Message, Queue};
use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::import::{Import, ImportId, Phase, State};
use domain::reason::{GivenUp, Reason};
use jiff::{SignedDuration, Timestamp};

use super::desk::{Desk, Stop};
use super::life::{enqueue, forget_file, hindrance, line};
use super::post::post;
use super::validate::validate;
use crate::delivery::{Delivery, hold_back};
use crate::governor::seconds_until;
use crate::{App, Error, chain, connection};

/// Imports brought back by one sweep; more are found by the next.
const SWEPT_AT_MOST: u32 = 50;
/// Imports of a tenant that are looked at together for the one that has its turn.
const LOOKED_AT: u32 = 50;
/// An import that changes under every look is changed by a machine gone wild.
const LOOKS: usize = 8;

/// How a pass through the file ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// At the end of the file.
    Pass,
    /// The invocation has no time for more.
    OutOfTime,
    /// QuickBooks asked for a pause.
    Paused,
    /// QuickBooks cannot be asked now. Who goes on would fill the queues with records that fail there.
    Outage(Reason),
    /// Nothing could be posted any more: the connection is lost, or a workflow no longer runs.
    Hindered,
    /// The file is gone.
    FileMissing,
    /// The file is another one.
    FileReplaced,
    /// The file has too many lines.
    TooManyLines,
    /// Something failed that passes with time.
    Failed(Error),
}

/// When an import that is not heard of for `after_seconds` and twice an invocation is missed.
pub(super) fn missed_at(app: &App, after_seconds: u32) -> Timestamp {
    let seconds = i64::from(after_seconds) + 2 * i64::from(app.lease_seconds);
    app.clock.now() + SignedDuration::from_secs(seconds)
}

/// The queue delivers an import.
pub(crate) async fn deliver(
    app: &App,
    message: &Message,
    id: &ImportId,
    deliveries: u32,
) -> Result<Delivery, Error> {
    let tenant = &message.tenant;
    let mut desk = match Desk::take(app, tenant, id).await {
        Ok(desk) => desk,
        Err(Stop::Rests) => return Ok(Delivery::Done),
        Err(Stop::Error(error)) => return Err(error),
    };
    let before = (desk.import.phase, desk.import.mark);
    let seconds = match work(&mut desk).await {
        Ok(seconds) => seconds,
        Err(Stop::Rests) => return Ok(Delivery::Done),
        Err(Stop::Error(error)) => {
            if (desk.import.phase, desk.import.mark) == before {
                return Err(error);
            }
            // Getting on is no failed attempt.
            tracing::warn!(%tenant, %id, error = chain(&error), "an import goes on later");
            app.policy.wait_seconds(1, app.clock.random())
        }
    };
    if message.failures > 0 {
        // Nor is what failed before.
        enqueue(app, tenant, id).await?;
        return Ok(Delivery::Done);
    }
    hold_back(app, Queue::Import, message, deliveries, seconds).await
}

/// Works on an import; in how many seconds to go on.
async fn work(desk: &mut Desk<'_>) -> Result<u32, Stop> {
    let app = desk.app;
    loop {
        if desk.import.phase != Phase::Validating {
            if let Some(reason) = hindrance(app, desk.tenant, Some(&desk.import)).await? {
                return Err(pause(desk, reason).await);
            }
            if let Some(seconds) = pause_left(app, desk.tenant).await? {
                return later(desk, seconds).await;
            }
        }
        let ended = match desk.import.phase {
            Phase::Validating => validate(desk).await?,
            Phase::Documents | Phase::Payments => post(desk).await?,
        };
        match ended {
            Ended::Pass => end_pass(desk).await?,
            Ended::OutOfTime => return later(desk, 0).await,
            Ended::Paused => {
                let seconds = pause_left(app, desk.tenant).await?;
                return later(desk, seconds.unwrap_or(app.throttle_pause_seconds)).await;
            }
            Ended::Outage(reason) => {
                desk.import.waits_for_quickbooks(reason);
                let (outages, random) = (desk.import.outages, app.clock.random());
                return later(desk, app.policy.wait_seconds(outages, random)).await;
            }
            Ended::Hindered => {
                // It may have passed by now.
                return match hindrance(app, desk.tenant, Some(&desk.import)).await? {
                    Some(reason) => Err(pause(desk, reason).await),
                    None => later(desk, 1).await,
                };
            }
            Ended::FileMissing => return Err(fail(desk, Reason::import_file_missing()).await),
            Ended::FileReplaced => return Err(fail(desk, Reason::import_file_replaced()).await),
            Ended::TooManyLines => return Err(fail(desk, Reason::import_too_many_lines()).await),
            Ended::Failed(error) => return Err(error.into()),
        }
    }
}

/// The next pass begins, or all is done.
async fn end_pass(desk: &mut Desk<'_>) -> Result<(), Stop> {
    let now = desk.app.clock.now();
    let ended = desk
        .settle(|import| {
            import.ends_pass(now);
            match (import.state, &import.reason) {
                (State::Done, _) => Some(told(now, import, "import_done", "is done")),
                (State::Failed, Some(reason)) => {
                    Some(told(now, import, "import_failed", &rested("failed", reason)))
                }
                _ => None,
            }
        })
        .await;
    if desk.import.state == State::Done {
        forget_file(desk.app, desk.tenant, &desk.import.id).await;
    }
    ended
}

/// The import rests until somebody has done something.
async fn pause(desk: &mut Desk<'_>, reason: Reason) -> Stop {
    rest(desk, State::Paused, reason, "import_paused", "was paused").await
}

/// The import cannot go on.
async fn fail(desk: &mut Desk<'_>, reason: Reason) -> Stop {
    rest(desk, State::Failed, reason, "import_failed", "failed").await
}

async fn rest(desk: &mut Desk<'_>, state: State, reason: Reason, action: &str, done: &str) -> Stop {
    let now = desk.app.clock.now();
    let done = rested(done, &reason);
    let rested = desk
        .settle(|import| {
            import.stops(state, reason.clone(), now);
            Some(told(now, import, action, &done))
        })
        .await;
    rested.err().unwrap_or(Stop::Rests)
}

/// How an import came to rest, and what to do.
fn rested(done: &str, reason: &Reason) -> String {
    let text = format!("{done}: {} {}", reason.message, reason.remedy);
    text.trim_end_matches('.').to_owned()
}

/// Nobody need miss it until then.
async fn later(desk: &mut Desk<'_>, seconds: u32) -> Result<u32, Stop> {
    let missed_at = missed_at(desk.app, seconds);
    desk.settle(|import| {
        import.missed_at = Some(missed_at);
        None
    })
    .await?;
    Ok(seconds)
}

/// For how long nobody calls the company.
async fn pause_left(app: &App, tenant: &TenantId) -> Result<Option<u32>, Error> {
    let now = app.clock.now();
    let connection = connection::load(app, tenant).await?;
    let until = connection.and_then(|connection| connection.pause(now));
    Ok(until.map(|until| seconds_until(until, now)))
}

/// A line of history with the counts.
fn told(now: Timestamp, import: &Import, action: &str, done: &str) -> HistoryLine {
    let (lines, records) = (&import.lines, &import.records);
    let counts = [
        (records.posted, "posted"),
        (records.unchanged, "unchanged"),
        (records.queued, "queued"),
        (records.blocked, "blocked"),
        (records.rejected, "rejected"),
        (records.held, "held"),
        (records.skipped, "skipped"),
        (lines.bad, "bad lines"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    line(now, import, action, &format!("{done}. So far: {counts}"))
}

/// Sends for the imports that nobody heard of for too long. How many.
pub(crate) async fn bring_back(app: &App) -> Result<usize, Error> {
    let missed = app.table.imports_missed(app.clock.now(), SWEPT_AT_MOST).await?;
    let mut left_behind = 0;
    for (tenant, id) in &missed {
        match send_for(app, tenant, id).await {
            Ok(sent) => left_behind += usize::from(sent),
            // The others are no worse off for it, and the next sweep finds it again.
            Err(error) => {
                left_behind += 1;
                tracing::error!(%tenant, %id, error = chain(&error), "an import was not sent for");
            }
        }
    }
    Ok(left_behind)
}

/// Sends for an import, unless another one of the tenant is worked on: then its message waits behind that one's.
async fn send_for(app: &App, tenant: &TenantId, id: &ImportId) -> Result<bool, Error> {
    let stored = app.table.import(tenant, id).await?;
    let Some(mut import) = stored.filter(Import::runs) else { return Ok(false) };
    let turn = turn_of_another(app, tenant, id).await?;
    if turn.is_none() {
        tracing::warn!(%tenant, %id, "nobody worked on an import for too long");
        enqueue(app, tenant, id).await?;
    }
    import.missed_at = Some(turn.unwrap_or_else(|| missed_at(app, 0)));
    import.revision += 1;
    // Whoever wrote it meanwhile is at work.
    app.table.put_import(tenant, &import, None).await?;
    Ok(turn.is_none())
}

/// When another import of the tenant that somebody works on will be missed.
async fn turn_of_another(
    app: &App,
    tenant: &TenantId,
    id: &ImportId,
) -> Result<Option<Timestamp>, Error> {
    let now = app.clock.now();
    let mut after = None;
    loop {
        let page = app.table.imports(tenant, LOOKED_AT, after.as_ref()).await?;
        let worked_on = page.imports.iter().filter(|it| it.id != *id && it.worker.is_some());
        let until = worked_on.filter_map(|it| it.missed_at).find(|missed_at| *missed_at > now);
        after = page.next;
        if until.is_some() || after.is_none() {
            return Ok(until);
        }
    }
}

/// Stores that an import was given up, unless it rests.
pub(crate) async fn give_up(
    app: &App,
    tenant: &TenantId,
    id: &ImportId,
    how: GivenUp,
) -> Result<(), Error> {
    for _ in 0..LOOKS {
        let stored = app.table.import(tenant, id).await?;
        let Some(mut import) = stored.filter(Import::runs) else { return Ok(()) };
        let now = app.clock.now();
        let reason = Reason::import_given_up(how);
        let done = rested("failed", &reason);
        import.stops(State::Failed, reason, now);
        import.revision += 1;
        let line = told(now, &import, "import_failed", &done);
        if app.table.put_import(tenant, &import, Some(&line)).await? {
            return Ok(());
        }
    }
    Err(Error::contended("the import"))
}
