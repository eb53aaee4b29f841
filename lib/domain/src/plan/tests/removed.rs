//! Documents that a person removed in QuickBooks.

use crate::ledger::{ObjectKind, Removal};
use crate::plan::{Planned, plan};
use crate::posting::PostingKey;
use crate::record::{DisbursementStatus, Record};
use crate::template::Template;

use super::samples::{amount, bill, changed, disbursement, host};
use super::world::{World, expense, income};

const BY_HAND: [Removal; 2] = [Removal::VoidedInQuickbooks, Removal::DeletedInQuickbooks];

/// A person removes the documents of a kind.
fn remove(world: &mut World, key: &PostingKey, kind: ObjectKind, removal: Removal) {
    let objects = &mut world.postings.get_mut(key).unwrap().objects;
    for object in objects.iter_mut().filter(|object| object.kind == kind) {
        object.removal = Some(removal);
        world.books.remove(&object.id);
    }
}

#[test]
fn what_a_person_removed_is_reported_with_choices_and_never_silently_made_again() {
    // S1-27
    for template in Template::ALL.into_iter().filter(|template| *template != Template::AgentBilling)
    {
        for removal in BY_HAND {
            let key = match template.workflow() {
                crate::posting::Workflow::BrokerageIncome => income(),
                _ => expense("A1"),
            };
            let mut world = World::with(&[template]);
            let record = Record::Disbursement(disbursement());
            world.post(&key, &record);
            remove(&mut world, &key, template.document(), removal);
            let Planned::Fail(failure) = plan(&record, &world.facts(&key)) else {
                panic!("it is reported")
            };
            let code = match removal {
                Removal::DeletedInQuickbooks => "gone_in_quickbooks",
                _ => "voided_in_quickbooks",
            };
            assert_eq!(failure.reason.code, code, "{template:?}");
            assert_eq!(*failure.reason.choices, ["recreate", "unlink"]);

            let mut left = world.postings[&key].clone();
            assert!(left.leave_removed(&world.company.id));
            assert!(!left.leave_removed(&world.company.id), "once");
            left.allow_replacing(&world.company.id);
            assert!(!left.was_removed_by_person(&world.company.id));
            world.postings.get_mut(&key).unwrap().leave_removed(&world.company.id);
            assert_eq!(world.post(&key, &record), ["skip unlinked"], "{template:?}");
            world.postings.get_mut(&key).unwrap().allow_replacing(&world.company.id);
            let create = format!("create_{}", template.document().as_str());
            assert_eq!(world.post(&key, &record), [create], "{template:?}");
        }
    }
}

#[test]
fn what_a_person_removed_is_not_made_again_as_another_kind_either() {
    for (from, to, key) in [
        (Template::BrokerageIncomeInvoice, Template::BrokerageIncomeDeposit, income()),
        (Template::AgentExpenseBill, Template::AgentExpenseJournalEntry, expense("A1")),
    ] {
        let mut world = World::with(&[from]);
        let record = Record::Disbursement(disbursement());
        world.post(&key, &record);
        remove(&mut world, &key, from.document(), Removal::DeletedInQuickbooks);
        world.run(to);
        assert_eq!(world.post(&key, &record), ["fail gone_in_quickbooks"]);
    }
}

#[test]
fn what_a_person_removed_needs_no_taking_back() {
    let mut world = World::with(&[Template::BrokerageIncomeInvoice]);
    world.post_income(&disbursement());
    remove(&mut world, &income(), ObjectKind::Invoice, Removal::VoidedInQuickbooks);
    let canceled = changed(&disbursement(), |d| d.status = DisbursementStatus::Canceled);
    assert_eq!(world.post_income(&canceled), Vec::<String>::new());
    assert!(world.books.effect().is_empty());
    let back = changed(&canceled, |d| d.status = DisbursementStatus::Approved);
    assert_eq!(world.post_income(&back), ["fail voided_in_quickbooks"]);
}

#[test]
fn an_invoice_of_a_bill_that_a_person_removed_waits_for_a_person() {
    let key = PostingKey::bill(host("B1"));
    for removal in BY_HAND {
        let mut world = World::with(&[Template::AgentBilling]);
        world.post_bill("B1", &bill(1, "125", Some("125")));
        remove(&mut world, &key, ObjectKind::Invoice, removal);
        let done = world.post_bill("B1", &bill(2, "150", Some("150")));
        assert!(done[0].ends_with("_in_quickbooks"), "{done:?}");
        world.postings.get_mut(&key).unwrap().allow_replacing(&world.company.id);
        let done = world.post_bill("B1", &bill(2, "150", Some("150")));
        assert_eq!(done, ["create_invoice", "update_payment"]);
    }
}

#[test]
fn a_deleted_document_gives_its_number_back_and_a_voided_one_keeps_it() {
    let key = PostingKey::bill(host("B1"));
    for (removal, number) in BY_HAND.into_iter().zip(["B-1-2", "B-1"]) {
        for left_first in [false, true] {
            let mut world = World::with(&[Template::AgentBilling]);
            world.post_bill("B1", &bill(1, "125", None));
            remove(&mut world, &key, ObjectKind::Invoice, removal);
            let company = world.company.id.clone();
            let posting = world.postings.get_mut(&key).unwrap();
            if left_first {
                posting.leave_removed(&company);
            }
            posting.allow_replacing(&company);
            world.post_bill("B1", &bill(2, "150", None));
            let objects = &world.postings[&key].objects;
            let living = objects.iter().find(|object| object.removal.is_none()).unwrap();
            assert_eq!(living.doc_number.as_deref(), Some(number), "{removal:?} {left_first}");
        }
    }
}

#[test]
fn a_payment_that_a_person_wants_left_out_keeps_nothing_from_its_invoice() {
    let key = PostingKey::bill(host("B1"));
    let mut world = World::with(&[Template::AgentBilling]);
    world.post_bill("B1", &bill(1, "125", Some("125")));
    remove(&mut world, &key, ObjectKind::Payment, Removal::DeletedInQuickbooks);
    let more = bill(2, "150", Some("150"));
    assert_eq!(world.post_bill("B1", &more), ["fail gone_in_quickbooks"]);
    world.postings.get_mut(&key).unwrap().leave_removed(&world.company.id);
    assert_eq!(world.post_bill("B1", &more), ["update_invoice"]);
    assert_eq!(world.books.effect()["receivable"], amount("150"));
}

#[test]
fn what_is_to_be_taken_back_may_lie_in_the_books_of_another_company() {
    let mut world = World::with(&[Template::BrokerageIncomeInvoice]);
    world.post_income(&disbursement());
    let workflows = world.settings.companies[&world.company.id].clone();
    world.company.id = crate::id::CompanyId::parse("9999").unwrap();
    world.settings.companies.insert(world.company.id.clone(), workflows);
    let canceled = changed(&disbursement(), |d| d.status = DisbursementStatus::Canceled);
    assert_eq!(world.post_income(&canceled), ["fail posted_elsewhere"]);
}
