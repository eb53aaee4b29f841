//! Looking at a posting: load what concerns it in one round trip, judge what the event means, and begin a session where
//! there is work to do.

use std::collections::{BTreeMap, BTreeSet};

use aws::table::{Keys, Loaded};
use domain::connection::{Company, Connection};
use domain::fingerprint;
use domain::id::TenantId;
use domain::plan::{self, Facts, Needs};
use domain::posting::{
    Arrival, Cause, Outcome, Posting, PostingKey, State, Trigger, Verdict, Wish, judge,
};
use domain::reason::Reason;
use domain::record::Record;
use domain::settings::Settings;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::meeting::Seat;
use super::session::Session;
use super::{Answer, Asked, Incoming, Run, settle, store};
use crate::{App, Error, wake};

/// One look at one posting.
#[derive(Clone, Copy)]
pub(super) struct Visit<'a> {
    pub(super) app: &'a App,
    pub(super) tenant: &'a TenantId,
    pub(super) key: &'a PostingKey,
    /// Names this invocation in leases.
    pub(super) owner: &'a str,
    pub(super) cause: Cause,
    pub(super) incoming: Option<&'a Incoming>,
    pub(super) asked: Asked,
}

/// What looking at a posting comes to.
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

/// What was loaded, and what for.
struct Seen {
    posting: Option<Posting>,
    connection: Option<Connection>,
    settings: Settings,
    /// Links and parents of the record that came with the event.
    others: Loaded,
    asked: Keys,
}

pub(super) async fn open(visit: Visit<'_>) -> Result<Opened<'_>, Error> {
    let now = visit.app.clock.now();
    let seen = visit.look().await?;
    let company = seen.connection.as_ref().map(|connection| connection.company.clone());
    let print = company.as_ref().map(|company| visit.fingerprint(&seen, company)).transpose()?;
    let record = visit.incoming.map(|incoming| &incoming.record);
    let fingerprint = print.as_deref();
    let arrival = Arrival { record, cause: visit.cause, owner: visit.owner, fingerprint, now };
    let verdict = judge(seen.posting.as_ref(), &arrival);
    let posting = match (verdict, seen.posting) {
        (_, None) => Posting::new(visit.key.clone(), State::Queued, now),
        (Verdict::Proceed, Some(posting)) => posting,
        (Verdict::Unchanged, Some(posting))
            if visit.asked.look_first
                || posting.wish.looks_first
                || visit.asked.decides.is_some() =>
        {
            posting
        }
        (verdict, Some(posting)) => return visit.leave_alone(verdict, posting, company).await,
    };
    let posting = visit.take_in(posting, print, company.as_ref())?;
    let Some(connection) = seen.connection else {
        return Ok(match settle::never_connected(visit.app, visit.tenant, posting).await? {
            Some(posting) => done(posting, None, Waits::ForACondition, None),
            None => Opened::Conflict,
        });
    };
    if connection.must_wake() {
        wake::connection(visit.app, visit.tenant, &connection.company.id).await?;
    }
    let mut settings = seen.settings;
    wake::settings(visit.app, visit.tenant, &mut settings).await?;
    let mut session = visit.begin(posting, connection, settings)?;
    let needs = session.needs();
    if covers(&seen.asked, &needs, &session) {
        session.know(seen.others);
    } else {
        session.load(needs).await?;
    }
    Ok(Opened::Working(Box::new(session)))
}

impl<'a> Visit<'a> {
    /// One round trip, if this environment knows the tenant's company and the record came with the event.
    async fn look(&self) -> Result<Seen, Error> {
        let needs = self.incoming.map(|incoming| plan::needs(self.key, &incoming.record));
        let needs = needs.unwrap_or_default();
        let mut postings = needs.parents;
        postings.insert(self.key.clone());
        let company = self.app.tokens.company(self.tenant);
        let asked =
            Keys { connection: true, settings: true, postings, links: needs.links, company };
        let mut others = self.app.table.load(self.tenant, &asked).await?;
        let posting = others.postings.remove(self.key);
        let connection = others.connection.take();
        let settings = std::mem::take(&mut others.settings);
        Ok(Seen { posting, connection, settings, others, asked })
    }

    /// The fingerprint that the newest record has now.
    fn fingerprint(&self, seen: &Seen, company: &Company) -> Result<String, Error> {
        let known = seen.posting.as_ref().and_then(|posting| posting.record.as_ref());
        let newest = match (self.incoming.map(|incoming| &incoming.record), known) {
            (Some(new), Some(known)) if new.version() < known.version() => known,
            (Some(new), _) => new,
            (None, Some(known)) => known,
            (None, None) => return Err(Error::UnknownRecord),
        };
        Ok(plan::fingerprint(self.key, newest, company, &seen.settings))
    }

    /// Answers an event that brings no work, or none for this invocation.
    async fn leave_alone(
        &self,
        verdict: Verdict,
        mut posting: Posting,
        company: Option<Company>,
    ) -> Result<Opened<'a>, Error> {
        match verdict {
            Verdict::Unchanged => {
                if posting.must_wake() {
                    wake::dependents(self.app, self.tenant, &mut posting).await?;
                }
                if posting.wish.trigger == Trigger::Hold
                    && let Some(wish) = self.wish_of_person()
                {
                    // What arrives next is not held either.
                    let lift = |held: &mut Posting| held.wish = held.wish.followed_by(wish);
                    store::amend(self.app, self.tenant, &mut posting, lift).await?;
                }
                Ok(done(posting, Some(Outcome::Unchanged), Waits::No, company))
            }
            Verdict::Superseded => Ok(done(posting, Some(Outcome::Superseded), Waits::No, company)),
            Verdict::VersionReused => {
                let known = posting.record.as_ref().map_or(0, Record::version);
                Err(Error::VersionReused { known })
            }
            Verdict::Busy => {
                let left = store::leave_for_owner(self, posting).await?;
                Ok(left.map_or(Opened::Conflict, |(mut posting, seconds)| {
                    posting.reason = Some(Reason::busy());
                    done(posting, None, Waits::ForTime(seconds), company)
                }))
            }
            Verdict::StillRejected | Verdict::Proceed => {
                Ok(done(posting, None, Waits::No, company))
            }
        }
    }

    /// The posting with what the event brought.
    fn take_in(
        &self,
        mut posting: Posting,
        print: Option<String>,
        company: Option<&Company>,
    ) -> Result<Posting, Error> {
        if let Some(incoming) = self.incoming
            && posting.record.as_ref() != Some(&incoming.record)
        {
            let wish = incoming.wish.made_at(self.app.clock.now());
            posting.take_record(&incoming.record, &incoming.changes, wish);
            posting.attempts = 0;
        }
        let counts = |wish: &Wish| self.cause == Cause::Person || wish.is_newer_than(posting.wish);
        if let Some(wish) = self.wish_of_person().filter(counts) {
            posting.wish = posting.wish.followed_by(wish);
        }
        if self.cause == Cause::Person {
            // Who only looks decides nothing yet.
            if let Some(company) = company.filter(|_| !self.asked.look_first) {
                posting.allow_replacing(&company.id);
            }
            posting.attempts = 0;
        }
        posting.attempted = print;
        if posting.record.is_none() { Err(Error::UnknownRecord) } else { Ok(posting) }
    }

    /// What a person wants with this call, if it is one's. No event that repeats itself takes it back.
    pub(super) fn wish_of_person(&self) -> Option<Wish> {
        let incoming = self.incoming.map(|incoming| incoming.wish);
        let wish = match self.cause {
            Cause::Person => {
                let Asked { overrides_rules, look_first: looks_first, decides } = self.asked;
                Some(Wish { overrides_rules, looks_first, decides, ..Wish::PERSON })
            }
            // With the queue comes the wish that is stored with the disbursement as a whole.
            Cause::Record | Cause::Queue => incoming.filter(|wish| wish.trigger == Trigger::Person),
        };
        wish.map(|wish| wish.made_at(self.app.clock.now()))
    }

    fn begin(
        self,
        posting: Posting,
        connection: Connection,
        settings: Settings,
    ) -> Result<Session<'a>, Error> {
        let version = posting.record.as_ref().map(Record::version).ok_or(Error::UnknownRecord)?;
        let now = self.app.clock.now();
        // A posting that nobody stored yet waits nowhere.
        let state = if posting.revision == 0 { State::Expected } else { posting.state };
        let before = (state, posting.reason.as_ref().map(|reason| reason.code.clone()));
        let facts = Facts {
            key: self.key.clone(),
            company: connection.company.clone(),
            settings,
            wish: posting.wish,
            seen_at: posting.created_at,
            today: latest_day(now),
            just_read: BTreeSet::new(),
            found: BTreeMap::new(),
            record_at: posting.record_at,
            books_just_read: false,
            look_first: posting.wish.looks_first,
            links: BTreeMap::new(),
            broken_links: BTreeMap::new(),
            free_names: BTreeMap::new(),
            parents: BTreeMap::new(),
            objects: posting.objects.clone(),
            open_balances: BTreeMap::new(),
            marker: fingerprint::marker(self.tenant, self.key),
        };
        Ok(Session {
            app: self.app,
            tenant: self.tenant,
            key: self.key,
            owner: self.owner,
            cause: self.cause,
            posting,
            version,
            facts,
            connection,
            access: None,
            read: BTreeMap::new(),
            pending_link: None,
            pending_bill: None,
            unknown_since: None,
            taken_back: None,
            names_taken: BTreeMap::new(),
            refused_names: BTreeSet::new(),
            stale: 0,
            outcome: None,
            replaying: false,
            seat: Seat::current(),
            goes_alone: false,
            before,
        })
    }
}

/// Whether what was asked for is all that the posting's newest record needs.
fn covers(asked: &Keys, needs: &Needs, session: &Session<'_>) -> bool {
    let links = asked.company.as_ref() == Some(&session.connection.company.id)
        && needs.links.is_subset(&asked.links);
    (links || needs.links.is_empty()) && needs.parents.is_subset(&asked.postings)
}

/// The day it is where it is latest on Earth. A document of today is left to QuickBooks, which knows the company's zone.
fn latest_day(now: Timestamp) -> Date {
    (now + SignedDuration::from_hours(14)).to_zoned(TimeZone::UTC).date()
}

fn done<'a>(
    posting: Posting,
    outcome: Option<Outcome>,
    waits: Waits,
    company: Option<Company>,
) -> Opened<'a> {
    let again_seconds = match waits {
        Waits::ForTime(seconds) => Some(seconds),
        Waits::No | Waits::ForACondition => None,
    };
    let answer = Answer { posting, outcome, waits: waits != Waits::No, company };
    Opened::Done(Box::new(Run { answer, again_seconds, exhausted: false }))
}
