//! The connection: a company belongs to one tenant, and nobody connects over someone else's back.

use aws::table::{ConnectError, HistorySpan, Keys};
use domain::connection::{Books, Company, Connection, Status};
use domain::id::CompanyId;

use crate::support::{Stack, later, line, now};

async fn stored(stack: &Stack) -> Connection {
    let keys = Keys { connection: true, ..Keys::default() };
    stack.aws.table.load(&stack.tenant, &keys).await.unwrap().connection.unwrap()
}

fn with_company(connection: &Connection, id: &str) -> Connection {
    let company = Company { id: CompanyId::parse(id).unwrap(), ..connection.company.clone() };
    Connection { company, token_generation: connection.token_generation + 1, ..connection.clone() }
}

#[tokio::test]
async fn a_company_belongs_to_one_tenant_until_that_one_takes_another() {
    let Some(one) = Stack::open().await else { return };
    let Some(two) = Stack::open().await else { return };
    let table = &one.aws.table;
    let first = one.connection();
    // Twice: the second is the repetition after a lost answer.
    for _ in 0..2 {
        table.connect(&one.tenant, &first, None, &line("connected")).await.unwrap();
    }
    let stolen = Connection { company: first.company.clone(), ..two.connection() };
    let result = table.connect(&two.tenant, &stolen, None, &line("connected")).await;
    assert!(matches!(result, Err(ConnectError::CompanyTaken)), "{result:?}");
    assert_eq!(table.company_tenant(&one.company).await.unwrap(), Some(one.tenant.clone()));

    let moved = with_company(&first, &format!("{}-b", one.company));
    table.connect(&one.tenant, &moved, Some(&first), &line("connected")).await.unwrap();
    assert_eq!(table.company_tenant(&moved.company.id).await.unwrap(), Some(one.tenant.clone()));
    assert_eq!(table.company_tenant(&one.company).await.unwrap(), None);
    table.connect(&two.tenant, &stolen, None, &line("connected")).await.unwrap();
    assert_eq!(stored(&two).await, stolen);
    assert_eq!(
        table.history(&one.tenant, &HistorySpan::default(), 10, None).await.unwrap().lines.len(),
        2
    );
}

#[tokio::test]
async fn connecting_over_a_connection_that_changed_is_refused() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let first = stack.connection();
    table.connect(tenant, &first, None, &line("connected")).await.unwrap();
    let again = Connection { connected_at: later(1), token_generation: 2, ..first.clone() };
    let unaware = table.connect(tenant, &again, None, &line("connected")).await;
    assert!(matches!(unaware, Err(ConnectError::Changed)), "{unaware:?}");
    table.connect(tenant, &again, Some(&first), &line("connected")).await.unwrap();
    let late = Connection { connected_at: later(2), token_generation: 3, ..first.clone() };
    let result = table.connect(tenant, &late, Some(&first), &line("connected")).await;
    assert!(matches!(result, Err(ConnectError::Changed)), "{result:?}");
}

#[tokio::test]
async fn status_changes_once_and_only_for_the_tokens_it_is_about() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    assert!(!table.disconnect(tenant, &line("disconnected")).await.unwrap());
    let pending = Connection { wake_pending: true, ..stack.connection() };
    table.connect(tenant, &pending, None, &line("connected")).await.unwrap();
    let other = CompanyId::parse("other").unwrap();
    table.clear_wake_pending(tenant, &other, later(900)).await.unwrap();
    assert!(stored(&stack).await.wake_pending, "another company is meant");
    table.clear_wake_pending(tenant, &stack.company, later(900)).await.unwrap();
    assert_eq!(stored(&stack).await, stack.connection());
    // Tokens that were replaced meanwhile say nothing; a pair that was stored but not yet published does.
    for (generation, expected) in [(0, false), (2, true), (1, false)] {
        let marked = table.mark_needs_reconnect(tenant, generation, &line("expired")).await;
        assert_eq!(marked.unwrap(), expected);
    }
    assert_eq!(stored(&stack).await.status, Status::NeedsReconnect);
    for expected in [true, false] {
        assert_eq!(table.disconnect(tenant, &line("disconnected")).await.unwrap(), expected);
    }
    assert_eq!(stored(&stack).await.status, Status::Disconnected);
    assert_eq!(table.company_tenant(&stack.company).await.unwrap(), Some(tenant.clone()));
    let actions = table.history(tenant, &HistorySpan::default(), 10, None).await.unwrap().lines;
    assert_eq!(actions.len(), 3);
}

#[tokio::test]
async fn what_is_learned_of_the_books_is_noted_for_their_company_only() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let closed = |day: Option<&str>| Books {
        start: Some("2020-01-01".parse().unwrap()),
        closed_through: day.map(|day| day.parse().unwrap()),
    };
    table.note_books(tenant, &stack.company, &closed(None), now()).await.unwrap();
    let first = stack.connection();
    table.connect(tenant, &first, None, &line("connected")).await.unwrap();
    for day in [Some("2025-12-31"), Some("2026-01-31"), None] {
        table.note_books(tenant, &stack.company, &closed(day), now()).await.unwrap();
        assert_eq!(stored(&stack).await.company.books, closed(day));
    }
    let other = CompanyId::parse("4621").unwrap();
    table.note_books(tenant, &other, &closed(Some("2026-02-28")), now()).await.unwrap();
    let company = Company { books: closed(None), ..first.company.clone() };
    // Whoever looks next wakes what waits for the books, if the caller did not come to it.
    assert_eq!(stored(&stack).await, Connection { company, wake_pending: true, ..first });
}

#[tokio::test]
async fn a_pause_is_never_shortened_and_needs_a_connection() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    table.pause(tenant, later(60)).await.unwrap();
    let paused = Connection { paused_until: Some(later(1)), ..stack.connection() };
    table.connect(tenant, &paused, None, &line("connected")).await.unwrap();
    for (until, expected) in
        [(later(60), later(60)), (later(30), later(60)), (later(61), later(61))]
    {
        table.pause(tenant, until).await.unwrap();
        assert_eq!(stored(&stack).await.paused_until, Some(expected));
    }
}
