//! Disbursements under the usual templates: what each change of one does to which documents.

use crate::ledger::{Document, ObjectKind};
use crate::record::{Disbursement, DisbursementStatus, Role, Share};
use crate::template::Template;

use super::samples::{amount, changed, disbursement, host, share, withheld};
use super::world::{World, expense, income};

fn world() -> World {
    World::with(&[Template::BrokerageIncomeInvoice, Template::AgentExpenseBill])
}

fn posted() -> (World, Disbursement) {
    let (mut world, first) = (world(), disbursement());
    world.post_disbursement(&first);
    (world, first)
}

fn cancel(disbursement: &mut Disbursement) {
    disbursement.status = DisbursementStatus::Canceled;
}

#[test]
fn a_disbursement_becomes_one_income_document_and_one_for_each_payee() {
    // S1-02
    let mut world = world();
    let done = world.post_disbursement(&disbursement());
    assert_eq!(
        done,
        [
            "create_customer:ESC-1",
            "create_item:gross_commission",
            "create_invoice",
            "A1: create_vendor:A1",
            "A1: create_bill",
            "R1: create_vendor:R1",
            "R1: create_bill",
        ]
    );
    let total = |key| world.document(&key).total();
    assert_eq!(total(income()), amount("15000"));
    assert_eq!(total(expense("A1")), amount("8705"));
    assert_eq!(total(expense("R1")), amount("2000"));
    for key in [income(), expense("A1"), expense("R1")] {
        assert_eq!(world.warnings(&key), []);
    }
    let Document::Invoice(sale) = world.document(&income()) else { panic!("an invoice") };
    assert_eq!(sale.memo.as_deref(), Some("Disbursement D-1042, 12 Elm Street"));
    let told: Vec<_> = sale.lines.iter().filter_map(|line| line.description.as_deref()).collect();
    assert_eq!(
        told,
        [
            "Company share, 12 Elm Street",
            "Commission of Ann Smith, 12 Elm Street",
            "Referral of Bay Realty, 12 Elm Street",
        ]
    );
    let Document::Bill(bill) = world.document(&expense("A1")) else { panic!("a bill") };
    assert_eq!(bill.memo, sale.memo, "the memo ties the documents to each other");
    assert_eq!(
        bill.lines[0].description.as_deref(),
        Some("Commission 9000.00 less Transaction fee 295.00, 12 Elm Street")
    );
}

#[test]
fn a_change_updates_the_same_documents_and_only_those_that_it_concerns() {
    // S1-26
    let agent = |disbursement: &mut Disbursement, gross: &str, split: &str| {
        disbursement.gross_commission = amount(gross);
        disbursement.shares[1].amount = amount(split);
    };
    let second_agent = || share(Role::Agent, Some(("A2", "Bo Jones")), "1000");
    for (case, change, expected) in [
        ("nothing", &(|_: &mut Disbursement| {}) as &dyn Fn(&mut Disbursement), vec![]),
        ("only progress", &|d| d.percent_complete = amount("95"), vec![]),
        (
            "an agent's split",
            &|d| agent(d, "16000", "10000"),
            vec!["update_invoice", "A1: read bill", "A1: update_bill"],
        ),
        (
            "between the company and an agent",
            &|d| {
                agent(d, "15000", "9500");
                d.shares[0].amount = amount("3500");
            },
            vec!["update_invoice", "A1: read bill", "A1: update_bill"],
        ),
        (
            "only a fee",
            &|d| d.shares[1].withheld[0].amount = amount("300"),
            vec!["A1: read bill", "A1: update_bill"],
        ),
        (
            "a payee more",
            &|d| {
                d.shares[0].amount = amount("3000");
                d.shares.push(second_agent());
            },
            vec!["update_invoice", "A2: create_vendor:A2", "A2: create_bill"],
        ),
        (
            "a payee fewer",
            &|d| {
                d.shares.pop();
                d.gross_commission = amount("13000");
            },
            vec!["update_invoice", "R1: read bill", "R1: delete_bill"],
        ),
        (
            "a line switched out",
            &|d| d.shares[2].synced = false,
            vec!["update_invoice", "R1: read bill", "R1: delete_bill"],
        ),
        (
            "all withheld",
            &|d| d.shares[1].withheld[0].amount = amount("9000"),
            vec!["A1: read bill", "A1: delete_bill"],
        ),
        (
            "canceled",
            &cancel,
            vec![
                "void_invoice",
                "A1: read bill",
                "A1: delete_bill",
                "R1: read bill",
                "R1: delete_bill",
            ],
        ),
        (
            "back to a draft",
            &|d| d.status = DisbursementStatus::Draft,
            vec!["skip draft", "A1: skip draft", "R1: skip draft"],
        ),
        (
            "amounts that do not tie",
            &|d| d.gross_commission = amount("15000.01"),
            vec!["fail shares_differ", "A1: fail shares_differ", "R1: fail shares_differ"],
        ),
        (
            "more withheld than there is",
            &|d| d.shares[1].withheld[0].amount = amount("9000.01"),
            vec!["fail payout_negative", "A1: fail payout_negative", "R1: fail payout_negative"],
        ),
    ] {
        let (mut world, first) = posted();
        let ids = |world: &World| {
            let keys = [income(), expense("A1"), expense("R1")];
            keys.map(|key| world.living(&key).first().map(|object| object.id.clone()))
        };
        let before = ids(&world);
        assert_eq!(world.post_disbursement(&changed(&first, change)), expected, "{case}");
        for (before, after) in before.into_iter().zip(ids(&world)) {
            assert!(after.is_none() || after == before, "{case}: the same entries");
        }
    }
}

#[test]
fn what_never_was_in_the_books_is_skipped_with_a_reason() {
    let zero = |d: &mut Disbursement| {
        d.gross_commission = amount("0");
        d.shares.iter_mut().for_each(|share| {
            share.amount = amount("0");
            share.withheld.clear();
        });
    };
    for (case, change, reason) in [
        (
            "draft",
            &(|d: &mut Disbursement| d.status = DisbursementStatus::Draft) as &dyn Fn(&mut _),
            "draft",
        ),
        ("canceled", &cancel, "canceled_before_posting"),
        ("zero", &zero, "nothing_to_book"),
        (
            "all switched out",
            &|d| d.shares.iter_mut().for_each(|share| share.synced = false),
            "nothing_to_book",
        ),
    ] {
        let done = world().post_disbursement(&changed(&disbursement(), change));
        let skip = format!("skip {reason}");
        assert_eq!(done, [skip.clone(), format!("A1: {skip}"), format!("R1: {skip}")], "{case}");
    }
}

#[test]
fn a_canceled_disbursement_leaves_nothing_and_comes_back_when_it_counts_again() {
    let (mut world, first) = posted();
    let booked = world.books.effect();
    let canceled = changed(&first, cancel);
    world.post_disbursement(&canceled);
    assert!(world.books.effect().is_empty());
    assert_eq!(world.post_disbursement(&canceled), Vec::<String>::new(), "canceled once");
    let back = changed(&canceled, |d| d.status = DisbursementStatus::Approved);
    assert_eq!(
        world.post_disbursement(&back),
        ["create_invoice", "A1: create_bill", "R1: create_bill"]
    );
    assert_eq!(world.books.effect(), booked);
}

#[test]
fn what_one_share_cannot_bear_is_taken_from_the_payees_others() {
    let two = changed(&disbursement(), |d| {
        d.shares[2] = Share {
            withheld: vec![withheld("Advance", "2500")],
            ..share(Role::Referral, Some(("A1", "Ann Smith")), "2000")
        };
    });
    let mut world = world();
    world.post_disbursement(&two);
    let Document::Bill(bill) = world.document(&expense("A1")) else { panic!("a bill") };
    let amounts: Vec<_> = bill.lines.iter().map(|line| line.amount).collect();
    assert_eq!(amounts, [amount("8205")], "9,000 less 295, less the 500 that the referral lacks");
    assert_eq!(world.document(&income()).total(), amount("15000"));
}

#[test]
fn an_agent_who_is_customer_and_vendor_gets_two_names() {
    let own = changed(&disbursement(), |d| {
        d.payer.id = host("A1");
        d.payer.name = "Ann Smith".to_owned();
    });
    let mut world = world();
    world.post_disbursement(&own);
    let names: Vec<_> = world.names.iter().map(String::as_str).collect();
    assert_eq!(names, ["ann smith", "ann smith (v)", "bay realty", "gross commission"]);
    let customer = world.document(&income()).party().clone();
    assert_ne!(customer, *world.document(&expense("A1")).party());
}

#[test]
fn a_bill_that_was_paid_is_left_alone_and_the_income_goes_on() {
    // S1-26: the bill is looked at first, since people pay bills in QuickBooks.
    let (mut world, first) = posted();
    let paid = world.living(&expense("A1"))[0].id.clone();
    world.paid.insert(paid.clone(), amount("100"));
    let split = changed(&first, |d| {
        d.gross_commission = amount("16000");
        d.shares[1].amount = amount("10000");
    });
    let refused = ["update_invoice", "A1: read bill", "A1: fail bill_paid"];
    assert_eq!(world.post_disbursement(&split), refused);
    let canceled = changed(&split, cancel);
    assert_eq!(world.post_expense("A1", &canceled), ["read bill", "fail bill_paid"]);
    world.paid.remove(&paid);
    assert_eq!(world.post_expense("A1", &split), ["read bill", "update_bill"]);
    assert_eq!(world.document(&expense("A1")).total(), amount("9705"));
    assert_eq!(world.document(&expense("A1")).kind(), ObjectKind::Bill);
}
