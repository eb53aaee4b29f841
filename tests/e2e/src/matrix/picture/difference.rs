//! What two pictures do not have in common, for people.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

/// Longer values are cut in the middle of a line.
const LENGTH: usize = 160;

/// How bad a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something is there, but not as it should be.
    Different,
    /// Something is there that should not be, or was done more often.
    Duplicate,
    /// Something is not there.
    Lost,
}

/// One difference.
#[derive(Debug, Clone)]
pub struct Difference {
    /// How bad it is.
    pub kind: Kind,
    place: String,
    expected: Option<Value>,
    found: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, expected, found, .. } = self;
        match (expected, found) {
            (Some(expected), None) => write!(formatter, "{place} is missing: {}", short(expected)),
            (None, Some(found)) => write!(formatter, "{place} should not be: {}", short(found)),
            (expected, found) => {
                let [expected, found] =
                    [expected, found].map(|value| value.clone().unwrap_or_default());
                write!(formatter, "{place} is {} instead of {}", short(&found), short(&expected))
            }
        }
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LENGTH {
        return text;
    }
    format!("{} …", text.chars().take(LENGTH).collect::<String>())
}

/// Compares thing by thing.
pub(super) fn between(
    expected: &BTreeMap<String, Value>,
    found: &BTreeMap<String, Value>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for name in expected.keys().chain(found.keys().filter(|name| !expected.contains_key(*name))) {
        compare(name, expected.get(name), found.get(name), &mut differences);
    }
    for difference in &mut differences {
        difference.kind = kind(difference);
    }
    differences
}

fn compare(
    place: &str,
    expected: Option<&Value>,
    found: Option<&Value>,
    differences: &mut Vec<Difference>,
) {
    match (expected, found) {
        (Some(Value::Object(expected)), Some(Value::Object(found))) => {
            for name in names(expected, found) {
                let place = format!("{place} › {name}");
                compare(&place, expected.get(name), found.get(name), differences);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(found))) => {
            for n in 0..expected.len().max(found.len()) {
                let place = format!("{place} › {}", n + 1);
                compare(&place, expected.get(n), found.get(n), differences);
            }
        }
        (expected, found) if expected == found => {}
        (expected, found) => differences.push(Difference {
            kind: Kind::Different,
            place: place.to_owned(),
            expected: expected.cloned(),
            found: found.cloned(),
        }),
    }
}

fn names<'a>(one: &'a Map<String, Value>, other: &'a Map<String, Value>) -> Vec<&'a String> {
    let more = other.keys().filter(|name| !one.contains_key(*name));
    one.keys().chain(more).collect()
}

/// A whole document, entry or line of history that is missing is lost; one too many, or a write too many, is a duplicate.
fn kind(difference: &Difference) -> Kind {
    let Difference { place, expected, found, .. } = difference;
    let kept = ["books: ", "history: "].iter().any(|section| place.starts_with(section));
    let whole = kept && (!place.contains('›') || place.starts_with("history: "));
    let count = |value: &Option<Value>| value.as_ref().and_then(Value::as_u64).unwrap_or(0);
    if place.starts_with("books: writes") {
        return if count(found) > count(expected) { Kind::Duplicate } else { Kind::Lost };
    }
    match (expected, found) {
        (Some(_), None) if whole => Kind::Lost,
        (None, Some(_)) if whole => Kind::Duplicate,
        _ => Kind::Different,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn things(things: &[(&str, Value)]) -> BTreeMap<String, Value> {
        things.iter().map(|(name, thing)| ((*name).to_owned(), thing.clone())).collect()
    }

    #[test]
    fn a_difference_says_where_it_is_and_how_bad() {
        let whole = [
            ("books: Invoice B-1", json!({"Balance": 5, "Line": [1, 2]})),
            ("books: writes that were performed", json!({"Invoice create": 1})),
            ("history: bill B1", json!([{"action": "created"}])),
            ("table: POSTING#b", json!({"state": "posted"})),
        ];
        let expected = things(&whole);
        assert!(between(&expected, &expected).is_empty());
        for (place, found, kind, text) in [
            (
                0,
                json!({"Balance": 0, "Line": [1, 2]}),
                Kind::Different,
                "books: Invoice B-1 › Balance is 0 instead of 5",
            ),
            (
                0,
                json!({"Balance": 5, "Line": [1]}),
                Kind::Different,
                "books: Invoice B-1 › Line › 2 is missing: 2",
            ),
            (
                1,
                json!({"Invoice create": 2}),
                Kind::Duplicate,
                "books: writes that were performed › Invoice create is 2 instead of 1",
            ),
            (
                2,
                json!([{"action": "created"}, 2]),
                Kind::Duplicate,
                "history: bill B1 › 2 should not be: 2",
            ),
            (2, json!([]), Kind::Lost, "history: bill B1 › 1 is missing: {\"action\":\"created\"}"),
            (
                3,
                json!({"state": "queued"}),
                Kind::Different,
                "table: POSTING#b › state is \"queued\" instead of \"posted\"",
            ),
        ] {
            let mut other = whole.clone();
            other[place].1 = found;
            let differences = between(&expected, &things(&other));
            let told: Vec<(Kind, String)> =
                differences.iter().map(|it| (it.kind, it.to_string())).collect();
            assert_eq!(told, [(kind, text.to_owned())]);
        }
        let lost = between(&expected, &things(&whole[1..]));
        assert_eq!(lost.iter().map(|it| it.kind).collect::<Vec<_>>(), [Kind::Lost]);
        let twice = between(&things(&whole[1..]), &expected);
        assert_eq!(twice.iter().map(|it| it.kind).collect::<Vec<_>>(), [Kind::Duplicate]);
    }
}
