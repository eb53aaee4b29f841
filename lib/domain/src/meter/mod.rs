//! What Intuit charges for: reads, counted by tenant and day, what they will come to by the end of the month, and what is
//! done before an allowance is spent.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/get-started/app-partner-program>

mod ladder;
mod month;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::TenantId;

pub use ladder::{LADDER_SCHEMA, Ladder, Step};
pub use month::{Month, NotAMonth};

/// Layout of a tenant's stored reads that this code writes.
pub const SCHEMA: u32 = 1;
/// Days of the longest month.
pub const DAYS: usize = 31;

const DAY_SECONDS: i64 = 86_400;
/// The last days, which say more about the next ones than the whole month does: today and two before.
const LAST_DAYS: usize = 3;
/// How much more.
const WEIGHT_OF_LAST_DAYS: u128 = 2;

/// What one tenant read in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantReads {
    /// Whose reads.
    pub tenant: TenantId,
    /// By day.
    pub days: Days,
}

/// Reads of a month by day, the first of the month first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days(pub [u64; DAYS]);

impl Days {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, reads| sum.saturating_add(*reads))
    }

    /// Adds another's, day by day.
    pub fn add(&mut self, other: &Self) {
        for (sum, reads) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(reads);
        }
    }
}

/// How a month's reads stand against the allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Reads so far.
    pub used: u64,
    /// What they will be by the end of the month if it goes on like that; never less than there were.
    pub forecast: u64,
    /// What the month allows; 0 when there is no limit.
    pub allowance: u64,
}

impl Usage {
    /// How a month stands now.
    pub fn of(days: &Days, month: Month, now: Timestamp, allowance: u64) -> Self {
        Self { used: days.total(), forecast: forecast(days, month, now), allowance }
    }

    /// Reads so far in whole percent of the allowance; 0 without one.
    pub fn used_percent(&self) -> u64 {
        percent(self.used, self.allowance)
    }

    /// The forecast in whole percent of the allowance; 0 without one.
    pub fn forecast_percent(&self) -> u64 {
        percent(self.forecast, self.allowance)
    }
}

/// What the reads will be by the end of the month. What is left of it is taken to go on at a pace that is the mean of that
/// of the days so far, once, and that of the last days, twice: a change of habits shows within two days, and a day of
/// first looks does not count as one. A pace is taken over a day at least, so that the first hours are not multiplied.
pub fn forecast(days: &Days, month: Month, now: Timestamp) -> u64 {
    let (begin, end) = (month.begin().as_second(), month.end().as_second());
    let now = now.as_second().clamp(begin, end);
    let used = days.total();
    let today = usize::try_from((now - begin) / DAY_SECONDS).unwrap_or(0).min(DAYS - 1);
    let first = (today + 1).saturating_sub(LAST_DAYS);
    let lately = days.0[first..=today].iter().fold(0u64, |sum, reads| sum.saturating_add(*reads));
    let first_second = begin + i64::try_from(first).unwrap_or(0) * DAY_SECONDS;
    let left = seconds(end - now);
    let rest = left * u128::from(used) / seconds((now - begin).max(DAY_SECONDS))
        + WEIGHT_OF_LAST_DAYS * left * u128::from(lately)
            / seconds((now - first_second).max(DAY_SECONDS));
    let rest = rest / (1 + WEIGHT_OF_LAST_DAYS);
    used.saturating_add(u64::try_from(rest).unwrap_or(u64::MAX))
}

fn percent(reads: u64, allowance: u64) -> u64 {
    let percent = (u128::from(reads) * 100).checked_div(u128::from(allowance)).unwrap_or(0);
    u64::try_from(percent).unwrap_or(u64::MAX)
}

fn seconds(seconds: i64) -> u128 {
    u128::try_from(seconds).unwrap_or(0)
}
