//! What was done for a tenant, for people to read.

use aws::table::{HistoryPlace, HistorySpan};
use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::record::RecordKind;
use serde::Serialize;

use crate::{App, Error};

/// Lines looked at in one round when only some of them are wanted.
const PAGE: u32 = 200;
/// Rounds of one call; a page that ends there is short and has a next one.
const PAGES: usize = 50;

/// Which lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Only about this kind of record.
    pub kind: Option<RecordKind>,
    /// Only about the record with this id.
    pub record: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only from this time.
    pub span: HistorySpan,
    /// Whether lines that were cleared away are among them.
    pub cleared: Cleared,
}

/// What to do with lines that were cleared away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Cleared {
    /// They are left out.
    Hidden,
    /// They are shown like any other.
    Included,
}

/// A part of the history.
#[derive(Debug, Clone)]
pub struct Page {
    /// Newest first.
    pub lines: Vec<HistoryLine>,
    /// Where the next, older page begins; absent when there is none.
    pub next: Option<HistoryPlace>,
}

/// At most `limit` lines, newest first, behind `after`.
pub async fn page(
    app: &App,
    tenant: &TenantId,
    filter: &Filter,
    limit: usize,
    after: Option<HistoryPlace>,
) -> Result<Page, Error> {
    let mut span = filter.span;
    if filter.cleared == Cleared::Hidden {
        span.from = span.from.max(app.table.history_hidden_before(tenant).await?);
    }
    let mut page = Page { lines: Vec::new(), next: after };
    for _ in 0..PAGES {
        let read = app.table.history(tenant, &span, PAGE, page.next.as_ref()).await?;
        for (place, line) in read.lines {
            if page.lines.len() == limit {
                return Ok(page);
            }
            if filter.wants(&line) {
                page.lines.push(line);
            }
            // The next page begins behind the last line that was looked at.
            page.next = Some(place);
        }
        page.next = read.next;
        if page.next.is_none() || page.lines.len() == limit {
            break;
        }
    }
    Ok(page)
}

/// Hides all lines up to now. They stay, and the clearing is a line itself.
pub async fn clear(app: &App, tenant: &TenantId) -> Result<(), Error> {
    let description = "The history up to here was cleared from view.".to_owned();
    let line = HistoryLine::about_tenant(app.clock.now(), "history_cleared", description);
    Ok(app.table.hide_history(tenant, &line).await?)
}

impl Filter {
    fn wants(&self, line: &HistoryLine) -> bool {
        self.kind.is_none_or(|kind| line.record == Some(kind))
            && self.record.as_ref().is_none_or(|id| line.record_id.as_ref() == Some(id))
            && self.action.as_ref().is_none_or(|action| line.action == *action)
    }
}
