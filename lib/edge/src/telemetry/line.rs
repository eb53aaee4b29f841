//! The one line of a handled event. CloudWatch makes the metrics from the same line, so that an event is logged, and paid
//! for, once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sync::tally::Counts;

use super::Ending;
use super::metrics::{self, Directive, Metric};

/// What is known of an event when it has been handled.
pub(super) struct Line<'a> {
    pub(super) at: Timestamp,
    pub(super) environment: Option<&'a str>,
    pub(super) function: &'a str,
    pub(super) trigger: &'a str,
    pub(super) request_id: &'a str,
    pub(super) cold_start: bool,
    pub(super) duration_ms: u64,
    pub(super) ending: &'a Ending,
    pub(super) counts: &'a Counts,
}

/// The line as it is written, in the order in which people read it. Fields that say nothing are left out, but for the
/// counts that every event has.
#[derive(Serialize)]
struct Written<'a> {
    timestamp: String,
    level: &'a str,
    message: &'a str,
    environment: Option<&'a str>,
    function: &'a str,
    trigger: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    posting: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    again_seconds: Option<u32>,
    duration_ms: u64,
    cold_start: bool,
    /// The counts that every event has, and all metrics.
    #[serde(flatten)]
    numbers: BTreeMap<&'a str, u64>,
    /// Whose the numbers of the watch are.
    #[serde(flatten)]
    whose: BTreeMap<&'a str, &'a str>,
    #[serde(rename = "_aws", skip_serializing_if = "Option::is_none")]
    directive: Option<Directive<'a>>,
}

impl Line<'_> {
    /// The line, without its end.
    pub(super) fn json(&self) -> String {
        let Self { at, environment, ending, counts, .. } = *self;
        let metrics = metrics::of(counts);
        let first = counts.first.as_ref();
        let written = Written {
            timestamp: format!("{at:.6}"),
            level: "INFO",
            message: "handled",
            environment,
            function: self.function,
            trigger: self.trigger,
            request_id: self.request_id,
            tenant: counts.tenant.as_deref(),
            posting: counts.posting.as_deref(),
            status: ending.status,
            state: ending.state.or(first.map(|first| first.state)),
            outcome: ending.outcome.as_deref().or(first.and_then(|first| first.outcome)),
            code: ending.code.as_deref().or(counts.code.as_deref()),
            attempt: ending.attempt.or(first.map(|first| first.attempts)),
            deliveries: ending.deliveries,
            again_seconds: ending.again_seconds,
            duration_ms: self.duration_ms,
            cold_start: self.cold_start,
            numbers: numbers(counts, &metrics),
            whose: whose(counts),
            directive: (environment.is_some() && !metrics.is_empty())
                .then(|| Directive::of(&metrics, at)),
        };
        serde_json::to_string(&written).expect("texts and whole numbers can be written as JSON")
    }
}

fn numbers<'a>(counts: &Counts, metrics: &'a [Metric]) -> BTreeMap<&'a str, u64> {
    let always = [
        ("quickbooks_calls", counts.quickbooks_calls),
        ("metered_reads", counts.metered_reads),
        ("token_calls", counts.token_calls),
        ("table_round_trips", counts.table_round_trips),
    ];
    let metrics = metrics.iter().map(|metric| (metric.name.as_str(), metric.value));
    always.into_iter().chain(metrics).collect()
}

fn whose(counts: &Counts) -> BTreeMap<&str, &str> {
    let Some(watch) = &counts.watch else { return BTreeMap::new() };
    [
        ("oldest_queued", watch.oldest_queued.as_deref()),
        ("oldest_blocked", watch.oldest_blocked.as_deref()),
        ("longest_needing_reconnect", watch.longest_needing_reconnect.as_deref()),
        ("token_idle_tenant", watch.idle.as_ref().map(|ends| ends.tenant.as_str())),
        ("token_hard_tenant", watch.hard.as_ref().map(|ends| ends.tenant.as_str())),
    ]
    .into_iter()
    .filter_map(|(name, whose)| Some((name, whose?)))
    .collect()
}
