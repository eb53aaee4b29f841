//! The metrics that CloudWatch makes from an event's line, and the directive that tells it to: the embedded metric format.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
//!
//! One dimension, the deployment: a metric is billed for each combination of its dimensions' values, so a tenant among
//! them would cost more than the rest of the stack, and show who the customers are. Tenants are fields of the line.

use jiff::Timestamp;
use serde::Serialize;
use sync::tally::Counts;

/// Under which all metrics are found.
pub(super) const NAMESPACE: &str = "ledgerbridge";
/// The field that tells deployments in one account apart.
pub(super) const DIMENSION: &str = "environment";

/// What a metric's numbers are, in CloudWatch's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Unit {
    Count,
    Seconds,
    Percent,
    /// CloudWatch has no days.
    None,
}

/// A metric with its value, and when it is worth telling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metric {
    pub(super) name: String,
    pub(super) unit: Unit,
    /// A field of the line under the metric's name.
    #[serde(skip)]
    pub(super) value: u64,
}

/// All metrics of an event. Those that count are left out when they are zero: they are added up, and saying so with each
/// event would cost more than it tells. What the watch measures is told every time, so that its absence is an alarm.
pub(super) fn of(counts: &Counts) -> Vec<Metric> {
    let metric = |name: &str, unit, value| Metric { name: name.to_owned(), unit, value };
    let count = |(name, value): (&str, u64)| metric(name, Unit::Count, value);
    let mut metrics: Vec<Metric> = [
        ("quickbooks_calls", counts.quickbooks_calls),
        ("metered_reads", counts.metered_reads),
        ("throttled", counts.throttled),
        ("token_refreshes", counts.token_refreshes),
        ("token_refreshes_failed", counts.token_refreshes_failed),
        ("connections_lost", counts.connections_lost),
        ("events_delivered", counts.events_delivered),
        ("event_deliveries_failed", counts.event_deliveries_failed),
        ("left_behind", counts.left_behind),
    ]
    .map(count)
    .into();
    for (ending, times) in counts.postings.iter().filter(|(ending, _)| is_an_end(ending)) {
        metrics.push(metric(&format!("postings_{ending}"), Unit::Count, *times));
    }
    metrics.retain(|metric| metric.value > 0);
    if let Some(meter) = &counts.meter {
        metrics.extend([
            metric("meter_used_percent", Unit::Percent, meter.used_percent),
            metric("meter_forecast_percent", Unit::Percent, meter.forecast_percent),
        ]);
    }
    if let Some(watch) = &counts.watch {
        let needing = watch.connections_needing_reconnect;
        metrics.extend([
            metric("oldest_queued_seconds", Unit::Seconds, watch.oldest_queued_seconds),
            metric("oldest_blocked_seconds", Unit::Seconds, watch.oldest_blocked_seconds),
            metric("connections_needing_reconnect", Unit::Count, needing),
        ]);
        // Without a connection there is nothing to measure.
        let rest = [
            ("token_age_seconds", Unit::Seconds, watch.token_age_seconds),
            ("token_idle_days_left", Unit::None, watch.idle.as_ref().map(|ends| ends.days_left)),
            ("token_hard_days_left", Unit::None, watch.hard.as_ref().map(|ends| ends.days_left)),
        ];
        let known = rest.into_iter().filter_map(|(name, unit, value)| Some((name, unit, value?)));
        metrics.extend(known.map(|(name, unit, value)| metric(name, unit, value)));
    }
    metrics
}

/// A posting that somebody else is working on ends with that other event, and one that is only expected has not begun.
fn is_an_end(ending: &str) -> bool {
    !matches!(ending, "posting" | "expected")
}

/// The member `_aws` of a line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Directive<'a> {
    /// Milliseconds since 1970.
    timestamp: i64,
    cloud_watch_metrics: [Directives<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directives<'a> {
    namespace: &'static str,
    dimensions: [[&'static str; 1]; 1],
    metrics: &'a [Metric],
}

impl<'a> Directive<'a> {
    /// Tells CloudWatch to make `metrics` from the fields of that name.
    pub(super) fn of(metrics: &'a [Metric], at: Timestamp) -> Self {
        Self {
            timestamp: at.as_millisecond(),
            cloud_watch_metrics: [Directives {
                namespace: NAMESPACE,
                dimensions: [[DIMENSION]],
                metrics,
            }],
        }
    }
}
