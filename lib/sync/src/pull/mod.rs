//! Pulling payments: what the bookkeeper paid in QuickBooks on bills of ours, on schedule, when somebody asks, and when
//! Intuit tells of a change.
//!
//! [`window`] asks QuickBooks what changed, [`take_in`] stores what of that concerns us, and only then the pull is noted as
//! done through that time. Whatever dies on the way is done again by the next pull, and finds itself done.

mod configure;
mod due;
mod issued;
mod take_in;
mod window;

use aws::queues::{Message, Pull as Cause, Queue};
use domain::connection::Company;
use domain::history::HistoryLine;
use domain::id::{CompanyId, TenantId};
use domain::pull::Pull;
use domain::reason::{Failure, Reason};

use crate::delivery::{Delivery, hold_back};
use crate::reading::{ReadError, Reader};
use crate::{App, Error, connection};

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

/// How the tenant's payments are pulled.
pub async fn view(app: &App, tenant: &TenantId) -> Result<View, Error> {
    let company = connection::load(app, tenant).await?.map(|connection| connection.company);
    let pull = match &company {
        Some(company) => app.table.pull(tenant, &company.id).await?,
        None => None,
    };
    Ok(View { pull, company })
}

/// Somebody asks for the payments now. What does not come to its end goes on in the queue.
pub async fn ask(app: &App, tenant: &TenantId) -> Result<Pulled, PullError> {
    let pulled = match run(app, tenant).await {
        Err(PullError::Read(ReadError::Other(Error::Unavailable(..)))) => {
            let view = view(app, tenant).await?;
            let reason = Failure::quickbooks_unavailable().reason;
            Pulled { view, counts: Counts::default(), goes_on: Some(reason) }
        }
        Err(PullError::Read(error)) => {
            park(app, tenant, &error).await?;
            return Err(error.into());
        }
        pulled => pulled?,
    };
    if pulled.goes_on.is_some() {
        let message = Message::pull(tenant.clone(), Cause::Asked);
        let queue = Queue::PaymentPull;
        app.queues.send(queue, &message, &app.clock.unique()).await.map_err(Error::from)?;
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
    let View { pull, company } = view(app, tenant).await?;
    if let Cause::Due { company: due, .. } = cause
        && company.as_ref().is_none_or(|company| company.id != *due)
    {
        // The tenant is with another company; coming back to this one resumes it.
        due::park_other(app, tenant, due).await?;
        return Ok(Delivery::Done);
    }
    let is_wanted = pull.filter(|pull| pull.on).is_some_and(|pull| match cause {
        Cause::Due { at, .. } => pull.due_at.is_some_and(|due| due <= *at),
        Cause::Changed(at) => !pull.covers(*at),
        Cause::Asked => true,
    });
    if !is_wanted {
        return Ok(Delivery::Done);
    }
    match run(app, tenant).await {
        Ok(Pulled { goes_on: None, .. }) | Err(PullError::Off) => Ok(Delivery::Done),
        Ok(_) => {
            // A fresh message: getting on is no failed attempt.
            let next = Message::pull(tenant.clone(), Cause::Asked);
            app.queues.send(Queue::PaymentPull, &next, &app.clock.unique()).await?;
            Ok(Delivery::Done)
        }
        Err(PullError::Read(ReadError::Other(error @ Error::Unavailable(..)))) => {
            tracing::warn!(%tenant, error = crate::chain(&error), "a pull waits");
            if app.policy.allows_another(deliveries) {
                let seconds = app.policy.wait_seconds(deliveries, app.clock.random());
                return hold_back(app, Queue::PaymentPull, message, deliveries, seconds).await;
            }
            // The schedule tries again; by then the outage is over, or somebody has read this.
            give_up(app, tenant, Failure::quickbooks_unavailable().reason).await?;
            Ok(Delivery::Done)
        }
        Err(PullError::Read(ReadError::Other(error))) => Err(error),
        Err(PullError::Read(error)) => {
            park(app, tenant, &error).await?;
            Ok(Delivery::Done)
        }
    }
}

/// Pulls once, as far as the invocation's time goes.
async fn run(app: &App, tenant: &TenantId) -> Result<Pulled, PullError> {
    let mut reader = Reader::open(app, tenant).await?;
    let company = reader.connection.company.clone();
    let pull = app.table.pull(tenant, &company.id).await?;
    let pull = pull.filter(|pull| pull.on).ok_or(PullError::Off)?;
    let mut counts = Counts::default();
    let came_to_its_end = window::pull(&mut reader, &pull, &mut counts).await;
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
    let goes_on = came_to_its_end?;
    let pull = app.table.pull(tenant, &company.id).await?;
    Ok(Pulled { view: View { pull, company: Some(company) }, counts, goes_on })
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
    Err(contended())
}

/// Nothing can be pulled until somebody connects.
async fn park(app: &App, tenant: &TenantId, why: &ReadError) -> Result<(), Error> {
    let reason = match why {
        ReadError::NotConnected => Failure::not_connected().reason,
        ReadError::NeedsReconnect => Failure::needs_reconnect().reason,
        ReadError::Other(_) => return Ok(()),
    };
    let Some(connection) = connection::load(app, tenant).await? else { return Ok(()) };
    let company = &connection.company.id;
    amend(app, tenant, company, None, |pull| pull.parks(Some(reason.clone()))).await?;
    Ok(())
}

/// The next attempt is the schedule's.
async fn give_up(app: &App, tenant: &TenantId, reason: Reason) -> Result<(), Error> {
    let Some(connection) = connection::load(app, tenant).await? else { return Ok(()) };
    let (now, usual) = (app.clock.now(), app.pull_interval_minutes);
    let change = |pull: &mut Pull| {
        pull.problem = Some(reason.clone());
        pull.plan_next(now, usual);
    };
    amend(app, tenant, &connection.company.id, None, change).await?;
    Ok(())
}

fn contended() -> Error {
    Error::Unavailable("the pull", "others change it all the time".into())
}
