//! What an arriving event means, in every state of a posting.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::*;
use crate::id::{CompanyId, HostId};
use crate::ledger::ObjectKind;
use crate::money::Currency;
use crate::posting::{InFlight, Lease, Posted, PostingKey, Workflow};
use crate::record::{Allocation, Payment, RecordKind};

fn record(version: u64, amount: i64, voided: bool) -> Record {
    let bill = HostId::parse("B1").unwrap();
    Record::Payment(Payment {
        version,
        paid_on: "2026-03-02".parse().unwrap(),
        amount: Decimal::from(amount),
        currency: Currency::parse("USD").unwrap(),
        method: None,
        reference: None,
        memo: None,
        bills: vec![Allocation { bill, amount: Decimal::from(amount) }],
        voided,
        charge: None,
    })
}

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn stored(state: State, change: impl FnOnce(&mut Posting)) -> Posting {
    let key =
        PostingKey::new(Workflow::AgentBilling, RecordKind::Payment, HostId::parse("P1").unwrap());
    let mut posting = Posting::new(key, state, now());
    posting.record = Some(record(3, 100, false));
    posting.attempted = Some("print".to_owned());
    change(&mut posting);
    posting
}

fn posted() -> Posting {
    stored(State::Posted, |posting| {
        let record = fingerprint::of(&posting.record.clone().unwrap());
        posting.posted =
            Some(Posted { version: 3, fingerprint: "print".to_owned(), record, at: now() });
    })
}

/// Posted, and voided meanwhile under the same version.
fn taken_back() -> Posting {
    let mut posting = posted();
    posting.record = Some(record(3, 100, true));
    posting
}

fn leased(seconds: i64) -> Posting {
    stored(State::Posting, |posting| {
        let until = now() + jiff::SignedDuration::from_secs(seconds);
        posting.lease = Some(Lease { owner: "other".to_owned(), until });
    })
}

#[test]
fn an_event_is_judged_by_version_content_lease_and_state() {
    let rejected = || stored(State::Rejected, |_| {});
    let (older, same, newer) =
        (record(2, 100, false), record(3, 100, false), record(4, 100, false));
    let (changed, voided) = (record(3, 200, false), record(3, 100, true));
    for (case, posting, arrived, cause, print, expected) in [
        ("never seen", None, Some(&same), Cause::Record, "print", Verdict::Proceed),
        ("same again", Some(posted()), Some(&same), Cause::Record, "print", Verdict::Unchanged),
        (
            "same, other settings",
            Some(posted()),
            Some(&same),
            Cause::Record,
            "other",
            Verdict::Proceed,
        ),
        ("older", Some(posted()), Some(&older), Cause::Record, "print", Verdict::Superseded),
        ("newer", Some(posted()), Some(&newer), Cause::Record, "other", Verdict::Proceed),
        (
            "same version, other content",
            Some(posted()),
            Some(&changed),
            Cause::Record,
            "other",
            Verdict::VersionReused,
        ),
        (
            "same version, voided",
            Some(posted()),
            Some(&voided),
            Cause::Record,
            "other",
            Verdict::Proceed,
        ),
        ("queue, posted", Some(posted()), None, Cause::Queue, "print", Verdict::Unchanged),
        ("queue, other settings", Some(posted()), None, Cause::Queue, "other", Verdict::Unchanged),
        ("queue, taken back", Some(taken_back()), None, Cause::Queue, "other", Verdict::Proceed),
        ("owned by another", Some(leased(5)), Some(&newer), Cause::Record, "other", Verdict::Busy),
        ("lease ran out", Some(leased(-1)), Some(&same), Cause::Record, "print", Verdict::Proceed),
        (
            "older while owned",
            Some(leased(5)),
            Some(&older),
            Cause::Record,
            "print",
            Verdict::Superseded,
        ),
        (
            "refused, same",
            Some(rejected()),
            Some(&same),
            Cause::Record,
            "print",
            Verdict::StillRejected,
        ),
        (
            "refused, other settings",
            Some(rejected()),
            Some(&same),
            Cause::Record,
            "other",
            Verdict::Proceed,
        ),
        (
            "refused, a person asks",
            Some(rejected()),
            None,
            Cause::Person,
            "print",
            Verdict::Proceed,
        ),
        ("refused, woken", Some(rejected()), None, Cause::Queue, "print", Verdict::Proceed),
    ] {
        let fingerprint = Some(print);
        let arrival = Arrival { record: arrived, cause, owner: "me", fingerprint, now: now() };
        assert_eq!(judge(posting.as_ref(), &arrival), expected, "{case}");
    }
}

#[test]
fn a_step_without_an_answer_is_settled_before_anything_is_called_unchanged() {
    let mut posting = posted();
    posting.in_flight = Some(InFlight {
        step: "update_payment".to_owned(),
        version: 3,
        company: CompanyId::parse("4620").unwrap(),
        object_kind: ObjectKind::Payment,
        target: None,
        link: None,
        search: None,
        content: String::new(),
        sent: None,
        edits: Vec::new(),
        sent_at: now(),
        last_sent_at: now(),
        request: String::new(),
        batch: None,
    });
    let arrival = Arrival {
        record: None,
        cause: Cause::Queue,
        owner: "me",
        fingerprint: Some("print"),
        now: now(),
    };
    assert_eq!(judge(Some(&posting), &arrival), Verdict::Proceed);
}

#[test]
fn a_key_reads_back_from_its_text() {
    let host = |id| HostId::parse(id).unwrap();
    for key in
        [posted().key, PostingKey::income(host("D1")), PostingKey::expense(host("D1"), host("A1"))]
    {
        assert_eq!(PostingKey::parse(&key.as_text()), Some(key));
    }
    for text in [
        "",
        "agent_billing#bill",
        "agent_expense#disbursement#D1#",
        "agent_expense#disbursement#D1#A1#b",
        "other#bill#B1",
        "agent_billing#other#B1",
    ] {
        assert_eq!(PostingKey::parse(text), None, "{text}");
    }
}
