//! Tables of an import's life, its counts and its lines.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    "2026-11-22T13:18:22Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn import(state: State) -> Import {
    let id = ImportId::new(at(0), "3f9ac1d2e4b5777");
    let file = Some(File { tag: "t".to_owned(), bytes: 1_000 });
    Import { state, file, missed_at: Some(at(600)), ..Import::new(id, None, at(0)) }
}

#[test]
fn ids_are_in_the_order_of_time_and_read_back() {
    let id = ImportId::new(at(0), "3f9ac1d2e4b5777");
    assert_eq!(id.as_str(), "20261122T131822Z-3f9ac1d2e4b5");
    assert!(id < ImportId::new(at(1), "000000000000"));
    assert_eq!(ImportId::parse(id.as_str()), Some(id));
    for bad in [
        "",
        "x",
        "20261122T131822Z",
        "20261122T131822Z-3f9ac1d2e4b",
        "20261122T131822Z-3f9ac1d2e4bg",
        "20261122x131822Z-3f9ac1d2e4b5",
        "20261122T131822Z-3f9ac1d2e4b5#",
        "2026112é131822Z-3f9ac1d2e4b5",
    ] {
        assert_eq!(ImportId::parse(bad), None, "{bad}");
    }
}

#[test]
fn commands_fit_some_states_and_repeating_them_is_harmless() {
    use State::{AwaitingFile, Cancelled, Done, Failed, Importing, Paused, Validating};
    let states = [AwaitingFile, Validating, Importing, Paused, Done, Cancelled, Failed];
    let file = File { tag: "t".to_owned(), bytes: 1 };
    // None: refused. Some(None): as it is. Otherwise the state after it.
    let [same, no] = [Some(None), None];
    let to = |state| Some(Some(state));
    for (command, expected) in [
        (Command::Start(file), [to(Validating), same, same, same, same, no, no]),
        (Command::Pause, [no, to(Paused), to(Paused), same, no, no, no]),
        (Command::Resume, [no, same, same, to(Validating), no, no, to(Validating)]),
        (
            Command::Cancel,
            [to(Cancelled), to(Cancelled), to(Cancelled), to(Cancelled), no, same, to(Cancelled)],
        ),
    ] {
        for (state, expected) in states.into_iter().zip(expected) {
            let mut import = import(state);
            let before = import.clone();
            match (import.obey(command.clone(), at(5)), expected) {
                (Err(NotNow(told)), None) => assert_eq!((told, &import), (state, &before)),
                (Ok(false), Some(None)) => assert_eq!(import, before),
                (Ok(true), Some(Some(after))) => {
                    assert_eq!(import.state, after, "{command:?} {state:?}");
                    assert_eq!(import.finished_at.is_some(), after == Cancelled);
                    assert!(import.runs() || import.missed_at.is_none());
                }
                (done, expected) => panic!("{command:?} {state:?}: {done:?}, not {expected:?}"),
            }
        }
    }
}

#[test]
fn passes_without_records_are_left_out() {
    for (bills, payments, disbursements, expected) in [
        (1, 1, 0, &[Some(Phase::Documents), Some(Phase::Payments), None][..]),
        (0, 1, 0, &[Some(Phase::Payments), None]),
        (0, 0, 2, &[Some(Phase::Documents), None]),
        (0, 0, 0, &[None]),
    ] {
        let mut import = import(State::Validating);
        import.lines = LineCounts { bills, payments, disbursements, ..LineCounts::default() };
        import.lines.read = import.lines.documents() + payments;
        for phase in expected {
            if phase.is_none() {
                import.records.posted = import.lines.records();
            }
            import.mark = Place { offset: 9, line: 9 };
            import.ends_pass(at(9));
            match phase {
                Some(phase) => {
                    assert_eq!((import.phase, import.state), (*phase, State::Importing));
                    assert_eq!(import.mark, Place::default());
                }
                None => {
                    assert_eq!((import.state, import.finished_at), (State::Done, Some(at(9))));
                    assert_eq!(import.missed_at, None);
                }
            }
        }
    }
}

#[test]
fn a_worker_follows_what_people_decided_and_keeps_how_far_it_has_come() {
    let mut ours = import(State::Importing);
    ours.mark = Place { offset: 100, line: 3 };
    let mut theirs = import(State::Importing);
    theirs.revision = 8;
    theirs.obey(Command::Pause, at(3)).unwrap();
    ours.takes_over(&theirs);
    assert_eq!((ours.state, ours.revision, ours.mark.line), (State::Paused, 8, 3));
    assert_eq!(ours.missed_at, None);
}

#[test]
fn what_an_import_waits_for_is_told_until_it_is_worked_on_and_waits_grow_until_something_is_posted()
{
    let mut import = import(State::Importing);
    let reason = || crate::reason::Failure::quickbooks_unavailable().reason;
    for outages in 1..=3 {
        import.waits_for_quickbooks(reason());
        assert_eq!((import.outages, import.reason.is_some()), (outages, true));
        import.is_taken_up("w".to_owned());
        assert_eq!(import.reason, None);
        import.counts(Fate::Queued);
    }
    assert_eq!(import.outages, 3);
    import.counts(Fate::Posted);
    assert_eq!((import.outages, import.records.done()), (0, 4));
    import.waits_for_quickbooks(reason());
    import.obey(Command::Pause, at(1)).unwrap();
    assert_eq!(import.reason, None, "a person paused it");
}

#[test]
fn records_whose_lines_a_newer_version_no_longer_takes_are_told_at_the_end() {
    let mut import = import(State::Importing);
    import.phase = Phase::Documents;
    import.lines = LineCounts { read: 5, bills: 5, ..LineCounts::default() };
    (0..3).for_each(|_| import.counts(Fate::Posted));
    import.ends_pass(at(9));
    let reason = import.reason.as_ref().map(|reason| reason.message.to_string());
    assert_eq!((import.state, import.finished_at), (State::Failed, Some(at(9))));
    assert!(reason.is_some_and(|it| it.starts_with("2 records were left out")));
    assert_eq!(import.obey(Command::Resume, at(10)), Err(NotNow(State::Failed)), "nothing is left");
}

#[test]
fn the_pace_is_that_of_the_last_minute() {
    let mut import = import(State::Importing);
    import.phase = Phase::Documents;
    import.lines = LineCounts { read: 1_000, bills: 1_000, ..LineCounts::default() };
    assert_eq!((import.per_minute(), import.seconds_left()), (0, None));
    // Slow for two minutes, then ten a second.
    for second in (0_i64..=240).step_by(2) {
        let fast: u64 = (second - 120).max(0).unsigned_abs();
        import.records.posted = second.unsigned_abs() / 2 + fast * 3;
        import.sample(at(second));
        assert!(import.samples.len() <= 8);
    }
    assert_eq!(import.per_minute(), 210);
    assert_eq!(import.left(), 520);
    assert_eq!(import.seconds_left(), Some(149));
    import.sample(at(0));
    assert_eq!(import.seconds_left(), None, "a clock that goes back tells nothing");
}

#[test]
fn looking_at_lines_is_measured_in_bytes() {
    let mut import = import(State::Validating);
    for (second, lines, offset) in [(0, 0, 0), (10, 50, 200)] {
        import.lines.read = lines;
        import.mark.offset = offset;
        import.sample(at(second));
    }
    assert_eq!((import.per_minute(), import.seconds_left()), (300, Some(40)));
}

#[test]
fn the_mark_waits_for_the_slowest_and_counts_each_line_once() {
    let place = |line| Place { offset: line * 10, line };
    let mut window = Window::default();
    let mut mark = Place::default();
    let mut counted = Vec::new();
    let (first, second) = (window.begin(place(1)), window.begin(place(2)));
    window.pass(place(3));
    window.pass(place(4));
    let fifth = window.begin(place(5));
    window.done(second, "second");
    window.advance(&mut mark, |what| counted.push(what));
    assert_eq!((mark, counted.len()), (Place::default(), 0));
    window.done(first, "first");
    window.advance(&mut mark, |what| counted.push(what));
    assert_eq!((mark, counted.as_slice()), (place(4), &["first", "second"][..]));
    let sixth = window.begin(place(6));
    window.done(sixth, "sixth");
    window.done(fifth, "fifth");
    window.advance(&mut mark, |what| counted.push(what));
    assert_eq!((mark, counted.as_slice()), (place(6), &["first", "second", "fifth", "sixth"][..]));
}

fn cut(file: &[u8], from: Place, pieces: &[usize]) -> Vec<Line> {
    let mut cutter = Cutter::at(from);
    let mut rest = &file[usize::try_from(from.offset).unwrap()..];
    let mut lines = Vec::new();
    for length in pieces.iter().chain([&usize::MAX]) {
        let (piece, left) = rest.split_at(rest.len().min(*length));
        lines.extend(cutter.cut(piece));
        rest = left;
    }
    lines.extend(cutter.end());
    lines
}

#[test]
fn lines_are_cut_as_every_program_writes_them() {
    let exact = "x".repeat(LINE_BYTES_AT_MOST);
    let long = format!("{exact}y");
    let very_long = "x".repeat(LINE_BYTES_AT_MOST * 3);
    let text = |text: &str| Ok(text.to_owned());
    for (file, expected) in [
        (Vec::new(), vec![]),
        (b"\n".to_vec(), vec![text("")]),
        (b"a\nb\n".to_vec(), vec![text("a"), text("b")]),
        (b"a\nb".to_vec(), vec![text("a"), text("b")]),
        (b"a\r\n\r\nb\r".to_vec(), vec![text("a"), text(""), text("b")]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb".to_vec(), vec![text("a"), text("\u{FEFF}b")]),
        (b"a\n\xff\xfe\nb".to_vec(), vec![text("a"), Err(Fault::NotText), text("b")]),
        (format!("{exact}\r\nb").into_bytes(), vec![text(&exact), text("b")]),
        (format!("\u{FEFF}{exact}\r\nb").into_bytes(), vec![text(&exact), text("b")]),
        (format!("{long}\nb").into_bytes(), vec![Err(Fault::TooLong), text("b")]),
        (
            format!("a\n{very_long}\nb").into_bytes(),
            vec![text("a"), Err(Fault::TooLong), text("b")],
        ),
        (very_long.clone().into_bytes(), vec![Err(Fault::TooLong)]),
    ] {
        let lines = cut(&file, Place::default(), &[]);
        let shown = String::from_utf8_lossy(&file[..file.len().min(20)]).into_owned();
        for (number, line) in lines.iter().enumerate() {
            assert_eq!(line.number(), number as u64 + 1, "{shown}");
        }
        assert_eq!(lines.last().map_or(0, |line| line.end.offset), file.len() as u64, "{shown}");
        let texts: Vec<_> = lines.into_iter().map(|line| line.text).collect();
        assert_eq!(texts, expected, "{shown}");
    }
}

proptest! {
    #[test]
    fn any_cutting_into_pieces_gives_the_same_lines(
        words in prop::collection::vec(
            prop_oneof![
                "[a-c]{0,3}".prop_map(String::into_bytes),
                Just(b"\n".to_vec()),
                Just(b"\r\n".to_vec()),
                Just(b"\xef\xbb\xbf".to_vec()),
                Just(b"\xff".to_vec()),
                Just(vec![b'z'; LINE_BYTES_AT_MOST]),
            ],
            0..12,
        ),
        pieces in prop::collection::vec(0usize..100_000, 0..20),
        small in prop::collection::vec(0usize..4, 0..20),
    ) {
        let file = words.concat();
        let whole = cut(&file, Place::default(), &[]);
        prop_assert_eq!(&cut(&file, Place::default(), &pieces), &whole);
        prop_assert_eq!(&cut(&file, Place::default(), &small), &whole);
        // Whoever goes on behind a line finds the others.
        for (number, line) in whole.iter().enumerate() {
            prop_assert_eq!(&cut(&file, line.end, &small)[..], &whole[number + 1..]);
        }
    }
}
