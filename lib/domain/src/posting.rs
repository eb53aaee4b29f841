//! The posting: the durable state of one record under one workflow, and what an arriving event means for it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, HostId, ObjectId};
use crate::ledger::{Object, ObjectKind, Removal};
use crate::link::LinkKey;
use crate::name::Change;
use crate::reason::Reason;
use crate::record::{Record, RecordKind};

/// Layout of the stored posting that this code writes.
pub const SCHEMA: u32 = 1;

/// A customer's choice of how one kind of record is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Workflow {
    /// Agents' bills become invoices, their payments payments.
    AgentBilling,
}

impl Workflow {
    /// The word used in keys and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AgentBilling => "agent_billing",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        (text == Self::AgentBilling.as_str()).then_some(Self::AgentBilling)
    }
}

/// Names one posting of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostingKey {
    /// The workflow.
    pub workflow: Workflow,
    /// The kind of record.
    pub record: RecordKind,
    /// The host's id of the record.
    pub id: HostId,
}

impl PostingKey {
    /// A posting key.
    pub fn new(workflow: Workflow, record: RecordKind, id: HostId) -> Self {
        Self { workflow, record, id }
    }

    /// The key as one text, in which no part can be mistaken for another.
    pub fn as_text(&self) -> String {
        format!("{}#{}#{}", self.workflow.as_str(), self.record.as_str(), self.id)
    }

    /// Reads [`PostingKey::as_text`] back.
    pub fn parse(text: &str) -> Option<Self> {
        let (workflow, rest) = text.split_once('#')?;
        let (record, id) = rest.split_once('#')?;
        Some(Self::new(
            Workflow::parse(workflow)?,
            RecordKind::parse(record)?,
            HostId::parse(id).ok()?,
        ))
    }
}

/// Where a posting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Known only because another posting waits for it.
    Expected,
    /// Auto-sync is off; waits for a person.
    Held,
    /// Waits for time, in the queue.
    Queued,
    /// Being written to QuickBooks.
    Posting,
    /// QuickBooks matches the record.
    Posted,
    /// Waits for a condition.
    Blocked,
    /// QuickBooks or ledgerbridge refused it; waits for a change or a person.
    Rejected,
    /// A rule says it is not to be posted.
    Skipped,
}

impl State {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Posting => "posting",
            Self::Posted => "posted",
            Self::Blocked => "blocked",
            Self::Rejected => "rejected",
            Self::Skipped => "skipped",
        }
    }
}

/// What an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A document was made.
    Created,
    /// A document was changed.
    Updated,
    /// A document was voided.
    Voided,
    /// QuickBooks matched already.
    Unchanged,
    /// A newer version was known already.
    Superseded,
}

impl Outcome {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Voided => "voided",
            Self::Unchanged => "unchanged",
            Self::Superseded => "superseded",
        }
    }
}

/// What a blocked posting waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// A working connection.
    Connection,
    /// A connection to this company.
    Company(CompanyId),
    /// A choice in the settings.
    Settings,
    /// Another posting.
    Posting(PostingKey),
    /// A usable QuickBooks object behind a link; cleared by a person who retries or relinks.
    Mapping,
    /// An open accounting period; cleared by a person who retries.
    Period,
}

impl Condition {
    /// The condition as one text, used in keys.
    pub fn as_text(&self) -> String {
        match self {
            Self::Connection => "connection".to_owned(),
            Self::Company(id) => format!("company#{id}"),
            Self::Settings => "settings".to_owned(),
            Self::Posting(key) => format!("posting#{}", key.as_text()),
            Self::Mapping => "mapping".to_owned(),
            Self::Period => "period".to_owned(),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_text())
    }
}

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

/// Why a posting is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The host sent the record.
    Record,
    /// A person asked for it.
    Person,
    /// The queue brought it: time has passed or a condition cleared.
    Queue,
}

/// What an arriving event means for a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Plan it and bring QuickBooks in line.
    Proceed,
    /// QuickBooks matches already.
    Unchanged,
    /// A newer version is known.
    Superseded,
    /// The version is known with other content.
    VersionReused,
    /// Someone else works on it; whoever that is has to see this record too.
    Busy,
    /// It was refused, and nothing has changed since.
    StillRejected,
}

/// What arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The record that came with the event; absent when it concerns what is stored.
    pub record: Option<&'a Record>,
    /// Why.
    pub cause: Cause,
    /// Which invocation asks.
    pub owner: &'a str,
    /// The fingerprint that the newest record has now; absent while there is no company.
    pub fingerprint: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

/// Decides what an event means. `posting` is what is stored, if anything.
pub fn judge(posting: Option<&Posting>, arrival: &Arrival<'_>) -> Verdict {
    let Some(posting) = posting else { return Verdict::Proceed };
    let mut newer = false;
    if let (Some(new), Some(known)) = (arrival.record, &posting.record) {
        match new.version().cmp(&known.version()) {
            std::cmp::Ordering::Less => return Verdict::Superseded,
            std::cmp::Ordering::Equal if new.voids(known) => newer = true,
            std::cmp::Ordering::Equal if new != known => return Verdict::VersionReused,
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => newer = true,
        }
    }
    if posting.is_leased(arrival.owner, arrival.now) {
        return Verdict::Busy;
    }
    if newer || posting.in_flight.is_some() {
        return Verdict::Proceed;
    }
    let same = posting
        .posted
        .as_ref()
        .is_some_and(|posted| Some(posted.fingerprint.as_str()) == arrival.fingerprint);
    let tried =
        arrival.fingerprint.is_some() && posting.attempted.as_deref() == arrival.fingerprint;
    match posting.state {
        State::Posted if same => Verdict::Unchanged,
        State::Rejected if tried && arrival.cause == Cause::Record => Verdict::StillRejected,
        _ => Verdict::Proceed,
    }
}

#[cfg(test)]
#[path = "posting_tests.rs"]
mod tests;
