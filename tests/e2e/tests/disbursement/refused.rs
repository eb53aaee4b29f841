//! What is refused before anything is asked of QuickBooks, and who may ask for what.

use e2e::records::Disbursement;
use e2e::{Tenant, request, send, stack};
use reqwest::Method;
use serde_json::{Value, json};

use super::{BILL, RECEIPT, booked, happens, put, stands, sync};

/// S1-02: both sides are tied, to the cent, or nothing is sent at all.
#[tokio::test]
async fn totals_that_do_not_tie_are_refused_before_any_call() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    let mark = tenant.mark().await;
    let tied = Disbursement::new(1, "D-1").value();
    for gross in ["15000.01", "14999.99", "0.00", "1500000.00"] {
        let mut record = tied.clone();
        record["gross_commission"] = json!(gross);
        let refused = tenant.put_disbursement("D1", &record).await.problem(422, "invalid_fields");
        assert_eq!(refused.paths(), ["gross_commission"], "{}", refused.body);
        let error = &refused.body["errors"][0];
        assert_eq!(error["code"], "shares_differ");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(gross) && message.contains("15000.00"), "{message}");
    }
    let unpaid = Disbursement::new(1, "D-1")
        .with("/agents/0/deductions", json!([{"name": "Advance", "amount": "8705.01"}]));
    let refused = put(&tenant, "D1", &unpaid).await.problem(422, "invalid_fields");
    assert_eq!(refused.body["errors"][0]["code"], "payout_negative", "{}", refused.body);
    let two_names = Disbursement::new(1, "D-1").with("/referrals/0/id", json!("A1"));
    put(&tenant, "D1", &two_names).await.problem(422, "invalid_fields");
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    tenant.disbursement("D1").await.problem(404, "unknown_record");

    // To the cent: nothing but the last cent kept back is paid out as nothing.
    let nothing = Disbursement::new(1, "D-1")
        .with("/agents/0/deductions", json!([{"name": "Advance", "amount": "8705.00"}]));
    put(&tenant, "D1", &nothing).await.posted();
    assert_eq!(tenant.effect().await, booked(RECEIPT, 1_500_000, BILL, 200_000));
}

/// S1-25: any time after the disbursement exists, and not before. A draft is not posted, even when asked for.
#[tokio::test]
async fn a_disbursement_can_be_synced_as_soon_as_it_exists_and_not_before() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    sync(&tenant, "D1").await.problem(404, "unknown_record");
    tenant.disbursement("D1").await.problem(404, "unknown_record");
    let early = Disbursement::new(1, "D-1").percent("10");
    let mark = tenant.mark().await;
    let held = stands(happens(&tenant, "D1", &early).await, "held", "auto_sync_off");
    assert_eq!(tenant.calls_since(mark).await.len(), 0, "{}", held.body);
    sync(&tenant, "D1").await.posted();
    let draft = Disbursement::new(1, "D-2").status("draft");
    stands(put(&tenant, "D2", &draft).await, "skipped", "draft");
    stands(sync(&tenant, "D2").await, "skipped", "draft");
    let approved = Disbursement::new(2, "D-2");
    put(&tenant, "D2", &approved).await.posted();
    assert_eq!(tenant.effect().await, booked(RECEIPT, 3_000_000, BILL, 2_141_000));
}

/// S4-031: without a connection, a workflow or an account nothing is asked of QuickBooks.
#[tokio::test]
async fn without_an_account_chosen_nothing_is_asked_of_quickbooks() {
    let tenant = Tenant::new().await;
    let record = Disbursement::new(1, "D-1");
    stands(put(&tenant, "D1", &record).await, "blocked", "not_connected");
    tenant.connects().await;
    e2e::until("the connection to be noticed", async || {
        (tenant.disbursement("D1").await.code() == "workflow_not_active").then_some(())
    })
    .await;
    let mark = tenant.mark().await;
    let synced = stands(sync(&tenant, "D1").await, "blocked", "workflow_not_active");
    assert_eq!(synced.body["parts"].as_array().map(Vec::len), Some(4), "{}", synced.body);
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    // Once they run, what waited is posted by itself.
    for template in [RECEIPT, BILL] {
        tenant.set_up(template).await;
    }
    tenant.disbursement_becomes("D1", "posted").await;
    assert_eq!(tenant.effect().await, booked(RECEIPT, 1_500_000, BILL, 1_070_500));
    tenant.comes_to_rest().await;
}

/// The same number under another version of the content, an older version, the same again.
#[tokio::test]
async fn versions_decide_which_of_two_disbursements_counts() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    let second = Disbursement::new(2, "D-1");
    put(&tenant, "D1", &second).await.posted();
    let mark = tenant.mark().await;
    let older = second.clone().version(1).share("1.00");
    let answer = put(&tenant, "D1", &older).await;
    assert_eq!((answer.status, answer.outcome()), (200, "superseded"), "{}", answer.body);
    let reused = second.share("1.00").value();
    tenant.put_disbursement("D1", &reused).await.problem(409, "version_reused");
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    assert_eq!(tenant.effect().await, booked(RECEIPT, 1_500_000, BILL, 1_070_500));
}

/// One tenant's disbursement is nothing to another, even under the same id.
#[tokio::test]
async fn a_disbursement_is_its_tenants_own() {
    let (one, other) =
        tokio::join!(Tenant::disbursing(RECEIPT, BILL), Tenant::disbursing(RECEIPT, BILL));
    put(&one, "D1", &Disbursement::new(1, "D-1")).await.posted();
    other.disbursement("D1").await.problem(404, "unknown_record");
    sync(&other, "D1").await.problem(404, "unknown_record");
    other.unlink("disbursement", "D1").await.problem(404, "unknown_record");
    other.hold("disbursement", "D1").await.problem(404, "unknown_record");
    assert!(other.effect().await.is_empty());
    let theirs = Disbursement::simple(1, "D-1", "100.00", "200.00");
    put(&other, "D1", &theirs).await.posted();
    assert_eq!(other.effect().await, booked(RECEIPT, 30_000, BILL, 20_000));
    assert_eq!(one.effect().await, booked(RECEIPT, 1_500_000, BILL, 1_070_500));
}

/// Each call needs its role.
#[tokio::test]
async fn each_key_may_do_with_disbursements_what_its_role_says() {
    let tenant = Tenant::new().await;
    let record = Disbursement::new(1, "D-1").value();
    let calls: [(Method, &str, Option<&Value>, &[&str]); 3] = [
        (Method::GET, "disbursements/D1", None, &["read", "sync", "admin"]),
        (Method::PUT, "disbursements/D1", Some(&record), &["sync", "admin"]),
        (Method::POST, "disbursements/D1/sync", None, &["sync", "admin"]),
    ];
    for (method, path, body, allowed) in calls {
        for role in ["read", "sync", "admin"] {
            let mut call = request("disbursement", method.clone(), &tenant.path(path));
            if let Some(body) = body {
                call = call.json(body);
            }
            let answer = send(call.bearer_auth(&stack().api_keys_by_role[role])).await;
            if allowed.contains(&role) {
                assert!(
                    [200, 202, 404].contains(&answer.status),
                    "{method} {path} {role}: {}",
                    answer.body
                );
            } else {
                answer.problem(403, "role_insufficient");
            }
        }
        let call = request("disbursement", method, &tenant.path(path));
        send(call.bearer_auth("unknown")).await.problem(401, "unauthorized");
    }
}
