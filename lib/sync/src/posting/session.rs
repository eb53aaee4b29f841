//! One invocation's work on one posting: what it loaded and what it holds.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aws::table::{Keys, Loaded, MadeBill};
use domain::connection::{Connection, Status};
use domain::id::{ObjectId, TenantId};
use domain::ledger::{Object, ObjectKind};
use domain::link::{self, Link, LinkKey, Origin};
use domain::plan::{self, Facts, Found, Needs};
use domain::posting::{self, Cause, Outcome, PlannedLink, Posting, PostingKey, State};
use domain::reason::Failure;
use domain::record::Record;
use jiff::Timestamp;
use quickbooks::Access;
use rust_decimal::Decimal;
use tokio::sync::MutexGuard;

use super::apply::Stop;
use super::meeting::{Meeting, Seat};
use crate::governor::{self, Kind, Permit};
use crate::posting::Answer;
use crate::quickbooks_online::{self as back_end, Body, Seen};
use crate::{App, Error, throttle, tokens};

/// What a call needs.
pub(super) struct Ready {
    current: tokens::Current,
    /// The governor's moment for it is over then.
    until: Timestamp,
}

/// One invocation's work on one posting.
pub(super) struct Session<'a> {
    pub(super) app: &'a App,
    pub(super) tenant: &'a TenantId,
    pub(super) key: &'a PostingKey,
    pub(super) owner: &'a str,
    pub(super) cause: Cause,
    /// What will be stored next; its revision is the one that is stored now.
    pub(super) posting: Posting,
    /// The record's version that `facts` were loaded for.
    pub(super) version: u64,
    pub(super) facts: Facts,
    pub(super) connection: Connection,
    pub(super) access: Option<tokens::Current>,
    /// Documents as they were read just now, in QuickBooks' own words.
    pub(super) read: BTreeMap<ObjectId, Body>,
    /// A link that is stored together with the posting next.
    pub(super) pending_link: Option<Link>,
    /// A bill that is stored with its posting next.
    pub(super) pending_bill: Option<MadeBill>,
    /// How many names were found to be taken, by entry.
    pub(super) names_taken: BTreeMap<LinkKey, usize>,
    /// Names under which QuickBooks refused to create an entry.
    pub(super) refused_names: BTreeSet<(LinkKey, String)>,
    /// How often QuickBooks said that our picture of an object is stale.
    pub(super) stale: usize,
    pub(super) outcome: Option<Outcome>,
    /// How often payments on bills had been seen to be taken back when the posting's bill was looked at, if it was.
    pub(super) taken_back: Option<u64>,
    /// Since when a document whose answer was lost may be there.
    pub(super) unknown_since: Option<Timestamp>,
    /// A create whose first answer was lost is being sent again.
    pub(super) replaying: bool,
    /// Where it meets other postings that are worked on side by side with it.
    pub(super) seat: Option<Seat>,
    /// A batch with its write was refused as a whole.
    pub(super) goes_alone: bool,
    /// Where it stood when it was loaded, and why.
    pub(super) before: (State, Option<Cow<'static, str>>),
}

impl Session<'_> {
    /// Loads what the posting's newest record needs, after it changed under this invocation.
    pub(super) async fn reload(&mut self) -> Result<(), Error> {
        let needs = self.needs();
        self.version = self.posting.record.as_ref().map_or(self.version, Record::version);
        self.facts.free_names.clear();
        self.facts.open_balances.clear();
        self.load(needs).await
    }

    /// What the posting's newest record needs.
    pub(super) fn needs(&self) -> Needs {
        self.posting.record.as_ref().map(|record| plan::needs(self.key, record)).unwrap_or_default()
    }

    pub(super) async fn load(&mut self, needs: Needs) -> Result<(), Error> {
        let keys = Keys {
            postings: needs.parents,
            links: needs.links,
            company: Some(self.connection.company.id.clone()),
            ..Keys::default()
        };
        let loaded = self.app.table.load(self.tenant, &keys).await?;
        self.know(loaded);
        Ok(())
    }

    pub(super) fn know(&mut self, loaded: Loaded) {
        self.facts.parents = loaded.postings;
        let broken = |(key, link): (&LinkKey, &Link)| Some((key.clone(), link.problem.clone()?));
        self.facts.broken_links = loaded.links.iter().filter_map(broken).collect();
        self.facts.links =
            loaded.links.into_iter().map(|(key, link)| (key, link.object_id)).collect();
    }

    /// The failure that stands before anything is planned, if there is one.
    pub(super) fn obstacle(&self) -> Option<Failure> {
        match self.connection.status {
            Status::Disconnected => return Some(Failure::not_connected()),
            Status::NeedsReconnect => return Some(Failure::needs_reconnect()),
            Status::Connected => {}
        }
        let elsewhere =
            |in_flight: &posting::InFlight| in_flight.company != self.connection.company.id;
        if let Some(in_flight) =
            self.posting.in_flight.as_ref().filter(|in_flight| elsewhere(in_flight))
        {
            return Some(Failure::unfinished_elsewhere(&in_flight.company));
        }
        self.connection.pause(self.app.clock.now()).map(|_| Failure::throttled())
    }

    /// Calls QuickBooks with the tenant's tokens, renewing them once if QuickBooks says that they expired. No call is
    /// begun that the invocation could not live to see the end of.
    pub(super) async fn call<T>(
        &mut self,
        call: impl AsyncFn(&quickbooks::Client, &Access) -> Result<T, quickbooks::Error>,
    ) -> Result<Result<T, quickbooks::Error>, Stop> {
        let ready = self.ready_to_call(Kind::Posting).await?;
        self.call_when(ready, Kind::Posting, call).await
    }

    /// Calls QuickBooks, as above, when everything is ready; what was stored meanwhile may have taken the moment.
    pub(super) async fn call_when<T>(
        &mut self,
        Ready { current, until }: Ready,
        kind: Kind,
        call: impl AsyncFn(&quickbooks::Client, &Access) -> Result<T, quickbooks::Error>,
    ) -> Result<Result<T, quickbooks::Error>, Stop> {
        if self.app.clock.now() > until {
            self.may_call(kind).await?;
        }
        match call(&self.app.quickbooks, &current.access).await {
            Err(error) if error.class() == quickbooks::Class::TokenExpired => {
                let current = {
                    let meeting = self.meeting();
                    let _turn = turn(meeting.as_deref()).await;
                    let renewed = tokens::renew(self.app, self.tenant, &self.connection, &current);
                    self.access.insert(renewed.await?).clone()
                };
                self.may_call(kind).await?;
                Ok(call(&self.app.quickbooks, &current.access).await)
            }
            result => Ok(result),
        }
    }

    /// What a call that may begin now needs.
    pub(super) async fn ready_to_call(&mut self, kind: Kind) -> Result<Ready, Stop> {
        let current = self.access().await?;
        Ok(Ready { current, until: self.may_call(kind).await? })
    }

    /// The tokens for a call, if there is time for one and nobody was told to stay away.
    pub(super) async fn access(&mut self) -> Result<tokens::Current, Stop> {
        let meeting = self.meeting();
        if let Some(until) = meeting.as_ref().and_then(|it| it.pause(self.app.clock.now())) {
            self.connection.paused_until = Some(until);
            return Err(Failure::throttled().into());
        }
        let current = match &self.access {
            Some(current) => current.clone(),
            None => {
                let _turn = turn(meeting.as_deref()).await;
                let read = tokens::current(self.app, self.tenant, &self.connection).await?;
                self.access.insert(read).clone()
            }
        };
        if self.app.has_time_for_a_call() { Ok(current) } else { Err(Stop::OutOfTime) }
    }

    /// Waits until the company may be called, if that is soon, and there is time for it. Until when it may.
    async fn may_call(&self, kind: Kind) -> Result<Timestamp, Stop> {
        let meeting = self.meeting();
        let _turn = match (&meeting, kind) {
            (None, _) => None,
            (Some(meeting), Kind::Posting | Kind::Call) => {
                Some(meeting.asking_for_call.lock().await)
            }
            (Some(meeting), Kind::Batch) => Some(meeting.asking_for_batch.lock().await),
        };
        if !self.app.has_time_for_a_call() {
            return Err(Stop::OutOfTime);
        }
        // Who works through many asks for every call: the look-ups of the first few alone can be more than a second takes.
        let is_of_many = meeting.as_ref().is_some_and(|meeting| meeting.is_a_stream);
        let kind = if is_of_many && kind == Kind::Posting { Kind::Call } else { kind };
        let permit = match kind {
            Kind::Posting => {
                governor::permit_posting(self.app, self.tenant, &self.connection).await?
            }
            Kind::Call | Kind::Batch => {
                governor::permit(self.app, self.tenant, &self.connection.company.id, kind).await?
            }
        };
        match permit {
            // Asking takes time as well.
            Permit::Granted(until) if self.app.has_time_for_a_call() => Ok(until),
            Permit::Granted(_) => Err(Stop::OutOfTime),
            Permit::Wait(until) => Err(Stop::TooOften(until)),
        }
    }

    /// QuickBooks says that it is called too often: nobody calls the company for a while.
    pub(super) async fn pause(&mut self, retry_after_seconds: Option<u64>) -> Result<(), Error> {
        let meeting = self.meeting();
        if let Some(known) = meeting.as_ref().and_then(|it| it.pause(self.app.clock.now())) {
            self.connection.paused_until = Some(known);
            return Ok(());
        }
        // The others need not store it as well.
        if let Some(meeting) = meeting {
            meeting.note_pause(throttle::until(self.app, retry_after_seconds));
        }
        let company = &self.connection.company.id;
        let until = throttle::pause(self.app, self.tenant, company, retry_after_seconds).await?;
        self.connection.paused_until = Some(until);
        Ok(())
    }

    pub(super) fn meeting(&self) -> Option<Rc<Meeting>> {
        self.seat.as_ref().map(|seat| Rc::clone(&seat.meeting))
    }

    /// Takes a document as it is in QuickBooks now into the posting and into the facts of the plan.
    pub(super) fn take_in(&mut self, document: Object) {
        let is_new = !self.posting.objects.iter().any(|known| {
            known.kind == document.kind
                && known.id == document.id
                && known.company == document.company
        });
        if document.kind == ObjectKind::Bill && is_new {
            let unknown_since = self.unknown_since.take();
            self.pending_bill = Some(MadeBill { bill: document.clone(), unknown_since });
        }
        if document.kind == ObjectKind::Payment {
            self.rebalance(&document);
        }
        self.facts.just_read.insert(document.id.clone());
        self.facts.found.remove(&document.id);
        self.read.remove(&document.id);
        self.posting.remember(document);
        self.facts.objects.clone_from(&self.posting.objects);
    }

    /// Takes a document in as a reader found it, who may not be the last one to have written it.
    pub(super) fn take_in_as_found(&mut self, seen: Seen, known: &Object) {
        let id = seen.object.id.clone();
        let changed_at = back_end::changed_at(&seen.body);
        self.take_in(seen.object.remembering(known));
        self.facts.found.insert(id.clone(), Found { says: seen.says, changed_at });
        self.read.insert(id, seen.body);
    }

    /// What a bill's own payment changes about its invoice's balance, since QuickBooks tells that only when asked for
    /// the invoice.
    fn rebalance(&mut self, payment: &Object) {
        let Some(Record::Bill(_)) = self.posting.record else { return };
        let applied = |payment: &Object| match payment.removal {
            None => payment.total.unwrap_or_default() - payment.unapplied.unwrap_or_default(),
            Some(_) => Decimal::ZERO,
        };
        let known = self.posting.objects.iter().find(|known| {
            known.kind == payment.kind && known.id == payment.id && known.company == payment.company
        });
        let more = applied(payment) - known.map_or(Decimal::ZERO, applied);
        let invoice = |object: &&mut Object| {
            object.kind == ObjectKind::Invoice
                && object.company == payment.company
                && object.removal.is_none()
        };
        if let Some(balance) =
            self.posting.objects.iter_mut().find(invoice).and_then(|i| i.balance.as_mut())
        {
            *balance -= more;
        }
    }

    pub(super) fn new_link(
        &self,
        planned: PlannedLink,
        object_id: ObjectId,
        origin: Origin,
        changed_at: Option<Timestamp>,
    ) -> Link {
        Link {
            schema: link::SCHEMA,
            key: planned.key,
            company: self.connection.company.id.clone(),
            object_id,
            name: planned.name,
            origin,
            changed_at,
            problem: None,
        }
    }

    pub(super) fn answer(&self, outcome: Option<Outcome>, waits: bool) -> Answer {
        Answer {
            posting: self.posting.clone(),
            outcome,
            waits,
            company: Some(self.connection.company.clone()),
        }
    }
}

/// One at a time reads or renews tokens, so that the others find them.
async fn turn(meeting: Option<&Meeting>) -> Option<MutexGuard<'_, ()>> {
    match meeting {
        Some(meeting) => Some(meeting.tokens.lock().await),
        None => None,
    }
}
