//! Whatever comes in whatever order: the books balance, the documents tie, and only the last version counts.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::posting::PostingKey;
use crate::record::{
    Bill, Charge, Disbursement, DisbursementStatus, Imbalance, Payment, Role, Share, Withheld,
};
use crate::template::Template;

use super::samples::{bill, disbursement, host, payment, share, withheld};
use super::world::{World, expense, income};

const INCOME: [Template; 3] = [
    Template::BrokerageIncomeInvoice,
    Template::BrokerageIncomeSalesReceipt,
    Template::BrokerageIncomeDeposit,
];
const EXPENSE: [Template; 3] =
    [Template::AgentExpenseBill, Template::AgentExpenseCheck, Template::AgentExpenseJournalEntry];
const PAYEES: [(&str, &str); 4] =
    [("A1", "Ann Smith"), ("A2", "Bo Jones"), ("R1", "Bay Realty"), ("ESC-1", "First Title")];

fn cents(cents: u32) -> Decimal {
    Decimal::new(cents.into(), 2).normalize()
}

fn text(amount: u32) -> String {
    cents(amount).to_string()
}

/// A share of the company or of one of few payees, so that shares of one payee meet.
fn any_share() -> impl Strategy<Value = Share> {
    let payee = option::weighted(0.8, 0..PAYEES.len());
    let kept_back = vec((0u32..60_000, prop::bool::weighted(0.8)), 0..3);
    let synced = prop::bool::weighted(0.8);
    let parts = (payee, 0u32..200_000, kept_back, synced, 0u32..4);
    parts.prop_map(|(payee, amount, kept_back, synced, role)| {
        let roles = [Role::Agent, Role::Referral, Role::Franchise, Role::Agent];
        let role = payee.map_or(Role::Company, |_| roles[role as usize]);
        let held = |(amount, synced): (u32, bool)| Withheld {
            synced: synced || payee.is_none(),
            ..withheld("Fee", &text(amount))
        };
        let kept_back = if payee.is_some() { kept_back } else { Vec::new() };
        Share {
            synced,
            withheld: kept_back.into_iter().map(held).collect(),
            ..share(role, payee.map(|payee| PAYEES[payee]), &text(amount))
        }
    })
}

/// A disbursement that ties: who would be paid less than nothing is paid without what is kept back.
fn any_disbursement() -> impl Strategy<Value = Disbursement> {
    (vec(any_share(), 0..7), prop::bool::weighted(0.2)).prop_map(|(shares, canceled)| {
        let gross_commission = shares.iter().map(|share| share.amount).sum::<Decimal>().normalize();
        let status =
            if canceled { DisbursementStatus::Canceled } else { DisbursementStatus::Approved };
        let mut made = Disbursement { shares, gross_commission, status, ..disbursement() };
        while let Err(imbalance) = made.prove() {
            let Imbalance::Withheld { payee, .. } = imbalance else { panic!("{imbalance:?}") };
            let of_payee =
                |share: &&mut Share| share.payee.as_ref().is_some_and(|party| party.id == payee);
            made.shares.iter_mut().filter(of_payee).for_each(|share| share.withheld.clear());
        }
        made
    })
}

fn templates() -> impl Strategy<Value = [Template; 2]> {
    (0..3usize, 0..3usize).prop_map(|(income, expense)| [INCOME[income], EXPENSE[expense]])
}

/// The totals of the living documents: of the income, and of all expenses together.
fn totals(world: &World) -> (Decimal, Decimal) {
    let total = |key: &PostingKey| -> Decimal {
        let living = world.living(key);
        assert!(living.len() < 2, "one document at most: {living:?}");
        living.iter().map(|object| world.books.document(&object.id).total()).sum()
    };
    let paid_out = PAYEES.iter().map(|(id, _)| total(&expense(id))).sum();
    (total(&income()), paid_out)
}

proptest! {
    #[test]
    fn the_documents_of_any_disbursement_tie_under_any_templates(
        disbursement in any_disbursement(), templates in templates()
    ) {
        // S1-02. That each document balances and has no negative line, the books assert when they take it.
        let mut world = World::with(&templates);
        world.post_disbursement(&disbursement);
        let (booked, paid_out) = totals(&world);
        if disbursement.status == DisbursementStatus::Canceled {
            prop_assert!(world.books.effect().is_empty());
        } else {
            prop_assert_eq!(booked, disbursement.income());
            prop_assert_eq!(paid_out + disbursement.retained(), booked);
            prop_assert!(disbursement.retained() >= Decimal::ZERO);
            if disbursement.shares.iter().all(|share| share.synced) {
                prop_assert_eq!(booked, disbursement.gross_commission);
            }
        }
        prop_assert_eq!(world.books.effect().values().sum::<Decimal>(), Decimal::ZERO);
        for key in world.postings.keys() {
            prop_assert_eq!(world.warnings(key), vec![]);
        }
        let again = world.post_disbursement(&disbursement);
        prop_assert!(again.iter().all(|step| step.contains("skip ")), "unchanged: {:?}", again);
    }

    #[test]
    fn any_sequence_of_edits_of_a_disbursement_ends_like_the_last_version_alone(
        versions in vec((any_disbursement(), templates()), 1..6)
    ) {
        // S1-26
        let mut world = World::with(&versions[0].1);
        for (index, (version, templates)) in versions.iter().enumerate() {
            templates.iter().for_each(|template| world.run(*template));
            let version = Disbursement { version: index as u64 + 1, ..version.clone() };
            world.post_disbursement(&version);
        }
        let (last, templates) = versions.last().unwrap();
        let mut alone = World::with(templates);
        alone.post_disbursement(last);
        prop_assert_eq!(world.books.effect(), alone.books.effect());
        prop_assert_eq!(totals(&world), totals(&alone));
        for key in world.postings.keys() {
            prop_assert_eq!(world.warnings(key), vec![]);
        }
        let canceled = Disbursement { status: DisbursementStatus::Canceled, ..last.clone() };
        world.post_disbursement(&canceled);
        prop_assert!(world.books.effect().is_empty(), "nothing is left of what was canceled");
    }

    #[test]
    fn any_sequence_of_versions_of_a_bill_ends_like_the_last_one_alone(
        versions in vec((1u32..50_000, option::of(1u32..80_000)), 1..8)
    ) {
        let key = PostingKey::bill(host("B1"));
        let record = |(index, (price, paid)): (usize, &(u32, Option<u32>))| {
            bill(index as u64 + 1, &text(*price), paid.map(text).as_deref())
        };
        let mut world = World::with(&[Template::AgentBilling]);
        for record in versions.iter().enumerate().map(record) {
            world.post_bill("B1", &record);
        }
        let last = record((versions.len() - 1, versions.last().unwrap()));
        let mut alone = World::with(&[Template::AgentBilling]);
        alone.post_bill("B1", &last);
        let shown = |world: &World| -> Vec<_> {
            let mut living: Vec<_> =
                world.living(&key).iter().map(|o| (o.kind, o.total, o.unapplied)).collect();
            living.sort();
            living
        };
        prop_assert_eq!(shown(&world), shown(&alone));
        prop_assert_eq!(world.books.effect(), alone.books.effect());
        prop_assert_eq!(world.warnings(&key), vec![]);
    }

    #[test]
    fn any_sequence_of_versions_of_a_payment_ends_like_the_last_one_alone(
        versions in vec((1u32..50_000, 1u32..50_000, 0u32..50_000, 0..6), 1..8)
    ) {
        let key = PostingKey::payment(host("P1"));
        let record = |(index, parts): (usize, &(u32, u32, u32, i32))| {
            let (one, two, rest, fate) = *parts;
            let bills = [("B1", text(one)), ("B2", text(two))];
            let bills = bills.each_ref().map(|(id, part)| (*id, part.as_str()));
            let made = payment(index as u64 + 1, &bills, &text(one + two + rest));
            Payment { voided: fate == 0, charge: (fate == 1).then_some(Charge::Failed), ..made }
        };
        let world = || {
            let mut world = World::with(&[Template::AgentBilling]);
            for id in ["B1", "B2"] {
                let number = Some(id.to_owned());
                world.post_bill(id, &Bill { number, ..bill(1, "500", None) });
            }
            world
        };
        let (mut all, mut alone) = (world(), world());
        for record in versions.iter().enumerate().map(record) {
            all.post_payment("P1", &record);
        }
        alone.post_payment("P1", &record((versions.len() - 1, versions.last().unwrap())));
        prop_assert_eq!(all.books.effect(), alone.books.effect());
        prop_assert_eq!(all.warnings(&key), vec![]);
    }
}
