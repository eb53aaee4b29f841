//! A tenant's postings by state: shown for people, and put back to work all at once.

mod decide;

use aws::queues::Message;
use aws::table::{Keys, Place};
use domain::connection::Company;
use domain::fingerprint;
use domain::id::{CompanyId, HostId, TenantId};
use domain::posting::{Posting, State, Trigger};
use domain::record::RecordKind;

use crate::{App, Error};

pub use decide::{NotDone, hold, unlink};

/// Postings looked at in one round.
const PAGE: u32 = 100;
/// Rounds of one call; the caller goes on from where it ended.
const PAGES: usize = 5;

/// Which postings.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Their state.
    pub state: State,
    /// Their kind of record; absent for all.
    pub kind: Option<RecordKind>,
}

/// A part of the postings in one state.
#[derive(Debug, Clone)]
pub struct Page {
    /// The longest waiting first.
    pub postings: Vec<Posting>,
    /// The connected company, if there is one.
    pub company: Option<Company>,
    /// Where the next page begins; absent when there is none.
    pub next: Option<Place>,
}

/// A person's wish to have postings tried again, or released.
#[derive(Debug, Clone)]
pub struct Retry {
    /// Which.
    pub selection: Selection,
    /// Only those of this record; absent for all.
    pub id: Option<HostId>,
    /// Only those with this reason; absent for all.
    pub code: Option<String>,
    /// What to do about those whose document a person removed in QuickBooks.
    pub removed: Removed,
}

/// What to do about postings whose document a person removed in QuickBooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// They stay as they are.
    LeftAlone,
    /// Their documents are made again.
    MadeAgain,
}

/// What was put back to work.
#[derive(Debug, Clone)]
pub struct Queued {
    /// How many postings.
    pub count: usize,
    /// Where to go on; absent when all were looked at.
    pub next: Option<Place>,
}

/// Postings in a state. A page can be short and still have a next one.
pub async fn in_state(
    app: &App,
    tenant: &TenantId,
    selection: &Selection,
    limit: u32,
    after: Option<&Place>,
) -> Result<Page, Error> {
    let Selection { state, kind } = *selection;
    let page = app.table.postings_in(tenant, state, kind, limit, after).await?;
    let keys = Keys { connection: true, ..Keys::default() };
    let connection = app.table.load(tenant, &keys).await?.connection;
    let company = connection.map(|connection| connection.company);
    Ok(Page { postings: page.postings, company, next: page.next })
}

/// Puts the postings that a person wishes to be tried again into their queues. Done twice, it finds those that still
/// stand there, and a posting that was tried meanwhile is tried once more, which books nothing twice.
pub async fn retry_all(
    app: &App,
    tenant: &TenantId,
    wish: &Retry,
    after: Option<Place>,
) -> Result<Queued, Error> {
    let Selection { state, kind } = wish.selection;
    let mut queued = Queued { count: 0, next: after };
    let connection = Keys { connection: true, ..Keys::default() };
    let company =
        app.table.load(tenant, &connection).await?.connection.map(|known| known.company.id);
    for _ in 0..PAGES {
        let page = app.table.postings_in(tenant, state, kind, PAGE, queued.next.as_ref()).await?;
        for kind in RecordKind::ALL {
            let of_kind = |posting: &&Posting| {
                posting.key.record == kind && wish.covers(posting, company.as_ref())
            };
            let messages: Vec<_> = page
                .postings
                .iter()
                .filter(of_kind)
                .map(|posting| (retry(tenant, posting), dedup(posting)))
                .collect();
            app.queues.send_all(kind.into(), &messages).await?;
            queued.count += messages.len();
        }
        queued.next = page.next;
        if queued.next.is_none() {
            break;
        }
    }
    Ok(queued)
}

impl Retry {
    fn covers(&self, posting: &Posting, company: Option<&CompanyId>) -> bool {
        let code = posting.reason.as_ref().map(|reason| reason.code.as_ref());
        let named = self.id.as_ref().is_none_or(|id| *id == posting.key.id);
        let wanted = named && (self.code.is_none() || self.code.as_deref() == code);
        // What a person holds is released, not retried.
        let is_held = posting.wish.trigger == Trigger::Hold && self.selection.state != State::Held;
        let wanted = wanted && !is_held;
        let is_removed = company.is_some_and(|company| posting.is_removed(company));
        wanted && (self.removed == Removed::MadeAgain || !is_removed)
    }
}

fn retry(tenant: &TenantId, posting: &Posting) -> Message {
    Message::retry(tenant.clone(), posting.key.clone())
}

/// Pressing twice sends one message: every try writes the posting and so gives it another revision.
fn dedup(posting: &Posting) -> String {
    fingerprint::of(&("retry", &posting.key, posting.revision))
}
