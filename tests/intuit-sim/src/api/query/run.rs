//! Executing a parsed statement against a company.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::{Map, Value, json};

use super::{
    super::{Fault, read},
    parser::{Columns, Comparison, Condition, Select, parse},
    value::{Property, PropertyKind, by_number, fits},
};
use crate::{
    company::Company,
    entities::{Action, EntityType, Listing, entity_named},
    json::{Object, member, text},
    schema::Members,
    switches::{Overrun, Policy, TotalCount},
};

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: i64 = 1000;

/// Runs a statement and returns the content of `QueryResponse`.
pub(in crate::api) fn run(company: &Company, statement: &str) -> Result<Value, Fault> {
    let select = parse(statement, company.switches.unquoted_numbers == Policy::Accept)?;
    let entity = entity_named(&select.entity)
        .filter(|entity| entity.actions.contains(&Action::Query))
        .ok_or_else(|| Fault::query_invalid(format!("Invalid entity name {}", select.entity)))?;
    entity.offered(&company.profile.edition)?;
    let rows = selected(company, entity, &select)?;
    if select.columns == Columns::Count {
        return Ok(json!({"totalCount": rows.len()}));
    }
    let (start, most) = page(company, &select)?;
    let total = rows.len();
    let shown: Vec<Value> = rows
        .into_iter()
        .skip(start - 1)
        .take(most)
        .map(|row| columns(entity, &select.columns, &row))
        .collect::<Result<_, _>>()?;
    if shown.is_empty() {
        return Ok(json!({}));
    }
    let count = shown.len();
    let mut response = Map::new();
    response.insert(entity.name.to_owned(), Value::Array(shown));
    response.insert("startPosition".to_owned(), json!(start));
    response.insert("maxResults".to_owned(), json!(count));
    if entity.counted {
        let counted = if company.switches.total_count == TotalCount::Grand { total } else { count };
        response.insert("totalCount".to_owned(), json!(counted));
    }
    Ok(Value::Object(response))
}

/// The rows that meet all conditions, in order.
fn selected<'a>(
    company: &'a Company,
    entity: &EntityType,
    select: &Select,
) -> Result<Vec<Cow<'a, Object>>, Fault> {
    let today = company.clock.today();
    let conditions = select
        .conditions
        .iter()
        .map(|condition| Ok((checked(entity, condition)?, condition)))
        .collect::<Result<Vec<_>, Fault>>()?;
    let order = select
        .order
        .iter()
        .map(|(name, descending)| Ok((property(entity, name)?, *descending)))
        .collect::<Result<Vec<_>, Fault>>()?;
    let mut rows = read::all(company, entity);
    // Lists show active rows unless the statement says otherwise.
    let asks_for_active =
        select.conditions.iter().any(|condition| condition.property.eq_ignore_ascii_case("Active"));
    if matches!(entity.listing, Listing::ByName(_)) && !asks_for_active {
        rows.retain(|row| row.get("Active") != Some(&Value::Bool(false)));
    }
    rows.retain(|row| {
        conditions.iter().all(|(property, condition)| property.meets(row, condition, today))
    });
    rows.sort_by(|a, b| {
        ordered(&order, a, b)
            .then_with(|| if order.is_empty() { usual(entity, a, b) } else { by_id(a, b) })
    });
    Ok(rows)
}

fn checked(entity: &EntityType, condition: &Condition) -> Result<Property, Fault> {
    let property = property(entity, &condition.property)?;
    if property.path == "Id" && !matches!(condition.comparison, Comparison::Equal | Comparison::In)
    {
        return Err(Fault::query_invalid("property 'Id' supports only = and IN".to_owned()));
    }
    match condition.values.iter().find(|literal| !fits(property.kind, literal)) {
        Some(_) => Err(Fault::query_invalid(format!(
            "Invalid value for property '{}'",
            condition.property
        ))),
        None => Ok(property),
    }
}

/// A property by its name in any case, when it may be filtered and sorted.
fn property(entity: &EntityType, name: &str) -> Result<Property, Fault> {
    let not_found =
        || Fault::query_invalid(format!("Property {name} not found for Entity {}", entity.name));
    for path in ["MetaData.CreateTime", "MetaData.LastUpdatedTime"] {
        if name.eq_ignore_ascii_case(path) {
            return Ok(Property { path: path.to_owned(), kind: PropertyKind::Instant });
        }
    }
    let (first, rest) =
        name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let (known, member) = find(entity.members(), first).ok_or_else(not_found)?;
    if !member.queryable {
        return Err(Fault::query_invalid(format!("property '{name}' is not queryable")));
    }
    let inner = match (rest, known) {
        (Some(rest), _) => Some(rest),
        (None, "PrimaryEmailAddr") => Some("Address"),
        (None, known) if known.ends_with("Ref") => Some("value"),
        (None, _) => None,
    };
    let path = inner.map_or_else(|| known.to_owned(), |inner| format!("{known}.{inner}"));
    Ok(Property { path, kind: PropertyKind::of(&member.shape) })
}

fn find<'a>(members: &'a Members, name: &str) -> Option<(&'static str, &'a crate::schema::Member)> {
    members
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(known, member)| (*known, member))
}

fn ordered(order: &[(Property, bool)], a: &Object, b: &Object) -> Ordering {
    for (property, descending) in order {
        let compared =
            if property.path == "Id" { by_id(a, b) } else { property.of(a).cmp(&property.of(b)) };
        let compared = if *descending { compared.reverse() } else { compared };
        if compared.is_ne() {
            return compared;
        }
    }
    Ordering::Equal
}

/// Recorded: lists come by name, transactions by latest change.
fn usual(entity: &EntityType, a: &Object, b: &Object) -> Ordering {
    let compared = match entity.listing {
        Listing::ByName(member) => {
            let name = |object| text(object, member).unwrap_or_default().to_lowercase();
            name(a).cmp(&name(b))
        }
        Listing::Recent => {
            let changed = Property {
                path: "MetaData.LastUpdatedTime".to_owned(),
                kind: PropertyKind::Instant,
            };
            changed.of(b).cmp(&changed.of(a)).then_with(|| by_id(b, a))
        }
        Listing::ById => Ordering::Equal,
    };
    compared.then_with(|| by_id(a, b))
}

fn by_id(a: &Object, b: &Object) -> Ordering {
    by_number(text(a, "Id").unwrap_or_default(), text(b, "Id").unwrap_or_default())
}

/// The first row's position and how many rows to show.
fn page(company: &Company, select: &Select) -> Result<(usize, usize), Fault> {
    let too_small = |value: i64| {
        Fault::query_invalid(format!("value {value} is too small. Min allowed value is 1"))
    };
    for value in [select.start, select.most].into_iter().flatten() {
        if value < 1 {
            return Err(too_small(value));
        }
    }
    if let Some(most) = select.most.filter(|most| {
        *most > LARGEST_PAGE && company.switches.max_results_over_1000 == Overrun::Fault
    }) {
        return Err(Fault::query_invalid(format!(
            "value {most} is too large. Max allowed value is {LARGEST_PAGE}"
        )));
    }
    let start = select.start.and_then(|start| usize::try_from(start).ok()).unwrap_or(1);
    let most = select
        .most
        .and_then(|most| usize::try_from(most.min(LARGEST_PAGE)).ok())
        .unwrap_or(DEFAULT_PAGE);
    Ok((start, most))
}

/// The whole row, or a sparse one with the named columns.
fn columns(entity: &EntityType, columns: &Columns, row: &Object) -> Result<Value, Fault> {
    let Columns::Named(names) = columns else { return Ok(Value::Object(row.clone())) };
    let mut shown = Object::new();
    for name in names {
        let first = name.split('.').next().unwrap_or_default();
        let (known, _) = find(entity.members(), first).ok_or_else(|| {
            Fault::query_invalid(format!("Property {name} not found for Entity {}", entity.name))
        })?;
        match (name.split_once('.'), row.get(known)) {
            (Some((_, rest)), Some(Value::Object(_))) => {
                if let Some(value) = member(row, &format!("{known}.{rest}")) {
                    let inner = shown.entry(known).or_insert_with(|| json!({}));
                    inner[rest] = value.clone();
                }
            }
            (_, Some(value)) => {
                shown.insert(known.to_owned(), value.clone());
            }
            (_, None) => {}
        }
    }
    for always in ["Id", "domain"] {
        if let Some(value) = row.get(always) {
            shown.insert(always.to_owned(), value.clone());
        }
    }
    shown.insert("sparse".to_owned(), Value::Bool(true));
    Ok(Value::Object(shown))
}
