//! Date fences: which days a record and its document may have.
//!
//! Four fences, one evaluator. The workflow's own rules (what came before the first run, the cut-off, the date filter) look
//! at the record's date and skip it. The company's books (its start date, its closing date) look at the document's date;
//! what is done then is the workflow's policy.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::connection::Books;
use crate::reason::{Failure, Reason};
use crate::settings::{ClosedPeriod, Configuration, InitialSync};
use crate::template::Field;

/// What the rules look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The record's date.
    pub date: Date,
    /// When its newest version arrived, or when a person last asked for it.
    pub at: Timestamp,
    /// When a workflow of its kind first ran.
    pub first_run_at: Option<Timestamp>,
}

/// What is to be done to the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A new document, which gets this day where the record says none.
    Create(Date),
    /// A change of a document, which is dated so now.
    Update(Date),
    /// A document, dated so, is voided or deleted.
    Remove(Date),
}

/// A document gets another date than its record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redated {
    /// What the record says; absent where it leaves that to the day of the posting.
    pub from: Option<Date>,
    /// What the document gets.
    pub to: Date,
    /// Which fence was in the way.
    pub fence: Fence,
}

/// A fence of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fence {
    /// The company began later.
    CompanyStart(Date),
    /// The books are closed through this day.
    ClosingDate(Date),
}

/// Whether a rule of the workflow keeps a record out. `Some`: it does, and why.
pub fn rule(arrival: &Arrival, rules: &Configuration) -> Option<Reason> {
    let Arrival { date, at, first_run_at } = *arrival;
    if let Some(cut_off) = rules.day(Field::CutOff).filter(|cut_off| date < *cut_off) {
        return Some(Reason::before_cut_off(date, cut_off));
    }
    let (from, to) = (rules.day(Field::FilterFrom), rules.day(Field::FilterTo));
    if from.is_some_and(|from| date < from) || to.is_some_and(|to| date > to) {
        return Some(Reason::outside_filter(date, from, to));
    }
    let is_history = first_run_at.is_some_and(|first_run| at < first_run);
    let is_left_out = match rules.initial_sync() {
        InitialSync::All => false,
        InitialSync::From(day) => date < day,
        InitialSync::None => true,
    };
    (is_history && is_left_out).then(|| Reason::before_first_run(date))
}

/// Whether the books take a document that the record dates so, and if not, what `policy` makes of it. `Ok(None)`: they do.
pub fn books(
    date: Option<Date>,
    operation: Operation,
    books: &Books,
    policy: ClosedPeriod,
) -> Result<Option<Redated>, Failure> {
    let closed =
        |day: Date| books.closed_through.filter(|through| day <= *through).map(Fence::ClosingDate);
    let early = |day: Date| books.start.filter(|start| day < *start).map(Fence::CompanyStart);
    // What lies in a closed period now can be neither changed nor removed, whatever date it would get.
    if let Operation::Update(now) | Operation::Remove(now) = operation
        && let Some(fence) = closed(now)
    {
        return Err(fence.failure(now, policy));
    }
    let day = match operation {
        Operation::Remove(_) => return Ok(None),
        Operation::Create(day) | Operation::Update(day) => date.unwrap_or(day),
    };
    let Some(fence) = closed(day).or_else(|| early(day)) else { return Ok(None) };
    if policy != ClosedPeriod::Redate {
        return Err(fence.failure(day, policy));
    }
    // A document that was re-dated before stays where it is.
    let to = match operation {
        Operation::Update(now) if early(now).is_none() => now,
        _ => first_open_day(books),
    };
    Ok(Some(Redated { from: date, to, fence }))
}

fn first_open_day(books: &Books) -> Date {
    let after_closing = books.closed_through.map(|through| through.saturating_add(1.day()));
    after_closing.max(books.start).expect("a day is re-dated because of one of the two")
}

impl Fence {
    fn failure(self, date: Date, policy: ClosedPeriod) -> Failure {
        match (self, policy) {
            (Self::CompanyStart(start), _) => Failure::before_company_start(date, start),
            (Self::ClosingDate(through), ClosedPeriod::Reject) => {
                Failure::period_closed(date, through)
            }
            (Self::ClosingDate(through), ClosedPeriod::Hold | ClosedPeriod::Redate) => {
                Failure::period_closed_until_reopened(date, through)
            }
        }
    }
}

impl Redated {
    /// What the document's memo says about it. It does not change when more periods are closed later.
    pub fn note(&self) -> String {
        format!("Dated {} instead of {}, which {}.", self.to, self.recorded(), self.why())
    }

    /// What it would have been dated. The day of a posting is not known any more when the document is looked at again.
    pub fn recorded(&self) -> String {
        self.from.map_or_else(|| "the day it was posted".to_owned(), |from| from.to_string())
    }

    /// What is the matter with the date.
    pub fn why(&self) -> &'static str {
        match self.fence {
            Fence::CompanyStart(_) => "is before the company's books begin",
            Fence::ClosingDate(_) => "lies in a closed period",
        }
    }
}

#[cfg(test)]
mod tests;
