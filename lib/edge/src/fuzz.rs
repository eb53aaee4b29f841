//! What holds for whatever bodies, queries, cursors, events and messages come in. `tests/fuzz/` searches for inputs that break
//! it; the tests below replay those that are kept.

mod bodies;
mod files;

use aws::queues::Message;
use aws::table::{HistoryPlace, Place};
use axum::body::HttpBody;
use domain::id::{HostId, ObjectId, TenantId};
use domain::issued::IssuedState;

pub use bodies::bodies;
pub use files::files;

use crate::cursor;
use crate::event::Event;
use crate::http::{self, MAX_BODY_BYTES, Query};
use crate::routes::filters::{Filters, MAX_LIMIT};

/// A query of a list.
pub fn queries(input: &[u8]) {
    let query = Query::parse(&String::from_utf8_lossy(input));
    let known = ["kind", "state", "from", "to", "include", "cursor", "limit", "record", "color"];
    let mut filters = Filters::of(&query, &known);
    let kind = filters.kind();
    let (from, to) = (filters.from(), filters.to());
    let limit = filters.limit();
    let parts = [
        kind.is_some(),
        filters.state().is_some(),
        filters.includes_hidden(),
        filters.choice("color", IssuedState::parse, "Send a state.").is_some(),
        filters.place(|text| HostId::parse(text).ok()).is_some(),
    ];
    assert!((1..=MAX_LIMIT).contains(&limit), "a page of {limit}");
    // Times are compared as text.
    for time in [from, to].into_iter().flatten() {
        assert_eq!(format!("{time:.6}").len(), "2026-01-01T00:00:00.000000Z".len(), "{time}");
    }
    let read = usize::from(from.is_some()) + parts.into_iter().filter(|read| *read).count();
    match filters.finish() {
        Ok(()) => assert!(query.unknown(&known).is_none() && read > 0, "a list needs its state"),
        Err(problem) => bodies::is_shown(&problem),
    }
}

/// A cursor, and a place that one is made of.
pub fn cursors(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let [tenant, other] = ["acme", "other"].map(|id| TenantId::parse(id).expect("an id"));
    let any = |text: &str| Some(text.to_owned());
    let sealed = cursor::seal(&tenant, &"history", &text);
    assert_eq!(cursor::open(&tenant, &"history", &sealed, any).as_deref(), Ok(&*text));
    for (who, question, at) in [(&other, "history", &*sealed), (&tenant, "postings", &*sealed)] {
        assert!(cursor::open(who, &question, at, any).is_err(), "good for another list");
    }
    if let Ok(place) = cursor::open(&tenant, &"history", &text, any) {
        assert!(cursor::open(&other, &"history", &text, any).is_err(), "good for two tenants");
        assert_eq!(cursor::seal(&tenant, &"history", &place), text, "two cursors of one place");
    }
    // Nothing of a place leads out of the keys that it is a part of.
    if let Some(place) = HistoryPlace::parse(&text) {
        assert_eq!(place.as_text(), text);
        assert_eq!(text.matches('#').count(), 1, "{text:?}");
    }
    if let Some(place) = Place::parse(&text) {
        assert_eq!(place.as_text(), text);
        assert!((3..=4).contains(&text.matches('#').count()), "{text:?}");
    }
    assert!(ObjectId::parse(&text).is_err() || !text.contains('#'));
}

/// What Lambda hands over, and the request that becomes of it.
pub fn events(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match Event::parse(&text) {
        Ok(Event::Url(event)) => {
            let Ok(request) = http::request(*event, MAX_BODY_BYTES) else { return };
            let size = request.body().size_hint().upper();
            assert!(size.is_some_and(|size| size <= MAX_BODY_BYTES as u64), "a body of {size:?}");
            Query::parse(request.uri().query().unwrap_or_default());
        }
        Ok(Event::Queue(batch)) => batch.records.iter().for_each(|record| message(&record.body)),
        Ok(Event::Stream(_) | Event::Sweep | Event::Pull) => {}
        Err(error) => assert!(error.to_string().len() < 300, "an error that quotes: {error}"),
    }
    message(&text);
}

/// What is read from a queue is what would be written into it.
fn message(text: &str) {
    if let Ok(message) = Message::parse(text) {
        assert_eq!(Message::parse(&message.body()), Ok(message), "{text:?}");
    }
}

#[cfg(test)]
#[path = "../../../tests/fuzz/replay.rs"]
mod corpus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_inputs_break_nothing() {
        corpus::replay("bodies", bodies);
        corpus::replay("queries", queries);
        corpus::replay("cursors", cursors);
        corpus::replay("files", files);
        corpus::replay("events", events);
    }
}
