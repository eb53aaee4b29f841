//! The log of events: numbered without gaps, never twice, found by what was written; endpoints and dead letters.

use std::collections::BTreeSet;

use aws::table::{EndpointExtras, EventState};
use domain::event::endpoint::Endpoint;
use domain::event::{Event, Mark, Origin};

use crate::support::{Stack, later, line, now};

fn origin(number: u64) -> Origin {
    Origin {
        stream: "arn:x/stream/2026-03-01".to_owned(),
        number: number.to_string(),
        item: "CONNECTION".to_owned(),
    }
}

fn mark(number: u64) -> Mark {
    let Origin { stream, number, .. } = origin(number);
    Mark { stream, number }
}

fn event(sequence: u64) -> Event {
    let seconds = i64::try_from(sequence).unwrap();
    Event {
        schema: 1,
        sequence,
        kind: "posting.posted".to_owned(),
        subject: format!("bill/B-{sequence}"),
        at: later(seconds),
        data: r#"{"posting":{}}"#.to_owned(),
        origin: origin(sequence * 10),
        added_at: later(seconds),
    }
}

/// A log with five events, each added for itself.
async fn with_five_events() -> Option<Stack> {
    let stack = Stack::open().await?;
    let mut state = EventState::default();
    for sequence in 1..=5 {
        let mark = mark(sequence * 10);
        let events = [event(sequence)];
        assert!(
            stack.aws.table.append_events(&stack.tenant, &state, &events, &mark).await.unwrap()
        );
        state.next = sequence + 1;
    }
    Some(stack)
}

#[tokio::test]
async fn events_are_read_in_order_from_any_number_on() {
    let Some(stack) = with_five_events().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    for (after, limit, expected) in [
        (0, 9, &[1, 2, 3, 4, 5][..]),
        (0, 2, &[1, 2]),
        (3, 9, &[4, 5]),
        (5, 9, &[]),
        (u64::MAX, 9, &[]),
    ] {
        let read = table.events(tenant, after, limit).await.unwrap();
        let read: Vec<u64> = read.iter().map(|event| event.sequence).collect();
        assert_eq!(read, expected, "{limit} after {after}");
    }
    assert_eq!(table.events(tenant, 2, 1).await.unwrap(), [event(3)]);
}

#[tokio::test]
async fn of_two_who_add_at_once_one_has_to_look_again() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let state = table.event_state(tenant).await.unwrap();
    assert_eq!(state, EventState::default());
    let events: Vec<Event> = (1..=3).map(event).collect();
    assert!(table.append_events(tenant, &state, &events, &mark(30)).await.unwrap());
    assert!(!table.append_events(tenant, &state, &events[..1], &mark(10)).await.unwrap());
    let after = table.event_state(tenant).await.unwrap();
    assert_eq!((after.next, after.last(), after.mark.clone()), (4, 3, Some(mark(30))));
    assert!(!table.append_events(tenant, &state, &[event(4)], &mark(40)).await.unwrap());
    assert!(table.append_events(tenant, &after, &[event(4)], &mark(40)).await.unwrap());
    assert_eq!(table.events(tenant, 0, 9).await.unwrap().len(), 4);
}

#[tokio::test]
async fn events_are_found_by_the_write_that_they_tell_of() {
    let Some(stack) = with_five_events().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    for (numbers, since, expected) in [
        (&[20, 40][..], 0, &[2, 4][..]),
        (&[50, 10], 0, &[1, 5]),
        (&[15], 0, &[]),
        // What was added before is not looked for, but for the page that it is on.
        (&[10], 9, &[1]),
    ] {
        let origins: BTreeSet<Origin> = numbers.iter().map(|number| origin(*number)).collect();
        let found = table.events_of(tenant, &origins, later(since)).await.unwrap();
        let found: Vec<u64> = found.iter().map(|event| event.sequence).collect();
        assert_eq!(found, expected, "{numbers:?} since {since}");
    }
}

#[tokio::test]
async fn an_endpoint_is_written_by_one_at_a_time() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let first = Endpoint { revision: 1, ..Endpoint::new(3, now()) };
    let alone = EndpointExtras::default();
    assert!(table.save_endpoint(tenant, &first, alone).await.unwrap());
    // The echo of the same write counts as done; another one does not.
    assert!(table.save_endpoint(tenant, &first, alone).await.unwrap());
    let other = Endpoint { delivered: 9, ..first.clone() };
    assert!(!table.save_endpoint(tenant, &other, alone).await.unwrap());
    let next = Endpoint { revision: 2, delivered: 4, ..first };
    assert!(table.save_endpoint(tenant, &next, alone).await.unwrap());
    assert_eq!(table.event_state(tenant).await.unwrap().endpoint, Some(next));
}

#[tokio::test]
async fn dead_letters_are_listed_until_they_are_raised() {
    let Some(stack) = with_five_events().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let mut endpoint = Endpoint::new(0, now());
    for sequence in [4, 2] {
        endpoint.revision += 1;
        let (line, event) = (line("event_undeliverable"), event(sequence));
        let extras = EndpointExtras { history: Some(&line), buried: Some(&event), raised: None };
        assert!(table.save_endpoint(tenant, &endpoint, extras).await.unwrap());
    }
    assert_eq!(table.dead_events(tenant, 0, 9).await.unwrap(), [2, 4]);
    assert_eq!(table.dead_events(tenant, 2, 9).await.unwrap(), [4]);
    assert_eq!(table.count_dead_events(tenant).await.unwrap(), 2);
    for sequence in [2, 2] {
        endpoint.revision += 1;
        let extras = EndpointExtras { raised: Some(sequence), ..EndpointExtras::default() };
        assert!(table.save_endpoint(tenant, &endpoint, extras).await.unwrap());
    }
    assert_eq!(table.dead_events(tenant, 0, 9).await.unwrap(), [4]);
    assert_eq!(table.events(tenant, 0, 9).await.unwrap().len(), 5, "the log keeps them");
}
