//! The meter of what Intuit charges for: counted by tenant, looked at as a whole, and acted on before an allowance is
//! spent.
//!
//! Each event that read something adds that at its end, in one write; one that read nothing writes nothing. The schedule
//! that begins pulls looks at the sum first and moves the ladder, on which depends how often what nobody asked for
//! is done.

use std::sync::Mutex;

use aws::bus::Entry;
use domain::event;
use domain::id::TenantId;
use domain::meter::{Days, Ladder, Month, Step, TenantReads, Usage};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{App, Error, chain, tally};

/// For so long an environment believes what it read of the ladder.
const BELIEVED: SignedDuration = SignedDuration::from_secs(60);
/// Tenants of a look, those that read most first.
const TOP: usize = 20;
/// What changed, as events and filters call it.
pub const WARNING: &str = "meter.warning";

/// What an environment knows of the ladder, and since when.
#[derive(Debug, Default)]
pub struct Known(Mutex<Option<(Timestamp, Option<Ladder>)>>);

/// How a month stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The month.
    pub month: Month,
    /// Against the allowance.
    pub usage: Usage,
    /// Where it stands on the ladder; absent on the lowest step.
    pub ladder: Option<Ladder>,
    /// The tenant that was asked for, or those that read most.
    pub tenants: Vec<TenantReads>,
}

/// What the schedule saw, for its line in the log. In whole percent of the allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Reads so far.
    pub used_percent: u64,
    /// Reads by the end of the month.
    pub forecast_percent: u64,
}

/// Adds what the running event read to its tenant's meter. Not to be able to is logged and stops nothing: what was done
/// for a customer does not fail because it was not counted.
pub async fn keep(app: &App) {
    let Some(counts) = tally::Tally::current().map(|tally| tally.counts()) else { return };
    if counts.metered_reads == 0 {
        return;
    }
    let tenant = counts.tenant.as_deref().and_then(|tenant| TenantId::parse(tenant).ok());
    let Some(tenant) = tenant else {
        tracing::warn!(reads = counts.metered_reads, "nobody knows for whom QuickBooks was read");
        return;
    };
    let now = app.clock.now();
    let month = Month::of(now);
    let counted = app.table.count_reads(&tenant, month, month.day(now), counts.metered_reads).await;
    if let Err(error) = counted {
        let reads = counts.metered_reads;
        tracing::error!(%tenant, reads, error = chain(&error), "reads were not counted");
    }
}

/// How this month stands, and one tenant or those that read most.
pub async fn view(app: &App, tenant: Option<&TenantId>) -> Result<View, Error> {
    let now = app.clock.now();
    let month = Month::of(now);
    let mut all = app.table.month_reads(month).await?;
    let usage = usage(app, &all, month, now);
    let ladder = app.table.ladder(month).await?;
    match tenant {
        Some(tenant) => {
            all.retain(|reads| reads.tenant == *tenant);
            if all.is_empty() {
                all.push(TenantReads { tenant: tenant.clone(), days: Days::default() });
            }
        }
        None => {
            all.sort_by(|one, other| {
                let by_reads = other.days.total().cmp(&one.days.total());
                by_reads.then_with(|| one.tenant.cmp(&other.tenant))
            });
            all.truncate(TOP);
        }
    }
    Ok(View { month, usage, ladder, tenants: all })
}

/// The schedule looks at the month and moves the ladder. The write of a new step is what people are warned by: it comes
/// to event-publisher by the table's stream.
pub async fn look(app: &App) -> Result<Step, Error> {
    let now = app.clock.now();
    let month = Month::of(now);
    let before = app.table.ladder(month).await?;
    if app.monthly_read_allowance == 0 && before.is_none() {
        return Ok(Step::Usual);
    }
    let usage = usage(app, &app.table.month_reads(month).await?, month, now);
    if usage.allowance > 0 {
        let seen =
            Seen { used_percent: usage.used_percent(), forecast_percent: usage.forecast_percent() };
        tally::note(|counts| counts.meter = Some(seen));
    }
    let Some(after) = Ladder::after(before.as_ref(), month, usage, now) else {
        app.meter.learn(now, before.clone());
        return Ok(before.map(|ladder| ladder.step).unwrap_or_default());
    };
    // Another run that was faster saw the same.
    if app.table.put_ladder(&after).await? {
        tracing::warn!(
            step = after.step.as_str(),
            used = usage.used,
            forecast = usage.forecast,
            allowance = usage.allowance,
            "what nobody asked for is done at another pace"
        );
    }
    app.meter.learn(now, Some(after.clone()));
    Ok(after.step)
}

/// Where this month stands on the ladder, as far as this environment knows; absent on the lowest step. Not to know is
/// the lowest step.
pub async fn ladder(app: &App) -> Option<Ladder> {
    if app.monthly_read_allowance == 0 {
        return None;
    }
    let now = app.clock.now();
    if let Some(known) = app.meter.recall(now) {
        return known;
    }
    match app.table.ladder(Month::of(now)).await {
        Ok(ladder) => {
            app.meter.learn(now, ladder.clone());
            ladder
        }
        Err(error) => {
            tracing::warn!(error = chain(&error), "nobody knows where the month stands");
            None
        }
    }
}

/// Tells on the bus what a write of the ladder warns of. Told again, an event has the same id.
pub async fn warn(app: &App, ladder: &Ladder, before: Option<&Ladder>) -> Result<usize, Error> {
    let warnings = ladder.warnings(before);
    let entries: Vec<Entry> = warnings.iter().map(|step| entry(ladder, *step)).collect();
    app.bus.put(&entries).await?;
    Ok(entries.len())
}

fn usage(app: &App, reads: &[TenantReads], month: Month, now: Timestamp) -> Usage {
    let mut days = Days::default();
    for tenant in reads {
        days.add(&tenant.days);
    }
    Usage::of(&days, month, now, app.monthly_read_allowance)
}

/// A warning in the form that all events have. It is the deployment's and no tenant's, so it has neither tenant nor
/// number, is in no tenant's log, and goes to no endpoint.
#[derive(Serialize)]
struct Warning<'a> {
    specversion: &'static str,
    id: String,
    source: &'static str,
    #[serde(rename = "type")]
    kind: &'a str,
    subject: String,
    time: Timestamp,
    datacontenttype: &'static str,
    data: Data,
}

#[derive(Serialize)]
struct Data {
    month: Month,
    /// What the forecast reached, in percent of the allowance.
    percent: u64,
    /// What is done at that step.
    step: &'static str,
    used: u64,
    forecast: u64,
    allowance: u64,
}

fn entry(ladder: &Ladder, step: Step) -> Entry {
    let Usage { used, forecast, allowance } = ladder.usage;
    let (month, percent) = (ladder.month, step.percent());
    let kind = format!("{}{WARNING}", event::TYPE_PREFIX);
    let warning = Warning {
        specversion: "1.0",
        id: format!("evt_meter_{month}_{percent}_of_{allowance}"),
        source: event::SOURCE,
        kind: &kind,
        subject: format!("meter/{month}"),
        time: ladder.since,
        datacontenttype: "application/json",
        data: Data { month, percent, step: step.as_str(), used, forecast, allowance },
    };
    let detail = serde_json::to_string(&warning).expect("texts and whole numbers serialize");
    Entry { source: event::SOURCE, detail_type: kind, detail, at: ladder.since }
}

impl Known {
    fn learn(&self, now: Timestamp, ladder: Option<Ladder>) {
        *self.0.lock().expect("no holder of this lock panics") = Some((now, ladder));
    }

    fn recall(&self, now: Timestamp) -> Option<Option<Ladder>> {
        let known = self.0.lock().expect("no holder of this lock panics");
        let (at, ladder) = known.as_ref()?;
        let is_fresh = now.duration_since(*at) < BELIEVED && Month::of(*at) == Month::of(now);
        is_fresh.then(|| ladder.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_a_cloud_event_of_the_deployment_and_the_same_each_time() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let usage = Usage { used: 300_000, forecast: 410_000, allowance: 500_000 };
        let ladder = Ladder::after(None, Month::of(now), usage, now).unwrap();
        let told = entry(&ladder, ladder.warnings(None)[0]);
        assert_eq!(told.detail_type, "ledgerbridge.meter.warning");
        assert_eq!(
            told.detail,
            r#"{"specversion":"1.0","id":"evt_meter_2026-11_80_of_500000","source":"ledgerbridge","type":"ledgerbridge.meter.warning","subject":"meter/2026-11","time":"2026-11-22T10:00:00Z","datacontenttype":"application/json","data":{"month":"2026-11","percent":80,"step":"half","used":300000,"forecast":410000,"allowance":500000}}"#
        );
        assert!(told.fits());
    }

    #[test]
    fn what_an_environment_knows_of_the_ladder_is_believed_for_a_minute_and_not_in_another_month() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let known = Known::default();
        assert_eq!(known.recall(at("2026-11-30T23:59:30Z")), None);
        known.learn(at("2026-11-30T23:59:30Z"), None);
        for (now, expected) in [
            ("2026-11-30T23:59:59Z", Some(None)),
            ("2026-12-01T00:00:01Z", None),
            ("2026-12-01T00:01:00Z", None),
        ] {
            assert_eq!(known.recall(at(now)), expected, "{now}");
        }
    }
}
