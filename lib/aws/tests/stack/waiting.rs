//! Waiting: found by condition, oldest first, until forgotten.

use aws::table::Guard;
use domain::posting::{Condition, Posting, State};
use jiff::Timestamp;

use crate::support::{Stack, first, key, later, waits};

#[tokio::test]
async fn those_who_wait_are_found_oldest_first_and_forgotten_once_woken() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let condition = Condition::Posting(Box::new(key("B1")));
    for n in (0..30).rev() {
        let posting = Posting {
            blocked_by: Some(condition.as_text()),
            blocked_since: Some(later(n)),
            ..first(&format!("W{n:02}"), State::Blocked)
        };
        table.write_posting(tenant, &posting, waits(&Guard::NotConnected)).await.unwrap();
    }
    let waiting = table.waiting(tenant, &condition, Timestamp::MAX, 28).await.unwrap();
    let ids: Vec<&str> = waiting.iter().map(|w| w.posting.id.as_str()).collect();
    assert_eq!(ids, (0..28).map(|n| format!("W{n:02}")).collect::<Vec<_>>());
    table.forget_waiting(tenant, &waiting).await.unwrap();
    let rest = table.waiting(tenant, condition.as_text(), Timestamp::MAX, 28).await.unwrap();
    assert_eq!(rest.len(), 2);
    table.forget_waiting(tenant, &rest).await.unwrap();
    table.forget_waiting(tenant, &[]).await.unwrap();
    assert_eq!(
        table.waiting(tenant, &Condition::Connection, Timestamp::MAX, 28).await.unwrap(),
        []
    );
}
