//! Comparing an object's member with a literal, by the member's own type.

use std::cmp::Ordering;

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};
use rust_decimal::Decimal;
use serde_json::Value;

use super::parser::{Comparison, Condition, Literal};
use crate::{
    company::zone,
    json::{Object, decimal, member, parse_decimal},
    schema::Shape,
};

/// A member's value in a form that sorts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sortable {
    Missing,
    Flag(bool),
    Number(Decimal),
    Day(Date),
    Instant(Timestamp),
    Text(String),
}

/// A property's path in the object and its type.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) path: String,
    pub(super) kind: PropertyKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PropertyKind {
    Text,
    Number,
    Flag,
    Day,
    Instant,
}

impl PropertyKind {
    pub(super) fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Bool => Self::Flag,
            Shape::Decimal | Shape::Integer => Self::Number,
            Shape::Date => Self::Day,
            _ => Self::Text,
        }
    }
}

impl Property {
    /// The object's value under this property.
    pub(super) fn of(&self, object: &Object) -> Sortable {
        let Some(value) = member(object, &self.path) else { return Sortable::Missing };
        match (self.kind, value) {
            (PropertyKind::Number, value) => {
                decimal(value).map_or(Sortable::Missing, Sortable::Number)
            }
            (PropertyKind::Flag, Value::Bool(flag)) => Sortable::Flag(*flag),
            (kind, Value::String(text)) => sortable(kind, text),
            (_, Value::Number(number)) => Sortable::Text(number.to_string()),
            _ => Sortable::Missing,
        }
    }

    fn literal(&self, literal: &Literal, today: Date) -> Sortable {
        match literal {
            Literal::Flag(flag) => Sortable::Flag(*flag),
            Literal::CurrentDate => Sortable::Day(today),
            Literal::Text(text) if text.trim().is_empty() => Sortable::Missing,
            Literal::Text(text) => sortable(self.kind, text),
        }
    }

    /// Whether the object meets a condition on this property.
    pub(super) fn meets(&self, object: &Object, condition: &Condition, today: Date) -> bool {
        let own = self.of(object);
        let compared = |wanted: fn(Ordering) -> bool| {
            condition.values.iter().any(|literal| {
                self.compare(&own, &self.literal(literal, today)).is_some_and(wanted)
            })
        };
        let met = match condition.comparison {
            Comparison::Equal | Comparison::In => compared(Ordering::is_eq),
            Comparison::NotEqual => !compared(Ordering::is_eq),
            Comparison::Less => compared(Ordering::is_lt),
            Comparison::LessOrEqual => compared(Ordering::is_le),
            Comparison::Greater => compared(Ordering::is_gt),
            Comparison::GreaterOrEqual => compared(Ordering::is_ge),
            Comparison::Like => condition.values.iter().any(|literal| matches!((literal, &own), (Literal::Text(pattern), Sortable::Text(text)) if like(text, &pattern.to_lowercase()))),
        };
        met != condition.negated
    }

    /// A missing value equals only a blank literal.
    fn compare(&self, own: &Sortable, literal: &Sortable) -> Option<Ordering> {
        match (own, literal) {
            (Sortable::Missing, Sortable::Missing) => Some(Ordering::Equal),
            (Sortable::Missing, _) => None,
            (Sortable::Text(text), Sortable::Missing) => Some(text.cmp(&String::new())),
            (Sortable::Day(_), Sortable::Day(_))
            | (Sortable::Instant(_), Sortable::Instant(_))
            | (Sortable::Number(_), Sortable::Number(_))
            | (Sortable::Flag(_), Sortable::Flag(_)) => Some(own.cmp(literal)),
            (Sortable::Instant(own), Sortable::Day(day)) => {
                day.to_zoned(zone()).ok().map(|day| own.cmp(&day.timestamp()))
            }
            (Sortable::Text(own), Sortable::Text(literal)) if self.path == "Id" => {
                Some(by_number(own, literal))
            }
            (Sortable::Text(own), Sortable::Text(literal)) => Some(own.cmp(literal)),
            (Sortable::Flag(own), Sortable::Text(literal)) => Some(own.to_string().cmp(literal)),
            _ => None,
        }
    }
}

/// Whether a literal can be a value of this kind at all.
pub(super) fn fits(kind: PropertyKind, literal: &Literal) -> bool {
    let Literal::Text(text) = literal else { return true };
    text.trim().is_empty()
        || !matches!(
            (kind, sortable(kind, text)),
            (PropertyKind::Number | PropertyKind::Day | PropertyKind::Instant, Sortable::Missing)
        )
}

/// Text is compared without case; ids sort as numbers.
fn sortable(kind: PropertyKind, text: &str) -> Sortable {
    match kind {
        PropertyKind::Text => Sortable::Text(text.to_lowercase()),
        PropertyKind::Number => {
            parse_decimal(text.trim()).map_or(Sortable::Missing, Sortable::Number)
        }
        PropertyKind::Flag => Sortable::Text(text.to_lowercase()),
        PropertyKind::Day => {
            text.get(..10).and_then(|day| day.parse().ok()).map_or(Sortable::Missing, Sortable::Day)
        }
        PropertyKind::Instant => instant(text).map_or(Sortable::Missing, Sortable::Instant),
    }
}

/// With an offset, without one in the company's zone, or a whole day's start.
pub(in crate::api) fn instant(text: &str) -> Option<Timestamp> {
    let local = || {
        text.parse::<DateTime>()
            .ok()
            .or_else(|| text.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0)))
    };
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| local()?.to_zoned(zone()).ok().map(|at| at.timestamp()))
}

pub(super) fn by_number(own: &str, other: &str) -> Ordering {
    match (own.parse::<u64>(), other.parse::<u64>()) {
        (Ok(own), Ok(other)) => own.cmp(&other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => own.cmp(other),
    }
}

/// `%` stands for any text; nothing else is special.
fn like(text: &str, pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.split('%').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return text == pattern };
    let Some(mut rest) = text.strip_prefix(first).filter(|rest| rest.len() >= last.len()) else {
        return false;
    };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn percent_stands_for_any_text() {
        for (text, pattern, expected) in [
            ("amy's bird", "amy%", true),
            ("amy's bird", "%bird", true),
            ("amy's bird", "%'s%", true),
            ("amy's bird", "bird%", false),
            ("abc", "abc", true),
            ("abc", "ab", false),
            ("aa", "a%a", true),
            ("a", "a%a", false),
            ("abcabc", "%bc%bc", true),
        ] {
            assert_eq!(like(text, pattern), expected, "{text} LIKE {pattern}");
        }
    }
}
