//! Schemas of answers, and whether real answers fit them to the last field.

use jsonschema::Validator;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};

/// Panics unless `value` has exactly the fields that its schema says.
pub(super) fn check<T: JsonSchema>(value: &impl Serialize) {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    drop_null_of_what_is_left_out(&mut schema);
    let value = serde_json::to_value(value).expect("answers are JSON");
    check_against(&closed(schema), &value);
}

/// Panics unless `value` fits `schema`.
pub(super) fn check_against(schema: &Value, value: &Value) {
    let validator = validator(schema);
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{value}\n{}", errors.join("\n"));
}

/// A validator that looks at formats too.
pub(super) fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).expect("a schema")
}

/// Without fields that are not described.
pub(super) fn closed(mut schema: Value) -> Value {
    for_each_object(&mut schema, &mut |object| {
        object.insert("additionalProperties".to_owned(), json!(false));
    });
    schema
}

/// What serde leaves out is never `null`.
pub(super) fn drop_null_of_what_is_left_out(schema: &mut Value) {
    for_each_object(schema, &mut |object| {
        let needed = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let properties = object.get_mut("properties").and_then(Value::as_object_mut);
        for (name, schema) in properties.into_iter().flatten() {
            if !needed.iter().any(|needed| needed == name) {
                drop_null(schema);
            }
        }
    });
}

/// Takes `null` out of a schema.
pub(super) fn drop_null(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.retain(|word| !word.is_null());
    }
    if let Some(choices) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| choice["type"] != "null");
        if let [only] = choices.as_slice() {
            let only = only.clone();
            let members = schema.as_object_mut().expect("it has a member");
            members.remove("anyOf");
            members.extend(only.as_object().cloned().unwrap_or_default());
        }
    }
}

/// Visits every schema of an object with properties.
fn for_each_object(
    schema: &mut Value,
    visit: &mut impl FnMut(&mut serde_json::Map<String, Value>),
) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") && members.contains_key("type") {
                visit(members);
            }
            members.values_mut().for_each(|value| for_each_object(value, visit));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| for_each_object(value, visit)),
        _ => {}
    }
}
