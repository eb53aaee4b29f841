//! History: newest first, page by page, hidden and never lost.

use aws::table::{HistorySpan, Table};
use domain::history::HistoryLine;
use domain::id::TenantId;

use crate::support::{Stack, later, line};

async fn seen(table: &Table, tenant: &TenantId, span: &HistorySpan) -> Vec<String> {
    let (mut seen, mut place) = (Vec::new(), None);
    loop {
        let page = table.history(tenant, span, 2, place.as_ref()).await.unwrap();
        seen.extend(page.lines.into_iter().map(|(_, line)| line.action));
        place = page.next;
        if place.is_none() {
            return seen;
        }
    }
}

async fn with_five_lines() -> Option<Stack> {
    let stack = Stack::open().await?;
    for n in 0..5 {
        let line = HistoryLine { at: later(n), ..line(&format!("line {n}")) };
        stack.aws.table.append_history(&stack.tenant, &line).await.unwrap();
    }
    Some(stack)
}

#[tokio::test]
async fn history_is_read_newest_first_page_by_page() {
    let Some(stack) = with_five_lines().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    for (from, to, expected) in [
        (None, None, &["line 4", "line 3", "line 2", "line 1", "line 0"][..]),
        (Some(3), None, &["line 4", "line 3"]),
        (None, Some(2), &["line 1", "line 0"]),
        (Some(1), Some(3), &["line 2", "line 1"]),
        (Some(3), Some(3), &[]),
        (Some(4), Some(1), &[]),
    ] {
        let span = HistorySpan { from: from.map(later), to: to.map(later) };
        assert_eq!(seen(table, tenant, &span).await, expected, "{span:?}");
    }
}

#[tokio::test]
async fn a_place_outside_of_the_span_is_harmless() {
    let Some(stack) = with_five_lines().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let all = table.history(tenant, &HistorySpan::default(), 5, None).await.unwrap();
    let (newest, oldest) = (&all.lines[0].0, &all.lines[4].0);
    let span = HistorySpan { from: Some(later(1)), to: Some(later(3)) };
    assert_eq!(table.history(tenant, &span, 9, Some(newest)).await.unwrap().lines.len(), 2);
    assert_eq!(table.history(tenant, &span, 9, Some(oldest)).await.unwrap().lines.len(), 0);
}

#[tokio::test]
async fn hiding_the_history_moves_forward_only_and_destroys_nothing() {
    let Some(stack) = with_five_lines().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    assert_eq!(table.history_hidden_before(tenant).await.unwrap(), None);
    for at in [later(9), later(8)] {
        let line = HistoryLine { at, ..line("history_cleared") };
        table.hide_history(tenant, &line).await.unwrap();
        assert_eq!(table.history_hidden_before(tenant).await.unwrap(), Some(later(9)));
    }
    let shown = HistorySpan { from: Some(later(9)), to: None };
    assert_eq!(seen(table, tenant, &shown).await, ["history_cleared"]);
    assert_eq!(seen(table, tenant, &HistorySpan::default()).await.len(), 6);
}
