//! The forecast, and the ladder that follows it.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Reads of the first days.
fn days(reads: &[u64]) -> Days {
    let mut days = Days::default();
    days.0[..reads.len()].copy_from_slice(reads);
    days
}

fn november() -> Month {
    Month::of(at("2026-11-22T10:00:00Z"))
}

#[test]
fn months_are_those_of_utc_and_have_their_days() {
    for (now, month, day, begin, end) in [
        ("2026-11-22T10:00:00Z", "2026-11", 21, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        ("2026-12-31T23:59:59Z", "2026-12", 30, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2028-02-29T00:00:00Z", "2028-02", 28, "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
    ] {
        let is = Month::of(at(now));
        assert_eq!((is.to_string().as_str(), is.day(at(now))), (month, day), "{now}");
        assert_eq!((is.begin(), is.end()), (at(begin), at(end)), "{now}");
        assert_eq!(Month::try_from(month.to_owned()), Ok(is));
    }
    assert_eq!(november().day(at("2027-01-05T00:00:00Z")), 29, "it is over");
    for text in ["2026", "2026-13", "2026-1", "november", ""] {
        assert_eq!(Month::try_from(text.to_owned()), Err(NotAMonth), "{text}");
    }
}

#[test]
fn the_forecast_goes_on_like_the_days_so_far_and_more_like_the_last_ones() {
    for (reads, now, expected) in [
        // Nothing.
        (vec![], "2026-11-01T00:00:00Z", 0),
        (vec![], "2026-11-20T00:00:00Z", 0),
        // Evenly: 100 a day for 30 days.
        (vec![100; 10], "2026-11-11T00:00:00Z", 3_000),
        (vec![100; 15], "2026-11-15T23:59:59Z", 3_000),
        (vec![100; 30], "2026-11-30T23:59:59Z", 3_000),
        // Less than a day counts as one.
        (vec![100], "2026-11-01T01:00:00Z", 3_095),
        (vec![100], "2026-11-01T12:00:00Z", 3_050),
        // A day of first looks, and then nothing: 3,000 in ten days is 300 a day, of which a third.
        (vec![3_000], "2026-11-11T00:00:00Z", 5_000),
        // It begins to be used: the last three days are 1,000 each.
        (vec![0, 0, 0, 0, 0, 0, 0, 1_000, 1_000, 1_000], "2026-11-10T23:59:59Z", 18_333),
        // It is over.
        (vec![100; 30], "2026-12-05T00:00:00Z", 3_000),
        // It has not begun by this clock.
        (vec![1], "2026-10-31T23:59:59Z", 31),
    ] {
        let forecast = forecast(&days(&reads), november(), at(now));
        let (least, most) = (expected - expected / 100, expected + expected / 100 + 1);
        assert!((least..=most).contains(&forecast), "{reads:?} by {now}: {forecast}");
        assert!(forecast >= days(&reads).total());
    }
}

#[test]
fn no_number_of_reads_is_too_large() {
    let most = Days([u64::MAX; DAYS]);
    let usage = Usage::of(&most, november(), at("2026-11-02T00:00:00Z"), 1);
    assert_eq!((usage.used, usage.forecast, usage.used_percent()), (u64::MAX, u64::MAX, u64::MAX));
    assert_eq!(Usage { allowance: 0, ..usage }.forecast_percent(), 0);
}

fn usage(forecast: u64) -> Usage {
    Usage { used: 0, forecast, allowance: 1_000 }
}

#[test]
fn the_ladder_goes_up_at_once_and_down_when_it_is_clear_and_warns_of_each_step_once() {
    let now = at("2026-11-20T00:00:00Z");
    let mut ladder: Option<Ladder> = None;
    for (forecast, step, warned) in [
        (799, Step::Usual, vec![]),
        (800, Step::Half, vec![Step::Half]),
        (820, Step::Half, vec![]),
        (760, Step::Half, vec![]),
        (749, Step::Usual, vec![]),
        (810, Step::Half, vec![]),
        (1_200, Step::OnlyAsked, vec![Step::Fourth, Step::OnlyAsked]),
        (960, Step::OnlyAsked, vec![]),
        (940, Step::Fourth, vec![]),
        (100, Step::Usual, vec![]),
        (5_000, Step::OnlyAsked, vec![]),
    ] {
        let after = Ladder::after(ladder.as_ref(), november(), usage(forecast), now);
        let warnings = after.as_ref().map(|after| after.warnings(ladder.as_ref()));
        assert_eq!(warnings.unwrap_or_default(), warned, "{forecast}");
        ladder = after.or(ladder);
        let stands = ladder.as_ref().map_or(Step::Usual, |ladder| ladder.step);
        assert_eq!(stands, step, "{forecast}");
    }
    let revision = ladder.map(|ladder| ladder.revision);
    assert_eq!(revision, Some(7), "what changes nothing is not stored");
}

#[test]
fn with_another_allowance_each_step_is_told_anew() {
    let now = at("2026-11-20T00:00:00Z");
    let spent = Ladder::after(None, november(), usage(1_000), now).unwrap();
    let of = |allowance: u64, forecast: u64| Usage { allowance, ..usage(forecast) };
    let raised = Ladder::after(Some(&spent), november(), of(2_000, 1_000), now).unwrap();
    assert_eq!((raised.step, raised.warnings(Some(&spent))), (Step::Usual, vec![]));
    assert_eq!(Ladder::after(Some(&raised), november(), of(2_000, 1_100), now), None);
    let again = Ladder::after(Some(&raised), november(), of(2_000, 1_800), now).unwrap();
    assert_eq!(again.warnings(Some(&raised)), [Step::Half, Step::Fourth]);
    let later = at("2026-11-21T00:00:00Z");
    let lowered = Ladder::after(Some(&again), november(), of(1_900, 1_800), later).unwrap();
    assert_eq!(lowered.warnings(Some(&again)), [Step::Half, Step::Fourth]);
    assert_eq!((lowered.step, lowered.since), (again.step, later));
}

#[test]
fn since_when_a_step_counts_is_remembered_while_it_lasts() {
    let (first, later) = (at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z"));
    let half = Ladder::after(None, november(), usage(850), first).unwrap();
    assert_eq!(Ladder::after(Some(&half), november(), usage(860), later), None);
    let fourth = Ladder::after(Some(&half), november(), usage(950), later).unwrap();
    assert_eq!((half.since, fourth.since), (first, later));
}

#[test]
fn without_an_allowance_there_is_no_ladder() {
    let now = at("2026-11-20T00:00:00Z");
    let unlimited = Usage { allowance: 0, ..usage(5_000) };
    assert_eq!(Ladder::after(None, november(), unlimited, now), None);
    let half = Ladder::after(None, november(), usage(850), now).unwrap();
    let lifted = Ladder::after(Some(&half), november(), unlimited, now).unwrap();
    assert_eq!((lifted.step, lifted.warnings(Some(&half))), (Step::Usual, vec![]));
    assert_eq!(Ladder::after(Some(&lifted), november(), unlimited, now), None);
}

#[test]
fn intervals_are_stretched_step_by_step() {
    for (step, expected) in [
        (Step::Usual, Some(15)),
        (Step::Half, Some(30)),
        (Step::Fourth, Some(60)),
        (Step::OnlyAsked, None),
    ] {
        assert_eq!(step.stretched(15), expected, "{step:?}");
    }
}

#[test]
fn a_ladder_is_read_back_as_it_was_stored() {
    let ladder = Ladder::after(None, november(), usage(850), at("2026-11-20T00:00:00Z")).unwrap();
    let text = serde_json::to_string(&ladder).unwrap();
    assert!(text.contains(r#""month":"2026-11","step":"half""#), "{text}");
    assert_eq!(serde_json::from_str::<Ladder>(&text).unwrap(), ladder);
}

#[test]
fn a_person_is_told_how_often_since_when_and_why() {
    let now = at("2026-11-20T08:05:00Z");
    for (forecast, expected) in [
        (
            850,
            "Every 30 minutes instead of 15, since 2026-11-20 08:05 UTC: the month's metered reads were then forecast to \
             come to 85 % of what is allowed.",
        ),
        (
            1_010,
            "Since 2026-11-20 08:05 UTC the schedule rests, and only what somebody asks for and what Intuit tells of is \
             looked at: the month's metered reads were then forecast to come to 101 % of what is allowed.",
        ),
    ] {
        let ladder = Ladder::after(None, november(), usage(forecast), now).unwrap();
        assert_eq!(ladder.explains(15).as_deref(), Some(expected));
        let usual = Ladder { step: Step::Usual, ..ladder };
        assert_eq!(usual.explains(15), None);
    }
}
