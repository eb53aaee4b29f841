//! Documents and the days that the books take.

use jiff::civil::Date;

use crate::ledger::Document;
use crate::link::{LinkKey, ListKind};
use crate::plan::{Planned, plan};
use crate::reason::Class;
use crate::record::{Disbursement, DisbursementStatus, Record};
use crate::settings::Configuration;
use crate::template::{Field, Template};

use super::samples::{amount, changed, day, disbursement, host, object_id, word};
use super::world::{World, date_of, expense, income};

const TEMPLATE: Template = Template::BrokerageIncomeInvoice;

/// The record is dated 1 May; the books are closed through `closed`.
fn world(policy: &str, dated: &str, closed: &str) -> World {
    let mut world = World::with(&[TEMPLATE]);
    for (kind, id) in [(ListKind::Customer, "ESC-1"), (ListKind::Item, "gross_commission")] {
        world.links.insert(LinkKey::new(kind, host(id)), object_id("58"));
    }
    let choose = |all: &mut Configuration| {
        all.set(Field::ClosedPeriod, word(policy));
        all.set(Field::TransactionDate, word(dated));
    };
    world.configure(TEMPLATE, choose);
    close(&mut world, closed);
    world
}

fn close(world: &mut World, through: &str) {
    world.company.books.closed_through = Some(day(through));
}

fn shown(world: &World) -> (Option<Date>, String) {
    let Document::Invoice(sale) = world.document(&income()) else { panic!("an invoice") };
    (date_of(world.document(&income())), sale.memo.clone().unwrap())
}

fn more(before: &Disbursement) -> Disbursement {
    changed(before, |d| {
        d.gross_commission += amount("1");
        d.shares[0].amount += amount("1");
    })
}

#[test]
fn the_policy_says_what_is_done_about_a_closed_period() {
    //
    for (policy, class, expected) in [
        ("hold", Some(Class::NeedsMapping), "fail period_closed"),
        ("reject", Some(Class::Rejected), "fail period_closed"),
        ("redate", None, "create_invoice"),
    ] {
        let mut world = world(policy, "close_date", "2026-05-01");
        let record = Record::Disbursement(disbursement());
        match plan(&record, &world.facts(&income())) {
            Planned::Fail(failure) => assert_eq!(Some(failure.class), class),
            _ => assert_eq!(class, None),
        }
        assert_eq!(world.post_income(&disbursement()), [expected], "{policy}");
        close(&mut world, "2026-04-30");
        let waited: &[&str] = if class.is_some() { &["create_invoice"] } else { &[] };
        assert_eq!(world.post_income(&disbursement()), waited, "{policy}");
    }
}

#[test]
fn a_re_dated_document_says_so_and_stays_as_it_is_when_more_is_closed_or_reopened() {
    let mut world = world("redate", "close_date", "2026-05-15");
    world.post_income(&disbursement());
    let note = "Dated 2026-05-16 instead of 2026-05-01, which lies in a closed period.";
    let (date, memo) = shown(&world);
    assert_eq!(date, Some(day("2026-05-16")));
    assert!(memo.ends_with(note), "{memo}");
    for closed in ["2026-05-31", "2027-05-31", "2026-04-30"] {
        close(&mut world, closed);
        assert_eq!(world.post_income(&disbursement()), Vec::<String>::new(), "{closed}");
        let record = Record::Disbursement(disbursement());
        let Planned::Steps(plan) = plan(&record, &world.facts(&income())) else { panic!("none") };
        assert_eq!(plan.changes.len(), 1, "people are still told");
    }
}

#[test]
fn a_re_dated_document_is_changed_where_it_is_while_that_period_is_open() {
    let mut world = world("redate", "close_date", "2026-05-15");
    world.post_income(&disbursement());
    close(&mut world, "2026-05-12");
    let second = more(&disbursement());
    assert_eq!(world.post_income(&second), ["update_invoice"]);
    assert_eq!(shown(&world).0, Some(day("2026-05-16")), "it does not wander");
    close(&mut world, "2026-05-16");
    let third = more(&second);
    assert_eq!(world.post_income(&third), ["fail period_closed"], "what is closed stays as it is");
    let canceled = changed(&third, |d| d.status = DisbursementStatus::Canceled);
    assert_eq!(world.post_income(&canceled), ["fail period_closed"]);
    close(&mut world, "2026-04-30");
    assert_eq!(world.post_income(&third), ["update_invoice"]);
    let (date, memo) = shown(&world);
    assert_eq!(date, Some(day("2026-05-01")), "the record's own day is open again");
    assert!(!memo.contains("instead"), "{memo}");
}

#[test]
fn a_document_of_the_day_it_is_posted_is_re_dated_too_and_stays_so() {
    let mut world = world("redate", "sync_day", "2026-05-31");
    world.today = day("2026-05-20");
    assert_eq!(world.post_income(&disbursement()).last().unwrap(), "create_invoice");
    let (date, memo) = shown(&world);
    assert_eq!(date, Some(day("2026-06-01")));
    assert!(memo.contains("instead of the day it was posted"), "{memo}");
    world.today = day("2026-06-20");
    assert_eq!(world.post_income(&disbursement()), Vec::<String>::new());
}

#[test]
fn a_document_before_the_company_began_is_refused_or_re_dated() {
    // S4-120
    for (policy, expected) in [
        ("hold", "fail before_company_start"),
        ("reject", "fail before_company_start"),
        ("redate", "create_invoice"),
    ] {
        let mut world = world(policy, "close_date", "2020-12-31");
        world.company.books.start = Some(day("2026-05-02"));
        assert_eq!(world.post_income(&disbursement()).last().unwrap(), expected, "{policy}");
        if policy == "redate" {
            let (date, memo) = shown(&world);
            assert_eq!(date, Some(day("2026-05-02")));
            assert!(memo.contains("before the company's books begin"), "{memo}");
            assert_eq!(world.post_income(&disbursement()), Vec::<String>::new());
        }
    }
}

#[test]
fn an_old_document_stays_where_a_closed_period_is_in_the_way_of_its_successor() {
    // In the first case the old one may not go, in the second the new one cannot come, which no look at the old one changes.
    let cases: [(&str, &str, &[&str]); 2] = [
        ("close_date", "sync_day", &["read invoice", "fail period_closed"]),
        ("sync_day", "close_date", &["fail period_closed"]),
    ];
    for (old, new, expected) in cases {
        let mut world = world("hold", old, "2026-04-30");
        world.post_income(&disbursement());
        let deposit = Template::BrokerageIncomeDeposit;
        world.run(deposit);
        world.configure(deposit, |all| all.set(Field::TransactionDate, word(new)));
        close(&mut world, "2026-05-01");
        assert_eq!(world.post_income(&disbursement()), expected);
        assert_eq!(world.document(&income()).total(), amount("15000"));
    }
}

#[test]
fn each_payees_document_is_fenced_by_its_own_workflow() {
    let mut world = World::with(&[TEMPLATE, Template::AgentExpenseBill]);
    for (template, policy) in [(TEMPLATE, "redate"), (Template::AgentExpenseBill, "hold")] {
        let choose = |all: &mut Configuration| {
            all.set(Field::ClosedPeriod, word(policy));
            all.set(Field::TransactionDate, word("close_date"));
        };
        world.configure(template, choose);
    }
    close(&mut world, "2026-05-15");
    let done = world.post_disbursement(&disbursement());
    assert!(done.contains(&"create_invoice".to_owned()), "{done:?}");
    assert!(done.contains(&"A1: fail period_closed".to_owned()), "{done:?}");
    assert!(world.living(&expense("A1")).is_empty());
}
