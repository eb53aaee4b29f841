//! What a disbursement proves before any of it is posted.

use super::*;

fn party(id: &str) -> Party {
    Party { id: HostId::parse(id).unwrap(), name: format!("Payee {id}"), email: None }
}

/// A share of a payee (none: of the company), with what is kept back of it.
fn share(payee: Option<&str>, amount: i64, withheld: &[i64]) -> Share {
    let held = |amount: &i64| Withheld {
        kind: Withholding::Fee,
        name: "Fee".to_owned(),
        amount: Decimal::new(*amount, 2),
        synced: true,
    };
    Share {
        role: if payee.is_some() { Role::Agent } else { Role::Company },
        payee: payee.map(party),
        description: None,
        amount: Decimal::new(amount, 2),
        withheld: withheld.iter().map(held).collect(),
        synced: true,
        number: None,
        item: None,
        account: None,
    }
}

fn disbursement(gross: i64, shares: Vec<Share>) -> Disbursement {
    Disbursement {
        version: 1,
        number: None,
        transaction: Transaction {
            id: HostId::parse("T1").unwrap(),
            address: "12 Elm Street".to_owned(),
            closed_on: "2026-05-01".parse().unwrap(),
            sale_price: None,
        },
        currency: Currency::parse("USD").unwrap(),
        gross_commission: Decimal::new(gross, 2),
        payer: party("P1"),
        shares,
        percent_complete: Decimal::ONE_HUNDRED,
        status: DisbursementStatus::Approved,
        memo: None,
    }
}

fn off(share: Share) -> Share {
    Share { synced: false, ..share }
}

fn unheld(mut share: Share) -> Share {
    share.withheld.iter_mut().for_each(|withheld| withheld.synced = false);
    share
}

#[test]
fn a_disbursement_is_proven_or_says_what_does_not_tie() {
    // S1-02
    let sum = |cents| Err(Imbalance::Shares { sum: Decimal::new(cents, 2).normalize() });
    let short = |id, cents| {
        let payee = HostId::parse(id).unwrap();
        Err(Imbalance::Withheld { payee, net: Decimal::new(cents, 2).normalize() })
    };
    for (case, gross, shares, expected) in [
        ("nothing at all", 0, vec![], Ok(())),
        ("only the company", 100, vec![share(None, 100, &[])], Ok(())),
        (
            "a payee and the company",
            100,
            vec![share(None, 40, &[]), share(Some("A"), 60, &[])],
            Ok(()),
        ),
        ("a cent is missing", 100, vec![share(Some("A"), 99, &[])], sum(99)),
        ("a cent too much", 100, vec![share(None, 41, &[]), share(Some("A"), 60, &[])], sum(101)),
        ("no shares", 100, vec![], sum(0)),
        ("what is switched out counts too", 100, vec![off(share(Some("A"), 99, &[]))], sum(99)),
        ("fees take all of it", 100, vec![share(Some("A"), 100, &[60, 40])], Ok(())),
        ("fees take more", 100, vec![share(Some("A"), 100, &[60, 41])], short("A", -1)),
        ("fees that are switched out", 100, vec![unheld(share(Some("A"), 100, &[101]))], Ok(())),
        ("a share that is switched out", 100, vec![off(share(Some("A"), 100, &[101]))], Ok(())),
        (
            "another share of the payee bears it",
            100,
            vec![share(Some("A"), 40, &[50]), share(Some("A"), 60, &[])],
            Ok(()),
        ),
        (
            "both shares together do not bear it",
            100,
            vec![share(Some("A"), 40, &[101]), share(Some("A"), 60, &[])],
            short("A", -1),
        ),
        (
            "the share that would bear it is switched out",
            100,
            vec![share(Some("A"), 40, &[50]), off(share(Some("A"), 60, &[]))],
            short("A", -10),
        ),
        (
            "another payee does not bear it",
            100,
            vec![share(Some("A"), 40, &[50]), share(Some("B"), 60, &[])],
            short("A", -10),
        ),
    ] {
        assert_eq!(disbursement(gross, shares).prove(), expected, "{case}");
    }
}

#[test]
fn what_is_paid_out_and_what_is_retained_are_the_income() {
    let shares = vec![
        share(None, 4_000, &[]),
        share(Some("A"), 9_000, &[295]),
        off(share(Some("B"), 2_000, &[100])),
        unheld(share(Some("C"), 1_000, &[50])),
    ];
    let made = disbursement(16_000, shares);
    assert_eq!(made.prove(), Ok(()));
    let cents = |cents| Decimal::new(cents, 2);
    let net = |id| made.net_of(&HostId::parse(id).unwrap());
    assert_eq!(made.income(), cents(14_000), "what is switched out is no income here");
    assert_eq!([net("A"), net("B"), net("C")], [cents(8_705), cents(0), cents(1_000)]);
    assert_eq!(made.retained(), cents(4_295));
    assert_eq!(made.payees().len(), 3, "who is switched out is still a payee");
}
