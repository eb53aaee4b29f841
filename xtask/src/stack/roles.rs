//! What each function's role may do: the template says what `infra/permissions.json` says, action by action.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::paths;

/// Function, action, resource.
type Grant = (String, String, String);

/// Actions and resources that may end in a star.
const STARS: [(&str, &str); 5] = [
    ("sqs:SendMessage*", "the emulator checks sending in batches as an action of its own"),
    (":secret:ledgerbridge-${Environment}/application-*", "Secrets Manager appends six letters"),
    (":secret:ledgerbridge-${Environment}/connection/*", "one secret for each connection"),
    ("${Table.Arn}/stream/*", "the stream's name is the time at which it was made"),
    ("${ImportBucket.Arn}/*", "a file for each import"),
];

/// `BillingInvoice` is the function `billing-invoice`.
fn name_of(logical_id: &str) -> String {
    let mut name = String::new();
    for c in logical_id.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// A resource of a statement in the words of `permissions.json`.
fn resource(function: &str, written: &str) -> String {
    let written = written.trim().trim_matches('"');
    let of_queue = |id: &str| match id.strip_suffix("DeadLetter") {
        Some(id) => format!("dead-letters/{}", name_of(id)),
        None => format!("queue/{}", name_of(id)),
    };
    let attribute = written.strip_prefix("!GetAtt ").and_then(|it| it.strip_suffix(".Arn"));
    match attribute {
        Some("Table") => return "table".to_owned(),
        Some("EventBus") => return "bus".to_owned(),
        Some("ImportBucket") => return "bucket".to_owned(),
        Some(id) if id == format!("{function}Logs") => return "log".to_owned(),
        Some(id) if id.ends_with("Queue") => return of_queue(&id[..id.len() - "Queue".len()]),
        _ => {}
    }
    let built = written.trim_start_matches("!Sub ").trim_matches('"');
    match built.strip_prefix("${Table.Arn}/") {
        Some("stream/*") => "stream".to_owned(),
        Some(index) => index.to_owned(),
        None if built == STARS[4].0 => "files".to_owned(),
        None if built.ends_with(STARS[1].0) => "secret/application".to_owned(),
        None if built.ends_with(STARS[2].0) => "secret/connections".to_owned(),
        None => panic!("{function}: no word for {written}"),
    }
}

/// The text of each role, by its function's logical id.
fn roles(template: &str) -> BTreeMap<&str, String> {
    let (mut roles, mut id) = (BTreeMap::new(), "");
    for line in template.lines() {
        let heading = line.strip_prefix("  ").filter(|it| !it.starts_with([' ', '#']));
        if let Some(heading) = heading {
            id = heading.trim_end_matches(':');
        }
        if let (Some(function), None) = (id.strip_suffix("Role"), heading) {
            let text: &mut String = roles.entry(function).or_default();
            // A comment ends where its line does.
            text.push_str(line.split(" #").next().unwrap_or_default());
            text.push('\n');
        }
    }
    roles
}

/// Every grant of a role. Whatever is not understood is no grant that passes.
fn grants(function: &str, role: &str) -> Vec<Grant> {
    let (_, policies) = role.split_once("Statement:\n").expect("a role has statements");
    let (policies, _) = policies.split_once("\n      Tags:").expect("a role has tags");
    let mut grants = Vec::new();
    for statement in policies.split("- Sid: ").skip(1) {
        let (_, rest) = statement.split_once("Effect: Allow\n").expect("statements allow");
        let (actions, resources) = rest.split_once("Resource:").expect("a resource");
        let actions = actions.trim().strip_prefix("Action:").expect("actions, and nothing else");
        let actions = actions.trim().strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let actions = actions.unwrap_or_else(|| panic!("{function}: actions stand in brackets"));
        let resources = resources.trim();
        let resources: Vec<&str> = match resources.strip_prefix("- ") {
            Some(list) => list.split("\n                  - ").collect(),
            None => resources.trim_start_matches('[').trim_end_matches(']').split(", ").collect(),
        };
        for action in actions.split(',').map(str::trim) {
            for written in &resources {
                let on = resource(function, written);
                grants.push((name_of(function), action.to_owned(), on));
            }
        }
    }
    grants
}

fn needed() -> BTreeSet<Grant> {
    let file = paths::root().join("infra/permissions.json");
    let needed: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let mut grants = BTreeSet::new();
    for (function, list) in needed.as_object().unwrap() {
        for grant in list.as_array().unwrap() {
            assert!(
                grant["why"].as_str().is_some_and(|why| !why.is_empty()),
                "{function}: {grant}"
            );
            for (action, on) in texts(&grant["may"]).iter().flat_map(|action| {
                texts(&grant["on"]).into_iter().map(move |on| (action.clone(), on))
            }) {
                let new = grants.insert((function.clone(), action, on));
                assert!(new, "{function} is given something twice: {grant}");
            }
        }
    }
    grants
}

#[test]
fn every_role_may_do_what_its_function_needs_and_nothing_else() {
    let template = fs::read_to_string(paths::template()).unwrap();
    let mut given = BTreeSet::new();
    for (function, role) in roles(&template) {
        for grant in grants(function, &role) {
            assert!(given.insert(grant.clone()), "given twice: {grant:?}");
        }
        for foreign in
            ["NotAction", "NotResource", "NotPrincipal", "ManagedPolicyArns", "PermissionsBoundary"]
        {
            assert!(!role.contains(foreign), "{function} has {foreign}");
        }
        assert_eq!(role.matches("PolicyName:").count(), 1, "{function} has one policy");
    }
    let needed = needed();
    let listed =
        |set: &BTreeSet<Grant>, other: &BTreeSet<Grant>| format!("{:#?}", set.difference(other));
    assert!(
        given == needed,
        "too much: {}\ntoo little: {}",
        listed(&given, &needed),
        listed(&needed, &given)
    );
    println!("{} grants of {} roles", given.len(), roles(&template).len());
}

#[test]
fn a_star_stands_only_where_there_is_a_reason_for_it() {
    let template = fs::read_to_string(paths::template()).unwrap();
    for (function, role) in roles(&template) {
        for line in role.lines().filter(|line| line.contains('*')) {
            let mut left = line.to_owned();
            for (star, _) in STARS {
                left = left.replace(star, "");
            }
            assert!(!left.contains('*'), "{function}: {line}");
        }
    }
}

/// Whoever made a policy elsewhere, as SAM does for a function without a role, would not be looked at here.
#[test]
fn no_function_gets_permissions_from_anywhere_else() {
    let template = fs::read_to_string(paths::template()).unwrap();
    let functions = template.matches("Type: AWS::Serverless::Function").count();
    assert_eq!(template.matches("Role: !GetAtt ").count(), functions);
    assert_eq!(template.matches("Type: AWS::IAM::Role").count(), roles(&template).len());
    for kind in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"] {
        assert!(!template.contains(kind), "{kind}");
    }
    assert_eq!(roles(&template).len(), functions);
}
