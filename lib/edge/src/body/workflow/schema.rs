//! The choices of all templates as one schema, for the description of the API.

use std::borrow::Cow;

use domain::template::{self, Kind};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{ChoiceShape, MAX_ITEMS};
use crate::openapi::value::{self, Id};

/// The choices of all templates. Which of them one takes is in its own schema.
pub(crate) struct Configuration;

impl JsonSchema for Configuration {
    fn schema_name() -> Cow<'static, str> {
        "Configuration".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut choice = |field: template::Field| {
            let entry = generator.subschema_for::<ChoiceShape>();
            let schema = match field.kind() {
                Kind::Entry(_) => json!({"anyOf": [entry, {"type": "null"}]}),
                Kind::Entries(_) => json!({
                    "type": ["object", "null"],
                    "propertyNames": Id::json_schema(generator),
                    "additionalProperties": entry,
                    "maxProperties": MAX_ITEMS,
                }),
                Kind::Word(words) => {
                    let words = words.iter().map(|(word, _)| Value::from(*word));
                    let words: Vec<Value> = words.chain([Value::Null]).collect();
                    json!({"type": ["string", "null"], "enum": words})
                }
                Kind::Day => {
                    let mut day = value::Day::json_schema(generator).to_value();
                    day["type"] = json!(["string", "null"]);
                    day
                }
                Kind::Text(most) => value::some_line(most),
            };
            let mut schema = schema;
            schema["description"] = field.help().into();
            (field.as_str().to_owned(), schema)
        };
        let properties: Map<String, Value> =
            template::Field::ALL.into_iter().map(&mut choice).collect();
        let schema = json!({
            "description": "What is chosen. Each template takes the choices that its own schema lists.",
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
        });
        schema.try_into().expect("an object is a schema")
    }
}
