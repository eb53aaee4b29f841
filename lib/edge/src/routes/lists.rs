//! Lists of QuickBooks that people choose from: `GET /tenants/{tenant}/lists/{list}`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::id::TenantId;
use domain::list::{Entry, List};
use domain::template::{Field, Kind};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sync::ReadError;
use sync::lists::{self, Shown, Wanted};

use super::Routes;
use super::filters::Filters;
use crate::answer;
use crate::body::shape::shape;
use crate::deployment::Deployment;
use crate::http::{ListPath, Query};
use crate::local;
#[cfg(test)]
use crate::openapi::{
    Operation,
    value::{Anything, Flag, Offset},
    words,
};
use crate::problem::{Problem, send_one_of};

/// The choices of workflows that are made from lists.
pub(crate) const ENTRY_USES: [Field; 9] = [
    Field::IncomeAccount,
    Field::ExpenseAccount,
    Field::DepositAccount,
    Field::CheckingAccount,
    Field::CreditAccount,
    Field::AccountsByItem,
    Field::Item,
    Field::Class,
    Field::Term,
];

/// Entries of one answer. Lambda sends 6 MB at most; so many entries stay far below even with the longest names.
const MOST_ENTRIES: usize = 1000;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ListAnswer"))]
struct Body<'a> {
    /// The list.
    #[cfg_attr(test, schemars(with = "words::ListName"))]
    list: &'static str,
    /// When it was read from QuickBooks.
    fetched_at: Timestamp,
    /// The copy is old, since QuickBooks is not available.
    stale: bool,
    /// Why the list is empty although nothing failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    /// The active entries, by name.
    entries: Vec<View<'a>>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ListEntry"))]
struct View<'a> {
    /// Its QuickBooks id.
    id: &'a str,
    /// Its name.
    name: &'a str,
    /// The name with those of its parents, `Parent:Child`.
    fully_qualified_name: &'a str,
    /// Whether it is in use.
    active: bool,
    /// The type, where the list has types: `Income`, `Service` …
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    /// Which side of the books an account is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    classification: Option<&'a str>,
    /// A customer's or vendor's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    /// The currency, where the list has currencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
}

shape! {
    /// Which entries are asked for.
    ListQuery {
        /// Only these types, separated by commas.
        optional r#type: Anything,
        /// Only entries that can be chosen for this field of a workflow.
        optional r#use: words::EntryUse,
        /// Whether QuickBooks is read now, which is metered, instead of within the hour.
        optional refresh: Flag,
        /// `next` of the page before.
        optional cursor: Offset,
    }
}

/// Which entries are asked for.
struct Filter<'a> {
    kinds: Option<Vec<&'a str>>,
    field: Option<Field>,
    from: usize,
    wanted: Wanted,
}

pub(super) fn routes() -> Routes {
    Routes::new().route("/tenants/{tenant}/lists/{list}", get(show))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    vec![
        Operation::new(http::Method::GET, "/tenants/{tenant}/lists/{list}", "get_list", "What people choose from")
            .about("A copy that is at most an hour old, unless QuickBooks is not available: then it is `stale`.")
            .asks::<ListQuery>()
            .answers::<Body<'_>>(StatusCode::OK, "A page of up to 1,000 entries.")
            .refuses(Problem::unknown_list())
            .refuses(unreadable(ReadError::NotConnected))
            .refuses(unreadable(ReadError::NeedsReconnect)),
    ]
}

async fn show(
    State(deployment): State<Arc<Deployment>>,
    ListPath { tenant, list }: ListPath,
    query: Query,
) -> Result<Response, Problem> {
    // Before QuickBooks is asked.
    let Filter { wanted, field, .. } = filter(list, &query)?;
    local::run(async move {
        let shown = lists::show(&deployment.app, &tenant, list, wanted).await;
        let shown = shown.map_err(unreadable)?;
        let home = match field {
            Some(_) => home_currency(&deployment, &tenant).await?,
            None => String::new(),
        };
        Ok(shown_as(&shown, &filter(list, &query)?, &home))
    })
    .await
}

/// The currency in which accounts can be chosen.
async fn home_currency(deployment: &Deployment, tenant: &TenantId) -> Result<String, Problem> {
    let view = sync::workflows::read(&deployment.app, tenant).await;
    let view = view.map_err(|error| answer::refuse(error, "tenant"))?;
    let company = view.company.ok_or_else(Problem::not_connected)?;
    Ok(company.currency.as_str().to_owned())
}

/// What it means to a caller that QuickBooks was not read.
pub(super) fn unreadable(error: ReadError) -> Problem {
    match error {
        ReadError::NotConnected => Problem::not_connected(),
        ReadError::NeedsReconnect => {
            let reason = domain::reason::Failure::needs_reconnect().reason;
            Problem::conflict(reason.code, reason.message, reason.remedy)
        }
        ReadError::Other(error) => answer::refuse(error, "tenant"),
    }
}

fn filter<'a>(list: List, query: &'a Query) -> Result<Filter<'a>, Problem> {
    let mut filters = Filters::of(query, ListQuery::FIELDS);
    let of_list: Vec<&str> = ENTRY_USES
        .into_iter()
        .filter(|field| is_made_from(*field, list))
        .map(Field::as_str)
        .collect();
    let remedy = match of_list.as_slice() {
        [] => "Remove it; no choice is made from this list.".to_owned(),
        known => send_one_of(known),
    };
    let field = |text: &str| ENTRY_USES.into_iter().find(|field| field.as_str() == text);
    let field = filters.choice("use", field, &remedy);
    if field.is_some_and(|field| !is_made_from(field, list)) {
        filters.fail("use", "other_list", "is chosen from another list", &remedy);
    }
    let wanted = |text: &str| match text {
        "false" => Some(Wanted::Recent),
        "true" => Some(Wanted::Now),
        _ => None,
    };
    let wanted = filters.choice("refresh", wanted, "Send true or false.").unwrap_or(Wanted::Recent);
    let is_place = |text: &str| text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    let from = filters.place(|text| text.parse().ok().filter(|_| is_place(text))).unwrap_or(0);
    filters.finish()?;
    let kinds = query.get("type").map(|kinds| kinds.split(',').map(str::trim).collect());
    Ok(Filter { kinds, field, from, wanted })
}

fn is_made_from(field: Field, list: List) -> bool {
    matches!(field.kind(), Kind::Entry(of) | Kind::Entries(of) if of == list)
}

impl Filter<'_> {
    fn takes(&self, entry: &Entry, home: &str) -> bool {
        let kind = entry.kind.as_deref().unwrap_or_default();
        self.field.is_none_or(|field| field.suits(entry, home))
            && self
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind)))
    }
}

fn shown_as(Shown { copy, stale }: &Shown, filter: &Filter<'_>, home: &str) -> Response {
    let taken: Vec<&Entry> =
        copy.entries.iter().filter(|entry| filter.takes(entry, home)).collect();
    let page = taken.iter().skip(filter.from).take(MOST_ENTRIES);
    let end = filter.from.saturating_add(MOST_ENTRIES);
    let body = Body {
        list: copy.list.as_str(),
        fetched_at: copy.fetched_at,
        stale: *stale,
        note: copy.note.as_deref(),
        entries: page.map(|entry| view(entry)).collect(),
        next: (end < taken.len()).then(|| end.to_string()),
    };
    answer::json(StatusCode::OK, &body)
}

fn view(entry: &Entry) -> View<'_> {
    View {
        id: entry.id.as_str(),
        name: &entry.name,
        fully_qualified_name: &entry.full_name,
        active: entry.active,
        kind: entry.kind.as_deref(),
        classification: entry.classification.as_deref(),
        email: entry.email.as_deref(),
        currency: entry.currency.as_deref(),
    }
}
