//! Calling a company no more often than QuickBooks allows, from however many environments.
//!
//! `domain::governor` decides; this stores what is reserved and waits for it. The postings of a host that sends one now
//! and then are not asked: a tenth of what is allowed is left to them. Who works through many asks, and so does
//! everybody for a while after QuickBooks complained.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use domain::connection::Connection;
use domain::governor::{Governor, Moment, Permits, Reserved, Unreserved, recovery};
use domain::id::{CompanyId, TenantId};
use jiff::{SignedDuration, Timestamp};

use crate::{App, Error, chain};

pub use domain::governor::Kind;

/// For so long an invocation waits for its moment; what is further away is for the queue. A batch waits for its own
/// however slow the pace is, if there is time: in the queue its writes would find each other no more.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);
/// Rounds of being late or of others being faster, after which there is no hurry.
const ROUNDS: usize = 12;
/// When to come back after all rounds were lost.
const SOON: SignedDuration = SignedDuration::from_secs(1);
/// Companies that an environment remembers before it forgets those that rest.
const REMEMBERED: usize = 100;

/// Whether somebody may call a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Permit {
    /// Now, once, and not after this: a moment that passes is lost.
    Granted(Timestamp),
    /// Not before then, which is later than this invocation should wait.
    Wait(Timestamp),
}

/// Why QuickBooks was not read: the company is called as often as it may be. Nothing failed.
#[derive(Debug, thiserror::Error)]
#[error("the company is called as often as it may be, until {until}")]
pub(crate) struct TooOften {
    until: Timestamp,
}

impl TooOften {
    pub(crate) fn until(until: Timestamp) -> Error {
        Error::Unavailable("QuickBooks", Box::new(Self { until }))
    }

    /// In how many seconds to come back, if that is what an error says.
    pub(crate) fn seconds_left(error: &Error, now: Timestamp) -> Option<u32> {
        let Error::Unavailable(_, source) = error else { return None };
        let Self { until } = source.downcast_ref()?;
        Some(seconds_until(*until, now))
    }
}

/// Whole seconds, one at least, as a queue waits.
pub(crate) fn seconds_until(until: Timestamp, now: Timestamp) -> u32 {
    u32::try_from(until.duration_since(now).as_secs().saturating_add(1)).unwrap_or(1).max(1)
}

/// What an environment knows of how often companies are called.
#[derive(Debug, Default)]
pub struct Known(Mutex<BTreeMap<CompanyId, Company>>);

#[derive(Debug)]
struct Company {
    /// As it was seen last; somebody else may have moved it on.
    governor: Option<Governor>,
    /// Reserved moments that nobody used yet.
    left: Permits,
    unreserved: Unreserved,
}

impl Default for Company {
    fn default() -> Self {
        Self { governor: None, left: Permits::NONE, unreserved: Unreserved::default() }
    }
}

impl Known {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<CompanyId, Company>> {
        self.0.lock().expect("no holder of this lock panics")
    }

    fn company<T>(&self, id: &CompanyId, look: impl FnOnce(&mut Company) -> T) -> T {
        look(self.lock().entry(id.clone()).or_default())
    }

    fn forget_those_that_rest(&self, now: Timestamp) {
        let mut companies = self.lock();
        if companies.len() > REMEMBERED {
            companies.retain(|_, company| !company.unreserved.is_over(now));
        }
    }
}

/// Asks for a call of a company, or for a batch, and waits for its moment as far as the invocation's time goes. Each call
/// that is granted is for one request.
pub async fn permit(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
    kind: Kind,
) -> Result<Permit, Error> {
    let asked_at = app.clock.now();
    for _ in 0..ROUNDS {
        let now = app.clock.now();
        let moment = match take(app, tenant, company, kind, now).await? {
            Some(Ok(moment)) => moment,
            Some(Err(until)) => {
                if until.duration_since(asked_at) > patience(kind) || !has_time_until(app, until) {
                    return Ok(Permit::Wait(until));
                }
                wait(app, until).await;
                continue;
            }
            // Others were faster.
            None => continue,
        };
        if moment.at > now {
            // It is this one's by now, and would be nobody's.
            if !has_time_until(app, moment.at) {
                return Ok(Permit::Wait(moment.at));
            }
            wait(app, moment.at).await;
        }
        if app.clock.now() <= moment.until {
            return Ok(Permit::Granted(moment.until));
        }
    }
    Ok(Permit::Wait(app.clock.now() + SOON))
}

/// Asks for a call of a posting that is sent by itself. Usually that stores nothing.
pub(crate) async fn permit_posting(
    app: &App,
    tenant: &TenantId,
    connection: &Connection,
) -> Result<Permit, Error> {
    let (company, now) = (&connection.company.id, app.clock.now());
    let recovery = recovery(SignedDuration::from_secs(app.throttle_pause_seconds.into()));
    let recovers_until = connection.paused_until.map(|until| until + recovery);
    if app.governor.company(company, |known| known.unreserved.allows(now, recovers_until)) {
        app.governor.forget_those_that_rest(now);
        return Ok(Permit::Granted(Timestamp::MAX));
    }
    permit(app, tenant, company, Kind::Posting).await
}

/// QuickBooks complained: after the pause, the company is called more slowly. The pause itself is the connection's.
pub(crate) async fn slow_down(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
    until: Timestamp,
) -> Result<(), Error> {
    for _ in 0..ROUNDS {
        let known = known(app, company);
        let Some(slower) = known.slowed_down(app.clock.now(), until) else { return Ok(()) };
        if store(app, tenant, slower).await? {
            return Ok(());
        }
    }
    tracing::warn!(%tenant, "others kept changing the governor; the company is not called more slowly");
    Ok(())
}

/// The next moment, one that was reserved earlier or a fresh one; the inner error is when to ask again. None: somebody
/// else changed the governor, or the moments went by meanwhile.
async fn take(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
    kind: Kind,
    now: Timestamp,
) -> Result<Option<Result<Moment, Timestamp>>, Error> {
    if kind != Kind::Batch
        && let Some(moment) = app.governor.company(company, |known| known.left.take(now))
    {
        return Ok(Some(Ok(moment)));
    }
    let (governor, mut permits) = match known(app, company).reserve(kind, now) {
        Reserved::Wait(until) => return Ok(Some(Err(until))),
        Reserved::Granted(governor, permits) => (governor, permits),
    };
    if !store(app, tenant, governor).await? {
        return Ok(None);
    }
    let moment = permits.take(app.clock.now());
    if kind != Kind::Batch {
        app.governor.company(company, |known| known.left = permits);
    }
    Ok(moment.map(Ok))
}

/// The governor as far as this environment knows. Guessing that there is none costs a write that is refused, once.
fn known(app: &App, company: &CompanyId) -> Governor {
    let known = app.governor.company(company, |known| known.governor.clone());
    known.unwrap_or_else(|| Governor::idle(company.clone()))
}

/// Stores a governor, or learns who was faster.
async fn store(app: &App, tenant: &TenantId, mut governor: Governor) -> Result<bool, Error> {
    governor.written_by = app.clock.unique();
    let company = governor.company.clone();
    let (stored, is_ours) = match app.table.put_governor(tenant, &governor).await {
        Ok(Ok(())) => (Some(governor), true),
        Ok(Err(stored)) => (stored, false),
        Err(error) => {
            tracing::warn!(%tenant, error = chain(&error), "nobody could be asked for a call");
            return Err(error.into());
        }
    };
    app.governor.company(&company, |known| known.governor = stored);
    Ok(is_ours)
}

/// How long somebody waits until it can be reserved what it wants.
fn patience(kind: Kind) -> SignedDuration {
    match kind {
        Kind::Batch => PATIENCE.max(Governor::batches_apart_at_most()),
        Kind::Posting | Kind::Call => PATIENCE,
    }
}

/// Whether the invocation can still make a call then.
fn has_time_until(app: &App, until: Timestamp) -> bool {
    let wait = Duration::try_from(until.duration_since(app.clock.now())).unwrap_or_default();
    app.has_time_for_a_call_after(wait)
}

async fn wait(app: &App, until: Timestamp) {
    let left = until.duration_since(app.clock.now()).as_millis();
    // Rounded up, so that it is not asked again too early.
    app.clock.wait(u64::try_from(left).unwrap_or(0) + 1).await;
}
