//! Settling a step that was sent and has no answer.
//!
//! For a create, QuickBooks is first asked whether the document is there, by its marker; only then is the stored request
//! repeated, byte for byte, while its `requestid` is fresh. Neither the memory of `requestid` nor the index behind
//! queries has to be perfect for the document to exist once.

use domain::batch::{EXECUTION_LIMIT, REPLAY_WINDOW};
use domain::id::ObjectId;
use domain::ledger::Object;
use domain::posting::InFlight;
use domain::reason::Failure;
use quickbooks::Write;

use super::apply::{Stop, written};
use super::session::Session;
use super::store::Stored;
use crate::Error;
use crate::quickbooks_online::{self as back_end, Among};

impl Session<'_> {
    /// Afterwards nothing is in flight, or the posting waits for another attempt.
    pub(super) async fn resolve(&mut self) -> Result<(), Stop> {
        let now = self.app.clock.now();
        let Some(mut in_flight) = self.posting.in_flight.clone() else { return Ok(()) };
        if let Some(place) = in_flight.batch.clone() {
            return self.resolve_in_batch(in_flight, &place).await;
        }
        let last_sent_at = in_flight.last_sent_at;
        let fresh = now < in_flight.sent_at + REPLAY_WINDOW;
        if fresh {
            in_flight.last_sent_at = now;
            self.posting.in_flight = Some(in_flight.clone());
        }
        if self.store_intent().await? != Stored::Yes {
            return Err(Stop::Lost);
        }
        self.unknown_since = Some(in_flight.sent_at);
        if self.adopt(&in_flight).await? {
            return Ok(());
        }
        if fresh {
            let write = stored_write(&in_flight)?;
            self.replaying = in_flight.search.is_some();
            let sent = self.send(&write).await;
            self.replaying = false;
            return sent;
        }
        if now < last_sent_at + EXECUTION_LIMIT {
            return Err(Failure::no_answer().into());
        }
        self.forget(&in_flight).await
    }

    /// Nothing will come of the step any more that is not there yet. What it was about is found out by planning: a list
    /// entry is looked up by name, an update or void carries the old SyncToken, which QuickBooks refuses if it was
    /// performed.
    pub(super) async fn forget(&mut self, in_flight: &InFlight) -> Result<(), Stop> {
        if let (Some(_), Some(target)) = (in_flight.removal(), &in_flight.target) {
            self.look_at(target).await?;
            self.own_removal(in_flight);
        }
        self.own_update(in_flight);
        self.posting.in_flight = None;
        self.unknown_since = None;
        Ok(())
    }

    /// Takes the document in flight as made, if it can be searched for and QuickBooks has it.
    pub(super) async fn adopt(&mut self, in_flight: &InFlight) -> Result<bool, Stop> {
        let Some(seen) = self.find(in_flight, Among::MadeSince(in_flight.sent_at)).await? else {
            return Ok(false);
        };
        self.adopt_seen(in_flight, seen);
        Ok(true)
    }

    /// Takes a document that was found as what the step in flight made.
    pub(super) fn adopt_seen(&mut self, in_flight: &InFlight, seen: back_end::Seen) {
        let mut document = written(seen, in_flight);
        document.content.clone_from(&in_flight.content);
        self.take_as_made(document);
    }

    /// Takes a document that has the number as the one that was to be made: one of ours that was forgotten, however long
    /// ago. What it says is compared with the record next.
    pub(super) async fn adopt_numbered(
        &mut self,
        in_flight: &InFlight,
        number: &str,
    ) -> Result<bool, Stop> {
        let Some(seen) = self.find(in_flight, Among::Numbered(number)).await? else {
            return Ok(false);
        };
        let is_the_same = in_flight.sent.as_ref().is_some_and(|sent| sent.is_what(&seen.says));
        let document = if is_the_same {
            let content = in_flight.content.clone();
            Object { content, ..written(seen, in_flight) }
        } else {
            seen.object
        };
        self.take_as_made(document);
        Ok(true)
    }

    fn take_as_made(&mut self, document: Object) {
        tracing::info!(tenant = %self.tenant, posting = %self.key.as_text(), object = document.id.as_str(), "adopted");
        self.posting.in_flight = None;
        self.posting.has_written = true;
        // It may be older than this step: one whose answer was lost before, and which a search did not show then.
        self.unknown_since = Some(self.posting.created_at);
        self.take_in(document);
    }

    /// A document that carries the marker and is not known yet.
    async fn find(
        &mut self,
        in_flight: &InFlight,
        among: Among<'_>,
    ) -> Result<Option<back_end::Seen>, Stop> {
        let Some(search) = in_flight.search.clone() else { return Ok(None) };
        let (kind, company) = (in_flight.object_kind, in_flight.company.clone());
        let found = self
            .call(async |client, access| {
                let wanted = [&search];
                back_end::documents_with_markers(client, access, &company, kind, &wanted, among)
                    .await
            })
            .await?;
        let documents = match found {
            Ok(documents) => documents,
            Err(error) => return Err(self.stop_for(&error).await),
        };
        let is_new = |seen: &back_end::Seen| self.is_new(in_flight, seen);
        Ok(documents.into_iter().map(|marked| marked.seen).find(is_new))
    }

    /// Whether a document with this posting's marker is one that it does not know yet.
    pub(super) fn is_new(&self, in_flight: &InFlight, seen: &back_end::Seen) -> bool {
        let known = |id: &ObjectId| {
            self.posting.objects.iter().any(|object| {
                object.kind == in_flight.object_kind
                    && object.id == *id
                    && object.company == in_flight.company
            })
        };
        seen.object.removal.is_none() && !known(&seen.object.id)
    }
}

/// The write that a step has stored.
pub(super) fn stored_write(in_flight: &InFlight) -> Result<Write, Error> {
    serde_json::from_str(&in_flight.request)
        .map_err(|source| Error::Internal("a stored request", Box::new(source)))
}
