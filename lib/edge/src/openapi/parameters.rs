//! Parameters in paths and queries.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::value::{Id, Import, IssuedPayment};
use super::words::{ListKind, ListName, TemplateName};
use crate::problem::{FieldError, Problem};

/// A parameter by the name it is routed under.
pub(super) fn in_path(name: &str, generator: &mut SchemaGenerator) -> Value {
    let (schema, description, example) = match name {
        "tenant" => (Id::json_schema(generator), "The host's id of its customer.", "acme"),
        "id" => (Id::json_schema(generator), "The host's id of the record.", "B-1042"),
        "host_id" => (Id::json_schema(generator), "The host's id of what is linked.", "A-7"),
        "import" => (
            Import::json_schema(generator),
            "The id of an import.",
            "20261122T131822Z-3f9ac1d2e4b5",
        ),
        "issued_payment" => (
            IssuedPayment::json_schema(generator),
            "The id of an issued payment: the company's id, a dot, and the QuickBooks id.",
            "9341457021722202.71",
        ),
        "kind" => (ListKind::json_schema(generator), "The kind of link.", "customer"),
        "template" => (
            TemplateName::json_schema(generator),
            "The workflow template.",
            "brokerage_income_invoice",
        ),
        "list" => (ListName::json_schema(generator), "The list.", "accounts"),
        other => panic!("say in openapi/parameters.rs what {{{other}}} in a path is"),
    };
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": schema,
        "example": example,
    })
}

/// The parameters of a query by the shape of it. An empty value counts as left out.
pub(super) fn in_query(shape: &Schema) -> Value {
    let shape = shape.as_value();
    let needed = shape["required"].as_array();
    let is_needed = |name: &str| needed.is_some_and(|names| names.iter().any(|n| n == name));
    let properties = shape["properties"].as_object().expect("a query has names");
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        super::strict::drop_null(&mut schema);
        let members = schema.as_object_mut().expect("a schema is an object");
        let description = members.remove("description");
        json!({
            "name": name,
            "in": "query",
            "required": is_needed(name),
            "description": description,
            "schema": schema,
        })
    };
    properties.iter().map(parameter).collect()
}

/// What a query with a parameter that is not known is told.
pub(super) fn unknown() -> Problem {
    Problem::invalid_fields(vec![FieldError {
        path: "?order".to_owned(),
        code: "unknown_field",
        message: "is not a known parameter".to_owned(),
        remedy: "Remove it.".to_owned(),
    }])
}
