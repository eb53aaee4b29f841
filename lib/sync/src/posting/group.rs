//! The writes of several postings that go out in one call: each stores its intent, then joins; the last one to join stores
//! the batch, sends it and hands everyone their answer.

use std::cell::RefCell;
use std::rc::Rc;

use domain::batch::{Batch, Member, Place};
use domain::posting::PostingKey;
use domain::reason::Failure;
use jiff::Timestamp;
use quickbooks::{Access, BatchAnswer, Class, Client, ItemId, RequestId, Write};
use tokio::sync::Notify;
use uuid::Uuid;

use super::apply::Stop;
use super::session::Session;
use crate::governor::Kind;
use crate::{Error, chain};

/// The most of an answer that is stored with its batch, so that both stay below what an item may weigh.
pub(super) const ANSWER_BYTES_AT_MOST: usize = 240_000;

/// Postings whose writes go in one batch.
pub(super) struct Group {
    id: Uuid,
    round: RefCell<Round>,
    changed: Notify,
}

struct Round {
    /// How many have not given up.
    expected: usize,
    joined: Vec<Joined>,
    is_led: bool,
    outcome: Option<Outcome>,
}

/// A write whose intent is stored.
#[derive(Clone)]
struct Joined {
    number: usize,
    posting: PostingKey,
    item: ItemId,
    write: Write,
}

/// What became of the batch.
#[derive(Clone)]
enum Outcome {
    /// QuickBooks says what became of each.
    Answered(Rc<BatchAnswer>),
    /// QuickBooks says it of all, or does not say it.
    Failed(Rc<quickbooks::Error>),
    /// It was not sent, since the invocation ends.
    OutOfTime,
    /// It was not sent, since the company is called as often as it may be.
    TooOften(Timestamp),
    /// It was not sent, or refused at the door.
    Waits(Failure),
    /// It was not sent, since it could not be stored.
    NotStored,
    /// It must not be sent: somebody else took over.
    Disowned,
    /// Whoever sent it is gone, and with it the answer.
    Lost,
}

/// A place in a group. Who does not join gives it up by dropping it.
pub(super) struct Spot {
    group: Rc<Group>,
    number: usize,
    item: ItemId,
    has_joined: bool,
}

impl Group {
    /// A group of so many, each with its place.
    pub(super) fn of(size: usize) -> Vec<Spot> {
        let round = Round { expected: size, joined: Vec::new(), is_led: false, outcome: None };
        let (round, changed) = (RefCell::new(round), Notify::new());
        let group = Rc::new(Group { id: Uuid::new_v4(), round, changed });
        let spot = |number: usize| {
            let item = ItemId::new(number.to_string()).expect("a short number is an item's id");
            Spot { group: Rc::clone(&group), number, item, has_joined: false }
        };
        (1..=size).map(spot).collect()
    }

    fn end(&self, outcome: Outcome) {
        self.round.borrow_mut().outcome.get_or_insert(outcome);
        self.changed.notify_waiters();
    }
}

impl Spot {
    /// What the intent says about it.
    pub(super) fn place(&self) -> Place {
        Place { batch: self.group.id.to_string(), item: self.item.to_string() }
    }

    fn join(&mut self, posting: &PostingKey, write: &Write) {
        self.has_joined = true;
        let joined = Joined {
            number: self.number,
            posting: posting.clone(),
            item: self.item.clone(),
            write: write.clone(),
        };
        self.group.round.borrow_mut().joined.push(joined);
        self.group.changed.notify_waiters();
    }

    /// Waits for the outcome. `None`: everyone has joined, and this one sends for all.
    async fn outcome(&self) -> Option<Outcome> {
        loop {
            let changed = self.group.changed.notified();
            {
                let mut round = self.group.round.borrow_mut();
                if let Some(outcome) = &round.outcome {
                    return Some(outcome.clone());
                }
                if !round.is_led && round.joined.len() == round.expected {
                    round.is_led = true;
                    return None;
                }
            }
            changed.await;
        }
    }
}

impl Drop for Spot {
    fn drop(&mut self) {
        if !self.has_joined {
            self.group.round.borrow_mut().expected -= 1;
            self.group.changed.notify_waiters();
        }
    }
}

/// Whoever waits for one who sent the batch and is gone is told so.
struct Leading<'a>(&'a Group);

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        self.0.end(Outcome::Lost);
    }
}

impl Session<'_> {
    /// Sends the write in flight together with those of the group.
    pub(super) async fn send_together(
        &mut self,
        mut spot: Spot,
        write: &Write,
    ) -> Result<(), Stop> {
        spot.join(self.key, write);
        let outcome = match spot.outcome().await {
            Some(outcome) => outcome,
            None => self.lead(&spot.group).await,
        };
        match outcome {
            Outcome::Answered(answer) => match answer.of(&spot.item, write) {
                Ok(object) => self.answered(&object),
                Err(error) => self.refused(&error).await,
            },
            Outcome::Failed(error) if is_about_the_batch(error.class()) => {
                // Whichever write is to blame, the others are not: each goes alone.
                self.posting.in_flight = None;
                self.goes_alone = true;
                Ok(())
            }
            Outcome::Failed(error) => self.refused(&error).await,
            Outcome::OutOfTime => self.was_not_sent(Stop::OutOfTime),
            Outcome::TooOften(until) => self.was_not_sent(Stop::TooOften(until)),
            Outcome::Waits(failure) => self.was_not_sent(failure.into()),
            Outcome::NotStored => {
                let why = "a batch could not be stored";
                self.was_not_sent(Error::Unavailable("the table", why.into()).into())
            }
            Outcome::Disowned => Err(Stop::Lost),
            Outcome::Lost => Err(Failure::no_answer().into()),
        }
    }

    fn was_not_sent(&mut self, stop: Stop) -> Result<(), Stop> {
        self.posting.in_flight = None;
        Err(stop)
    }

    /// Stores the batch, sends it, and tells the group what became of it.
    async fn lead(&mut self, group: &Group) -> Outcome {
        let leading = Leading(group);
        let outcome = self.send_batch(group).await;
        group.end(outcome.clone());
        drop(leading);
        outcome
    }

    async fn send_batch(&mut self, group: &Group) -> Outcome {
        let mut joined = group.round.borrow().joined.clone();
        // In the order in which they came, whoever was ready first.
        joined.sort_by_key(|joined| joined.number);
        let request_id =
            RequestId::new(group.id.to_string()).expect("a UUID has 36 safe characters");
        let items = joined.iter().map(|joined| (&joined.item, &joined.write));
        let request = match quickbooks::Batch::new(request_id, items) {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(tenant = %self.tenant, %error, "a batch could not be built");
                return Outcome::NotStored;
            }
        };
        let ready = match self.ready_to_call(Kind::Batch).await {
            Ok(ready) => ready,
            Err(stop) => return Outcome::of(stop),
        };
        let members = joined.iter().map(|joined| Member {
            posting: joined.posting.clone(),
            item: joined.item.to_string(),
        });
        let batch = Batch::new(
            group.id.to_string(),
            self.connection.company.id.clone(),
            members.collect(),
            serde_json::to_string(&request).expect("a batch is plain text and serializes"),
            self.app.clock.now(),
        );
        match self.app.table.write_batch(self.tenant, &batch).await {
            Ok(true) => {}
            Ok(false) => return Outcome::Disowned,
            Err(error) => {
                tracing::warn!(tenant = %self.tenant, error = chain(&error), "a batch could not be stored");
                return Outcome::NotStored;
            }
        }
        let batch_call =
            async |client: &Client, access: &Access| client.batch(access, &request).await;
        let sent = self.call_when(ready, Kind::Batch, batch_call).await;
        let answer = match sent {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                if let Class::Throttled { retry_after } = error.class()
                    && let Err(error) = self.pause(retry_after).await
                {
                    tracing::warn!(tenant = %self.tenant, error = chain(&error), "a pause could not be stored");
                }
                return Outcome::Failed(Rc::new(error));
            }
            Err(stop) => return Outcome::of(stop),
        };
        let is_unknown = |joined: &Joined| {
            let own = answer.of(&joined.item, &joined.write);
            own.is_err_and(|error| error.class() == Class::Uncertain)
        };
        // What others are told leads to new writes. Whoever does not know what became of its own must not send theirs again.
        if joined.iter().any(is_unknown) && !self.store_answer(&batch, &answer).await {
            return Outcome::Lost;
        }
        Outcome::Answered(Rc::new(answer))
    }

    /// Keeps the answer with its batch, or, if it is too long, that it must not be sent again.
    pub(super) async fn store_answer(&self, batch: &Batch, answer: &BatchAnswer) -> bool {
        let text = serde_json::to_string(answer).expect("an answer was JSON and is again");
        let kept = text.len() <= ANSWER_BYTES_AT_MOST;
        let next = if kept { batch.answered(text) } else { batch.closed() };
        match self.app.table.write_batch(self.tenant, &next).await {
            Ok(stored) => stored,
            Err(error) => {
                tracing::warn!(tenant = %self.tenant, error = chain(&error), "an answer could not be stored");
                false
            }
        }
    }
}

impl Outcome {
    fn of(stop: Stop) -> Self {
        match stop {
            Stop::OutOfTime => Self::OutOfTime,
            Stop::TooOften(until) => Self::TooOften(until),
            Stop::Failed(failure) => Self::Waits(failure),
            Stop::Lost | Stop::Skipped(_) | Stop::Held(_) | Stop::Error(_) => {
                Self::Waits(Failure::quickbooks_unavailable())
            }
        }
    }
}

/// Whether a refusal of a batch as a whole says that it is wrong, so that each write has to go alone to find out which.
fn is_about_the_batch(class: Class) -> bool {
    match class {
        Class::Throttled { .. }
        | Class::Uncertain
        | Class::Unavailable
        | Class::TokenExpired
        | Class::Reconnect
        | Class::CompanyUnavailable => false,
        Class::StaleObject
        | Class::DuplicateName
        | Class::DuplicateNumber
        | Class::NotFound
        | Class::InactiveReference
        | Class::BooksClosed
        | Class::Frozen
        | Class::Rejected => true,
    }
}

#[cfg(test)]
mod tests;
