//! Which QuickBooks object stands for which host object: `/tenants/{tenant}/links`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::id::HostId;
use domain::link::{Link, LinkKey, ListKind, Origin};
use domain::matching::Proposal;
use domain::reason::{Failure, Reason};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sync::links::{self, LinkError, Proposed, Unusable};

use super::Routes;
use super::filters::Filters;
use super::lists::unreadable;
use crate::answer;
use crate::body;
use crate::body::shape::shape;
use crate::deployment::Deployment;
use crate::http::{JsonBody, LinkPath, Query, TenantPath};
use crate::local;
#[cfg(test)]
use crate::openapi::{
    Operation, reads,
    value::{Id, Limit},
    words,
};
use crate::problem::{FieldError, Problem, send_one_of};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "LinkPage"))]
struct Page<'a> {
    /// By the host's id.
    links: Vec<View<'a>>,
    /// The `cursor` of the next page, unless this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "LinkAnswer"))]
struct One<'a> {
    link: View<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "UnlinkedAnswer"))]
struct Gone<'a> {
    /// What the host object was linked to.
    unlinked: View<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Link"))]
pub(crate) struct View<'a> {
    /// The kind of link.
    #[cfg_attr(test, schemars(with = "words::ListKind"))]
    kind: &'static str,
    /// The host's id.
    host_id: &'a str,
    /// The QuickBooks id.
    object_id: &'a str,
    /// The name in QuickBooks, as far as is known.
    name: &'a str,
    /// How the link came about.
    #[cfg_attr(test, schemars(with = "words::Origin"))]
    origin: Origin,
    /// Why the object cannot be used just now; records that need it wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Reason>"))]
    problem: Option<Reason>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Proposals"))]
struct Proposals<'a> {
    /// When the list was read from QuickBooks.
    fetched_at: Timestamp,
    /// The copy is old, since QuickBooks is not available.
    stale: bool,
    /// One for each host object, in the order in which they were sent.
    proposals: Vec<ProposedView<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Proposed"))]
struct ProposedView<'a> {
    /// The host's own id, as it was sent.
    id: &'a str,
    /// The id to link under.
    host_id: &'a str,
    /// Its name, as it was sent.
    name: &'a str,
    /// What it is linked to already.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<View<'a>>,
    /// The best first.
    matches: Vec<Match<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Match"))]
struct Match<'a> {
    /// The QuickBooks id.
    object_id: &'a str,
    /// The name in QuickBooks.
    name: &'a str,
    /// From 0 to 100.
    score: usize,
    /// Why it is proposed.
    #[cfg_attr(test, schemars(with = "words::MatchReason"))]
    reason: &'static str,
}

shape! {
    /// Which links are asked for.
    LinkQuery {
        /// The kind of link.
        required kind: words::ListKind,
        /// Links of a page.
        optional limit: Limit,
        /// `next` of the page before.
        optional cursor: Id,
    }
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/links", get(page))
        .route("/tenants/{tenant}/links/proposals", post(propose))
        .route("/tenants/{tenant}/links/{kind}/{host_id}", get(show).put(link).delete(unlink))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::body::links::{LinkShape, ProposalsShape};
    use http::Method;
    use sync::ReadError;
    const ALL: &str = "/tenants/{tenant}/links";
    const ONE: &str = "/tenants/{tenant}/links/{kind}/{host_id}";
    const PROPOSE: &str = "/tenants/{tenant}/links/proposals";
    let customer = || LinkKey::new(ListKind::Customer, HostId::parse("A-9").expect("an id"));
    vec![
        Operation::new(Method::GET, ALL, "list_links", "Links of one kind")
            .asks::<LinkQuery>()
            .answers::<Page<'_>>(StatusCode::OK, "A page."),
        Operation::new(Method::GET, ONE, "get_link", "What a host object is linked to")
            .answers::<One<'_>>(StatusCode::OK, "The link.")
            .refuses(Problem::unknown_link_kind())
            .refuses(Problem::unknown_link()),
        Operation::new(Method::PUT, ONE, "put_link", "Link a host object by hand")
            .about("Postings that wait for it go on.")
            .takes::<LinkShape>(reads!(body::link), &["settings/put-link.json"])
            .answers::<One<'_>>(StatusCode::OK, "The link.")
            .refuses(Problem::unknown_link_kind())
            .refuses(taken(&customer(), "58"))
            .refuses(unreadable(ReadError::NotConnected))
            .refuses(unreadable(ReadError::NeedsReconnect)),
        Operation::new(Method::DELETE, ONE, "unlink", "Take a link away")
            .about("The next record finds or makes the QuickBooks entry by name.")
            .answers::<Gone<'_>>(StatusCode::OK, "The link that was there.")
            .refuses(Problem::unknown_link_kind())
            .refuses(Problem::unknown_link()),
        Operation::new(Method::POST, PROPOSE, "propose_links", "Proposals for a person to confirm")
            .takes::<ProposalsShape>(reads!(body::proposals), &["settings/propose-links.json"])
            .answers::<Proposals<'_>>(StatusCode::OK, "Up to five matches for each host object.")
            .refuses(unreadable(ReadError::NotConnected))
            .refuses(unreadable(ReadError::NeedsReconnect)),
    ]
}

async fn page(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    let mut filters = Filters::of(&query, LinkQuery::FIELDS);
    let kinds = send_one_of(&ListKind::ALL.map(ListKind::as_str));
    let kind = filters.needed("kind", ListKind::parse, &kinds);
    let limit = filters.limit();
    let after = filters.place(|text| HostId::parse(text).ok());
    filters.finish()?;
    let kind = kind.expect("finish refuses a query without a kind");
    let page = links::page(&deployment.app, &tenant, kind, limit, after.as_ref())
        .await
        .map_err(|error| answer::refuse(error, "tenant"))?;
    let links = page.links.iter().map(view).collect();
    Ok(answer::json(StatusCode::OK, &Page { links, next: page.next.as_deref() }))
}

async fn show(
    State(deployment): Deployed,
    LinkPath { tenant, key }: LinkPath,
) -> Result<Response, Problem> {
    match links::read(&deployment.app, &tenant, &key).await {
        Ok(Some(link)) => Ok(answer::json(StatusCode::OK, &One { link: view(&link) })),
        Ok(None) => Err(Problem::unknown_link()),
        Err(error) => Err(answer::refuse(error, "tenant")),
    }
}

async fn link(
    State(deployment): Deployed,
    LinkPath { tenant, key }: LinkPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let object_id = body::link(&body.required()?)?;
    local::run(async move {
        match links::link(&deployment.app, &tenant, &key, &object_id).await {
            Ok(link) => Ok(answer::json(StatusCode::OK, &One { link: view(&link) })),
            Err(LinkError::TakenBy(by)) => Err(taken(&by, object_id.as_str())),
            Err(LinkError::Unusable(why)) => Err(unusable(why, key.kind)),
            Err(LinkError::Read(error)) => Err(unreadable(error)),
        }
    })
    .await
}

async fn unlink(
    State(deployment): Deployed,
    LinkPath { tenant, key }: LinkPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    match links::unlink(&deployment.app, &tenant, &key).await {
        Ok(Some(link)) => Ok(answer::json(StatusCode::OK, &Gone { unlinked: view(&link) })),
        Ok(None) => Err(Problem::unknown_link()),
        Err(error) => Err(answer::refuse(error, "tenant")),
    }
}

async fn propose(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let (kind, host) = body::proposals(&body.required()?)?;
    local::run(async move {
        let found = links::propose(&deployment.app, &tenant, kind, host).await;
        let found = found.map_err(unreadable)?;
        let body = Proposals {
            fetched_at: found.fetched_at,
            stale: found.stale,
            proposals: found.proposals.iter().map(proposed).collect(),
        };
        Ok(answer::json(StatusCode::OK, &body))
    })
    .await
}

fn taken(by: &LinkKey, object_id: &str) -> Problem {
    let LinkKey { kind, host_id } = by;
    Problem::conflict(
        "object_taken",
        format!("The {} {object_id} stands for {host_id} already.", kind.label()),
        format!(
            "Choose another one, or unlink {host_id} first: DELETE links/{}/{host_id}.",
            kind.as_str()
        ),
    )
}

fn unusable(why: Unusable, kind: ListKind) -> Problem {
    let label = kind.label();
    let (code, message, remedy) = match why {
        Unusable::Missing => (
            "unknown_object",
            format!("QuickBooks has no {label} with this id."),
            "Choose an id from the list of the connected company.",
        ),
        Unusable::Inactive => (
            "inactive_object",
            format!("This {label} is inactive in QuickBooks."),
            "The bookkeeper makes it active again in QuickBooks, or choose another one.",
        ),
        Unusable::NotSellable => (
            "not_sellable",
            "This is a category or a bundle, which no line can sell.".to_owned(),
            "Choose a service or a product.",
        ),
    };
    let path = "object_id".to_owned();
    Problem::invalid_fields(vec![FieldError { path, code, message, remedy: remedy.to_owned() }])
}

/// A link as it is shown.
pub(crate) fn view(link: &Link) -> View<'_> {
    View {
        kind: link.key.kind.as_str(),
        host_id: link.key.host_id.as_str(),
        object_id: link.object_id.as_str(),
        name: &link.name,
        origin: link.origin,
        problem: link
            .problem
            .as_ref()
            .map(|problem| Failure::link_unusable(link.key.kind, &link.name, problem).reason),
    }
}

fn proposed(proposed: &Proposed) -> ProposedView<'_> {
    ProposedView {
        id: proposed.host.id.as_str(),
        host_id: proposed.key.host_id.as_str(),
        name: &proposed.host.name,
        link: proposed.link.as_ref().map(view),
        matches: proposed.matches.iter().map(matched).collect(),
    }
}

fn matched(found: &Proposal) -> Match<'_> {
    let Proposal { id, name, score, why } = found;
    Match { object_id: id.as_str(), name, score: *score, reason: why.as_str() }
}
