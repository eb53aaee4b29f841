//! Work that was given up: `GET /tenants/{tenant}/dead-letters`, and `POST …/dead-letters/replay` to have it done again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::dead_letter::{DeadLetter, ID_LENGTH};
use domain::reason::Reason;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sync::dead_letters;

use super::Routes;
use super::filters::Filters;
use crate::answer;
use crate::body;
use crate::body::shape::shape;
use crate::cursor;
use crate::deployment::Deployment;
use crate::http::{JsonBody, Query, TenantPath};
#[cfg(test)]
use crate::openapi::{
    Operation, reads,
    value::{Cursor, Limit},
    words,
};
use crate::problem::Problem;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "DeadLetterPage"))]
struct Listed<'a> {
    /// In no order that means anything.
    dead_letters: Vec<View<'a>>,
    /// The `cursor` of the next page, unless this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "DeadLetter"))]
struct View<'a> {
    /// Names it; the same work has the same one.
    id: &'a str,
    /// What was given up.
    #[cfg_attr(test, schemars(with = "words::DeadSubject"))]
    subject: &'static str,
    /// Which one: a record's posting, a condition, something that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<&'a str>,
    /// Since when.
    since: Timestamp,
    /// Why, and what to do.
    #[cfg_attr(test, schemars(with = "words::Reason"))]
    reason: &'a Reason,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "DeadLettersReplayed"))]
struct Replayed {
    /// So many letters are off the list, and their work is queued.
    replayed: usize,
    /// There are more than one call takes; call again.
    more: bool,
}

shape! {
    /// Which dead letters are asked for.
    DeadLetterQuery {
        /// Letters of a page.
        optional limit: Limit,
        /// `next` of the page before.
        optional cursor: Cursor,
    }
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/dead-letters", get(list))
        .route("/tenants/{tenant}/dead-letters/replay", post(replay))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::body::dead_letters::DeadLettersShape;
    use http::Method;
    const LIST: &str = "/tenants/{tenant}/dead-letters";
    const REPLAY: &str = "/tenants/{tenant}/dead-letters/replay";
    vec![
        Operation::new(Method::GET, LIST, "list_dead_letters", "Work that was given up")
            .about("What failed again and again and that no record shows: pulling payments, looking at what Intuit told, waking, sending events, and records that cannot be read. A record that was given up is among the rejected postings, an event with the event endpoint.")
            .asks::<DeadLetterQuery>()
            .answers::<Listed<'_>>(StatusCode::OK, "A page."),
        Operation::new(Method::POST, REPLAY, "replay_dead_letters", "Have it done again")
            .about("Fifty at most in one call. What fails again comes back to the list.")
            .takes::<DeadLettersShape>(reads!(body::dead_letters), &["settings/replay-dead-letters.json"])
            .answers::<Replayed>(StatusCode::ACCEPTED, "It is queued.")
            .refuses(Problem::unknown_dead_letter()),
    ]
}

async fn list(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    let mut filters = Filters::of(&query, DeadLetterQuery::FIELDS);
    let (limit, at) = (filters.limit(), filters.text("cursor"));
    filters.finish()?;
    let question = "dead_letters";
    let after = at.map(|at| cursor::open(&tenant, &question, &at, id)).transpose()?;
    let page = dead_letters::page(&deployment.app, &tenant, limit, after.as_deref())
        .await
        .map_err(|error| answer::refuse(error, "tenant"))?;
    let next = page.next.map(|id| cursor::seal(&tenant, &question, &id));
    let letters = page.letters.iter().map(view).collect();
    Ok(answer::json(StatusCode::OK, &Listed { dead_letters: letters, next }))
}

async fn replay(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let wanted = body::dead_letters(&body.required()?)?;
    // What is no id at all is nobody's.
    if wanted.as_deref().is_some_and(|text| id(text).is_none()) {
        return Err(Problem::unknown_dead_letter());
    }
    let replayed = dead_letters::replay(&deployment.app, &tenant, wanted.as_deref())
        .await
        .map_err(|error| answer::refuse(error, "tenant"))?;
    if wanted.is_some() && replayed.letters == 0 {
        return Err(Problem::unknown_dead_letter());
    }
    let replayed = Replayed { replayed: replayed.letters, more: replayed.more };
    Ok(answer::json(StatusCode::ACCEPTED, &replayed))
}

fn id(text: &str) -> Option<String> {
    let known = text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    known.then(|| text.to_owned())
}

fn view(letter: &DeadLetter) -> View<'_> {
    View {
        id: &letter.id,
        subject: letter.subject.as_str(),
        about: letter.about.as_deref(),
        since: letter.at,
        reason: &letter.reason,
    }
}
