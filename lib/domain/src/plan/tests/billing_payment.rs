//! Payments over one or several bills.

use crate::posting::{PostingKey, State};
use crate::record::{Bill, Charge, Payment};
use crate::template::Template;

use super::samples::{amount, bill, host, payment};
use super::world::World;

fn world(bills: &[(&str, &str, Option<&str>)]) -> World {
    let mut world = World::with(&[Template::AgentBilling]);
    for (id, agent, paid) in bills {
        let mut bill = Bill { number: Some((*id).to_owned()), ..bill(1, "125", *paid) };
        bill.agent.id = host(agent);
        bill.agent.name = format!("Agent {agent}");
        world.post_bill(id, &bill);
    }
    world
}

#[test]
fn a_payment_waits_for_its_bills_and_is_refused_where_it_cannot_be_right() {
    let mut blocked = world(&[("B1", "A1", None)]);
    blocked.postings.get_mut(&PostingKey::bill(host("B1"))).unwrap().state = State::Blocked;
    let one = payment(1, &[("B1", "125")], "125");
    let two = payment(1, &[("B1", "125"), ("B2", "75")], "250");
    let voided = Payment { voided: true, ..one.clone() };
    let failed = Payment { charge: Some(Charge::Failed), ..one.clone() };
    for (case, payment, mut world, expected) in [
        ("bill unknown", &one, world(&[]), "fail waiting_for_bill"),
        ("bill blocked", &one, blocked, "fail waiting_for_bill"),
        ("bill posted", &one, world(&[("B1", "A1", None)]), "create_payment"),
        ("two bills", &two, world(&[("B1", "A1", None), ("B2", "A1", None)]), "create_payment"),
        (
            "two agents",
            &two,
            world(&[("B1", "A1", None), ("B2", "A2", None)]),
            "fail different_agents",
        ),
        ("bill pays itself", &one, world(&[("B1", "A1", Some("125"))]), "fail bill_already_paid"),
        (
            "voided before posting",
            &voided,
            world(&[("B1", "A1", None)]),
            "skip voided_before_posting",
        ),
        ("not charged", &failed, world(&[("B1", "A1", None)]), "skip charge_failed"),
    ] {
        assert_eq!(world.post_payment("P1", payment), [expected], "{case}");
    }
}

#[test]
fn what_is_taken_back_is_voided_once_and_can_be_paid_again() {
    // S0-05: no money is booked for a charge that failed after all.
    let mut world = world(&[("B1", "A1", None)]);
    let live = payment(1, &[("B1", "125")], "125");
    let void = |version| Payment { voided: true, version, ..live.clone() };
    let fail = |version| Payment { charge: Some(Charge::Failed), version, ..live.clone() };
    let again = |version| Payment { version, ..live.clone() };
    let unpaid = world.books.effect();
    for (payment, expected) in [
        (live.clone(), vec!["create_payment"]),
        (void(2), vec!["void_payment"]),
        (void(2), vec![]),
        (again(3), vec!["create_payment"]),
        (fail(4), vec!["void_payment"]),
        (fail(4), vec![]),
    ] {
        assert_eq!(world.post_payment("P1", &payment), expected, "{payment:?}");
    }
    assert_eq!(world.books.effect(), unpaid);
}

#[test]
fn a_changed_payment_changes_the_same_document() {
    let mut world = world(&[("B1", "A1", None), ("B2", "A1", None)]);
    world.post_payment("P1", &payment(1, &[("B1", "125")], "125"));
    let more = payment(2, &[("B1", "125"), ("B2", "25.5")], "160");
    assert_eq!(world.post_payment("P1", &more), ["update_payment"]);
    let key = PostingKey::payment(host("P1"));
    let [paid] = world.living(&key)[..] else { panic!("one payment") };
    assert_eq!((paid.total, paid.unapplied), (Some(amount("160")), Some(amount("9.5"))));
    assert_eq!(world.warnings(&key), []);
}
