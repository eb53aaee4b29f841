//! The one loop that writes to QuickBooks: plan, store what is about to be sent, send it, take in the answer, plan again.
//!
//! Each write of the table stores the last answer together with the next request, so n steps cost n + 1 writes. A
//! crash anywhere leaves either nothing sent, or one request stored that the next attempt settles (`resolve`).

use aws::table::Extras;
use domain::fingerprint;
use domain::history::HistoryLine;
use domain::ledger::{Object, Removal, Step, Trace};
use domain::link::{ListKind, Origin};
use domain::name::{self, Change};
use domain::plan::{self, Plan, Planned};
use domain::posting::{Cause, InFlight, Outcome, PlannedLink, Posted, PostingKey, Search, State};
use domain::reason::{Failure, Reason};
use domain::record::{Record, Share};
use jiff::Timestamp;

use super::Run;
use super::group::Spot;
use super::session::Session;
use super::store::Stored;
use crate::governor::seconds_until;
use crate::{Error, delivery, quickbooks_online as back_end, wake};

/// A plan has at most a customer, a payment method, 500 items and two documents; some room for replanning.
const STEPS_AT_MOST: usize = 600;

/// Attempts after which a posting writes alone: should it be to blame that batches bring no answer, its neighbours are not
/// held up by it.
const FAILED_TOGETHER: u32 = 2;

/// Why the loop ends before QuickBooks matches.
#[derive(Debug)]
pub(super) enum Stop {
    /// Another invocation owns the posting now.
    Lost,
    /// The posting waits or is refused.
    Failed(Failure),
    /// A rule says that the record is not to be posted.
    Skipped(Reason),
    /// A person has to ask for it.
    Held(Reason),
    /// This invocation has worked long enough; the queue goes on from here.
    OutOfTime,
    /// The company is called as often as it may be; the queue goes on then.
    TooOften(Timestamp),
    /// Something outside of the posting failed.
    Error(Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<aws::table::Error> for Stop {
    fn from(error: aws::table::Error) -> Self {
        Self::Error(error.into())
    }
}

impl Session<'_> {
    /// Brings QuickBooks in line with the record. `None`: someone else took over, look again.
    pub(super) async fn work(mut self: Box<Self>) -> Result<Option<Run>, Error> {
        let stop = match self.drive().await {
            Ok(()) => return self.finished().await.map(Some),
            Err(stop) => stop,
        };
        match stop {
            Stop::Lost => Ok(None),
            Stop::Error(error) => {
                if self.cause != Cause::Queue && self.owns_stored_lease() {
                    // The caller hears of the error and may not come back; the queue does.
                    let _ = delivery::enqueue(self.app, self.tenant, &self.posting).await;
                }
                Err(error)
            }
            Stop::Failed(failure) => self.settle(failure).await,
            Stop::Skipped(reason) => self.rest(State::Skipped, reason).await,
            Stop::Held(reason) => self.rest(State::Held, reason).await,
            Stop::OutOfTime => self.wait_for_time(Reason::queued(), 1).await,
            Stop::TooOften(until) => {
                let seconds = seconds_until(until, self.app.clock.now());
                self.wait_for_time(Reason::queued(), seconds).await
            }
        }
    }

    async fn drive(&mut self) -> Result<(), Stop> {
        if let Some(failure) = self.obstacle() {
            return Err(failure.into());
        }
        if self.posting.in_flight.is_some() {
            Box::pin(self.resolve()).await?;
        }
        self.look_again().await?;
        for _ in 0..STEPS_AT_MOST {
            if !self.app.has_time_for_a_call() {
                return Err(Stop::OutOfTime);
            }
            let record = self.posting.record.as_ref().expect("a session has a record");
            if record.version() != self.version {
                self.reload().await?;
                continue;
            }
            match plan::plan(record, &self.facts) {
                Planned::Fail(failure) => return Err(failure.into()),
                Planned::Skip(reason) => return Err(Stop::Skipped(reason)),
                Planned::Hold(reason) => return Err(Stop::Held(reason)),
                Planned::Lookup(lookups) => self.look_up(lookups).await?,
                Planned::Read(document) => self.look_at(&document).await?,
                Planned::LookAtBooks => {
                    self.look_at_books().await?;
                }
                Planned::Steps(Plan { steps, changes, settled }) => {
                    match steps.into_iter().next() {
                        Some(step) => self.perform(&step).await?,
                        None => {
                            for document in settled {
                                self.posting.remember(document);
                            }
                            if self.finish(changes).await? {
                                return Ok(());
                            }
                            self.facts.objects.clone_from(&self.posting.objects);
                        }
                    }
                }
            }
        }
        Err(Error::Internal("planning", "it does not come to an end".into()).into())
    }

    /// Stores the intent, then sends it.
    async fn perform(&mut self, step: &Step) -> Result<(), Stop> {
        if let Step::CreateEntry(entry) = step
            && !self.sees_to(std::slice::from_ref(&entry.key)).await
        {
            return Ok(());
        }
        let round = self.posting.revision + 1;
        let request_id =
            fingerprint::request_id(self.tenant, self.key, self.version, &step.name(), round);
        let now_there = step.target().and_then(|target| self.read.get(&target.id));
        let write = back_end::render(step, &self.facts.company, request_id, now_there);
        let link = match step {
            Step::CreateEntry(entry) => {
                Some(PlannedLink { key: entry.key.clone(), name: entry.name.clone() })
            }
            _ => None,
        };
        let spot = self.meet(&write).await?;
        let now = self.app.clock.now();
        self.posting.in_flight = Some(InFlight {
            step: step.name(),
            version: self.version,
            company: self.connection.company.id.clone(),
            object_kind: step.object_kind(),
            target: step.target().cloned(),
            link,
            search: self.search(step),
            content: step.content(),
            sent: step.sent(),
            edits: step.edits().to_vec(),
            sent_at: now,
            last_sent_at: now,
            request: serde_json::to_string(&write).expect("a write is plain text and serializes"),
            batch: spot.as_ref().map(Spot::place),
        });
        match self.store_intent().await? {
            Stored::Yes => match spot {
                Some(spot) => self.send_together(spot, &write).await,
                None => self.send(&write).await,
            },
            Stored::LinkTaken | Stored::Cleared | Stored::NewerRecord => {
                self.posting.in_flight = None;
                Ok(())
            }
        }
    }

    /// Waits until the postings that are worked on side by side all want to write. `None`: this one writes alone.
    async fn meet(&mut self, write: &quickbooks::Write) -> Result<Option<Spot>, Stop> {
        let alone = self.goes_alone || self.posting.attempts >= FAILED_TOGETHER;
        let Some(seat) = self.seat.clone().filter(|_| !alone) else { return Ok(None) };
        let spot = seat.meet(&self.connection.company.id, write).await;
        // Others may have taken their time.
        self.access().await?;
        Ok(spot)
    }

    fn search(&self, step: &Step) -> Option<Search> {
        let Step::Create(document) = step else { return None };
        let party = document.party().id().cloned();
        Some(Search { party, marker: self.facts.marker.clone() })
    }

    /// Sends what is stored as in flight.
    pub(super) async fn send(&mut self, write: &quickbooks::Write) -> Result<(), Stop> {
        match self.call(async |client, access| client.write(access, write).await).await {
            Ok(Ok(object)) => self.answered(&object),
            Ok(Err(error)) => self.refused(&error).await,
            Err(stop) => {
                // Without time or tokens nothing was sent, or it was refused at the door; a replay leaves the first one
                // open.
                let repeats = |step: &InFlight| step.last_sent_at > step.sent_at;
                if !self.posting.in_flight.as_ref().is_some_and(repeats) {
                    self.posting.in_flight = None;
                }
                Err(stop)
            }
        }
    }

    /// Takes in what QuickBooks has now. It is stored with the next intent, or with the end.
    pub(super) fn answered(&mut self, answer: &quickbooks::Object) -> Result<(), Stop> {
        let Some(in_flight) = self.posting.in_flight.take() else { return Ok(()) };
        self.posting.has_written = true;
        let removal = in_flight.removal();
        match in_flight.link {
            Some(planned) => {
                let id = back_end::object_id(&answer.id)
                    .ok_or_else(|| unreadable("an id of QuickBooks"))?;
                self.note_name(&planned);
                self.facts.links.insert(planned.key.clone(), id.clone());
                self.tell_link(&planned.key);
                let changed_at = back_end::changed_at(&answer.json);
                self.pending_link = Some(self.new_link(planned, id, Origin::Created, changed_at));
            }
            None => {
                let seen = back_end::read(answer, &in_flight.company, in_flight.object_kind);
                // The answer to a delete names the object and nothing else.
                let object = match (removal, &in_flight.target, seen) {
                    (Some(Removal::Deleted), Some(target), _) => target.clone(),
                    (_, _, Some(seen)) => written(seen, &in_flight),
                    _ => return Err(unreadable("an answer of QuickBooks").into()),
                };
                let content = in_flight.content;
                self.take_in(Object { removal, content, ..object });
            }
        }
        Ok(())
    }

    /// Tells people when an entry got another name than the record says.
    fn note_name(&mut self, planned: &PlannedLink) {
        let taken = self.names_taken.get(&planned.key).copied().unwrap_or(0);
        if taken == 0 {
            return;
        }
        self.posting.notes.push(name::Change {
            path: planned.key.kind.as_str().to_owned(),
            from: self.wanted_name(&planned.key).unwrap_or_default(),
            to: planned.name.clone(),
            why:
                "the name is already used in QuickBooks by a vendor, an employee or something else"
                    .to_owned(),
        });
    }

    /// Stores that QuickBooks matches. False: a newer record arrived meanwhile, go on with that one.
    async fn finish(&mut self, changes: Vec<Change>) -> Result<bool, Stop> {
        let now = self.app.clock.now();
        let record = self.posting.record.clone().expect("a session has a record");
        let company = self.connection.company.id.clone();
        let lives = |object: &Object| object.company == company && object.removal.is_none();
        let is_left = self.posting.objects.iter().any(lives);
        let outcome = match (is_left, &self.posting.posted) {
            (false, _) => Outcome::Voided,
            (_, None) => Outcome::Created,
            (_, Some(_)) if self.posting.has_written => Outcome::Updated,
            (_, Some(_)) => Outcome::Unchanged,
        };
        let has_written = std::mem::take(&mut self.posting.has_written);
        self.posting.state = State::Posted;
        self.posting.posted = Some(Posted {
            version: record.version(),
            fingerprint: plan::fingerprint(
                self.key,
                &record,
                &self.connection.company,
                &self.facts.settings,
            ),
            record: fingerprint::of(&record),
            at: now,
        });
        self.posting.attempted =
            self.posting.posted.as_ref().map(|posted| posted.fingerprint.clone());
        self.posting.warnings = plan::warnings(
            self.key,
            &record,
            &self.posting.objects,
            &self.connection.company,
            &self.facts.settings,
        );
        // Those about names are of the moment in which an entry was made, and stay.
        self.posting.notes.retain(|note| ListKind::parse(&note.path).is_some());
        self.posting.notes.extend(changes);
        self.posting.reason = None;
        self.posting.wish = self.posting.wish.answered();
        self.clear_condition();
        self.posting.attempts = 0;
        self.posting.awaited_at_rest = false;
        let description = describe(&record, outcome, self.key);
        let here = self.posting.objects.iter().filter(|object| object.company == company);
        let objects = here.map(|object| Object { trace: None, ..object.clone() }).collect();
        let line = HistoryLine::about_record(
            now,
            self.key,
            record.version(),
            outcome.as_str(),
            description,
        );
        let line = HistoryLine { objects, ..line };
        let stored = self.store_end(Extras { history: Some(&line), ..Extras::default() }).await?;
        self.outcome = Some(outcome);
        let is_over = stored == Stored::Yes;
        self.posting.has_written = has_written && !is_over;
        Ok(is_over)
    }

    async fn finished(mut self: Box<Self>) -> Result<Run, Error> {
        if self.posting.must_wake() {
            wake::dependents(self.app, self.tenant, &mut self.posting).await?;
        }
        let answer = self.answer(self.outcome, false);
        Ok(Run { answer, again_seconds: None, exhausted: false })
    }
}

/// A document as QuickBooks answers it, with what is to be remembered of its being written.
pub(super) fn written(seen: back_end::Seen, in_flight: &InFlight) -> Object {
    let before = in_flight.target.as_ref().and_then(|target| target.trace.as_ref());
    let token = &seen.object.sync_token;
    let trace = in_flight.sent.clone().map(|sent| Trace::after(sent, &seen.says, token, before));
    Object { trace, edits: in_flight.edits.clone(), ..seen.object }
}

/// Written but not understood: the next attempt finds it by its marker.
fn unreadable(what: &'static str) -> Error {
    Error::Unavailable(what, "it lacks an id or a sync token".into())
}

fn describe(record: &Record, outcome: Outcome, key: &PostingKey) -> String {
    let id = key.id.as_str();
    let what = match record {
        Record::Bill(bill) => format!(
            "Bill {} of {} {}",
            bill.number.as_deref().unwrap_or(id),
            bill.currency.format(bill.total()),
            bill.currency
        ),
        Record::Payment(payment) => format!(
            "Payment {id} of {} {}",
            payment.currency.format(payment.amount),
            payment.currency
        ),
        Record::Disbursement(disbursement) => {
            let currency = &disbursement.currency;
            let number = disbursement.number.as_deref().unwrap_or(id);
            let (part, total) = match &key.payee {
                None => ("Income".to_owned(), disbursement.income()),
                Some(payee) => {
                    let named = |share: &Share| {
                        let party = share.payee.as_ref().filter(|party| party.id == *payee);
                        party.map(|party| party.name.clone())
                    };
                    let name = disbursement.shares.iter().find_map(named);
                    let name = name.unwrap_or_else(|| payee.to_string());
                    (format!("Expense for {name}"), disbursement.net_of(payee))
                }
            };
            format!("{part} of disbursement {number} of {} {currency}", currency.format(total))
        }
    };
    match outcome {
        Outcome::Created => format!("{what} was created in QuickBooks."),
        Outcome::Updated => format!("{what} was updated in QuickBooks."),
        Outcome::Voided => format!("{what} was voided in QuickBooks."),
        Outcome::Unchanged | Outcome::Superseded => {
            format!("{what} needed no change in QuickBooks.")
        }
    }
}
