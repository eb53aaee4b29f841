//! Every fence, for every operation and policy, on the days around it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::*;
use crate::reason::Class;
use crate::settings::{Configuration, Value};

const POLICIES: [ClosedPeriod; 3] =
    [ClosedPeriod::Hold, ClosedPeriod::Reject, ClosedPeriod::Redate];

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What the books say, in one word and a day.
fn verdict(date: Option<&str>, operation: Operation, known: Books, policy: ClosedPeriod) -> String {
    match books(date.map(day), operation, &known, policy) {
        Ok(None) => "as it is".to_owned(),
        Ok(Some(redated)) => format!("dated {}", redated.to),
        Err(failure) => {
            let waits = failure.class == Class::NeedsMapping;
            let does = if waits { "waits" } else { "is refused" };
            format!("{does}: {}", failure.reason.code)
        }
    }
}

fn closed_through(through: &str) -> Books {
    Books { closed_through: Some(day(through)), start: None }
}

fn start(start: &str) -> Books {
    Books { closed_through: None, start: Some(day(start)) }
}

/// One row: the record's date, the operation, the books, and the verdict under hold, reject and redate.
type Row = (Option<&'static str>, Operation, Books, [&'static str; 3]);

fn check(rows: Vec<Row>) {
    for (date, operation, known, expected) in rows {
        for (policy, expected) in POLICIES.into_iter().zip(expected) {
            let found = verdict(date, operation, known, policy);
            assert_eq!(found, expected, "{date:?} {operation:?} {known:?} {policy:?}");
        }
    }
}

#[test]
fn a_closing_date_stops_what_is_dated_on_it_or_before_or_moves_it_behind() {
    //
    let closed = closed_through("2026-04-30");
    let (waits, refused) = ("waits: period_closed", "is refused: period_closed");
    let (in_time, moved) = (["as it is"; 3], [waits, refused, "dated 2026-05-01"]);
    let fixed = [waits, refused, waits];
    let today = |text| Operation::Create(day(text));
    let update = |text| Operation::Update(day(text));
    let remove = |text| Operation::Remove(day(text));
    check(vec![
        (Some("2026-04-29"), today("2026-05-02"), closed, moved),
        (Some("2026-04-30"), today("2026-05-02"), closed, moved),
        (Some("2026-05-01"), today("2026-05-02"), closed, in_time),
        (None, today("2026-04-30"), closed, moved),
        (None, today("2026-05-01"), closed, in_time),
        // The day of a posting does not matter where the record names one.
        (Some("2026-05-01"), today("2026-04-30"), closed, in_time),
        // What lies in a closed period stays as it is, whatever date it would get.
        (Some("2026-04-30"), update("2026-04-30"), closed, fixed),
        (Some("2026-05-01"), update("2026-04-30"), closed, fixed),
        (None, update("2026-04-30"), closed, fixed),
        // What was re-dated stays where it is.
        (Some("2026-04-30"), update("2026-05-01"), closed, moved),
        (Some("2026-04-30"), update("2026-05-09"), closed, [waits, refused, "dated 2026-05-09"]),
        (Some("2026-05-02"), update("2026-05-01"), closed, in_time),
        (None, update("2026-05-01"), closed, in_time),
        (None, remove("2026-04-30"), closed, fixed),
        (None, remove("2026-05-01"), closed, in_time),
        (Some("2020-01-01"), today("2020-01-01"), Books::default(), in_time),
        (Some("2020-01-01"), update("2020-01-01"), Books::default(), in_time),
        (None, remove("2020-01-01"), Books::default(), in_time),
    ]);
}

#[test]
fn what_is_dated_before_the_company_began_is_refused_or_moved_to_its_first_day() {
    // S4-120, X-11
    let books = start("2026-01-01");
    let refused = "is refused: before_company_start";
    let (in_time, moved) = (["as it is"; 3], [refused, refused, "dated 2026-01-01"]);
    check(vec![
        (Some("2025-12-31"), Operation::Create(day("2026-05-01")), books, moved),
        (Some("2026-01-01"), Operation::Create(day("2026-05-01")), books, in_time),
        (None, Operation::Create(day("2025-12-31")), books, moved),
        (
            Some("2025-12-31"),
            Operation::Update(day("2026-02-01")),
            books,
            [refused, refused, "dated 2026-02-01"],
        ),
        (Some("2026-01-02"), Operation::Update(day("2025-12-31")), books, in_time),
        (Some("2025-12-31"), Operation::Update(day("2025-12-31")), books, moved),
        // What is there although it should not be can be taken away.
        (None, Operation::Remove(day("2025-12-31")), books, in_time),
    ]);
}

#[test]
fn of_both_fences_of_the_books_the_later_one_says_where_the_first_open_day_is() {
    let create = Operation::Create(day("2026-06-01"));
    for (start, closed, date, expected) in [
        ("2026-01-01", "2026-04-30", "2025-06-01", "dated 2026-05-01"),
        ("2026-01-01", "2026-04-30", "2026-02-01", "dated 2026-05-01"),
        ("2026-06-01", "2026-04-30", "2026-02-01", "dated 2026-06-01"),
        ("2026-06-01", "2026-04-30", "2026-05-15", "dated 2026-06-01"),
        ("2026-05-01", "2026-04-30", "2026-05-01", "as it is"),
    ] {
        let books = Books { start: Some(day(start)), closed_through: Some(day(closed)) };
        assert_eq!(verdict(Some(date), create, books, ClosedPeriod::Redate), expected);
    }
    let last = Books { closed_through: Some(Date::MAX), start: None };
    assert_eq!(verdict(None, create, last, ClosedPeriod::Redate), "dated 9999-12-31");
}

#[test]
fn a_message_names_the_fence_that_was_in_the_way_and_both_days() {
    let create = Operation::Create(day("2026-06-01"));
    for (books_are, policy, words) in [
        (closed_through("2026-04-30"), ClosedPeriod::Hold, ["2026-02-01", "closed", "2026-04-30"]),
        (
            closed_through("2026-04-30"),
            ClosedPeriod::Reject,
            ["2026-02-01", "closed", "2026-04-30"],
        ),
        (start("2026-03-01"), ClosedPeriod::Hold, ["2026-02-01", "begin", "2026-03-01"]),
    ] {
        let failure = books(Some(day("2026-02-01")), create, &books_are, policy).unwrap_err();
        for word in words {
            assert!(failure.reason.message.contains(word), "{:?}", failure.reason);
        }
        assert!(!failure.reason.remedy.is_empty());
    }
    for (books_are, from, note) in [
        (
            closed_through("2026-04-30"),
            Some(day("2026-02-01")),
            "Dated 2026-05-01 instead of 2026-02-01, which lies in a closed period.",
        ),
        (
            closed_through("2026-06-30"),
            None,
            "Dated 2026-07-01 instead of the day it was posted, which lies in a closed period.",
        ),
        (
            start("2026-03-01"),
            Some(day("2026-02-01")),
            "Dated 2026-03-01 instead of 2026-02-01, which is before the company's books begin.",
        ),
    ] {
        let redated = books(from, create, &books_are, ClosedPeriod::Redate).unwrap().unwrap();
        assert_eq!(redated.note(), note);
    }
}

fn rules(chosen: &[(Field, Value)]) -> Configuration {
    let mut configuration = Configuration::default();
    for (field, value) in chosen {
        configuration.set(*field, Some(value.clone()));
    }
    configuration
}

fn chosen_day(field: Field, text: &str) -> (Field, Value) {
    (field, Value::Day(day(text)))
}

fn initial(word: &str) -> (Field, Value) {
    (Field::InitialSync, Value::Word(word.to_owned()))
}

#[test]
fn the_cut_off_and_the_filter_leave_out_what_is_dated_outside_of_them() {
    //
    let cut_off = rules(&[chosen_day(Field::CutOff, "2026-05-01")]);
    let from = rules(&[chosen_day(Field::FilterFrom, "2026-05-01")]);
    let to = rules(&[chosen_day(Field::FilterTo, "2026-05-31")]);
    let (first, last) = (Field::FilterFrom, Field::FilterTo);
    let both = rules(&[chosen_day(first, "2026-05-01"), chosen_day(last, "2026-05-31")]);
    let one_day = rules(&[chosen_day(first, "2026-05-01"), chosen_day(last, "2026-05-01")]);
    let all = rules(&[chosen_day(Field::CutOff, "2026-05-02"), chosen_day(first, "2026-05-01")]);
    let (before, outside) = (Some("before_cut_off"), Some("outside_filter"));
    for (setup, date, expected) in [
        (&cut_off, "2026-04-30", before),
        (&cut_off, "2026-05-01", None),
        (&cut_off, "2030-01-01", None),
        (&from, "2026-04-30", outside),
        (&from, "2026-05-01", None),
        (&to, "2026-05-31", None),
        (&to, "2026-06-01", outside),
        (&both, "2026-04-30", outside),
        (&both, "2026-05-15", None),
        (&both, "2026-06-01", outside),
        (&one_day, "2026-05-01", None),
        (&one_day, "2026-05-02", outside),
        (&all, "2026-05-01", before),
        (&all, "2026-05-02", None),
    ] {
        // Neither cares when the record was seen.
        for at in [at("2020-01-01T00:00:00Z"), at("2026-05-10T12:00:01Z")] {
            let arrival = Arrival { date: day(date), at, first_run_at: None };
            let reason = rule(&arrival, setup);
            assert_eq!(reason.as_ref().map(|reason| &*reason.code), expected, "{date} {setup:?}");
        }
    }
}

#[test]
fn what_was_seen_before_the_first_run_is_history_and_left_out_unless_it_was_asked_for() {
    // S0-11, S3-13
    let from = chosen_day(Field::InitialSyncFrom, "2026-05-01");
    let (before, on_time, after) =
        ("2026-05-10T11:59:59.999Z", "2026-05-10T12:00:00Z", "2026-05-10T12:00:01Z");
    let left_out = Some("before_first_run");
    for (chosen, seen, date, expected) in [
        (vec![], before, "2026-05-09", left_out),
        (vec![], on_time, "2026-05-09", None),
        (vec![], after, "2020-01-01", None),
        (vec![initial("none")], before, "2026-05-09", left_out),
        (vec![initial("all")], before, "2020-01-01", None),
        (vec![initial("from_date"), from.clone()], before, "2026-04-30", left_out),
        (vec![initial("from_date"), from.clone()], before, "2026-05-01", None),
        (vec![initial("from_date"), from.clone()], after, "2026-04-30", None),
        // A day alone chooses nothing.
        (vec![from], before, "2026-05-01", left_out),
    ] {
        let first_run_at = Some(at("2026-05-10T12:00:00Z"));
        let arrival = Arrival { date: day(date), at: at(seen), first_run_at };
        let reason = rule(&arrival, &rules(&chosen));
        let case = (chosen, seen, date);
        assert_eq!(reason.as_ref().map(|reason| &*reason.code), expected, "{case:?}");
    }
    let arrival = Arrival { date: day("2020-01-01"), at: at(before), first_run_at: None };
    let never_ran = rule(&arrival, &rules(&[initial("none")]));
    assert_eq!(never_ran, None, "without a first run there is no history");
}
