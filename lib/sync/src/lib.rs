//! The workflows: load, plan, apply exactly once, record; and what they rest on: token custody, waking what waits,
//! the connection's life and the tenant's settings.
//!
//! Decisions are in `domain`; this crate asks, does and stores. It refuses to know HTTP requests, Lambda and JSON bodies
//! of the host. Start at [`posting`]; its `apply` module is the one loop that writes to QuickBooks.

#![deny(clippy::float_arithmetic)]

mod clock;
pub mod connection;
pub mod dead_letters;
pub mod delivery;
pub mod disbursement;
pub mod events;
pub mod governor;
pub mod history;
pub mod imports;
pub mod links;
pub mod lists;
pub mod meter;
pub mod notices;
pub mod panic;
pub mod posting;
pub mod postings;
pub mod pull;
mod quickbooks_online;
mod reading;
pub mod switches;
pub mod tally;
mod throttle;
mod tokens;
mod wake;
pub mod watch;
pub mod workflows;

use std::error::Error as StdError;
use std::sync::Mutex;
use std::time::Duration;

use aws::bus::Bus;
use aws::files::Files;
use aws::queues::Queues;
use aws::secrets::Secrets;
use aws::table::Table;
use domain::retry::Policy;
use jiff::{SignedDuration, Timestamp};
use quickbooks::Client;

pub use clock::Clock;
pub use posting::Answer;
pub use reading::ReadError;

/// Everything the workflows work with; made once per cold start.
pub struct App {
    /// The one table.
    pub table: Table,
    /// Tokens and the application's own credentials.
    pub secrets: Secrets,
    /// The queues for what waits for time.
    pub queues: Queues,
    /// The bus on which hosts hear of everything.
    pub bus: Bus,
    /// The files of imports.
    pub files: Files,
    /// Reads the lines of these files.
    pub read_line: imports::ReadLine,
    /// Where else events go.
    pub events: events::Outlet,
    /// The QuickBooks client.
    pub quickbooks: Client,
    /// Time and chance.
    pub clock: Clock,
    /// How long to wait and when to give up.
    pub policy: Policy,
    /// How long a company pauses when QuickBooks throttles it.
    pub throttle_pause_seconds: u32,
    /// By how much the clocks of two environments may differ. A lease lasts that much longer than what it is for, so that
    /// nobody takes over from one who is still at work.
    pub clock_skew_seconds: u32,
    /// How long an invocation owns the posting it works on; longer than any invocation may run.
    pub lease_seconds: u32,
    /// How long one call of QuickBooks may take.
    pub call_time: Duration,
    /// How often a tenant's payments are pulled when nobody says.
    pub pull_interval_minutes: u32,
    /// Calls that Intuit meters which a month allows; 0 when there is no limit.
    pub monthly_read_allowance: u64,
    /// When the running invocation ends.
    pub deadline: Deadline,
    /// Where Intuit sends the customer's browser back to.
    pub redirect_uri: String,
    /// Access tokens of the warm environment.
    pub tokens: tokens::Cache,
    /// How often companies are called, as far as the warm environment knows.
    pub governor: governor::Known,
    /// Where the month stands, as far as the warm environment knows.
    pub meter: meter::Known,
}

pub use tokens::Cache as TokenCache;

/// When the running invocation ends. A Lambda environment runs one at a time.
#[derive(Debug, Default)]
pub struct Deadline(Mutex<Option<Timestamp>>);

impl Deadline {
    /// An invocation begins; without a deadline it may take as long as it likes.
    pub fn set(&self, at: Option<Timestamp>) {
        *self.0.lock().expect("no holder of this lock panics") = at;
    }

    fn leaves(&self, time: Duration, now: Timestamp) -> bool {
        self.get().is_none_or(|deadline| now + time < deadline)
    }

    fn get(&self) -> Option<Timestamp> {
        *self.0.lock().expect("no holder of this lock panics")
    }
}

impl App {
    /// Whether the invocation can make one more call and store what comes of it.
    fn has_time_for_a_call(&self) -> bool {
        self.has_time_for_a_call_after(Duration::ZERO)
    }

    /// Likewise, when it has waited for so long.
    fn has_time_for_a_call_after(&self, wait: Duration) -> bool {
        self.deadline.leaves(wait + self.call_time + STORING_TIME, self.clock.now())
    }

    /// Until when this invocation owns what it begins with now: a little longer than it runs.
    fn lease_until(&self, now: Timestamp) -> Timestamp {
        let longest = now + SignedDuration::from_secs(self.lease_seconds.into());
        let skew = SignedDuration::from_secs(self.clock_skew_seconds.into());
        let ends = self.deadline.get().map(|deadline| deadline + skew + STORING_TIME);
        ends.map_or(longest, |ends| ends.clamp(now, longest))
    }

    /// Until when a call that is begun now has ended, also one that renews the tokens first; an invocation that dies
    /// meanwhile holds nobody up for longer than that.
    fn calls_until(&self, now: Timestamp) -> Timestamp {
        let skew = SignedDuration::from_secs(self.clock_skew_seconds.into());
        (now + self.call_time * 2 + STORING_TIME + skew).min(self.lease_until(now))
    }

    /// Whether the invocation can still store something.
    fn has_time_to_store(&self) -> bool {
        self.deadline.leaves(STORING_TIME, self.clock.now())
    }
}

/// Storing takes milliseconds; with a repetition by the SDK, a few seconds.
const STORING_TIME: Duration = Duration::from_secs(4);

/// What goes wrong outside of a posting's own life.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The host sent other content under a version that is known.
    #[error("version {known} is known with other content")]
    VersionReused {
        /// The version that is known.
        known: u64,
    },
    /// There is no such record.
    #[error("no such record")]
    UnknownRecord,
    /// A part of AWS or QuickBooks does not answer; the same call may be repeated.
    #[error("{0} is not available")]
    Unavailable(&'static str, #[source] Box<dyn StdError + Send + Sync>),
    /// The deployment is not set up; the operator has to act.
    #[error("{0} is not set up")]
    NotConfigured(&'static str, #[source] Box<dyn StdError + Send + Sync>),
    /// A newer version of ledgerbridge wrote it. This one leaves it alone, and whoever waits for it waits for that version.
    #[error("{0} was written by a newer version")]
    Newer(&'static str, #[source] Box<dyn StdError + Send + Sync>),
    /// A defect of ours.
    #[error("internal error in {0}")]
    Internal(&'static str, #[source] Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// QuickBooks did not answer a question, or refused one that is good: it is asked again later.
    pub(crate) fn quickbooks(fault: quickbooks::Error) -> Self {
        Self::Unavailable("QuickBooks", Box::new(fault))
    }

    /// Others changed this whenever it was looked at.
    pub(crate) fn contended(what: &'static str) -> Self {
        Self::Unavailable(what, "others changed it meanwhile".into())
    }
}

impl From<aws::table::Error> for Error {
    fn from(error: aws::table::Error) -> Self {
        match &error {
            aws::table::Error::Unavailable(_) => Self::Unavailable("the table", Box::new(error)),
            aws::table::Error::FromTheFuture { .. } => Self::Newer("an item", Box::new(error)),
            _ => Self::Internal("the table", Box::new(error)),
        }
    }
}

impl From<aws::queues::Error> for Error {
    fn from(error: aws::queues::Error) -> Self {
        match &error {
            aws::queues::Error::Unavailable(_) => Self::Unavailable("the queue", Box::new(error)),
            aws::queues::Error::Refused(_) => Self::Internal("the queue", Box::new(error)),
        }
    }
}

impl From<aws::files::Error> for Error {
    fn from(error: aws::files::Error) -> Self {
        match &error {
            aws::files::Error::Unavailable(_) => Self::Unavailable("the files", Box::new(error)),
            _ => Self::Internal("the files", Box::new(error)),
        }
    }
}

impl From<aws::bus::Error> for Error {
    fn from(error: aws::bus::Error) -> Self {
        match &error {
            aws::bus::Error::Unavailable(_) => Self::Unavailable("the event bus", Box::new(error)),
            aws::bus::Error::Refused(_) => Self::Internal("the event bus", Box::new(error)),
        }
    }
}

impl From<aws::secrets::Error> for Error {
    fn from(error: aws::secrets::Error) -> Self {
        match &error {
            aws::secrets::Error::Unavailable(_) => {
                Self::Unavailable("the secrets", Box::new(error))
            }
            aws::secrets::Error::NotConfigured { .. } => {
                Self::NotConfigured("the application secret", Box::new(error))
            }
            _ => Self::Internal("the secrets", Box::new(error)),
        }
    }
}

/// An error with its causes, on one line, for the log.
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // Some errors repeat their cause in their own words.
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_causes_once() {
        let inner = std::io::Error::other("connection refused");
        let error = Error::Unavailable("the table", Box::new(inner));
        assert_eq!(chain(&error), "the table is not available: connection refused");
    }
}
