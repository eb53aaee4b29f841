//! More changes than one answer holds, and more time than QuickBooks tells changes of.

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::books::{metered, outline};
use e2e::pulls::changes_asked;
use e2e::{Crash, Tenant, When, until, within};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{applied, did, nothing_new, record};

/// Of a pull of three thousand payments, however often it is cut off: an invocation whose time is up after a question leaves
/// the next one something to ask again.
const MOST_READS: usize = 40;
/// Of one that is rarely cut off: twice what changed, four pages, a bill or two, and some pages again.
const FEW_READS: usize = 16;

/// The local functions work for two seconds at a time, one message after the other, whosever it is.
const MANY_TURNS: Duration = Duration::from_secs(600);

/// A tenant with a bill of 9,000.00 whose company behaves in a certain way.
async fn with_a_bill(switches: Value) -> (Tenant, String) {
    let tenant = Tenant::pulling().await;
    tenant.switch(switches).await;
    let bill = tenant.bills_of("D1", &record("D-1", "9000.00"), &["A1"]).await.remove(0);
    (tenant, bill)
}

/// A person pays a bill many times, a cent each.
async fn pays_often(tenant: &Tenant, bill: &str, count: usize) {
    let form = json!({"bill": bill, "count": count, "amount": "0.01"});
    tenant.bookkeeper("bulk-bill-payments", form).await;
}

/// Asks for the payments, and waits until all of them were looked at, in the queue if need be.
async fn pull_all(tenant: &Tenant) {
    let before = tenant.stored_pull().await["pulled_at"].clone();
    let asked = tenant.ask_for_payments().await;
    assert!([200, 202].contains(&asked.status), "{}", asked.body);
    within(MANY_TURNS, "the pull to come to its end", async || {
        let now = tenant.stored_pull().await;
        assert!(now["problem"].is_null(), "{now}");
        (now["pulled_at"] != before && now["pass"].is_null()).then_some(())
    })
    .await;
}

/// Asserts that every payment came, once.
async fn assert_all_came(tenant: &Tenant, count: usize) {
    let payments = tenant.issued_payments("&state=synced").await;
    let ids: BTreeSet<&str> =
        payments.iter().filter_map(|payment| payment["id"].as_str()).collect();
    assert_eq!((payments.len(), ids.len()), (count, count));
    assert!(payments.iter().all(|payment| payment["applied"][0]["amount"] == "0.01"));
}

/// A29: whichever thousand of three thousand changes QuickBooks tells, all arrive, each once, with few metered reads.
#[tokio::test]
async fn three_thousand_changed_payments_in_one_window_arrive_once_each() {
    let mut fewest = MOST_READS;
    for kept in ["oldest_first", "newest_first"] {
        let (tenant, bill) = with_a_bill(json!({"cdc_over_1000": kept})).await;
        tenant.advance(600).await;
        pays_often(&tenant, &bill, 3000).await;
        let mark = tenant.mark().await;
        pull_all(&tenant).await;
        let calls = tenant.calls_since(mark).await;
        let what = format!("{kept}: {:?}", outline(&calls));
        assert_eq!(metered(&calls), calls.len(), "{what}");
        assert!(changes_asked(&calls) <= 4 && calls.len() <= MOST_READS, "{what}");
        fewest = fewest.min(calls.len());
        assert_all_came(&tenant, 3000).await;
        assert_eq!(tenant.open_on("D1", "A1").await, "8970.00", "{kept}");
        // The next window has all of them in common with this one, and the one after it nothing.
        tenant.advance(600).await;
        pull_all(&tenant).await;
        tenant.advance(600).await;
        let mark = tenant.mark().await;
        nothing_new(&tenant.pull().await, 0);
        assert_eq!(metered(&tenant.calls_since(mark).await), 1, "{kept}");
    }
    assert!(fewest <= FEW_READS, "{fewest}");
}

/// What was deleted is found too when its deletion is among what an answer had no room for.
#[tokio::test]
async fn a_deletion_among_more_changes_than_one_answer_holds_is_noticed() {
    let (tenant, bill) = with_a_bill(json!({"cdc_over_1000": "by_entity"})).await;
    let known = tenant.pay(&bill, "50.00").await;
    tenant.advance(60).await;
    pull_all(&tenant).await;
    // Within the overlap of the windows, and beyond it.
    for (seconds, count) in [(60, 1100), (600, 2200)] {
        let other = tenant.pay(&bill, "1.00").await;
        pull_all(&tenant).await;
        tenant.advance(seconds).await;
        pays_often(&tenant, &bill, 1100).await;
        tenant.bookkeeper_does("delete", "billpayment", &other).await;
        pull_all(&tenant).await;
        assert_eq!(
            tenant.issued(&other).await.body["issued_payment"]["state"],
            "gone",
            "{seconds}"
        );
        let synced = tenant.issued_payments("&state=synced").await.len();
        assert_eq!(synced, count + 1, "{seconds}");
    }
    assert_eq!(tenant.issued(&known).await.body["issued_payment"]["state"], "synced");
}

/// S3-17, A29: nobody looked for more than the thirty days of which QuickBooks tells changes.
#[tokio::test]
async fn a_gap_of_more_than_thirty_days_is_closed_deletions_included() {
    for answer in ["fault4001", "fault2060", "clamp"] {
        let tenant = Tenant::new().await;
        tenant.switch(json!({"cdc_over_30_days": answer})).await;
        let now: Timestamp = clock(&tenant).await;
        let past = now - SignedDuration::from_hours(24 * 45);
        tenant.set_clock(&past.to_string()).await;
        tenant.connects().await;
        for template in ["brokerage_income_invoice", "agent_expense_bill"] {
            tenant.set_up(template).await;
        }
        tenant.pull_on().await;
        let bill = tenant.bills_of("D1", &record("D-1", "9000.00"), &["A1"]).await.remove(0);
        let [kept, old, edited] = [
            tenant.pay(&bill, "1.00").await,
            tenant.pay(&bill, "2.00").await,
            tenant.pay(&bill, "4.00").await,
        ];
        tenant.pull().await;
        tenant.advance(900).await;
        let young = tenant.pay(&bill, "8.00").await;
        tenant.pull().await;
        assert_eq!(tenant.issued_payments("&state=synced").await.len(), 4);

        tenant.set_clock(&now.to_string()).await;
        for gone in [&old, &young] {
            tenant.bookkeeper_does("delete", "billpayment", gone).await;
        }
        tenant
            .bookkeeper_does_with("edit", "billpayment", &edited, json!({"amount": "16.00"}))
            .await;
        let new = tenant.pay(&bill, "32.00").await;
        let mark = tenant.mark().await;
        let pulled = tenant.pull().await;
        assert_eq!(did(&pulled)[1..5], [1, 1, 0, 2], "{answer}: {pulled}");
        let calls = tenant.calls_since(mark).await;
        assert_eq!(changes_asked(&calls), 0, "it is known to be too long ago");
        // The payments, twice since the token had expired; a bill; which payments are left; that bill again.
        assert!(metered(&calls) <= 5, "{:?}", outline(&calls));
        for (payment, state, amount) in [
            (&kept, "synced", "1.00"),
            (&old, "gone", "2.00"),
            (&young, "gone", "8.00"),
            (&edited, "synced", "16.00"),
            (&new, "synced", "32.00"),
        ] {
            let shown = tenant.issued(payment).await.body["issued_payment"].clone();
            assert_eq!(
                (&shown["state"], applied(&shown)[0][2]),
                (&json!(state), amount),
                "{shown}"
            );
        }
        assert_eq!(tenant.open_on("D1", "A1").await, "8951.00");
        nothing_new(&tenant.pull().await, 2 + 2);
    }
}

/// A look at everything that was cut off goes on where it was.
#[tokio::test]
async fn a_long_pull_that_is_cut_off_goes_on_where_it_was() {
    let (tenant, bill) = with_a_bill(json!({})).await;
    tenant.advance(600).await;
    pays_often(&tenant, &bill, 2200).await;
    // It asks for the bill, for the first page, which holds nothing new, and then for the next ones.
    let death = Crash::at_operation(&tenant, &tenant.id, "/query", 3, When::Before).await;
    tenant.ask_for_payments().await;
    until("death", async || death.struck().await.then_some(())).await;
    death.revive().await;
    let stored = tenant.stored_pull().await;
    assert!(!stored["pass"]["M"]["stage"]["M"]["changed"].is_null(), "among pages: {stored}");
    let mark = tenant.mark().await;
    pull_all(&tenant).await;
    let calls = outline(&tenant.calls_since(mark).await);
    let rest = calls.iter().position(|call| call.ends_with(" cdc")).unwrap_or(calls.len());
    assert!(
        (2..=MOST_READS).contains(&rest),
        "first the rest of the pages, then what is news: {calls:?}"
    );
    assert_all_came(&tenant, 2200).await;
    assert_eq!(tenant.open_on("D1", "A1").await, "8978.00");
}

async fn clock(tenant: &Tenant) -> Timestamp {
    tenant.now().await.parse().expect("a clock has a time")
}
