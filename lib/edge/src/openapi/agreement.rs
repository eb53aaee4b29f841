//! Do readers take what the schemas say?
//!
//! Every sample body is changed in every place in many ways; each time the schema and the reader have to agree.

use serde_json::{Value, json};

use super::document::{BEYOND_SCHEMA, FUNCTIONS, document};
use super::operation::{Read, sample};
use super::strict;
use crate::body::Json;
use crate::routes::described;

#[test]
fn a_body_is_taken_just_when_it_fits_its_schema() {
    let document = document();
    let components = &document["components"];
    let mut tried = 0;
    for (function, _) in FUNCTIONS {
        for operation in described(function) {
            let Some(body) = &operation.body else { continue };
            let method = operation.method.as_str().to_lowercase();
            let described = &document["paths"][operation.path][method]["requestBody"];
            let schema = &described["content"]["application/json"]["schema"];
            let schema = json!({"components": components, "allOf": [schema]});
            let validator = strict::validator(&schema);
            let samples = body.samples.iter().map(|file| sample(file)).chain([json!({})]);
            for sample in samples {
                for changed in changes(&sample) {
                    tried += 1;
                    compare(operation.id, &validator, body.read, &changed);
                }
            }
        }
    }
    assert!(tried > 1000, "only {tried} bodies were tried");
}

#[test]
fn samples_are_taken() {
    for (function, _) in FUNCTIONS {
        for operation in described(function) {
            let Some(body) = &operation.body else { continue };
            assert!(!body.samples.is_empty() || !body.is_needed, "{} has no sample", operation.id);
            for file in body.samples {
                let text = sample(file).to_string();
                assert_eq!((body.read)(&Json::parse(text.as_bytes()).unwrap()), Ok(()), "{file}");
            }
        }
    }
}

fn compare(id: &str, validator: &jsonschema::Validator, read: Read, body: &Value) {
    let fits = validator.is_valid(body);
    let read = read(&Json::parse(body.to_string().as_bytes()).unwrap());
    let Err(problem) = read else {
        return assert!(fits, "{id}: the reader takes what the schema refuses: {body}");
    };
    if fits {
        let problem: Value = serde_json::from_str(&problem.to_json("r")).unwrap();
        let errors = problem["errors"].as_array().unwrap();
        let within = errors.iter().find(|error| {
            !BEYOND_SCHEMA.contains(&error["code"].as_str().expect("every error has a code"))
        });
        assert!(
            within.is_none(),
            "{id}: the schema takes what the reader refuses: {body}\n{within:?}"
        );
    }
}

/// The body itself, and with one change in one place.
fn changes(body: &Value) -> Vec<Value> {
    let mut all = vec![body.clone()];
    let mut places = Vec::new();
    walk(body, String::new(), &mut places);
    for place in places {
        for value in odd_values(body.pointer(&place).expect("it was found")) {
            let mut changed = body.clone();
            *changed.pointer_mut(&place).expect("it was found") = value;
            all.push(changed);
        }
        let Some((parent, name)) = place.rsplit_once('/') else { continue };
        let mut changed = body.clone();
        if let Some(Value::Object(members)) = changed.pointer_mut(parent) {
            members.remove(name);
            all.push(changed);
        }
    }
    all
}

fn walk(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| walk(value, format!("{place}/{name}"), places));
        }
        Value::Array(values) => {
            values
                .iter()
                .enumerate()
                .for_each(|(at, value)| walk(value, format!("{place}/{at}"), places));
        }
        _ => {}
    }
    places.push(place);
}

/// Values that tell schemas and readers apart.
fn odd_values(usual: &Value) -> Vec<Value> {
    let mut values = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(12.5),
        json!([]),
        json!({}),
        json!([1]),
        json!({"surprise": 1}),
        json!(100_000_000_000_u64),
        json!(9_007_199_254_740_993_u64),
    ];
    for text in [
        "",
        " ",
        "  x  ",
        "x",
        "X Y",
        "a/b",
        "a#b",
        "é",
        "株式会社",
        "🎉",
        "a🎉b",
        "a\tb",
        "\n",
        "a\u{0}b",
        "\u{7F}",
        "\u{85}",
        "\u{200B}",
        "\u{FEFF}",
        "\u{3000}",
        "\u{FE0F}",
        "::",
        "0",
        "-0",
        "-0.00",
        "00",
        "1",
        "1.",
        ".5",
        "-1",
        "+1",
        "1e3",
        "1,000",
        "0.00001",
        "0.000001",
        "99999999999",
        "100000000000",
        "000000000000000000001.50000000",
        "NaN",
        "2026-04-30",
        "2026-4-3",
        "1899-12-31",
        "1900-01-01",
        "2199-12-31",
        "2200-01-01",
        "2026-13-01",
        "2026-04-30T00:00:00Z",
        "usd",
        "USD",
        "USDX",
        "ann@example.com",
        " ann@example.com ",
        "ann@example",
        "@a.b",
        "a@b@c.d",
        "a@.b",
        "a b@c.d",
        "a@b.c,d@e.f",
        "https://app.example.com/x?y=1",
        "http://app.example.com",
        "http://localhost:3000/",
        "ftp://a.b",
        "javascript:alert(1)",
        "customer",
        "bill",
        "rejected",
        "posted",
    ] {
        values.push(text.into());
    }
    values.extend(
        [10, 20, 21, 22, 31, 32, 100, 101, 254, 255, 500, 501, 1000, 1001, 4000, 4001]
            .map(|n| json!("x".repeat(n))),
    );
    match usual {
        Value::Object(members) => {
            let mut more = members.clone();
            more.insert("surprise".to_owned(), json!(1));
            values.push(more.into());
        }
        Value::Array(entries) => {
            for count in [2, 200, 201, 500, 501] {
                let entries = entries.iter().cycle().take(count).cloned();
                values.push(entries.collect());
            }
        }
        _ => {}
    }
    values
}
