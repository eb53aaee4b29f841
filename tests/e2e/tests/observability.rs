//! What operators see: one line for each event, with what it took, and metrics that are true.

use std::collections::BTreeSet;
use std::process::Command;

use e2e::aws::Identity;
use e2e::books::metered;
use e2e::records::{bill, payment};
use e2e::{Answer, Tenant, stack};
use serde_json::{Value, json};

/// Longer than an access token lives.
const TWO_HOURS: i64 = 7200;

/// What the functions have logged about a tenant, and what sweeps saw.
fn lines(tenant: &Tenant) -> Vec<Value> {
    let (program, arguments) = stack().logs_command.split_first().expect("a command");
    let output = Command::new(program).args(arguments).output().expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let ours = |line: &&str| line.contains(&tenant.id) || line.contains("oldest_queued_seconds");
    text.lines().filter(ours).filter_map(parsed).collect()
}

/// A line without the name of the function that stands before it.
fn parsed(line: &str) -> Option<Value> {
    serde_json::from_str(&line[line.find('{')?..]).ok()
}

fn handled(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["message"] == "handled").collect()
}

/// The one line of a call.
fn line_of<'a>(lines: &'a [Value], answer: &Answer) -> &'a Value {
    let id = answer.header("x-request-id");
    let found: Vec<_> =
        handled(lines).into_iter().filter(|line| line["request_id"] == id).collect();
    assert_eq!(found.len(), 1, "one line for {id}: {found:#?}");
    found[0]
}

fn sum(lines: &[&Value], field: &str) -> u64 {
    lines.iter().map(|line| line[field].as_u64().unwrap_or(0)).sum()
}

async fn sweep() {
    let swept = Identity::root().invoke("billing-invoice", &json!({"ledgerbridge": "sweep"})).await;
    assert_eq!(swept.status, 200, "{}", swept.body);
}

/// The metrics that CloudWatch makes of a line.
fn metrics(line: &Value) -> BTreeSet<&str> {
    let told = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array();
    told.into_iter().flatten().map(|metric| metric["Name"].as_str().expect("a name")).collect()
}

fn check(line: &Value, expected: &Value) {
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(line[field], *value, "{field} of {line:#}");
    }
}

#[tokio::test]
async fn each_event_leaves_one_line_that_says_how_it_ended_and_what_it_took() {
    let tenant = Tenant::warmed_up().await;
    let mark = tenant.mark().await;
    let posted = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    let unchanged = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
    let paying = payment(1, "5.00", &[("B9", "5.00")]);
    let blocked = tenant.put_payment("P1", &paying).await.waits("blocked", "waiting_for_bill");
    tenant
        .fault(json!({"entity": "invoice", "operation": "create", "action": {"kind": "throttle"}}))
        .await;
    let throttled = tenant.put_bill("B2", &bill(1, "B-2", "20.00")).await;
    let throttled = throttled.waits("queued", "throttled");
    sweep().await;
    tenant.bill_becomes("B2", "posted").await;
    tenant.advance(TWO_HOURS).await;
    // A customer that nobody knows has to be looked up, which is metered.
    let mut unknown = bill(1, "B-3", "30.00");
    unknown["agent"] = json!({"id": "A-new", "name": format!("Ann {}", tenant.id)});
    let renewed = tenant.put_bill("B3", &unknown).await.posted();
    let refused =
        tenant.put_bill("B4", &json!({"version": 1})).await.problem(422, "invalid_fields");
    tenant.revoke_in_quickbooks().await;
    let lost = tenant.put_bill("B5", &bill(1, "B-5", "5.00")).await;
    let lost = lost.waits("blocked", "needs_reconnect");
    sweep().await;
    let journal = tenant.journal(mark).await;
    let api_calls = tenant.calls_since(mark).await.len();

    let lines = lines(&tenant);
    let name = &stack().name;
    let expected = json!({"level": "INFO", "environment": name, "function": "billing-invoice",
        "trigger": "url", "tenant": tenant.id, "posting": "bill/B1", "status": 200, "state": "posted",
        "outcome": "created", "attempt": 0, "quickbooks_calls": 1, "metered_reads": 0, "token_calls": 0, "postings_created": 1});
    check(line_of(&lines, &posted), &expected);
    // One read and two writes, and a second read where the function has just started.
    for (answer, trips) in [(&posted, 3..=4), (&unchanged, 1..=2)] {
        let line = line_of(&lines, answer);
        assert!(line["table_round_trips"].as_u64().is_some_and(|n| trips.contains(&n)), "{line:#}");
    }
    let made = metrics(line_of(&lines, &posted));
    assert_eq!(made, BTreeSet::from(["quickbooks_calls", "postings_created"]));
    let expected = json!({"outcome": "unchanged", "quickbooks_calls": 0});
    check(line_of(&lines, &unchanged), &expected);
    let expected = json!({"posting": "payment/P1", "status": 202, "state": "blocked",
        "code": "waiting_for_bill", "quickbooks_calls": 0, "postings_blocked": 1});
    check(line_of(&lines, &blocked), &expected);
    let expected = json!({"posting": "bill/B2", "status": 202, "state": "queued", "code": "throttled",
        "attempt": 0, "quickbooks_calls": 1, "throttled": 1, "postings_queued": 1});
    check(line_of(&lines, &throttled), &expected);
    let expected = json!({"posting": "bill/B3", "outcome": "created", "token_calls": 1,
        "token_refreshes": 1, "postings_created": 1});
    check(line_of(&lines, &renewed), &expected);
    assert_ne!(line_of(&lines, &renewed)["metered_reads"], 0);
    let expected = json!({"status": 422, "code": "invalid_fields", "quickbooks_calls": 0});
    check(line_of(&lines, &refused), &expected);
    let expected = json!({"status": 202, "state": "blocked", "code": "needs_reconnect",
        "connections_lost": 1, "postings_blocked": 1});
    check(line_of(&lines, &lost), &expected);

    // Whatever came later, through the queue, is counted too: in sum it is what QuickBooks saw.
    let since = line_of(&lines, &posted)["timestamp"].as_str().expect("a time");
    let counted: Vec<&Value> = handled(&lines)
        .into_iter()
        .filter(|line| line["tenant"] == tenant.id && line["timestamp"].as_str() >= Some(since))
        .collect();
    assert_eq!(sum(&counted, "quickbooks_calls"), api_calls as u64, "{counted:#?}");
    assert_eq!(sum(&counted, "metered_reads"), metered(&journal) as u64);
    assert_eq!(sum(&counted, "token_calls"), (journal.len() - api_calls) as u64);
    let queued: Vec<_> = counted.iter().filter(|line| line["trigger"] == "queue").collect();
    let ended = |line: &&&&Value| line["posting"] == "bill/B2" && line["outcome"] == "created";
    let ended: Vec<_> = queued.iter().filter(ended).collect();
    assert_eq!(ended.len(), 1, "{queued:#?}");
    assert!(ended[0]["deliveries"].as_u64() >= Some(1));

    // What saved queries ask of other lines is there.
    let of_record = |line: &&Value| {
        line["message"] == "quickbooks call" && line["span"]["posting"] == "bill/B1"
    };
    let call = lines.iter().find(of_record).expect("a call");
    for field in ["method", "operation", "entity", "metered", "status", "intuit_tid", "duration_ms"]
    {
        assert!(!call[field].is_null(), "{field} of {call}");
    }
    for field in ["function", "tenant", "posting", "request_id"] {
        assert!(call["span"][field].is_string(), "{field} of {call}");
    }

    // What the watch saw; others' records may be older.
    let swept: Vec<_> =
        handled(&lines).into_iter().filter(|line| line["trigger"] == "schedule").collect();
    let told = [
        "oldest_queued_seconds",
        "oldest_blocked_seconds",
        "connections_needing_reconnect",
        "token_age_seconds",
        "token_idle_days_left",
        "token_hard_days_left",
    ];
    // Sweeps of other tests may have come before anything waited.
    let saw_all = |line: &&&Value| {
        let named = line["oldest_queued"].is_string() && line["oldest_blocked"].is_string();
        named && told.iter().all(|name| metrics(line).contains(name))
    };
    let whole = swept.iter().find(saw_all);
    let whole = whole.unwrap_or_else(|| panic!("nobody saw all of {told:?}: {swept:#?}"));
    assert!(whole["token_idle_days_left"].as_u64() <= Some(100), "{whole:#}");
    let last = swept.last().expect("a sweep");
    assert!(last["connections_needing_reconnect"].as_u64() >= Some(1), "{last:#}");
    assert!(last["longest_needing_reconnect"].is_string(), "{last:#}");
}
