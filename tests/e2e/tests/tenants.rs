//! Tenants never meet: not in the table, not in QuickBooks, not in the queue.

use e2e::Tenant;
use e2e::records::{bill, bill_of, paid, payment};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::Value;

/// The companies that the links of an answer lead to.
fn companies(answer: &e2e::Answer) -> Vec<String> {
    let objects = answer.body["posting"]["objects"].as_array().cloned().unwrap_or_default();
    let company = |object: &Value| {
        let url = object["url"].as_str().unwrap_or_default();
        url.split("companyId=").nth(1).unwrap_or_default().to_owned()
    };
    objects.iter().map(company).collect()
}

#[tokio::test]
async fn equal_ids_of_two_tenants_are_different_records() {
    let (one, other) = tokio::join!(Tenant::connected(), Tenant::connected());
    let posted = one.put_bill("B1", &paid(bill(1, "B-1", "10.00"))).await.posted();
    assert_eq!(companies(&posted), [one.realm.clone(), one.realm.clone()]);
    // The other tenant has the same agents, items and numbers, and sees nothing of it.
    for (method, rest) in [(Method::GET, "bills/B1"), (Method::POST, "bills/B1/sync")] {
        let answer = other.call("billing-invoice", method, &other.path(rest), None).await;
        answer.problem(404, "unknown_record");
    }
    assert!(other.ours("invoice").await.is_empty());

    // Even with the same version and other content, this is another record.
    let theirs = other.put_bill("B1", &bill(1, "B-1", "99.00")).await.posted();
    assert_eq!((theirs.outcome(), companies(&theirs)), ("created", vec![other.realm.clone()]));
    assert_eq!(theirs.object("Invoice")["total"], "99.00");
    assert_eq!(one.bill("B1").await.object("Invoice")["total"], "10.00");
    one.put_bill("B1", &paid(bill(2, "B-1", "20.00"))).await.posted();
    assert_eq!(other.bill("B1").await.object("Invoice")["total"], "99.00");
    for (tenant, total) in [(&one, "20"), (&other, "99")] {
        let invoices = tenant.ours("invoice").await;
        assert_eq!(invoices.len(), 1);
        assert_eq!(invoices[0]["TotalAmt"].to_string().trim_end_matches(".00"), total);
        tenant.assert_balanced().await;
    }
}

#[tokio::test]
async fn a_payment_pays_bills_of_its_own_tenant_only() {
    let (one, other) = tokio::join!(Tenant::connected(), Tenant::connected());
    one.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    let paying = payment(1, "10.00", &[("B1", "10.00")]);
    other.put_payment("P1", &paying).await.waits("blocked", "waiting_for_bill");
    let payments = one.call("billing-payment", Method::GET, &one.path("payments/P1"), None).await;
    payments.problem(404, "unknown_record");
    one.call("billing-payment", Method::DELETE, &one.path("payments/P1"), None)
        .await
        .problem(404, "unknown_record");

    other.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    let posted = other.payment_becomes("P1", "posted").await;
    assert_eq!(companies(&posted), std::slice::from_ref(&other.realm));
    assert_eq!(one.bill("B1").await.object("Invoice")["balance"], "10.00");
    assert!(one.ours("payment").await.is_empty());
    other.comes_to_rest().await;
}

#[tokio::test]
async fn what_one_tenant_does_wakes_changes_and_ends_nothing_of_another() {
    let (one, other) = tokio::join!(Tenant::new(), Tenant::new());
    one.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "not_connected");
    other.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "not_connected");
    other.connects().await;
    other.choose_accounts().await;
    other.bill_becomes("B1", "posted").await;
    assert_eq!(one.bill("B1").await.state(), "blocked");
    one.connects().await;
    one.choose_accounts().await;
    one.bill_becomes("B1", "posted").await;

    assert_eq!(one.disconnect().await.status, 200);
    other.put_bill("B2", &bill(1, "B-2", "10.00")).await.posted();
    one.put_bill("B2", &bill(1, "B-2", "10.00")).await.waits("blocked", "not_connected");
    assert!(one.invoices("B-2").await.is_empty());
    for tenant in [&one, &other] {
        tenant.comes_to_rest().await;
    }
}

#[tokio::test]
async fn two_busy_tenants_with_the_same_ids_each_get_their_own() {
    let (one, other) = tokio::join!(Tenant::connected(), Tenant::connected());
    let ids: Vec<String> = (1..=8).map(|n| format!("B{n}")).collect();
    let send = async |tenant: &Tenant, amount: &str| {
        join_all(ids.iter().enumerate().map(async |(n, id)| {
            // New agents and old ones, so that names and links are made while others are made.
            let record = bill_of(&format!("A{}", n % 3), 1, id, amount);
            let answer = tenant.put_bill(id, &record).await;
            assert!([200, 202].contains(&answer.status), "{}", answer.body);
        }))
        .await;
        for id in &ids {
            tenant.bill_becomes(id, "posted").await;
        }
        tenant.comes_to_rest().await;
    };
    tokio::join!(send(&one, "11.00"), send(&other, "22.00"));
    for (tenant, total) in [(&one, "11"), (&other, "22")] {
        let invoices = tenant.ours("invoice").await;
        let mut numbers: Vec<_> =
            invoices.iter().filter_map(|invoice| invoice["DocNumber"].as_str()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ids, "each bill once");
        let own = |invoice: &Value| {
            invoice["TotalAmt"].to_string().trim_end_matches("0").trim_end_matches('.') == total
        };
        assert!(invoices.iter().all(own), "{invoices:?}");
        let customers = tenant.objects("customer").await;
        let agents = customers.iter().filter(|customer| {
            customer["DisplayName"].as_str().is_some_and(|name| name.starts_with("Agent A"))
        });
        assert_eq!(agents.count(), 3, "each agent is one customer");
        tenant.assert_balanced().await;
    }
}

#[tokio::test]
async fn ids_of_tenants_are_taken_as_they_are_or_refused() {
    let tenant = Tenant::connected().await;
    // Case counts: these are other tenants.
    let shouted = Tenant { id: tenant.id.to_uppercase(), realm: tenant.realm.clone() };
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    shouted.bill("B1").await.problem(404, "unknown_record");
    shouted.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "not_connected");
    for odd in [
        "a%20b".to_owned(),
        "a%23b".to_owned(),
        "T%23x".to_owned(),
        format!("{}%00", tenant.id),
        format!("{}%0A", tenant.id),
        "%E2%98%83".to_owned(),
        "x".repeat(101),
    ] {
        let odd = Tenant { id: odd, realm: tenant.realm.clone() };
        let mark = tenant.mark().await;
        odd.put_bill("B1", &bill(1, "B-9", "10.00")).await.problem(400, "bad_id");
        odd.bill("B1").await.problem(400, "bad_id");
        odd.connection().await.problem(400, "bad_id");
        assert!(tenant.journal(mark).await.is_empty());
    }
    let longest = Tenant { id: "x".repeat(100), realm: tenant.realm.clone() };
    assert_eq!(longest.connection().await.status, 200);
}
