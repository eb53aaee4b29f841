//! Pulling what the bookkeeper paid: whether, how often, and how far it got.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, ObjectId};
use crate::meter::Step;
use crate::reason::{Failure, Reason};

/// Layout of the stored pull that this code writes.
pub const SCHEMA: u32 = 1;
/// How often a pull may be wanted: what is due is looked for every five minutes, and a week without a look is too long
/// for anyone who cares.
pub const INTERVAL_MINUTES: RangeInclusive<u32> = 5..=10_080;
/// Every window reaches back into the one before: what was committed while QuickBooks answered may be missing there.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Rows that two pages of payments of one second have in common.
const PAGES_OVERLAP: u32 = 20;
/// When the schedule tries again what failed.
const SOON_MINUTES: u32 = 15;
/// A change this much older than the last look was in it; a look that nobody needs costs a metered read.
const SETTLED: SignedDuration = SignedDuration::from_secs(30);
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
    /// A look at everything that takes more than one invocation.
    #[serde(default)]
    pub pass: Option<Pass>,
    /// Counts how often payments were seen to be taken back, after which bills may be changed again.
    #[serde(default)]
    pub taken_back: u64,
    /// Payments that could not be read, and are asked for again each time.
    #[serde(default)]
    pub unreadable: BTreeSet<ObjectId>,
}

/// How far a look at everything has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// It began then, by QuickBooks' clock: what changed before will be stored at its end.
    pub through: Timestamp,
    /// It looks at what changed since then.
    pub since: Timestamp,
    /// When it began, by our clock: what came since then was seen by it.
    pub began_at: Timestamp,
    /// Bills that were unknown for a while, to which it reaches back.
    #[serde(default)]
    pub late: BTreeSet<ObjectId>,
    /// What comes next.
    pub stage: PassStage,
}

/// What comes next in a look at everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassStage {
    /// Payments that changed, in the order in which they did.
    Changed {
        /// From this moment on.
        from: Timestamp,
        /// From this one of them on, counted from 1.
        start: u32,
    },
    /// Known payments that did not change: whether they are still there.
    Deleted {
        /// Behind this one.
        after: Option<ObjectId>,
    },
}

impl Pass {
    /// A look at everything that changed since a moment.
    pub fn beginning(since: Timestamp, through: Timestamp, now: Timestamp) -> Self {
        let stage = PassStage::Changed { from: since, start: 1 };
        Self { through, since, began_at: now, late: BTreeSet::new(), stage }
    }

    /// What comes after a page of payments that begins at `from` and `start`, whose last one changed at `last`. Pages
    /// follow the moments, since counting alone passes over a payment when an earlier one is changed meanwhile; only
    /// among those of one second it has to be counted, and then the pages overlap.
    pub fn turn_page(&mut self, from: Timestamp, start: u32, last: Timestamp, rows: u32) {
        self.stage = if last.as_second() > from.as_second() {
            PassStage::Changed { from: last, start: 1 }
        } else {
            PassStage::Changed { from, start: start + rows - rows.min(PAGES_OVERLAP) }
        };
    }
}

/// How often the schedule pulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Minutes between two pulls of a company about which nobody says anything.
    pub usual_minutes: u32,
    /// How much longer it takes to spare metered reads.
    pub step: Step,
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
            pass: None,
            taken_back: 0,
            unreadable: BTreeSet::new(),
        }
    }

    /// What the next pull has to ask for. `unknown_since`: since when there were bills that we did not know of.
    pub fn window(&self, unknown_since: Option<Timestamp>, now: Timestamp) -> Window {
        let since = self.through.min(unknown_since.unwrap_or(self.through)) - OVERLAP;
        if now.duration_since(since) < LOOK_BACK {
            Window::Changes(since)
        } else {
            Window::Everything(since)
        }
    }

    /// Whether what changed at `at`, by QuickBooks' clock, is stored for sure.
    pub fn covers(&self, at: Timestamp) -> bool {
        at + SETTLED < self.through
    }

    /// Whether a payment entered at `at` is new enough. QuickBooks tells whole seconds.
    pub fn wants(&self, at: Timestamp) -> bool {
        at.as_second() >= self.since.as_second()
    }

    /// Notes a pull that stored what changed before `through`.
    pub fn ended_well(&mut self, through: Timestamp, now: Timestamp, pace: Pace) {
        self.through = self.through.max(through);
        self.pulled_at = Some(now);
        let unreadable = self.unreadable.len();
        let told = || Failure::payments_unreadable(unreadable).reason;
        self.problem = (unreadable > 0).then(told);
        self.pass = None;
        self.plan_next(now, pace);
    }

    /// Notes a scheduled pull that failed: the schedule tries again soon, though no sooner than metered reads are spared.
    pub fn failed(&mut self, problem: Reason, now: Timestamp, step: Step) {
        self.problem = Some(problem);
        let minutes = step.stretched(SOON_MINUTES).unwrap_or(SOON_MINUTES);
        self.due_at = self.on.then(|| now + SignedDuration::from_mins(minutes.into()));
    }

    /// Notes that pulling is in vain until somebody acts.
    pub fn parks(&mut self, problem: Option<Reason>) {
        self.problem = problem;
        self.due_at = None;
    }

    /// When the schedule pulls next.
    pub fn plan_next(&mut self, now: Timestamp, pace: Pace) {
        let minutes = self.interval_minutes.unwrap_or(pace.usual_minutes);
        // Where the schedule rests, what was due meanwhile is pulled when it goes on.
        let minutes = pace.step.stretched(minutes).unwrap_or(minutes);
        self.due_at = self.on.then(|| now + SignedDuration::from_mins(minutes.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn usual() -> Pace {
        Pace { usual_minutes: 1440, step: Step::Usual }
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
            assert_eq!(pull().window(None, at(now)), expected, "{now}");
        }
    }

    #[test]
    fn a_window_reaches_back_to_bills_that_nobody_knew_of() {
        let since = at("2026-04-30T23:55:00Z");
        let late = Some(at("2026-05-01T00:00:00Z"));
        assert_eq!(pull().window(late, at("2026-05-02T00:00:00Z")), Window::Changes(since));
        let later = Some(at("2026-05-01T11:00:00Z"));
        let usual = pull().window(None, at("2026-05-02T00:00:00Z"));
        assert_eq!(pull().window(later, at("2026-05-02T00:00:00Z")), usual);
    }

    #[test]
    fn pages_follow_the_moments_and_overlap_within_one_second() {
        let (from, later) = (at("2026-05-01T00:00:00Z"), at("2026-05-01T00:00:01Z"));
        for (last, start, rows, expected) in [
            (later, 1, 1000, PassStage::Changed { from: later, start: 1 }),
            (from, 1, 1000, PassStage::Changed { from, start: 981 }),
            (from, 981, 1000, PassStage::Changed { from, start: 1961 }),
        ] {
            let mut pass = Pass::beginning(from, later, later);
            pass.turn_page(from, start, last, rows);
            assert_eq!(pass.stage, expected);
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
        pull.ended_well(at("2026-05-01T12:00:00Z"), now, usual());
        assert_eq!(pull.due_at, Some(at("2026-05-03T00:00:00Z")));
        assert!(
            pull.covers(at("2026-05-01T11:59:29Z")) && !pull.covers(at("2026-05-01T11:59:30Z"))
        );
        pull.interval_minutes = Some(30);
        pull.ended_well(at("2026-05-01T11:00:00Z"), now, usual());
        assert_eq!(pull.through, at("2026-05-01T12:00:00Z"));
        assert_eq!(pull.due_at, Some(at("2026-05-02T00:30:00Z")));
        pull.failed(Reason::busy(), now, Step::Usual);
        assert_eq!(pull.due_at, Some(at("2026-05-02T00:15:00Z")));
        pull.unreadable.insert(ObjectId::parse("71").unwrap());
        pull.ended_well(at("2026-05-01T11:00:00Z"), now, usual());
        assert_eq!(pull.problem.as_ref().map(|it| it.code.as_ref()), Some("payments_unreadable"));
        pull.parks(Some(Reason::busy()));
        assert_eq!(pull.due_at, None);
        pull.on = false;
        pull.plan_next(now, usual());
        assert_eq!(pull.due_at, None, "a pull that is off is never due");
    }

    #[test]
    fn on_each_step_of_the_ladder_the_next_pull_is_further_away() {
        let now = at("2026-05-02T00:00:00Z");
        for (step, own, due) in [
            (Step::Half, None, "2026-05-04T00:00:00Z"),
            (Step::Half, Some(30), "2026-05-02T01:00:00Z"),
            (Step::Fourth, Some(30), "2026-05-02T02:00:00Z"),
            (Step::OnlyAsked, Some(30), "2026-05-02T00:30:00Z"),
        ] {
            let mut pull = Pull { interval_minutes: own, ..pull() };
            pull.plan_next(now, Pace { step, ..usual() });
            assert_eq!(pull.due_at, Some(at(due)), "{step:?} {own:?}");
        }
        for (step, due) in [
            (Step::Usual, "2026-05-02T00:15:00Z"),
            (Step::Half, "2026-05-02T00:30:00Z"),
            (Step::Fourth, "2026-05-02T01:00:00Z"),
            (Step::OnlyAsked, "2026-05-02T00:15:00Z"),
        ] {
            let mut pull = pull();
            pull.failed(Reason::busy(), now, step);
            assert_eq!(pull.due_at, Some(at(due)), "failed, {step:?}");
        }
    }
}
