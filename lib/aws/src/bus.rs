//! The event bus, on which hosts hear of everything.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::http::HttpResponse;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;

use crate::failure::{Source, is_transient};

/// Entries that one PutEvents takes.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
const ENTRIES: usize = 10;
/// Bytes that one PutEvents takes.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>
const BYTES: usize = 256 * 1024;
/// What an entry weighs beside its detail: its time, source, type and resources, generously.
const ENTRY_BYTES: usize = 512;
/// Rounds for entries that the bus did not take; waiting between them is the caller's business.
const ROUNDS: usize = 3;

/// The bus of one deployment.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    name: String,
}

/// Something to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who tells it.
    pub source: &'static str,
    /// What kind of thing.
    pub detail_type: String,
    /// The thing: one JSON object.
    pub detail: String,
    /// When it happened.
    pub at: Timestamp,
}

/// Why the bus did not take something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Passes with time. Some entries may have been taken all the same.
    #[error("the event bus cannot be reached or is throttled")]
    Unavailable(#[source] Source),
    /// Does not pass with time: the deployment is wrong.
    #[error("the event bus refuses the call")]
    Refused(#[source] Source),
}

impl<E> From<SdkError<E, HttpResponse>> for Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        if is_transient(&error) {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Refused(Box::new(error))
        }
    }
}

impl Entry {
    /// Whether it is small enough for the bus.
    pub fn fits(&self) -> bool {
        self.weight() <= BYTES
    }

    fn weight(&self) -> usize {
        self.detail.len() + self.detail_type.len() + ENTRY_BYTES
    }
}

impl Bus {
    /// The bus of that name.
    pub fn new(config: &SdkConfig, name: impl Into<String>) -> Self {
        Self { client: Client::new(config), name: name.into() }
    }

    /// Tells all of it, each of which fits. After an error some may have been told; telling all again is safe for
    /// whoever knows events by their ids.
    pub async fn put(&self, entries: &[Entry]) -> Result<(), Error> {
        for call in calls(entries) {
            self.put_call(call.iter().map(|entry| self.request(entry)).collect()).await?;
        }
        Ok(())
    }

    async fn put_call(&self, mut pending: Vec<PutEventsRequestEntry>) -> Result<(), Error> {
        for _ in 0..ROUNDS {
            let answer = self.client.put_events().set_entries(Some(pending.clone())).send().await?;
            let results = answer.entries.unwrap_or_default();
            let mut results = results.iter();
            // The answer has one result for each entry, in their order.
            pending.retain(|_| results.next().is_none_or(|result| result.error_code.is_some()));
            if pending.is_empty() {
                return Ok(());
            }
        }
        Err(Error::Unavailable("EventBridge did not take some events".into()))
    }

    fn request(&self, entry: &Entry) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(entry.source)
            .detail_type(&entry.detail_type)
            .detail(&entry.detail)
            .time(DateTime::from_secs(entry.at.as_second()))
            .build()
    }
}

/// Entries in their order, in as few calls as their number and weight allow.
fn calls(entries: &[Entry]) -> Vec<&[Entry]> {
    let (mut calls, mut begin, mut bytes) = (Vec::new(), 0, 0);
    for (position, entry) in entries.iter().enumerate() {
        if position > begin && (position - begin == ENTRIES || bytes + entry.weight() > BYTES) {
            calls.push(&entries[begin..position]);
            (begin, bytes) = (position, 0);
        }
        bytes += entry.weight();
    }
    if begin < entries.len() {
        calls.push(&entries[begin..]);
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_go_in_as_few_calls_as_number_and_weight_allow() {
        let entry = |bytes: usize| Entry {
            source: "ledgerbridge",
            detail_type: "ledgerbridge.posting.posted".to_owned(),
            detail: "x".repeat(bytes),
            at: Timestamp::UNIX_EPOCH,
        };
        for (weights, expected) in [
            (vec![], vec![]),
            (vec![1], vec![1]),
            (vec![1; 10], vec![10]),
            (vec![1; 25], vec![10, 10, 5]),
            (vec![100_000; 5], vec![2, 2, 1]),
            (vec![250_000, 1, 250_000], vec![2, 1]),
        ] {
            let entries: Vec<Entry> = weights.iter().map(|bytes| entry(*bytes)).collect();
            let calls = calls(&entries);
            let sizes: Vec<usize> = calls.iter().map(|call| call.len()).collect();
            assert_eq!(sizes, expected, "{weights:?}");
            assert_eq!(calls.concat(), entries);
        }
        assert!(entry(200_000).fits() && !entry(262_144).fits());
    }
}
