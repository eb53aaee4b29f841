//! Bills: each becomes one invoice, and a paid one its payment.

use crate::id::CompanyId;
use crate::ledger::{Document, ObjectKind};
use crate::link::{LinkKey, LinkProblem, ListKind};
use crate::money::Currency;
use crate::plan::plan;
use crate::posting::PostingKey;
use crate::record::{Bill, Charge, Record};
use crate::template::{Field, Template};

use super::samples::{amount, bill, day, host, object_id, word};
use super::world::{World, date_of, outline};

fn world() -> World {
    World::with(&[Template::AgentBilling])
}

fn linked() -> World {
    let mut world = world();
    for (kind, id) in [(ListKind::Customer, "A1"), (ListKind::Item, "fee")] {
        world.links.insert(LinkKey::new(kind, host(id)), object_id("58"));
    }
    world
}

fn key() -> PostingKey {
    PostingKey::bill(host("B1"))
}

#[test]
fn a_bill_is_posted_with_as_few_steps_as_its_links_allow() {
    let paid = || bill(1, "125", Some("125"));
    for (case, mut world, bill, expected) in [
        ("linked, unpaid", linked(), bill(1, "125", None), vec!["create_invoice"]),
        ("linked, paid", linked(), paid(), vec!["create_invoice", "create_payment"]),
        (
            "unlinked",
            world(),
            paid(),
            vec!["create_customer:A1", "create_item:fee", "create_invoice", "create_payment"],
        ),
        ("zero", linked(), bill(1, "0", None), vec!["skip zero_amount"]),
        (
            "charging failed, and a person wants it as unpaid",
            linked(),
            Bill { charge: Some(Charge::Failed), ..bill(1, "125", None) },
            vec!["create_invoice"],
        ),
    ] {
        assert_eq!(world.post_bill("B1", &bill), expected, "{case}");
    }
    let unlinked = plan(&Record::Bill(bill(1, "125", None)), &world().facts(&key()));
    assert_eq!(outline(&unlinked), ["look up customer Ann Smith", "look up item Desk fee"]);
}

#[test]
fn a_linked_entry_that_cannot_be_used_is_named_before_quickbooks_is_asked() {
    let other = || LinkProblem::Merged { into: object_id("60"), taken_by: host("A2") };
    for problem in [LinkProblem::Inactive, LinkProblem::Gone, other()] {
        let mut world = linked();
        let key = LinkKey::new(ListKind::Customer, host("A1"));
        world.broken_links.insert(key, problem.clone());
        let bill = bill(1, "125", None);
        assert_eq!(world.post_bill("B1", &bill), ["fail link_unusable"], "{problem:?}");
        world.broken_links.clear();
        assert_eq!(world.post_bill("B1", &bill), ["create_invoice"]);
    }
}

#[test]
fn what_a_tenant_or_record_lacks_is_named() {
    let without = |field: Field| {
        let mut world = linked();
        world.configure(Template::AgentBilling, |chosen| chosen.set(field, None));
        world
    };
    let close_date = || {
        let mut world = linked();
        let chosen = word("close_date");
        world.configure(Template::AgentBilling, |all| all.set(Field::TransactionDate, chosen));
        world
    };
    let euro = Bill { currency: Currency::parse("EUR").unwrap(), ..bill(1, "125", None) };
    for (bill, mut world, expected) in [
        (bill(1, "125", None), without(Field::IncomeAccount), "fail setting_missing"),
        (bill(1, "125", Some("125")), without(Field::DepositAccount), "fail setting_missing"),
        (bill(1, "125", None), without(Field::DepositAccount), "create_invoice"),
        (bill(1, "125", None), close_date(), "fail close_date_missing"),
        (euro, linked(), "fail currency_mismatch"),
    ] {
        assert_eq!(world.post_bill("B1", &bill), [expected]);
    }
}

#[test]
fn the_date_is_left_to_quickbooks_or_taken_from_the_close_date() {
    // S0-12, S0-13
    let closed = Bill { closed_on: Some(day("2026-02-14")), ..bill(1, "125", None) };
    for (policy, expected) in [("sync_day", None), ("close_date", Some(day("2026-02-14")))] {
        let mut world = linked();
        let chosen = word(policy);
        world.configure(Template::AgentBilling, |all| all.set(Field::TransactionDate, chosen));
        world.post_bill("B1", &closed);
        assert_eq!(date_of(world.document(&key())), expected);
    }
}

#[test]
fn each_change_of_a_bill_changes_the_same_documents() {
    // S0-19, S1-22
    for (before, after, expected) in [
        (bill(1, "125", None), bill(2, "125", None), vec![]),
        (bill(1, "125", None), bill(2, "150", None), vec!["update_invoice"]),
        (bill(1, "125", None), bill(2, "125", Some("125")), vec!["create_payment"]),
        (
            bill(1, "125", Some("125")),
            bill(2, "150", Some("150")),
            vec!["update_invoice", "update_payment"],
        ),
        (
            bill(1, "125", Some("125")),
            bill(2, "100", Some("100")),
            vec!["update_payment", "update_invoice"],
        ),
        (bill(1, "125", Some("125")), bill(2, "125", None), vec!["void_payment"]),
    ] {
        let mut world = linked();
        world.post_bill("B1", &before);
        assert_eq!(world.post_bill("B1", &after), expected, "{before:?} then {after:?}");
        assert_eq!(world.warnings(&key()), []);
    }
}

#[test]
fn an_overpaid_bill_leaves_the_rest_as_credit() {
    let mut world = linked();
    world.post_bill("B1", &bill(1, "125", Some("200")));
    let living = world.living(&key());
    let paid = living.iter().find(|object| object.kind == ObjectKind::Payment).unwrap();
    assert_eq!((paid.total, paid.unapplied), (Some(amount("200")), Some(amount("75"))));
    assert_eq!(world.warnings(&key()), []);
}

#[test]
fn nothing_of_another_company_counts() {
    let mut world = linked();
    world.post_bill("B1", &bill(1, "125", None));
    let workflows = world.settings.companies[&world.company.id].clone();
    world.company.id = CompanyId::parse("9999").unwrap();
    assert_eq!(world.post_bill("B1", &bill(1, "125", None)), ["fail workflow_not_active"]);
    world.settings.companies.insert(world.company.id.clone(), workflows);
    let planned = plan(&Record::Bill(bill(1, "125", None)), &world.facts(&key()));
    assert_eq!(outline(&planned), ["create_invoice"]);
}

#[test]
fn a_total_or_number_that_differs_is_reported() {
    let mut world = linked();
    world.post_bill("B1", &bill(1, "125", None));
    let invoice = &mut world.postings.get_mut(&key()).unwrap().objects[0];
    invoice.total = Some(amount("135"));
    invoice.doc_number = Some("1037".to_owned());
    let [total, number] = &world.warnings(&key())[..] else { panic!("two things differ") };
    assert!(total.message.contains("135.00") && total.message.contains("125.00"), "{total:?}");
    assert!(number.message.contains("1037") && number.message.contains("B-1"), "{number:?}");
}

#[test]
fn the_workflows_product_stands_for_every_one_that_is_not_linked() {
    let item = |mut world: World| {
        world.configure(Template::AgentBilling, |all| {
            all.set(Field::Item, super::samples::entry("5"));
        });
        world.post_bill("B1", &bill(1, "125", None));
        match world.document(&key()) {
            Document::Invoice(sale) => sale.lines[0].item.id().unwrap().to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((item(world()).as_str(), item(linked()).as_str()), ("5", "58"));
}
