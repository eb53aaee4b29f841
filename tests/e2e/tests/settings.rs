//! Function settings: accounts and dates, checked with QuickBooks, waking what waited for them.

use e2e::Tenant;
use e2e::records::{bill, paid};
use serde_json::json;

/// S2-21, S4-031: a missing account blocks by name, and choosing it posts what waited.
#[tokio::test]
async fn a_missing_account_blocks_by_name_and_choosing_it_posts_what_waited() {
    let tenant = Tenant::new().await;
    tenant.connect().await;
    let mark = tenant.mark().await;
    let blocked = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
    assert_eq!(
        (blocked.status, blocked.state(), blocked.code()),
        (202, "blocked", "setting_missing")
    );
    assert!(blocked.body["posting"]["reason"]["remedy"].to_string().contains("income_account"));
    tenant.put_bill("B2", &paid(bill(1, "B-2", "10.00"))).await;
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    tenant.settings(&json!({"income_account": {"id": e2e::INCOME}})).await;
    tenant.bill_becomes("B1", "posted").await;
    let still = tenant.bill_becomes("B2", "blocked").await;
    assert!(
        still.body["posting"]["reason"]["remedy"].to_string().contains("deposit_account"),
        "{}",
        still.body
    );
    tenant.settings(&json!({"deposit_account": {"id": e2e::BANK}})).await;
    tenant.bill_becomes("B2", "posted").await;
    tenant.assert_balanced().await;
}

/// Accounts are checked when they are chosen: there, active, of a kind that fits.
#[tokio::test]
async fn an_account_that_does_not_fit_is_refused_with_what_fits() {
    let tenant = Tenant::connected().await;
    for (choice, path) in [
        (json!({"income_account": {"id": e2e::BANK}}), "income_account"),
        (json!({"deposit_account": {"id": e2e::INCOME}}), "deposit_account"),
        (json!({"income_account": {"id": "99999"}}), "income_account"),
    ] {
        let refused = tenant.settings(&choice).await.problem(422, "invalid_fields");
        assert!(refused.paths().iter().any(|found| found.starts_with(path)), "{}", refused.body);
    }
    let kept = tenant.call("settings", reqwest::Method::GET, &tenant.path("settings"), None).await;
    assert_eq!(kept.body["settings"]["income_account"]["id"], e2e::INCOME, "{}", kept.body);
}

#[tokio::test]
async fn accounts_cannot_be_chosen_before_a_company_is_connected() {
    let tenant = Tenant::new().await;
    tenant
        .settings(&json!({"income_account": {"id": e2e::INCOME}}))
        .await
        .problem(409, "not_connected");
    let date = tenant.settings(&json!({"transaction_date": "close_date"})).await;
    assert_eq!(date.status, 200, "{}", date.body);
}
