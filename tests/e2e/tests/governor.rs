//! A company is called no more often than QuickBooks allows, and single postings pay nothing for that.

use domain::governor::Kind;
use domain::id::CompanyId;
use e2e::Tenant;
use e2e::books::outline;
use e2e::records::bill;
use e2e::within;
use futures_util::StreamExt as _;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sync::App;
use sync::governor::{self, Permit};

use std::time::Duration;

use crate::races::Shared;

/// More than a company takes in ten seconds.
const RECORDS: usize = 200;
/// After QuickBooks complained, a company is called slowly for a while.
const MANY_TURNS: Duration = Duration::from_secs(300);
/// Calls of the host at a time.
const AT_A_TIME: usize = 20;

/// How far the tenant's moments are reserved, if any ever were.
async fn reserved(tenant: &Tenant) -> Option<Value> {
    let items = tenant.items().await;
    let is = |item: &Value| item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("GOVERNOR#"));
    items.into_iter().find(is)
}

/// Calls that a limit refused.
async fn refused(tenant: &Tenant) -> Vec<Value> {
    let calls = tenant.calls_since(0).await;
    calls.into_iter().filter(|call| call["limit"].is_string()).collect()
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "how often it was too much is to be seen")]
async fn two_hundred_records_sent_as_fast_as_possible_are_each_posted_once() {
    let tenant = Tenant::warmed_up().await;
    tenant.switch(json!({"limits": true, "limits_clock": "wall"})).await;
    let ids: Vec<String> = (1..=RECORDS).map(|n| format!("B{n}")).collect();
    stream::iter(&ids)
        .for_each_concurrent(AT_A_TIME, async |id| {
            let answer = tenant.put_bill(id, &bill(1, id, "10.00")).await;
            assert!([200, 202].contains(&answer.status), "{id}: {}", answer.body);
        })
        .await;
    within(MANY_TURNS, "nothing to be in the queue", async || {
        tenant.postings("queued", "").await.is_empty().then_some(())
    })
    .await;
    for id in &ids {
        let posted = tenant.bill_becomes(id, "posted").await;
        assert_eq!(posted.body["posting"]["attempts"], 0, "{}", posted.body);
    }
    tenant.comes_to_rest().await;
    let mut numbers: Vec<String> = tenant
        .ours("invoice")
        .await
        .iter()
        .filter_map(|invoice| invoice["DocNumber"].as_str())
        .filter(|number| ids.iter().any(|id| id == number))
        .map(str::to_owned)
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), RECORDS, "each has one invoice");
    let mut calls = tenant.calls_since(0).await;
    let sent = calls.len();
    calls.retain(|call| call["outcome"] == "performed");
    let created = outline(&calls).into_iter().filter(|call| call == "Invoice create");
    // One more to warm up.
    assert_eq!(created.count(), RECORDS + 1, "nothing was made twice");
    tenant.assert_balanced().await;
    let refused = refused(&tenant).await.len();
    println!("{RECORDS} records, {sent} calls, {refused} of them refused");
}

#[tokio::test]
async fn a_single_posting_reserves_nothing_and_a_look_does() {
    let tenant = Tenant::warmed_up().await;
    let before = reserved(&tenant).await;
    tenant.put_bill("B1", &bill(1, "B1", "10.00")).await.posted();
    assert_eq!(reserved(&tenant).await, before);
    let listed = tenant.ask("lists/accounts?refresh=true").await;
    assert_eq!(listed.status, 200, "{}", listed.body);
    let governor = reserved(&tenant).await.expect("the list was read from QuickBooks");
    assert_ne!(Some(&governor), before.as_ref());
    assert_eq!(governor["company"]["S"], tenant.realm.as_str());
}

#[tokio::test]
async fn several_environments_share_the_batches_that_a_company_takes() {
    let tenant = Tenant::connected().await;
    let shared = Shared::of(&tenant).await;
    let company = CompanyId::parse(&tenant.realm).expect("an id");
    let (one, other) = (shared.app(None, 0), shared.app(None, 0));
    let ask = async |app: &App| governor::permit(app, &shared.tenant, &company, Kind::Batch).await;
    let begun = one.clock.now();
    for _ in 0..2 {
        for permit in [ask(&one).await, ask(&other).await] {
            let permit = permit.expect("the table is there");
            assert!(matches!(permit, Permit::Granted(_)), "{permit:?}");
        }
    }
    let governor = reserved(&tenant).await.expect("moments were reserved");
    let next: Timestamp =
        governor["next_batch"]["S"].as_str().expect("a time").parse().expect("a time");
    // A minute divided by 39 for each.
    assert!(next >= begun + SignedDuration::from_millis(4 * 60_000 / 39), "{begun}: {governor}");
    shared.close().await;
}
