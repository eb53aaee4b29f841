//! Batches: up to thirty independent items, each with its own result.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Fault, Operation, limits, query, saved};
use crate::{
    call::Call,
    company::Company,
    control::{Matching, Strike},
    entities::{Kind, entity_named},
    json::{Object, objects, text},
    ledger::{Options, needs},
    switches::Policy,
};

const MOST_ITEMS: usize = 30;
/// With a request id on the batch, an item's id may have this many characters.
const LONGEST_ITEM_ID: usize = 10;

/// Performs every item, in order, and returns their results.
pub(super) fn run(company: &mut Company, body: &Object, call: &Call) -> Result<Vec<Value>, Fault> {
    let items: Vec<Object> = objects(body, "BatchItemRequest").cloned().collect();
    if items.is_empty() {
        return Err(Fault::missing("BatchItemRequest"));
    }
    if items.len() > MOST_ITEMS {
        return Err(Fault::too_many_batch_items());
    }
    let mut ids = HashSet::new();
    for item in &items {
        let id = text(item, "bId").ok_or_else(|| Fault::missing("bId"))?;
        if call.parameter("requestid").is_some() && id.chars().count() > LONGEST_ITEM_ID {
            return Err(Fault::malformed_request_id(LONGEST_ITEM_ID));
        }
        if !ids.insert(id) && company.switches.batch_duplicate_bid == Policy::Reject {
            return Err(Fault::validation("2030", "Invalid ID", format!("Duplicate bId : {id}")));
        }
    }
    let mut made = Vec::new();
    Ok(items.iter().filter_map(|item| result(company, item, call, &mut made)).collect())
}

/// What an earlier item of the same batch made.
type Made = Vec<(Kind, String)>;

/// Nothing, if the caller is to hear nothing of the item.
fn result(company: &mut Company, item: &Object, call: &Call, made: &mut Made) -> Option<Value> {
    let (result, told) = match performed(company, item, call, made) {
        Ok((result, told)) => (result, told),
        Err(fault) => (json!({"Fault": fault.member()}), true),
    };
    let mut answer = result;
    answer["bId"] = item.get("bId").cloned().unwrap_or_default();
    told.then_some(answer)
}

/// The answer to an item, and whether the caller is to see it.
fn performed(
    company: &mut Company,
    item: &Object,
    call: &Call,
    made: &mut Made,
) -> Result<(Value, bool), Fault> {
    if let Some(statement) = text(item, "Query") {
        let told = struck(company, call, "query", "", statement)?;
        return Ok((json!({"QueryResponse": query::run(company, statement)?}), told));
    }
    let (entity, object) = item
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "bId" | "operation" | "optionsData"))
        .find_map(|(name, value)| Some((entity_named(name)?, value.as_object()?)))
        .ok_or_else(|| {
            Fault::validation(
                "2000",
                "Invalid object name",
                "The batch item names no known object.",
            )
        })?;
    let options = text(item, "optionsData").unwrap_or_default();
    let operation = match text(item, "operation").unwrap_or_default() {
        "update" | "void"
            if options.eq_ignore_ascii_case("void") || text(item, "operation") == Some("void") =>
        {
            Operation::Void
        }
        "create" => Operation::Create,
        "update" => Operation::Update,
        "delete" => Operation::Delete,
        other => return Err(Fault::unsupported(other)),
    };
    let told = struck(
        company,
        call,
        operation.name(),
        entity.name,
        &Value::Object(object.clone()).to_string(),
    )?;
    // What QuickBooks answers is not documented, only that no item can use what another one makes.
    if let Some((_, id)) = made.iter().find(|(kind, id)| needs(object, *kind, id)) {
        return Err(Fault::invalid_reference(entity.name, id));
    }
    let allow_duplicate_number = options.to_lowercase().contains("allowduplicatedocnum")
        || call.includes("allowduplicatedocnum");
    let object = saved(
        company,
        entity,
        operation,
        object,
        &Options { allow_duplicate_number, ..Options::default() },
    )?;
    if operation == Operation::Create
        && let Some(id) = text(&object, "Id")
    {
        made.push((entity.kind, id.to_owned()));
    }
    Ok((json!({entity.name: object}), told))
}

/// A scripted refusal of this item alone, while the batch itself answers 200; or whether the caller is to hear of it.
fn struck(
    company: &mut Company,
    call: &Call,
    operation: &str,
    entity: &str,
    body: &str,
) -> Result<bool, Fault> {
    let matching = Matching { operation, entity, method: call.method.as_str(), body };
    match company.script.strike_item(&matching) {
        Some(Strike::Reject(fault)) => Err(fault),
        Some(Strike::Throttle) => Err(limits::throttled(&company.switches)),
        Some(Strike::Omit) => Ok(false),
        _ => Ok(true),
    }
}
