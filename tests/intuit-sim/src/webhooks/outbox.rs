//! A company's notifications: those collected, those on their way, and those that arrived.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    operations::Event,
    payload, schedule, signature,
    subscription::{Format, Subscription},
};
use crate::{
    ledger::Key,
    switches::{Switches, WebhookContentType, WebhookFormat, WebhookOrder, WhileFailing},
};

/// Everything that was or will be told about one company.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// What is collected while deliveries are held.
    pub(crate) held: Option<Vec<Event>>,
    pub(crate) deliveries: Vec<Delivery>,
    /// A courier is on its way; there is one at a time, so that order is kept.
    pub(super) has_courier: bool,
    /// How many events each object had at the clock's present instant.
    told_at: (Timestamp, HashMap<Key, i64>),
}

/// One POST, and every attempt to make it.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// Counted from one, per company.
    pub(crate) id: usize,
    pub(crate) events: Vec<Event>,
    pub(crate) format: Format,
    pub(crate) body: String,
    content_type: &'static str,
    pub(crate) signature: String,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) is_delivered: bool,
    /// When the next attempt is due by the company's clock, as long as it is not delivered.
    pub(crate) due: Timestamp,
    /// When the first attempt was made; the schedule counts from here.
    first_attempt: Option<Timestamp>,
    /// How often it is sent again whatever the schedule says.
    extra: u32,
}

/// What became of one POST.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) at: Timestamp,
    /// A duplicate or a repetition on request, besides the schedule.
    pub(crate) is_extra: bool,
    /// The status of the answer, or why there was none.
    pub(crate) outcome: Result<u16, String>,
}

impl Outbox {
    /// The time of an event; those of one object are a millisecond apart while the clock stands still.
    ///
    /// By a clock that runs no two of them have the same time either, and apps tell duplicates by it.
    pub(super) fn instant(&mut self, object: &Key, now: Timestamp) -> Timestamp {
        if self.told_at.0 != now {
            self.told_at = (now, HashMap::new());
        }
        let earlier = self.told_at.1.entry(object.clone()).or_default();
        let time = now.checked_add(SignedDuration::from_millis(*earlier)).unwrap_or(now);
        *earlier += 1;
        time
    }

    /// Puts events on their way, or to those that are held.
    pub(super) fn add(
        &mut self,
        realm: &str,
        events: Vec<Event>,
        subscription: &Subscription,
        switches: &Switches,
        now: Timestamp,
    ) {
        match &mut self.held {
            Some(held) => held.extend(events),
            None => self.dispatch(realm, events, subscription, switches, now),
        }
    }

    /// Makes one delivery of all that was collected; how many events that is.
    pub(crate) fn release(
        &mut self,
        realm: &str,
        subscription: &Subscription,
        switches: &Switches,
        now: Timestamp,
    ) -> usize {
        let events = self.held.take().unwrap_or_default();
        let released = events.len();
        self.dispatch(realm, events, subscription, switches, now);
        released
    }

    fn dispatch(
        &mut self,
        realm: &str,
        mut events: Vec<Event>,
        subscription: &Subscription,
        switches: &Switches,
        now: Timestamp,
    ) {
        if events.is_empty() {
            return;
        }
        if switches.webhook_order == WebhookOrder::Reversed {
            events.reverse();
        }
        let format = match switches.webhook_format {
            WebhookFormat::App => subscription.format,
            WebhookFormat::Classic => Format::Classic,
            WebhookFormat::Cloudevents => Format::Cloudevents,
        };
        let body = payload::body(realm, &events, format, switches);
        self.deliveries.push(Delivery {
            id: self.deliveries.len() + 1,
            events,
            format,
            content_type: content_type(format, switches),
            signature: signature::of(&body, &subscription.verifier_token),
            body,
            attempts: Vec::new(),
            is_delivered: false,
            due: now,
            first_attempt: None,
            extra: 0,
        });
    }

    pub(crate) fn delivery(&mut self, id: usize) -> Option<&mut Delivery> {
        self.deliveries.iter_mut().find(|delivery| delivery.id == id)
    }

    pub(super) fn is_due(&self, now: Timestamp, switches: &Switches) -> bool {
        self.next(now, switches).is_some()
    }

    /// The delivery that is to be posted next, and whether besides its schedule.
    pub(super) fn next(&self, now: Timestamp, switches: &Switches) -> Option<(usize, bool)> {
        let pending = || self.deliveries.iter().filter(|delivery| !delivery.is_delivered);
        let due = match switches.webhook_while_failing {
            WhileFailing::HoldLater => pending().take(1).find(|delivery| delivery.due <= now),
            WhileFailing::SendLater => pending().find(|delivery| delivery.due <= now),
        };
        let extra = self.deliveries.iter().find(|delivery| delivery.extra > 0);
        extra.or(due).map(|delivery| (delivery.id, extra.is_some()))
    }
}

impl Delivery {
    /// Sends it once more, besides the schedule.
    pub(crate) fn repeat(&mut self, times: u32) {
        self.extra += times;
    }

    pub(crate) fn headers(&self) -> [(&'static str, &str); 2] {
        [("content-type", self.content_type), ("intuit-signature", &self.signature)]
    }

    /// Takes note of an attempt, and of when the next one is due.
    pub(super) fn attempted(&mut self, attempt: Attempt, duplicates: u32) {
        self.extra -= u32::from(attempt.is_extra);
        if attempt.outcome == Ok(200) {
            if !attempt.is_extra {
                self.extra += duplicates;
            }
            self.is_delivered = true;
        } else if !attempt.is_extra {
            let first = *self.first_attempt.get_or_insert(attempt.at);
            let elapsed = attempt.at.duration_since(first).as_secs();
            let next = SignedDuration::from_secs(schedule::next_attempt(elapsed));
            self.due = first.checked_add(next).unwrap_or(Timestamp::MAX);
        }
        self.attempts.push(attempt);
    }
}

fn content_type(format: Format, switches: &Switches) -> &'static str {
    match (format, switches.webhook_content_type) {
        (Format::Cloudevents, WebhookContentType::CloudeventsJson) => {
            "application/cloudevents+json"
        }
        _ => "application/json",
    }
}
