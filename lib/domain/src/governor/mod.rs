//! How often a company may be called: requests and batches get moments of their own, evenly spaced, and whoever wants to
//! call reserves some.
//!
//! It is a token bucket that holds one token: a company's next free moment is stored, and a reservation moves it on. So
//! no window of any length sees more calls than moments, wherever it begins. A moment that is not used in time is lost;
//! used later, several would come together.
//!
//! What it rests on is that clocks agree. Where one is ahead, whoever has it finds moments free that others have still
//! before them: each environment whose clock is ahead of the one that reserved before it can add the moments that
//! are outstanding then ([`Governor::AHEAD`] and a block), and all together never more than what the largest difference
//! of clocks holds. Clocks of Lambda environments differ by milliseconds; at 30 seconds, two clocks still keep within the
//! limit of requests a minute, add one batch, and can for a moment double the requests of a second. What then goes wrong
//! is a 429, and a pause.

mod environment;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::CompanyId;

pub use environment::Unreserved;

/// Layout of the stored governor that this code writes.
pub const SCHEMA: u32 = 1;

/// Requests a minute that are reserved: nine tenths of the 500 that QuickBooks takes, since a call now and then is made
/// without reserving it. Spaced evenly they stay below its 10 a second, too.
/// <https://developer.intuit.com/app/developer/qbo/docs/learn/rest-api-features#limits-and-throttles>
pub const CALLS_A_MINUTE: u32 = 448;
/// Batch requests a minute that are reserved, of 40. One is left for being late.
pub const BATCHES_A_MINUTE: u32 = 39;

/// Moments that are reserved at once: a posting or a look usually makes more than one call.
const CALLS_AT_ONCE: u32 = 4;
/// How late a call may be. With more, those of a second could be more than nine.
const CALL_LATE: SignedDuration = SignedDuration::from_millis(100);
/// How late a batch may be. With more, those of a minute could be more than forty.
const BATCH_LATE: SignedDuration = SignedDuration::from_millis(500);
/// How far ahead sweeps and imports reserve: less than postings, so that these go first.
const SWEEP_AHEAD: SignedDuration = SignedDuration::from_millis(250);
/// How far ahead a batch is reserved: one place, so that whoever waits for it is not late for it.
const BATCH_AHEAD: SignedDuration = SignedDuration::from_millis(1_500);

/// The slowest pace after a throttle, in percent of the usual one.
const SLOWEST_PERCENT: u32 = 10;
/// After a throttle the pace grows by so many percent of the usual one in the time that the pause took: with the minute that
/// QuickBooks documents, from half of it to all in ten.
const PERCENT_A_PAUSE: i64 = 5;
/// After so many pauses, even the slowest pace is the usual one again.
const PAUSES_TO_RECOVER: i32 = 18;

const MINUTE_MICROSECONDS: i64 = 60_000_000;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request of a posting that is sent by itself: it goes before the others.
    Posting,
    /// A request of a sweep or an import.
    Call,
    /// A batch request, which is a request as well.
    Batch,
}

/// How far a company's moments are reserved, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Governor {
    /// Layout of this stored item.
    pub schema: u32,
    /// Counts the writes.
    pub revision: u64,
    /// The company.
    pub company: CompanyId,
    /// The next free moment for a request.
    pub next_call: Timestamp,
    /// The next free moment for a batch request.
    pub next_batch: Timestamp,
    /// The last throttle.
    pub throttled: Option<Throttled>,
    /// Names the last write. Two that reserve from the same state store the same otherwise, and the one that comes second
    /// would take the other's for the echo of its own.
    pub written_by: String,
}

/// QuickBooks refused a call because the company is called too often: we are not alone there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttled {
    /// Until when nobody calls the company.
    pub until: Timestamp,
    /// How long that was.
    pub pause: SignedDuration,
    /// The pace with which it goes on then, in percent of the usual one.
    pub percent: u32,
}

/// For how long after a pause of that length every call has to be reserved.
pub fn recovery(pause: SignedDuration) -> SignedDuration {
    pause.checked_mul(PAUSES_TO_RECOVER).unwrap_or(pause)
}

/// What comes of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    /// These moments, once the governor is stored in place of the one that was asked, under a name of its own.
    Granted(Governor, Permits),
    /// None yet; ask again then.
    Wait(Timestamp),
}

/// Reserved moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permits {
    next: Timestamp,
    every: SignedDuration,
    left: u32,
    late: SignedDuration,
}

/// When to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Not before.
    pub at: Timestamp,
    /// Not after: several would come together.
    pub until: Timestamp,
}

impl Governor {
    /// How far ahead postings reserve: for so long one may wait for its moment.
    pub const AHEAD: SignedDuration = SignedDuration::from_secs(1);

    /// Nobody called the company yet.
    pub fn idle(company: CompanyId) -> Self {
        Self {
            schema: SCHEMA,
            revision: 0,
            company,
            next_call: Timestamp::UNIX_EPOCH,
            next_batch: Timestamp::UNIX_EPOCH,
            throttled: None,
            written_by: String::new(),
        }
    }

    /// How far batches are apart at the slowest pace.
    pub fn batches_apart_at_most() -> SignedDuration {
        spacing(BATCHES_A_MINUTE, SLOWEST_PERCENT)
    }

    /// Asks for moments.
    pub fn reserve(&self, kind: Kind, now: Timestamp) -> Reserved {
        if let Some(Throttled { until, .. }) = self.throttled.filter(|it| it.until > now) {
            return Reserved::Wait(until);
        }
        let call = self.spacing(CALLS_A_MINUTE, now);
        let batch = self.spacing(BATCHES_A_MINUTE, now);
        let ahead = match kind {
            Kind::Posting | Kind::Batch => Self::AHEAD,
            Kind::Call => SWEEP_AHEAD,
        };
        let mut after = Self { revision: self.revision + 1, ..self.clone() };
        // A little before it is due, since asking takes time as well.
        let mut due = self.next_call - ahead;
        let mut first = self.next_call.max(now);
        if kind == Kind::Batch {
            due = due.max(self.next_batch - BATCH_AHEAD);
            first = first.max(self.next_batch);
        }
        if due > now {
            return Reserved::Wait(due);
        }
        let permits = match kind {
            Kind::Posting | Kind::Call => {
                Permits { next: first, every: call, left: CALLS_AT_ONCE, late: CALL_LATE }
            }
            Kind::Batch => {
                after.next_batch = first + batch;
                Permits { next: first, every: batch, left: 1, late: BATCH_LATE }
            }
        };
        // A batch that is still to come leaves the moments before it to others.
        after.next_call = match kind {
            Kind::Batch => self.next_call.max(now) + call,
            Kind::Posting | Kind::Call => first + call * count(permits.left),
        };
        Reserved::Granted(after, permits)
    }

    /// Notes that QuickBooks refused a call, and that nobody calls before `until`. Calls that were on their way with it
    /// say nothing new, so within the pause there is nothing to note.
    pub fn slowed_down(&self, now: Timestamp, until: Timestamp) -> Option<Self> {
        if self.throttled.is_some_and(|throttled| throttled.until > now) {
            return None;
        }
        let percent = (self.percent(now) / 2).max(SLOWEST_PERCENT);
        let throttled = Some(Throttled { until, pause: until.duration_since(now), percent });
        Some(Self { revision: self.revision + 1, throttled, ..self.clone() })
    }

    /// The pace, in percent of the usual one.
    pub fn percent(&self, now: Timestamp) -> u32 {
        let Some(Throttled { until, pause, percent }) = self.throttled else { return 100 };
        let since = now.as_microsecond().saturating_sub(until.as_microsecond()).max(0);
        let percent_takes = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX) / PERCENT_A_PAUSE;
        let grown = u32::try_from(since / percent_takes.max(1)).unwrap_or(u32::MAX);
        percent.saturating_add(grown).min(100)
    }

    fn spacing(&self, a_minute: u32, now: Timestamp) -> SignedDuration {
        spacing(a_minute, self.percent(now))
    }
}

fn spacing(a_minute: u32, percent: u32) -> SignedDuration {
    let usual = MINUTE_MICROSECONDS * 100;
    let pace = i64::from(a_minute) * i64::from(percent);
    // Rounded up, so that a minute never holds one more.
    SignedDuration::from_micros((usual + pace - 1) / pace)
}

impl Permits {
    /// None.
    pub const NONE: Self = Self {
        next: Timestamp::UNIX_EPOCH,
        every: SignedDuration::ZERO,
        left: 0,
        late: SignedDuration::ZERO,
    };

    /// The first of them that is not over: when to call. What is over is lost.
    pub fn take(&mut self, now: Timestamp) -> Option<Moment> {
        while self.left > 0 {
            let moment = Moment { at: self.next, until: self.next + self.late };
            self.next += self.every;
            self.left -= 1;
            if moment.until >= now {
                return Some(moment);
            }
        }
        None
    }
}

fn count(moments: u32) -> i32 {
    i32::try_from(moments).expect("a block is small")
}
