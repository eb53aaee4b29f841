//! History: an append-only log, newest first.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::history::{HistoryLine, SCHEMA};
use domain::id::TenantId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::item::{Item, decode, encode, key_item, text, text_of};
use super::keys::{HISTORY, Key, SK, instant};
use super::read::at_most;
use super::write::{Expression, Refusal, absent};
use super::{Error, Table};

/// Layout of the stored mark.
pub(super) const HIDDEN_SCHEMA: u32 = 1;
/// Sorts right behind all lines: `$` comes after `#`.
const BEHIND_ALL: &str = "HISTORY$";

/// A part of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The lines, newest first, each with its place.
    pub lines: Vec<(HistoryPlace, HistoryLine)>,
    /// Where the next, older page begins; absent when there is none.
    pub next: Option<HistoryPlace>,
}

/// Where a line is in the history of its tenant. An older page begins behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPlace(String);

/// The time that a look at the history covers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct HistorySpan {
    /// From then on; absent from the beginning.
    pub from: Option<Timestamp>,
    /// Before then; absent up to now.
    pub to: Option<Timestamp>,
}

/// Lines before a time are no longer shown. They stay.
#[derive(Debug, Serialize, Deserialize)]
struct Hidden {
    schema: u32,
    before: Timestamp,
}

impl HistoryPlace {
    /// Reads [`HistoryPlace::as_text`] back.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('#')?;
        let known = at.parse::<Timestamp>().is_ok_and(|time| instant(time) == at)
            && Uuid::parse_str(id).is_ok_and(|uuid| uuid.to_string() == id);
        known.then(|| Self(text.to_owned()))
    }

    /// The place as text.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    fn of(item: &Item) -> Option<Self> {
        text_of(item, SK)?.strip_prefix(HISTORY).map(|place| Self(place.to_owned()))
    }
}

impl Table {
    /// At most `limit` lines of a time, newest first, behind `after`.
    pub async fn history(
        &self,
        tenant: &TenantId,
        span: &HistorySpan,
        limit: u32,
        after: Option<&HistoryPlace>,
    ) -> Result<HistoryPage, Error> {
        let bound = |at: Timestamp| format!("{HISTORY}{}", instant(at));
        let from = span.from.map_or(HISTORY.to_owned(), bound);
        let to = span.to.map_or(BEHIND_ALL.to_owned(), bound);
        let after = after.map(|place| format!("{HISTORY}{}", place.0));
        // DynamoDB refuses a range that is upside down, and a start outside of the range.
        if from >= to || after.as_ref().is_some_and(|after| *after <= from) {
            return Ok(HistoryPage { lines: Vec::new(), next: None });
        }
        let start = after.filter(|after| *after < to);
        let answer = self
            .between(tenant, &from, &to)
            // A line may show a little late; that halves what a look costs.
            .consistent_read(false)
            .scan_index_forward(false)
            .set_exclusive_start_key(start.map(|sk| key_item(Key::sorted(tenant, &sk))))
            .limit(at_most(limit))
            .send()
            .await?;
        let next = answer.last_evaluated_key.as_ref().and_then(HistoryPlace::of);
        let mut lines = Vec::new();
        for item in answer.items.unwrap_or_default() {
            let place = HistoryPlace::of(&item).expect("the query asks for keys of this form");
            lines.push((place, decode(item, tenant, SCHEMA)?));
        }
        Ok(HistoryPage { lines, next })
    }

    /// Since when lines are shown; absent when none were hidden.
    pub async fn history_hidden_before(
        &self,
        tenant: &TenantId,
    ) -> Result<Option<Timestamp>, Error> {
        let Some(item) = self.get(Key::history_hidden(tenant)).await? else { return Ok(None) };
        Ok(Some(decode::<Hidden>(item, tenant, HIDDEN_SCHEMA)?.before))
    }

    /// Hides all lines before `line`, and adds it. Nothing is destroyed, and nothing is ever shown again by this.
    pub async fn hide_history(&self, tenant: &TenantId, line: &HistoryLine) -> Result<(), Error> {
        let hidden = Hidden { schema: HIDDEN_SCHEMA, before: line.at };
        let mut item = encode(&hidden, Key::history_hidden(tenant));
        // Compared as text, so it needs the form that sorts.
        item.insert("before".to_owned(), text(instant(line.at)));
        let condition = Expression::new(format!("{} OR #before <= :before", absent().text()))
            .value(":before", text(instant(line.at)));
        let writes = vec![self.put(item, Some(&condition)), self.history_write(tenant, line)];
        match self.transact(writes).await {
            // Another call has hidden more than this one would.
            Ok(()) | Err(Refusal::Conditions(_)) => Ok(()),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// Adds a line.
    pub async fn append_history(&self, tenant: &TenantId, line: &HistoryLine) -> Result<(), Error> {
        let item = encode(line, Key::history(tenant, line.at));
        self.put_alone(item).await
    }

    /// A line as a part of a transaction.
    pub(super) fn history_write(&self, tenant: &TenantId, line: &HistoryLine) -> TransactWriteItem {
        self.put(encode(line, Key::history(tenant, line.at)), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_place_that_a_line_can_have_is_read() {
        let good = "2026-03-01T08:00:00.000000Z#7f9f2d3e-8d55-4b8e-9b7e-0e3f8b6a2c11";
        assert_eq!(HistoryPlace::parse(good).unwrap().as_text(), good);
        for bad in [
            "",
            "#",
            "2026-03-01T08:00:00Z#7f9f2d3e-8d55-4b8e-9b7e-0e3f8b6a2c11",
            "2026-03-01T08:00:00.000000Z#x",
            "2026-03-01T08:00:00.000000Z",
            "2026-03-01T08:00:00.000000Z#7F9F2D3E-8D55-4B8E-9B7E-0E3F8B6A2C11",
        ] {
            assert_eq!(HistoryPlace::parse(bad), None, "{bad}");
        }
    }
}
