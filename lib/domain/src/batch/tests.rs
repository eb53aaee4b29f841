use super::*;
use crate::id::HostId;
use crate::ledger::ObjectKind;
use crate::posting::Search;

fn at(minutes: i64) -> Timestamp {
    "2026-03-01T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn company() -> CompanyId {
    CompanyId::parse("4620").unwrap()
}

fn place() -> Place {
    Place { batch: "b".to_owned(), item: "2".to_owned() }
}

/// A write that was stored at minute 0. A document can be searched for, a list entry cannot.
fn intent(kind: ObjectKind) -> InFlight {
    let marker = "[lb:0]".to_owned();
    let search = (kind == ObjectKind::Invoice).then_some(Search { party: None, marker });
    InFlight {
        step: String::new(),
        version: 1,
        company: company(),
        object_kind: kind,
        target: None,
        link: None,
        search,
        content: String::new(),
        sent: None,
        edits: Vec::new(),
        sent_at: at(0),
        last_sent_at: at(0),
        request: String::new(),
        batch: Some(place()),
    }
}

fn batch() -> Batch {
    let member = |item: &str| Member {
        posting: PostingKey::bill(HostId::parse(item).unwrap()),
        item: item.to_owned(),
    };
    let members = vec![member("1"), member("2")];
    Batch::new("b".to_owned(), company(), members, "{}".to_owned(), at(0))
}

#[test]
fn what_is_stored_decides_before_quickbooks_is_asked() {
    let never = Batch::never_sent("b".to_owned(), company(), at(0));
    let without = Batch { members: batch().members[..1].to_vec(), ..batch() };
    let days = |days: i64| days * 24 * 60;
    let (document, entry) = (ObjectKind::Invoice, ObjectKind::Customer);
    for (case, stored, kind, said, minutes, expected) in [
        ("nothing is there", None, document, Said::Nothing, 0, First::Disown),
        ("nor after weeks", None, document, Said::Nothing, days(28), First::Disown),
        ("what is forgotten may have been", None, document, Said::Nothing, days(31), First::Search),
        ("it was disowned", Some(&never), document, Said::Nothing, 0, First::PlanAgain),
        ("it went without this one", Some(&without), document, Said::Nothing, 0, First::PlanAgain),
        ("no answer is known", Some(&batch()), document, Said::Nothing, 0, First::Search),
        ("nor one for an entry", Some(&batch()), entry, Said::Nothing, 0, First::Search),
        ("the answer has it", Some(&batch()), document, Said::Done, 0, First::Take),
        ("the answer has it, hours later", Some(&batch()), document, Said::Done, 600, First::Take),
        (
            "refused, perhaps a second time",
            Some(&batch()),
            document,
            Said::Refused,
            0,
            First::Search,
        ),
        ("refused, and nothing to look for", Some(&batch()), entry, Said::Refused, 0, First::Take),
    ] {
        let is = first(stored, &place(), &intent(kind), said, at(minutes));
        assert_eq!(is, expected, "{case}");
    }
}

#[test]
fn only_a_batch_of_which_nothing_is_there_is_sent_again() {
    let found = |own, any, all_wait| Found { own, any, all_wait };
    let nothing = found(false, false, true);
    let open = batch();
    let closed = open.closed();
    let answered = open.answered("{}".to_owned());
    let repeated = open.repeated_by("other", at(4), at(3));
    let ours = open.repeated_by("me", at(4), at(3));
    for (case, stored, seen, minutes, expected) in [
        ("its own document is there", Some(&open), found(true, true, true), 1, Then::Adopt),
        ("whatever became of the batch", Some(&closed), found(true, true, false), 60, Then::Adopt),
        ("or if nobody knows of it", None, found(true, false, false), 60, Then::Adopt),
        ("forgotten and not found", None, nothing, 60, Then::PlanAgain),
        ("nothing is there", Some(&open), nothing, 1, Then::Repeat),
        ("nothing, at the last moment", Some(&open), nothing, 9, Then::Repeat),
        ("nothing, too late to repeat", Some(&open), nothing, 10, Then::PlanAgain),
        ("another's document is there", Some(&open), found(false, true, true), 3, Then::Wait),
        ("and it had its time", Some(&open), found(false, true, true), 4, Then::PlanAgain),
        ("another was settled", Some(&open), found(false, false, false), 3, Then::Wait),
        ("and it had its time", Some(&open), found(false, false, false), 4, Then::PlanAgain),
        ("closed", Some(&closed), nothing, 3, Then::Wait),
        ("closed, and it had its time", Some(&closed), nothing, 4, Then::PlanAgain),
        ("answered without it", Some(&answered), nothing, 3, Then::Wait),
        ("answered, and it had its time", Some(&answered), nothing, 4, Then::PlanAgain),
        ("somebody else repeats it", Some(&repeated), nothing, 3, Then::Wait),
        ("who died over it", Some(&repeated), nothing, 5, Then::Repeat),
        ("it is repeated by ourselves", Some(&ours), nothing, 3, Then::Repeat),
        ("repeated late", Some(&open.repeated_by("other", at(10), at(9))), nothing, 12, Then::Wait),
        (
            "repeated late, and it had its time",
            Some(&open.repeated_by("other", at(10), at(9))),
            nothing,
            13,
            Then::PlanAgain,
        ),
    ] {
        let is = then(stored, seen, &intent(ObjectKind::Invoice), "me", at(minutes));
        assert_eq!(is, expected, "{case}");
    }
}

#[test]
fn every_change_counts_so_that_two_cannot_decide_at_once() {
    let open = batch();
    for next in [
        open.closed(),
        open.repeated_by("me", at(2), at(1)),
        open.unanswered(),
        open.answered("{}".to_owned()),
    ] {
        assert_eq!(next.revision, open.revision + 1);
        assert_eq!((next.sent_at, next.expires_at), (open.sent_at, open.expires_at));
    }
    assert_eq!(open.repeated_by("me", at(2), at(1)).last_sent_at, at(1));
    assert_eq!(open.repeated_by("me", at(2), at(1)).answered(String::new()).repeating, None);
    assert_eq!(open.repeated_by("me", at(2), at(1)).closed().repeating, None);
}
