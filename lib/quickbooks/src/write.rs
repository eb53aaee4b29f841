//! A write as a value: built without I/O, stored by the caller, sent as often as needed.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::entity::{Entity, can};
use crate::{EntityKind, Error, ObjectId, RequestId, SyncToken};

/// Blocks that QuickBooks adds to its answers and refuses when they come back
/// (reported for `PurchaseEx`; the others are the same wrapper elsewhere).
const NEVER_SENT_BACK: [&str; 4] =
    ["LineEx", "PurchaseEx", "BillPaymentCheckEx", "BillPaymentCreditCardEx"];

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Makes a new object.
    Create,
    /// Replaces an object; writable members that are absent are cleared.
    Update,
    /// Changes the members that are present. An array counts as one member: its elements are all replaced.
    SparseUpdate,
    /// Leaves the document in the books with all amounts zero.
    Void,
    /// Removes the document.
    Delete,
}

impl Operation {
    /// The name in stored writes and log lines.
    pub const fn name(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::SparseUpdate => "sparse_update",
            Operation::Void => "void",
            Operation::Delete => "delete",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One write, complete: a caller that stores it can send exactly the same bytes again. Operations that QuickBooks
/// does not offer for an entity do not compile here, and are refused when a stored one is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredWrite")]
pub struct Write {
    entity: EntityKind,
    operation: Operation,
    request_id: RequestId,
    body: String,
}

impl Write {
    /// Makes a new object.
    pub fn create<T: can::Create>(request_id: RequestId, object: &T) -> Self {
        Self::built(T::KIND, Operation::Create, request_id, members(object))
    }

    /// Replaces an object that was read before: send it whole, since absent members are cleared.
    pub fn update<T: can::Update>(request_id: RequestId, object: &T) -> Result<Self, WriteError> {
        if object.id().is_none() || object.sync_token().is_none() {
            return Err(WriteError::NeverRead { entity: T::KIND });
        }
        let mut body = members(object);
        body.remove("sparse");
        Ok(Self::built(T::KIND, Operation::Update, request_id, body))
    }

    /// Changes only the members that `changes` has.
    pub fn sparse_update<T: can::SparseUpdate>(
        request_id: RequestId,
        id: &ObjectId,
        sync_token: &SyncToken,
        changes: &T,
    ) -> Self {
        let mut body = members(changes);
        body.extend(sparse_identity(id, sync_token));
        Self::built(T::KIND, Operation::SparseUpdate, request_id, body)
    }

    /// Changes only the members that `changes` has, for entities of which QuickBooks wants some members repeated in
    /// every update. `Bill::changes` and its like start with those.
    pub fn sparse_update_repeating<T: can::SparseUpdateRepeating>(
        request_id: RequestId,
        id: &ObjectId,
        sync_token: &SyncToken,
        changes: &T,
    ) -> Result<Self, WriteError> {
        let mut body = members(changes);
        if let Some(&member) = T::REPEATED.iter().find(|member| !body.contains_key(**member)) {
            return Err(WriteError::NotRepeated { entity: T::KIND, member });
        }
        body.extend(sparse_identity(id, sync_token));
        Ok(Self::built(T::KIND, Operation::SparseUpdate, request_id, body))
    }

    /// Sets a document to zero and keeps it visible. What a voided payment had paid is open again.
    pub fn void<T: can::Void>(
        request_id: RequestId,
        id: &ObjectId,
        sync_token: &SyncToken,
    ) -> Self {
        Self::built(T::KIND, Operation::Void, request_id, sparse_identity(id, sync_token))
    }

    /// Removes a document.
    pub fn delete<T: can::Delete>(
        request_id: RequestId,
        id: &ObjectId,
        sync_token: &SyncToken,
    ) -> Self {
        Self::built(T::KIND, Operation::Delete, request_id, identity(id, sync_token))
    }

    /// For callers that choose the entity at run time and bring the body as text.
    pub fn from_parts(
        entity: EntityKind,
        operation: Operation,
        request_id: RequestId,
        body: String,
    ) -> Result<Self, WriteError> {
        if !entity.allows(operation) {
            return Err(WriteError::NotOffered { entity, operation });
        }
        Ok(Self { entity, operation, request_id, body })
    }

    /// What is written.
    pub fn entity(&self) -> EntityKind {
        self.entity
    }

    /// What is done to it.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// What makes repeating it safe.
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The exact bytes that are sent.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// What goes into the address beside the entity
    /// (<https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/payment>).
    pub(crate) fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        match (self.operation, self.entity) {
            (Operation::Create | Operation::Update | Operation::SparseUpdate, _) => &[],
            (Operation::Delete, _) => &[("operation", "delete")],
            (Operation::Void, EntityKind::Invoice) => &[("operation", "void")],
            (Operation::Void, _) => &[("operation", "update"), ("include", "void")],
        }
    }

    /// The written object in an answer, or `None` when the answer is about something else.
    pub(crate) fn result(&self, mut answer: Map<String, Value>) -> Option<Object> {
        let Some(Value::Object(json)) = answer.remove(self.entity.name()) else { return None };
        let id = ObjectId::new(json.get("Id")?.as_str()?);
        let sync_token = match json.get("SyncToken").and_then(Value::as_str) {
            Some(token) => SyncToken::new(token),
            // The answer to a delete names the id only.
            None if self.operation == Operation::Delete => self.sent_sync_token()?,
            None => return None,
        };
        Some(Object { entity: self.entity, id, sync_token, json })
    }

    fn sent_sync_token(&self) -> Option<SyncToken> {
        let body: Value = serde_json::from_str(&self.body).ok()?;
        body.get("SyncToken").and_then(Value::as_str).map(SyncToken::new)
    }

    fn built(
        entity: EntityKind,
        operation: Operation,
        request_id: RequestId,
        body: Map<String, Value>,
    ) -> Self {
        let mut body = Value::Object(body);
        remove_wrappers(&mut body);
        Self { entity, operation, request_id, body: body.to_string() }
    }
}

/// What QuickBooks holds after a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub entity: EntityKind,
    /// Its id.
    pub id: ObjectId,
    /// Its version now; of a deleted object, the last one it had.
    pub sync_token: SyncToken,
    /// All members as they came; numbers keep their digits.
    pub json: Map<String, Value>,
}

impl Object {
    /// The typed view.
    pub fn parse<T: Entity>(&self) -> Result<T, Error> {
        if self.entity != T::KIND {
            let why = format!("a {} was read as a {}", self.entity, T::KIND);
            return Err(Error::Unreadable { why, intuit_tid: None });
        }
        let json = Value::Object(self.json.clone());
        serde_json::from_value(json).map_err(|error| Error::unreadable(T::NAME, &error, None))
    }
}

/// Why a write cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// QuickBooks has no such operation.
    #[error("QuickBooks offers no {operation} for {entity}")]
    NotOffered {
        /// On what.
        entity: EntityKind,
        /// Which.
        operation: Operation,
    },
    /// An update needs the id and the sync token that a read or an earlier write returned.
    #[error("the {entity} to update carries no id or no sync token")]
    NeverRead {
        /// What was to be updated.
        entity: EntityKind,
    },
    /// A sparse update of this entity has to repeat a member that it does not have.
    #[error("a sparse update of {entity} has to carry {member}")]
    NotRepeated {
        /// What was to be updated.
        entity: EntityKind,
        /// Which member.
        member: &'static str,
    },
}

#[derive(Deserialize)]
struct StoredWrite {
    entity: EntityKind,
    operation: Operation,
    request_id: RequestId,
    body: String,
}

impl TryFrom<StoredWrite> for Write {
    type Error = WriteError;

    fn try_from(stored: StoredWrite) -> Result<Self, WriteError> {
        Self::from_parts(stored.entity, stored.operation, stored.request_id, stored.body)
    }
}

fn members<T: Entity>(object: &T) -> Map<String, Value> {
    match serde_json::to_value(object) {
        Ok(Value::Object(members)) => members,
        _ => unreachable!("entities are structs with string keys and finite numbers"),
    }
}

fn identity(id: &ObjectId, sync_token: &SyncToken) -> Map<String, Value> {
    let text = |key: &str, value: &str| (key.to_owned(), Value::String(value.to_owned()));
    Map::from_iter([text("Id", id.as_str()), text("SyncToken", sync_token.as_str())])
}

fn sparse_identity(id: &ObjectId, sync_token: &SyncToken) -> Map<String, Value> {
    let mut body = identity(id, sync_token);
    body.insert("sparse".to_owned(), Value::Bool(true));
    body
}

fn remove_wrappers(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !NEVER_SENT_BACK.contains(&name.as_str()));
            members.values_mut().for_each(remove_wrappers);
        }
        Value::Array(elements) => elements.iter_mut().for_each(remove_wrappers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
