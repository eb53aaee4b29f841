//! The app's subscription, and one company's deliveries: held, released, listed, sent again.

use http::Method;
use serde_json::{Value, json};

use super::{Refusal, body};
use crate::{
    call::Call,
    company::Company,
    webhooks::{Delivery, Subscription, Webhooks},
    world::{World, locked},
};

/// What the developer portal does: there is one subscription, for every company.
pub(super) fn subscription(world: &World, call: &Call) -> Result<Value, Refusal> {
    match call.method {
        Method::GET => {}
        Method::PUT => {
            let subscription: Subscription = serde_json::from_value(body(call)?)
                .map_err(|error| Refusal::Bad(error.to_string()))?;
            if subscription.url.scheme() != "http" || subscription.url.host_str().is_none() {
                return Err(Refusal::Bad("the simulator posts to http addresses only".to_owned()));
            }
            world.webhooks.subscribe(Some(subscription));
            // What an earlier subscription left behind may be due.
            for company in world.companies() {
                world.webhooks.wake(&locked(&company).realm);
            }
        }
        Method::DELETE => world.webhooks.subscribe(None),
        _ => return Err(Refusal::NotFound),
    }
    Ok(world.webhooks.subscription().map_or_else(|| json!({}), |subscription| json!(subscription)))
}

/// Answers the calls about one company's deliveries.
pub(super) fn of_company(
    webhooks: &Webhooks,
    company: &mut Company,
    call: &Call,
    rest: &[&str],
) -> Result<Value, Refusal> {
    match (&call.method, rest) {
        (&Method::GET, []) => {
            let after = call.parameter("after").and_then(|after| after.parse().ok());
            Ok(listed(company, after.unwrap_or_default()))
        }
        (&Method::POST, [deed]) => done(webhooks, company, deed),
        (&Method::POST, [id, "redeliver"]) => redeliver(company, id),
        _ => Err(Refusal::NotFound),
    }
}

/// Holds deliveries back, or lets go what was collected.
pub(crate) fn done(
    webhooks: &Webhooks,
    company: &mut Company,
    deed: &str,
) -> Result<Value, Refusal> {
    match deed {
        "hold" => {
            let held = company.outbox.held.get_or_insert_default();
            Ok(json!({"held": true, "collected": held.len()}))
        }
        "release" => {
            let subscription = webhooks
                .subscription()
                .ok_or_else(|| Refusal::Bad("the app is not subscribed".to_owned()))?;
            let now = company.clock.now();
            let realm = company.realm.clone();
            let released = company.outbox.release(&realm, &subscription, &company.switches, now);
            let delivery = company.outbox.deliveries.last().filter(|_| released > 0);
            Ok(json!({"held": false, "released": released, "id": delivery.map(id)}))
        }
        _ => Err(Refusal::NotFound),
    }
}

/// Sends a delivery once more, whatever became of it so far.
pub(crate) fn redeliver(company: &mut Company, named: &str) -> Result<Value, Refusal> {
    let delivery = named
        .parse()
        .ok()
        .and_then(|number| company.outbox.delivery(number))
        .ok_or(Refusal::NotFound)?;
    delivery.repeat(1);
    Ok(shown(delivery))
}

fn listed(company: &Company, after: usize) -> Value {
    let outbox = &company.outbox;
    let deliveries: Vec<Value> =
        outbox.deliveries.iter().filter(|delivery| delivery.id > after).map(shown).collect();
    json!({
        "held": outbox.held.is_some(),
        "collected": outbox.held.as_ref().map_or(0, Vec::len),
        "deliveries": deliveries
    })
}

fn shown(delivery: &Delivery) -> Value {
    let attempts: Vec<Value> = delivery
        .attempts
        .iter()
        .map(|attempt| {
            let mut shown = json!({"at": attempt.at.to_string()});
            match &attempt.outcome {
                Ok(status) => shown["status"] = json!(status),
                Err(error) => shown["error"] = json!(error),
            }
            if attempt.is_extra {
                shown["extra"] = json!(true);
            }
            shown
        })
        .collect();
    let headers: serde_json::Map<String, Value> = delivery
        .headers()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let mut shown = json!({
        "id": id(delivery),
        "state": if delivery.is_delivered { "delivered" } else { "pending" },
        "format": delivery.format,
        "headers": headers,
        "body": delivery.body,
        "events": delivery.events.iter().map(crate::webhooks::Event::in_brief).collect::<Vec<_>>(),
        "attempts": attempts
    });
    if !delivery.is_delivered {
        shown["next_at"] = json!(delivery.due.to_string());
    }
    shown
}

fn id(delivery: &Delivery) -> String {
    delivery.id.to_string()
}
