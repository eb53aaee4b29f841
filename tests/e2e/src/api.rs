//! Every call that the API's description knows, so that a test of all calls cannot forget one.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;

/// One call.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its method.
    pub method: Method,
    /// Its path, with the names of parameters in braces.
    pub path: String,
    /// The function that answers it.
    pub function: String,
    /// The least role that may call it; absent when it is open to everybody.
    pub role: Option<String>,
    /// The parameters in its path but the tenant, in their order, each with the values that it may have; none when
    /// it may be any id.
    pub places: Vec<(String, Vec<String>)>,
    /// The parameters of its query, likewise.
    pub query: Vec<(String, Vec<String>)>,
    /// Bodies that it takes.
    pub bodies: Vec<Value>,
}

impl Operation {
    /// The path for a tenant, with the other parameters from the left.
    pub fn path_of(&self, tenant: &str, places: &[&str]) -> String {
        let mut path = self.path.replace("{tenant}", tenant);
        for ((name, _), value) in self.places.iter().zip(places) {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        path
    }
}

/// All calls, as `infra/openapi.json` describes them.
pub fn operations() -> Vec<Operation> {
    const DOCUMENT: &str = include_str!("../../../infra/openapi.json");
    let document: Value = serde_json::from_str(DOCUMENT).expect("the description is JSON");
    let mut operations = Vec::new();
    for (path, item) in members(&document["paths"]) {
        for (method, described) in members(&item) {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if described["operationId"].is_null() {
                continue;
            }
            let parameters = [&item["parameters"], &described["parameters"]];
            let parameters = parameters.into_iter().flat_map(|list| list.as_array()).flatten();
            let parameters: Vec<&Value> = parameters.map(|it| resolved(&document, it)).collect();
            let of = |place: &str| {
                let here =
                    parameters.iter().filter(|it| it["in"] == place && it["name"] != "tenant");
                here.map(|it| (text(&it["name"]), choices(&document, &it["schema"]))).collect()
            };
            let examples = &described["requestBody"]["content"]["application/json"]["examples"];
            let bodies = members(examples).into_values().map(|example| example["value"].clone());
            operations.push(Operation {
                method,
                path: path.clone(),
                function: text(&described["tags"][0]),
                role: role(&described),
                places: of("path"),
                query: of("query"),
                bodies: bodies.collect(),
            });
        }
    }
    operations
}

fn members(value: &Value) -> BTreeMap<String, Value> {
    value.as_object().into_iter().flatten().map(|(name, it)| (name.clone(), it.clone())).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference =
        value["$ref"].as_str().and_then(|at| document.pointer(at.trim_start_matches('#')));
    reference.unwrap_or(value)
}

fn choices(document: &Value, schema: &Value) -> Vec<String> {
    let choices = resolved(document, schema)["enum"].as_array();
    choices.into_iter().flatten().map(text).collect()
}

fn role(described: &Value) -> Option<String> {
    let about = described["description"].as_str().unwrap_or_default();
    let role = about.split("Needs a key with the role `").nth(1)?.split('`').next();
    role.map(str::to_owned)
}
