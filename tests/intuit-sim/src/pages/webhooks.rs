//! What the app was told of a company's changes, and what became of it.

use askama::Template;

use super::{Frame, links};
use crate::{
    company::Company,
    entities::entity_named,
    webhooks::{Attempt, Delivery, Event, Subscription},
};

/// How many of the latest deliveries are shown.
const LATEST: usize = 100;
/// How many events of one delivery are listed one by one.
const LISTED: usize = 12;

#[derive(Template)]
#[template(path = "webhooks.html")]
pub(super) struct WebhooksPage {
    frame: Frame,
    /// Where the app hears; nothing when it did not subscribe.
    endpoint: String,
    is_held: bool,
    collected: usize,
    deliveries: Vec<Row>,
}

struct Row {
    id: usize,
    events: Vec<Told>,
    more: usize,
    is_delivered: bool,
    /// When it is tried again; nothing as long as it waits for its first attempt.
    next: String,
    attempts: Vec<String>,
    body: String,
    /// Where the button goes.
    address: String,
}

struct Told {
    text: String,
    href: String,
}

/// The latest deliveries, newest first.
pub(super) fn deliveries(company: &Company, subscription: Option<Subscription>) -> WebhooksPage {
    let outbox = &company.outbox;
    WebhooksPage {
        frame: Frame::of(company),
        endpoint: subscription.map(|app| app.url.to_string()).unwrap_or_default(),
        is_held: outbox.held.is_some(),
        collected: outbox.held.as_ref().map_or(0, Vec::len),
        deliveries: outbox
            .deliveries
            .iter()
            .rev()
            .take(LATEST)
            .map(|delivery| row(company, delivery))
            .collect(),
    }
}

fn row(company: &Company, delivery: &Delivery) -> Row {
    Row {
        id: delivery.id,
        events: delivery.events.iter().take(LISTED).map(|event| told(company, event)).collect(),
        more: delivery.events.len().saturating_sub(LISTED),
        is_delivered: delivery.is_delivered,
        next: match delivery.attempts.last() {
            Some(_) => company.clock.stamp_of(delivery.due),
            None => String::new(),
        },
        attempts: delivery.attempts.iter().map(|attempt| attempted(company, attempt)).collect(),
        body: delivery.body.clone(),
        address: format!("/app/{}/webhooks/{}/redeliver", company.realm, delivery.id),
    }
}

fn told(company: &Company, event: &Event) -> Told {
    let page = entity_named(event.entity).and_then(|entity| {
        let object = company.ledger.get(entity.kind, &event.object)?;
        Some(links::to(entity.kind, object, &company.realm))
    });
    Told {
        text: format!("{} {}: {}", event.entity, event.object, event.operation.name()),
        href: page.unwrap_or_default(),
    }
}

fn attempted(company: &Company, attempt: &Attempt) -> String {
    let outcome = match &attempt.outcome {
        Ok(status) => status.to_string(),
        Err(error) => error.clone(),
    };
    let repeated = if attempt.is_extra { ", sent again" } else { "" };
    format!("{}: {outcome}{repeated}", company.clock.stamp_of(attempt.at))
}
