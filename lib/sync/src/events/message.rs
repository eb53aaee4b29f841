//! The one form that events have: on the bus, at endpoints and in answers. CloudEvents 1.0, structured.
//!
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>

use domain::event::{self, Event};
use domain::id::TenantId;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

/// An event as the host sees it.
#[derive(Debug, Serialize)]
pub struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: &'static str,
    #[serde(rename = "type")]
    kind: String,
    subject: &'a str,
    time: Timestamp,
    datacontenttype: &'static str,
    tenant: &'a str,
    sequence: String,
    /// What Standard Webhooks calls the time.
    timestamp: Timestamp,
    data: &'a RawValue,
}

impl<'a> CloudEvent<'a> {
    /// The event of a tenant.
    pub fn of(tenant: &'a TenantId, event: &'a Event) -> Self {
        Self {
            specversion: "1.0",
            id: event::id(tenant, event.sequence),
            source: event::SOURCE,
            kind: full_type(&event.kind),
            subject: &event.subject,
            time: event.at,
            datacontenttype: "application/json",
            tenant: tenant.as_str(),
            sequence: sequence(event.sequence),
            timestamp: event.at,
            // It was rendered as JSON and is stored as it was; anything else would be somebody else's doing.
            data: serde_json::from_str(&event.data).unwrap_or(RawValue::NULL),
        }
    }

    /// The event as text.
    pub fn as_json(&self) -> String {
        serde_json::to_string(self).expect("texts and JSON always serialize")
    }
}

/// The type of events of a kind.
pub(super) fn full_type(kind: &str) -> String {
    format!("{}{kind}", event::TYPE_PREFIX)
}

/// A number as a text that sorts as numbers do.
pub fn sequence(number: u64) -> String {
    format!("{number:020}")
}

#[cfg(test)]
mod tests {
    use domain::event::Origin;

    use super::*;

    #[test]
    fn an_event_is_a_cloud_event_and_a_standard_webhook() {
        let tenant = TenantId::parse("acme").unwrap();
        let at: Timestamp = "2026-03-01T08:00:00.5Z".parse().unwrap();
        let event = Event {
            schema: 1,
            sequence: 42,
            kind: "posting.posted".to_owned(),
            subject: "bill/B-1042".to_owned(),
            at,
            data: r#"{"posting":{"total":12.50}}"#.to_owned(),
            origin: Origin { stream: "s".to_owned(), number: "1".to_owned(), item: "i".to_owned() },
            added_at: at,
        };
        let expected = format!(
            "{}{}{}{}{}",
            r#"{"specversion":"1.0","id":""#,
            domain::event::id(&tenant, 42),
            r#"","source":"ledgerbridge","type":"ledgerbridge.posting.posted","subject":"bill/B-1042","#,
            r#""time":"2026-03-01T08:00:00.5Z","datacontenttype":"application/json","tenant":"acme","#,
            r#""sequence":"00000000000000000042","timestamp":"2026-03-01T08:00:00.5Z","data":{"posting":{"total":12.50}}}"#,
        );
        assert_eq!(CloudEvent::of(&tenant, &event).as_json(), expected);
    }
}
