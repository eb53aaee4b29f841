//! JSON as it was written: numbers keep their digits, repeated members are remembered, nesting is bounded.
//!
//! `serde_json::Value` silently keeps the last of two equal members. In a bill that can be the wrong amount.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::problem::Problem;

/// A record nests four deep; anything beyond this is not one.
const MAX_DEPTH: usize = 16;

/// The member name under which serde_json hands over a number when it keeps every digit (`arbitrary_precision`).
const NUMBER: &str = "$serde_json::private::Number";

/// One JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, digit by digit.
    Number(String),
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Members),
}

/// The members of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Members {
    /// Every name once, with its first value.
    pub values: BTreeMap<String, Json>,
    /// Names that came more than once.
    pub repeated: Vec<String>,
}

impl Json {
    /// Reads a whole body.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        Self::read(body, Whole::Body)
    }

    /// Reads one line of a file.
    pub fn parse_line(line: &str) -> Result<Self, Problem> {
        Self::read(line.as_bytes(), Whole::Line)
    }

    fn read(text: &[u8], whole: Whole) -> Result<Self, Problem> {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        Seed { depth: 0 }
            .deserialize(&mut deserializer)
            .and_then(|json| deserializer.end().map(|()| json))
            .map_err(|error| Problem::malformed_json(describe(whole, &error)))
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// What is read, for messages.
#[derive(Clone, Copy)]
enum Whole {
    Body,
    /// Of a file: its number stands beside the message.
    Line,
}

/// Our own errors have their words; those of the parser name places only, and never quote the body.
fn describe(whole: Whole, error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let (what, place) = match whole {
        Whole::Body => ("The body", format!("line {line}, column {column}")),
        Whole::Line => ("The line", format!("column {column}")),
    };
    match error.classify() {
        serde_json::error::Category::Eof => format!("{what} ends in the middle of the JSON."),
        serde_json::error::Category::Data => {
            format!("{what} nests deeper than {MAX_DEPTH} levels ({place}).")
        }
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            format!("{what} is not JSON: {place}.")
        }
    }
}

#[derive(Clone, Copy)]
struct Seed {
    depth: usize,
}

impl Seed {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("nested too deep"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let seed = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = access.next_element_seed(seed)? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let seed = self.deeper()?;
        let mut members = Members::default();
        while let Some(name) = access.next_key::<String>()? {
            if name == NUMBER && members.values.is_empty() {
                return match access.next_value_seed(seed)? {
                    Json::Text(digits) => Ok(Json::Number(digits)),
                    _ => Err(A::Error::custom("not a number")),
                };
            }
            let value = access.next_value_seed(seed)?;
            match members.values.entry(name) {
                Entry::Occupied(first) => members.repeated.push(first.key().clone()),
                Entry::Vacant(place) => drop(place.insert(value)),
            }
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_repeated_members_are_remembered() {
        let json =
            Json::parse(br#"{"a":1.10,"b":12345678901234567890123.5,"a":2,"c":[null,true,"x"]}"#);
        let Json::Object(members) = json.unwrap() else { panic!("an object") };
        assert_eq!(members.values["a"], Json::Number("1.10".to_owned()));
        assert_eq!(members.values["b"], Json::Number("12345678901234567890123.5".to_owned()));
        assert_eq!(members.repeated, ["a"]);
    }

    #[test]
    fn what_is_not_json_is_refused_with_a_place_and_without_its_words() {
        let deep = format!("{}1{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1));
        let very_deep = "[".repeat(60_000);
        for (body, expected) in [
            ("", "The body ends in the middle of the JSON."),
            ("{\"a\":", "The body ends in the middle of the JSON."),
            ("{\"a\":NaN}", "The body is not JSON: line 1, column 6."),
            ("{\"a\":Infinity}", "The body is not JSON: line 1, column 6."),
            ("{'secret':1}", "The body is not JSON: line 1, column 2."),
            ("{\"a\":1,}", "The body is not JSON: line 1, column 8."),
            ("{} {}", "The body is not JSON: line 1, column 4."),
            ("{\"a\":01}", "The body is not JSON: line 1, column 7."),
            ("\"\\ud800\"", "The body is not JSON: line 1, column 8."),
            (deep.as_str(), "The body nests deeper than 16 levels (line 1, column 17)."),
            (very_deep.as_str(), "The body nests deeper than 16 levels (line 1, column 17)."),
        ] {
            let problem = Json::parse(body.as_bytes()).unwrap_err();
            assert_eq!(problem.detail(), expected, "{}", &body[..body.len().min(40)]);
            assert_eq!(problem.code(), "malformed_json");
        }
        assert!(Json::parse(b"\xff\xfe").is_err());
        assert!(Json::parse(b"\xef\xbb\xbf{}").is_err(), "a byte order mark is not JSON");
    }
}
