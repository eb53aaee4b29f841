//! What one environment may do without asking anybody: the few calls of single postings.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Calls that an environment makes in a minute without reserving them: a posting makes one or two, and two environments
/// that work for one company then use most of what is not reserved.
const CALLS: usize = 20;
const WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// The calls of one company that this environment made lately without reserving them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unreserved {
    calls: VecDeque<Timestamp>,
}

impl Unreserved {
    /// Whether a posting may call without reserving that; the call counts then. Not where the company still recovers from
    /// a throttle.
    pub fn allows(&mut self, now: Timestamp, recovers_until: Option<Timestamp>) -> bool {
        if recovers_until.is_some_and(|until| now < until) {
            return false;
        }
        while self.calls.front().is_some_and(|at| *at + WITHIN <= now) {
            self.calls.pop_front();
        }
        if self.calls.len() >= CALLS {
            return false;
        }
        self.calls.push_back(now);
        true
    }

    /// Whether nothing was called for so long that nothing need be remembered.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.calls.back().is_none_or(|at| *at + WITHIN <= now)
    }
}
