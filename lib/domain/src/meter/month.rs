//! A calendar month. Intuit does not say in which zone its months begin; ours do in UTC.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

/// A calendar month, in text `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(Date);

/// A text that is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a month like 2026-11")]
pub struct NotAMonth;

impl Month {
    /// The month that it is.
    pub fn of(now: Timestamp) -> Self {
        Self(now.to_zoned(TimeZone::UTC).date().first_of_month())
    }

    /// The day of this month that it is, counted from 0; the last one when the month is over.
    pub fn day(self, now: Timestamp) -> usize {
        let now = now.to_zoned(TimeZone::UTC).date();
        let day = if now.first_of_month() == self.0 { now.day() } else { self.0.days_in_month() };
        usize::try_from(day - 1).expect("days count from 1")
    }

    /// When it begins.
    pub fn begin(self) -> Timestamp {
        midnight(self.0)
    }

    /// When it is over.
    pub fn end(self) -> Timestamp {
        midnight(self.0.saturating_add(1.month()))
    }
}

fn midnight(day: Date) -> Timestamp {
    let zoned = day.to_zoned(TimeZone::UTC);
    zoned.as_ref().map_or(Timestamp::MAX, Zoned::timestamp)
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m"))
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl TryFrom<String> for Month {
    type Error = NotAMonth;

    fn try_from(text: String) -> Result<Self, NotAMonth> {
        let day: Date = format!("{text}-01").parse().map_err(|_| NotAMonth)?;
        let month = Self(day);
        if month.to_string() == text { Ok(month) } else { Err(NotAMonth) }
    }
}
