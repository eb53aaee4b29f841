//! Puts the descriptions of all calls together into one OpenAPI 3.1 document.

use std::collections::BTreeMap;

use domain::role::Role;
use http::Method;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::examples;
use super::operation::{Answer, Content, Operation, sample};
use super::parameters;
use super::strict;
use crate::Function;
use crate::http::MAX_BODY_BYTES;
use crate::problem::{self, Problem};
use crate::routes::{described, roles};

/// Functions in the order in which they are shown.
pub(super) const FUNCTIONS: [(Function, &str); 5] = [
    (Function::OauthCallback, "Connects tenants to their QuickBooks companies."),
    (Function::Settings, "What people choose, look at and mend."),
    (Function::BillingInvoice, "Agents' bills, which become invoices."),
    (Function::BillingPayment, "Payments over one or several bills."),
    (Function::Disbursement, "Commission disbursements, which become income and expenses."),
];

/// Codes of bad fields that follow from several fields, from the company or from an earlier answer, so that no schema can
/// say when they occur. Any other code means that a value does not fit its schema.
pub(super) const BEYOND_SCHEMA: [&str; 22] = [
    "amount_differs",
    "bad_cursor",
    "bad_date",
    "bad_range",
    "bad_return_url",
    "bill_repeated",
    "charge_failed",
    "inactive_object",
    "item_named_twice",
    "not_sellable",
    "other_list",
    "over_allocated",
    "payee_mailed_twice",
    "payee_named_twice",
    "payee_numbered_twice",
    "payout_negative",
    "shares_differ",
    "too_large",
    "too_many_payees",
    "too_precise",
    "unknown_object",
    "unusable_choice",
];

const ABOUT: &str = include_str!("about.md");

/// The whole document.
pub(super) fn document() -> Value {
    let mut parts = Parts::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut tags = Vec::new();
    for (function, about) in FUNCTIONS {
        let name = function.name();
        tags.push(json!({"name": name, "description": about}));
        let operations = described(function);
        for operation in &operations {
            let item =
                paths.entry(operation.path).or_insert_with(|| parts.path(name, operation.path));
            let links = links(operation, &operations);
            let described = parts.operation(name, operation, &links);
            let known = item.insert(operation.method.as_str().to_lowercase(), described);
            assert!(known.is_none(), "{} {} is described twice", operation.method, operation.path);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ledgerbridge",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What a SaaS bills, collects and disburses appears in QuickBooks once, correctly.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [server("ledgerbridge", "One domain in front of all functions.")],
        "tags": tags,
        "paths": paths,
        "components": parts.components(),
        "security": [{"apiKey": []}, {"awsSigV4": []}],
        "x-codes-beyond-schema": BEYOND_SCHEMA,
    })
}

/// Schemas and answers that are referred to.
struct Parts {
    requests: SchemaGenerator,
    queries: SchemaGenerator,
    answers: SchemaGenerator,
    responses: BTreeMap<String, Value>,
    parameters: BTreeMap<String, Value>,
}

impl Parts {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            queries: settings
                .clone()
                .with(|settings| settings.inline_subschemas = true)
                .for_deserialize()
                .into_generator(),
            requests: settings.clone().for_deserialize().into_generator(),
            answers: settings.for_serialize().into_generator(),
            responses: BTreeMap::new(),
            parameters: BTreeMap::new(),
        }
    }

    /// What all calls of a path have in common.
    fn path(&mut self, function: &str, path: &str) -> Map<String, Value> {
        let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let references = names.map(|name| {
            let parameter = parameters::in_path(name, &mut self.queries);
            let component = format!("path_{name}");
            let reference = json!({"$ref": format!("#/components/parameters/{component}")});
            self.parameters.insert(component, parameter);
            reference
        });
        let parameters: Vec<Value> = references.collect();
        let server = server(function, "The URL of the function, or the domain in front of it.");
        let mut item = Map::from_iter([("servers".to_owned(), json!([server]))]);
        if !parameters.is_empty() {
            item.insert("parameters".to_owned(), parameters.into());
        }
        item
    }

    fn operation(&mut self, function: &str, operation: &Operation, links: &Value) -> Value {
        let role = roles::needed(&operation.method, operation.path);
        let mut description =
            operation.description.map(str::to_owned).into_iter().collect::<Vec<_>>();
        description.push(match role {
            Some(role) => format!("Needs a key with the role `{}`.", role.as_str()),
            None => "Open to everyone: browsers come here.".to_owned(),
        });
        let mut described = json!({
            "operationId": operation.id,
            "summary": operation.summary,
            "description": description.join("\n\n"),
            "tags": [function],
        });
        match role {
            Some(role) => described["x-role"] = role.as_str().into(),
            None => described["security"] = json!([]),
        }
        if let Some(query) = operation.query {
            described["parameters"] = parameters::in_query(&query(&mut self.queries));
        }
        if let Some(body) = &operation.body {
            let schema = (body.schema)(&mut self.requests);
            let mut content = json!({"schema": schema});
            if !body.samples.is_empty() {
                content["examples"] = body.samples.iter().map(|file| example(file)).collect();
            }
            described["requestBody"] =
                json!({"required": body.is_needed, "content": {"application/json": content}});
        }
        let mut responses = BTreeMap::new();
        for (status, answer) in &operation.answers {
            responses.insert(status.to_string(), self.answer(operation.id, *status, answer, links));
        }
        for (status, refusal) in self.refusals(operation, role) {
            let known = responses.insert(status.to_string(), refusal);
            assert!(known.is_none(), "{}: {status} has two meanings", operation.id);
        }
        described["responses"] = json!(responses);
        described
    }

    fn answer(&mut self, id: &str, status: u16, answer: &Answer, links: &Value) -> Value {
        let mut headers = json!({"x-request-id": {"$ref": "#/components/headers/request_id"}});
        let content = match &answer.content {
            Content::Json(make) => {
                let mut content = json!({"schema": make(&mut self.answers)});
                if let Some(example) = examples::answer(id, status) {
                    content["example"] = example;
                }
                Some(json!({"application/json": content}))
            }
            Content::Page => Some(json!({"text/html": {"schema": {"type": "string"}}})),
            Content::Csv => {
                headers["x-next-cursor"] = json!({"$ref": "#/components/headers/next_cursor"});
                Some(json!({"text/csv": {"schema": {"type": "string"}}}))
            }
            Content::Redirect => {
                headers["location"] = json!({"$ref": "#/components/headers/location"});
                None
            }
            Content::Nothing => None,
        };
        let mut response = json!({"description": answer.description, "headers": headers});
        if let Some(content) = content {
            response["content"] = content;
        }
        if status < 300 && links.as_object().is_some_and(|links| !links.is_empty()) {
            response["links"] = links.clone();
        }
        response
    }

    /// The problems of a call by status, those that all such calls share included.
    fn refusals(&mut self, operation: &Operation, role: Option<Role>) -> Vec<(u16, Value)> {
        let mut problems = operation.refusals.clone();
        if let Some(needed) = role {
            problems.push(Problem::bad_id("tenant id", "must not be empty"));
            problems.push(Problem::unauthorized("The API key is not known."));
            if needed > Role::Read {
                problems.push(Problem::role_insufficient(Role::Read, needed));
            }
            problems.push(Problem::unavailable());
        }
        if let Some(body) = &operation.body {
            problems.push(Problem::malformed_json(
                "The body is not JSON: line 1, column 1.".to_owned(),
            ));
            problems.push(Problem::body_too_large(MAX_BODY_BYTES));
            problems.push(Problem::not_json());
            problems.push((body.read)(&crate::body::Json::Null).expect_err("null is no body"));
        }
        if operation.query.is_some() && role.is_some() {
            problems.push(parameters::unknown());
        }
        problems.extend([Problem::internal(), Problem::misconfigured()]);
        let mut by_status: BTreeMap<u16, BTreeMap<String, Value>> = BTreeMap::new();
        for problem in &problems {
            let document: Value =
                serde_json::from_str(&problem.to_json("8f5c4a7e-1b2d-4c3e-9a6f-0d1e2f3a4b5c"))
                    .expect("problems are JSON");
            let codes = by_status.entry(problem.status().as_u16()).or_default();
            codes.entry(problem.code().to_owned()).or_insert(document);
        }
        let mut refusals = Vec::new();
        for (status, codes) in by_status {
            let name = codes.keys().cloned().collect::<Vec<_>>().join("-or-");
            let retry_after = problems
                .iter()
                .any(|problem| problem.status().as_u16() == status && problem::says_when(problem));
            let response = self.problem(&codes, retry_after);
            let known = self.responses.entry(name.clone()).or_insert_with(|| response.clone());
            let mut shown = json!({"$ref": format!("#/components/responses/{name}")});
            if without_examples(known) != without_examples(&response) {
                shown = response;
            }
            refusals.push((status, shown));
        }
        refusals
    }

    fn problem(&mut self, codes: &BTreeMap<String, Value>, retry_after: bool) -> Value {
        let told = codes.iter().map(|(code, problem)| {
            format!("`{code}`: {}", problem["title"].as_str().expect("every problem has a title"))
        });
        let told: Vec<String> = told.collect();
        let examples = codes.iter().map(|(code, problem)| (code, json!({"value": problem})));
        let examples: BTreeMap<_, _> = examples.collect();
        let schema = problem::schema(&mut self.answers);
        let mut headers = json!({"x-request-id": {"$ref": "#/components/headers/request_id"}});
        if retry_after {
            headers["retry-after"] = json!({"$ref": "#/components/headers/retry_after"});
        }
        json!({
            "description": told.join("; "),
            "headers": headers,
            "content": {"application/problem+json": {"schema": schema, "examples": examples}},
        })
    }

    fn components(mut self) -> Value {
        let mut schemas = self.requests.take_definitions(true);
        for (name, mut schema) in self.answers.take_definitions(true) {
            strict::drop_null_of_what_is_left_out(&mut schema);
            let known = schemas.insert(name.clone(), schema.clone());
            assert!(known.is_none_or(|known| known == schema), "two schemas are called {name}");
        }
        let text =
            |description: &str| json!({"description": description, "schema": {"type": "string"}});
        json!({
            "schemas": schemas,
            "parameters": self.parameters,
            "responses": self.responses,
            "headers": {
                "request_id": text("Names the call in the log."),
                "retry_after": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
                "next_cursor": text("The `cursor` of the next file, when not all lines fit into one."),
                "location": text("Where the browser goes on."),
            },
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key from `api_keys` in the application secret; its role decides what it may call.",
                },
                "awsSigV4": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "Deployments with `UrlAuth=AWS_IAM`: the call is signed with AWS Signature Version 4 for the service `lambda`. Policies decide who may call; every such caller is an admin.",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
            },
        })
    }
}

fn without_examples(response: &Value) -> Value {
    let mut response = response.clone();
    for content in response["content"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        content.as_object_mut().map(|content| content.remove("examples"));
    }
    response
}

fn server(name: &str, description: &str) -> Value {
    let variable = format!("{}_url", name.replace('-', "_"));
    json!({
        "url": format!("{{{variable}}}"),
        "description": description,
        "variables": {variable: {
            "default": "https://ledgerbridge.example.com",
            "description": format!("Output of the deployed stack, without the slash at its end."),
        }},
    })
}

fn example(file: &str) -> (String, Value) {
    let name = file.rsplit('/').next().and_then(|name| name.strip_suffix(".json")).unwrap_or(file);
    (name.to_owned(), json!({"value": sample(file)}))
}

/// What can be called next about the thing that a PUT made.
fn links(operation: &Operation, all: &[Operation]) -> Value {
    if operation.method != Method::PUT {
        return json!({});
    }
    let names: Vec<&str> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .collect();
    let parameters: BTreeMap<_, _> =
        names.iter().map(|name| (*name, format!("$request.path.{name}"))).collect();
    let next = all.iter().filter(|next| {
        next.id != operation.id
            && (next.path == operation.path
                || next.path.strip_prefix(operation.path).is_some_and(|rest| rest.starts_with('/')))
    });
    let link = |next: &Operation| {
        (next.id.to_owned(), json!({"operationId": next.id, "parameters": parameters}))
    };
    next.map(link).collect()
}
