//! What an arriving event means for a posting.

use jiff::Timestamp;

use super::{Posting, State};
use crate::fingerprint;
use crate::record::Record;

/// Why a posting is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The host sent the record.
    Record,
    /// A person asked for it.
    Person,
    /// The queue brought it: time has passed or a condition cleared.
    Queue,
}

/// What an arriving event means for a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Plan it and bring QuickBooks in line.
    Proceed,
    /// QuickBooks matches already.
    Unchanged,
    /// A newer version is known.
    Superseded,
    /// The version is known with other content.
    VersionReused,
    /// Someone else works on it; whoever that is has to see this record too.
    Busy,
    /// It was refused, and nothing has changed since.
    StillRejected,
}

/// What arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The record that came with the event; absent when it concerns what is stored.
    pub record: Option<&'a Record>,
    /// Why.
    pub cause: Cause,
    /// Which invocation asks.
    pub owner: &'a str,
    /// The fingerprint that the newest record has now; absent while there is no company.
    pub fingerprint: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

/// Decides what an event means. `posting` is what is stored, if anything.
pub fn judge(posting: Option<&Posting>, arrival: &Arrival<'_>) -> Verdict {
    let Some(posting) = posting else { return Verdict::Proceed };
    let mut newer = false;
    if let (Some(new), Some(known)) = (arrival.record, &posting.record) {
        match new.version().cmp(&known.version()) {
            std::cmp::Ordering::Less => return Verdict::Superseded,
            std::cmp::Ordering::Equal if new.voids(known) => newer = true,
            std::cmp::Ordering::Equal if new != known => return Verdict::VersionReused,
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => newer = true,
        }
    }
    if posting.is_leased(arrival.owner, arrival.now) {
        return Verdict::Busy;
    }
    if newer || posting.in_flight.is_some() {
        return Verdict::Proceed;
    }
    let same = posting
        .posted
        .as_ref()
        .is_some_and(|posted| Some(posted.fingerprint.as_str()) == arrival.fingerprint);
    let tried =
        arrival.fingerprint.is_some() && posting.attempted.as_deref() == arrival.fingerprint;
    // The queue finishes what was begun. Settings that changed since then are for the host or a person to apply.
    let finished = |record| {
        posting.posted.as_ref().is_some_and(|posted| posted.record == fingerprint::of(record))
    };
    let only_looks = arrival.cause == Cause::Queue && posting.record.as_ref().is_some_and(finished);
    match posting.state {
        State::Posted if same || only_looks => Verdict::Unchanged,
        State::Rejected if tried && arrival.cause == Cause::Record => Verdict::StillRejected,
        _ => Verdict::Proceed,
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
