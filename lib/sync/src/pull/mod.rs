//! Pulling payments: what the bookkeeper paid in QuickBooks on bills of ours, on schedule, when somebody asks, and when
//! Intuit tells of a change.
//!
//! `window` asks QuickBooks what changed, `take_in` stores what of that concerns us, and only then the pull is noted as
//! done through that time. Whatever dies on the way is done again by the next pull, and finds itself done.

mod configure;
mod due;
mod issued;
mod take_in;
mod window;

use aws::queues::{Message, Pull as Cause, Queue};
use domain::connection::{Company, Connection, Status};
use domain::history::HistoryLine;
use domain::id::{CompanyId, TenantId};
use domain::pull::{Pace, Pull};
use domain::reason::{Failure, Reason};

use crate::delivery::{Delivery, hold_back};
use crate::governor::TooOften;
use crate::reading::{ReadError, Reader};
use crate::{App, Error, chain, connection, meter, wake};
use window::Wanted;

pub use configure::{Change, ConfigureError, configure};
pub(crate) use due::resume;
pub use due::{FannedOut, fan_out};
pub use issued::{Annotation, Listed, NotRemoved, annotate, list, remove, show};

/// A pull item that changes under every look is changed by a machine gone wild.
const LOOKS: usize = 5;

/// How a tenant's payments are pulled.
#[derive(Debug, Clone)]
pub struct View {
    /// Absent when nobody ever said.
    pub pull: Option<Pull>,
    /// The tenant's company, if there is one.
    pub company: Option<Company>,
}

/// What a pull found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Payments that changed in QuickBooks, ours or not.
    pub seen: u32,
    /// Those that came.
    pub created: u32,
    /// Those that changed.
    pub updated: u32,
    /// Those that were voided.
    pub voided: u32,
    /// Those that were deleted.
    pub gone: u32,
    /// Calls that Intuit meters.
    pub metered_reads: u32,
}

impl Counts {
    fn has_stored(&self) -> bool {
        [self.created, self.updated, self.voided, self.gone].iter().any(|count| *count > 0)
    }
}

/// What came of a pull.
#[derive(Debug, Clone)]
pub struct Pulled {
    /// How it stands now.
    pub view: View,
    /// What it did.
    pub counts: Counts,
    /// Why it is not at its end: it goes on in the queue.
    pub goes_on: Option<Reason>,
}

/// Why nothing was pulled.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// Nobody asked for payments, or somebody switched them off.
    #[error("payments are not pulled")]
    Off,
    /// QuickBooks was not read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<Error> for PullError {
    fn from(error: Error) -> Self {
        Self::Read(error.into())
    }
}

impl From<aws::table::Error> for PullError {
    fn from(error: aws::table::Error) -> Self {
        Self::Read(error.into())
    }
}

/// How often the schedule pulls.
async fn pace(app: &App) -> Pace {
    let step = meter::ladder(app).await.map(|ladder| ladder.step).unwrap_or_default();
    Pace { usual_minutes: app.pull_interval_minutes, step }
}

/// How the tenant's payments are pulled.
pub async fn view(app: &App, tenant: &TenantId) -> Result<View, Error> {
    Ok(Stand::load(app, tenant).await?.view())
}

/// Somebody asks for the payments now. What does not come to its end goes on in the queue.
pub async fn ask(app: &App, tenant: &TenantId) -> Result<Pulled, PullError> {
    let before = Stand::load(app, tenant).await?;
    let next = next_cause(app, Wanted::News, before.pull.as_ref());
    let pulled = match run(app, tenant, &before, Wanted::News).await {
        Err(PullError::Read(ReadError::Other(Error::Unavailable(..)))) => {
            let reason = if app.has_time_for_a_call() {
                Failure::quickbooks_unavailable().reason
            } else {
                Reason::queued()
            };
            Pulled { view: before.view(), counts: Counts::default(), goes_on: Some(reason) }
        }
        Err(PullError::Read(error)) => {
            if let Some(company) = before.company() {
                park(app, tenant, &company.id, &error).await?;
            }
            return Err(error.into());
        }
        pulled => pulled?,
    };
    if pulled.goes_on.is_some() {
        goes_on(app, tenant, next).await?;
    }
    Ok(pulled)
}

/// The queue delivers a pull.
pub(crate) async fn deliver(
    app: &App,
    message: &Message,
    cause: &Cause,
    deliveries: u32,
) -> Result<Delivery, Error> {
    let tenant = &message.tenant;
    let before = Stand::load(app, tenant).await?;
    if let Cause::Due { company: due, .. } = cause
        && before.company().is_none_or(|company| company.id != *due)
    {
        // The tenant is with another company; coming back to this one resumes it.
        due::park_other(app, tenant, due).await?;
        return Ok(Delivery::Done);
    }
    let is_wanted = |pull: &&Pull| match cause {
        Cause::Due { at, .. } => pull.due_at.is_some_and(|due| due <= *at),
        Cause::Changed(at) => !pull.covers(*at),
        Cause::Asked => true,
    };
    let pull = before.pull.as_ref().filter(|pull| pull.on).filter(is_wanted);
    let Some(pull) = pull else { return Ok(Delivery::Done) };
    let wanted = match cause {
        Cause::Due { .. } | Cause::Changed(_) => Wanted::News,
        Cause::Asked => Wanted::Rest,
    };
    match run(app, tenant, &before, wanted).await {
        Ok(Pulled { goes_on: None, .. }) | Err(PullError::Off) => Ok(Delivery::Done),
        // A fresh message: getting on is no failed attempt.
        Ok(_) => goes_on(app, tenant, next_cause(app, wanted, Some(pull))).await,
        Err(PullError::Read(error)) => {
            let failed = Failed { app, message, cause, pull };
            failed.settle(error, deliveries).await
        }
    }
}

/// Why the next message pulls. Who goes on with what somebody else began still wants what happened by now.
fn next_cause(app: &App, wanted: Wanted, before: Option<&Pull>) -> Cause {
    match wanted {
        Wanted::News if before.is_some_and(|pull| pull.pass.is_some()) => {
            Cause::Changed(app.clock.now())
        }
        Wanted::News | Wanted::Rest => Cause::Asked,
    }
}

/// The rest is for another message.
async fn goes_on(app: &App, tenant: &TenantId, cause: Cause) -> Result<Delivery, Error> {
    let next = Message::pull(tenant.clone(), cause);
    app.queues.send(Queue::PaymentPull, &next, &app.clock.unique()).await?;
    Ok(Delivery::Done)
}

/// A pull that failed.
struct Failed<'a> {
    app: &'a App,
    message: &'a Message,
    cause: &'a Cause,
    /// As it was before.
    pull: &'a Pull,
}

impl Failed<'_> {
    /// What the schedule asked for, the schedule tries again; what somebody asked for waits in the queue, as long as that
    /// makes sense.
    async fn settle(&self, error: ReadError, deliveries: u32) -> Result<Delivery, Error> {
        let (app, tenant) = (self.app, &self.message.tenant);
        let ReadError::Other(error) = error else {
            park(app, tenant, &self.pull.company, &error).await?;
            return Ok(Delivery::Done);
        };
        let failure = match &error {
            Error::Unavailable(..) => Failure::quickbooks_unavailable(),
            _ => Failure::internal(),
        };
        if let Some(seconds) = TooOften::seconds_left(&error, app.clock.now()) {
            // Nothing failed, so no attempt is spent.
            return self.later(deliveries, seconds).await;
        }
        tracing::warn!(%tenant, deliveries, error = chain(&error), "a pull failed");
        let is_scheduled = matches!(self.cause, Cause::Due { .. });
        if let Error::Newer(..) = error {
            // Nothing may be noted of it. The schedule asks again; what somebody asked for waits.
            return if is_scheduled { Ok(Delivery::Done) } else { Err(error) };
        }
        if !is_scheduled {
            let connection = connection::load(app, tenant).await?;
            let now = app.clock.now();
            if let Some(until) = connection.and_then(|connection| connection.pause(now)) {
                let seconds = u32::try_from(until.duration_since(now).as_secs()).unwrap_or(0);
                return self.later(deliveries, seconds.saturating_add(1)).await;
            }
            if app.policy.allows_another(deliveries) {
                let seconds = app.policy.wait_seconds(deliveries, app.clock.random());
                return self.later(deliveries, seconds).await;
            }
        }
        let now = app.clock.now();
        let reason = failure.reason;
        let Pace { step, .. } = pace(app).await;
        amend(app, tenant, &self.pull.company, None, |pull| {
            pull.failed(reason.clone(), now, step);
        })
        .await?;
        Ok(Delivery::Done)
    }

    async fn later(&self, deliveries: u32, seconds: u32) -> Result<Delivery, Error> {
        hold_back(self.app, Queue::PaymentPull, self.message, deliveries, seconds).await
    }
}

/// How things stand before a pull, read once: every write afterwards compares what it changes.
struct Stand {
    connection: Option<Connection>,
    pull: Option<Pull>,
}

impl Stand {
    async fn load(app: &App, tenant: &TenantId) -> Result<Self, Error> {
        let connection = connection::load(app, tenant).await?;
        let pull = match &connection {
            Some(connection) => app.table.pull(tenant, &connection.company.id).await?,
            None => None,
        };
        Ok(Self { connection, pull })
    }

    fn company(&self) -> Option<&Company> {
        self.connection.as_ref().map(|connection| &connection.company)
    }

    fn view(&self) -> View {
        View { pull: self.pull.clone(), company: self.company().cloned() }
    }
}

/// Pulls once, as far as the invocation's time goes.
async fn run(
    app: &App,
    tenant: &TenantId,
    before: &Stand,
    wanted: Wanted,
) -> Result<Pulled, PullError> {
    let mut reader = Reader::of(app, tenant, before.connection.clone())?;
    let company = reader.connection.company.clone();
    if reader.connection.must_wake() {
        // A pull that found something to wake for may have died before it did.
        wake::connection(app, tenant, &company.id).await?;
    }
    let pull = before.pull.as_ref().filter(|pull| pull.on).ok_or(PullError::Off)?;
    let mut counts = Counts::default();
    let came_to_its_end = window::pull(&mut reader, pull, wanted, &mut counts).await;
    counts.metered_reads = reader.metered_reads;
    tracing::info!(
        %tenant,
        seen = counts.seen,
        created = counts.created,
        updated = counts.updated,
        voided = counts.voided,
        gone = counts.gone,
        metered_reads = counts.metered_reads,
        "payments were pulled"
    );
    let now = app.table.pull(tenant, &company.id).await?;
    let got_on = counts.has_stored() || now.as_ref().is_some_and(|now| now.pass != pull.pass);
    let goes_on = match came_to_its_end {
        // Getting on is no failed attempt, even when the time was up in the middle of something.
        Err(PullError::Read(ReadError::Other(Error::Unavailable(..))))
            if got_on && !reader.has_time() =>
        {
            Some(Reason::queued())
        }
        came => came?,
    };
    Ok(Pulled { view: View { pull: now, company: Some(company) }, counts, goes_on })
}

/// Changes a pull, whoever else changes it. The pull as it is then; absent when there is none.
async fn amend(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
    line: Option<&HistoryLine>,
    change: impl Fn(&mut Pull),
) -> Result<Option<Pull>, Error> {
    for _ in 0..LOOKS {
        let Some(before) = app.table.pull(tenant, company).await? else { return Ok(None) };
        let mut pull = before.clone();
        change(&mut pull);
        if pull == before {
            return Ok(Some(before));
        }
        pull.revision += 1;
        if app.table.put_pull(tenant, &pull, line).await? {
            return Ok(Some(pull));
        }
    }
    Err(Error::contended("the pull"))
}

/// Nothing can be pulled from a company until somebody connects it.
async fn park(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
    why: &ReadError,
) -> Result<(), Error> {
    let reason = match why {
        ReadError::NotConnected => Failure::not_connected().reason,
        ReadError::NeedsReconnect => Failure::needs_reconnect().reason,
        ReadError::Other(_) => return Ok(()),
    };
    amend(app, tenant, company, None, |pull| pull.parks(Some(reason.clone()))).await?;
    // Somebody may have connected between the refusal and this.
    let connection = connection::load(app, tenant).await?;
    let works = |connection: Connection| {
        connection.status == Status::Connected && connection.company.id == *company
    };
    if connection.is_some_and(works) {
        resume(app, tenant, company).await?;
    }
    Ok(())
}
