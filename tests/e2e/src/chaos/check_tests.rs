//! That whatever is wrong is found, and nothing else.

use super::Cents;
use super::check::{Wrong, judge};
use super::ledger::{Deeds, Document, parts};
use super::schedule::{Act, Company, Deed, Story};
use super::schedule::{Schedule, Size};
use super::snapshot::{Booked, Issued, Snapshot, Stored};

type Told = Vec<(Story, Deeds)>;

/// A tenant whose bills a person pays, where all that persons wanted to do was done, and everything came as it should.
fn perfect() -> (Company, Told, Snapshot) {
    let schedule = Schedule::new(Size { seed: 1, records: 900, tenants: 1 });
    let plan = schedule.tenants.into_iter().next().unwrap();
    let mut snapshot = Snapshot::default();
    let mut next = 145;
    let mut told = Vec::new();
    for story in plan.stories {
        let mut deeds = Deeds::new();
        for (at, act) in story.acts.iter().enumerate() {
            // The other deeds are done to documents, which there are not yet.
            let Act::Person { deed: Deed::Pay(amount), .. } = act else { continue };
            next += 1;
            let state = "synced".to_owned();
            let issued = Issued { state, total: Some(*amount), applied: *amount };
            snapshot.issued.insert(format!("{next}"), issued);
            snapshot.accounts.book(Document { entity: "BillPayment", total: *amount });
            deeds.insert(at, format!("{next}"));
        }
        for part in parts(plan.company, &story, &deeds) {
            let end = &part.ends[0];
            let mut stored = Stored { state: end.state.to_owned(), ..Stored::default() };
            stored.reason = end.reasons.first().map_or("", |reason| reason).to_owned();
            for document in &end.documents {
                next += 1;
                let key = (document.entity.to_owned(), format!("{next}"));
                let marker = Some(part.posting.clone());
                let message = String::new();
                let booked = Booked { marker, total: document.total, message };
                snapshot.books.insert(key.clone(), booked);
                snapshot.accounts.book(*document);
                stored.objects.push(key);
            }
            snapshot.postings.insert(part.posting.clone(), stored);
        }
        told.push((story, deeds));
    }
    (plan.company, told, snapshot)
}

fn check(spoil: impl FnOnce(&mut Snapshot), expected: &[Wrong]) {
    let (company, told, mut snapshot) = perfect();
    spoil(&mut snapshot);
    let findings = judge(company, &told, &snapshot).findings;
    let mut wrongs: Vec<Wrong> = findings.iter().map(|finding| finding.wrong).collect();
    wrongs.sort_unstable();
    assert_eq!(wrongs, expected, "{findings:?}");
}

fn an_invoice(snapshot: &Snapshot) -> (String, String) {
    snapshot.books.keys().find(|(entity, _)| entity == "Invoice").unwrap().clone()
}

fn posted(snapshot: &mut Snapshot) -> &mut Stored {
    snapshot.postings.values_mut().find(|stored| stored.state == "posted").unwrap()
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    check(|_| (), &[]);
    let (company, told, snapshot) = perfect();
    let judgement = judge(company, &told, &snapshot);
    assert_eq!(judgement.documents, snapshot.books.len());
    assert!(judgement.ended.len() > 3, "{:?}", judgement.ended);
}

#[test]
fn a_document_that_is_missing_is_lost() {
    check(
        |snapshot| {
            let key = an_invoice(snapshot);
            snapshot.books.remove(&key);
        },
        &[Wrong::Lost],
    );
}

#[test]
fn a_record_without_a_posting_is_lost_and_its_documents_are_nobodys() {
    check(
        |snapshot| {
            let found = snapshot.postings.iter().find(|(_, stored)| stored.objects.len() == 1);
            let key = found.unwrap().0.clone();
            snapshot.postings.remove(&key);
        },
        // The document, and the two accounts that moved by it.
        &[Wrong::Lost, Wrong::Duplicate, Wrong::Other, Wrong::Other],
    );
}

#[test]
fn a_second_document_of_a_record_is_a_duplicate_by_its_mark_and_by_its_owner() {
    check(
        |snapshot| {
            let twin = snapshot.books[&an_invoice(snapshot)].clone();
            snapshot.books.insert(("Invoice".to_owned(), "999999".to_owned()), twin);
        },
        &[Wrong::Duplicate, Wrong::Duplicate],
    );
}

#[test]
fn another_total_or_a_cent_in_the_books_is_wrong() {
    check(
        |snapshot| {
            let key = an_invoice(snapshot);
            snapshot.books.get_mut(&key).unwrap().total += Cents(1);
        },
        &[Wrong::Other],
    );
    check(|snapshot| snapshot.accounts.add("Checking", Cents(1)), &[Wrong::Other]);
    check(|snapshot| snapshot.difference = Cents(-1), &[Wrong::Other]);
}

#[test]
fn a_reason_that_is_not_true_is_wrong() {
    check(
        |snapshot| {
            let stored = posted(snapshot);
            (stored.state, stored.reason) = ("rejected".into(), "gone_in_quickbooks".into());
        },
        // And so are its accounts: the books have a document that they should not have.
        &[Wrong::Other, Wrong::Other, Wrong::Other],
    );
}

#[test]
fn a_payment_of_a_bill_that_nobody_was_told_of_is_lost() {
    let (.., snapshot) = perfect();
    assert!(!snapshot.issued.is_empty());
    check(|snapshot| drop(snapshot.issued.pop_first()), &[Wrong::Lost]);
    check(
        |snapshot| {
            let issued = snapshot.issued.first_entry().unwrap().get().clone();
            snapshot.issued.insert("999999".to_owned(), issued);
        },
        &[Wrong::Duplicate],
    );
}
