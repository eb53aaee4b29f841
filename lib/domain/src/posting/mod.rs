//! The posting: the durable state of one record under one workflow.

#[cfg(test)]
mod awaited_tests;
mod judge;
mod key;
mod state;
#[cfg(test)]
mod touch_tests;
mod wish;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::batch::Place;
use crate::id::{CompanyId, HostId, ObjectId};
use crate::ledger::{Object, ObjectKind, Removal, Sent};
use crate::link::LinkKey;
use crate::name::Change;
use crate::reason::Reason;
use crate::record::Record;

pub use judge::{Arrival, Cause, Verdict, judge};
pub use key::{Condition, PostingKey, Workflow};
pub use state::{Outcome, State};
pub use wish::{Decision, Trigger, Wish};

/// The newest layout of a stored posting that this code knows: one whose step in flight goes in a batch. Code that does not
/// know batches must leave it alone, since it would send the step again by itself.
pub const SCHEMA: u32 = 2;
/// The layout of every other posting.
const WITHOUT_BATCH: u32 = 1;

/// The durable state of one record under one workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Layout of this stored item.
    pub schema: u32,
    /// Which posting.
    pub key: PostingKey,
    /// Counts the writes; every write compares it.
    pub revision: u64,
    /// Where it stands.
    pub state: State,
    /// The newest record the host sent; absent while only expected.
    pub record: Option<Record>,
    /// When that came.
    #[serde(default)]
    pub record_at: Option<Timestamp>,
    /// What was last brought into QuickBooks completely.
    pub posted: Option<Posted>,
    /// The objects in QuickBooks that belong to it.
    #[serde(default)]
    pub objects: Vec<Object>,
    /// QuickBooks was written to since it was last posted, in this attempt or an earlier one.
    #[serde(default)]
    pub has_written: bool,
    /// The step that may have been sent and has no answer yet.
    pub in_flight: Option<InFlight>,
    /// Who works on it, and until when that is believed.
    pub lease: Option<Lease>,
    /// The fingerprint of what was last attempted; a refusal stands while it is the same.
    pub attempted: Option<String>,
    /// Attempts that failed for a reason that passes with time.
    #[serde(default)]
    pub attempts: u32,
    /// Why it waits or was refused.
    pub reason: Option<Reason>,
    /// The condition it waits for, as text.
    pub blocked_by: Option<String>,
    /// Since when it waits; keeps waiting postings in order.
    pub blocked_since: Option<Timestamp>,
    /// Since when what the host wants waits to get into QuickBooks, whatever it waited for meanwhile.
    #[serde(default)]
    pub waiting_since: Option<Timestamp>,
    /// What cleaning changed in the record.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// What its documents and their entries say otherwise than the record: a name, a date, a number.
    #[serde(default)]
    pub notes: Vec<Change>,
    /// What a person should look at although it was posted.
    #[serde(default)]
    pub warnings: Vec<Reason>,
    /// Other postings wait for this one.
    #[serde(default)]
    pub awaited: bool,
    /// They began to when it was at rest already: until it is worked on again there is nothing to wake them for.
    #[serde(default)]
    pub awaited_at_rest: bool,
    /// Who wants the newest record to be posted, and how much.
    #[serde(default)]
    pub wish: Wish,
    /// Every payee that any version of the record had; each has a posting of its own.
    #[serde(default)]
    pub payees: BTreeSet<HostId>,
    /// The newest record may not have reached the postings of all payees yet.
    #[serde(default)]
    pub fans_out: bool,
    /// First seen.
    pub created_at: Timestamp,
    /// Last written.
    pub updated_at: Timestamp,
}

/// What was last brought into QuickBooks completely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The record's version.
    pub version: u64,
    /// The fingerprint of it (`fingerprint::of_posting`).
    pub fingerprint: String,
    /// The hash of the record alone.
    pub record: String,
    /// When.
    pub at: Timestamp,
}

/// A step that was about to be sent when the posting was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InFlight {
    /// The step's name.
    pub step: String,
    /// The record's version it belongs to.
    pub version: u64,
    /// The company it was sent to.
    pub company: CompanyId,
    /// The kind of object it writes.
    pub object_kind: ObjectKind,
    /// The object it changes; absent for a create.
    pub target: Option<Object>,
    /// The entry it makes, for a list.
    pub link: Option<PlannedLink>,
    /// How to find the object if the answer is lost.
    pub search: Option<Search>,
    /// The hash the written object carries afterwards.
    pub content: String,
    /// What the written document is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Sent>,
    /// What a bookkeeper had changed in it, and what the step makes of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Change>,
    /// When it was first about to be sent.
    pub sent_at: Timestamp,
    /// When it was last about to be sent.
    pub last_sent_at: Timestamp,
    /// The request, byte for byte, in the terms of the back end.
    pub request: String,
    /// The batch in which it goes with those of other postings; absent if it goes alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Place>,
}

impl InFlight {
    /// Why the object no longer counts once the step is done.
    pub fn removal(&self) -> Option<Removal> {
        let does = |what| self.step.starts_with(what);
        if does("void_") {
            Some(Removal::Voided)
        } else {
            does("delete_").then_some(Removal::Deleted)
        }
    }

    /// Whether the step makes an object of this kind.
    pub fn creates(&self, kind: ObjectKind) -> bool {
        self.object_kind == kind && self.target.is_none()
    }
}

/// The link that a step in flight will establish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedLink {
    /// The host object.
    pub key: LinkKey,
    /// The name the entry gets.
    pub name: String,
}

/// How to find a document whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// Whose it is, where QuickBooks finds documents by that.
    #[serde(alias = "customer")]
    pub party: Option<ObjectId>,
    /// The marker in its private note.
    pub marker: String,
}

/// The right to work on a posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// One invocation.
    pub owner: String,
    /// Afterwards anyone may take over.
    pub until: Timestamp,
}

impl Posting {
    /// A posting nobody has stored yet.
    pub fn new(key: PostingKey, state: State, now: Timestamp) -> Self {
        Self {
            schema: WITHOUT_BATCH,
            key,
            revision: 0,
            state,
            record: None,
            record_at: None,
            posted: None,
            objects: Vec::new(),
            has_written: false,
            in_flight: None,
            lease: None,
            attempted: None,
            attempts: 0,
            reason: None,
            blocked_by: None,
            blocked_since: None,
            waiting_since: None,
            changes: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
            awaited: false,
            awaited_at_rest: false,
            wish: Wish::default(),
            payees: BTreeSet::new(),
            fans_out: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// The living document of a kind in the books of `company`, if there is one.
    pub fn object(&self, kind: ObjectKind, company: &CompanyId) -> Option<&Object> {
        living(&self.objects, kind, company)
    }

    /// Puts an answer in the place of what was known of that object.
    pub fn remember(&mut self, object: Object) {
        match self.objects.iter_mut().find(|known| {
            known.kind == object.kind && known.id == object.id && known.company == object.company
        }) {
            Some(known) => *known = object,
            None => self.objects.push(object),
        }
    }

    /// Notes that another posting waits for it. False: that is known already.
    pub fn note_awaited(&mut self) -> bool {
        let at_rest = self.state.lets_others_go_on();
        if self.awaited && (self.awaited_at_rest || !at_rest) {
            return false;
        }
        self.awaited = true;
        self.awaited_at_rest = at_rest;
        true
    }

    /// Notes that those that waited were woken. Who began to wait meanwhile is not among them.
    pub fn note_woken(&mut self) {
        self.awaited &= self.awaited_at_rest;
    }

    /// Whether others wait that nobody woke since it came to rest.
    pub fn must_wake(&self) -> bool {
        self.state.lets_others_go_on() && self.awaited && !self.awaited_at_rest
    }

    /// It is about to be written: counts that, and keeps in mind since when it waits.
    pub fn touch(&mut self, now: Timestamp) {
        let in_batch = self.in_flight.as_ref().is_some_and(|step| step.batch.is_some());
        self.schema = if in_batch { SCHEMA } else { WITHOUT_BATCH };
        self.revision += 1;
        self.updated_at = now;
        self.waiting_since = match self.state {
            State::Queued | State::Blocked => self.waiting_since.or(Some(now)),
            // An attempt is under way, whose end is not known yet.
            State::Posting | State::Expected => self.waiting_since,
            State::Held | State::Posted | State::Rejected | State::Skipped => None,
        };
    }

    /// Takes in what the host sent. Every place that stores a newer record does it by this.
    pub fn take_record(&mut self, record: &Record, changes: &[Change], wish: Wish) {
        self.record_at = wish.at;
        // A person decided about another version.
        self.wish = Wish { decides: wish.decides, ..self.wish.followed_by(wish) };
        self.record = Some(record.clone());
        self.changes = changes.to_vec();
        self.notes.clear();
        if let (Record::Disbursement(disbursement), None) = (record, &self.key.payee) {
            self.payees.extend(disbursement.payees());
            self.fans_out = true;
        }
    }

    /// All that people are told to have been changed: by cleaning the record, in its documents, and by bookkeepers.
    pub fn all_changes(&self) -> impl Iterator<Item = &Change> {
        let living = self.objects.iter().filter(|object| object.removal.is_none());
        let edits = living.flat_map(|object| &object.edits);
        self.changes.iter().chain(&self.notes).chain(edits)
    }

    /// A person asks for the record to be posted whatever happened: what was removed in QuickBooks is made again.
    pub fn allow_replacing(&mut self, company: &CompanyId) {
        for object in self.objects.iter_mut().filter(|object| object.company == *company) {
            if matches!(
                object.removal,
                Some(
                    Removal::VoidedInQuickbooks | Removal::DeletedInQuickbooks | Removal::Unlinked
                )
            ) {
                decide(object, Removal::Replaced);
            }
        }
    }

    /// A person asks for what was removed in QuickBooks to be left so. False: nothing was.
    pub fn leave_removed(&mut self, company: &CompanyId) -> bool {
        let removed = self.was_removed_by_person(company);
        let ours = |object: &&mut Object| object.company == *company;
        for object in
            self.objects.iter_mut().filter(ours).filter(|object| is_removed_by_person(object))
        {
            decide(object, Removal::Unlinked);
        }
        removed
    }

    /// Whether a person removed a document of it in the company's books, and nobody asked for it to be made again.
    pub fn was_removed_by_person(&self, company: &CompanyId) -> bool {
        self.objects.iter().any(|object| object.company == *company && is_removed_by_person(object))
    }

    /// Whether a person removed a document of it in the company's books, whatever was decided about that; as long as none
    /// was made again.
    pub fn is_removed(&self, company: &CompanyId) -> bool {
        let unlinked = |object: &Object| object.removal == Some(Removal::Unlinked);
        self.was_removed_by_person(company)
            || self.objects.iter().any(|object| object.company == *company && unlinked(object))
    }

    /// Whether someone else works on it at `now`.
    pub fn is_leased(&self, owner: &str, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.owner != owner && lease.until > now)
    }
}

/// Notes what a person decided about a removed document. One that was deleted has no number that could be in the way.
fn decide(object: &mut Object, decision: Removal) {
    if object.removal == Some(Removal::DeletedInQuickbooks) {
        object.doc_number = None;
    }
    object.removal = Some(decision);
}

/// The living document of a kind among `objects`, in the books of `company`.
pub fn living<'a>(
    objects: &'a [Object],
    kind: ObjectKind,
    company: &CompanyId,
) -> Option<&'a Object> {
    objects.iter().find(|object| {
        object.kind == kind && object.removal.is_none() && object.company == *company
    })
}

/// What a person did to the document of a kind in QuickBooks, if that is the last that is known of it.
pub fn removed<'a>(
    objects: &'a [Object],
    kind: ObjectKind,
    company: &CompanyId,
) -> Option<&'a Object> {
    let ours = |object: &&Object| object.kind == kind && object.company == *company;
    let last = objects.iter().rfind(ours);
    last.filter(|object| is_removed_by_person(object) || object.removal == Some(Removal::Unlinked))
}

fn is_removed_by_person(object: &Object) -> bool {
    matches!(object.removal, Some(Removal::VoidedInQuickbooks | Removal::DeletedInQuickbooks))
}
