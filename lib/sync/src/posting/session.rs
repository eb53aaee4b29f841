//! One invocation's work on one posting: what it loaded and what it holds.

use std::collections::{BTreeMap, BTreeSet};

use aws::table::{Keys, Loaded};
use domain::connection::{Company, Connection, Status};
use domain::fingerprint;
use domain::id::{ObjectId, TenantId};
use domain::ledger::{Object, ObjectKind};
use domain::link::{self, Link, LinkKey, Origin};
use domain::plan::{self, Facts, Needs};
use domain::posting::{
    self, Arrival, Cause, Outcome, PlannedLink, Posting, PostingKey, State, Verdict,
};
use domain::reason::{Failure, Reason};
use domain::record::Record;
use domain::settings::Settings;
use quickbooks::Access;
use rust_decimal::Decimal;

use crate::posting::{Answer, Incoming, Run};
use crate::{App, Error, tokens, wake};

/// What opening a posting comes to.
pub(super) enum Opened<'a> {
    /// Nothing to do, or nothing that can be done now.
    Done(Box<Run>),
    /// Someone else changed it; look again.
    Conflict,
    /// Bring QuickBooks in line.
    Working(Box<Session<'a>>),
}

/// What a posting that is left alone waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    No,
    ForTime(u32),
    ForACondition,
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
    /// A link that is stored together with the posting next.
    pub(super) pending_link: Option<Link>,
    /// How many names were found to be taken, by entry.
    pub(super) names_taken: BTreeMap<LinkKey, usize>,
    /// Names under which QuickBooks refused to create an entry.
    pub(super) refused_names: BTreeSet<(LinkKey, String)>,
    /// How often QuickBooks said that our picture of an object is stale.
    pub(super) stale: usize,
    pub(super) outcome: Option<Outcome>,
    /// A create whose first answer was lost is being sent again.
    pub(super) replaying: bool,
}

impl<'a> Session<'a> {
    pub(super) async fn open(
        app: &'a App,
        tenant: &'a TenantId,
        key: &'a PostingKey,
        owner: &'a str,
        incoming: Option<&Incoming>,
        cause: Cause,
    ) -> Result<Opened<'a>, Error> {
        let now = app.clock.now();
        let mut asked = incoming.map(|incoming| plan::needs(&incoming.record)).unwrap_or_default();
        asked.parents.insert(key.clone());
        let company = app.tokens.company(tenant);
        let keys = Keys {
            connection: true,
            settings: true,
            postings: asked.parents.clone(),
            links: asked.links.clone(),
            company: company.clone(),
        };
        let mut loaded = app.table.load(tenant, &keys).await?;
        let stored = loaded.postings.remove(key);
        let connection = loaded.connection.take();
        let company = connection.as_ref().map(|connection| connection.company.clone());
        let settings = match &company {
            Some(company) => std::mem::take(&mut loaded.settings).for_company(&company.id),
            None => Settings::default(),
        };

        let known = stored.as_ref().and_then(|posting| posting.record.as_ref());
        let newest = match (incoming, known) {
            (Some(incoming), Some(known)) if incoming.record.version() < known.version() => known,
            (Some(incoming), _) => &incoming.record,
            (None, Some(known)) => known,
            (None, None) => return Err(Error::UnknownRecord),
        };
        let print = company
            .as_ref()
            .map(|company| fingerprint::of_posting(newest, company.id.as_str(), &settings));
        let record = incoming.map(|incoming| &incoming.record);
        let arrival = Arrival { record, cause, owner, fingerprint: print.as_deref(), now };
        let verdict = posting::judge(stored.as_ref(), &arrival);
        let done = |posting, outcome, waits: Waits| {
            let again_seconds = match waits {
                Waits::ForTime(seconds) => Some(seconds),
                Waits::No | Waits::ForACondition => None,
            };
            let answer =
                Answer { posting, outcome, waits: waits != Waits::No, company: company.clone() };
            Ok(Opened::Done(Box::new(Run { answer, again_seconds, exhausted: false })))
        };
        let mut posting = match (verdict, stored) {
            (Verdict::Unchanged, Some(mut posting)) => {
                if posting.awaited {
                    wake::dependents(app, tenant, &mut posting).await?;
                }
                return done(posting, Some(Outcome::Unchanged), Waits::No);
            }
            (Verdict::Superseded, Some(posting)) => {
                return done(posting, Some(Outcome::Superseded), Waits::No);
            }
            (Verdict::StillRejected, Some(posting)) => return done(posting, None, Waits::No),
            (Verdict::VersionReused, Some(posting)) => {
                let known = posting.record.as_ref().map_or(0, Record::version);
                return Err(Error::VersionReused { known });
            }
            (Verdict::Busy, Some(posting)) => {
                return match super::store::leave_for_owner(app, tenant, posting, incoming, cause)
                    .await?
                {
                    Some((posting, seconds)) => done(
                        Posting { reason: Some(Reason::busy()), ..posting },
                        None,
                        Waits::ForTime(seconds),
                    ),
                    None => Ok(Opened::Conflict),
                };
            }
            (_, Some(posting)) => posting,
            (_, None) => Posting::new(key.clone(), State::Queued, now),
        };
        if let Some(incoming) = incoming
            && posting.record.as_ref() != Some(&incoming.record)
        {
            posting.record = Some(incoming.record.clone());
            posting.changes = incoming.changes.clone();
            posting.attempts = 0;
        }
        if cause == Cause::Person {
            posting.allow_replacing();
            posting.attempts = 0;
        }
        posting.attempted = print;

        let Some(connection) = connection else {
            return match super::settle::never_connected(app, tenant, posting).await? {
                Some(posting) => done(posting, None, Waits::ForACondition),
                None => Ok(Opened::Conflict),
            };
        };
        if connection.must_wake() {
            wake::connection(app, tenant, &connection.company.id).await?;
        }
        let record = posting.record.as_ref().expect("set above");
        let (version, needs) = (record.version(), plan::needs(record));
        let facts = facts(tenant, key, &posting, &connection.company, settings, Loaded::default());
        let mut session = Session {
            app,
            tenant,
            key,
            owner,
            cause,
            posting,
            version,
            facts,
            connection,
            access: None,
            pending_link: None,
            names_taken: BTreeMap::new(),
            refused_names: BTreeSet::new(),
            stale: 0,
            outcome: None,
            replaying: false,
        };
        let covered =
            keys.company.as_ref() == Some(&session.connection.company.id) || needs.links.is_empty();
        if covered && needs.links.is_subset(&asked.links) && needs.parents.is_subset(&asked.parents)
        {
            session.know(loaded);
        } else {
            session.load(needs).await?;
        }
        Ok(Opened::Working(Box::new(session)))
    }

    /// Loads what the posting's newest record needs, after it changed under this invocation.
    pub(super) async fn reload(&mut self) -> Result<(), Error> {
        let record = self.posting.record.as_ref().expect("a session has a record");
        self.version = record.version();
        let needs = plan::needs(record);
        self.facts.free_names.clear();
        self.facts.open_balances.clear();
        self.load(needs).await
    }

    async fn load(&mut self, needs: Needs) -> Result<(), Error> {
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

    fn know(&mut self, loaded: Loaded) {
        self.facts.parents = loaded.postings;
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

    /// Calls QuickBooks with the tenant's tokens, renewing them once if QuickBooks says that they expired.
    pub(super) async fn call<T>(
        &mut self,
        call: impl AsyncFn(&quickbooks::Client, &Access) -> Result<T, quickbooks::Error>,
    ) -> Result<Result<T, quickbooks::Error>, Failure> {
        if self.access.is_none() {
            self.access = Some(tokens::current(self.app, self.tenant, &self.connection).await?);
        }
        let current = self.access.as_ref().expect("set above");
        match call(&self.app.quickbooks, &current.access).await {
            Err(error) if error.class() == quickbooks::Class::TokenExpired => {
                let renewed =
                    tokens::renew(self.app, self.tenant, &self.connection, current).await?;
                let result = call(&self.app.quickbooks, &renewed.access).await;
                self.access = Some(renewed);
                Ok(result)
            }
            result => Ok(result),
        }
    }

    /// Takes a document as it is in QuickBooks now into the posting and into the facts of the plan.
    pub(super) fn take_in(&mut self, document: Object) {
        if document.kind == ObjectKind::Payment {
            self.rebalance(&document);
        }
        self.posting.remember(document);
        self.facts.objects.clone_from(&self.posting.objects);
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
    ) -> Link {
        Link {
            schema: link::SCHEMA,
            key: planned.key,
            company: self.connection.company.id.clone(),
            object_id,
            name: planned.name,
            origin,
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

fn facts(
    tenant: &TenantId,
    key: &PostingKey,
    posting: &Posting,
    company: &Company,
    settings: Settings,
    loaded: Loaded,
) -> Facts {
    Facts {
        company: company.clone(),
        settings,
        links: loaded.links.into_iter().map(|(key, link)| (key, link.object_id)).collect(),
        free_names: BTreeMap::new(),
        parents: loaded.postings,
        objects: posting.objects.clone(),
        open_balances: BTreeMap::new(),
        marker: fingerprint::marker(tenant, key),
    }
}
