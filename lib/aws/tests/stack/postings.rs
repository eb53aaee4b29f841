//! Postings: who writes second learns it.

use std::collections::BTreeSet;

use aws::table::{Extras, Guard, HistorySpan, Keys, Place, WriteError};
use domain::connection::Books;
use domain::id::{CompanyId, HostId};
use domain::posting::{Condition, Lease, Posting, PostingKey, State};
use domain::record::RecordKind;
use jiff::Timestamp;

use crate::support::{
    Stack, alone, company, first, key, later, line, link, next, now, waits, with_history, with_link,
};

async fn stored(stack: &Stack, id: &str) -> Option<Posting> {
    let keys = Keys { postings: BTreeSet::from([key(id)]), ..Keys::default() };
    stack.aws.table.load(&stack.tenant, &keys).await.unwrap().postings.remove(&key(id))
}

async fn lines(stack: &Stack) -> usize {
    stack
        .aws
        .table
        .history(&stack.tenant, &HistorySpan::default(), 100, None)
        .await
        .unwrap()
        .lines
        .len()
}

fn leased(posting: &Posting, owner: &str) -> Posting {
    let lease = Lease { owner: owner.to_owned(), until: later(60) };
    Posting { lease: Some(lease), ..next(posting) }
}

#[tokio::test]
async fn of_two_writers_the_second_gets_what_the_first_stored() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let fresh = first("B1", State::Queued);
    table.write_posting(tenant, &fresh, alone()).await.unwrap();
    let ours = leased(&fresh, "one");
    table.write_posting(tenant, &ours, alone()).await.unwrap();
    let (line, link) = (line("created"), link("A1", "58"));
    for late in [leased(&fresh, "two"), first("B1", State::Held)] {
        for extras in [alone(), with_history(&line), with_link(&link)] {
            match table.write_posting(tenant, &late, extras).await {
                Err(WriteError::Conflict(Some(seen))) => assert_eq!(*seen, ours),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(stored(&stack, "B1").await, Some(ours));
    assert_eq!(lines(&stack).await, 0);
}

#[tokio::test]
async fn a_write_that_expects_a_posting_fails_when_there_is_none() {
    let Some(stack) = Stack::open().await else { return };
    let second = next(&first("B1", State::Queued));
    match stack.aws.table.write_posting(&stack.tenant, &second, alone()).await {
        Err(WriteError::Conflict(None)) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_write_repeated_after_a_lost_answer_succeeds() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let mut posting = leased(&first("B1", State::Posting), "one");
    posting.revision = 1;
    for _ in 0..2 {
        table.write_posting(tenant, &posting, alone()).await.unwrap();
    }
    posting = next(&posting);
    for _ in 0..2 {
        table.write_posting(tenant, &posting, with_link(&link("A1", "58"))).await.unwrap();
    }
    posting = next(&posting);
    for _ in 0..2 {
        table.write_posting(tenant, &posting, with_history(&line("created"))).await.unwrap();
    }
    assert_eq!(lines(&stack).await, 1);
    posting = blocked(&posting, "connection");
    for _ in 0..2 {
        table.write_posting(tenant, &posting, waits(&Guard::NotConnected)).await.unwrap();
    }
    assert_eq!(stored(&stack, "B1").await, Some(posting));
}

#[tokio::test]
async fn a_posting_and_its_link_are_written_both_or_neither() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let one = first("B1", State::Posting);
    table.write_posting(tenant, &one, with_link(&link("A1", "58"))).await.unwrap();
    // Another agent cannot have the same customer, and the same agent no other one.
    for (other, in_the_way) in [(link("A2", "58"), "A1"), (link("A1", "59"), "A1")] {
        match table.write_posting(tenant, &next(&one), with_link(&other)).await {
            Err(WriteError::LinkTaken(key)) => assert_eq!(key.host_id.as_str(), in_the_way),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(stored(&stack, "B1").await, Some(one));
}

#[tokio::test]
async fn a_taken_link_is_told_from_a_cleared_condition_in_one_write() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    table.claim_link(tenant, &link("A1", "58")).await.unwrap();
    let posting = blocked(&Posting::new(key("B1"), State::Blocked, now()), "settings");
    let (line, guard) = (line("created"), Guard::SettingsRevision(1));
    for (link, taken) in [(link("A2", "58"), true), (link("A2", "59"), false)] {
        let extras =
            Extras { link: Some(&link), bill: None, history: Some(&line), wait: Some(&guard) };
        match table.write_posting(tenant, &posting, extras).await {
            Err(WriteError::LinkTaken(key)) if taken => assert_eq!(key.host_id.as_str(), "A1"),
            Err(WriteError::Cleared) if !taken => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(lines(&stack).await, 0);
}

#[tokio::test]
async fn a_posting_does_not_wait_for_what_has_happened() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let fresh = first("B1", State::Posting);
    table.write_posting(tenant, &fresh, alone()).await.unwrap();
    table.connect(tenant, &stack.connection(), None, &line("connected")).await.unwrap();
    let parent = first("B0", State::Expected);
    table
        .write_posting(tenant, &next(&Posting { revision: 0, ..parent.clone() }), alone())
        .await
        .unwrap();
    let awaited = |posting: &Posting| Box::new(Posting { awaited: true, ..posting.clone() });
    for guard in [
        Guard::NotConnected,
        Guard::SettingsRevision(1),
        closed_through(&stack.company, Some("2026-02-28")),
        closed_through(&CompanyId::parse("4621").unwrap(), None),
        Guard::Parent { parent: awaited(&parent), stored_revision: 0 },
        Guard::Parent { parent: awaited(&next(&next(&parent))), stored_revision: 2 },
        Guard::Parent { parent: awaited(&next(&parent)), stored_revision: 2 },
    ] {
        let result = table.write_posting(tenant, &blocked(&fresh, "any"), waits(&guard)).await;
        assert!(matches!(result, Err(WriteError::Cleared)), "{guard:?}: {result:?}");
    }
    assert_eq!(table.waiting(tenant, "any", Timestamp::MAX, 10).await.unwrap(), []);
    assert_eq!(stored(&stack, "B1").await, Some(fresh));
}

fn closed_through(company: &CompanyId, day: Option<&str>) -> Guard {
    Guard::Books { company: company.clone(), closed_through: day.map(|day| day.parse().unwrap()) }
}

#[tokio::test]
async fn a_posting_waits_for_books_while_they_are_known_to_be_closed_so() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    table.connect(tenant, &stack.connection(), None, &line("connected")).await.unwrap();
    let days = [None, Some("2026-01-31"), Some("2026-02-28")];
    for (id, known) in ["B1", "B2", "B3"].into_iter().zip(days) {
        let start = Some("2020-01-01".parse().unwrap());
        let books = Books { start, closed_through: known.map(|day| day.parse().unwrap()) };
        table.note_books(tenant, &stack.company, &books, now()).await.unwrap();
        let posting = blocked(&Posting::new(key(id), State::Blocked, now()), "period");
        let wait = async |day: Option<&str>| {
            let guard = closed_through(&stack.company, day);
            table.write_posting(tenant, &posting, waits(&guard)).await
        };
        for other in days.into_iter().filter(|day| *day != known) {
            let refused = wait(other).await;
            assert!(matches!(refused, Err(WriteError::Cleared)), "{other:?}: {refused:?}");
        }
        wait(known).await.unwrap();
    }
}

#[tokio::test]
async fn a_posting_waits_for_a_parent_that_learns_of_it() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let parent = Posting { awaited: true, ..first("B0", State::Expected) };
    // Unknown until now: it is written as expected. For the second one it is only compared.
    for (id, stored_revision) in [("B1", 0), ("B2", 1)] {
        let posting = first(id, State::Queued);
        table.write_posting(tenant, &posting, alone()).await.unwrap();
        let guard = Guard::Parent { parent: Box::new(parent.clone()), stored_revision };
        table.write_posting(tenant, &blocked(&posting, "posting#x"), waits(&guard)).await.unwrap();
    }
    assert_eq!(stored(&stack, "B0").await, Some(parent));
    assert_eq!(table.waiting(tenant, "posting#x", Timestamp::MAX, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_hundred_and_fifty_postings_load_at_once_and_only_the_tenants_own() {
    let Some(stack) = Stack::open().await else { return };
    let Some(other) = Stack::open().await else { return };
    let ids: Vec<String> = (0..150).map(|n| format!("B{n}")).collect();
    for id in ids.iter().step_by(2) {
        stack
            .aws
            .table
            .write_posting(&stack.tenant, &first(id, State::Held), alone())
            .await
            .unwrap();
    }
    let keys = Keys {
        connection: true,
        settings: true,
        postings: ids.iter().map(|id| key(id)).collect(),
        company: Some(company()),
        links: BTreeSet::from([link("A1", "58").key]),
    };
    let loaded = stack.aws.table.load(&stack.tenant, &keys).await.unwrap();
    assert_eq!(loaded.postings.len(), 75);
    assert_eq!((loaded.connection, loaded.settings.revision), (None, 0));
    assert_eq!(other.aws.table.load(&other.tenant, &keys).await.unwrap().postings.len(), 0);
}

#[tokio::test]
async fn postings_of_a_state_come_oldest_first_page_by_page_and_only_the_tenants_own() {
    let Some(stack) = Stack::open().await else { return };
    let Some(other) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    for (id, state, seconds) in [
        ("B3", State::Rejected, 3),
        ("B1", State::Rejected, 1),
        ("B2", State::Rejected, 2),
        ("B4", State::Held, 0),
        ("B5", State::Posted, 0),
        ("B6", State::Posting, 0),
    ] {
        let posting = Posting { updated_at: later(seconds), ..first(id, state) };
        table.write_posting(tenant, &posting, alone()).await.unwrap();
    }
    let (mut seen, mut place) = (Vec::new(), None);
    loop {
        let page = table
            .postings_in(tenant, State::Rejected, Some(RecordKind::Bill), 2, place.as_ref())
            .await
            .unwrap();
        seen.extend(page.postings.into_iter().map(|posting| posting.key.id.to_string()));
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["B1", "B2", "B3"]);
    let none = table.postings_in(tenant, State::Rejected, Some(RecordKind::Payment), 9, None).await;
    assert_eq!(none.unwrap().postings, []);
    let others = other.aws.table.postings_in(&other.tenant, State::Rejected, None, 9, None).await;
    assert_eq!(others.unwrap().postings, []);
    // A place of somebody else's page says where to begin, never in whose postings.
    let page = table.postings_in(tenant, State::Rejected, None, 1, None).await.unwrap();
    let others =
        other.aws.table.postings_in(&other.tenant, State::Rejected, None, 9, page.next.as_ref());
    assert_eq!(others.await.unwrap().postings, []);
}

#[tokio::test]
async fn every_part_of_a_disbursement_is_found_by_its_own_key_in_lists_in_line_and_after_a_crash() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let id = |text| HostId::parse(text).unwrap();
    let parts = [
        PostingKey::income(id("D1")),
        expense("D1", "A1"),
        expense("D1", "A10"),
        expense("D1", "A2"),
    ];
    let condition = Condition::Posting(Box::new(parts[1].clone())).as_text();
    for (seconds, key) in (0..).zip(&parts) {
        let since = later(seconds);
        let posting =
            Posting { updated_at: since, ..Posting::new(key.clone(), State::Posting, now()) };
        let posting = next(&posting);
        table.write_posting(tenant, &posting, alone()).await.unwrap();
        let waits_since = Posting { blocked_since: Some(since), ..blocked(&posting, &condition) };
        table.write_posting(tenant, &waits_since, waits(&Guard::NotConnected)).await.unwrap();
    }
    let (mut listed, mut place) = (Vec::new(), None);
    loop {
        let kind = Some(RecordKind::Disbursement);
        let page =
            table.postings_in(tenant, State::Blocked, kind, 1, place.as_ref()).await.unwrap();
        listed.extend(page.postings.into_iter().map(|posting| posting.key));
        let Some(behind) = page.next else { break };
        place = Place::parse(&behind.as_text());
        assert_eq!(place.as_ref(), Some(&behind), "a place survives being a cursor");
    }
    assert_eq!(listed, parts);
    let waiting = table.waiting(tenant, &condition, Timestamp::MAX, 10).await.unwrap();
    let in_line: Vec<_> = waiting.into_iter().map(|waiting| waiting.posting).collect();
    assert_eq!(in_line, parts);
    let bills = table.postings_in(tenant, State::Blocked, Some(RecordKind::Bill), 10, None).await;
    assert_eq!(bills.unwrap().postings, []);

    let keys = Keys { postings: BTreeSet::from(parts.clone()), ..Keys::default() };
    for posting in table.load(tenant, &keys).await.unwrap().postings.values() {
        let died = Posting { state: State::Posting, ..next(posting) };
        table.write_posting(tenant, &died, alone()).await.unwrap();
    }
    let unfinished = table.unfinished(later(60), 10_000).await.unwrap();
    let left_behind: BTreeSet<_> =
        unfinished.into_iter().filter(|(whose, _)| whose == tenant).map(|(_, key)| key).collect();
    assert_eq!(left_behind, keys.postings);
    for posting in table.load(tenant, &keys).await.unwrap().postings.values() {
        let held = Posting { state: State::Held, ..next(posting) };
        table.write_posting(tenant, &held, alone()).await.unwrap();
    }
}

fn expense(disbursement: &str, payee: &str) -> PostingKey {
    PostingKey::expense(HostId::parse(disbursement).unwrap(), HostId::parse(payee).unwrap())
}

fn blocked(posting: &Posting, condition: &str) -> Posting {
    Posting {
        state: State::Blocked,
        blocked_by: Some(condition.to_owned()),
        blocked_since: Some(now()),
        ..next(posting)
    }
}
