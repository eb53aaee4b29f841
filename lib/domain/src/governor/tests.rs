//! Moments: what is granted, what has to wait, and that no schedule exceeds a limit.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What QuickBooks takes of one app: in so many seconds, so many.
const CALLS_IN_A_MINUTE: usize = 500;
const CALLS_IN_A_SECOND: usize = 10;
const BATCHES_IN_A_MINUTE: usize = 40;

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_772_352_000_000 + milliseconds).unwrap()
}

fn company() -> CompanyId {
    CompanyId::parse("4620").unwrap()
}

fn granted(reserved: Reserved) -> (Governor, Permits) {
    match reserved {
        Reserved::Granted(governor, permits) => (governor, permits),
        Reserved::Wait(until) => panic!("wait until {until}"),
    }
}

fn taken(permits: &mut Permits, now: Timestamp) -> Option<Timestamp> {
    permits.take(now).map(|moment| moment.at)
}

#[test]
fn who_asks_first_gets_moments_from_now_on_and_the_next_those_behind() {
    let (governor, mut first) = granted(Governor::idle(company()).reserve(Kind::Posting, at(0)));
    assert_eq!((governor.revision, taken(&mut first, at(0))), (1, Some(at(0))));
    let (_, mut second) = granted(governor.reserve(Kind::Posting, at(1)));
    let second = taken(&mut second, at(1)).unwrap();
    assert!(second > taken(&mut first, at(1)).unwrap() && second < at(550), "{second}");
}

#[test]
fn a_moment_that_is_not_used_in_time_is_lost() {
    let (_, permits) = granted(Governor::idle(company()).reserve(Kind::Call, at(0)));
    let spacing = permits.every;
    for (now, expected) in [
        (0, Some(at(0))),
        (99, Some(at(0))),
        (101, Some(at(0) + spacing)),
        (300, Some(at(0) + spacing * 2)),
        (600, None),
    ] {
        assert_eq!(taken(&mut permits.clone(), at(now)), expected, "{now}");
    }
    // Who has it, and does something else first, can tell that it is over.
    let first = permits.clone().take(at(0)).unwrap();
    assert_eq!(first.until, at(100));
}

#[test]
fn postings_go_before_sweeps_and_neither_far_ahead() {
    // Somebody has reserved so far ahead.
    for (ahead, posting, sweep) in [
        (0, true, true),
        (200, true, true),
        (300, true, false),
        (1_000, true, false),
        (1_001, false, false),
    ] {
        let governor = Governor { next_call: at(ahead), ..Governor::idle(company()) };
        let may = |kind| matches!(governor.reserve(kind, at(0)), Reserved::Granted(..));
        assert_eq!((may(Kind::Posting), may(Kind::Call)), (posting, sweep), "{ahead} ms");
    }
}

#[test]
fn an_import_at_full_pace_leaves_postings_their_moments_within_a_second() {
    let mut governor = Governor::idle(company());
    let mut waits = Vec::new();
    for step in 0..6_000 {
        let now = at(step * 20);
        for kind in [Kind::Batch, Kind::Call] {
            if let Reserved::Granted(after, _) = governor.reserve(kind, now) {
                governor = after;
            }
        }
        if step % 50 == 0 {
            let (after, mut permits) = granted(governor.reserve(Kind::Posting, now));
            waits.push(taken(&mut permits, now).unwrap().duration_since(now));
            governor = after;
        }
    }
    waits.sort();
    let (median, longest) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    assert!(median < SignedDuration::from_secs(1), "{median}");
    assert!(longest < SignedDuration::from_secs(1), "{longest}");
}

#[test]
fn batches_come_at_more_than_95_percent_of_what_quickbooks_takes() {
    let mut governor = Governor::idle(company());
    let (mut granted, mut now) = (0, at(0));
    while now < at(600_000) {
        match governor.reserve(Kind::Batch, now) {
            Reserved::Granted(after, _) => {
                granted += 1;
                governor = after;
            }
            Reserved::Wait(until) => now = until,
        }
    }
    assert!(granted >= 10 * 38, "{granted} in ten minutes");
}

#[test]
fn after_a_throttle_it_pauses_and_comes_back_gradually() {
    let paused = Governor::idle(company()).slowed_down(at(0), at(60_000)).unwrap();
    assert_eq!(paused.slowed_down(at(50), at(60_050)), None, "the same throttle, seen twice");
    assert_eq!(paused.reserve(Kind::Posting, at(59_999)), Reserved::Wait(at(60_000)));
    for (seconds, percent) in [(60, 50), (71, 50), (72, 51), (360, 75), (660, 100), (9_999, 100)] {
        assert_eq!(paused.percent(at(seconds * 1000)), percent, "after {seconds} s");
    }
    // Again, before it had come back.
    let again = paused.slowed_down(at(120_000), at(180_000)).unwrap();
    assert_eq!(again.percent(at(180_000)), 27);
    let slowest = (3..9).fold(again, |governor, minute| {
        governor.slowed_down(at(minute * 60_000), at((minute + 1) * 60_000)).unwrap()
    });
    let (resumed, minute) = (at(540_000), SignedDuration::from_mins(1));
    assert_eq!(slowest.percent(resumed), SLOWEST_PERCENT);
    assert!(slowest.percent(resumed + recovery(minute) - minute / 5) < 100);
    assert_eq!(slowest.percent(resumed + recovery(minute)), 100);
    let spacing = |governor: &Governor| granted(governor.reserve(Kind::Batch, resumed)).1.every;
    assert!(spacing(&slowest) > spacing(&Governor::idle(company())) * 9);
    // A short pause is recovered from as much faster.
    let short = Governor::idle(company()).slowed_down(at(0), at(2_000)).unwrap();
    assert_eq!((short.percent(at(2_000)), short.percent(at(12_000))), (50, 75));
}

#[test]
fn at_the_slowest_pace_the_next_batch_can_be_reserved_within_the_time_that_one_waits_for_it() {
    let mut governor = Governor::idle(company());
    for _ in 0..9 {
        governor = governor.slowed_down(at(0), at(1)).unwrap_or(governor);
        governor.throttled = governor.throttled.map(|it| Throttled { until: at(0), ..it });
    }
    assert_eq!(governor.percent(at(0)), 10);
    let (governor, _) = granted(governor.reserve(Kind::Batch, at(0)));
    let Reserved::Wait(due) = governor.reserve(Kind::Batch, at(0)) else { panic!("too early") };
    assert!(due.duration_since(at(0)) > SignedDuration::from_secs(8), "{due}");
    assert!(due.duration_since(at(0)) <= Governor::batches_apart_at_most(), "{due}");
    granted(governor.reserve(Kind::Batch, due));
}

#[test]
fn an_environment_calls_a_few_times_a_minute_without_asking_unless_quickbooks_complained() {
    let mut unreserved = Unreserved::default();
    let allowed = (0..40).filter(|n| unreserved.allows(at(n * 1_000), None)).count();
    assert_eq!(allowed, 20);
    assert!(!unreserved.allows(at(59_999), None) && unreserved.allows(at(60_000), None));
    assert!(!unreserved.is_over(at(119_999)) && unreserved.is_over(at(120_000)));
    for (now, expected) in [(-1, false), (0, true), (1, true)] {
        assert_eq!(Unreserved::default().allows(at(now), Some(at(0))), expected, "{now}");
    }
}

#[test]
fn what_is_stored_is_read_back() {
    let governor = Governor::idle(company()).slowed_down(at(0), at(60_000)).unwrap();
    let text = serde_json::to_string(&governor).unwrap();
    assert_eq!(serde_json::from_str::<Governor>(&text).unwrap(), governor);
}

/// One environment wants something.
#[derive(Debug, Clone)]
struct Want {
    /// After the one before.
    after_ms: i64,
    environment: usize,
    kind: Kind,
    /// How much of the time that it may be late it is, in percent.
    late_percent: i32,
    /// QuickBooks refuses it.
    throttled: bool,
}

fn wants(environments: usize) -> impl Strategy<Value = Vec<Want>> {
    let kind = prop_oneof![Just(Kind::Posting), Just(Kind::Call), Just(Kind::Batch)];
    // Sometimes nobody wants anything for a while.
    let after = prop_oneof![20 => 0..60i64, 1 => 0..3_000i64];
    let want = (after, 0..environments, kind, 0..=100, prop::bool::weighted(0.001));
    let want = want.prop_map(|(after_ms, environment, kind, late_percent, throttled)| Want {
        after_ms,
        environment,
        kind,
        late_percent,
        throttled,
    });
    prop::collection::vec(want, 2_000..3_500)
}

/// When the calls and batches of a schedule reach QuickBooks, in order. Each environment's clock is ahead by so much.
fn sent(wants: &[Want], clocks: &[i64]) -> (Vec<Timestamp>, Vec<Timestamp>) {
    let mut governor = Governor::idle(company());
    let mut held: BTreeMap<usize, Permits> = BTreeMap::new();
    let (mut calls, mut batches) = (Vec::new(), Vec::new());
    let mut now = at(0);
    for want in wants {
        now += SignedDuration::from_millis(want.after_ms);
        let ahead = SignedDuration::from_millis(clocks[want.environment]);
        let here = now + ahead;
        if want.throttled {
            governor =
                governor.slowed_down(here, here + SignedDuration::from_secs(2)).unwrap_or(governor);
        }
        let left = held.entry(want.environment).or_insert(Permits::NONE);
        let mut fresh = Permits::NONE;
        let permits = if want.kind == Kind::Batch { &mut fresh } else { left };
        let mut moment = permits.take(here);
        if moment.is_none()
            && let Reserved::Granted(after, reserved) = governor.reserve(want.kind, here)
        {
            (governor, *permits) = (after, reserved);
            moment = permits.take(here);
        }
        let Some(moment) = moment else { continue };
        let begins = moment.at.max(here);
        let late = moment.until.duration_since(begins) * want.late_percent / 100;
        let arrives = begins + late - ahead;
        calls.push(arrives);
        if want.kind == Kind::Batch {
            batches.push(arrives);
        }
    }
    calls.sort();
    batches.sort();
    (calls, batches)
}

/// The most that any window of so many seconds holds.
fn most(times: &[Timestamp], seconds: i64) -> usize {
    let window = SignedDuration::from_secs(seconds);
    let mut first = 0;
    let count = times.iter().enumerate().map(|(last, time)| {
        while time.duration_since(times[first]) >= window {
            first += 1;
        }
        last + 1 - first
    });
    count.max().unwrap_or(0)
}

#[test]
fn a_schedule_that_always_wants_something_uses_what_there_is() {
    let want = |step: usize| Want {
        after_ms: 20,
        environment: step % 3,
        kind: [Kind::Posting, Kind::Call, Kind::Batch][step % 7 % 3],
        late_percent: 0,
        throttled: false,
    };
    let wants: Vec<Want> = (0..6_000).map(want).collect();
    let (calls, batches) = sent(&wants, &[0; 3]);
    let most = [most(&calls, 60), most(&calls, 1), most(&batches, 60)];
    assert!(most[0] > 400 && most[1] >= 8 && most[2] >= 38, "{most:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_schedule_exceeds_a_limit_in_any_window(wants in wants(5)) {
        let (calls, batches) = sent(&wants, &[0; 5]);
        prop_assert!(most(&calls, 60) <= CALLS_IN_A_MINUTE * 9 / 10);
        prop_assert!(most(&calls, 1) <= CALLS_IN_A_SECOND);
        prop_assert!(most(&batches, 60) <= BATCHES_IN_A_MINUTE);
    }

    /// Clocks of Lambda environments are far closer.
    #[test]
    fn clocks_that_differ_by_a_few_milliseconds_change_nothing(wants in wants(4)) {
        let (calls, batches) = sent(&wants, &[0, 3, 6, 9]);
        prop_assert!(most(&calls, 60) <= CALLS_IN_A_MINUTE * 9 / 10);
        prop_assert!(most(&calls, 1) <= CALLS_IN_A_SECOND);
        prop_assert!(most(&batches, 60) <= BATCHES_IN_A_MINUTE);
    }

    #[test]
    fn two_clocks_30_seconds_apart_keep_within_the_minute_but_for_one_batch(
        wants in wants(2),
        apart in 0..=30_000i64,
    ) {
        let (calls, batches) = sent(&wants, &[0, apart]);
        prop_assert!(most(&calls, 60) <= CALLS_IN_A_MINUTE);
        prop_assert!(most(&calls, 1) <= 2 * CALLS_IN_A_SECOND);
        prop_assert!(most(&batches, 60) <= BATCHES_IN_A_MINUTE + 1);
    }

    #[test]
    fn many_clocks_exceed_a_minute_by_no_more_than_they_differ(
        wants in wants(6),
        clocks in prop::collection::vec(0..=30_000i64, 6),
    ) {
        let (calls, batches) = sent(&wants, &clocks);
        prop_assert!(most(&calls, 60) <= CALLS_IN_A_MINUTE * 3 / 2);
        prop_assert!(most(&batches, 60) <= BATCHES_IN_A_MINUTE * 3 / 2);
    }
}
