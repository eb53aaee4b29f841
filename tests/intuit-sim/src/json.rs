//! Reading and writing members of JSON objects, with money as exact decimals.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Number, Value};

/// A QuickBooks object as JSON members.
pub(crate) type Object = Map<String, Value>;

/// The text under a member, or under `A.B` for a nested one.
pub(crate) fn text<'a>(object: &'a Object, path: &str) -> Option<&'a str> {
    member(object, path)?.as_str()
}

/// The id in a reference such as `CustomerRef`.
pub(crate) fn reference<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name)?.get("value")?.as_str()
}

/// The exact decimal under a member.
pub(crate) fn amount(object: &Object, path: &str) -> Option<Decimal> {
    decimal(member(object, path)?)
}

/// The decimal under a member, zero when absent.
pub(crate) fn amount_or_zero(object: &Object, path: &str) -> Decimal {
    amount(object, path).unwrap_or_default()
}

pub(crate) fn flag(object: &Object, name: &str) -> Option<bool> {
    object.get(name)?.as_bool()
}

pub(crate) fn objects<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = &'a Object> {
    object.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// A member by dotted path.
pub(crate) fn member<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let mut value = object.get(parts.next()?)?;
    for part in parts {
        value = value.as_object()?.get(part)?;
    }
    Some(value)
}

/// A JSON number, or text that holds one, as an exact decimal.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => parse_decimal(&number.to_string()),
        Value::String(text) => parse_decimal(text),
        _ => None,
    }
}

pub(crate) fn parse_decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok().or_else(|| Decimal::from_scientific(text).ok())
}

/// A decimal as QuickBooks writes it: no trailing zeros.
pub(crate) fn number(value: Decimal) -> Value {
    let text = value.normalize().to_string();
    text.parse::<Number>().map_or(Value::String(text), Value::Number)
}

/// Half-up to cents.
pub(crate) fn cents(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

pub(crate) fn set(object: &mut Object, name: &str, value: impl Into<Value>) {
    object.insert(name.to_owned(), value.into());
}

/// Fills a member that the caller left out.
pub(crate) fn default(object: &mut Object, name: &str, value: impl Into<Value>) {
    if !object.contains_key(name) {
        set(object, name, value);
    }
}
