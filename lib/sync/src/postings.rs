//! A tenant's postings by state: shown for people, and put back to work all at once.

use aws::queues::Message;
use aws::table::{Keys, Place};
use domain::connection::Company;
use domain::fingerprint;
use domain::id::TenantId;
use domain::posting::{Posting, State};
use domain::record::RecordKind;

use crate::{App, Error};

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

/// A person's wish to have postings tried again.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Which.
    pub selection: Selection,
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
    wish: &Wish,
    after: Option<Place>,
) -> Result<Queued, Error> {
    let Selection { state, kind } = wish.selection;
    let mut queued = Queued { count: 0, next: after };
    for _ in 0..PAGES {
        let page = app.table.postings_in(tenant, state, kind, PAGE, queued.next.as_ref()).await?;
        for kind in [RecordKind::Bill, RecordKind::Payment] {
            let of_kind = |posting: &&Posting| posting.key.record == kind && wish.covers(posting);
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

impl Wish {
    fn covers(&self, posting: &Posting) -> bool {
        let code = posting.reason.as_ref().map(|reason| reason.code.as_ref());
        let wanted = self.code.is_none() || self.code.as_deref() == code;
        wanted && (self.removed == Removed::MadeAgain || !posting.was_removed_by_person())
    }
}

fn retry(tenant: &TenantId, posting: &Posting) -> Message {
    Message::retry(tenant.clone(), posting.key.clone())
}

/// Pressing twice sends one message: every try writes the posting and so gives it another revision.
fn dedup(posting: &Posting) -> String {
    fingerprint::of(&("retry", &posting.key, posting.revision))
}
