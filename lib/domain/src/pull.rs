//! Pulling what the bookkeeper paid: whether, how often, and how far it got.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::CompanyId;
use crate::reason::Reason;

/// Layout of the stored pull that this code writes.
pub const SCHEMA: u32 = 1;
/// How often a pull may be wanted: what is due is looked for every five minutes, and a week without a look is too long
/// for anyone who cares.
pub const INTERVAL_MINUTES: RangeInclusive<u32> = 5..=10_080;
/// Every window reaches back into the one before: what was committed while QuickBooks answered may be missing there.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// QuickBooks tells changes of the last 30 days; a day is left for the way there.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(29 * 24);

/// How a company's payments are pulled, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Layout of this stored item.
    pub schema: u32,
    /// Counts the writes.
    pub revision: u64,
    /// The company.
    pub company: CompanyId,
    /// Whether payments are pulled.
    pub on: bool,
    /// How often; absent as often as the deployment says.
    pub interval_minutes: Option<u32>,
    /// When it was first configured, by QuickBooks' clock: payments entered before do not come.
    pub since: Timestamp,
    /// What changed before, by QuickBooks' clock, is stored.
    pub through: Timestamp,
    /// When the schedule pulls next; absent while it would be in vain.
    pub due_at: Option<Timestamp>,
    /// When the last pull ended well.
    pub pulled_at: Option<Timestamp>,
    /// Why the last one did not.
    pub problem: Option<Reason>,
}

/// What to ask QuickBooks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The changes since then.
    Changes(Timestamp),
    /// Every payment that changed since then, because it is too long ago to ask for changes; who was deleted has to be
    /// found out.
    Everything(Timestamp),
}

impl Pull {
    /// A pull that begins now, by QuickBooks' clock.
    pub fn beginning(company: CompanyId, since: Timestamp) -> Self {
        Self {
            schema: SCHEMA,
            revision: 0,
            company,
            on: false,
            interval_minutes: None,
            since,
            through: since,
            due_at: None,
            pulled_at: None,
            problem: None,
        }
    }

    /// What the next pull has to ask for.
    pub fn window(&self, now: Timestamp) -> Window {
        let since = self.through - OVERLAP;
        if now.duration_since(since) < LOOK_BACK {
            Window::Changes(since)
        } else {
            Window::Everything(since)
        }
    }

    /// Whether what changed at `at`, by QuickBooks' clock, is stored for sure.
    pub fn covers(&self, at: Timestamp) -> bool {
        at + OVERLAP < self.through
    }

    /// Whether a payment entered at `at` is new enough. QuickBooks tells whole seconds.
    pub fn wants(&self, at: Timestamp) -> bool {
        at.as_second() >= self.since.as_second()
    }

    /// Notes a pull that stored what changed before `through`.
    pub fn ended_well(&mut self, through: Timestamp, now: Timestamp, usual_minutes: u32) {
        self.through = self.through.max(through);
        self.pulled_at = Some(now);
        self.problem = None;
        self.plan_next(now, usual_minutes);
    }

    /// Notes that pulling is in vain until somebody acts.
    pub fn parks(&mut self, problem: Option<Reason>) {
        self.problem = problem;
        self.due_at = None;
    }

    /// When the schedule pulls next.
    pub fn plan_next(&mut self, now: Timestamp, usual_minutes: u32) {
        let minutes = self.interval_minutes.unwrap_or(usual_minutes);
        self.due_at = self.on.then(|| now + SignedDuration::from_mins(minutes.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn pull() -> Pull {
        Pull {
            on: true,
            ..Pull::beginning(CompanyId::parse("9130").unwrap(), at("2026-05-01T10:00:00.7Z"))
        }
    }

    #[test]
    fn windows_overlap_and_a_gap_that_quickbooks_no_longer_tells_is_closed_by_asking_for_everything()
     {
        let since = at("2026-05-01T09:55:00.7Z");
        for (now, expected) in [
            ("2026-05-01T10:00:01Z", Window::Changes(since)),
            ("2026-05-30T09:00:00Z", Window::Changes(since)),
            ("2026-05-30T10:00:00Z", Window::Everything(since)),
            ("2027-01-01T00:00:00Z", Window::Everything(since)),
        ] {
            assert_eq!(pull().window(at(now)), expected, "{now}");
        }
    }

    #[test]
    fn only_what_was_entered_since_is_wanted_to_the_second() {
        // S3-13
        assert!(pull().wants(at("2026-05-01T10:00:00Z")));
        assert!(!pull().wants(at("2026-05-01T09:59:59Z")));
    }

    #[test]
    fn progress_never_goes_back_and_the_next_pull_is_planned_as_the_tenant_or_the_deployment_says()
    {
        let now = at("2026-05-02T00:00:00Z");
        let mut pull = pull();
        pull.ended_well(at("2026-05-01T12:00:00Z"), now, 1440);
        assert_eq!(pull.due_at, Some(at("2026-05-03T00:00:00Z")));
        assert!(
            pull.covers(at("2026-05-01T11:54:59Z")) && !pull.covers(at("2026-05-01T11:55:00Z"))
        );
        pull.interval_minutes = Some(30);
        pull.ended_well(at("2026-05-01T11:00:00Z"), now, 1440);
        assert_eq!(pull.through, at("2026-05-01T12:00:00Z"));
        assert_eq!(pull.due_at, Some(at("2026-05-02T00:30:00Z")));
        pull.parks(Some(Reason::busy()));
        assert_eq!(pull.due_at, None);
        pull.on = false;
        pull.plan_next(now, 1440);
        assert_eq!(pull.due_at, None, "a pull that is off is never due");
    }
}
