//! The queue's side: a tenant's events go to its endpoint, one after the other, each after the one before was taken or
//! given up.

use std::time::Duration;

use aws::queues::{Message, Queue};
use aws::table::EndpointExtras;
use domain::event::endpoint::{AfterFailure, Endpoint, Failure};
use domain::event::{self, Event, wants};
use domain::history::HistoryLine;
use domain::id::TenantId;
use jiff::Timestamp;
use serde_json::json;
use url::Url;

use super::Outlet;
use super::courier::{ANSWER_TIME, Outcome, Target};
use super::secret::{self, Secrets};
use crate::delivery::{Delivery, hold_back};
use crate::{App, Error, STORING_TIME, tally};

/// Events that one message sends at most: a tenant with a backlog must not keep a function busy for ever.
const SENT_AT_MOST: usize = 200;
/// Events read in one go.
const PAGE: u32 = 25;
/// What an endpoint has to answer in when the invocation has no more time left; less is not worth an attempt.
const SHORTER_TIMES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(2)];

/// One run over a tenant's events.
struct Run<'a> {
    app: &'a App,
    tenant: &'a TenantId,
    url: Url,
    secrets: Secrets,
    endpoint: Endpoint,
    /// Events were passed over since the endpoint was last stored.
    moved: bool,
    sent: usize,
}

/// How a run goes on.
enum Next {
    /// With the next event.
    Event,
    /// Not just now: after so many seconds.
    Wait(u32),
    /// Somebody else changed the endpoint, or there is no time left: with another message.
    Anew,
    /// The endpoint wants nothing more.
    Off,
}

impl Outlet {
    /// The address that a tenant's events go to; none when nobody wants them, or not any more.
    pub(super) fn target_of(&self, endpoint: &Endpoint) -> Option<Url> {
        if endpoint.off_since.is_some() {
            return None;
        }
        match &endpoint.own {
            Some(own) => Url::parse(&own.url).ok(),
            None => self.endpoint.clone(),
        }
    }
}

/// Sends what the tenant's endpoint has not got yet.
pub async fn deliver(
    app: &App,
    queue: Queue,
    message: &Message,
    deliveries: u32,
) -> Result<Delivery, Error> {
    let tenant = &message.tenant;
    let state = app.table.event_state(tenant).await?;
    let Some(endpoint) = state.endpoint else { return Ok(Delivery::Done) };
    let Some(url) = app.events.target_of(&endpoint) else { return Ok(Delivery::Done) };
    let secrets = secret::secrets(app, tenant, &endpoint, app.clock.now()).await?;
    let mut run = Run { app, tenant, url, secrets, endpoint, moved: false, sent: 0 };
    loop {
        if !app.has_time_to_store() {
            run.store_moves().await?;
            return anew(app, queue, message).await;
        }
        let events = run.read().await?;
        if events.is_empty() {
            // Passed over, or done.
            return Ok(match run.store_moves().await? {
                true => Delivery::Done,
                false => anew(app, queue, message).await?,
            });
        }
        for event in &events {
            match run.handle(queue, event).await? {
                Next::Event => {}
                Next::Wait(seconds) => {
                    run.store_moves().await?;
                    return hold_back(app, queue, message, deliveries, seconds).await;
                }
                Next::Anew => {
                    run.store_moves().await?;
                    return anew(app, queue, message).await;
                }
                Next::Off => return Ok(Delivery::Done),
            }
        }
    }
}

/// The rest is for another message, behind those that wait already.
async fn anew(app: &App, queue: Queue, message: &Message) -> Result<Delivery, Error> {
    app.queues.send(queue, message, &app.clock.unique()).await?;
    Ok(Delivery::Done)
}

impl Run<'_> {
    /// The next events: dead letters that are wanted again, then what is new.
    async fn read(&mut self) -> Result<Vec<Event>, Error> {
        while let Some(sequence) = self.endpoint.resend.first().copied() {
            let found = self.app.table.events(self.tenant, sequence - 1, 1).await?;
            if found.first().is_some_and(|event| event.sequence == sequence) {
                return Ok(found);
            }
            // It has expired.
            self.endpoint.done_with(sequence);
            self.moved = true;
        }
        Ok(self.app.table.events(self.tenant, self.endpoint.delivered, PAGE).await?)
    }

    async fn handle(&mut self, queue: Queue, event: &Event) -> Result<Next, Error> {
        let again = self.endpoint.resend.contains(&event.sequence);
        if !again && !wants(self.endpoint.types(), &event.kind) {
            self.endpoint.done_with(event.sequence);
            self.moved = true;
            return Ok(Next::Event);
        }
        let now = self.app.clock.now();
        if let Some(trying) = self.endpoint.tried(event.sequence).filter(|it| it.next_at > now) {
            let seconds = trying.next_at.duration_since(now).as_secs();
            return Ok(Next::Wait(u32::try_from(seconds).unwrap_or(0).saturating_add(1)));
        }
        let Some(time) = self.time_left(now).filter(|_| self.sent < SENT_AT_MOST) else {
            return Ok(Next::Anew);
        };
        self.sent += 1;
        let target = Target { tenant: self.tenant, url: &self.url, secrets: &self.secrets };
        let outcome = self.app.events.send(&target, event, now, time).await;
        tally::note(|counts| match outcome {
            Outcome::Taken => counts.events_delivered += 1,
            Outcome::Gone | Outcome::Failed(_) => counts.event_deliveries_failed += 1,
        });
        match outcome {
            Outcome::Taken => self.taken(event).await,
            Outcome::Gone => self.gone().await,
            Outcome::Failed(why) => self.failed(queue, event, why).await,
        }
    }

    /// How long the endpoint may take, so that what comes of it can still be stored.
    fn time_left(&self, now: Timestamp) -> Option<Duration> {
        let fits = |time: &Duration| self.app.deadline.leaves(*time + STORING_TIME, now);
        let longest = std::iter::once(ANSWER_TIME).chain(SHORTER_TIMES).find(fits);
        // A function that may not run for long still has to get on.
        longest.or_else(|| SHORTER_TIMES.last().copied().filter(|_| self.sent == 0))
    }

    async fn taken(&mut self, event: &Event) -> Result<Next, Error> {
        let again = self.endpoint.resend.contains(&event.sequence);
        let raised =
            (again || event.sequence <= self.endpoint.replayed_through).then_some(event.sequence);
        self.endpoint.done_with(event.sequence);
        self.endpoint.works();
        self.store(EndpointExtras { raised, ..EndpointExtras::default() }, Next::Event).await
    }

    async fn failed(&mut self, queue: Queue, event: &Event, why: Failure) -> Result<Next, Error> {
        let app = self.app;
        let now = app.clock.now();
        let mut seconds = 0;
        let wait = |attempts| {
            seconds = app.policy.wait_seconds(attempts, app.clock.random());
            seconds
        };
        let after = self.endpoint.failed(event.sequence, event.at, why, now, wait);
        tracing::warn!(tenant = %self.tenant, sequence = event.sequence, why = why.message(), "an event was not taken");
        if after == AfterFailure::Again {
            return self.store(EndpointExtras::default(), Next::Wait(seconds)).await;
        }
        let letter = json!({
            "tenant": self.tenant,
            "event": event::id(self.tenant, event.sequence),
            "type": event.kind,
            "subject": event.subject,
            "why": why.message(),
        });
        // The letter first: one too many does no harm.
        let group = self.tenant.as_str();
        app.queues.bury_text(queue, group, &letter.to_string(), "undeliverable").await?;
        let line = HistoryLine::about_tenant(
            now,
            "event_undeliverable",
            format!(
                "The host was not told that {} is {}: its endpoint did not take event {} for a day. {}",
                event.subject,
                event.kind,
                event::id(self.tenant, event.sequence),
                why.message(),
            ),
        );
        self.endpoint.done_with(event.sequence);
        let extras = EndpointExtras { history: Some(&line), buried: Some(event), raised: None };
        self.store(extras, Next::Event).await
    }

    async fn gone(&mut self) -> Result<Next, Error> {
        let now = self.app.clock.now();
        self.endpoint.off_since = Some(now);
        self.endpoint.trying = None;
        let line = HistoryLine::about_tenant(
            now,
            "event_endpoint_off",
            "The host's endpoint for events answered that it is gone for good (status 410), so nothing is sent there any more."
                .to_owned(),
        );
        let extras = EndpointExtras { history: Some(&line), ..EndpointExtras::default() };
        self.store(extras, Next::Off).await
    }

    /// Stores how far this came. Whoever changed the endpoint meanwhile is right.
    async fn store(&mut self, extras: EndpointExtras<'_>, next: Next) -> Result<Next, Error> {
        self.endpoint.revision += 1;
        self.endpoint.updated_at = self.app.clock.now();
        let stored = self.app.table.save_endpoint(self.tenant, &self.endpoint, extras).await?;
        self.moved = false;
        Ok(if stored { next } else { Next::Anew })
    }

    /// Stores that events were passed over. False: somebody else changed the endpoint meanwhile.
    async fn store_moves(&mut self) -> Result<bool, Error> {
        if !self.moved {
            return Ok(true);
        }
        let stored = self.store(EndpointExtras::default(), Next::Event).await?;
        Ok(matches!(stored, Next::Event))
    }
}
