//! What Intuit charges for: counted as QuickBooks counts it, and spared before it is spent.

use domain::meter::{Month, Step};
use e2e::books::metered;
use e2e::events::heard;
use e2e::records::{bill, bill_of};
use e2e::{Answer, Tenant, until};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use sync::{meter, pull};

use crate::races::Shared;

/// About a year.
const YEAR_SECONDS: i64 = 31_556_952;

async fn meter_of(tenant: &Tenant, query: &str) -> Answer {
    tenant.call("settings", Method::GET, &format!("/meter{query}"), None).await
}

#[tokio::test]
async fn the_meter_agrees_with_what_quickbooks_saw() {
    let tenant = Tenant::connected().await;
    tenant.pull_on().await;
    // Names that nobody knows are looked up, lists are read, payments are pulled.
    tenant.put_bill("B1", &bill_of("A-new", 1, "B1", "10.00")).await;
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.ask("lists/items?refresh=true").await.status, 200);
    tenant.pull().await;
    let query = format!("?tenant={}", tenant.id);
    let shown = until("the meter to agree with the journal", async || {
        let shown = meter_of(&tenant, &query).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        let seen = metered(&tenant.journal(0).await);
        (shown.body["meter"]["tenants"][0]["used"] == json!(seen)).then_some(shown)
    })
    .await;
    let meter = &shown.body["meter"];
    assert_eq!(meter["tenants"][0]["tenant"], tenant.id.as_str());
    assert_eq!(meter["step"], "usual", "{meter}");
    assert!(meter["used"].as_u64() >= meter["tenants"][0]["used"].as_u64(), "{meter}");
    assert!(meter["forecast"].as_u64() >= meter["used"].as_u64(), "{meter}");

    // The steady state costs nothing, and writes nothing.
    let before = meter_of(&tenant, &query).await.body["meter"]["tenants"][0]["used"].clone();
    for id in ["B2", "B3"] {
        tenant.put_bill(id, &bill_of("A-new", 1, id, "10.00")).await.posted();
    }
    tenant.put_bill("B2", &bill_of("A-new", 1, "B2", "10.00")).await;
    assert_eq!(meter_of(&tenant, &query).await.body["meter"]["tenants"][0]["used"], before);
}

#[tokio::test]
async fn who_asks_for_no_tenant_or_another_month_is_told_what_can_be_asked() {
    let tenant = Tenant::new().await;
    for query in ["?tenant=a%20b", "?month=2026-11"] {
        meter_of(&tenant, query).await.problem(422, "invalid_fields");
    }
    let unknown = meter_of(&tenant, &format!("?tenant={}", tenant.id)).await;
    assert_eq!(unknown.body["meter"]["tenants"], json!([{"tenant": tenant.id, "used": 0}]));
}

/// In a month of its own, far ahead, so that no other test reads in it and nobody's pulls are stretched.
#[tokio::test]
async fn as_the_forecast_nears_the_allowance_the_ladder_is_climbed_and_each_step_is_told_once() {
    let tenant = Tenant::connected().await;
    let shared = Shared::of(&tenant).await;
    let number = tenant.id.bytes().fold(0i64, |sum, byte| (sum * 31 + i64::from(byte)) % 7_000);
    let mut app = shared.app(None, (100 + number) * YEAR_SECONDS);
    let now = app.clock.now();
    let month = Month::of(now);
    let reader = shared.tenant.clone();
    app.table.count_reads(&reader, month, month.day(now), 1_000).await.expect("counted");
    let usage = meter::view(&app, None).await.expect("a view").usage;
    assert_eq!(usage.used, 1_000);

    let ours = |message: &Value| message["detail"]["subject"] == format!("meter/{month}");
    let half = usage.forecast * 2;
    // Reads that come to it, the allowance, the step, and what was told by then.
    for (more, allowance, step, told) in [
        (0, half, Step::Usual, vec![]),
        (700, half, Step::Half, vec![80]),
        (20, half, Step::Half, vec![80]),
        (1_280, half, Step::OnlyAsked, vec![80, 90, 100]),
        // Who buys more is warned of that, too.
        (0, half * 10, Step::Usual, vec![80, 90, 100]),
        (27_000, half * 10, Step::OnlyAsked, vec![80, 80, 90, 90, 100, 100]),
    ] {
        app.table.count_reads(&reader, month, month.day(now), more).await.expect("counted");
        app.monthly_read_allowance = allowance;
        assert_eq!(meter::look(&app).await.expect("a look"), step, "{more} of {allowance}");
        assert_eq!(meter::ladder(&app).await.map(|it| it.step).unwrap_or_default(), step);
        let warnings = until("the bus to hear of the step", async || {
            let warnings = heard(ours).await;
            (warnings.len() >= told.len()).then_some(warnings)
        })
        .await;
        let mut percents: Vec<u64> =
            warnings.iter().filter_map(|it| it["detail"]["data"]["percent"].as_u64()).collect();
        percents.sort_unstable();
        assert_eq!(percents, told, "{warnings:?}");
    }
    let warnings = heard(ours).await;
    let of_half = |it: &&Value| {
        let data = &it["detail"]["data"];
        (&data["allowance"], &data["percent"]) == (&json!(half), &json!(80))
    };
    let warning = warnings.iter().find(of_half).expect("the first warning");
    assert_eq!(warning["source"], "ledgerbridge");
    assert_eq!(warning["detail-type"], "ledgerbridge.meter.warning");
    assert_eq!(warning["detail"]["id"], format!("evt_meter_{month}_80_of_{half}"));
    assert_eq!(warning["detail"]["data"]["step"], "half");
    assert_eq!(warning["detail"]["data"]["used"], 1_700);

    // On the highest step the schedule rests.
    let rested = pull::fan_out(&app).await.expect("a run");
    assert!(rested.rests && rested.tenants == 0, "{rested:?}");
    let shown = meter::view(&app, Some(&reader)).await.expect("a view");
    assert_eq!(shown.tenants[0].days.total(), 30_000);
    assert_eq!(shown.ladder.map(|ladder| ladder.step), Some(Step::OnlyAsked));
    // A new month begins at the foot of the ladder.
    let next = SignedDuration::from_secs((100 + number) * YEAR_SECONDS)
        + SignedDuration::from_hours(24 * 32);
    app.clock = sync::Clock::ahead_by(next);
    assert_eq!(meter::look(&app).await.expect("a look"), Step::Usual);
    shared.close().await;
}

#[tokio::test]
async fn an_interval_is_shown_as_it_is_while_nothing_has_to_be_spared() {
    let tenant = Tenant::pulling().await;
    tenant.put_bill("B1", &bill(1, "B1", "10.00")).await;
    let shown = tenant.payment_pull().await;
    assert_eq!(shown.body["payment_pull"]["spared"], Value::Null, "{}", shown.body);
    assert_eq!(shown.body["payment_pull"]["interval_minutes"], 1440);
}
