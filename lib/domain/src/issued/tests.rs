use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::id::{CompanyId, HostId, ObjectId};
use crate::pull::Pull;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id(text: &str) -> ObjectId {
    ObjectId::parse(text).unwrap()
}

fn money(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-05-03T00:00:00Z")
}

fn pull() -> Pull {
    Pull::beginning(CompanyId::parse("9130").unwrap(), at("2026-05-01T00:00:00Z"))
}

fn line(kind: &str, of: &str, amount: &str) -> Linked {
    Linked { kind: kind.to_owned(), id: id(of), amount: money(amount) }
}

fn seen(token: u64, lines: Vec<Linked>) -> Seen {
    let sign =
        |line: &Linked| if line.kind == Linked::VENDOR_CREDIT { -line.amount } else { line.amount };
    Seen {
        id: id("71"),
        sync_token: token.to_string(),
        entered_at: at("2026-05-02T00:00:00Z"),
        changed_at: at("2026-05-02T00:00:00Z"),
        doc_number: Some("1042".to_owned()),
        date: Some("2026-05-02".parse().unwrap()),
        pay_type: PayType::Check,
        account: Some(Named { id: id("35"), name: Some("Checking".to_owned()) }),
        vendor: Named { id: id("56"), name: Some("Ann Smith".to_owned()) },
        currency: crate::money::Currency::parse("USD").unwrap(),
        total: lines.iter().map(sign).sum(),
        memo: None,
        voided: false,
        lines,
    }
}

fn voided(token: u64) -> Seen {
    Seen { voided: true, total: Decimal::ZERO, ..seen(token, Vec::new()) }
}

/// Bills 145 and 146 are ours.
fn bills(balance: &str) -> BTreeMap<ObjectId, OurBill> {
    let bill = |payee: &str| OurBill {
        posting: PostingKey::expense(HostId::parse("D1").unwrap(), HostId::parse(payee).unwrap()),
        doc_number: Some(format!("D1-{payee}")),
        balance: Some(money(balance)),
    };
    BTreeMap::from([(id("145"), bill("A1")), (id("146"), bill("A2"))])
}

fn stored(judged: Judged) -> (IssuedPayment, Happened) {
    match judged {
        Judged::Store(payment, happened) => (*payment, happened),
        judged => panic!("{judged:?}"),
    }
}

fn known(lines: Vec<Linked>) -> IssuedPayment {
    stored(judge(&pull(), None, &seen(0, lines), &bills("50.00"), now())).0
}

#[test]
fn a_payment_on_a_bill_of_ours_comes_whether_full_or_partial_or_over_several() {
    // S3-03, S3-08, S3-10, S3-11
    for (lines, expected) in [
        (vec![line("Bill", "145", "100.00")], vec![("145", "100.00")]),
        (vec![line("Bill", "145", "0.01")], vec![("145", "0.01")]),
        (
            vec![line("Bill", "145", "60.00"), line("Bill", "9", "5"), line("Bill", "146", "40")],
            vec![("145", "60.00"), ("146", "40")],
        ),
        (
            vec![line("Bill", "145", "60.00"), line("VendorCredit", "150", "60.00")],
            vec![("145", "60.00")],
        ),
        (vec![line("Bill", "145", "1"), line("Bill", "145", "2")], vec![("145", "3")]),
    ] {
        let judged = judge(&pull(), None, &seen(0, lines), &bills("50.00"), now());
        let (payment, happened) = stored(judged);
        assert_eq!((happened, payment.state), (Happened::Created, IssuedState::Synced));
        let applied: Vec<_> = payment.applied.iter().map(|a| (a.bill.as_str(), a.amount)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(of, sum)| (of, money(sum))).collect();
        assert_eq!(applied, expected);
        assert!(payment.applied.iter().all(|applied| applied.balance == Some(money("50.00"))));
    }
}

#[test]
fn what_is_not_ours_or_was_entered_before_anyone_asked_does_not_come() {
    // S3-13, S3-25
    let early = Seen {
        entered_at: at("2026-04-30T23:59:59Z"),
        ..seen(3, vec![line("Bill", "145", "1.00")])
    };
    let others = seen(0, vec![line("Bill", "9", "1.00"), line("VendorCredit", "145", "1.00")]);
    for seen in [early, others, voided(1)] {
        assert_eq!(judge(&pull(), None, &seen, &bills("0"), now()), Judged::NotOurs);
    }
    assert_eq!(gone(None, &bills("0"), now()), Judged::NotOurs);
}

#[test]
fn the_same_look_again_or_an_older_one_changes_nothing() {
    let lines = || vec![line("Bill", "145", "100.00")];
    let known = known(lines());
    for seen in [seen(0, lines()), seen(0, lines())] {
        assert_eq!(judge(&pull(), Some(&known), &seen, &bills("50.00"), now()), Judged::Known);
    }
    let another_was_paid = judge(&pull(), Some(&known), &seen(0, lines()), &bills("0"), now());
    assert_eq!(another_was_paid, Judged::Known, "what is left open is the bill's");
    let mut newer = known;
    newer.seen.sync_token = "10".to_owned();
    let older = seen(9, vec![line("Bill", "146", "1.00")]);
    assert_eq!(judge(&pull(), Some(&newer), &older, &bills("1"), now()), Judged::Known);
}

#[test]
fn edits_voids_and_deletions_are_reflected_and_what_is_the_hosts_stays() {
    // S3-12, S3-14, S3-15, S3-16, S3-17, X-06
    let mut known = known(vec![line("Bill", "145", "100.00")]);
    known.number = Some("CHK-7".to_owned());
    known.attachments =
        vec![Attachment { id: HostId::parse("F1").unwrap(), name: "scan.pdf".to_owned() }];
    let edited = seen(1, vec![line("Bill", "145", "70.00")]);
    let moved = seen(1, vec![line("Bill", "9", "100.00")]);
    for (judged, happened, state, amount) in [
        (
            judge(&pull(), Some(&known), &edited, &bills("30.00"), now()),
            Happened::Updated,
            IssuedState::Synced,
            "70.00",
        ),
        (
            judge(&pull(), Some(&known), &voided(1), &bills("30.00"), now()),
            Happened::Voided,
            IssuedState::Voided,
            "0",
        ),
        (
            judge(&pull(), Some(&known), &moved, &bills("30.00"), now()),
            Happened::Detached,
            IssuedState::Detached,
            "0",
        ),
        (gone(Some(&known), &bills("30.00"), now()), Happened::Gone, IssuedState::Gone, "100.00"),
    ] {
        let (next, what) = stored(judged);
        assert_eq!((what, next.state), (happened, state));
        assert_eq!(next.amount(), money(amount));
        assert_eq!(next.applied[0].balance, Some(money("30.00")));
        assert_eq!((&next.number, &next.attachments), (&known.number, &known.attachments));
        assert_eq!(next.revision, known.revision + 1);
    }
    let (dead, _) = stored(gone(Some(&known), &bills("30.00"), now()));
    assert_eq!(gone(Some(&dead), &bills("30.00"), now()), Judged::Known);
    let back = judge(&pull(), Some(&dead), &edited, &bills("30.00"), now());
    assert_eq!(stored(back).0.state, IssuedState::Synced, "what is seen again is not gone");
}

#[test]
fn every_state_has_a_color_and_an_explanation_of_its_own() {
    // S3-22, S3-23
    for state in IssuedState::ALL {
        assert_eq!(IssuedState::parse(state.as_str()), Some(state));
        let same = IssuedState::ALL.iter().filter(|other| {
            other.color() == state.color() || other.explanation() == state.explanation()
        });
        assert_eq!(same.count(), 1, "{state:?}");
    }
    assert_eq!(IssuedState::Synced.color(), Color::Green);
}

#[test]
fn an_id_is_read_back_and_no_other() {
    let text = "9130.71";
    assert_eq!(IssuedId::parse(text).unwrap().as_text(), text);
    for bad in ["", "9130", ".71", "9130.", "9130#71", "9130.7/1"] {
        assert!(IssuedId::parse(bad).is_err(), "{bad}");
    }
}

proptest! {
    /// Our bills and the others less the vendor's credits are what left the account: nothing is dropped or made up.
    #[test]
    fn the_parts_of_a_payment_add_up_to_what_left_the_account(
        lines in prop::collection::vec((0..4u8, 1..1_000_000i64), 1..8)
    ) {
        let lines: Vec<Linked> = lines
            .into_iter()
            .map(|(what, cents)| {
                let (kind, of) = [("Bill", "145"), ("Bill", "146"), ("Bill", "9"), ("VendorCredit", "150")]
                    [usize::from(what)];
                Linked { kind: kind.to_owned(), id: id(of), amount: Decimal::new(cents, 2) }
            })
            .collect();
        let seen = seen(0, lines);
        if let Judged::Store(payment, _) = judge(&pull(), None, &seen, &bills("0"), now()) {
            let others: Decimal = payment.others().map(|line| line.amount).sum();
            let credits: Decimal = payment.credits().map(|line| line.amount).sum();
            prop_assert_eq!(payment.amount() + others - credits, seen.total);
        }
    }
}
