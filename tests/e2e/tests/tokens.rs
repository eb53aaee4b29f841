//! Tokens: renewed once however many ask, never lost, and given up only when QuickBooks means it.

use e2e::books::outline;
use e2e::records::{bill, bill_of};
use e2e::{Crash, Tenant, When};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Longer than an access token lives.
const TWO_HOURS: i64 = 7200;

/// Asserts that each number is on exactly one invoice, and that nothing is left in the air.
async fn assert_each_posted_once(tenant: &Tenant, numbers: impl IntoIterator<Item = String>) {
    for number in numbers {
        assert_eq!(tenant.invoices(&number).await.len(), 1, "{number}");
    }
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

async fn status(tenant: &Tenant) -> Value {
    tenant.connection().await.body["connection"]["status"].clone()
}

#[tokio::test]
async fn a_burst_with_an_expired_token_refreshes_once_and_posts_each_bill_once() {
    let tenant = Tenant::warmed_up().await;
    tenant.advance(TWO_HOURS).await;
    let numbers: Vec<String> = (1..=20).map(|n| format!("B-{n}")).collect();
    join_all(numbers.iter().map(async |number| {
        let answer = tenant.put_bill(number, &bill(1, number, "10.00")).await;
        assert!([200, 202].contains(&answer.status), "{number}: {}", answer.body);
    }))
    .await;
    join_all(numbers.iter().map(|number| tenant.bill_becomes(number, "posted"))).await;
    assert_eq!(tenant.refreshes().await, 1);
    assert_each_posted_once(&tenant, numbers).await;
}

#[tokio::test]
async fn tokens_that_change_with_every_refresh_last_over_many_expiries() {
    for rotation in ["strict", "every_refresh", "daily"] {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(json!({"rotation": rotation})).await;
        for round in 1..=4_u64 {
            // Every other time a day passes, so that the daily rotation changes the token too.
            tenant.advance(if round % 2 == 0 { 25 * 3600 } else { TWO_HOURS }).await;
            let number = format!("B-{round}");
            tenant.put_bill(&number, &bill(1, &number, "10.00")).await.posted();
            // One after another in both functions, which keep tokens of their own.
            let paid = e2e::records::payment(1, "10.00", &[(&number, "10.00")]);
            tenant.put_payment(&format!("P{round}"), &paid).await.posted();
            assert_eq!(tenant.refreshes().await, round as usize, "{rotation}");
        }
        assert_each_posted_once(&tenant, (1..=4).map(|round| format!("B-{round}"))).await;
        assert_eq!(status(&tenant).await, "connected");
    }
}

#[tokio::test]
async fn a_connection_ended_in_quickbooks_waits_for_a_person_and_goes_on_in_order() {
    // S2-30, S4-003
    let tenant = Tenant::warmed_up().await;
    tenant.revoke_in_quickbooks().await;
    let mark = tenant.mark().await;
    let numbers: Vec<String> = (1..=6).map(|n| format!("B-{n}")).collect();
    for number in &numbers {
        let answer = tenant.put_bill(number, &bill(1, number, "10.00")).await;
        answer.waits("blocked", "needs_reconnect");
    }
    let connection = tenant.connection().await.body["connection"].clone();
    assert_eq!(connection["status"], "needs_reconnect");
    assert!(connection["reason"]["remedy"].as_str().is_some_and(|text| text.contains("connects")));
    // Only the first found out; nobody asks a dead connection again.
    let calls = outline(&tenant.journal(mark).await);
    assert_eq!(calls, ["Invoice create", " token_refresh"], "{calls:?}");

    assert_eq!(tenant.connect().await.status, 200);
    for number in &numbers {
        tenant.bill_becomes(number, "posted").await;
    }
    let mut invoices: Vec<(u64, String)> = tenant
        .ours("invoice")
        .await
        .iter()
        .filter(|invoice| invoice["DocNumber"] != "W-1")
        .map(|invoice| {
            let text = |name: &str| invoice[name].as_str().unwrap().to_owned();
            (text("Id").parse().unwrap(), text("DocNumber"))
        })
        .collect();
    invoices.sort_unstable();
    let created: Vec<String> = invoices.into_iter().map(|(_, number)| number).collect();
    assert_eq!(created, numbers, "they are posted in the order in which they came");
    assert_each_posted_once(&tenant, numbers).await;
}

#[tokio::test]
async fn a_connection_that_was_not_used_for_a_hundred_days_waits_for_a_person() {
    let tenant = Tenant::warmed_up().await;
    tenant.advance(101 * 24 * 3600).await;
    let answer = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
    answer.waits("blocked", "needs_reconnect");
    assert_eq!(status(&tenant).await, "needs_reconnect");
    assert_eq!(tenant.refreshes().await, 1);
    assert_eq!(tenant.connect().await.status, 200);
    tenant.bill_becomes("B1", "posted").await;
    assert_each_posted_once(&tenant, ["B-1".to_owned()]).await;
}

#[tokio::test]
async fn a_person_who_lost_access_to_the_company_has_to_be_replaced() {
    // S4-006
    let tenant = Tenant::warmed_up().await;
    tenant.switch(json!({"user_lost_access": true})).await;
    let answer = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
    answer.waits("blocked", "needs_reconnect");
    assert_eq!(status(&tenant).await, "needs_reconnect");
    tenant.switch(json!({"user_lost_access": false})).await;
    assert_eq!(tenant.connect().await.status, 200);
    tenant.bill_becomes("B1", "posted").await;
    assert_each_posted_once(&tenant, ["B-1".to_owned()]).await;
}

#[tokio::test]
async fn a_winner_that_dies_during_the_refresh_is_replaced_and_nothing_is_lost() {
    let deaths = [
        ("tokens/bearer", 1, When::Before),
        ("tokens/bearer", 1, When::After),
        ("PutSecretValue", 1, When::Before),
        ("PutSecretValue", 1, When::After),
        // The third change of the connection's item says that the refresh is done.
        ("UpdateItem", 3, When::Before),
        ("UpdateItem", 3, When::After),
    ];
    join_all(deaths.iter().map(async |&(operation, k, when)| {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(json!({"rotation": "every_refresh"})).await;
        let token = tenant.stored_token("refresh_token").await;
        tenant.advance(TWO_HOURS).await;
        let crash = Crash::at_operation(&tenant, &token, operation, k, when).await;
        let answer = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
        assert!(crash.struck().await, "{operation} {when:?} never came: {}", answer.body);
        assert_ne!(answer.status, 200, "{}", answer.body);
        crash.revive().await;
        // The host was not told that the record is safe, so it sends it again; another one comes in between.
        let other = tenant.put_bill("B2", &bill_of("A1", 1, "B-2", "20.00")).await;
        assert!([200, 202].contains(&other.status), "{operation} {when:?}: {}", other.body);
        let again = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
        assert!([200, 202].contains(&again.status), "{operation} {when:?}: {}", again.body);
        tenant.bill_becomes("B1", "posted").await;
        tenant.bill_becomes("B2", "posted").await;
        assert_eq!(status(&tenant).await, "connected", "{operation} {when:?}");
        let refreshes = tenant.refreshes().await;
        let expected = if operation == "tokens/bearer" && when == When::Before { 1 } else { 2 };
        assert!(refreshes <= expected, "{operation} {when:?}: {refreshes} refreshes");
        assert_each_posted_once(&tenant, ["B-1".to_owned(), "B-2".to_owned()]).await;
    }))
    .await;
}

#[tokio::test]
async fn a_token_service_that_is_down_is_asked_again_and_nobody_has_to_reconnect() {
    for action in [
        json!({"kind": "status", "status": 500}),
        json!({"kind": "status", "status": 503, "body": "<html>down</html>"}),
        json!({"kind": "status", "status": 429}),
        json!({"kind": "drop_before"}),
        json!({"kind": "commit_then_drop"}),
    ] {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(json!({"rotation": "every_refresh"})).await;
        tenant.advance(TWO_HOURS).await;
        tenant.fault(json!({"operation": "token_refresh", "action": action.clone()})).await;
        let answer = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
        answer.waits("queued", "quickbooks_unavailable");
        assert_eq!(status(&tenant).await, "connected", "{action}");
        tenant.bill_becomes("B1", "posted").await;
        assert_eq!(tenant.refreshes().await, 2, "{action}");
        assert_each_posted_once(&tenant, ["B-1".to_owned()]).await;
    }
}

#[tokio::test]
async fn wrong_credentials_of_the_application_are_the_operators_matter() {
    let tenant = Tenant::warmed_up().await;
    tenant.advance(TWO_HOURS).await;
    let action = json!({"kind": "oauth_error", "error": "invalid_client", "status": 401});
    tenant.fault(json!({"operation": "token_refresh", "times": 2, "action": action})).await;
    let answer = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
    let waits = answer.waits("queued", "application_misconfigured");
    let remedy = waits.body["posting"]["reason"]["remedy"].as_str().unwrap();
    assert!(remedy.contains("operator"), "{remedy}");
    assert_eq!(status(&tenant).await, "connected", "no customer can help by connecting again");
    tenant.bill_becomes("B1", "posted").await;
    assert_each_posted_once(&tenant, ["B-1".to_owned()]).await;
}

#[tokio::test]
async fn another_refresh_elsewhere_is_not_taken_for_a_dead_connection() {
    // A function that read the pair just before someone else replaced it: its refresh token is refused at once.
    let tenant = Tenant::warmed_up().await;
    tenant.switch(json!({"rotation": "strict"})).await;
    tenant.advance(TWO_HOURS).await;
    let numbers: Vec<String> = (1..=6).map(|n| format!("B-{n}")).collect();
    let payments = (1..=3).map(|n| format!("P{n}"));
    let bills = join_all(numbers.iter().map(async |number| {
        tenant.put_bill(number, &bill(1, number, "10.00")).await;
    }));
    // Payments of the warm-up bill's sort cannot be taken, but they need tokens of the other function meanwhile.
    let others = join_all(payments.map(async |id| {
        let payment = e2e::records::payment(1, "1.00", &[("B-1", "1.00")]);
        tenant.put_payment(&id, &payment).await;
    }));
    tokio::join!(bills, others);
    for number in &numbers {
        tenant.bill_becomes(number, "posted").await;
    }
    for n in 1..=3 {
        tenant.payment_becomes(&format!("P{n}"), "posted").await;
    }
    assert_eq!(status(&tenant).await, "connected");
    assert_eq!(tenant.refreshes().await, 1);
    assert_each_posted_once(&tenant, numbers).await;
}
