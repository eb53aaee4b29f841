//! Reads from QuickBooks for people, outside of a posting's life.

use domain::connection::{Connection, Status};
use domain::id::TenantId;
use domain::reason::{Class, Failure};
use jiff::Timestamp;
use quickbooks::{Access, Client};

use crate::governor::{self, Kind, Permit, TooOften};
use crate::{App, Error, connection, throttle, tokens};

/// Why QuickBooks was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No company is connected.
    #[error("no company is connected")]
    NotConnected,
    /// An admin has to connect the company again.
    #[error("the company has to be connected again")]
    NeedsReconnect,
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<aws::table::Error> for ReadError {
    fn from(error: aws::table::Error) -> Self {
        Self::Other(error.into())
    }
}

/// The right to read one company's books.
pub(crate) struct Reader<'a> {
    pub(crate) app: &'a App,
    pub(crate) tenant: &'a TenantId,
    pub(crate) connection: Connection,
    current: Option<tokens::Current>,
    /// Calls that Intuit meters.
    pub(crate) metered_reads: u32,
}

impl<'a> Reader<'a> {
    /// A reader of the connected company. Asks QuickBooks nothing yet.
    pub(crate) async fn open(app: &'a App, tenant: &'a TenantId) -> Result<Self, ReadError> {
        Self::of(app, tenant, connection::load(app, tenant).await?)
    }

    /// A reader of the company whose connection was loaded a moment ago.
    pub(crate) fn of(
        app: &'a App,
        tenant: &'a TenantId,
        connection: Option<Connection>,
    ) -> Result<Self, ReadError> {
        let connection = connection.ok_or(ReadError::NotConnected)?;
        match connection.status {
            Status::Connected => {}
            Status::NeedsReconnect => return Err(ReadError::NeedsReconnect),
            Status::Disconnected => return Err(ReadError::NotConnected),
        }
        Ok(Self { app, tenant, connection, current: None, metered_reads: 0 })
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Whether the invocation can ask once more.
    pub(crate) fn has_time(&self) -> bool {
        self.app.has_time_for_a_call()
    }

    /// Asks QuickBooks. The inner error is its refusal of this very question; what concerns the company as a whole
    /// has been seen to.
    pub(crate) async fn ask<T>(
        &mut self,
        question: impl AsyncFn(&Client, &Access) -> Result<T, quickbooks::Error>,
    ) -> Result<Result<T, quickbooks::Error>, ReadError> {
        if self.connection.pause(self.app.clock.now()).is_some() || !self.app.has_time_for_a_call()
        {
            return Err(unavailable("the company rests, or the time is up").into());
        }
        let current = match self.current.take() {
            Some(current) => current,
            None => tokens::current(self.app, self.tenant, &self.connection)
                .await
                .map_err(of_failure)?,
        };
        self.may_call().await?;
        self.metered_reads += 1;
        let mut answer = question(&self.app.quickbooks, &current.access).await;
        let mut used = current;
        if answer.as_ref().is_err_and(|error| error.class() == quickbooks::Class::TokenExpired) {
            used = tokens::renew(self.app, self.tenant, &self.connection, &used)
                .await
                .map_err(of_failure)?;
            self.may_call().await?;
            self.metered_reads += 1;
            answer = question(&self.app.quickbooks, &used.access).await;
        }
        self.current = Some(used);
        match answer {
            Ok(answer) => Ok(Ok(answer)),
            Err(error) => self.judge(error).await.map(Err),
        }
    }

    /// Waits until the company may be called, if that is soon.
    async fn may_call(&self) -> Result<(), ReadError> {
        let company = &self.connection.company.id;
        match governor::permit(self.app, self.tenant, company, Kind::Call).await? {
            Permit::Granted(_) => Ok(()),
            Permit::Wait(until) => Err(TooOften::until(until).into()),
        }
    }

    async fn judge(&self, error: quickbooks::Error) -> Result<quickbooks::Error, ReadError> {
        use quickbooks::Class;
        if matches!(error, quickbooks::Error::Unreadable { .. }) {
            // Too long perhaps: another question may have an answer that can be read.
            return Ok(error);
        }
        match error.class() {
            Class::Throttled { retry_after } => {
                let company = &self.connection.company.id;
                throttle::pause(self.app, self.tenant, company, retry_after).await?;
            }
            Class::Reconnect => {
                let failure = tokens::lost(self.app, self.tenant, &self.connection).await?;
                return Err(of_failure(failure));
            }
            Class::NotFound | Class::Rejected | Class::InactiveReference => return Ok(error),
            _ => {}
        }
        Err(Error::quickbooks(error).into())
    }
}

fn of_failure(failure: Failure) -> ReadError {
    match failure.class {
        Class::NeedsReconnect => ReadError::NeedsReconnect,
        _ => unavailable(failure.reason.message).into(),
    }
}

fn unavailable(why: impl Into<String>) -> Error {
    Error::Unavailable("QuickBooks", why.into().into())
}
