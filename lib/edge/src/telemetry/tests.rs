//! The line of an event: what is in it, that CloudWatch can read it, and that alarms and dashboard ask for what it says.

use std::collections::{BTreeMap, BTreeSet};

use domain::posting::{Outcome, State};
use jiff::Timestamp;
use serde_json::{Value, json};
use sync::meter::Seen;
use sync::tally::{Counts, Ended};
use sync::watch::{Ends, Watch};

use super::Ending;
use super::line::Line;
use super::metrics::{self, DIMENSION, NAMESPACE, Unit};

/// The deployment's template: alarms, dashboard and saved queries.
const TEMPLATE: &str = include_str!("../../../../infra/template.yaml");
/// What to do when something is wrong.
const RUNBOOK: &str = include_str!("../../../../infra/RUNBOOK.md");

fn line(ending: &Ending, counts: &Counts) -> Value {
    let at: Timestamp = "2026-04-20T10:00:00.25Z".parse().unwrap();
    let line = Line {
        at,
        environment: Some("production"),
        function: "billing-invoice",
        trigger: "url",
        request_id: "r-1",
        cold_start: false,
        duration_ms: 41,
        ending,
        counts,
    };
    let text = line.json();
    assert!(!text.contains('\n'));
    serde_json::from_str(&text).unwrap()
}

fn everything() -> Counts {
    let ends = || Some(Ends { tenant: "acme".to_owned(), days_left: 3 });
    let names = [
        Outcome::Created.as_str(),
        Outcome::Updated.as_str(),
        Outcome::Voided.as_str(),
        Outcome::Unchanged.as_str(),
        Outcome::Superseded.as_str(),
        State::Queued.as_str(),
        State::Blocked.as_str(),
        State::Held.as_str(),
        State::Rejected.as_str(),
        State::Skipped.as_str(),
    ];
    Counts {
        tenant: Some("acme".to_owned()),
        posting: Some("bill/B-1".to_owned()),
        quickbooks_calls: 2,
        metered_reads: 1,
        throttled: 1,
        token_calls: 1,
        table_round_trips: 4,
        postings: names.map(|name| (name, 1)).into(),
        first: Some(Ended { state: "blocked", outcome: None, attempts: 2 }),
        code: Some("setting_missing".to_owned()),
        token_refreshes: 1,
        token_refreshes_failed: 1,
        connections_lost: 1,
        events_delivered: 1,
        event_deliveries_failed: 1,
        left_behind: 1,
        meter: Some(Seen { used_percent: 60, forecast_percent: 82 }),
        watch: Some(Watch {
            oldest_queued_seconds: 60,
            oldest_queued: Some("acme agent_billing#bill#B-1".to_owned()),
            oldest_blocked_seconds: 0,
            oldest_blocked: None,
            connections_needing_reconnect: 1,
            longest_needing_reconnect_seconds: 5,
            longest_needing_reconnect: Some("acme".to_owned()),
            idle: ends(),
            token_age_seconds: Some(9),
            hard: ends(),
        }),
    }
}

#[test]
fn a_line_says_whose_event_it_was_how_it_ended_and_what_it_took() {
    let counts =
        Counts { watch: None, meter: None, postings: [("blocked", 1)].into(), ..everything() };
    let ending = Ending { status: Some(202), ..Ending::default() };
    let mut line = line(&ending, &counts);
    line.as_object_mut().unwrap().remove("_aws").unwrap();
    assert_eq!(
        line,
        json!({
            "timestamp": "2026-04-20T10:00:00.250000Z",
            "level": "INFO",
            "message": "handled",
            "environment": "production",
            "function": "billing-invoice",
            "trigger": "url",
            "request_id": "r-1",
            "tenant": "acme",
            "posting": "bill/B-1",
            "status": 202,
            "state": "blocked",
            "code": "setting_missing",
            "attempt": 2,
            "duration_ms": 41,
            "cold_start": false,
            "quickbooks_calls": 2,
            "metered_reads": 1,
            "throttled": 1,
            "token_calls": 1,
            "table_round_trips": 4,
            "token_refreshes": 1,
            "token_refreshes_failed": 1,
            "connections_lost": 1,
            "events_delivered": 1,
            "event_deliveries_failed": 1,
            "left_behind": 1,
            "postings_blocked": 1,
        })
    );
}

#[test]
fn an_event_that_counts_nothing_makes_no_metrics_and_says_so() {
    let line = line(&Ending { status: Some(200), ..Ending::default() }, &Counts::default());
    assert_eq!(line.get("_aws"), None);
    for always in ["quickbooks_calls", "metered_reads", "token_calls", "table_round_trips"] {
        assert_eq!(line[always], 0, "{always}");
    }
}

#[test]
fn what_the_watch_sees_is_told_even_when_it_is_nothing() {
    let counts = Counts { watch: Some(Watch::default()), ..Counts::default() };
    let line = line(&Ending::default(), &counts);
    let told = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"];
    let told: Vec<_> = told.as_array().unwrap().iter().map(|metric| &metric["Name"]).collect();
    let expected =
        ["oldest_queued_seconds", "oldest_blocked_seconds", "connections_needing_reconnect"];
    assert_eq!(told, expected, "no connections, so no tokens");
    assert_eq!(line["oldest_queued_seconds"], 0);
}

/// The schema of the specification, and its rules about the members that a directive refers to:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
#[test]
fn a_line_is_in_the_embedded_metric_format() {
    let text = |longest: u32| json!({"type": "string", "minLength": 1, "maxLength": longest});
    let units = "^(Seconds|Microseconds|Milliseconds|Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Percent|Count|None)$";
    let metric = json!({"type": "object", "required": ["Name"], "additionalProperties": false,
        "properties": {"Name": text(1024), "Unit": {"type": "string", "pattern": units},
            "StorageResolution": {"enum": [1, 60]}}});
    let dimensions = json!({"type": "array", "minItems": 1,
        "items": {"type": "array", "minItems": 1, "maxItems": 30, "items": text(250)}});
    let directive = json!({"type": "object", "required": ["Namespace", "Dimensions", "Metrics"],
        "additionalProperties": false, "properties": {"Namespace": text(1024),
            "Dimensions": dimensions,
            "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": metric}}});
    let schema = json!({"type": "object", "required": ["_aws"], "properties": {"_aws": {
        "type": "object", "required": ["Timestamp", "CloudWatchMetrics"],
        "properties": {"Timestamp": {"type": "integer"},
            "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": directive}}}}});
    let schema = jsonschema::validator_for(&schema).unwrap();
    let line = line(&Ending::default(), &everything());
    let errors: Vec<String> = schema.iter_errors(&line).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);

    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(line["_aws"]["Timestamp"], 1_776_679_200_250_i64);
    assert_eq!(directive["Dimensions"], json!([[DIMENSION]]), "nobody's tenant is a dimension");
    assert!(line[DIMENSION].is_string(), "a dimension is a text of the line");
    let metrics = directive["Metrics"].as_array().unwrap();
    let names: BTreeSet<&str> = metrics.iter().map(|m| m["Name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), metrics.len(), "a metric is named once");
    for name in names {
        assert!(line[name].is_u64(), "{name} is a number of the line");
    }
}

#[test]
fn a_posting_that_somebody_else_works_on_is_counted_there() {
    let postings = [("posting", 1), ("expected", 1), ("created", 2)].into();
    let counted = metrics::of(&Counts { postings, ..Counts::default() });
    let counted: Vec<_> = counted.iter().map(|m| (m.name.as_str(), m.value, m.unit)).collect();
    assert_eq!(counted, [("postings_created", 2, Unit::Count)]);
}

/// Alarms as the template has them: by name, with their properties as text.
fn alarms() -> BTreeMap<&'static str, &'static str> {
    let starts = TEMPLATE.split("\n    Type: AWS::CloudWatch::Alarm\n").skip(1);
    let alarm = |text: &'static str| {
        let text = text.split("\n\n").next().unwrap();
        let name = text.lines().find_map(|line| line.trim().strip_prefix("AlarmName: ")).unwrap();
        (name, text)
    };
    starts.map(alarm).collect()
}

fn names() -> BTreeSet<String> {
    metrics::of(&everything()).into_iter().map(|metric| metric.name).collect()
}

#[test]
fn alarms_and_dashboard_ask_for_metrics_that_are_made() {
    let made = names();
    let mut asked = BTreeSet::new();
    for (name, alarm) in alarms() {
        if alarm.contains(&format!("Namespace: {NAMESPACE}\n")) {
            let metric = alarm.lines().find_map(|line| line.trim().strip_prefix("MetricName: "));
            asked.insert(metric.unwrap().to_owned());
            let dimension =
                format!("Dimensions: [{{ Name: {DIMENSION}, Value: !Ref Environment }}]");
            assert!(alarm.contains(&dimension), "{name}");
        }
    }
    assert!(asked.len() >= 8, "{asked:?}");
    let body = TEMPLATE.split("DashboardBody: !Sub |\n").nth(1).unwrap();
    let body: Value = serde_json::from_str(body.split("\n\n").next().unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let graphs = widgets.iter().filter(|widget| widget["type"] == "metric");
    for graph in graphs.clone() {
        let properties = &graph["properties"];
        for part in ["/title", "/yAxis/left/label"] {
            assert!(properties.pointer(part).is_some_and(Value::is_string), "{part} of {graph}");
        }
        let mut namespace = "";
        for metric in properties["metrics"].as_array().unwrap() {
            namespace = metric[0].as_str().filter(|named| *named != ".").unwrap_or(namespace);
            if namespace == NAMESPACE {
                asked.insert(metric[1].as_str().unwrap().to_owned());
            }
        }
    }
    let words = widgets.iter().filter(|widget| widget["type"] == "text").count();
    assert_eq!(words, graphs.count(), "each graph has a line that says what to do");
    let unmade: Vec<_> = asked.difference(&made).collect();
    assert!(unmade.is_empty(), "nobody makes {unmade:?}");
    let unseen: Vec<_> = made.difference(&asked).collect();
    assert!(unseen.is_empty(), "nobody looks at {unseen:?}");
}

/// Fields of lines other than the one of an event: of the span that they are in, and of a call to QuickBooks. The
/// end-to-end tests see these in the log.
const OF_OTHER_LINES: [&str; 9] = [
    "span.function",
    "span.tenant",
    "span.posting",
    "method",
    "operation",
    "entity",
    "metered",
    "intuit_tid",
    "@timestamp",
];

/// The words of the query language that our queries use.
const LANGUAGE: &str = "fields filter display stats sort limit by as in like and asc desc coalesce ispresent sum \
    count count_distinct latest earliest";

/// The words of a query that stand for fields.
fn fields_of(query: &str) -> BTreeSet<&str> {
    let unquoted: Vec<&str> = query.split('"').step_by(2).collect();
    let word = |c: char| !(c.is_ascii_alphanumeric() || "_@.".contains(c));
    let words: Vec<&str> = unquoted
        .iter()
        .flat_map(|part| part.split(word))
        .filter(|word| !word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let named = words.windows(2).filter(|pair| pair[0] == "as").map(|pair| pair[1]);
    let named: BTreeSet<&str> = named.collect();
    let language: BTreeSet<&str> = LANGUAGE.split_whitespace().collect();
    words.into_iter().filter(|word| !language.contains(word) && !named.contains(word)).collect()
}

#[test]
fn saved_queries_ask_for_fields_that_lines_have() {
    let counts = everything();
    let watch =
        Watch { oldest_blocked: Some("acme b".to_owned()), ..counts.watch.clone().unwrap() };
    let counts = Counts {
        watch: Some(watch),
        first: Some(Ended { state: "posted", outcome: Some("created"), attempts: 0 }),
        ..counts
    };
    let ending = Ending {
        status: Some(200),
        deliveries: Some(1),
        again_seconds: Some(5),
        ..Ending::default()
    };
    let line = line(&ending, &counts);
    let mut known: BTreeSet<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    known.extend(OF_OTHER_LINES);
    let queries: Vec<&str> = TEMPLATE.split("QueryString: |\n").skip(1).collect();
    assert_eq!(queries.len(), 8);
    for query in queries {
        let query = query.split("\n\n").next().unwrap();
        let unknown: Vec<_> = fields_of(query).into_iter().filter(|f| !known.contains(f)).collect();
        assert!(unknown.is_empty(), "no line has {unknown:?}, which this asks for: {query}");
    }
}

/// A heading's anchor, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
}

#[test]
fn every_alarm_names_the_section_of_the_runbook_that_says_what_to_do() {
    let headings: BTreeSet<String> =
        RUNBOOK.lines().filter_map(|line| line.strip_prefix("## ")).map(anchor).collect();
    let alarms = alarms();
    assert!(alarms.len() > 30, "{}", alarms.len());
    for (name, alarm) in alarms {
        let (_, named) = alarm.split_once("infra/RUNBOOK.md#").unwrap_or_else(|| panic!("{name}"));
        let named = named.split(['.', '\n']).next().unwrap();
        assert!(headings.contains(named), "{name} leads to {named}, which is not in {headings:?}");
    }
}
