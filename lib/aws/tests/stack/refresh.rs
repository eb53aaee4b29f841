//! Refreshing tokens: one at a time, however many ask.

use aws::table::{Keys, Refresh};
use domain::connection::Connection;

use crate::support::{Stack, later, line, now};

async fn stored(stack: &Stack) -> Connection {
    let keys = Keys { connection: true, ..Keys::default() };
    stack.aws.table.load(&stack.tenant, &keys).await.unwrap().connection.unwrap()
}

#[tokio::test]
async fn of_fifty_who_ask_one_refreshes() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    table.connect(tenant, &stack.connection(), None, &line("connected")).await.unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..50 {
        let (table, tenant) = (table.clone(), tenant.clone());
        callers.spawn(async move {
            let owner = format!("caller-{n}");
            let refresh = table.acquire_refresh(&tenant, 1, &owner, now(), later(30)).await;
            (owner, refresh.unwrap())
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        callers.join_all().await.into_iter().partition(|(_, refresh)| *refresh == Refresh::Won);
    assert_eq!(won.len(), 1);
    for (_, refresh) in lost {
        assert_eq!(refresh, Refresh::Busy { until: later(30) });
    }
    let owner = &won[0].0;
    // Twice: the second is the repetition after a lost answer.
    for _ in 0..2 {
        assert!(
            table
                .finish_refresh(tenant, owner, 2, later(200), Some(later(900)), now())
                .await
                .unwrap()
        );
    }
    let late = table.acquire_refresh(tenant, 1, "late", now(), later(30)).await.unwrap();
    assert_eq!(late, Refresh::Done { generation: 2 });
    let expected = Connection {
        token_generation: 2,
        refresh_expires_at: later(200),
        hard_expires_at: Some(later(900)),
        ..stack.connection()
    };
    assert_eq!(stored(&stack).await, expected);
}

#[tokio::test]
async fn a_lease_passes_on_when_it_ends_or_is_given_back() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let ask = |owner: &'static str, at| {
        table.acquire_refresh(tenant, 1, owner, later(at), later(at + 30))
    };
    assert_eq!(ask("one", 0).await.unwrap(), Refresh::NotConnected);
    table.connect(tenant, &stack.connection(), None, &line("connected")).await.unwrap();
    for (owner, at, expected) in [
        ("one", 0, Refresh::Won),
        ("one", 1, Refresh::Won),
        ("two", 2, Refresh::Busy { until: later(31) }),
        ("two", 32, Refresh::Won),
    ] {
        assert_eq!(ask(owner, at).await.unwrap(), expected, "{owner} at {at}");
    }
    assert!(!table.finish_refresh(tenant, "one", 2, later(1), None, now()).await.unwrap());
    table.release_refresh(tenant, "one").await.unwrap();
    assert_eq!(ask("one", 33).await.unwrap(), Refresh::Busy { until: later(62) });
    table.release_refresh(tenant, "two").await.unwrap();
    assert_eq!(ask("one", 34).await.unwrap(), Refresh::Won);
    // Connecting again takes the right away from whoever had it.
    let again = Connection { token_generation: 2, connected_at: later(5), ..stack.connection() };
    let previous = stack.connection();
    table.connect(tenant, &again, Some(&previous), &line("connected")).await.unwrap();
    assert!(!table.finish_refresh(tenant, "one", 2, later(1), None, now()).await.unwrap());
    table.disconnect(tenant, &line("disconnected")).await.unwrap();
    assert_eq!(ask("one", 40).await.unwrap(), Refresh::NotConnected);
}
