//! One invocation's work on one posting: what it loaded and what it holds.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

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

use super::apply::Stop;
use crate::posting::Answer;
use crate::quickbooks_online::{self as back_end, Body, Seen};
use crate::{App, Error, tokens};

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
        if self.access.is_none() {
            self.access = Some(tokens::current(self.app, self.tenant, &self.connection).await?);
        }
        let current = self.access.as_ref().expect("set above");
        if !self.app.has_time_for_a_call() {
            return Err(Stop::OutOfTime);
        }
        match call(&self.app.quickbooks, &current.access).await {
            Err(error) if error.class() == quickbooks::Class::TokenExpired => {
                let renewed =
                    tokens::renew(self.app, self.tenant, &self.connection, current).await?;
                let current = self.access.insert(renewed);
                if !self.app.has_time_for_a_call() {
                    return Err(Stop::OutOfTime);
                }
                Ok(call(&self.app.quickbooks, &current.access).await)
            }
            result => Ok(result),
        }
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
