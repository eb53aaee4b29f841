//! The matrix as a table.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::death::{Death, Mended};
use super::part::Part;
use super::picture::Kind;

/// What came of all deaths.
#[derive(Debug)]
pub struct Report {
    pub(super) rows: Vec<Row>,
    /// Messages that no queue got rid of.
    pub(super) left: Vec<String>,
    /// How many deaths there are in all.
    pub(super) all: usize,
    /// Which part of them was tried.
    pub(super) part: Part,
}

/// What came of the deaths of one workflow.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) workflow: &'static str,
    /// Of the undisturbed run.
    pub(super) operations: usize,
    pub(super) deaths: usize,
    pub(super) mended: BTreeMap<Mended, usize>,
    /// It was over before it came to that operation.
    pub(super) not_reached: usize,
    pub(super) failures: Vec<Failure>,
    pub(super) slowest: Duration,
}

/// A death after which something is not as it should be.
#[derive(Debug)]
pub(super) struct Failure {
    /// None for the undisturbed run.
    pub(super) death: Option<Death>,
    pub(super) operation: String,
    /// None when it could not be tried.
    pub(super) kind: Option<Kind>,
    /// What is wrong, line by line.
    pub(super) why: Vec<String>,
}

/// Lines of a failure that are shown.
const LINES: usize = 12;

impl Row {
    pub(super) fn new(workflow: &'static str) -> Self {
        Self {
            workflow,
            operations: 0,
            deaths: 0,
            mended: BTreeMap::new(),
            not_reached: 0,
            failures: Vec::new(),
            slowest: Duration::ZERO,
        }
    }

    fn count(&self, kind: Kind) -> usize {
        self.failures.iter().filter(|failure| failure.kind == Some(kind)).count()
    }

    fn mended(&self, by: Mended) -> usize {
        self.mended.get(&by).copied().unwrap_or(0)
    }
}

impl Report {
    /// How many deaths there were.
    pub fn deaths(&self) -> usize {
        self.rows.iter().map(|row| row.deaths).sum()
    }

    /// Whether all that had to be tried was, and ended as the undisturbed run.
    pub fn is_good(&self) -> bool {
        self.deaths() > 0
            && self.left.is_empty()
            && self.rows.iter().all(|row| row.failures.is_empty())
    }

    /// A death after which something was not as it should be.
    pub fn first_failure(&self) -> Option<(&'static str, Death)> {
        let failures = self
            .rows
            .iter()
            .flat_map(|row| row.failures.iter().map(|failure| (row.workflow, failure)));
        failures.filter_map(|(workflow, failure)| Some((workflow, failure.death?))).next()
    }

    fn count(&self, kind: Kind) -> usize {
        self.rows.iter().map(|row| row.count(kind)).sum()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Some(Kind::Lost) => "lost",
            Some(Kind::Duplicate) => "duplicate",
            Some(Kind::Different) => "different",
            None => "not tried",
        };
        match self.death {
            Some(death) => write!(formatter, "{death} ({}): {kind}", self.operation)?,
            None => write!(formatter, "undisturbed: {kind}")?,
        }
        for line in self.why.iter().take(LINES) {
            write!(formatter, "\n      {line}")?;
        }
        if self.why.len() > LINES {
            write!(formatter, "\n      and {} more differences", self.why.len() - LINES)?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "  {:<29} {:>10} {:>6}   {:>6} {:>5} {:>5} {:>5}   {:>4} {:>9} {:>9} {:>8}",
            "workflow",
            "operations",
            "deaths",
            "nobody",
            "call",
            "queue",
            "sweep",
            "lost",
            "duplicate",
            "different",
            "seconds"
        )?;
        for row in &self.rows {
            writeln!(
                formatter,
                "  {:<29} {:>10} {:>6}   {:>6} {:>5} {:>5} {:>5}   {:>4} {:>9} {:>9} {:>8.1}{}",
                row.workflow,
                row.operations,
                row.deaths,
                row.mended(Mended::Nobody),
                row.mended(Mended::Call),
                row.mended(Mended::Queue),
                row.mended(Mended::Sweep),
                row.count(Kind::Lost),
                row.count(Kind::Duplicate),
                row.count(Kind::Different),
                row.slowest.as_secs_f64(),
                match row.not_reached {
                    0 => String::new(),
                    count => format!("  ({count} not reached)"),
                },
            )?;
        }
        writeln!(formatter)?;
        let untried: usize = self
            .rows
            .iter()
            .map(|row| row.failures.iter().filter(|failure| failure.kind.is_none()).count())
            .sum();
        if untried > 0 {
            writeln!(formatter, "{untried} could not be tried")?;
        }
        for left in &self.left {
            writeln!(formatter, "{left}")?;
        }
        if self.part != Part::WHOLE {
            write!(formatter, "part {} of {} deaths, ", self.part, self.all)?;
        }
        write!(
            formatter,
            "{} deaths: {} lost, {} duplicate, {} different",
            self.deaths(),
            self.count(Kind::Lost),
            self.count(Kind::Duplicate),
            self.count(Kind::Different)
        )
    }
}
