//! Whether and how often payments are pulled, as an admin says.

use domain::connection::{Company, Status};
use domain::history::HistoryLine;
use domain::id::{CompanyId, TenantId};
use domain::pull::Pull;
use jiff::SignedDuration;

use super::{LOOKS, View};
use crate::quickbooks_online::{self as back_end, Asked};
use crate::reading::{ReadError, Reader};
use crate::{App, Error, connection, meter};

/// What an admin says. What is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// The company that is meant, as a confirmation.
    pub company: Option<CompanyId>,
    /// Whether payments are pulled.
    pub on: Option<bool>,
    /// How often; the inner absence means as often as the deployment says.
    pub interval_minutes: Option<Option<u32>>,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum ConfigureError {
    /// This company is connected, not the one that was confirmed.
    #[error("another company is connected")]
    OtherCompany(Box<Company>),
    /// Nobody confirmed that this company is the right one.
    #[error("the company was not confirmed")]
    NotConfirmed(Box<Company>),
    /// QuickBooks was not read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<Error> for ConfigureError {
    fn from(error: Error) -> Self {
        Self::Read(error.into())
    }
}

impl From<aws::table::Error> for ConfigureError {
    fn from(error: aws::table::Error) -> Self {
        Self::Read(error.into())
    }
}

/// Saves what an admin says. The first time, QuickBooks is asked what time it is there: payments entered from then on
/// come.
pub async fn configure(
    app: &App,
    tenant: &TenantId,
    change: Change,
) -> Result<View, ConfigureError> {
    let connection = connection::load(app, tenant).await?.ok_or(ReadError::NotConnected)?;
    let company = connection.company.clone();
    if change.company.as_ref().is_some_and(|confirmed| *confirmed != company.id) {
        return Err(ConfigureError::OtherCompany(Box::new(company)));
    }
    let mut beginning = None;
    for _ in 0..LOOKS {
        let before = app.table.pull(tenant, &company.id).await?;
        if before.is_none() && change.company.is_none() {
            return Err(ConfigureError::NotConfirmed(Box::new(company)));
        }
        let base = match (&before, &beginning) {
            (Some(before), _) => before.clone(),
            (None, Some(beginning)) => Pull::clone(beginning),
            (None, None) => {
                app.table.note_bills(tenant, &company.id).await?;
                beginning.insert(begin(app, tenant, &company.id).await?).clone()
            }
        };
        let mut pull = base;
        pull.on = change.on.unwrap_or(pull.on);
        if pull.on {
            // Switching off is possible at any time.
            match connection.status {
                Status::Connected => {}
                Status::NeedsReconnect => return Err(ReadError::NeedsReconnect.into()),
                Status::Disconnected => return Err(ReadError::NotConnected.into()),
            }
        }
        pull.interval_minutes = change.interval_minutes.unwrap_or(pull.interval_minutes);
        pull.problem = None;
        pull.plan_next(app.clock.now(), super::pace(app).await);
        if before.as_ref().is_some_and(|before| same_wishes(before, &pull)) {
            return Ok(View { pull: before, company: Some(company) });
        }
        pull.revision += 1;
        let line = line(app, &pull).await;
        if app.table.put_pull(tenant, &pull, Some(&line)).await? {
            return Ok(View { pull: Some(pull), company: Some(company) });
        }
    }
    Err(Error::contended("the pull").into())
}

/// Saying the same again does not put the next pull off.
fn same_wishes(before: &Pull, pull: &Pull) -> bool {
    before.on == pull.on
        && before.interval_minutes == pull.interval_minutes
        && before.problem.is_none()
        && before.due_at.is_some() == pull.due_at.is_some()
}

/// A pull that begins at QuickBooks' now. One metered read.
async fn begin(app: &App, tenant: &TenantId, company: &CompanyId) -> Result<Pull, ReadError> {
    let mut reader = Reader::open(app, tenant).await?;
    let moment_ago = reader.now() - SignedDuration::from_mins(1);
    let asked = reader
        .ask(async |client, access| {
            back_end::changes(client, access, Asked::Payments, moment_ago).await
        })
        .await?;
    let changes = asked.map_err(Error::quickbooks)?;
    if reader.connection.company.id != *company {
        return Err(Error::contended("the pull").into());
    }
    Ok(Pull::beginning(company.clone(), changes.time))
}

async fn line(app: &App, pull: &Pull) -> HistoryLine {
    let description = if pull.on {
        let minutes = pull.interval_minutes.unwrap_or(app.pull_interval_minutes);
        let ladder = meter::ladder(app).await;
        let spared = ladder.and_then(|ladder| ladder.explains(minutes));
        let spared = spared.map(|why| format!(" For now: {why}")).unwrap_or_default();
        format!(
            "Payments on bills are brought back from QuickBooks every {minutes} minutes, those entered since {}.",
            pull.since.strftime("%Y-%m-%d %H:%M:%S UTC")
        ) + &spared
    } else {
        "Payments on bills are no longer brought back from QuickBooks.".to_owned()
    };
    HistoryLine::about_tenant(app.clock.now(), "payment_pull_saved", description)
}
