//! Checks a received object against its members and brings values into their canonical form.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Member, Members, Shape, structure};
use crate::{
    api::Fault,
    json::{Object, decimal, number},
    switches::{Characters, SparseNull, Switches},
};

/// Nesting deeper than any real transaction needs.
const DEEPEST: usize = 8;

/// The largest price that the API documents; larger numbers would overflow when multiplied.
const LARGEST_NUMBER: Decimal = Decimal::from_parts(1_215_752_191, 23, 0, false, 0);

/// Refuses unknown members and malformed values; drops nulls, numbers in text become numbers. An empty text is no number:
/// python-quickbooks sends `"TotalAmt": ""` with each new invoice.
pub(crate) fn accept(
    members: &Members,
    object: &Object,
    switches: &Switches,
) -> Result<Object, Fault> {
    let mut accepted = structure_members(members, object, switches, 0)?;
    if switches.sparse_null == SparseNull::Clears {
        for (name, _) in object.iter().filter(|(_, value)| value.is_null()) {
            accepted.insert(name.clone(), json!(""));
        }
    }
    Ok(accepted)
}

fn structure_members(
    members: &Members,
    object: &Object,
    switches: &Switches,
    depth: usize,
) -> Result<Object, Fault> {
    let mut accepted = Object::new();
    for (name, value) in object {
        let member = members.get(name.as_str()).ok_or_else(|| Fault::unknown_member(name))?;
        if !is_absent(member, value) {
            accepted.insert(name.clone(), checked(name, member, value, switches, depth)?);
        }
    }
    Ok(accepted)
}

fn is_absent(member: &Member, value: &Value) -> bool {
    let is_number = matches!(member.shape, Shape::Decimal | Shape::Integer);
    value.is_null() || (is_number && value.as_str() == Some(""))
}

fn checked(
    name: &str,
    member: &Member,
    value: &Value,
    switches: &Switches,
    depth: usize,
) -> Result<Value, Fault> {
    if depth > DEEPEST {
        return Err(Fault::wrong_type(name));
    }
    match &member.shape {
        Shape::Text(longest) => text(name, value, *longest, switches),
        Shape::Name(longest) => {
            let checked = text(name, value, Some(*longest), switches)?;
            let forbidden =
                checked.as_str().is_some_and(|text| text.contains([':', '\t', '\n', '\r']));
            if forbidden && !member.read_only {
                Err(Fault::invalid_characters(name))
            } else {
                Ok(checked)
            }
        }
        Shape::Bool => boolean(name, value),
        Shape::Decimal => decimal(value)
            .filter(|value| value.abs() <= LARGEST_NUMBER)
            .map(number)
            .ok_or_else(|| Fault::invalid_number(name)),
        Shape::Integer => match decimal(value) {
            Some(whole) if whole.fract().is_zero() => Ok(number(whole)),
            _ => Err(Fault::invalid_number(name)),
        },
        Shape::Date => date(name, value),
        Shape::Any => Ok(value.clone()),
        Shape::Reference => reference(name, value, switches),
        Shape::Enumeration(values) => enumeration(name, value, values),
        Shape::Structure("memo") if value.is_string() => {
            Ok(json!({"value": text(name, value, Some(1000), switches)?}))
        }
        Shape::Structure(kind) => nested(name, kind, value, switches, depth),
        Shape::List(kind) => {
            let items = value.as_array().ok_or_else(|| Fault::wrong_type(name))?;
            items
                .iter()
                .map(|item| nested(name, kind, item, switches, depth))
                .collect::<Result<Vec<_>, _>>()
                .map(Value::Array)
        }
    }
}

fn nested(
    name: &str,
    kind: &str,
    value: &Value,
    switches: &Switches,
    depth: usize,
) -> Result<Value, Fault> {
    let object = value.as_object().ok_or_else(|| Fault::wrong_type(name))?;
    let members = structure(kind).expect("every structure named in a table is defined");
    let checked = structure_members(members, object, switches, depth + 1)?;
    if kind == "email" {
        well_formed_email(&checked)?;
    }
    Ok(Value::Object(checked))
}

fn text(
    name: &str,
    value: &Value,
    longest: Option<usize>,
    switches: &Switches,
) -> Result<Value, Fault> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return Err(Fault::wrong_type(name)),
    };
    if longest.is_some_and(|longest| text.chars().count() > longest) {
        return Err(Fault::text_length(name, longest.unwrap_or_default()));
    }
    let refused = |character: char| match switches.characters {
        Characters::Any => false,
        Characters::BasicPlane => u32::from(character) > 0xFFFF,
        Characters::Latin1 => u32::from(character) > 0xFF,
    };
    if text.chars().any(refused) {
        Err(Fault::invalid_characters(name))
    } else {
        Ok(Value::String(text))
    }
}

fn boolean(name: &str, value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::String(text) if text == "true" || text == "false" => Ok(json!(text == "true")),
        _ => Err(Fault::invalid_boolean(name)),
    }
}

/// Keeps the calendar day of `YYYY-MM-DD`, with or without a time or offset behind it.
fn date(name: &str, value: &Value) -> Result<Value, Fault> {
    let text = value.as_str().ok_or_else(|| Fault::wrong_type(name))?;
    if text.is_empty() {
        return Ok(value.clone());
    }
    let day: Option<Date> = text.get(..10).and_then(|day| day.parse().ok());
    let rest_is_time = matches!(text.get(10..11), None | Some("" | "T" | "Z" | "+" | "-"));
    match day {
        Some(day) if rest_is_time => Ok(json!(day.to_string())),
        _ => Err(Fault::invalid_date(name, text)),
    }
}

fn reference(name: &str, value: &Value, switches: &Switches) -> Result<Value, Fault> {
    let object = value.as_object().ok_or_else(|| Fault::wrong_type(name))?;
    let mut accepted = Object::new();
    for (part, value) in object {
        match part.as_str() {
            "value" | "name" | "type" if !value.is_null() => {
                accepted.insert(part.clone(), text(name, value, None, switches)?);
            }
            "value" | "name" | "type" => {}
            other => return Err(Fault::unknown_member(other)),
        }
    }
    Ok(Value::Object(accepted))
}

/// Accepts `NeedToPrint` and the constant form `NEED_TO_PRINT` alike.
fn enumeration(name: &str, value: &Value, values: &[&'static str]) -> Result<Value, Fault> {
    let text = value.as_str().ok_or_else(|| Fault::wrong_type(name))?;
    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
    let found = values
        .iter()
        .find(|known| **known == text)
        .or_else(|| values.iter().find(|known| text.contains('_') && plain(known) == plain(text)));
    found.map(|known| json!(known)).ok_or_else(|| Fault::invalid_enumeration(name, text))
}

fn well_formed_email(email: &Object) -> Result<(), Fault> {
    let Some(address) = email.get("Address").and_then(Value::as_str) else { return Ok(()) };
    let well_formed = |single: &str| {
        single.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && host.contains('.') && !single.contains(' ')
        })
    };
    // A cleared address is empty; several addresses are separated by commas.
    if address.is_empty() || address.split(',').all(|single| well_formed(single.trim())) {
        Ok(())
    } else {
        Err(Fault::invalid_email(address))
    }
}

#[cfg(test)]
mod tests {
    use super::LARGEST_NUMBER;

    #[test]
    fn the_largest_number_has_eleven_nines() {
        assert_eq!(LARGEST_NUMBER.to_string(), "99999999999");
    }
}
