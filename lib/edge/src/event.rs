//! What Lambda hands a function: calls of its URL, batches of its queue and of the table's stream. Only the fields that
//! are used.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// An event of a known kind.
#[derive(Debug)]
pub enum Event {
    /// Someone called the function's URL.
    Url(Box<UrlEvent>),
    /// The queue delivers messages.
    Queue(QueueEvent),
    /// The table's stream delivers writes.
    Stream(StreamEvent),
    /// The schedule asks to bring back what invocations that died left behind: `{"ledgerbridge":"sweep"}`.
    Sweep,
    /// The schedule asks to begin the pulls that are due: `{"ledgerbridge":"pull"}`.
    Pull,
}

/// An event that no function takes.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Neither of the known kinds.
    #[error(
        "the event is neither a function URL call (payload version 2.0) nor an SQS or DynamoDB batch nor a schedule of ours; see events/ for samples"
    )]
    Unknown,
    /// A known kind with fields of another shape.
    #[error("the {0} event is not in the form that Lambda documents")]
    Malformed(&'static str, #[source] serde_json::Error),
}

/// A call of the function's URL, payload version 2.0:
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UrlEvent {
    /// The path as it was sent, percent-encoded.
    pub raw_path: String,
    /// The query as it was sent.
    #[serde(default)]
    pub raw_query_string: String,
    /// Headers by lower-case name; several of one name are joined with commas.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Method and host.
    pub request_context: RequestContext,
    /// The body, in base64 unless Lambda takes its content type for text.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether it is in base64.
    #[serde(default)]
    pub is_base64_encoded: bool,
}

/// What Lambda knows of a call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext {
    /// The host name of the function's URL.
    #[serde(default)]
    pub domain_name: String,
    /// The method.
    pub http: Http,
    /// Present when Lambda has verified the caller's AWS signature.
    #[serde(default)]
    pub authorizer: Option<Authorizer>,
}

/// The method of a call.
#[derive(Debug, Deserialize)]
pub struct Http {
    /// `GET`, `PUT` …
    pub method: String,
}

/// Who signed a call.
#[derive(Debug, Deserialize)]
pub struct Authorizer {
    /// An AWS principal.
    #[serde(default)]
    pub iam: Option<IgnoredAny>,
}

/// The answer to a call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UrlReply {
    /// HTTP status.
    pub status_code: u16,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Text, always.
    pub body: String,
    /// Never: all our answers are text.
    pub is_base64_encoded: bool,
}

/// A batch of messages:
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event>
#[derive(Debug, Deserialize)]
pub struct QueueEvent {
    /// In the order of their groups.
    #[serde(rename = "Records")]
    pub records: Vec<QueueRecord>,
}

/// One message.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueRecord {
    /// By which a failure is reported.
    pub message_id: String,
    /// By which its visibility is changed.
    pub receipt_handle: String,
    /// What [`aws::queues::Message`] writes.
    pub body: String,
    /// What SQS knows of it.
    #[serde(default)]
    pub attributes: QueueAttributes,
    /// What came with it beside its body.
    #[serde(default)]
    pub message_attributes: BTreeMap<String, QueueAttribute>,
    /// Which service it comes from.
    pub event_source: String,
    /// Which queue it comes from.
    #[serde(default, rename = "eventSourceARN")]
    pub event_source_arn: String,
}

/// What came with a message beside its body.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueAttribute {
    /// Its text, if it is one.
    #[serde(default)]
    pub string_value: Option<String>,
}

/// What SQS knows of a message.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueAttributes {
    /// How often it was delivered, this time included.
    #[serde(default)]
    pub approximate_receive_count: String,
    /// The tenant.
    #[serde(default)]
    pub message_group_id: String,
}

/// A batch of writes, in order within each item:
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-sample-dynamodb>
#[derive(Debug, Deserialize)]
pub struct StreamEvent {
    /// The oldest first.
    #[serde(rename = "Records")]
    pub records: Vec<aws::stream::Record>,
}

/// Which messages have to come again:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting>
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueReply {
    /// One for each.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// A message that has to come again.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// Its id.
    pub item_identifier: String,
}

impl Event {
    /// Tells the kind of an event and reads it.
    pub fn parse(json: &str) -> Result<Self, EventError> {
        #[derive(Deserialize)]
        struct Kind {
            #[serde(rename = "rawPath")]
            raw_path: Option<IgnoredAny>,
            #[serde(rename = "Records")]
            records: Option<Vec<Source>>,
            ledgerbridge: Option<Task>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Source {
            event_source: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Task {
            Sweep,
            Pull,
        }
        let kind: Kind = serde_json::from_str(json).map_err(|_| EventError::Unknown)?;
        if kind.raw_path.is_some() {
            let event = serde_json::from_str(json);
            return event.map(Event::Url).map_err(|e| EventError::Malformed("function URL", e));
        }
        if let Some(records) = kind.records {
            let mut sources = records.iter().filter_map(|record| record.event_source.as_deref());
            let source = sources.next().unwrap_or("aws:sqs");
            let event = match source {
                "aws:dynamodb" => serde_json::from_str(json)
                    .map(Event::Stream)
                    .map_err(|e| EventError::Malformed("DynamoDB stream", e)),
                "aws:sqs" => serde_json::from_str(json)
                    .map(Event::Queue)
                    .map_err(|e| EventError::Malformed("SQS", e)),
                _ => return Err(EventError::Unknown),
            };
            return if sources.all(|other| other == source) {
                event
            } else {
                Err(EventError::Unknown)
            };
        }
        match kind.ledgerbridge {
            Some(Task::Sweep) => Ok(Event::Sweep),
            Some(Task::Pull) => Ok(Event::Pull),
            None => Err(EventError::Unknown),
        }
    }
}

impl QueueRecord {
    /// How often it was delivered, this time included.
    pub fn receive_count(&self) -> u32 {
        self.attributes.approximate_receive_count.parse().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_no_known_kind_is_a_clear_error() {
        for json in [
            "{}",
            "null",
            "[]",
            r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#,
            r#"{"Records":[{"messageId":"1","receiptHandle":"r","body":"","eventSource":"aws:s3"}]}"#,
        ] {
            assert!(matches!(Event::parse(json), Err(EventError::Unknown)), "{json}");
        }
        for json in [r#"{"rawPath":"/x"}"#, r#"{"Records":[{"body":1}]}"#] {
            assert!(matches!(Event::parse(json), Err(EventError::Malformed(..))), "{json}");
        }
    }

    #[test]
    fn a_batch_reply_is_what_lambda_expects() {
        let reply = QueueReply {
            batch_item_failures: vec![ItemFailure { item_identifier: "m-1".to_owned() }],
        };
        assert_eq!(
            serde_json::to_string(&reply).unwrap(),
            r#"{"batchItemFailures":[{"itemIdentifier":"m-1"}]}"#
        );
    }
}
