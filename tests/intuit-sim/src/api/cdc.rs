//! Change data capture: what changed of several entities since a moment, deletions included.

use std::{borrow::Cow, cmp::Reverse};

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde_json::{Map, Value, json};

use super::{Fault, query, read};
use crate::{
    call::Call,
    company::Company,
    entities::{EntityType, Kind, entity_named},
    json::{Object, set, text},
    ledger::ObjectId,
    switches::{CdcOver30Days, CdcOver1000, TotalCount},
};

/// All entities of one answer together; there are no pages.
const MOST_OBJECTS: usize = 1000;
const LOOK_BACK_DAYS: i64 = 30;

/// Tax is left out by Intuit, as are kinds that do not exist here at all.
const NOT_CAPTURED: [Kind; 3] = [Kind::TaxAgency, Kind::TaxCode, Kind::TaxRate];

/// One changed object and which of the wanted entities it belongs to.
struct Change<'a> {
    group: usize,
    at: Timestamp,
    deleted: bool,
    body: Cow<'a, Object>,
}

/// Returns the content of `CDCResponse`: one element for each wanted entity, in their order.
pub(super) fn run(company: &Company, call: &Call) -> Result<Value, Fault> {
    let entities = wanted(company, call)?;
    let since = since(company, call)?;
    let mut changes: Vec<Change<'_>> = Vec::new();
    for (group, entity) in entities.iter().enumerate() {
        let deleted = company.ledger.raw(entity.kind).filter(|stored| stored.deleted);
        let live = read::all(company, entity).into_iter().map(|body| (false, body));
        let all = live.chain(deleted.map(|stored| (true, Cow::Borrowed(&*stored.body))));
        changes.extend(all.filter_map(|(deleted, body)| {
            let at = text(&body, "MetaData.LastUpdatedTime")?.parse().ok()?;
            (at >= since).then_some(Change { group, at, deleted, body })
        }));
    }
    let totals: Vec<usize> = (0..entities.len())
        .map(|group| changes.iter().filter(|change| change.group == group).count())
        .collect();
    keep_most(&mut changes, company.switches.cdc_over_1000);
    // Recorded: deleted objects stand behind live ones, even older ones.
    changes.sort_by_key(|change| (change.group, change.deleted, change.at, id(&change.body)));
    let answers: Vec<Value> = entities
        .iter()
        .enumerate()
        .map(|(group, entity)| {
            let of_group = changes.iter().filter(|change| change.group == group);
            let shown: Vec<Value> = of_group.map(shown).collect();
            answer(company, entity, shown, totals[group])
        })
        .collect();
    Ok(json!([{"QueryResponse": answers}]))
}

fn wanted(company: &Company, call: &Call) -> Result<Vec<&'static EntityType>, Fault> {
    let named = call.parameter("entities").unwrap_or_default();
    let names: Vec<&str> =
        named.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err(Fault::missing("entities"));
    }
    names
        .into_iter()
        .map(|name| {
            let entity =
                entity_named(name)
                    .filter(|entity| !NOT_CAPTURED.contains(&entity.kind))
                    .ok_or_else(|| Fault::query_invalid(format!("Invalid entity name {name}")))?;
            entity.offered(&company.profile.edition)?;
            Ok(entity)
        })
        .collect()
}

/// The moment that `changedSince` names; a date is its first moment in the company's zone.
fn since(company: &Company, call: &Call) -> Result<Timestamp, Fault> {
    let given = call
        .parameter("changedSince")
        .filter(|given| !given.trim().is_empty())
        .ok_or_else(|| Fault::missing("changedSince"))?;
    let since = query::instant(given).ok_or_else(|| {
        Fault::query_invalid(format!("Invalid value for changedSince. Supplied value:{given}"))
    })?;
    let earliest = company.clock.now() - SignedDuration::from_hours(24 * LOOK_BACK_DAYS);
    let too_early = match given.parse::<Date>() {
        Ok(date) if given.len() == "2026-01-31".len() => {
            date < company.clock.today() - LOOK_BACK_DAYS.days()
        }
        _ => since < earliest,
    };
    match company.switches.cdc_over_30_days {
        _ if !too_early => Ok(since),
        CdcOver30Days::Clamp => Ok(earliest),
        CdcOver30Days::Fault4001 => {
            Err(Fault::query_invalid("changedSince is too far in the past".to_owned()))
        }
        CdcOver30Days::Fault2060 => Err(Fault::invalid_date("changedSince", given)),
    }
}

/// Leaves no more changes than one answer holds; which these are is not documented.
fn keep_most(changes: &mut Vec<Change<'_>>, kept: CdcOver1000) {
    if changes.len() <= MOST_OBJECTS {
        return;
    }
    match kept {
        CdcOver1000::OldestFirst => changes.sort_by_key(|change| (change.at, change.group)),
        CdcOver1000::NewestFirst => {
            changes.sort_by_key(|change| (Reverse(change.at), change.group));
        }
        CdcOver1000::ByEntity => changes.sort_by_key(|change| (change.group, change.at)),
    }
    changes.truncate(MOST_OBJECTS);
}

fn shown(change: &Change<'_>) -> Value {
    if !change.deleted {
        return Value::Object(change.body.clone().into_owned());
    }
    json!({
        "status": "Deleted", "domain": "QBO", "Id": change.body["Id"],
        "MetaData": {"LastUpdatedTime": change.body["MetaData"]["LastUpdatedTime"]}
    })
}

fn answer(company: &Company, entity: &EntityType, shown: Vec<Value>, total: usize) -> Value {
    let mut answer = Map::new();
    if shown.is_empty() {
        return Value::Object(answer);
    }
    let count = shown.len();
    set(&mut answer, entity.name, shown);
    set(&mut answer, "startPosition", 1);
    set(&mut answer, "maxResults", count);
    if entity.counted {
        let grand = company.switches.total_count == TotalCount::Grand;
        set(&mut answer, "totalCount", if grand { total } else { count });
    }
    Value::Object(answer)
}

fn id(object: &Object) -> ObjectId {
    ObjectId::from(text(object, "Id").unwrap_or_default())
}
