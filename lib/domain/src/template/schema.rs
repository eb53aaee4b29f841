//! A template's configuration as JSON Schema, so that a form can be drawn from it.

use serde_json::{Map, Value, json};

use super::{Field, Kind, Template};
use crate::list::List;

/// The JSON Schema (2020-12) of the configuration of `template`. Besides the standard words, `x-list` names the list that
/// a choice is made from, and `x-use` what to ask that list for.
pub fn schema(template: Template) -> Value {
    let fields = template.fields();
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.as_str().to_owned(), property(*field))).collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| template.requires(**field))
        .map(|field| field.as_str())
        .collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": template.title(),
        "description": template.explanation(),
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    });
    let mut rules = vec![needs(Field::InitialSync, "from_date", Field::InitialSyncFrom)];
    if fields.contains(&Field::Numbering) {
        rules.push(needs(Field::Numbering, "prefix", Field::NumberPrefix));
    }
    schema["allOf"] = Value::Array(rules);
    schema
}

fn property(field: Field) -> Value {
    let mut schema = match field.kind() {
        Kind::Entry(list) => {
            let mut schema = entry();
            schema["x-list"] = json!(list.as_str());
            if list == List::Accounts {
                schema["x-use"] = json!(field.as_str());
            }
            schema
        }
        Kind::Entries(list) => json!({
            "type": "object",
            "additionalProperties": entry(),
            "x-list": list.as_str(),
            "x-use": field.as_str(),
        }),
        Kind::Word(words) => {
            let choices: Vec<Value> = words
                .iter()
                .map(|(word, meaning)| json!({"const": word, "title": meaning}))
                .collect();
            json!({"type": "string", "oneOf": choices, "default": words[0].0})
        }
        Kind::Day => json!({"type": "string", "format": "date"}),
        Kind::Text(limit) => json!({"type": "string", "minLength": 1, "maxLength": limit}),
    };
    let label = field.label();
    let title = label[..1].to_uppercase() + &label[1..];
    schema["title"] = json!(title);
    schema["description"] = json!(field.help());
    schema
}

/// A chosen entry: its id; answers also carry the name it had when it was chosen.
fn entry() -> Value {
    json!({
        "type": "object",
        "required": ["id"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": "string", "minLength": 1, "maxLength": crate::id::MAX_ID_LENGTH},
            "name": {"type": "string", "readOnly": true},
        },
    })
}

/// With `field` set to `word`, `other` must be there.
fn needs(field: Field, word: &str, other: Field) -> Value {
    let is_word = json!({
        "required": [field.as_str()],
        "properties": {field.as_str(): {"const": word}},
    });
    json!({"if": is_word, "then": {"required": [other.as_str()]}})
}
