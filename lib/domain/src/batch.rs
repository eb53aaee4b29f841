//! The writes of several postings that go out in one call: what is stored of it before it is sent, and how a posting whose
//! answer is unknown is settled afterwards.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::CompanyId;
use crate::posting::{InFlight, Lease, PostingKey};

/// Layout of the stored batch that this code writes.
pub const SCHEMA: u32 = 1;

/// How long a request may be repeated under its `requestid`. Intuit does not say how long it remembers.
pub const REPLAY_WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// QuickBooks works on a request for at most two minutes; one sent longer ago than this is done or never will be.
pub const EXECUTION_LIMIT: SignedDuration = SignedDuration::from_mins(4);

/// How long a batch is kept. Until a day before that, one that is not there was never sent.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
const SURELY_KEPT: SignedDuration = SignedDuration::from_hours(29 * 24);

/// One call with the writes of several postings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Layout of this stored item.
    pub schema: u32,
    /// Its name, also the `requestid` under which it is sent.
    pub id: String,
    /// The company it goes to.
    pub company: CompanyId,
    /// Whose writes they are, in their order.
    pub members: Vec<Member>,
    /// The request, byte for byte, in the terms of the back end.
    pub request: String,
    /// Counts the writes; every write compares it.
    pub revision: u64,
    /// Whether it may be sent.
    pub standing: Standing,
    /// When it was first about to be sent.
    pub sent_at: Timestamp,
    /// When it was last about to be sent.
    pub last_sent_at: Timestamp,
    /// Who sends it again right now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeating: Option<Lease>,
    /// What was answered, in the terms of the back end. Stored only where somebody has to settle by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// DynamoDB deletes the item some time after this.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub expires_at: Timestamp,
}

/// One posting's write in a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The posting.
    pub posting: PostingKey,
    /// Under which name its write goes.
    pub item: String,
}

/// Whether a batch may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It may be sent, and once more as long as nobody knows what came of it.
    Open,
    /// It was sent and may not be sent again: some of its postings have been settled without it.
    Closed,
    /// It must never be sent: a posting that should have gone with it has been planned again.
    NeverSent,
}

/// In which batch a posting's write goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The batch's name.
    pub batch: String,
    /// The write's name in it.
    pub item: String,
}

impl Batch {
    /// A batch that is about to be sent.
    pub fn new(
        id: String,
        company: CompanyId,
        members: Vec<Member>,
        request: String,
        now: Timestamp,
    ) -> Self {
        let standing = Standing::Open;
        Self {
            schema: SCHEMA,
            id,
            company,
            members,
            request,
            revision: 1,
            standing,
            sent_at: now,
            last_sent_at: now,
            repeating: None,
            answer: None,
            expires_at: to_the_second(now + KEPT),
        }
    }

    /// What is stored in the place of a batch that was not there, so that it never will be.
    pub fn never_sent(id: String, company: CompanyId, now: Timestamp) -> Self {
        let standing = Standing::NeverSent;
        Self { standing, ..Self::new(id, company, Vec::new(), String::new(), now) }
    }

    /// As it is after it was closed.
    pub fn closed(&self) -> Self {
        let standing = Standing::Closed;
        Self { standing, repeating: None, revision: self.revision + 1, ..self.clone() }
    }

    /// As it is while `owner` sends it again.
    pub fn repeated_by(&self, owner: &str, until: Timestamp, now: Timestamp) -> Self {
        let repeating = Some(Lease { owner: owner.to_owned(), until });
        Self { repeating, last_sent_at: now, revision: self.revision + 1, ..self.clone() }
    }

    /// As it is when what was sent again brought no answer that settles anything.
    pub fn unanswered(&self) -> Self {
        Self { repeating: None, revision: self.revision + 1, ..self.clone() }
    }

    /// As it is with its answer.
    pub fn answered(&self, answer: String) -> Self {
        Self { answer: Some(answer), ..self.unanswered() }
    }

    /// Whether it may be sent again, as far as the batch itself says: nobody knows what came of it, and QuickBooks still
    /// knows its `requestid`.
    pub fn may_be_repeated(&self, now: Timestamp) -> bool {
        let unknown = self.standing == Standing::Open && self.answer.is_none();
        unknown && now < self.sent_at + REPLAY_WINDOW
    }

    fn names(&self, place: &Place) -> bool {
        self.members.iter().any(|member| member.item == place.item)
    }

    fn is_repeated_by_another(&self, owner: &str, now: Timestamp) -> bool {
        self.repeating.as_ref().is_some_and(|lease| lease.owner != owner && lease.until > now)
    }
}

/// What a stored answer says of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// There is no answer, or it says nothing of this write.
    Nothing,
    /// It was performed.
    Done,
    /// It was refused, by an answer that may be that to a repetition.
    Refused,
}

/// What to do about a posting whose write went in a batch, before QuickBooks is asked anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// The batch was never sent. Make sure that it never will be, then plan again.
    Disown,
    /// This write was never sent: plan again.
    PlanAgain,
    /// Go on with what the stored answer says.
    Take,
    /// Look for what was written.
    Search,
}

/// Decides by what is stored. `batch` is what was found under the name in `place`.
pub fn first(
    batch: Option<&Batch>,
    place: &Place,
    intent: &InFlight,
    said: Said,
    now: Timestamp,
) -> First {
    let Some(batch) = batch else {
        // Later it may have been sent and forgotten.
        let kept = now < intent.sent_at + SURELY_KEPT;
        return if kept { First::Disown } else { First::Search };
    };
    if batch.standing == Standing::NeverSent || !batch.names(place) {
        return First::PlanAgain;
    }
    match said {
        Said::Done => First::Take,
        // A refused repetition says nothing about the first time, where that can be looked for.
        Said::Refused if intent.search.is_none() => First::Take,
        Said::Refused | Said::Nothing => First::Search,
    }
}

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// This posting's document is there.
    pub own: bool,
    /// A document of any posting of the batch is there.
    pub any: bool,
    /// Every posting of the batch still waits for its answer. Otherwise one was settled, and what it sent must not be sent
    /// again behind its back.
    pub all_wait: bool,
}

/// What to do about a posting whose write went in a batch, after a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Its document is there: close the batch and take it.
    Adopt,
    /// Send the same batch again, for all of its postings.
    Repeat,
    /// It is certain that nothing came of it: close the batch and plan again.
    PlanAgain,
    /// Too early to know.
    Wait,
}

/// Decides by what was found. Only a batch of which nothing is there is sent again: what is there shows that it was
/// performed, as far as it was.
pub fn then(
    batch: Option<&Batch>,
    found: Found,
    intent: &InFlight,
    owner: &str,
    now: Timestamp,
) -> Then {
    if found.own {
        return Then::Adopt;
    }
    let Some(batch) = batch else { return Then::PlanAgain };
    if batch.is_repeated_by_another(owner, now) {
        return Then::Wait;
    }
    if batch.may_be_repeated(now) && !found.any && found.all_wait {
        return Then::Repeat;
    }
    let last = batch.last_sent_at.max(intent.last_sent_at);
    if now < last + EXECUTION_LIMIT { Then::Wait } else { Then::PlanAgain }
}

/// As DynamoDB wants it, so that what is read back equals what was written.
fn to_the_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).expect("cutting a valid time leaves it valid")
}

#[cfg(test)]
mod tests;
