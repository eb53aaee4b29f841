//! History: newest first, page by page.

use domain::history::HistoryLine;

use crate::support::{Stack, later, line};

#[tokio::test]
async fn history_is_read_newest_first_page_by_page() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    for n in 0..5 {
        let line = HistoryLine { at: later(n), ..line(&format!("line {n}")) };
        table.append_history(tenant, &line).await.unwrap();
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = table.history(tenant, 2, cursor.as_deref()).await.unwrap();
        seen.extend(page.lines.into_iter().map(|line| line.action));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["line 4", "line 3", "line 2", "line 1", "line 0"]);
}
