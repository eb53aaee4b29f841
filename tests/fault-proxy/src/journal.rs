//! What has passed: a bounded, ordered list of operations.

use std::collections::VecDeque;

use bytes::Bytes;
use serde::Serialize;

use crate::operation::{Operation, Service};

/// Enough for hours of tests; a proxy that people leave running must not grow without end.
const MAX_OPERATIONS: usize = 200_000;
/// The texts of requests are kept for matching; this is the most that all of them together may take.
const MAX_BYTES: usize = 128 * 1024 * 1024;

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not yet.
    InFlight,
    /// The outside world answered, and the caller got it.
    Answered,
    /// A rule answered, and the outside world never heard of it.
    Injected,
    /// A rule closed the socket before it was sent.
    DroppedBefore,
    /// A rule closed the socket after it was sent.
    DroppedAfter,
    /// The process was dead already.
    Dead,
    /// The outside world could not be reached or broke off.
    Unreachable,
}

/// One operation, as `GET /operations` shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Counts up over all tenants.
    pub seq: u64,
    /// Which service it was for.
    pub service: Service,
    /// Its name, see [`Operation::name`].
    pub operation: String,
    /// Who called, if it said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The status that the outside world, or a rule, answered.
    pub status: Option<u16>,
    /// How it ended.
    pub outcome: Outcome,
}

struct Kept {
    entry: Entry,
    path: String,
    body: Bytes,
}

/// The list, oldest first.
#[derive(Default)]
pub struct Journal {
    last: u64,
    bytes: usize,
    kept: VecDeque<Kept>,
}

impl Journal {
    /// Notes an operation on its arrival; returns the number to [`Journal::finish`] it with.
    pub fn begin(&mut self, operation: &Operation, path: &str, body: &Bytes) -> u64 {
        self.last += 1;
        let entry = Entry {
            seq: self.last,
            service: operation.service,
            operation: operation.name.clone(),
            caller: operation.caller.clone(),
            status: None,
            outcome: Outcome::InFlight,
        };
        self.bytes += body.len();
        self.kept.push_back(Kept { entry, path: path.to_owned(), body: body.clone() });
        while self.kept.len() > MAX_OPERATIONS || self.bytes > MAX_BYTES {
            let Some(dropped) = self.kept.pop_front() else { break };
            self.bytes -= dropped.body.len();
        }
        self.last
    }

    /// Notes how an operation ended.
    pub fn finish(&mut self, seq: u64, status: Option<u16>, outcome: Outcome) {
        let first = self.kept.front().map_or(0, |kept| kept.entry.seq);
        let position = seq.checked_sub(first).and_then(|position| usize::try_from(position).ok());
        if let Some(kept) = position.and_then(|position| self.kept.get_mut(position)) {
            kept.entry.status = status;
            kept.entry.outcome = outcome;
        }
    }

    /// The operations after number `after` that contain one of `texts`; all of them when there is none.
    pub fn list(&self, texts: &[String], after: u64) -> Vec<Entry> {
        let matches = |kept: &&Kept| {
            texts.is_empty() || texts.iter().any(|text| contains(text, &kept.path, &kept.body))
        };
        self.kept
            .iter()
            .filter(|kept| kept.entry.seq > after)
            .filter(matches)
            .map(|kept| kept.entry.clone())
            .collect()
    }

    /// The number of the newest operation, 0 at first.
    pub fn last(&self) -> u64 {
        self.last
    }
}

/// Whether `text` occurs in the path with its query, or in the body. The empty text occurs nowhere, lest it hit every test.
pub(crate) fn contains(text: &str, path: &str, body: &[u8]) -> bool {
    !text.is_empty()
        && (path.contains(text) || memchr::memmem::find(body, text.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation() -> Operation {
        Operation { service: Service::Sqs, name: "AmazonSQS.SendMessage".to_owned(), caller: None }
    }

    #[test]
    fn operations_are_found_by_a_text_in_path_or_body() {
        let mut journal = Journal::default();
        let first = journal.begin(&operation(), "/v3/company/77/query?a=b", &Bytes::new());
        let second = journal.begin(&operation(), "/", &Bytes::from_static(br#"{"pk":"T#tenant"}"#));
        journal.finish(second, Some(200), Outcome::Answered);
        let find = |texts: &[&str], after| {
            let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
            journal.list(&texts, after).iter().map(|entry| entry.seq).collect::<Vec<_>>()
        };
        assert_eq!(find(&["/77/"], 0), [first]);
        assert_eq!(find(&["tenant"], 0), [second]);
        assert_eq!(find(&["77", "tenant"], 0), [first, second]);
        assert_eq!(find(&["77", "tenant"], first), [second]);
        assert_eq!(find(&[""], 0), [0_u64; 0]);
        assert_eq!(find(&[], 0), [first, second]);
        assert_eq!(journal.list(&[], first)[0].outcome, Outcome::Answered);
    }

    #[test]
    fn the_oldest_operations_make_room() {
        let mut journal = Journal::default();
        let body = Bytes::from(vec![b'x'; MAX_BYTES / 2]);
        for _ in 0..3 {
            journal.begin(&operation(), "/", &body);
        }
        journal.finish(1, Some(200), Outcome::Answered);
        assert_eq!(
            journal.list(&[], 0).iter().map(|entry| (entry.seq, entry.outcome)).collect::<Vec<_>>(),
            [(2, Outcome::InFlight), (3, Outcome::InFlight)]
        );
        assert_eq!(journal.last(), 3);
    }
}
