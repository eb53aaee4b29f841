//! One QuickBooks company: its clock, switches, ledger, grants, scripted faults, journal and notifications.

use jiff::{SignedDuration, Timestamp, Zoned, civil::Date, tz::TimeZone};
use serde::Deserialize;

use crate::{
    api::{Limiter, Replays},
    control::{Journal, Script},
    ledger::Ledger,
    oauth::Grants,
    switches::Switches,
    webhooks::Outbox,
};

/// Everything about one company. Calls on it are serialized by its lock.
#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) realm: String,
    pub(crate) profile: Profile,
    pub(crate) clock: Clock,
    pub(crate) switches: Switches,
    pub(crate) ledger: Ledger,
    pub(crate) grants: Grants,
    pub(crate) script: Script,
    pub(crate) journal: Journal,
    pub(crate) replays: Replays,
    pub(crate) limiter: Limiter,
    pub(crate) outbox: Outbox,
}

/// What a test asks for when it creates a company.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) edition: String,
    /// The sample company's lists and transactions, or only the system accounts.
    pub(crate) sample: bool,
    pub(crate) switches: Switches,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: "Craig's Design and Landscaping Services".to_owned(),
            country: "US".to_owned(),
            edition: "QuickBooks Online Plus".to_owned(),
            sample: true,
            switches: Switches::default(),
        }
    }
}

impl Company {
    pub(crate) fn new(realm: String, profile: Profile, ledger: Ledger, clock: Clock) -> Self {
        Self {
            realm,
            switches: profile.switches.clone(),
            profile,
            clock,
            ledger,
            grants: Grants::default(),
            script: Script::default(),
            journal: Journal::default(),
            replays: Replays::default(),
            limiter: Limiter::default(),
            outbox: Outbox::default(),
        }
    }
}

/// A clock that moves only when told, in the sample company's zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    now: Timestamp,
    created: Timestamp,
}

impl Clock {
    /// Starts at the real now, so that default dates are sensible, and stands still.
    pub(crate) fn started() -> Self {
        Self::at(Timestamp::now())
    }

    pub(crate) fn at(now: Timestamp) -> Self {
        Self { now, created: now }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves the clock; one that would leave the representable range stays where it is.
    pub(crate) fn advance(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(self.now);
    }

    pub(crate) fn set(&mut self, now: Timestamp) {
        self.now = now;
    }

    pub(crate) fn today(&self) -> Date {
        self.local().date()
    }

    /// Now, as in `MetaData`: whole seconds with the company's offset.
    pub(crate) fn stamp(&self) -> String {
        stamp(self.now)
    }

    /// Another instant in the same shape.
    pub(crate) fn stamp_of(&self, instant: Timestamp) -> String {
        stamp(instant)
    }

    /// When the company was created.
    pub(crate) fn created_stamp(&self) -> String {
        stamp(self.created)
    }

    /// Now, as in the envelope's `time`: milliseconds.
    pub(crate) fn envelope_time(&self) -> String {
        self.local().strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }

    fn local(&self) -> Zoned {
        self.now.to_zoned(zone())
    }
}

fn stamp(instant: Timestamp) -> String {
    instant.to_zoned(zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// US Pacific time by rule, so that no time zone database is needed.
pub(crate) fn zone() -> TimeZone {
    TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap_or(TimeZone::UTC)
}
