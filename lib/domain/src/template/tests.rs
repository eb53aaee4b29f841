//! The catalogue, and the forms that can be drawn from it.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::*;
use crate::list::List;
use crate::settings::{Choice, Configuration};

fn validator(template: Template) -> Validator {
    let schema = schema(template);
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{error}"));
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

/// The smallest configuration that a template can be applied with.
fn smallest(template: Template) -> Value {
    let required = template.fields().into_iter().filter(|field| template.requires(*field));
    required.map(|field| (field.as_str().to_owned(), json!({"id": "79"}))).collect()
}

fn with(mut configuration: Value, field: Field, value: Value) -> Value {
    configuration[field.as_str()] = value;
    configuration
}

#[test]
fn every_template_can_be_found_and_tells_what_it_does() {
    // S1-07, S1-08, S1-11, S0-08
    let mut titles = BTreeSet::new();
    for template in Template::ALL {
        assert_eq!(Template::parse(template.as_str()), Some(template));
        assert_eq!(json!(template), json!(template.as_str()), "stored under the same name");
        assert!(titles.insert(template.title()), "{template:?} has a title of its own");
        assert!(template.explanation().ends_with('.') && template.explanation().len() > 60);
        assert!(!template.explanation().contains("  "), "{template:?}");
    }
    assert_eq!(Template::AgentBilling.title(), "Track Agent Billings and Payments");
    assert_eq!(Template::parse("other"), None);
    for workflow in Workflow::ALL {
        assert!(Template::ALL.iter().any(|template| template.workflow() == workflow));
    }
}

#[test]
fn every_choice_can_be_found_and_helps_whoever_chooses() {
    for field in Field::ALL {
        assert_eq!(json!(field), json!(field.as_str()), "stored under the same name");
        assert!(!field.label().is_empty() && field.help().ends_with('.'), "{field:?}");
        assert!(field.remedy().ends_with('.'), "{field:?}");
        assert!(
            Template::ALL.iter().any(|template| template.fields().contains(&field)),
            "{field:?}"
        );
        if let Kind::Word(words) = field.kind() {
            let different: BTreeSet<_> = words.iter().map(|(word, _)| word).collect();
            assert_eq!(different.len(), words.len());
            assert!(words.iter().all(|(_, meaning)| meaning.ends_with('.')), "{field:?}");
        }
    }
}

#[test]
fn a_schema_describes_each_choice_of_its_template_and_no_other() {
    // S1-14
    for template in Template::ALL {
        let schema = schema(template);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(
            (&schema["title"], &schema["type"]),
            (&json!(template.title()), &json!("object"))
        );
        assert_eq!(schema["additionalProperties"], json!(false));
        let properties = schema["properties"].as_object().unwrap();
        let fields = template.fields();
        let distinct: BTreeSet<_> = fields.iter().map(|field| field.as_str()).collect();
        assert_eq!(distinct.len(), fields.len(), "{template:?} takes each choice once");
        assert_eq!(properties.keys().map(String::as_str).collect::<BTreeSet<_>>(), distinct);
        for field in fields {
            let property = &properties[field.as_str()];
            let title = property["title"].as_str().unwrap();
            assert_eq!(title.to_lowercase(), field.label().to_lowercase());
            assert!(title.starts_with(|first: char| first.is_uppercase()), "{title}");
            assert_eq!(property["description"], field.help());
            match field.kind() {
                Kind::Entry(list) | Kind::Entries(list) => {
                    assert_eq!(property["x-list"], list.as_str());
                    let narrowed = (list == List::Accounts).then(|| json!(field.as_str()));
                    assert_eq!(property.get("x-use"), narrowed.as_ref(), "{field:?}");
                    assert_eq!(property.get("default"), None, "nobody can guess an entry");
                }
                Kind::Word(words) => {
                    assert_eq!(property["default"], words[0].0);
                    assert_eq!(property["oneOf"].as_array().unwrap().len(), words.len());
                    assert_eq!(Configuration::default().word(field), words[0].0);
                }
                Kind::Day | Kind::Text(_) => assert_eq!(property["type"], "string"),
            }
        }
        for required in schema["required"].as_array().unwrap() {
            assert!(properties.contains_key(required.as_str().unwrap()));
        }
    }
}

#[test]
fn a_schema_takes_what_can_be_applied_and_nothing_else() {
    // S1-14, S4-031
    for template in Template::ALL {
        let validator = validator(template);
        let least = smallest(template);
        let takes = |configuration: Value| validator.is_valid(&configuration);
        assert!(takes(least.clone()), "{template:?}");
        for field in template.fields() {
            let without = {
                let mut all = least.clone();
                all.as_object_mut().unwrap().remove(field.as_str());
                all
            };
            assert_eq!(takes(without), !template.requires(field), "{template:?} {field:?}");
            let named = json!({"id": "79", "name": "Sales"});
            let (good, bad) = match field.kind() {
                Kind::Entry(_) => {
                    (named, vec![json!("79"), json!({"name": "Sales"}), json!({"id": ""})])
                }
                Kind::Entries(_) => {
                    (json!({"split": named}), vec![json!({"split": "79"}), json!([])])
                }
                Kind::Word(words) => {
                    (json!(words[0].0), vec![json!("other"), json!(1), json!(null)])
                }
                Kind::Day => {
                    (json!("2026-02-28"), vec![json!("2026-02-30"), json!("soon"), json!(1)])
                }
                Kind::Text(most) => {
                    (json!("L".repeat(most)), vec![json!(""), json!("L".repeat(most + 1))])
                }
            };
            assert!(takes(with(least.clone(), field, good)), "{template:?} {field:?}");
            for bad in bad {
                assert!(!takes(with(least.clone(), field, bad.clone())), "{field:?} {bad}");
            }
        }
        let mut other = least.clone();
        other["colour"] = json!("blue");
        assert!(!takes(other), "{template:?}");
    }
}

#[test]
fn a_schema_asks_for_what_a_word_needs_like_the_configuration_does() {
    for (field, word, needs, value) in [
        (Field::Numbering, "prefix", Field::NumberPrefix, json!("LB-")),
        (Field::InitialSync, "from_date", Field::InitialSyncFrom, json!("2026-01-01")),
    ] {
        for template in Template::ALL.into_iter().filter(|t| t.fields().contains(&field)) {
            let validator = validator(template);
            let half = with(smallest(template), field, json!(word));
            assert!(!validator.is_valid(&half), "{template:?}");
            assert!(validator.is_valid(&with(half, needs, value.clone())), "{template:?}");
            let mut configuration = Configuration::default();
            let id = crate::id::ObjectId::parse("79").unwrap();
            let choice = Choice { id, name: "Sales".to_owned() };
            for required in template.fields().into_iter().filter(|f| template.requires(*f)) {
                configuration.set(required, Some(crate::settings::Value::Entry(choice.clone())));
            }
            configuration.set(field, Some(crate::settings::Value::Word(word.to_owned())));
            assert_eq!(configuration.missing(template), [needs], "{template:?}");
        }
    }
}
