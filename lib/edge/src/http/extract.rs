//! What handlers take from a request, already checked: ids from the path, the query and the JSON body.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use domain::id::{HostId, IdError, TenantId};
use domain::import::ImportId;
use domain::issued::IssuedId;
use domain::link::{LinkKey, ListKind};
use domain::list::List;
use domain::template::Template;
use http::header;
use http::request::Parts;
use sync::tally;

use super::MAX_BODY_BYTES;
use crate::body::Json;
use crate::problem::Problem;
use crate::telemetry;

/// The tenant in the path.
#[derive(Debug)]
pub(crate) struct TenantPath(pub(crate) TenantId);

/// The tenant and the record in the path.
#[derive(Debug)]
pub(crate) struct RecordPath {
    pub(crate) tenant: TenantId,
    pub(crate) id: HostId,
}

/// The tenant and the list of QuickBooks in the path.
#[derive(Debug)]
pub(crate) struct ListPath {
    pub(crate) tenant: TenantId,
    pub(crate) list: List,
}

/// The tenant and the workflow template in the path.
#[derive(Debug)]
pub(crate) struct TemplatePath {
    pub(crate) tenant: TenantId,
    pub(crate) template: Template,
}

/// The tenant and the host object in the path.
#[derive(Debug)]
pub(crate) struct LinkPath {
    pub(crate) tenant: TenantId,
    pub(crate) key: LinkKey,
}

/// The tenant and the issued payment in the path.
#[derive(Debug)]
pub(crate) struct IssuedPath {
    pub(crate) tenant: TenantId,
    pub(crate) id: IssuedId,
}

/// The tenant and the import in the path.
#[derive(Debug)]
pub(crate) struct ImportPath {
    pub(crate) tenant: TenantId,
    pub(crate) id: ImportId,
}

/// Lines that come as a body: as many as a function URL takes, whose six megabytes hold them in base64.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(crate) const MAX_LINES_BYTES: usize = 4 * 1024 * 1024;

/// The body of a call that makes an import.
#[derive(Debug)]
pub(crate) enum NewImport {
    /// The lines themselves.
    Lines(Bytes),
    /// What there is to say of a file that is still to come.
    Described(JsonBody),
}

/// The query; of a repeated name the first counts.
#[derive(Debug)]
pub(crate) struct Query(BTreeMap<String, String>);

/// The body as JSON; absent when it is empty.
#[derive(Debug)]
pub(crate) struct JsonBody(pub(crate) Option<Json>);

impl<S: Send + Sync> FromRequestParts<S> for TenantPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(tenant) = path::<String, S>(parts, state).await?;
        self::tenant(&tenant).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RecordPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((tenant, id)) = path::<(String, String), S>(parts, state).await?;
        let tenant = self::tenant(&tenant)?;
        let id = HostId::parse(&id).map_err(|error| bad_id("record id", error))?;
        Ok(Self { tenant, id })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ListPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((tenant, list)) = path::<(String, String), S>(parts, state).await?;
        let tenant = self::tenant(&tenant)?;
        let list = List::parse(&list).ok_or_else(Problem::unknown_list)?;
        Ok(Self { tenant, list })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TemplatePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((tenant, template)) = path::<(String, String), S>(parts, state).await?;
        let tenant = self::tenant(&tenant)?;
        let template = Template::parse(&template).ok_or_else(Problem::unknown_template)?;
        Ok(Self { tenant, template })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for LinkPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((tenant, kind, id)) = path::<(String, String, String), S>(parts, state).await?;
        let tenant = self::tenant(&tenant)?;
        let kind = ListKind::parse(&kind).ok_or_else(Problem::unknown_link_kind)?;
        let id = HostId::parse(&id).map_err(|error| bad_id("host id", error))?;
        Ok(Self { tenant, key: LinkKey::new(kind, id) })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IssuedPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((tenant, id)) = path::<(String, String), S>(parts, state).await?;
        let tenant = self::tenant(&tenant)?;
        let id = IssuedId::parse(&id).map_err(|_| Problem::bad_payment_id())?;
        telemetry::record_posting("issued-payment", &id.as_text());
        Ok(Self { tenant, id })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ImportPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((tenant, id)) = path::<(String, String), S>(parts, state).await?;
        let tenant = self::tenant(&tenant)?;
        // What is no id at all is nobody's.
        let id = ImportId::parse(&id).ok_or_else(Problem::unknown_import)?;
        telemetry::record_posting("import", id.as_str());
        Ok(Self { tenant, id })
    }
}

impl<S: Send + Sync> FromRequest<S> for NewImport {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !content_type(&request).is_some_and(is_lines) {
            return JsonBody::from_request(request, state).await.map(Self::Described);
        }
        let lines = to_bytes(request.into_body(), MAX_LINES_BYTES).await;
        lines.map(Self::Lines).map_err(|_| Problem::body_too_large(MAX_LINES_BYTES))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Query {
    /// Reads a query as it was sent.
    pub(crate) fn parse(query: &str) -> Self {
        let mut values = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            values.entry(name.into_owned()).or_insert(value.into_owned());
        }
        Self(values)
    }

    /// A value that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The name of a value that is not among `known`, if there is one.
    pub(crate) fn unknown(&self, known: &[&str]) -> Option<&str> {
        self.0.keys().map(String::as_str).find(|name| !known.contains(name))
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let is_json = content_type(&request).is_some_and(is_json);
        let body = to_bytes(request.into_body(), MAX_BODY_BYTES)
            .await
            .map_err(|_| Problem::body_too_large(MAX_BODY_BYTES))?;
        if body.is_empty() {
            return Ok(Self(None));
        }
        if !is_json {
            return Err(Problem::not_json());
        }
        Json::parse(&body).map(|json| Self(Some(json)))
    }
}

impl JsonBody {
    /// The body of a call that needs one.
    pub(crate) fn required(self) -> Result<Json, Problem> {
        self.0.ok_or_else(|| Problem::malformed_json("The body is empty.".to_owned()))
    }
}

fn content_type(request: &Request) -> Option<&str> {
    request.headers().get(header::CONTENT_TYPE)?.to_str().ok()
}

/// Lines of JSON, as most programs call them.
fn is_lines(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(essence.as_str(), "application/x-ndjson" | "application/ndjson")
}

/// `application/json`, or a type built on it, with any parameters.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

async fn path<T, S>(parts: &mut Parts, state: &S) -> Result<Path<T>, Problem>
where
    T: serde::de::DeserializeOwned + Send,
    S: Send + Sync,
{
    let path = Path::from_request_parts(parts, state).await;
    path.map_err(|_: PathRejection| Problem::bad_id("id", "is not percent-encoded UTF-8"))
}

fn tenant(text: &str) -> Result<TenantId, Problem> {
    let tenant = TenantId::parse(text).map_err(|error| bad_id("tenant id", error))?;
    tally::tenant(tenant.as_str());
    Ok(tenant)
}

fn bad_id(what: &str, error: IdError) -> Problem {
    Problem::bad_id(what, &error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_by_its_content_type() {
        for (content_type, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/vnd.host+json", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ] {
            assert_eq!(is_json(content_type), expected, "{content_type}");
        }
    }
}
