//! The log as hosts read it that prefer to ask.

use domain::event::{Event, wants};
use domain::id::TenantId;

use crate::{App, Error};

/// Events looked at in one round when only some of them are wanted.
const LOOKED_AT: u32 = 100;
/// Rounds of one call; a page that ends there is short and there is more.
const ROUNDS: usize = 20;

/// A part of the log.
#[derive(Debug, Clone)]
pub struct Page {
    /// The oldest first.
    pub events: Vec<Event>,
    /// The number of the last event that was looked at. The next page begins behind it, whether there is one yet or not.
    pub through: u64,
    /// Whether there is more already.
    pub more: bool,
}

/// At most `limit` events behind `after`, the oldest first; of one kind or family, if one is given.
pub async fn page(
    app: &App,
    tenant: &TenantId,
    kind: Option<&str>,
    limit: u32,
    after: u64,
) -> Result<Page, Error> {
    let wanted: Vec<String> = kind.map(str::to_owned).into_iter().collect();
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    // One more than wanted tells whether there is more.
    let looked_at = if wanted.is_empty() { limit.saturating_add(1) } else { LOOKED_AT };
    let mut page = Page { events: Vec::new(), through: after, more: true };
    for _ in 0..ROUNDS {
        let read = app.table.events(tenant, page.through, looked_at).await?;
        let whole = read.len() == usize::try_from(looked_at).unwrap_or(usize::MAX);
        for event in read {
            if wants(&wanted, &event.kind) {
                if page.events.len() == most {
                    return Ok(page);
                }
                page.through = event.sequence;
                page.events.push(event);
            } else {
                page.through = event.sequence;
            }
        }
        if !whole {
            page.more = false;
            break;
        }
    }
    Ok(page)
}
