//! Where postings of one tenant that are worked on side by side meet before they write, so that their writes go out
//! together and what they all need is looked up and made once.
//!
//! Everyone who works has a seat. When all who have one want to write, wait for somebody or have left, the writes go out,
//! and the work goes on until the next meeting. Where ever more come, as in an import, nobody waits for all: a batch goes
//! out as soon as it is full.

mod names;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::id::{CompanyId, ObjectId};
use domain::link::LinkKey;
use jiff::Timestamp;
use quickbooks::{BATCH_ITEMS_AT_MOST, Write};
use tokio::sync::{Mutex, oneshot};

use self::names::Names;
use super::group::{Group, Spot};

/// Bodies that go out together, so that a batch and its answer, which is more than twice as large, can be stored in one
/// item of at most 400 KB.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>
const BYTES_AT_MOST: usize = 120_000;

tokio::task_local! {
    static SEAT: Seat;
}

/// How many may come after one who wants to write, and is not yet joined by enough others for a full batch, before it
/// writes all the same: more than work at the same time, so that it comes to that only where few write.
const PASSED_BY_AT_MOST: usize = 400;

/// What those have in common who work side by side.
#[derive(Default)]
pub(super) struct Meeting {
    table: RefCell<Table>,
    /// Ever more come.
    pub(super) is_a_stream: bool,
    /// Names of list entries that are looked up.
    pub(super) names: Names,
    paused_until: Cell<Option<Timestamp>>,
    outage_counts_no_more: Cell<bool>,
    /// One at a time reads tokens, or renews them.
    pub(super) tokens: Mutex<()>,
    /// One at a time asks the governor for a call, and one for a batch: they would only be in each other's way.
    pub(super) asking_for_call: Mutex<()>,
    pub(super) asking_for_batch: Mutex<()>,
    /// One at a time settles what is left of a batch: the next finds what the one before it stored.
    pub(super) settling: Mutex<()>,
}

#[derive(Default)]
struct Table {
    /// Those who still work.
    seats: BTreeMap<usize, Stand>,
    seats_so_far: usize,
    /// Who looks up or makes an entry of a list.
    sees_to: BTreeMap<(CompanyId, LinkKey), usize>,
    /// What became of the entries that somebody saw to.
    linked: BTreeMap<(CompanyId, LinkKey), ObjectId>,
}

/// What somebody at the meeting is about.
enum Stand {
    Working,
    /// It wants to write so many bytes.
    Writing {
        company: CompanyId,
        bytes: usize,
        tell: oneshot::Sender<Option<Spot>>,
    },
    /// Somebody else sees to what it needs.
    Waiting {
        company: CompanyId,
        keys: Vec<LinkKey>,
        tell: oneshot::Sender<()>,
    },
}

/// One of those who work side by side.
#[derive(Clone)]
pub(super) struct Seat {
    pub(super) meeting: Rc<Meeting>,
    number: usize,
}

/// Leaves the meeting when the work is over, however it ends: nobody waits for one who panicked.
struct Leaving(Seat);

/// Writes that can go out together.
struct Party {
    company: CompanyId,
    bytes: usize,
    /// Of those who want to write, in their order.
    seats: Vec<usize>,
    /// There is no room for another, or was none for one.
    is_full: bool,
}

impl Meeting {
    /// A meeting to which ever more come.
    pub(super) fn of_a_stream() -> Self {
        Self { is_a_stream: true, ..Self::default() }
    }

    /// A seat, which must be taken at once: everyone else waits for whom it belongs to.
    pub(super) fn seat(self: &Rc<Self>) -> Seat {
        let mut table = self.table.borrow_mut();
        table.seats_so_far += 1;
        let number = table.seats_so_far;
        table.seats.insert(number, Stand::Working);
        Seat { meeting: Rc::clone(self), number }
    }

    /// Until when nobody calls the company, if somebody here was told so.
    pub(super) fn pause(&self, now: Timestamp) -> Option<Timestamp> {
        self.paused_until.get().filter(|until| *until > now)
    }

    /// Whether an outage counts as a failed attempt of whoever asks: it does for one of all.
    pub(super) fn counts_an_outage(&self) -> bool {
        !self.outage_counts_no_more.replace(true)
    }

    /// QuickBooks told somebody here to come back later.
    pub(super) fn note_pause(&self, until: Timestamp) {
        self.paused_until.set(Some(until));
    }
}

impl Seat {
    /// The seat of the work that is running, if it is done side by side with other.
    pub(super) fn current() -> Option<Self> {
        SEAT.try_with(Self::clone).ok()
    }

    /// Works on this seat, and leaves it.
    pub(super) async fn around<T>(self, work: impl Future<Output = T>) -> T {
        let _leaving = Leaving(self.clone());
        SEAT.scope(self, work).await
    }

    /// Waits until everyone can write, and tells in which group. `None`: alone.
    pub(super) async fn meet(&self, company: &CompanyId, write: &Write) -> Option<Spot> {
        let (tell, told) = oneshot::channel();
        let (company, bytes) = (company.clone(), write.body().len());
        let _back = self.stands(Stand::Writing { company, bytes, tell });
        // Nobody tells who is forgotten, which does not happen.
        told.await.ok().flatten()
    }

    /// Whether this one sees to these entries from now on. False: somebody else does.
    pub(super) fn sees_to(&self, company: &CompanyId, keys: &[LinkKey]) -> bool {
        let mut table = self.meeting.table.borrow_mut();
        if table.is_anothers(company, keys, self.number) {
            return false;
        }
        for key in keys {
            table.sees_to.insert((company.clone(), key.clone()), self.number);
        }
        true
    }

    /// Waits until those have ended who see to these entries, or cannot go on without this one.
    pub(super) async fn wait_for(&self, company: &CompanyId, keys: &[LinkKey]) {
        let (tell, told) = oneshot::channel();
        let (company, keys) = (company.clone(), keys.to_vec());
        let _back = self.stands(Stand::Waiting { company, keys, tell });
        let _ = told.await;
    }

    /// Tells the others what an entry is linked to.
    pub(super) fn note_link(&self, company: &CompanyId, key: &LinkKey, object: &ObjectId) {
        let key = (company.clone(), key.clone());
        {
            let mut table = self.meeting.table.borrow_mut();
            table.sees_to.remove(&key);
            table.linked.insert(key, object.clone());
        }
        self.meeting.advance();
    }

    /// What somebody else linked an entry to.
    pub(super) fn linked(&self, company: &CompanyId, key: &LinkKey) -> Option<ObjectId> {
        let table = self.meeting.table.borrow();
        table.linked.get(&(company.clone(), key.clone())).cloned()
    }

    /// Sees to no entry any more.
    pub(super) fn lets_go(&self) {
        self.meeting.table.borrow_mut().sees_to.retain(|_, number| *number != self.number);
        self.meeting.advance();
    }

    fn stands(&self, stand: Stand) -> Back<'_> {
        self.meeting.table.borrow_mut().seats.insert(self.number, stand);
        self.meeting.advance();
        Back(self)
    }
}

/// Somebody works again, whether or not it was told what it waited for.
struct Back<'a>(&'a Seat);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        let Seat { meeting, number } = self.0;
        if let Some(stand) = meeting.table.borrow_mut().seats.get_mut(number) {
            *stand = Stand::Working;
        }
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let Seat { meeting, number } = &self.0;
        meeting.table.borrow_mut().seats.remove(number);
        self.0.lets_go();
    }
}

impl Meeting {
    /// Lets those go on who can.
    fn advance(&self) {
        let mut table = self.table.borrow_mut();
        table.wake_who_need_not_wait();
        let all_met = !table.seats.values().any(|stand| matches!(stand, Stand::Working));
        if !all_met && !self.is_a_stream {
            return;
        }
        let parties = table.parties();
        if all_met && parties.is_empty() {
            // All wait for each other. Whoever comes first sees to it.
            table.sees_to.clear();
            table.wake_who_need_not_wait();
            return;
        }
        for party in parties {
            if all_met || party.is_full || table.is_passed_by(&party) {
                assign(table.write(&party));
            }
        }
    }
}

impl Table {
    fn is_anothers(&self, company: &CompanyId, keys: &[LinkKey], number: usize) -> bool {
        keys.iter().any(|key| {
            let by = self.sees_to.get(&(company.clone(), key.clone()));
            by.is_some_and(|by| *by != number)
        })
    }

    fn wake_who_need_not_wait(&mut self) {
        let ready: Vec<usize> = self
            .seats
            .iter()
            .filter(|(number, stand)| {
                matches!(stand, Stand::Waiting { company, keys, .. } if !self.is_anothers(company, keys, **number))
            })
            .map(|(number, _)| *number)
            .collect();
        for number in ready {
            if let Some(Stand::Waiting { tell, .. }) = self.seats.insert(number, Stand::Working) {
                // Who does not listen any more works, or leaves.
                let _ = tell.send(());
            }
        }
    }

    /// Who can write together with whom, in the order of their seats.
    fn parties(&self) -> Vec<Party> {
        let mut parties: Vec<Party> = Vec::new();
        for (number, stand) in &self.seats {
            let Stand::Writing { company, bytes, .. } = stand else { continue };
            let mut of_company = parties.iter_mut().filter(|party| party.company == *company);
            let room = of_company.find_map(|party| {
                let fits = party.bytes + bytes <= BYTES_AT_MOST;
                if party.seats.len() < BATCH_ITEMS_AT_MOST && fits {
                    return Some(party);
                }
                party.is_full = true;
                None
            });
            match room {
                Some(party) => {
                    party.bytes += bytes;
                    party.seats.push(*number);
                    party.is_full |= party.seats.len() == BATCH_ITEMS_AT_MOST;
                }
                None => parties.push(Party {
                    company: company.clone(),
                    bytes: *bytes,
                    seats: vec![*number],
                    is_full: false,
                }),
            }
        }
        parties
    }

    fn is_passed_by(&self, party: &Party) -> bool {
        let first = party.seats.first().copied().unwrap_or(self.seats_so_far);
        self.seats_so_far - first > PASSED_BY_AT_MOST
    }

    /// Those who can write together now. They work from now on.
    fn write(&mut self, party: &Party) -> Vec<oneshot::Sender<Option<Spot>>> {
        let taken = party.seats.iter().filter_map(|number| {
            match self.seats.insert(*number, Stand::Working) {
                Some(Stand::Writing { tell, .. }) => Some(tell),
                Some(Stand::Working | Stand::Waiting { .. }) | None => None,
            }
        });
        taken.collect()
    }
}

/// Gives each its place in one batch, or none to one that is alone.
fn assign(writers: Vec<oneshot::Sender<Option<Spot>>>) {
    if writers.len() == 1 {
        for tell in writers {
            let _ = tell.send(None);
        }
        return;
    }
    for (spot, tell) in Group::of(writers.len()).into_iter().zip(writers) {
        // A spot that nobody takes is given up when it is dropped.
        let _ = tell.send(Some(spot));
    }
}

#[cfg(test)]
mod tests;
