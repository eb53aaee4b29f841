//! What became of an import's lines, and how fast it gets on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Import, Phase};
use crate::record::RecordKind;

/// Samples that are kept, and how far apart they are at least: what counts is the last minute or so.
const SAMPLES: usize = 8;
const APART_MILLISECONDS: i64 = 9_000;
/// With less than this between two samples, a rate would be a guess.
const LEAST_MILLISECONDS: i64 = 1_000;
const MINUTE_MILLISECONDS: u64 = 60_000;

/// Lines that were looked at. Empty ones do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LineCounts {
    /// All.
    pub read: u64,
    /// Those that could not be taken.
    pub bad: u64,
    /// Good ones with bills.
    pub bills: u64,
    /// Good ones with payments.
    pub payments: u64,
    /// Good ones with disbursements.
    pub disbursements: u64,
}

/// What became of one record when the import came to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// A rule says that it is not to be posted.
    Skipped,
    /// It had been posted before.
    Unchanged,
    /// It is in QuickBooks.
    Posted,
    /// It goes on by itself.
    Queued,
    /// A person has to ask for it.
    Held,
    /// It waits until somebody has done something.
    Blocked,
    /// It cannot be posted as it is.
    Rejected,
}

/// What became of records, as it was when the import came to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcomes {
    /// [`Fate::Posted`]
    pub posted: u64,
    /// [`Fate::Unchanged`]
    pub unchanged: u64,
    /// [`Fate::Queued`]
    pub queued: u64,
    /// [`Fate::Blocked`]
    pub blocked: u64,
    /// [`Fate::Rejected`]
    pub rejected: u64,
    /// [`Fate::Held`]
    pub held: u64,
    /// [`Fate::Skipped`]
    pub skipped: u64,
}

/// How far an import had come at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Lines or records that were done in the pass.
    pub done: u64,
    /// Bytes that the pass had come.
    pub offset: u64,
}

impl LineCounts {
    /// Counts a good line.
    pub fn good(&mut self, kind: RecordKind) {
        self.read += 1;
        match kind {
            RecordKind::Bill => self.bills += 1,
            RecordKind::Payment => self.payments += 1,
            RecordKind::Disbursement => self.disbursements += 1,
        }
    }

    /// Counts a bad line.
    pub fn bad(&mut self) {
        self.read += 1;
        self.bad += 1;
    }

    /// Good lines, which are as many records.
    pub fn records(&self) -> u64 {
        self.read - self.bad
    }

    /// Records that come before payments.
    pub fn documents(&self) -> u64 {
        self.bills + self.disbursements
    }
}

impl Outcomes {
    /// Counts a record.
    pub fn count(&mut self, fate: Fate) {
        *match fate {
            Fate::Posted => &mut self.posted,
            Fate::Unchanged => &mut self.unchanged,
            Fate::Queued => &mut self.queued,
            Fate::Blocked => &mut self.blocked,
            Fate::Rejected => &mut self.rejected,
            Fate::Held => &mut self.held,
            Fate::Skipped => &mut self.skipped,
        } += 1;
    }

    /// Records that the import came to.
    pub fn done(&self) -> u64 {
        let Self { posted, unchanged, queued, blocked, rejected, held, skipped } = self;
        posted + unchanged + queued + blocked + rejected + held + skipped
    }
}

impl Import {
    /// Records that the import has still to come to.
    pub fn left(&self) -> u64 {
        self.lines.records().saturating_sub(self.records.done())
    }

    /// Notes how far it has come, for its pace.
    pub fn sample(&mut self, now: Timestamp) {
        let since = |sample: &Sample| now.duration_since(sample.at).as_millis();
        // The newest one moves on until it is far enough from the one before it.
        if let [.., before, _] = self.samples.as_slice()
            && since(before) < i128::from(APART_MILLISECONDS)
        {
            self.samples.pop();
        }
        let done = match self.phase {
            Phase::Validating => self.lines.read,
            Phase::Documents | Phase::Payments => self.records.done(),
        };
        self.samples.push(Sample { at: now, done, offset: self.mark.offset });
        let many = self.samples.len().saturating_sub(SAMPLES);
        self.samples.drain(..many);
    }

    /// Lines or records done in a minute, lately.
    pub fn per_minute(&self) -> u64 {
        self.lately().map_or(0, |(milliseconds, done, _)| done * MINUTE_MILLISECONDS / milliseconds)
    }

    /// Seconds until all lines are looked at, or all records are come to, at the pace of lately.
    pub fn seconds_left(&self) -> Option<u64> {
        let (milliseconds, done, bytes) = self.lately()?;
        let (left, pace) = match self.phase {
            Phase::Validating => {
                (self.file.as_ref()?.bytes.saturating_sub(self.mark.offset), bytes)
            }
            Phase::Documents | Phase::Payments => (self.left(), done),
        };
        (pace > 0).then(|| (left * milliseconds).div_ceil(pace * 1_000))
    }

    /// Milliseconds between the oldest and the newest sample, and what was done meanwhile.
    fn lately(&self) -> Option<(u64, u64, u64)> {
        let (first, last) = (self.samples.first()?, self.samples.last()?);
        let milliseconds = i64::try_from(last.at.duration_since(first.at).as_millis()).ok()?;
        let milliseconds = u64::try_from(milliseconds).ok()?;
        let enough = milliseconds >= LEAST_MILLISECONDS.unsigned_abs();
        let done = last.done.saturating_sub(first.done);
        let bytes = last.offset.saturating_sub(first.offset);
        enough.then_some((milliseconds, done, bytes))
    }
}
