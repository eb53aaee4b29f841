//! The parts of the document: paths, calls, answers, and the schemas that they refer to.

use std::collections::BTreeMap;

use domain::role::Role;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::document::server;
use super::examples;
use super::operation::{Answer, Content, Operation, sample};
use super::parameters;
use super::strict;
use crate::http::MAX_BODY_BYTES;
use crate::problem::{self, Problem};
use crate::routes::{events, roles};

/// Schemas and answers that are referred to.
pub(super) struct Parts {
    requests: SchemaGenerator,
    queries: SchemaGenerator,
    answers: SchemaGenerator,
    responses: BTreeMap<String, Value>,
    parameters: BTreeMap<String, Value>,
}

impl Parts {
    pub(super) fn new() -> Self {
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
    pub(super) fn path(&mut self, function: &str, path: &str) -> Map<String, Value> {
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

    /// One call.
    pub(super) fn operation(
        &mut self,
        function: &str,
        operation: &Operation,
        links: &Value,
    ) -> Value {
        let role = roles::needed(&operation.method, operation.path);
        let mut description =
            operation.description.map(str::to_owned).into_iter().collect::<Vec<_>>();
        description.push(match role {
            Some(role) => format!("Needs a key with the role `{}`.", role.as_str()),
            None => "Open to everyone: no key is asked for.".to_owned(),
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
        if let Some((lines, most)) = operation.lines {
            let schema = json!({"type": "string", "description": lines, "maxLength": most});
            described["requestBody"]["content"]["application/x-ndjson"] = json!({"schema": schema});
        }
        if let Some(signed) = &operation.signed {
            described["parameters"] = json!([{
                "name": signed.header,
                "in": "header",
                "required": true,
                "description": signed.signature,
                "schema": {"type": "string"},
            }]);
            let examples: BTreeMap<_, _> =
                signed.samples.iter().map(|file| example(file)).collect();
            let content = json!({"schema": {"description": signed.content}, "examples": examples});
            described["requestBody"] =
                json!({"required": true, "content": {"application/json": content}});
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

    /// What endpoints get, and what their answers mean.
    pub(super) fn sent_event(&mut self) -> Value {
        let schema = events::sent(&mut self.answers);
        let header = |name: &str, description: &str| json!({"name": name, "in": "header", "required": true, "description": description, "schema": {"type": "string"}});
        json!({"post": {
            "operationId": "event",
            "summary": "Something changed",
            "description": "Sent to the tenant's endpoint, or the deployment's: signed as Standard Webhooks says, in order for each tenant, at least once. What is not taken is sent again for a day.",
            "tags": ["settings"],
            "security": [],
            "parameters": [
                header("webhook-id", "The event's id, the same each time it is sent."),
                header("webhook-timestamp", "When it was sent, in seconds since 1970."),
                header("webhook-signature", "Signatures by the endpoint's secret, separated by spaces."),
            ],
            "requestBody": {"required": true, "content": {"application/json": {"schema": schema}}},
            "responses": {
                "2XX": {"description": "It was taken."},
                "410": {"description": "Nothing more is to be sent."},
                "default": {"description": "It was not taken, and is sent again."},
            },
        }})
    }

    /// Everything that was referred to.
    pub(super) fn components(mut self) -> Value {
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

fn example(file: &str) -> (String, Value) {
    let name = file.rsplit('/').next().and_then(|name| name.strip_suffix(".json")).unwrap_or(file);
    (name.to_owned(), json!({"value": sample(file)}))
}
