//! Whether, how often and how far what bookkeepers paid is brought back: `/tenants/{tenant}/payment-pull`, and
//! `POST …/payment-pulls` to look now.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::meter::Ladder;
use domain::reason::Reason;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sync::meter;
use sync::pull::{self, ConfigureError, Counts, PullError};

use super::Routes;
use super::lists::unreadable;
use crate::answer;
use crate::answer::workflow::{CompanyView, company};
use crate::body;
use crate::deployment::Deployment;
use crate::http::{JsonBody, TenantPath};
use crate::local;
#[cfg(test)]
use crate::openapi::{Operation, reads, value::Nothing, words};
use crate::problem::Problem;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "PaymentPullAnswer"))]
struct Body<'a> {
    payment_pull: View<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "PulledAnswer"))]
struct PulledBody<'a> {
    payment_pull: View<'a>,
    pulled: CountsView,
    /// Why it is not at its end. It goes on by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Reason>"))]
    reason: Option<&'a Reason>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "PaymentPull"))]
struct View<'a> {
    /// The company whose payments these are; `null` before one was connected.
    company: Option<CompanyView<'a>>,
    /// Whether payments are brought back.
    on: bool,
    /// Minutes between two looks when Intuit tells of nothing.
    interval_minutes: u32,
    /// Payments that were entered before, by QuickBooks' clock, do not come.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// What changed in QuickBooks before is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pulled_through: Option<Timestamp>,
    /// When the schedule looks next, unless it would be in vain.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    /// What counts instead of the interval, while metered reads are spared.
    #[serde(skip_serializing_if = "Option::is_none")]
    spared: Option<SparedView>,
    /// Why the last look did not come to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Reason>"))]
    problem: Option<&'a Reason>,
}

/// How often is looked while the month's metered reads come near to what is allowed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "SparedReads"))]
struct SparedView {
    /// Minutes between two looks; `null` when only what somebody asks for and what Intuit tells of is looked at.
    interval_minutes: Option<u32>,
    /// Since when.
    since: Timestamp,
    /// All of that in a sentence, and why.
    message: String,
}

/// What the deployment says where a tenant says nothing, and what counts instead for now.
struct Usual {
    minutes: u32,
    ladder: Option<Ladder>,
}

/// What the look found and did.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Pulled"))]
struct CountsView {
    /// Payments that changed in QuickBooks, on bills that were posted from here or not.
    seen: u32,
    /// Those that came.
    created: u32,
    /// Those that changed.
    updated: u32,
    /// Those that were voided.
    voided: u32,
    /// Those that were deleted.
    gone: u32,
    /// Calls that Intuit meters.
    metered_reads: u32,
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/payment-pull", get(show).put(save))
        .route("/tenants/{tenant}/payment-pulls", post(ask))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::body::pull::PullShape;
    use http::Method;
    use sync::ReadError;
    const ONE: &str = "/tenants/{tenant}/payment-pull";
    const NOW: &str = "/tenants/{tenant}/payment-pulls";
    const SAMPLES: &[&str] = &["payment-pull/put-pull.json", "payment-pull/put-pull-base64.json"];
    let example = words::example_company();
    vec![
        Operation::new(Method::GET, ONE, "get_payment_pull", "Whether payments are brought back, and how far")
            .answers::<Body<'_>>(StatusCode::OK, "How it stands."),
        Operation::new(Method::PUT, ONE, "put_payment_pull", "Bring back what bookkeepers pay, or stop it")
            .about("The first time, QuickBooks is asked what time it is there, which is metered: payments entered from then on come.")
            .takes::<PullShape>(reads!(body::pull), SAMPLES)
            .answers::<Body<'_>>(StatusCode::OK, "How it stands now. Repeating is harmless.")
            .refuses(Problem::company_not_confirmed(&example))
            .refuses(Problem::other_company(&example))
            .refuses(unreadable(ReadError::NotConnected))
            .refuses(unreadable(ReadError::NeedsReconnect)),
        Operation::new(Method::POST, NOW, "pull_payments", "Look for payments now")
            .about("Costs a metered read, and more only when much has changed.")
            .may_take::<Nothing>(reads!(body::nothing), &[])
            .answers::<PulledBody<'_>>(StatusCode::OK, "What it found.")
            .answers::<PulledBody<'_>>(StatusCode::ACCEPTED, "It goes on in the queue; `reason` says why.")
            .refuses(Problem::pull_off())
            .refuses(unreadable(ReadError::NotConnected))
            .refuses(unreadable(ReadError::NeedsReconnect)),
    ]
}

async fn show(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
) -> Result<Response, Problem> {
    let read = pull::view(&deployment.app, &tenant).await;
    let read = read.map_err(|error| answer::refuse(error, "tenant"))?;
    let usual = usual(&deployment).await;
    Ok(answer::json(StatusCode::OK, &Body { payment_pull: view(&read, &usual) }))
}

async fn save(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    let change = body::pull(&body.required()?)?;
    local::run(async move {
        let saved = pull::configure(&deployment.app, &tenant, change).await;
        let saved = saved.map_err(|error| match error {
            ConfigureError::OtherCompany(connected) => Problem::other_company(&connected),
            ConfigureError::NotConfirmed(connected) => Problem::company_not_confirmed(&connected),
            ConfigureError::Read(error) => unreadable(error),
        })?;
        let usual = usual(&deployment).await;
        Ok(answer::json(StatusCode::OK, &Body { payment_pull: view(&saved, &usual) }))
    })
    .await
}

async fn ask(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    local::run(async move {
        let pulled = pull::ask(&deployment.app, &tenant).await.map_err(|error| match error {
            PullError::Off => Problem::pull_off(),
            PullError::Read(error) => unreadable(error),
        })?;
        Ok(answered(&pulled, &usual(&deployment).await))
    })
    .await
}

/// 200, or 202 when it goes on in the queue.
fn answered(pulled: &pull::Pulled, usual: &Usual) -> Response {
    let status = match pulled.goes_on {
        Some(_) => StatusCode::ACCEPTED,
        None => StatusCode::OK,
    };
    let body = PulledBody {
        payment_pull: view(&pulled.view, usual),
        pulled: counts(pulled.counts),
        reason: pulled.goes_on.as_ref(),
    };
    answer::json(status, &body)
}

/// How often the deployment looks when a tenant says nothing.
async fn usual(deployment: &Deployment) -> Usual {
    let app = &deployment.app;
    Usual { minutes: app.pull_interval_minutes, ladder: meter::ladder(app).await }
}

fn view<'a>(read: &'a pull::View, usual: &Usual) -> View<'a> {
    let pull = read.pull.as_ref();
    let on = pull.is_some_and(|pull| pull.on);
    let interval_minutes = pull.and_then(|pull| pull.interval_minutes).unwrap_or(usual.minutes);
    let ladder = usual.ladder.as_ref().filter(|_| on);
    View {
        company: read.company.as_ref().map(company),
        on,
        interval_minutes,
        since: pull.map(|pull| pull.since),
        pulled_through: pull.map(|pull| pull.through),
        next_at: pull.and_then(|pull| pull.due_at),
        spared: ladder.and_then(|ladder| spared(ladder, interval_minutes)),
        problem: pull.and_then(|pull| pull.problem.as_ref()),
    }
}

fn spared(ladder: &Ladder, interval_minutes: u32) -> Option<SparedView> {
    Some(SparedView {
        message: ladder.explains(interval_minutes)?,
        interval_minutes: ladder.step.stretched(interval_minutes),
        since: ladder.since,
    })
}

fn counts(counts: Counts) -> CountsView {
    let Counts { seen, created, updated, voided, gone, metered_reads } = counts;
    CountsView { seen, created, updated, voided, gone, metered_reads }
}

#[cfg(test)]
mod tests {
    use domain::meter::{Month, Step, Usage};
    use domain::pull::{Pace, Pull};
    use domain::reason::Failure;
    use serde_json::{Value, json};

    use super::*;

    fn read(pull: Option<Pull>) -> pull::View {
        pull::View { pull, company: Some(words::example_company()) }
    }

    fn usual(minutes: u32) -> Usual {
        Usual { minutes, ladder: None }
    }

    fn configured() -> Pull {
        let company = words::example_company().id;
        let since = "2026-05-01T10:00:00.7Z".parse().unwrap();
        Pull { on: true, ..Pull::beginning(company, since) }
    }

    #[test]
    fn what_nobody_configured_is_off_and_as_often_as_the_deployment_says() {
        let shown = |read: &pull::View| serde_json::to_value(view(read, &usual(1440))).unwrap();
        let company =
            json!({"id": "9341457021722202", "name": "Craig's Design and Landscaping Services"});
        let expected = json!({"company": company, "on": false, "interval_minutes": 1440});
        assert_eq!(shown(&read(None)), expected);
        let nobody = pull::View { pull: None, company: None };
        let expected = json!({"company": null, "on": false, "interval_minutes": 1440});
        assert_eq!(shown(&nobody), expected);
    }

    #[test]
    fn a_pull_is_shown_with_how_far_it_got_and_what_is_in_its_way() {
        let mut pull = configured();
        pull.ended_well(
            "2026-05-02T00:00:00Z".parse().unwrap(),
            "2026-05-02T00:00:03Z".parse().unwrap(),
            Pace { usual_minutes: 60, step: Step::Usual },
        );
        let shown = |pull: &Pull| -> Value {
            serde_json::to_value(view(&read(Some(pull.clone())), &usual(60))).unwrap()
        };
        let of = |shown: Value| {
            ["on", "interval_minutes", "since", "pulled_through", "next_at", "problem"]
                .map(|name| shown.get(name).cloned())
        };
        let expected = [
            Some(json!(true)),
            Some(json!(60)),
            Some(json!("2026-05-01T10:00:00.7Z")),
            Some(json!("2026-05-02T00:00:00Z")),
            Some(json!("2026-05-02T01:00:03Z")),
            None,
        ];
        assert_eq!(of(shown(&pull)), expected);
        pull.interval_minutes = Some(30);
        pull.parks(Some(Failure::needs_reconnect().reason));
        let [_, minutes, _, _, next_at, problem] = of(shown(&pull));
        assert_eq!((minutes, next_at), (Some(json!(30)), None));
        assert_eq!(problem.unwrap()["code"], "needs_reconnect");
    }

    #[test]
    fn a_look_that_goes_on_in_the_queue_is_accepted_and_says_why() {
        let counts = Counts { seen: 1000, created: 3, metered_reads: 1, ..Counts::default() };
        for (goes_on, status) in [(None, 200), (Some(Reason::queued()), 202)] {
            let pulled =
                pull::Pulled { view: read(Some(configured())), counts, goes_on: goes_on.clone() };
            assert_eq!(answered(&pulled, &usual(1440)).status().as_u16(), status);
            let body = PulledBody {
                payment_pull: view(&pulled.view, &usual(1440)),
                pulled: super::counts(counts),
                reason: pulled.goes_on.as_ref(),
            };
            let body = serde_json::to_value(body).unwrap();
            let expected = json!({"seen": 1000, "created": 3, "updated": 0, "voided": 0, "gone": 0, "metered_reads": 1});
            assert_eq!(body["pulled"], expected);
            let code = body.get("reason").map(|reason| reason["code"].clone());
            assert_eq!(code, goes_on.map(|reason| json!(reason.code)));
        }
    }

    #[test]
    fn an_interval_that_does_not_count_for_now_is_shown_with_the_one_that_does() {
        let now = "2026-11-20T08:05:00Z".parse().unwrap();
        for (forecast, minutes) in [(799, None), (800, Some(json!(30))), (1_000, Some(json!(null)))]
        {
            let usage = Usage { used: 1, forecast, allowance: 1_000 };
            let ladder = Ladder::after(None, Month::of(now), usage, now);
            let usual = Usual { minutes: 15, ladder };
            let shown = |pull| serde_json::to_value(view(&read(Some(pull)), &usual)).unwrap();
            let on = shown(configured());
            assert_eq!(on["interval_minutes"], 15);
            let spared = on.get("spared").map(|spared| spared["interval_minutes"].clone());
            assert_eq!(spared, minutes, "{on}");
            let off = shown(Pull { on: false, ..configured() });
            assert_eq!(off.get("spared"), None, "{off}");
        }
    }
}
