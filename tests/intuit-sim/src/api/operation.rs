//! What an API call is about, read from its method, path and parameters.

use http::Method;
use serde_json::Value;

use crate::{
    call::Call,
    entities::{EntityType, entity_at},
};

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Update,
    Delete,
    Void,
    Read,
    Query,
    /// Change data capture.
    Cdc,
    Batch,
    Send,
    Other,
}

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Void => "void",
            Self::Read => "read",
            Self::Query => "query",
            Self::Cdc => "cdc",
            Self::Batch => "batch",
            Self::Send => "send",
            Self::Other => "other",
        }
    }

    pub(super) fn is_write(self) -> bool {
        !matches!(self, Self::Read | Self::Query | Self::Cdc)
    }
}

/// The operation, the entity and the id of a call.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) operation: Operation,
    pub(crate) entity: Option<&'static EntityType>,
    /// The entity's name, or what stands in its place.
    pub(crate) name: String,
    pub(super) id: String,
}

impl Target {
    /// Reads a call under `/v3/company/{realm}/`.
    pub(crate) fn of(call: &Call) -> Self {
        let parts = call.path_parts();
        let rest = parts.get(3..).unwrap_or_default();
        let first = rest.first().copied().unwrap_or_default();
        let entity = entity_at(first);
        let operation = match (&call.method, rest) {
            (_, ["query"]) => Operation::Query,
            (&Method::GET, ["cdc"]) => Operation::Cdc,
            (&Method::POST, ["batch"]) => Operation::Batch,
            (&Method::GET, [_, _]) => Operation::Read,
            (&Method::GET, [_]) if entity.is_some_and(|entity| entity.derived.is_some()) => {
                Operation::Read
            }
            (&Method::POST, [_, _, "send"]) => Operation::Send,
            (&Method::POST, [_]) if entity.is_some() => written(call),
            _ => Operation::Other,
        };
        let name = match (operation, entity) {
            (Operation::Query, _) => queried(call),
            (Operation::Cdc, _) => call.parameter("entities").unwrap_or_default().to_owned(),
            (_, Some(entity)) => entity.name.to_owned(),
            (_, None) => first.to_owned(),
        };
        Self { operation, entity, name, id: rest.get(1).copied().unwrap_or_default().to_owned() }
    }
}

fn written(call: &Call) -> Operation {
    match call.parameter("operation") {
        Some("delete") => Operation::Delete,
        Some("void") => Operation::Void,
        Some("update") | None if call.includes("void") => Operation::Void,
        Some("update" | "create") | None => {
            let has_id = serde_json::from_slice::<Value>(&call.body)
                .is_ok_and(|body| body["Id"].as_str().is_some_and(|id| !id.is_empty()));
            if has_id { Operation::Update } else { Operation::Create }
        }
        Some(_) => Operation::Other,
    }
}

/// The entity after FROM, as the journal and scripted faults name it.
fn queried(call: &Call) -> String {
    let statement = super::query::statement(call).unwrap_or_default();
    let mut words =
        statement.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("from"));
    let named = words.nth(1).unwrap_or_default();
    crate::entities::entity_named(named)
        .map_or_else(|| named.to_owned(), |entity| entity.name.to_owned())
}
