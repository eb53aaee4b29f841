//! Answers that the deployed functions gave, as examples; they have exactly the fields that their schemas say.

use serde_json::{Value, json};

use super::document::document;
use super::strict;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/openapi/examples");

/// The example of what a call answers with a status, if there is one.
pub(super) fn answer(id: &str, status: u16) -> Option<Value> {
    let text = std::fs::read_to_string(format!("{FOLDER}/{id}.{status}.json")).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{id}.{status}: {error}")))
}

#[test]
fn every_example_fits_its_schema_to_the_last_field() {
    let mut document = document();
    let components = document["components"]["schemas"].take();
    let mut seen = 0;
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values().filter(|value| value.is_object()) {
            let bodies = [&operation["requestBody"]];
            let answers = operation["responses"].as_object().unwrap().values();
            for content in bodies.into_iter().chain(answers) {
                let Some(content) = content["content"].as_object() else { continue };
                for content in content.values() {
                    let schema = json!({"components": {"schemas": components}, "allOf": [content["schema"]]});
                    let schema = strict::closed(schema);
                    let several = content["examples"].as_object().into_iter().flatten();
                    let several = several.map(|(_, example)| &example["value"]);
                    for example in content.get("example").into_iter().chain(several) {
                        strict::check_against(&schema, example);
                        seen += 1;
                    }
                }
            }
        }
    }
    assert!(seen >= 10, "only {seen} examples");
}

#[test]
fn every_example_belongs_to_a_call() {
    let text = document().to_string();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let mut parts = name.split('.');
        let (id, status) = (parts.next().unwrap(), parts.next().unwrap());
        let example = answer(id, status.parse().unwrap()).unwrap();
        assert!(text.contains(&example.to_string()), "{name} is the example of nothing");
    }
}
