//! The two shapes of a notification's body.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{operations::Event, subscription::Format};
use crate::switches::{Switches, Told};

/// What `source` is made of; apps must not read anything into it.
const SOURCE: &str = "intuit-sim";

/// The body that tells one company's events.
pub(super) fn body(realm: &str, events: &[Event], format: Format, switches: &Switches) -> String {
    let body = match format {
        Format::Classic => classic(realm, events),
        Format::Cloudevents => {
            events.iter().map(|event| cloud_event(realm, event, switches)).collect()
        }
    };
    body.to_string()
}

fn classic(realm: &str, events: &[Event]) -> Value {
    let entities: Vec<Value> = events
        .iter()
        .map(|event| {
            let mut entity = json!({
                "name": event.entity, "id": event.object, "operation": event.operation.name(),
                "lastUpdated": event.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
            });
            if let Some(loser) = &event.loser {
                entity["deletedId"] = json!(loser);
            }
            entity
        })
        .collect();
    json!({"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": entities}}]})
}

/// Where a merge names the loser is not known; `deletedId` in `data` is the classic name's place.
fn cloud_event(realm: &str, event: &Event, switches: &Switches) -> Value {
    let loser = event.loser.as_ref().filter(|_| switches.webhook_merge_loser == Told::Told);
    json!({
        "specversion": "1.0",
        "id": event.id.to_string(),
        "source": format!("intuit.{}", STANDARD.encode(SOURCE)),
        "type": format!("qbo.{}.{}.v1", event.entity.to_lowercase(), event.operation.past()),
        "datacontenttype": "application/json",
        "time": event.at.strftime("%Y-%m-%dT%H:%M:%S%.9fZ").to_string(),
        "intuitentityid": event.object,
        "intuitaccountid": realm,
        "data": loser.map_or_else(|| json!({}), |loser| json!({"deletedId": loser}))
    })
}
