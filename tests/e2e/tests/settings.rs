//! Function settings: the tenant's switches, and what they leave alone.

use e2e::Tenant;
use e2e::workflows::BILLING;
use serde_json::{Value, json};

fn switches(disbursement: bool, billing: bool, agent_billing: bool) -> Value {
    let auto_sync =
        json!({"disbursement_at_100_percent": disbursement, "billing_when_card_charged": billing});
    json!({"auto_sync": auto_sync, "agent_billing": agent_billing})
}

/// S1-28: both switches are off until an admin turns them on, and what is not named stays.
#[tokio::test]
async fn each_switch_is_set_on_its_own_and_says_how_it_stands() {
    // Switches are no matter of a company.
    let tenant = Tenant::new().await;
    assert_eq!(tenant.ask("settings").await.body["settings"], switches(false, false, true));
    for (change, expected) in [
        (json!({"auto_sync": {"billing_when_card_charged": true}}), switches(false, true, true)),
        (json!({"auto_sync": {"disbursement_at_100_percent": true}}), switches(true, true, true)),
        (json!({"agent_billing": false}), switches(true, true, false)),
        (json!({}), switches(true, true, false)),
        (json!({"auto_sync": {}}), switches(true, true, false)),
        (switches(false, true, true), switches(false, true, true)),
    ] {
        let saved = tenant.settings(&change).await;
        assert_eq!((saved.status, &saved.body["settings"]), (200, &expected), "after {change}");
        assert_eq!(tenant.ask("settings").await.body["settings"], expected, "after {change}");
    }
}

#[tokio::test]
async fn what_is_no_switch_is_refused_by_its_path() {
    let tenant = Tenant::new().await;
    for (body, path) in [
        (
            json!({"auto_sync": {"billing_when_card_charged": "yes"}}),
            "auto_sync.billing_when_card_charged",
        ),
        (json!({"auto_sync": {"always": true}}), "auto_sync.always"),
        (json!({"auto_sync": true}), "auto_sync"),
        (json!({"agent_billing": 1}), "agent_billing"),
        (json!({"income_account": {"id": "1"}}), "income_account"),
    ] {
        let refused = tenant.settings(&body).await.problem(422, "invalid_fields");
        assert_eq!(refused.paths(), [path], "{body}");
    }
    assert_eq!(tenant.ask("settings").await.body["settings"], switches(false, false, true));
}

/// S1-10: the third workflow exists only for customers who use agent billing.
#[tokio::test]
async fn agent_billing_is_set_up_only_where_it_is_in_use() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    assert_eq!(tenant.settings(&json!({"agent_billing": false})).await.status, 200);
    let choices = e2e::workflows::choices(BILLING);
    tenant.use_template(BILLING, &choices).await.problem(409, "agent_billing_off");
    tenant.workflow(BILLING).await.problem(404, "unknown_workflow");
    // The other workflows are not concerned.
    tenant.set_up("brokerage_income_invoice").await;

    tenant.settings(&json!({"agent_billing": true})).await;
    assert_eq!(tenant.use_template(BILLING, &choices).await.status, 201);
    assert_eq!(tenant.step(BILLING, "apply").await.status, 200);
    tenant.settings(&json!({"agent_billing": false})).await;
    tenant.step(BILLING, "run").await.problem(409, "agent_billing_off");
    tenant.settings(&json!({"agent_billing": true})).await;
    assert_eq!(tenant.step(BILLING, "run").await.status, 200);
}

#[tokio::test]
async fn switches_and_a_form_that_are_saved_at_once_are_both_kept() {
    let tenant = Tenant::connected().await;
    let form = json!({"numbering": "quickbooks"});
    let switched = json!({"auto_sync": {"disbursement_at_100_percent": true}});
    let other = json!({"auto_sync": {"billing_when_card_charged": true}});
    let saved = tokio::join!(
        tenant.configure(BILLING, &form),
        tenant.settings(&switched),
        tenant.settings(&other),
    );
    assert_eq!((saved.0.status, saved.1.status, saved.2.status), (200, 200, 200));
    assert_eq!(tenant.ask("settings").await.body["settings"], switches(true, true, true));
    let kept = tenant.workflow(BILLING).await.body["workflow"].clone();
    assert_eq!(
        (&kept["configuration"]["numbering"], &kept["stage"]),
        (&json!("quickbooks"), &json!("active"))
    );
}
