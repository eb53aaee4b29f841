//! Reads the query of a list and reports everything that is wrong with it at once.

use domain::posting::State;
use domain::record::RecordKind;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::http::Query;
use crate::problem::{FieldError, Problem, send_one_of};

/// Entries of a page when nobody says.
pub(crate) const USUAL_LIMIT: u32 = 50;
/// Entries of a page at most.
pub(crate) const MAX_LIMIT: u32 = 100;

/// The states by which postings are listed. Those that are being posted are so for seconds.
pub(crate) const LISTED: [State; 5] =
    [State::Blocked, State::Rejected, State::Queued, State::Held, State::Skipped];

/// The query of a list.
pub(crate) struct Filters<'a> {
    query: &'a Query,
    errors: Vec<FieldError>,
}

impl<'a> Filters<'a> {
    pub(crate) fn of(query: &'a Query, known: &[&str]) -> Self {
        let mut filters = Self { query, errors: Vec::new() };
        if let Some(name) = query.unknown(known) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            let remedy = format!("Remove it. Known here: {}.", known.join(", "));
            filters.fail(&shown, "unknown_field", "is not a known parameter", &remedy);
        }
        filters
    }

    /// A value as it was sent.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.query.get(name).map(str::to_owned)
    }

    /// A value that `read` understands; `remedy` says which those are.
    pub(crate) fn choice<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
        remedy: &str,
    ) -> Option<T> {
        let choice = read(self.query.get(name)?);
        if choice.is_none() {
            self.fail(name, "unknown_choice", "is not a known choice", remedy);
        }
        choice
    }

    /// As [`Filters::choice`], where one has to be sent.
    pub(crate) fn needed<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
        remedy: &str,
    ) -> Option<T> {
        if self.query.get(name).is_none() {
            self.fail(name, "missing", "is missing", remedy);
        }
        self.choice(name, read, remedy)
    }

    /// Where the page begins, as the answer before said.
    pub(crate) fn place<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let place = read(self.query.get("cursor")?);
        if place.is_none() {
            self.fail("cursor", "bad_cursor", "is no cursor", "Send next of the page before.");
        }
        place
    }

    /// How many entries a page may have.
    pub(crate) fn limit(&mut self) -> u32 {
        match self.query.get("limit").map(str::parse) {
            None => USUAL_LIMIT,
            Some(Ok(limit @ 1..=MAX_LIMIT)) => limit,
            Some(_) => {
                self.fail("limit", "bad_limit", "is out of range", "Send a number from 1 to 100.");
                USUAL_LIMIT
            }
        }
    }

    /// A kind of record.
    pub(crate) fn kind(&mut self) -> Option<RecordKind> {
        let remedy = send_one_of(&RecordKind::ALL.map(RecordKind::as_str));
        self.choice("kind", RecordKind::parse, &remedy)
    }

    /// The state of the postings that are listed.
    pub(crate) fn state(&mut self) -> Option<State> {
        let text = self.query.get("state").unwrap_or_default();
        let state = LISTED.into_iter().find(|state| state.as_str() == text);
        if state.is_none() {
            self.fail(
                "state",
                "unknown_choice",
                "is not a state by which postings are listed",
                "Send blocked, rejected, queued, held or skipped. What is being posted is so for seconds; ask for the record.",
            );
        }
        state
    }

    /// The beginning of a time: an instant, or a day.
    pub(crate) fn from(&mut self) -> Option<Timestamp> {
        self.time("from", |day| day)
    }

    /// The end of a time: an instant, or a day that is still part of it.
    pub(crate) fn to(&mut self) -> Option<Timestamp> {
        self.time("to", |day| day.saturating_add(1.day()))
    }

    fn time(&mut self, name: &str, of_day: fn(Date) -> Date) -> Option<Timestamp> {
        let text = self.query.get(name)?;
        let midnight = |day: Date| Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let is_day = text.len() == 10;
        let time = if is_day {
            text.parse::<Date>().ok().and_then(|day| midnight(of_day(day)))
        } else {
            text.parse().ok()
        };
        // Beyond, times no longer sort as text.
        let time = time.filter(|time| (1900..=2200).contains(&time.to_zoned(TimeZone::UTC).year()));
        if time.is_none() {
            self.fail(
                name,
                "bad_time",
                "is neither a day nor a time",
                "Send a day such as 2026-03-31 (UTC), or a time such as 2026-03-31T08:00:00Z.",
            );
        }
        time
    }

    /// Whether hidden lines are wanted too.
    pub(crate) fn includes_hidden(&mut self) -> bool {
        match self.query.get("include") {
            None => false,
            Some("hidden") => true,
            Some(_) => {
                self.fail("include", "unknown_choice", "is not a known choice", "Send hidden.");
                false
            }
        }
    }

    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid_fields(self.errors)) }
    }

    /// Reports a parameter.
    pub(crate) fn fail(&mut self, name: &str, code: &'static str, message: &str, remedy: &str) {
        self.errors.push(FieldError {
            path: format!("?{name}"),
            code,
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        });
    }
}
