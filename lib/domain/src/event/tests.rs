//! Which changes are told, and how deliveries go on.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::endpoint::{AfterFailure, Endpoint, Failure, Own, Trying};
use super::*;
use crate::connection::{Books, Company, Connection, Status};
use crate::id::{CompanyId, HostId, ObjectId};
use crate::issued::{IssuedPayment, IssuedState};
use crate::ledger::{Object, ObjectKind, Removal};
use crate::link::{Link, LinkKey, LinkProblem, ListKind, Origin as LinkOrigin};
use crate::money::Currency;
use crate::posting::{Lease, Posted, Posting, PostingKey, State};
use crate::reason::Reason;

fn host(id: &str) -> HostId {
    HostId::parse(id).unwrap()
}

fn tenant(id: &str) -> TenantId {
    TenantId::parse(id).unwrap()
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn reason(code: &'static str) -> Option<Reason> {
    Some(Reason { code: Cow::Borrowed(code), ..Reason::busy() })
}

fn invoice() -> Object {
    Object {
        kind: ObjectKind::Invoice,
        id: ObjectId::parse("145").unwrap(),
        company: CompanyId::parse("4620").unwrap(),
        sync_token: "0".to_owned(),
        doc_number: Some("B-1042".to_owned()),
        date: None,
        total: Some("125.00".parse().unwrap()),
        balance: Some("125.00".parse().unwrap()),
        unapplied: None,
        party: None,
        removal: None,
        line_ids: Vec::new(),
        content: "c".to_owned(),
        trace: None,
        edits: Vec::new(),
    }
}

fn posting(state: State) -> Posting {
    let mut posting = Posting::new(PostingKey::bill(host("B1")), state, Timestamp::UNIX_EPOCH);
    if state == State::Posted {
        let at = Timestamp::UNIX_EPOCH;
        let (fingerprint, record) = ("f".to_owned(), "r".to_owned());
        posting.posted = Some(Posted { version: 1, fingerprint, record, at });
        posting.objects.push(invoice());
    }
    posting
}

fn with(state: State, change: impl FnOnce(&mut Posting)) -> Posting {
    let mut posting = posting(state);
    change(&mut posting);
    posting
}

#[test]
fn every_state_in_which_a_posting_rests_is_told_and_its_moments_are_not() {
    for (state, expected) in [
        (State::Expected, None),
        (State::Posting, None),
        (State::Held, Some("posting.held")),
        (State::Queued, Some("posting.queued")),
        (State::Posted, Some("posting.posted")),
        (State::Blocked, Some("posting.blocked")),
        (State::Rejected, Some("posting.rejected")),
        (State::Skipped, Some("posting.skipped")),
    ] {
        let told = |old: Option<&Posting>| {
            of_posting(old, &posting(state)).map(|happened| happened.kind.as_str())
        };
        assert_eq!(told(None), expected, "{state:?} at first sight");
        assert_eq!(told(Some(&posting(State::Posting))), expected, "{state:?} after work");
        assert_eq!(told(Some(&posting(State::Expected))), expected, "{state:?} when expected");
        assert_eq!(told(Some(&posting(state))), None, "{state:?} unchanged");
    }
}

#[test]
fn what_people_can_see_of_a_resting_posting_is_told_and_nothing_else() {
    type Change = fn(&mut Posting);
    let changes: [(&str, Change, bool); 14] = [
        ("revision", |p| p.revision = 9, false),
        ("lease", |p| p.lease = Some(Lease { owner: "o".into(), until: later(9) }), false),
        ("awaited", |p| p.awaited = true, false),
        ("attempts", |p| p.attempts = 3, false),
        ("updated", |p| p.updated_at = later(9), false),
        ("fingerprint", |p| p.attempted = Some("f".into()), false),
        ("sync token", |p| p.objects[0].sync_token = "1".into(), false),
        ("content", |p| p.objects[0].content = "d".into(), false),
        ("reason", |p| p.reason = reason("edited_in_quickbooks"), true),
        ("warning", |p| p.warnings = reason("total_differs").into_iter().collect(), true),
        ("posted version", |p| p.posted.as_mut().unwrap().version = 2, true),
        ("balance", |p| p.objects[0].balance = None, true),
        ("removal", |p| p.objects[0].removal = Some(Removal::DeletedInQuickbooks), true),
        ("object", |p| p.objects.push(invoice()), true),
    ];
    for (what, change, expected) in changes {
        let told = of_posting(Some(&posting(State::Posted)), &with(State::Posted, change));
        assert_eq!(told.is_some(), expected, "{what}");
    }
}

#[test]
fn one_more_attempt_that_fails_like_the_one_before_is_no_news() {
    let tried = |state, attempts, code| {
        with(state, |posting| {
            posting.attempts = attempts;
            posting.reason = reason(code);
        })
    };
    for (attempts, before, after, expected) in [
        (0, "no_answer", "no_answer", true),
        (1, "no_answer", "no_answer", false),
        (1, "no_answer", "throttled", true),
    ] {
        let old = tried(State::Posting, attempts, before);
        let new = tried(State::Queued, attempts + 1, after);
        assert_eq!(of_posting(Some(&old), &new).is_some(), expected, "{attempts} {before} {after}");
    }
    let refused = tried(State::Rejected, 1, "no_answer");
    assert!(of_posting(Some(&tried(State::Posting, 1, "no_answer")), &refused).is_some());
}

#[test]
fn a_posting_is_named_by_its_record_and_payee() {
    for (key, subject) in [
        (PostingKey::bill(host("B-1042")), "bill/B-1042"),
        (PostingKey::payment(host("P-1")), "payment/P-1"),
        (PostingKey::income(host("D-1")), "disbursement/D-1"),
        (PostingKey::expense(host("D-1"), host("A1")), "disbursement/D-1/payee/A1"),
    ] {
        let posting = Posting::new(key, State::Held, later(7));
        let happened = of_posting(None, &posting).unwrap();
        assert_eq!((happened.subject.as_str(), happened.at), (subject, Some(later(7))));
    }
}

fn connection() -> Connection {
    Connection {
        schema: 1,
        status: Status::Connected,
        company: Company {
            id: CompanyId::parse("4620").unwrap(),
            name: "Craig's Design".to_owned(),
            country: "US".to_owned(),
            edition: None,
            currency: Currency::parse("USD").unwrap(),
            multicurrency: false,
            books: Books::default(),
        },
        connected_at: later(0),
        token_generation: 1,
        refresh_expires_at: later(100),
        hard_expires_at: None,
        paused_until: None,
        wake_pending: false,
    }
}

#[test]
fn a_connection_tells_how_it_stands_and_with_which_company() {
    type Change = fn(&mut Connection);
    let changes: [(&str, Change, Option<&str>); 9] = [
        ("pause", |c| c.paused_until = Some(later(60)), None),
        ("tokens", |c| c.token_generation = 2, None),
        ("expiry", |c| c.refresh_expires_at = later(200), None),
        ("waking", |c| c.wake_pending = true, None),
        (
            "closing date",
            |c| c.company.books.closed_through = Some("2026-01-31".parse().unwrap()),
            None,
        ),
        ("lost", |c| c.status = Status::NeedsReconnect, Some("connection.needs_reconnect")),
        ("ended", |c| c.status = Status::Disconnected, Some("connection.disconnected")),
        ("renewed", |c| c.connected_at = later(9), Some("connection.connected")),
        ("renamed", |c| c.company.name = "Other".into(), Some("connection.connected")),
    ];
    for (what, change, expected) in changes {
        let mut new = connection();
        change(&mut new);
        let told = of_connection(Some(&connection()), &new);
        assert_eq!(told.map(|happened| happened.kind.as_str()), expected, "{what}");
    }
    let first = of_connection(None, &connection()).unwrap();
    assert_eq!((first.kind, first.subject.as_str()), (Kind::ConnectionConnected, "connection"));
}

#[test]
fn a_link_is_made_led_elsewhere_and_taken_away() {
    let link = |object: &str| Link {
        company: CompanyId::parse("4620").unwrap(),
        key: LinkKey::new(ListKind::Customer, host("A1")),
        object_id: ObjectId::parse(object).unwrap(),
        ..sample_link()
    };
    let (one, other) = (link("58"), link("59"));
    let seen = Link { changed_at: Some(later(0)), ..link("58") };
    let found = Link { origin: LinkOrigin::FoundByName, ..link("58") };
    let unusable = Link { problem: Some(LinkProblem::Inactive), ..link("58") };
    for (old, new, expected) in [
        (None, None, None),
        (None, Some(&one), Some("link.created")),
        (Some(&one), Some(&seen), None),
        (Some(&found), Some(&one), None),
        (Some(&one), Some(&other), Some("link.changed")),
        (Some(&one), Some(&unusable), Some("link.changed")),
        (Some(&one), None, Some("link.removed")),
    ] {
        let told = of_link(old, new);
        assert!(told.iter().all(|happened| happened.subject == "link/customer/A1"));
        assert_eq!(told.map(|happened| happened.kind.as_str()), expected);
    }
}

fn issued_payment() -> IssuedPayment {
    serde_json::from_value(serde_json::json!({
        "schema": 1, "revision": 1, "id": {"company": "4620", "payment": "71"}, "state": "synced",
        "number": null, "attachments": [],
        "seen": {
            "id": "71", "sync_token": "0", "entered_at": "2026-03-01T08:00:00Z",
            "changed_at": "2026-03-01T08:00:00Z", "doc_number": "1001", "date": "2026-03-01",
            "pay_type": "check", "account": null, "vendor": {"id": "56", "name": "Ann"}, "currency": "USD",
            "total": "50.00", "memo": null, "voided": false, "lines": [],
        },
        "applied": [], "first_seen_at": "2026-03-01T08:05:00Z", "updated_at": "2026-03-01T08:05:00Z",
    }))
    .unwrap()
}

#[test]
fn an_issued_payment_comes_changes_and_goes() {
    type Change = fn(&mut IssuedPayment);
    let changes: [(&str, Change, Option<&str>); 9] = [
        ("write", |p| (p.revision, p.updated_at) = (2, later(9)), None),
        ("number", |p| p.number = Some("C-7".into()), Some("issued_payment.annotated")),
        ("memo", |p| p.seen.memo = Some("x".into()), Some("issued_payment.updated")),
        ("voided", |p| p.state = IssuedState::Voided, Some("issued_payment.voided")),
        ("gone", |p| p.state = IssuedState::Gone, Some("issued_payment.gone")),
        ("detached", |p| p.state = IssuedState::Detached, Some("issued_payment.detached")),
        (
            "number and memo",
            |p| (p.number, p.seen.memo) = (Some("C-7".into()), Some("x".into())),
            Some("issued_payment.updated"),
        ),
        (
            "gone with another number",
            |p| (p.number, p.state) = (Some("C-7".into()), IssuedState::Gone),
            Some("issued_payment.gone"),
        ),
        ("total", |p| p.seen.total = "60.00".parse().unwrap(), Some("issued_payment.updated")),
    ];
    let old = issued_payment();
    for (what, change, expected) in changes {
        let mut new = old.clone();
        change(&mut new);
        let told = of_issued_payment(Some(&old), Some(&new));
        assert_eq!(told.map(|happened| happened.kind.as_str()), expected, "{what}");
    }
    let gone = IssuedPayment { state: IssuedState::Gone, ..old.clone() };
    for (before, after, expected) in [
        (None, Some(&old), Some("issued_payment.created")),
        (Some(&gone), Some(&old), Some("issued_payment.updated")),
        (Some(&gone), None, Some("issued_payment.removed")),
        (None, None, None),
    ] {
        let told = of_issued_payment(before, after);
        assert!(told.iter().all(|happened| happened.subject == "issued_payment/4620.71"));
        assert_eq!(told.map(|happened| happened.kind.as_str()), expected);
    }
}

fn sample_link() -> Link {
    serde_json::from_value(serde_json::json!({
        "schema": 1, "key": {"kind": "customer", "host_id": "A1"}, "company": "4620",
        "object_id": "58", "name": "Ann Agent", "origin": LinkOrigin::Created,
    }))
    .unwrap()
}

#[test]
fn kinds_are_words_of_a_known_family_and_are_chosen_by_either() {
    for kind in Kind::ALL {
        let (family, _) = kind.as_str().split_once('.').unwrap();
        assert!(FAMILIES.contains(&family), "{kind:?}");
    }
    let chosen = |types: &[&str]| {
        let types: Vec<String> = types.iter().map(|text| (*text).to_owned()).collect();
        Kind::ALL.into_iter().filter(|kind| wants(&types, kind.as_str())).count()
    };
    assert_eq!(chosen(&[]), Kind::ALL.len());
    assert_eq!(chosen(&["posting"]), 6);
    assert_eq!(chosen(&["posting.posted", "link"]), 4);
    assert_eq!(chosen(&["post", "posting.post", "link.created.x"]), 0);
}

#[test]
fn an_id_leads_back_to_its_event_for_its_tenant_only() {
    let id = id(&tenant("acme"), 42);
    assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{id}");
    assert_eq!(sequence_of(&tenant("acme"), &id), Some(42));
    assert_eq!(sequence_of(&tenant("other"), &id), None);
    for text in ["", "42", "evt_", "evt_42", &id[..id.len() - 2]] {
        assert_eq!(sequence_of(&tenant("acme"), text), None, "{text}");
    }
}

#[test]
fn numbers_of_a_stream_are_compared_as_numbers() {
    let mark = Mark { stream: "s".to_owned(), number: "999".to_owned() };
    for (stream, number, expected) in [
        ("s", "999", false),
        ("s", "998", false),
        ("s", "1000", true),
        ("s", "0000000000000000998", false),
        ("s", "00000000000000001000", true),
        ("another", "1000", false),
    ] {
        let origin = Origin {
            stream: stream.to_owned(),
            number: number.to_owned(),
            item: "CONNECTION".to_owned(),
        };
        assert_eq!(origin.is_after(&mark), expected, "{stream} {number}");
    }
}

const HOUR: i64 = 3600;

#[test]
fn an_event_is_tried_for_a_day_from_when_it_or_the_trouble_began() {
    for (trouble, happened, now, expected) in [
        (None, 0, 10, AfterFailure::Again),
        (None, 0, 50 * HOUR, AfterFailure::Again),
        (Some(10), 0, 10 + 24 * HOUR - 1, AfterFailure::Again),
        (Some(10), 0, 10 + 24 * HOUR, AfterFailure::GiveUp),
        (Some(10), HOUR, 10 + 24 * HOUR, AfterFailure::Again),
        (Some(10), HOUR, 25 * HOUR, AfterFailure::GiveUp),
    ] {
        let mut endpoint = Endpoint::new(0, later(0));
        endpoint.failing_since = trouble.map(later);
        let after = endpoint.failed(1, later(happened), Failure::TimedOut, later(now), |_| 5);
        assert_eq!(after, expected, "{trouble:?} {happened} {now}");
    }
}

#[test]
fn attempts_are_counted_for_each_event_and_a_success_ends_the_trouble() {
    let mut endpoint = Endpoint::new(0, later(0));
    for attempts in 1..=3 {
        let mut asked = 0;
        endpoint.failed(1, later(0), Failure::Status(500), later(attempts), |count| {
            asked = count;
            5
        });
        let trying = Trying {
            sequence: 1,
            attempts: u32::try_from(attempts).unwrap(),
            next_at: later(attempts + 5),
        };
        assert_eq!((i64::from(asked), endpoint.tried(1)), (attempts, Some(&trying)));
        assert_eq!(endpoint.tried(2), None);
    }
    endpoint.done_with(1);
    endpoint.works();
    assert_eq!((endpoint.delivered, &endpoint.trying), (1, &None));
    assert_eq!(endpoint.failing_since, None);
    assert!(endpoint.last_failure.is_some(), "people still see what happened last");
}

#[test]
fn dead_letters_that_are_sent_again_do_not_move_the_rest() {
    let mut endpoint = Endpoint { resend: [3, 5].into(), ..Endpoint::new(9, later(0)) };
    endpoint.done_with(3);
    assert_eq!((endpoint.delivered, endpoint.resend.len()), (9, 1));
    endpoint.done_with(10);
    assert_eq!((endpoint.delivered, endpoint.resend.len()), (10, 1));
}

#[test]
fn the_secret_before_signs_for_a_day() {
    let own = |rotated_at: Option<i64>| Own {
        url: "https://host.example".to_owned(),
        types: Vec::new(),
        rotated_at: rotated_at.map(later),
    };
    for (own, now, expected) in [
        (None, 0, None),
        (Some(own(None)), 0, None),
        (Some(own(Some(0))), 24 * HOUR - 1, Some(2)),
        (Some(own(Some(0))), 24 * HOUR, None),
    ] {
        let endpoint = Endpoint { own, generation: 3, ..Endpoint::new(0, later(0)) };
        assert_eq!(endpoint.former_generation(later(now)), expected);
    }
}
