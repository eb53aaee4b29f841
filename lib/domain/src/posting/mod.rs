//! The posting: the durable state of one record under one workflow.

mod judge;
mod key;
mod state;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, ObjectId};
use crate::ledger::{Object, ObjectKind, Removal};
use crate::link::LinkKey;
use crate::name::Change;
use crate::reason::Reason;
use crate::record::Record;

pub use judge::{Arrival, Cause, Verdict, judge};
pub use key::{Condition, PostingKey, Workflow};
pub use state::{Outcome, State};

/// Layout of the stored posting that this code writes.
pub const SCHEMA: u32 = 1;

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
    /// What was last brought into QuickBooks completely.
    pub posted: Option<Posted>,
    /// The objects in QuickBooks that belong to it.
    #[serde(default)]
    pub objects: Vec<Object>,
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
    /// What cleaning changed in the record.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// What a person should look at although it was posted.
    #[serde(default)]
    pub warnings: Vec<Reason>,
    /// Other postings wait for this one.
    #[serde(default)]
    pub awaited: bool,
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
    /// When it was first about to be sent.
    pub sent_at: Timestamp,
    /// When it was last about to be sent.
    pub last_sent_at: Timestamp,
    /// The request, byte for byte, in the terms of the back end.
    pub request: String,
}

impl InFlight {
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
    /// Whose it is.
    pub customer: ObjectId,
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
            schema: SCHEMA,
            key,
            revision: 0,
            state,
            record: None,
            posted: None,
            objects: Vec::new(),
            in_flight: None,
            lease: None,
            attempted: None,
            attempts: 0,
            reason: None,
            blocked_by: None,
            blocked_since: None,
            changes: Vec::new(),
            warnings: Vec::new(),
            awaited: false,
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

    /// A person asks for the record to be posted whatever happened: what was removed in QuickBooks is made again.
    pub fn allow_replacing(&mut self) {
        for object in &mut self.objects {
            if matches!(
                object.removal,
                Some(Removal::VoidedInQuickbooks | Removal::DeletedInQuickbooks)
            ) {
                object.removal = Some(Removal::Replaced);
            }
        }
    }

    /// Whether a person removed a document of it in QuickBooks, and nobody asked for it to be made again.
    pub fn was_removed_by_person(&self) -> bool {
        self.objects.iter().any(|object| {
            matches!(
                object.removal,
                Some(Removal::VoidedInQuickbooks | Removal::DeletedInQuickbooks)
            )
        })
    }

    /// Whether someone else works on it at `now`.
    pub fn is_leased(&self, owner: &str, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.owner != owner && lease.until > now)
    }
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
    let by_person = |object: &&Object| {
        matches!(object.removal, Some(Removal::VoidedInQuickbooks | Removal::DeletedInQuickbooks))
    };
    let ours = |object: &&Object| object.kind == kind && object.company == *company;
    let last = objects.iter().rfind(ours);
    last.filter(by_person)
}
