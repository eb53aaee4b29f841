//! What Intuit charges for, this month: `GET /meter`. The deployment's, and no tenant's.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::id::TenantId;
use domain::meter::{Month, Step, TenantReads};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sync::meter;

use super::Routes;
use super::filters::Filters;
use crate::answer;
use crate::body::shape::shape;
use crate::deployment::Deployment;
use crate::http::Query;
#[cfg(test)]
use crate::openapi::{Operation, value::Id};
use crate::problem::Problem;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "MeterAnswer"))]
struct Body<'a> {
    meter: View<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Meter"))]
struct View<'a> {
    /// The calendar month, in UTC: `2026-11`.
    #[cfg_attr(test, schemars(with = "String", regex(pattern = r"^\d{4}-\d{2}$")))]
    month: Month,
    /// Calls that Intuit meters, so far, of all tenants.
    used: u64,
    /// What they will be at the end of the month, if it goes on like the days so far and, more so, like the last three.
    forecast: u64,
    /// What the deployment allows itself (`MonthlyReadAllowance`); 0 when there is no limit.
    allowance: u64,
    /// Whole percent of the allowance; `null` when there is no limit.
    used_percent: Option<u64>,
    /// Whole percent of the allowance; `null` when there is no limit.
    forecast_percent: Option<u64>,
    /// How often what nobody asked for is done.
    #[cfg_attr(test, schemars(with = "StepWord"))]
    step: &'static str,
    /// Since when, unless it is the usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// The tenant that was asked for, or the twenty that read most.
    tenants: Vec<TenantView<'a>>,
}

/// `usual`: as often as tenants and the deployment say; `half` as often, from a forecast of 80 % on; a `fourth` as often, from
/// 90 % on; `only_asked`: only what people ask for and what Intuit tells of, from 100 % on.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "MeterStep", rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum StepWord {
    Usual,
    Half,
    Fourth,
    OnlyAsked,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "TenantMeter"))]
struct TenantView<'a> {
    /// The host's id of its customer.
    #[cfg_attr(test, schemars(with = "Id"))]
    tenant: &'a TenantId,
    /// Calls that Intuit meters, so far.
    used: u64,
}

shape! {
    /// Whose reads are asked for.
    MeterQuery {
        /// One tenant; left out, those that read most.
        optional tenant: Id,
    }
}

pub(super) fn routes() -> Routes {
    Routes::new().route("/meter", get(show))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use http::Method;
    vec![
        Operation::new(Method::GET, "/meter", "get_meter", "What Intuit charges for, this month")
            .about("Reads of the Accounting API by all tenants, counted when they were made; what a call made whose function died is missing. It is about the deployment: a key opens it for whoever runs it, not for a tenant's users.")
            .asks::<MeterQuery>()
            .answers::<Body<'_>>(StatusCode::OK, "How the month stands."),
    ]
}

async fn show(
    State(deployment): State<Arc<Deployment>>,
    query: Query,
) -> Result<Response, Problem> {
    let mut filters = Filters::of(&query, MeterQuery::FIELDS);
    let tenant =
        filters.choice("tenant", |text| TenantId::parse(text).ok(), "Send the id of a tenant.");
    filters.finish()?;
    let read = meter::view(&deployment.app, tenant.as_ref()).await;
    let read = read.map_err(|error| answer::refuse(error, "tenant"))?;
    Ok(answer::json(StatusCode::OK, &Body { meter: view(&read) }))
}

fn view(read: &meter::View) -> View<'_> {
    let usage = read.usage;
    let is_limited = usage.allowance > 0;
    let ladder = read.ladder.as_ref().filter(|ladder| is_limited && ladder.step != Step::Usual);
    View {
        month: read.month,
        used: usage.used,
        forecast: usage.forecast,
        allowance: usage.allowance,
        used_percent: is_limited.then(|| usage.used_percent()),
        forecast_percent: is_limited.then(|| usage.forecast_percent()),
        step: ladder.map_or(Step::Usual, |ladder| ladder.step).as_str(),
        since: ladder.map(|ladder| ladder.since),
        tenants: read.tenants.iter().map(tenant).collect(),
    }
}

fn tenant(reads: &TenantReads) -> TenantView<'_> {
    TenantView { tenant: &reads.tenant, used: reads.days.total() }
}

#[cfg(test)]
mod tests {
    use domain::meter::{Days, Ladder, Usage};
    use serde_json::json;

    use super::*;

    fn read(allowance: u64) -> meter::View {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let usage = Usage { used: 300, forecast: 410, allowance };
        let mut days = Days::default();
        (days.0[0], days.0[21]) = (100, 200);
        let month = Month::of(now);
        let limited = Usage { allowance: 500, ..usage };
        meter::View {
            month,
            usage,
            ladder: Ladder::after(None, month, limited, now),
            tenants: vec![TenantReads { tenant: TenantId::parse("acme").unwrap(), days }],
        }
    }

    #[test]
    fn a_month_is_shown_against_its_allowance_with_what_is_done_about_it() {
        let shown = serde_json::to_value(view(&read(500))).unwrap();
        let expected = json!({
            "month": "2026-11", "used": 300, "forecast": 410, "allowance": 500, "used_percent": 60,
            "forecast_percent": 82, "step": "half", "since": "2026-11-22T10:00:00Z",
            "tenants": [{"tenant": "acme", "used": 300}],
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn without_an_allowance_there_is_nothing_to_compare_with() {
        let shown = serde_json::to_value(view(&read(0))).unwrap();
        assert_eq!(shown["step"], "usual");
        for name in ["used_percent", "forecast_percent", "since"] {
            assert!(shown.get(name).is_none_or(serde_json::Value::is_null), "{name}: {shown}");
        }
    }
}
