//! Many writes in one call: made once, stored by the caller, sent as often as needed, and answered item by item.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/batch>

use std::collections::BTreeMap;
use std::fmt;

use reqwest::Method;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::send::{Answer, Body, Call, Effect, bad_answer, refused};
use crate::{Access, Client, Error, FaultReply, Object, Operation, RequestId, Write, fault};

/// Operations that one batch takes. A sample of Intuit says 50, its documentation 30.
pub const BATCH_ITEMS_AT_MOST: usize = 30;

/// The longest id of an item, where the batch has a request id
/// (<https://blogs.intuit.com/2015/04/06/15346>).
const ITEM_ID_MAX_LENGTH: usize = 10;

/// One batch, complete: a caller that stores it can send exactly the same bytes again. QuickBooks performs each item by
/// itself: one that fails takes no other with it, none can use what another makes, and no order is promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    request_id: RequestId,
    body: String,
}

impl Batch {
    /// Puts writes together. Their own request ids are not sent: that of the batch stands for all.
    pub fn new<'a>(
        request_id: RequestId,
        items: impl IntoIterator<Item = (&'a ItemId, &'a Write)>,
    ) -> Result<Self, BatchError> {
        let mut request = Request { items: Vec::new() };
        for (id, write) in items {
            if request.items.iter().any(|item| item.id == id) {
                return Err(BatchError::IdTwice(id.clone()));
            }
            let object = serde_json::from_str(write.body()).map_err(|_| BatchError::NotJson)?;
            request.items.push(Item { id, write, object });
        }
        if request.items.is_empty() || request.items.len() > BATCH_ITEMS_AT_MOST {
            return Err(BatchError::Length(request.items.len()));
        }
        let body = serde_json::to_string(&request).map_err(|_| BatchError::NotJson)?;
        Ok(Self { request_id, body })
    }

    /// What makes repeating it safe: QuickBooks repeats its whole first answer.
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The exact bytes that are sent.
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl Client {
    /// Sends a batch. An error is about the batch as a whole; what became of each item is in the answer.
    pub async fn batch(&self, access: &Access, batch: &Batch) -> Result<BatchAnswer, Error> {
        let effect = Effect::Write(batch.request_id().clone());
        let call = Call {
            method: Method::POST,
            entity: "Batch",
            operation: "batch",
            url: self.endpoints().company_url(&access.realm, &["batch"]),
            body: Some(Body { content_type: "application/json", text: batch.body().to_owned() }),
            effect: effect.clone(),
        };
        let Answer { mut json, intuit_tid, .. } = self.send(access, call).await?;
        let Some(Value::Array(answered)) = json.remove("BatchItemResponse") else {
            return Err(bad_answer("no BatchItemResponse", &effect, intuit_tid));
        };
        Ok(BatchAnswer::of_items(answered, intuit_tid))
    }
}

/// What QuickBooks answered to a batch, in any order. It can be stored as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAnswer {
    items: BTreeMap<String, Map<String, Value>>,
    intuit_tid: Option<String>,
}

impl BatchAnswer {
    fn of_items(answered: Vec<Value>, intuit_tid: Option<String>) -> Self {
        let mut items = BTreeMap::new();
        let mut contradicted = Vec::new();
        for item in answered {
            let Value::Object(mut item) = item else { continue };
            let Some(Value::String(id)) = item.remove("bId") else { continue };
            if items.insert(id.clone(), item).is_some() {
                contradicted.push(id);
            }
        }
        // Two answers to one item are none.
        items.retain(|id, _| !contradicted.contains(id));
        Self { items, intuit_tid }
    }

    /// What became of one item, which was this write: as if it had been sent alone. An item without an answer is
    /// [`Error::Uncertain`].
    pub fn of(&self, id: &ItemId, write: &Write) -> Result<Object, Error> {
        let effect = Effect::Write(write.request_id().clone());
        let Some(item) = self.items.get(id.as_str()) else {
            return Err(bad_answer("the item is missing", &effect, self.intuit_tid.clone()));
        };
        if let Some((kind, faults)) = fault::of_item(item) {
            let intuit_tid = self.intuit_tid.clone();
            let reply = FaultReply { status: 200, intuit_tid, faults, kind, retry_after: None };
            return Err(refused(reply, &effect));
        }
        let tid = self.intuit_tid.clone();
        write
            .result(item.clone())
            .ok_or_else(|| bad_answer("not the object that was written", &effect, tid))
    }
}

/// Names an item within its batch: 1 to 10 ASCII letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ItemId(String);

impl ItemId {
    /// Checks length and alphabet.
    pub fn new(text: impl Into<String>) -> Result<Self, BatchError> {
        let text = text.into();
        let fits = (1..=ITEM_ID_MAX_LENGTH).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(Self(text)) } else { Err(BatchError::ItemId(text)) }
    }

    /// The text that is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ItemId {
    type Error = BatchError;

    fn try_from(text: String) -> Result<Self, BatchError> {
        Self::new(text)
    }
}

impl From<ItemId> for String {
    fn from(id: ItemId) -> String {
        id.0
    }
}

/// Why a batch cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// None, or more than QuickBooks takes.
    #[error("a batch has 1 to {BATCH_ITEMS_AT_MOST} items, not {0}")]
    Length(usize),
    /// Answers could not be told apart.
    #[error("two items are called {0}")]
    IdTwice(ItemId),
    /// Too long, empty, or with characters that could be refused.
    #[error("an item is called by 1 to 10 letters and digits, not {0:?}")]
    ItemId(String),
    /// A write whose body a caller brought as text.
    #[error("a write's body is not JSON")]
    NotJson,
}

struct Request<'a> {
    items: Vec<Item<'a>>,
}

struct Item<'a> {
    id: &'a ItemId,
    write: &'a Write,
    /// The body as it is, so that numbers keep their digits.
    object: &'a RawValue,
}

impl Serialize for Request<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut request = serializer.serialize_map(Some(1))?;
        request.serialize_entry("BatchItemRequest", &self.items)?;
        request.end()
    }
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (operation, options) = match self.write.operation() {
            Operation::Create => ("create", None),
            Operation::Update | Operation::SparseUpdate => ("update", None),
            Operation::Void => ("update", Some("void")),
            Operation::Delete => ("delete", None),
        };
        let mut item = serializer.serialize_map(None)?;
        item.serialize_entry("bId", self.id)?;
        item.serialize_entry("operation", operation)?;
        if let Some(options) = options {
            item.serialize_entry("optionsData", options)?;
        }
        item.serialize_entry(self.write.entity().name(), self.object)?;
        item.end()
    }
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
