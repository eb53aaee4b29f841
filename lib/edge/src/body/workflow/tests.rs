//! What a person may choose, and what they are told about the rest.

use domain::template::{Field, Template};
use serde_json::{Value, json};
use sync::workflows::{Change, Given};

use crate::body::tests::errors_in;
use crate::body::{Json, workflow};
use crate::problem::Problem;

fn read(template: Template, body: &Value) -> Result<Change, Problem> {
    workflow(template, &Json::parse(body.to_string().as_bytes()).unwrap())
}

fn errors_of(template: Template, body: &Value) -> String {
    errors_in(read(template, body).err())
}

#[test]
fn each_choice_is_read_by_its_kind() {
    // S1-14
    let body = json!({"company": "9130", "configuration": {
        "income_account": {"id": "79", "name": "what QuickBooks called it"},
        "accounts_by_item": {"desk-fee": {"id": "82"}, "mls": {"id": "83"}},
        "transaction_date": "close_date",
        "number_prefix": " LB- ",
        "cut_off": "2026-01-31",
        "class": null,
    }});
    let Change { company, fields } = read(Template::AgentBilling, &body).unwrap();
    assert_eq!(company.unwrap().as_str(), "9130");
    let told: Vec<(Field, String)> = fields
        .into_iter()
        .map(|(field, given)| {
            let text = match given {
                None => "taken back".to_owned(),
                Some(Given::Id(id)) => format!("entry {id}"),
                Some(Given::Ids(ids)) => {
                    ids.iter().map(|(item, id)| format!("{item}={id} ")).collect()
                }
                Some(Given::Word(text)) => format!("word {text}"),
                Some(Given::Day(day)) => format!("day {day}"),
                Some(Given::Text(text)) => format!("text {text}"),
            };
            (field, text)
        })
        .collect();
    let expected = [
        (Field::IncomeAccount, "entry 79"),
        (Field::AccountsByItem, "desk-fee=82 mls=83 "),
        (Field::Class, "taken back"),
        (Field::TransactionDate, "word close_date"),
        (Field::NumberPrefix, "text LB-"),
        (Field::CutOff, "day 2026-01-31"),
    ];
    assert_eq!(told, expected.map(|(field, text)| (field, text.to_owned())));
}

#[test]
fn what_is_left_out_keeps_its_value() {
    for body in
        [json!({}), json!({"configuration": {}}), json!({"company": null, "configuration": null})]
    {
        assert_eq!(read(Template::AgentBilling, &body).unwrap().fields, [], "{body}");
    }
    let none = json!({"configuration": {"accounts_by_item": {}}});
    let change = read(Template::AgentBilling, &none).unwrap();
    assert_eq!(
        change.fields,
        [(Field::AccountsByItem, None)],
        "accounts for no items are no choice"
    );
}

#[test]
fn every_unusable_choice_is_named_by_path_and_code() {
    let long = "x".repeat(21);
    let many: serde_json::Map<String, Value> =
        (0..201).map(|n| (format!("item-{n}"), json!({"id": "1"}))).collect();
    for (field, value, expected) in [
        ("income_account", json!("79"), "configuration.income_account wrong_type"),
        ("income_account", json!({}), "configuration.income_account.id missing"),
        ("income_account", json!({"id": 79}), "configuration.income_account.id wrong_type"),
        ("income_account", json!({"id": "7 9"}), "configuration.income_account.id bad_id"),
        (
            "income_account",
            json!({"id": "79", "nmae": "x"}),
            "configuration.income_account.nmae unknown_field",
        ),
        ("accounts_by_item", json!([]), "configuration.accounts_by_item wrong_type"),
        (
            "accounts_by_item",
            json!({"a b": {"id": "1"}}),
            "configuration.accounts_by_item.a b bad_id",
        ),
        ("accounts_by_item", json!({"a": null}), "configuration.accounts_by_item.a wrong_type"),
        (
            "accounts_by_item",
            json!({"a": {"id": ""}}),
            "configuration.accounts_by_item.a.id bad_id",
        ),
        ("accounts_by_item", Value::Object(many), "configuration.accounts_by_item bad_count"),
        ("transaction_date", json!("tomorrow"), "configuration.transaction_date unknown_choice"),
        ("transaction_date", json!(1), "configuration.transaction_date wrong_type"),
        ("initial_sync", json!("ALL"), "configuration.initial_sync unknown_choice"),
        ("cut_off", json!("2026-02-30"), "configuration.cut_off bad_date"),
        ("cut_off", json!("01/31/2026"), "configuration.cut_off bad_date"),
        ("number_prefix", json!(long), "configuration.number_prefix too_long"),
        ("number_prefix", json!(" "), "configuration.number_prefix empty_text"),
        ("number_prefix", json!("LB\n1"), "configuration.number_prefix bad_character"),
        ("checking_account", json!({"id": "35"}), "configuration.checking_account unknown_field"),
        ("colour", json!("red"), "configuration.colour unknown_field"),
    ] {
        let found = errors_of(Template::AgentBilling, &json!({"configuration": {field: value}}));
        assert_eq!(found, expected, "{field}");
    }
}

#[test]
fn all_bad_choices_are_reported_at_once() {
    let body = json!({"company": "#", "confirmed": true, "configuration": {
        "income_account": {}, "cut_off": "x", "filter_from": "2026-02-01", "filter_to": "2026-01-01", "numbering": "own",
    }});
    assert_eq!(
        errors_of(Template::AgentBilling, &body),
        "confirmed unknown_field; company bad_id; configuration.income_account.id missing; \
         configuration.numbering unknown_choice; configuration.cut_off bad_date; configuration.filter_to bad_range"
    );
}

#[test]
fn a_field_of_another_template_is_refused_with_the_list_of_those_that_this_one_takes() {
    for template in Template::ALL {
        for field in Field::ALL.into_iter().filter(|field| !template.fields().contains(field)) {
            let name = field.as_str();
            let body = json!({"configuration": {name: null}});
            let problem = read(template, &body).unwrap_err().to_json("r");
            let problem: Value = serde_json::from_str(&problem).unwrap();
            let error = &problem["errors"][0];
            assert_eq!(error["path"], format!("configuration.{name}"));
            let remedy = error["remedy"].as_str().unwrap();
            for known in template.fields() {
                assert!(remedy.contains(known.as_str()), "{template:?} {name}: {remedy}");
            }
        }
    }
}
