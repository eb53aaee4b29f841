//! The endpoint that a tenant's events are sent to, and how far that has come. Nothing here sends anything.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Layout of the stored endpoint that this code writes.
pub const SCHEMA: u32 = 1;
/// How long an event is tried before the next one has its turn.
pub const TRIED: SignedDuration = SignedDuration::from_hours(24);
/// How long the secret before a change of secrets still signs, so that receivers can follow.
pub const OLD_SECRET: SignedDuration = SignedDuration::from_hours(24);

/// Where a tenant's events are sent, and how far that has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Layout of this stored item.
    pub schema: u32,
    /// Counts the writes; every write compares it.
    pub revision: u64,
    /// The tenant's own endpoint; absent: that of the deployment, if it has one.
    pub own: Option<Own>,
    /// The number of the newest signing secret that the tenant's endpoints had. It survives their removal, so that no
    /// secret is ever used again.
    #[serde(default)]
    pub generation: u64,
    /// Every event up to this one was delivered, was not wanted, or is with the dead letters.
    pub delivered: u64,
    /// Dead letters that a person wants sent again; they have their turn first.
    #[serde(default)]
    pub resend: BTreeSet<u64>,
    /// Events up to this one that are taken are dead letters no longer: a person had the delivery set back.
    #[serde(default)]
    pub replayed_through: u64,
    /// The event that is being tried.
    pub trying: Option<Trying>,
    /// Since when no event was taken.
    pub failing_since: Option<Timestamp>,
    /// The last time that an event was not taken.
    pub last_failure: Option<LastFailure>,
    /// Nothing is sent since this time, because the endpoint said that it is gone.
    pub off_since: Option<Timestamp>,
    /// Last written.
    pub updated_at: Timestamp,
}

/// A tenant's own endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// Its address.
    pub url: String,
    /// Which events it wants: kinds or families; none means all.
    #[serde(default)]
    pub types: Vec<String>,
    /// When the newest secret took the place of the one before; absent for an endpoint's first.
    pub rotated_at: Option<Timestamp>,
}

/// An event that was not taken yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trying {
    /// Which.
    pub sequence: u64,
    /// Attempts so far.
    pub attempts: u32,
    /// Not to be tried again before.
    pub next_at: Timestamp,
}

/// An event that was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFailure {
    /// When.
    pub at: Timestamp,
    /// Which event.
    pub sequence: u64,
    /// Why.
    pub why: Failure,
}

/// Why an endpoint did not take an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// It answered with this HTTP status.
    Status(u16),
    /// It did not answer in time.
    TimedOut,
    /// No connection could be made, or it broke.
    Unreachable,
    /// Its name does not resolve.
    Unresolvable,
    /// Its address is not a public one.
    NotPublic,
}

/// What follows from a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// The same event is tried again.
    Again,
    /// The event goes to the dead letters, and the next one has its turn.
    GiveUp,
}

impl Failure {
    /// What is the matter, for people.
    pub fn message(self) -> String {
        match self {
            Self::Status(status @ 300..=399) => {
                format!(
                    "The endpoint answered with a redirect (status {status}), which is not followed."
                )
            }
            Self::Status(status) => format!("The endpoint answered with status {status}."),
            Self::TimedOut => "The endpoint did not answer in time.".to_owned(),
            Self::Unreachable => {
                "No connection to the endpoint could be made, or it broke.".to_owned()
            }
            Self::Unresolvable => "The name of the endpoint cannot be resolved.".to_owned(),
            Self::NotPublic => {
                "The name of the endpoint leads to an address that is not public.".to_owned()
            }
        }
    }
}

impl Endpoint {
    /// Nothing is stored yet; events behind `delivered` are sent.
    pub fn new(delivered: u64, now: Timestamp) -> Self {
        Self {
            schema: SCHEMA,
            revision: 0,
            own: None,
            generation: 0,
            delivered,
            resend: BTreeSet::new(),
            replayed_through: 0,
            trying: None,
            failing_since: None,
            last_failure: None,
            off_since: None,
            updated_at: now,
        }
    }

    /// Which events are wanted.
    pub fn types(&self) -> &[String] {
        self.own.as_ref().map_or(&[], |own| &own.types)
    }

    /// The number of the secret that still signs beside the newest one.
    pub fn former_generation(&self, now: Timestamp) -> Option<u64> {
        let rotated_at = self.own.as_ref()?.rotated_at?;
        (now.duration_since(rotated_at) < OLD_SECRET).then(|| self.generation.saturating_sub(1))
    }

    /// The attempts so far at an event, and when it may be tried again.
    pub fn tried(&self, sequence: u64) -> Option<&Trying> {
        self.trying.as_ref().filter(|trying| trying.sequence == sequence)
    }

    /// The event was taken, or nobody wants it.
    pub fn done_with(&mut self, sequence: u64) {
        if !self.resend.remove(&sequence) {
            self.delivered = self.delivered.max(sequence);
        }
        self.trying = None;
    }

    /// The endpoint works.
    pub fn works(&mut self) {
        self.failing_since = None;
    }

    /// The event of `at` was not taken at `now`. It is tried for a day, counted from when it or the trouble began,
    /// whichever was later: so each that waits behind a dead endpoint has its day and at least one attempt, and an
    /// endpoint that heals gets all that happened in the last day, in order.
    pub fn failed(
        &mut self,
        sequence: u64,
        at: Timestamp,
        why: Failure,
        now: Timestamp,
        wait: impl FnOnce(u32) -> u32,
    ) -> AfterFailure {
        let attempts = self.tried(sequence).map_or(0, |trying| trying.attempts).saturating_add(1);
        let since = *self.failing_since.get_or_insert(now);
        self.last_failure = Some(LastFailure { at: now, sequence, why });
        if now.duration_since(since.max(at)) >= TRIED {
            return AfterFailure::GiveUp;
        }
        let next_at = now + SignedDuration::from_secs(wait(attempts).into());
        self.trying = Some(Trying { sequence, attempts, next_at });
        AfterFailure::Again
    }

    /// A person starts anew: what was tried does not count, and an endpoint that was off is on again.
    pub fn start_anew(&mut self) {
        self.trying = None;
        self.failing_since = None;
        self.off_since = None;
    }
}
