//! Storing why a posting waits, was refused or is not to be posted, and making sure that something brings it back.

use aws::table::{Extras, Guard, WriteError};
use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::posting::{Cause, Condition, Posting, State};
use domain::reason::{Class, Failure, Reason};

use super::Run;
use super::apply::Stop;
use super::session::Session;
use super::store::Stored;
use crate::{App, Error, delivery, wake};

impl Session<'_> {
    /// Stores a failure. `None`: the posting or its condition changed meanwhile, look again.
    pub(super) async fn settle(self: Box<Self>, failure: Failure) -> Result<Option<Run>, Error> {
        let Failure { class, reason, condition } = failure;
        if let Some(condition) = condition {
            return self.block(reason, &condition).await;
        }
        match class {
            Class::Throttled => {
                let seconds = self.pause_left();
                self.wait_for_time(reason, seconds).await
            }
            Class::Retryable => self.try_again(reason).await,
            Class::Rejected | Class::NeedsMapping | Class::NeedsReconnect => {
                self.refuse(State::Rejected, reason, false).await
            }
        }
    }

    /// Stores that the record is not to be posted, by a rule or until a person asks for it.
    pub(super) async fn rest(
        self: Box<Self>,
        state: State,
        reason: Reason,
    ) -> Result<Option<Run>, Error> {
        self.refuse(state, reason, false).await
    }

    /// Waits for a condition. The guard makes "not met yet" and "waits for it" one write, so that no wake-up is missed.
    async fn block(
        mut self: Box<Self>,
        reason: Reason,
        condition: &Condition,
    ) -> Result<Option<Run>, Error> {
        let now = self.app.clock.now();
        let guard = match condition {
            Condition::Connection => Guard::NotConnected,
            Condition::Company(id) => Guard::NotConnectedTo(id.clone()),
            Condition::Settings => Guard::SettingsRevision(self.facts.settings.revision),
            Condition::Posting(key) => {
                let known = self.facts.parents.get(&**key).cloned();
                let mut parent =
                    known.unwrap_or_else(|| Posting::new((**key).clone(), State::Expected, now));
                let stored_revision = parent.revision;
                if parent.note_awaited() {
                    parent.revision += 1;
                }
                Guard::Parent { parent: Box::new(parent), stored_revision }
            }
            Condition::Mapping => self.links_as_they_are(),
            Condition::Period => Guard::Books {
                company: self.connection.company.id.clone(),
                closed_through: self.connection.company.books.closed_through,
            },
            // Only payments on bills are pulled.
            Condition::BillPayment => self.taken_back.map_or(Guard::None, |count| {
                let company = self.connection.company.id.clone();
                Guard::PaymentsTakenBack { company, count }
            }),
        };
        // Each wait has a place of its own: whoever wakes an earlier one must not forget this one.
        let looked = !matches!(
            condition,
            Condition::Connection | Condition::Company(_) | Condition::Settings
        );
        self.posting.wish.looks_first &= !looked;
        self.posting.blocked_since = Some(now);
        self.posting.blocked_by = Some(condition.as_text());
        self.posting.state = State::Blocked;
        self.posting.reason = Some(reason);
        let stored = self.store_end(Extras { wait: Some(&guard), ..Extras::default() }).await;
        self.ended(stored, true, None, false).await
    }

    /// A person who links something else meanwhile wakes what waits by then, so nothing may begin to wait after that.
    fn links_as_they_are(&self) -> Guard {
        let written = self.pending_link.as_ref().map(|link| &link.key);
        let links = self.facts.links.iter().filter(|(key, _)| Some(*key) != written);
        Guard::Links {
            company: self.connection.company.id.clone(),
            links: links
                .take(Guard::MOST_LINKS)
                .map(|(key, object)| {
                    let broken = self.facts.broken_links.contains_key(key);
                    (key.clone(), object.clone(), broken)
                })
                .collect(),
        }
    }

    async fn try_again(mut self: Box<Self>, reason: Reason) -> Result<Option<Run>, Error> {
        if let Some(meeting) = self.meeting().filter(|_| reason.is_an_outage())
            && !meeting.counts_an_outage()
        {
            // One that is worked on beside this one spent its attempt on it, as if it had been tried first and alone.
            let attempts = self.posting.attempts.max(1);
            let seconds = self.app.policy.wait_seconds(attempts, self.app.clock.random());
            return self.wait_for_time(reason, seconds).await;
        }
        if !self.repeats_a_queued_one() {
            self.posting.attempts += 1;
        }
        let attempts = self.posting.attempts;
        if !self.app.policy.allows_another(attempts) {
            let failure = Failure::attempts_exhausted(&reason, attempts);
            return self.refuse(State::Rejected, failure.reason, true).await;
        }
        let seconds = self.app.policy.wait_seconds(attempts, self.app.clock.random());
        self.wait_for_time(reason, seconds).await
    }

    /// Back into the queue. The message goes first: one too many does no harm, one too few loses the record.
    pub(super) async fn wait_for_time(
        mut self: Box<Self>,
        reason: Reason,
        seconds: u32,
    ) -> Result<Option<Run>, Error> {
        if self.cause != Cause::Queue && !self.repeats_a_queued_one() {
            // Stored first, so that the message, should it be faster than the end of this, finds somebody at work.
            if !self.owns_stored_lease() {
                match self.store_intent().await {
                    Ok(Stored::Yes) => {}
                    stored => return self.ended(stored, true, None, false).await,
                }
            }
            delivery::enqueue(self.app, self.tenant, &self.posting).await?;
        }
        self.posting.state = State::Queued;
        self.posting.reason = Some(reason);
        self.clear_condition();
        let stored = self.store_end(Extras::default()).await;
        self.ended(stored, true, Some(seconds), false).await
    }

    /// The host sends again what waits in the queue: its message is there, and a host that is impatient spends no attempts.
    fn repeats_a_queued_one(&self) -> bool {
        self.cause == Cause::Record && self.before.0 == State::Queued
    }

    async fn refuse(
        mut self: Box<Self>,
        state: State,
        reason: Reason,
        exhausted: bool,
    ) -> Result<Option<Run>, Error> {
        let description = format!("{} {}", reason.message, reason.remedy);
        let now = self.app.clock.now();
        let line =
            HistoryLine::about_record(now, self.key, self.version, state.as_str(), description);
        // What is held or left out for the same reason as before is no news.
        let is_news = state == State::Rejected || self.before != (state, Some(reason.code.clone()));
        self.posting.state = state;
        self.posting.reason = Some(reason);
        self.posting.wish = self.posting.wish.answered();
        self.clear_condition();
        self.posting.awaited_at_rest &= !is_news;
        let history = is_news.then_some(&line);
        let stored = self.store_end(Extras { history, ..Extras::default() }).await;
        if matches!(stored, Ok(Stored::Yes)) && self.posting.must_wake() {
            wake::dependents(self.app, self.tenant, &mut self.posting).await?;
        }
        self.ended(stored, false, None, exhausted).await
    }

    async fn ended(
        mut self: Box<Self>,
        stored: Result<Stored, Stop>,
        waits: bool,
        again_seconds: Option<u32>,
        exhausted: bool,
    ) -> Result<Option<Run>, Error> {
        let stored = match stored {
            Ok(Stored::Yes) => {
                let answer = self.answer(None, waits);
                return Ok(Some(Run { answer, again_seconds, exhausted }));
            }
            Ok(Stored::Cleared | Stored::NewerRecord | Stored::LinkTaken) => {
                self.store_without_end().await
            }
            Err(stop) => Err(stop),
        };
        match stored {
            Err(Stop::Error(error)) => Err(error),
            Ok(())
            | Err(
                Stop::Lost
                | Stop::OutOfTime
                | Stop::TooOften(_)
                | Stop::Failed(_)
                | Stop::Skipped(_)
                | Stop::Held(_),
            ) => Ok(None),
        }
    }

    pub(super) fn clear_condition(&mut self) {
        self.posting.blocked_by = None;
        self.posting.blocked_since = None;
    }

    fn pause_left(&self) -> u32 {
        let now = self.app.clock.now();
        let left = self.connection.pause(now).map(|until| until.duration_since(now).as_secs() + 1);
        left.and_then(|left| u32::try_from(left).ok()).unwrap_or(self.app.throttle_pause_seconds)
    }
}

/// A record that arrives before any company was connected waits for one. `None`: look again.
pub(super) async fn never_connected(
    app: &App,
    tenant: &TenantId,
    mut posting: Posting,
) -> Result<Option<Posting>, Error> {
    let now = app.clock.now();
    let failure = Failure::not_connected();
    posting.state = State::Blocked;
    posting.reason = Some(failure.reason);
    posting.blocked_by = Some(Condition::Connection.as_text());
    posting.blocked_since = Some(now);
    posting.touch(now);
    let extras = Extras { wait: Some(&Guard::NotConnected), ..Extras::default() };
    match app.table.write_posting(tenant, &posting, extras).await {
        Ok(()) => Ok(Some(posting)),
        Err(WriteError::Table(error)) => Err(error.into()),
        Err(WriteError::Conflict(_) | WriteError::LinkTaken(_) | WriteError::Cleared) => Ok(None),
    }
}
