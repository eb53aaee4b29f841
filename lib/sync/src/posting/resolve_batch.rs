//! Settling a step that went in a batch whose answer is not known.
//!
//! What is decided is in `domain::batch`; here is how it is found out and done. Whoever settles a step closes the batch
//! first, and whoever sends it again claims it first, both by its revision: so no write of a posting that went on is ever
//! sent again for the sake of another.

use aws::table::Keys;
use domain::batch::{Batch, First, Found, Place, Said, Standing, Then, first, then};
use domain::ledger::ObjectKind;
use domain::posting::{InFlight, PlannedLink, Posting, Search};
use domain::reason::Failure;
use quickbooks::{Access, BatchAnswer, Class, Client, ItemId};

use super::apply::Stop;
use super::faults::passes;
use super::resolve::stored_write;
use super::session::Session;
use super::store::Stored;
use crate::governor::Kind;
use crate::quickbooks_online::{self as back_end, Among, Marked, Seen};
use crate::{Error, chain};

/// How often it is decided anew because somebody else decided at the same time.
const DECISIONS_AT_MOST: usize = 5;

/// A posting of the batch that still waits for its answer, and how its document is found.
struct Waiting {
    posting: Posting,
    kind: ObjectKind,
    search: Search,
}

impl Session<'_> {
    /// As `resolve`, for a step that went in a batch.
    pub(super) async fn resolve_in_batch(
        &mut self,
        in_flight: InFlight,
        place: &Place,
    ) -> Result<(), Stop> {
        if self.store_intent().await? != Stored::Yes {
            return Err(Stop::Lost);
        }
        self.unknown_since = Some(in_flight.sent_at);
        let meeting = self.meeting();
        let _turn = match &meeting {
            Some(meeting) => Some(meeting.settling.lock().await),
            None => None,
        };
        for _ in 0..DECISIONS_AT_MOST {
            if self.settle_in_batch(&in_flight, place).await? {
                return Ok(());
            }
        }
        Err(Failure::no_answer().into())
    }

    /// False: somebody else decided something about the batch meanwhile.
    async fn settle_in_batch(&mut self, in_flight: &InFlight, place: &Place) -> Result<bool, Stop> {
        let now = self.app.clock.now();
        let batch = self.app.table.batch(self.tenant, &place.batch).await?;
        let answer = batch.as_ref().map(stored_answer).transpose()?.flatten();
        let said = match &answer {
            Some(answer) => said(answer, in_flight, place)?,
            None => Said::Nothing,
        };
        match (first(batch.as_ref(), place, in_flight, said, now), &batch, &answer) {
            (First::Disown, ..) => {
                let never = Batch::never_sent(place.batch.clone(), in_flight.company.clone(), now);
                if !self.app.table.write_batch(self.tenant, &never).await? {
                    return Ok(false);
                }
                self.was_never_sent();
                return Ok(true);
            }
            (First::PlanAgain, ..) => {
                self.was_never_sent();
                return Ok(true);
            }
            (First::Take, Some(batch), Some(answer)) => {
                self.take_answer(in_flight, place, batch, answer).await?;
                return Ok(true);
            }
            (First::Take | First::Search, ..) => {}
        }
        let (own, found) = self.search_for(in_flight, batch.as_ref()).await?;
        match (then(batch.as_ref(), found, in_flight, self.owner, now), batch) {
            (Then::Adopt, batch) => {
                // Whoever is faster closed it, or knows what came of it.
                if let Some(batch) = batch {
                    self.close(&batch).await?;
                }
                if let Some(seen) = own {
                    self.adopt_seen(in_flight, seen);
                }
                Ok(true)
            }
            (Then::Repeat, Some(batch)) => self.repeat(in_flight, place, &batch).await,
            (Then::PlanAgain, batch) => {
                if let Some(batch) = batch
                    && !self.close(&batch).await?
                {
                    return Ok(false);
                }
                self.forget(in_flight).await?;
                Ok(true)
            }
            (Then::Wait | Then::Repeat, _) => {
                if !self.entry_is_there(in_flight).await? {
                    return Err(Failure::no_answer().into());
                }
                // Planning finds it by its name.
                self.forget(in_flight).await?;
                Ok(true)
            }
        }
    }

    /// Whether the entry of a list that the step was to make is there. Its name is its own, so whoever made it, nothing more
    /// is to come of the step.
    async fn entry_is_there(&mut self, in_flight: &InFlight) -> Result<bool, Stop> {
        let Some(PlannedLink { key, name }) = in_flight.link.clone() else { return Ok(false) };
        Ok(!self.query_names(key.kind, &[name]).await?.is_empty())
    }

    fn was_never_sent(&mut self) {
        self.posting.in_flight = None;
        self.unknown_since = None;
    }

    /// Nobody sends it again from now on. False: somebody decided about it meanwhile.
    async fn close(&self, batch: &Batch) -> Result<bool, Error> {
        if batch.standing == Standing::Closed {
            return Ok(true);
        }
        Ok(self.app.table.write_batch(self.tenant, &batch.closed()).await?)
    }

    /// Looks for what the batch made: this posting's document and, as long as that decides whether it may be sent again,
    /// those of the others.
    async fn search_for(
        &mut self,
        in_flight: &InFlight,
        batch: Option<&Batch>,
    ) -> Result<(Option<Seen>, Found), Stop> {
        let (others, all_wait) = match batch {
            Some(batch) if batch.may_be_repeated(self.app.clock.now()) => {
                self.others_in(batch).await?
            }
            _ => (Vec::new(), false),
        };
        let mut kinds: Vec<ObjectKind> = others.iter().map(|other| other.kind).collect();
        kinds.extend(in_flight.search.iter().map(|_| in_flight.object_kind));
        kinds.sort_unstable();
        kinds.dedup();
        let (mut own, mut any) = (None, false);
        for kind in kinds {
            let of_kind = |other: &&Waiting| other.kind == kind;
            let ours = in_flight.search.iter().filter(|_| in_flight.object_kind == kind);
            let searches = others.iter().filter(of_kind).map(|other| other.search.clone());
            let searches: Vec<Search> = ours.cloned().chain(searches).collect();
            for marked in self.marked(in_flight, kind, &searches).await? {
                let is_ours =
                    in_flight.search.as_ref().is_some_and(|it| it.marker == marked.marker);
                if is_ours && self.is_new(in_flight, &marked.seen) {
                    own = Some(marked.seen);
                } else if let Some(other) =
                    others.iter().find(|it| it.search.marker == marked.marker)
                {
                    // What was removed since was made all the same.
                    any |= !knows(&other.posting, &marked.seen);
                }
            }
        }
        let found = Found { own: own.is_some(), any: any || own.is_some(), all_wait };
        Ok((own, found))
    }

    async fn marked(
        &mut self,
        in_flight: &InFlight,
        kind: ObjectKind,
        searches: &[Search],
    ) -> Result<Vec<Marked>, Stop> {
        let company = in_flight.company.clone();
        let among = Among::MadeSince(in_flight.sent_at);
        let searches: Vec<&Search> = searches.iter().collect();
        let found = self
            .call(async |client, access| {
                back_end::documents_with_markers(client, access, &company, kind, &searches, among)
                    .await
            })
            .await?;
        match found {
            Ok(found) => Ok(found),
            Err(error) => Err(self.stop_for(&error).await),
        }
    }

    /// The other postings of a batch that make documents and wait for their answer, and whether none of all is settled.
    async fn others_in(&self, batch: &Batch) -> Result<(Vec<Waiting>, bool), Stop> {
        let members = batch.members.iter().map(|member| member.posting.clone());
        let keys = Keys { postings: members.collect(), ..Keys::default() };
        let mut stored = self.app.table.load(self.tenant, &keys).await?.postings;
        let mut others = Vec::new();
        let mut all_wait = true;
        for member in &batch.members {
            let place = Place { batch: batch.id.clone(), item: member.item.clone() };
            let posting = stored.remove(&member.posting);
            let step = posting.as_ref().and_then(|posting| posting.in_flight.clone());
            match (posting, step.filter(|step| step.batch.as_ref() == Some(&place))) {
                (Some(posting), Some(step)) if member.posting != *self.key => {
                    let kind = step.object_kind;
                    others.extend(step.search.map(|search| Waiting { posting, kind, search }));
                }
                (Some(_), Some(_)) => {}
                _ => all_wait = false,
            }
        }
        Ok((others, all_wait))
    }

    /// Sends the batch again, for all of its postings, and keeps what was answered for them.
    async fn repeat(
        &mut self,
        in_flight: &InFlight,
        place: &Place,
        batch: &Batch,
    ) -> Result<bool, Stop> {
        let request: quickbooks::Batch = serde_json::from_str(&batch.request)
            .map_err(|source| Error::Internal("a stored batch", Box::new(source)))?;
        // Nobody waits for its moment with a claim in hand.
        let ready = self.ready_to_call(Kind::Batch).await?;
        let now = self.app.clock.now();
        let claimed = batch.repeated_by(self.owner, self.app.calls_until(now), now);
        if !self.app.table.write_batch(self.tenant, &claimed).await? {
            return Ok(false);
        }
        let again = async |client: &Client, access: &Access| client.batch(access, &request).await;
        let fault = match self.call_when(ready, Kind::Batch, again).await {
            Ok(Ok(answer)) => {
                if !self.store_answer(&claimed, &answer).await {
                    return Err(Failure::no_answer().into());
                }
                self.take_answer(in_flight, place, &claimed, &answer).await?;
                return Ok(true);
            }
            Ok(Err(fault)) => Ok(fault),
            Err(stop) => Err(stop),
        };
        if let Err(error) = self.app.table.write_batch(self.tenant, &claimed.unanswered()).await {
            // The claim ends by itself.
            tracing::warn!(tenant = %self.tenant, error = chain(&error), "a claim could not be given up");
        }
        let fault = fault?;
        if passes(fault.class()) {
            return Err(self.stop_for(&fault).await);
        }
        // A refused repetition says nothing about the first time.
        Err(Failure::no_answer().into())
    }

    /// Goes on with what the batch's answer says, as after a single write.
    async fn take_answer(
        &mut self,
        in_flight: &InFlight,
        place: &Place,
        batch: &Batch,
        answer: &BatchAnswer,
    ) -> Result<(), Stop> {
        let is_repeated = batch.last_sent_at > batch.sent_at;
        if let Some(step) = self.posting.in_flight.as_mut().filter(|_| is_repeated) {
            step.last_sent_at = batch.last_sent_at;
        }
        self.replaying = is_repeated && in_flight.search.is_some();
        let taken = match answer.of(&item(place)?, &stored_write(in_flight)?) {
            Ok(object) => self.answered(&object),
            Err(fault) => self.refused(&fault).await,
        };
        self.replaying = false;
        taken
    }
}

/// Whether the posting knew the document before the batch.
fn knows(posting: &Posting, seen: &Seen) -> bool {
    posting.objects.iter().any(|known| {
        known.kind == seen.object.kind
            && known.id == seen.object.id
            && known.company == seen.object.company
    })
}

fn stored_answer(batch: &Batch) -> Result<Option<BatchAnswer>, Error> {
    let read = |text: &String| serde_json::from_str(text);
    let answer = batch.answer.as_ref().map(read).transpose();
    answer.map_err(|source| Error::Internal("a stored answer", Box::new(source)))
}

fn said(answer: &BatchAnswer, in_flight: &InFlight, place: &Place) -> Result<Said, Error> {
    Ok(match answer.of(&item(place)?, &stored_write(in_flight)?) {
        Ok(_) => Said::Done,
        Err(fault) if fault.class() == Class::Uncertain => Said::Nothing,
        Err(_) => Said::Refused,
    })
}

fn item(place: &Place) -> Result<ItemId, Error> {
    ItemId::new(place.item.as_str())
        .map_err(|source| Error::Internal("a stored batch", Box::new(source)))
}
