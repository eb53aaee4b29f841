//! The watch: who has waited longest, whose tokens end first, who has to connect again, over all tenants.

use std::sync::atomic::{AtomicU64, Ordering};

use aws::table::{Keys, Refresh, TokenEnd, Waits, Waker};
use domain::connection::Connection;
use domain::history::HistoryLine;
use domain::posting::{Posting, State};
use domain::settings::Settings;
use jiff::{SignedDuration, Timestamp};

use crate::support::{Stack, alone, first, later, line, next, now};

/// Before anything that other tests write.
fn long_ago() -> Timestamp {
    "1990-01-01T00:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn a_posting_is_watched_while_it_waits_and_never_otherwise() {
    let Some(Stack { aws, tenant, .. }) = Stack::open().await else { return };
    let table = &aws.table;
    let seen = async |waits| {
        let oldest = table.oldest_waiting(waits).await.unwrap();
        let ours = oldest.filter(|(whose, ..)| *whose == tenant);
        ours.map(|(_, key, since)| (key.id.to_string(), since))
    };
    let ours = Some(("B1".to_owned(), long_ago()));
    let mut posting = first("B1", State::Posting);
    for (state, waiting_since, for_time, for_condition) in [
        (State::Posting, None, None, None),
        (State::Queued, Some(long_ago()), ours.clone(), None),
        (State::Posting, Some(long_ago()), ours.clone(), None),
        (State::Blocked, Some(long_ago()), None, ours.clone()),
        (State::Held, None, None, None),
        (State::Queued, Some(long_ago()), ours.clone(), None),
        (State::Posted, None, None, None),
    ] {
        let written = Posting { state, waiting_since, ..posting.clone() };
        table.write_posting(&tenant, &written, alone()).await.unwrap();
        assert_eq!(seen(Waits::ForTime).await, for_time, "{state:?}");
        assert_eq!(seen(Waits::ForCondition).await, for_condition, "{state:?}");
        posting = next(&written);
    }
}

#[tokio::test]
async fn connections_are_watched_by_the_end_of_their_tokens_and_then_until_a_person_connects() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let end = async |end| {
        let found = table.first_token_end(end).await.unwrap();
        found.filter(|(whose, _)| whose == tenant).map(|(_, at)| at)
    };
    let needing = async || {
        let (count, longest) = table.needing_reconnect().await.unwrap();
        assert_eq!(count == 0, longest.is_none());
        longest.filter(|(whose, _)| whose == tenant).map(|(_, since)| since)
    };
    let connection = Connection {
        refresh_expires_at: long_ago(),
        hard_expires_at: Some(long_ago()),
        ..stack.connection()
    };
    table.connect(tenant, &connection, None, &line("connected")).await.unwrap();
    assert_eq!(end(TokenEnd::Idle).await, Some(long_ago()));
    assert_eq!(end(TokenEnd::Hard).await, Some(long_ago()));
    assert_eq!(table.tokens_renewed_at(tenant).await.unwrap(), Some(connection.connected_at));

    let renew = async |generation: u64, idle, hard, at| {
        let acquired = table.acquire_refresh(tenant, generation, "one", now(), later(15)).await;
        assert_eq!(acquired.unwrap(), Refresh::Won);
        table.finish_refresh(tenant, "one", generation + 1, idle, hard, at).await.unwrap()
    };
    let later_end = later(200);
    assert!(renew(1, later_end, Some(long_ago()), later(9)).await);
    assert_eq!(end(TokenEnd::Idle).await.unwrap_or(later_end), later_end);
    assert_eq!(end(TokenEnd::Hard).await, Some(long_ago()));
    assert_eq!(table.tokens_renewed_at(tenant).await.unwrap(), Some(later(9)));
    assert!(renew(2, long_ago(), None, later(10)).await);
    assert_eq!(end(TokenEnd::Idle).await, Some(long_ago()));
    assert_eq!(end(TokenEnd::Hard).await, None, "Intuit no longer tells");

    let lost = HistoryLine { at: long_ago(), ..line("expired") };
    assert!(table.mark_needs_reconnect(tenant, 3, &lost).await.unwrap());
    assert_eq!((end(TokenEnd::Idle).await, needing().await), (None, Some(long_ago())));
    assert!(table.disconnect(tenant, &line("disconnected")).await.unwrap());
    assert_eq!((end(TokenEnd::Idle).await, needing().await), (None, None));
}

#[tokio::test]
async fn each_request_is_counted() {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(Stack { aws, tenant, .. }) = Stack::open().await else { return };
    let table = aws.table.counted_by(|| {
        COUNT.fetch_add(1, Ordering::Relaxed);
    });
    let keys = Keys { connection: true, settings: true, ..Keys::default() };
    table.load(&tenant, &keys).await.unwrap();
    assert_eq!(COUNT.load(Ordering::Relaxed), 1);
    table.write_posting(&tenant, &first("B1", State::Posting), alone()).await.unwrap();
    assert_eq!(COUNT.load(Ordering::Relaxed), 2);
    table.write_posting(&tenant, &first("B1", State::Posting), alone()).await.unwrap();
    assert_eq!(COUNT.load(Ordering::Relaxed), 3, "one that is refused is one as well");
}

#[tokio::test]
async fn whose_waking_was_begun_is_found_until_it_is_noted_as_done() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant, company) = (&stack.aws.table, &stack.tenant, &stack.company);
    let pending = async || -> Vec<Waker> {
        let found = table.wakes_pending(later(100), 1000).await.unwrap();
        found.into_iter().filter(|(whose, _)| whose == tenant).map(|(_, waker)| waker).collect()
    };
    let first = Connection { wake_pending: true, ..stack.connection() };
    table.connect(tenant, &first, None, &line("connected")).await.unwrap();
    assert_eq!(pending().await, [Waker::Connection]);
    let early = table.wakes_pending(first.connected_at, 1000).await.unwrap();
    assert!(early.iter().all(|(whose, _)| whose != tenant), "whoever began it may still be at it");
    let earlier = first.connected_at - SignedDuration::from_secs(1);
    table.clear_wake_pending(tenant, company, earlier).await.unwrap();
    assert_eq!(pending().await, [Waker::Connection], "there was more to wake since");
    let renewed = async |generation: u64| {
        table.acquire_refresh(tenant, generation, "one", now(), later(15)).await.unwrap();
        table.finish_refresh(tenant, "one", generation + 1, later(200), None, now()).await.unwrap()
    };
    assert!(renewed(1).await);
    assert_eq!(pending().await, [Waker::Connection], "new tokens wake nobody");
    table.clear_wake_pending(tenant, company, first.connected_at).await.unwrap();
    assert!(pending().await.is_empty());

    table.mark_wake_pending(tenant, company, now()).await.unwrap();
    let settings = Settings { revision: 1, wake_pending: true, ..Settings::default() };
    table.save_settings(tenant, &settings, None, now()).await.unwrap();
    assert_eq!(pending().await.len(), 2);
    table.clear_settings_wake(tenant, &settings).await.unwrap();
    assert_eq!(pending().await, [Waker::Connection]);
    assert!(table.mark_needs_reconnect(tenant, 2, &line("lost")).await.unwrap());
    assert!(pending().await.is_empty(), "connecting again wakes them");
    table.mark_wake_pending(tenant, company, now()).await.unwrap();
    assert!(pending().await.is_empty());
}
