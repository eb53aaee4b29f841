//! Documents that a bookkeeper changed in QuickBooks: A26.

use jiff::Timestamp;

use crate::ledger::{Document, Image, Merge, Part, Sale, Sent, Step, Trace};
use crate::plan::{Facts, Found, Planned, plan};
use crate::posting::{Decision, PostingKey};
use crate::record::{Bill, Record};
use crate::template::{Field, Template};

use super::samples::{bill, host, word};
use super::world::World;

fn key() -> PostingKey {
    PostingKey::bill(host("B1"))
}

/// Version 1, with a memo; later ones change what is given.
fn record(version: u64, price: &str, memo: &str) -> Bill {
    Bill { memo: Some(memo.to_owned()), ..bill(version, price, None) }
}

/// A posted bill whose invoice says what `edit` makes of it in QuickBooks, since 10 o'clock.
fn edited(rule: &str, edit: impl FnOnce(Image) -> Image) -> Facts {
    let mut world = World::with(&[Template::AgentBilling]);
    world.configure(Template::AgentBilling, |all| all.set(Field::Overwrite, word(rule)));
    world.post_bill("B1", &record(1, "100", "first"));
    let invoice = world.living(&key())[0].id.clone();
    let says = edit(world.document(&key()).image());
    let mut facts = world.facts(&key());
    facts.objects[0].sync_token = "1".to_owned();
    facts.found.insert(invoice, Found { says, changed_at: Some(at("10:00")) });
    facts
}

fn at(time: &str) -> Timestamp {
    format!("2026-05-03T{time}:00Z").parse().unwrap()
}

fn memo(text: &str) -> impl Fn(Image) -> Image {
    move |image| image.with(Part::Memo, Some(text))
}

fn update(facts: &Facts, bill: &Bill) -> (Document, Merge) {
    match plan(&Record::Bill(bill.clone()), facts) {
        Planned::Steps(plan) => match &plan.steps[..] {
            [Step::Update(_, document, merge)] => (document.clone(), merge.clone()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn disputed(facts: &Facts, bill: &Bill) -> Vec<(String, String, String)> {
    match plan(&Record::Bill(bill.clone()), facts) {
        Planned::Fail(failure) => {
            assert_eq!(failure.reason.code, "edited_in_quickbooks");
            assert_eq!(*failure.reason.choices, ["overwrite", "keep"]);
            let own = |text: &str| text.to_owned();
            let all = failure.reason.differences.iter();
            all.map(|d| (own(&d.field), own(&d.record), own(&d.quickbooks))).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_what_the_record_changed_is_sent() {
    // S4-284
    let facts = edited("never", |image| image);
    let (_, merge) = update(&facts, &record(2, "120", "first"));
    assert!(!merge.unsent.contains(&Part::Lines));
    assert!(merge.unsent.is_superset(&[Part::Party, Part::Number, Part::Memo].into()));
    assert_eq!((merge.kept.len(), merge.edits.len()), (0, 0));
}

#[test]
fn what_only_the_bookkeeper_changed_is_kept_unless_the_record_always_counts() {
    // S4-284, S4-285, S4-286
    for (rule, kept, why) in
        [("never", true, "kept"), ("most_recent", true, "kept"), ("always", false, "overwritten")]
    {
        let facts = edited(rule, memo("theirs"));
        let (_, merge) = update(&facts, &record(2, "120", "first"));
        assert_eq!(merge.kept.contains(&Part::Memo), kept, "{rule}");
        assert_eq!(merge.unsent.contains(&Part::Memo), kept, "{rule}");
        let [told] = &merge.edits[..] else { panic!("people are told: {merge:?}") };
        assert_eq!(told.path, "invoice.memo");
        assert!(told.why.ends_with(why), "{told:?}");
        let (from, to) = if kept { ("first", "theirs") } else { ("theirs", "first") };
        assert_eq!((&*told.from, &*told.to), (from, to), "{rule}");
    }
}

#[test]
fn what_both_changed_is_decided_by_the_rule_and_never_shows_both_versions() {
    // S4-280, S4-284, S4-285, S4-286
    let second = record(2, "100", "second");
    let facts = edited("never", memo("theirs"));
    let own = |text: &str| text.to_owned();
    assert_eq!(disputed(&facts, &second), [(own("memo"), own("second"), own("theirs"))]);

    let facts = edited("always", memo("theirs"));
    assert!(!update(&facts, &second).1.unsent.contains(&Part::Memo));

    for (came, kept) in [("09:59", true), ("10:00", true), ("10:01", false)] {
        let mut facts = edited("most_recent", memo("theirs"));
        facts.record_at = Some(at(came));
        let third = record(2, "120", "second");
        assert_eq!(update(&facts, &third).1.kept.contains(&Part::Memo), kept, "{came}");
    }
}

#[test]
fn a_person_decides_once_whatever_the_rule() {
    for rule in ["never", "most_recent", "always"] {
        for (decision, kept) in [(Decision::Keep, true), (Decision::Overwrite, false)] {
            let mut facts = edited(rule, memo("theirs"));
            facts.wish.decides = Some(decision);
            let merge = update(&facts, &record(2, "120", "second")).1;
            assert_eq!(merge.kept.contains(&Part::Memo), kept, "{rule} {decision:?}");
            assert_eq!(facts.wish.answered().decides, None);
        }
    }
}

#[test]
fn both_changing_a_part_to_the_same_is_no_conflict() {
    let facts = edited("never", memo("second"));
    let (_, merge) = update(&facts, &record(2, "120", "second"));
    assert_eq!((merge.kept.len(), merge.edits.len()), (0, 0));
}

#[test]
fn if_everything_that_the_record_changed_is_kept_nothing_is_written() {
    let mut facts = edited("never", memo("theirs"));
    facts.wish.decides = Some(Decision::Keep);
    let Planned::Steps(plan) = plan(&Record::Bill(record(2, "100", "second")), &facts) else {
        panic!("there is a plan")
    };
    assert!(plan.steps.is_empty(), "{plan:?}");
    let [settled] = &plan.settled[..] else { panic!("it is remembered: {plan:?}") };
    assert_eq!(settled.edits[0].path, "invoice.memo");

    // Decided once: a later version that changes something else does not ask again, and one that changes it does.
    facts.wish.decides = None;
    facts.objects = vec![settled.clone()];
    assert!(update(&facts, &record(3, "120", "second")).1.kept.contains(&Part::Memo));
    assert_eq!(disputed(&facts, &record(3, "120", "third")).len(), 1);
    // Unless a person asks for something else later.
    facts.wish.decides = Some(Decision::Overwrite);
    assert!(!update(&facts, &record(2, "100", "second")).1.unsent.contains(&Part::Memo));
}

#[test]
fn a_version_that_was_kept_is_looked_at_each_time_and_given_up_once_it_is_gone() {
    let mut facts = edited("never", memo("theirs"));
    facts.wish.decides = Some(Decision::Keep);
    let second = Record::Bill(record(2, "100", "second"));
    let Planned::Steps(kept) = plan(&second, &facts) else { panic!("there is a plan") };
    facts.wish.decides = None;
    facts.objects = kept.settled;
    let found = facts.found.values().next().unwrap().clone();
    facts.found.clear();
    let third = record(3, "120", "second");
    assert!(matches!(plan(&Record::Bill(third.clone()), &facts), Planned::Read(_)));
    // The bookkeeper undid it.
    let undone = Found { says: memo("first")(found.says), ..found };
    facts.found.insert(facts.objects[0].id.clone(), undone);
    let (_, merge) = update(&facts, &third);
    assert!(!merge.unsent.contains(&Part::Memo), "the record's version is due");
    assert!(merge.kept.is_empty());
}

#[test]
fn a_note_is_a_persons_even_where_the_record_has_none() {
    let mut world = World::with(&[Template::AgentBilling]);
    world.post_bill("B1", &bill(1, "100", None));
    let invoice = world.living(&key())[0].id.clone();
    let says = memo("theirs")(world.document(&key()).image());
    let mut facts = world.facts(&key());
    facts.found.insert(invoice, Found { says, changed_at: None });
    let (_, merge) = update(&facts, &bill(2, "120", None));
    assert!(merge.kept.contains(&Part::Memo), "{merge:?}");
    assert_eq!(disputed(&facts, &record(2, "100", "ours")).len(), 1);
}

#[test]
fn lines_are_one_part() {
    // D-34: no invoice that is half of either.
    let facts = edited("never", |image| image.with_lines(["a line of theirs".to_owned()]));
    let all = disputed(&facts, &record(2, "120", "first"));
    assert_eq!((all.len(), &*all[0].0, &*all[0].2), (1, "lines", "a line of theirs"));
    assert!(all[0].1.contains("120"), "{all:?}");
    let kept = update(&facts, &record(2, "100", "second")).1;
    assert!(kept.kept.contains(&Part::Lines), "{kept:?}");
}

#[test]
fn a_document_that_is_newer_than_what_was_written_is_read_before_it_is_changed() {
    let mut facts = edited("never", |image| image);
    facts.found.clear();
    let second = Record::Bill(record(2, "120", "first"));
    assert!(matches!(plan(&second, &facts), Planned::Read(_)));
    facts.objects[0].sync_token = "0".to_owned();
    assert!(
        matches!(plan(&second, &facts), Planned::Steps(_)),
        "nobody is known to have edited it"
    );
    facts.objects[0].trace = None;
    facts.objects[0].sync_token = "1".to_owned();
    let Planned::Steps(plan) = plan(&second, &facts) else { panic!("an older version wrote it") };
    assert!(matches!(&plan.steps[..], [Step::Update(_, _, merge)] if *merge == Merge::default()));
}

fn invoice(memo: &str) -> Document {
    let mut world = World::with(&[Template::AgentBilling]);
    world.post_bill("B1", &record(1, "100", memo));
    world.document(&key()).clone()
}

#[test]
fn what_was_kept_differs_from_then_on_and_what_quickbooks_spells_otherwise_does_not() {
    let written = invoice("ours");
    let spelled = |image: Image| image.with(Part::Number, Some("B-1 "));
    let first = Trace::after(Sent::of(&written, [].into()), &spelled(written.image()), "0", None);
    assert!(!first.was_edited(Part::Number, &spelled(written.image())));
    let edited = memo("theirs")(spelled(written.image()));
    assert!(first.was_edited(Part::Memo, &edited));
    let second = Trace::after(Sent::of(&written, [Part::Memo].into()), &edited, "1", Some(&first));
    assert!(second.was_edited(Part::Memo, &edited), "a later change of the record meets it");
    assert!(!second.is_changed(Part::Memo, &written.image()));
}

#[test]
fn what_an_update_without_an_answer_wrote_is_no_edit() {
    let (written, lost) = (invoice("ours"), invoice("lost"));
    let mut trace = Trace::after(Sent::of(&written, [].into()), &written.image(), "0", None);
    assert!(trace.was_edited(Part::Memo, &lost.image()));
    trace.note_unsure(&Sent::of(&lost, [].into()));
    assert!(!trace.was_edited(Part::Memo, &lost.image()));
    assert!(!trace.was_edited(Part::Memo, &written.image()), "it was not performed");
    assert!(trace.was_edited(Part::Memo, &invoice("theirs").image()));
    assert!(trace.is_changed(Part::Memo, &lost.image()), "it is written once more");
    assert!(trace.is_changed(Part::Memo, &written.image()), "it may have been performed");
    let emptied = Document::Invoice(Sale { memo: None, ..sale(&written) });
    assert!(trace.was_edited(Part::Memo, &emptied.image()));
    trace.note_unsure(&Sent::of(&emptied, [].into()));
    assert!(!trace.was_edited(Part::Memo, &emptied.image()), "each of several");
    assert!(!trace.was_edited(Part::Memo, &lost.image()), "each of several");
}

fn sale(document: &Document) -> Sale {
    match document {
        Document::Invoice(sale) => sale.clone(),
        other => panic!("{other:?}"),
    }
}
