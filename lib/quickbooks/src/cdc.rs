//! Change data capture: what changed since a moment, over several entities at once.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/changedatacapture>

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Map, Value as Json};

use crate::send::{Answer, Call, Effect, bad_answer};
use crate::{Access, Client, Entity, EntityKind, Error, ObjectId};

/// The most objects in one answer, all entities together. There is no next page: an answer that holds so many may
/// have left others out, so ask again for fewer entities, or from later on.
pub const CDC_OBJECTS_AT_MOST: usize = 1000;

/// How far back a question may reach. Whoever last asked longer ago runs queries by
/// [`Field::UPDATED`](crate::Field::UPDATED) instead.
pub const CDC_LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What changed, entity by entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// When QuickBooks began to answer, by its own clock: where the next question starts, less some overlap.
    pub time: Timestamp,
    /// How many objects the answer holds, deleted ones and all entities included.
    pub objects: usize,
    rows: BTreeMap<EntityKind, Vec<Json>>,
    intuit_tid: Option<String>,
}

/// What became of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<T> {
    /// It was made or changed, and is now so. Voided documents and retired names are among these.
    Is(T),
    /// It is gone: deleted, or merged into another.
    Deleted {
        /// Its id.
        id: ObjectId,
        /// When, if QuickBooks says so.
        at: Option<Timestamp>,
    },
}

impl Client {
    /// Asks what changed since a moment, which counts down to the second. One metered call for all entities
    /// together.
    ///
    /// QuickBooks refuses an empty list and tax codes. What it does with a moment before [`CDC_LOOK_BACK`] is not
    /// documented: it may refuse, which [`Error::is_too_long_ago`] tells, or silently answer for less. So a caller
    /// that knows the time does not ask.
    pub async fn changes(
        &self,
        access: &Access,
        kinds: &[EntityKind],
        since: Timestamp,
    ) -> Result<Changes, Error> {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let mut url = self.endpoints().company_url(&access.realm, &["cdc"]);
        // The moment ends in `Z`, and the pairs are encoded: an offset's plus sign would be read as a space.
        url.query_pairs_mut()
            .append_pair("entities", &names.join(","))
            .append_pair("changedSince", &whole_second(since).to_string());
        let call = Call {
            method: Method::GET,
            entity: "ChangeDataCapture",
            operation: "cdc",
            url,
            body: None,
            effect: Effect::Read,
        };
        Changes::in_answer(self.send(access, call).await?, kinds)
    }
}

impl Changes {
    /// Whether QuickBooks may have left something out.
    pub fn is_full(&self) -> bool {
        self.objects >= CDC_OBJECTS_AT_MOST
    }

    /// The changed objects of one entity, in the order of the answer; none for an entity that was not asked for.
    /// Fails as a whole, naming entity and id, if one of them cannot be read.
    pub fn of<T: Entity>(&self) -> Result<Vec<Change<T>>, Error> {
        self.each().collect()
    }

    /// The same, one by one, for callers that go on without an object that cannot be read.
    pub fn each<T: Entity>(&self) -> impl Iterator<Item = Result<Change<T>, Error>> + '_ {
        let rows = self.rows.get(&T::KIND).map(Vec::as_slice).unwrap_or_default();
        rows.iter().map(|row| self.change(row))
    }

    fn change<T: Entity>(&self, row: &Json) -> Result<Change<T>, Error> {
        let unreadable = |what: &str| Error::Unreadable {
            why: format!("{} {what}", T::NAME),
            intuit_tid: self.intuit_tid.clone(),
        };
        let id = row.get("Id").and_then(Json::as_str).ok_or_else(|| unreadable("without an id"))?;
        let is_deleted = |status: &Json| {
            status.as_str().is_some_and(|status| status.eq_ignore_ascii_case("Deleted"))
        };
        if row.get("status").is_some_and(is_deleted) {
            let at = row.get("MetaData").and_then(|data| data.get("LastUpdatedTime"));
            let at = at.and_then(Json::as_str).and_then(|text| text.parse().ok());
            return Ok(Change::Deleted { id: ObjectId::new(id), at });
        }
        // An odd id may quote the books.
        let is_id = id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let id = if is_id { id } else { "of an odd id" };
        T::deserialize(row).map(Change::Is).map_err(|_| unreadable(&format!("{id} cannot be read")))
    }

    pub(crate) fn in_answer(answer: Answer, kinds: &[EntityKind]) -> Result<Self, Error> {
        let Answer { mut json, time, intuit_tid } = answer;
        let wrong = |why: &str| bad_answer(why, &Effect::Read, intuit_tid.clone());
        let time = time.ok_or_else(|| wrong("changes without the time of the answer"))?;
        let responses = json.remove("CDCResponse").ok_or_else(|| wrong("no CDCResponse"))?;
        let mut changes =
            Self { time, objects: 0, rows: BTreeMap::new(), intuit_tid: intuit_tid.clone() };
        for mut response in objects(responses).ok_or_else(|| wrong("an odd CDCResponse"))? {
            let elements = response.remove("QueryResponse").unwrap_or(Json::Null);
            for element in objects(elements).ok_or_else(|| wrong("an odd QueryResponse"))? {
                changes.take(element, kinds);
            }
        }
        Ok(changes)
    }

    /// An element names its entity by the key of its list. It may be empty, and come in any order.
    fn take(&mut self, element: Map<String, Json>, kinds: &[EntityKind]) {
        for (name, value) in element {
            let rows = match value {
                Json::Array(rows) => rows,
                row @ Json::Object(_) => vec![row],
                _ => continue,
            };
            self.objects += rows.len();
            if let Some(kind) = kinds.iter().find(|kind| kind.name() == name) {
                self.rows.entry(*kind).or_default().extend(rows);
            }
        }
    }
}

/// The objects of a list; a single one counts as a list of one, and nothing as none.
fn objects(value: Json) -> Option<Vec<Map<String, Json>>> {
    match value {
        Json::Null => Some(Vec::new()),
        Json::Object(single) => Some(vec![single]),
        Json::Array(elements) => elements
            .into_iter()
            .filter(|element| !element.is_null())
            .map(|element| match element {
                Json::Object(object) => Some(object),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// QuickBooks keeps whole seconds. Rounding down asks for too much rather than for too little.
fn whole_second(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

#[cfg(test)]
#[path = "cdc_tests.rs"]
mod tests;
