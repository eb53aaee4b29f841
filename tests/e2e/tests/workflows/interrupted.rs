//! Saving, running and pausing that meet records on their way. Those that are cut off are in the crash matrix.

use e2e::Tenant;
use e2e::records::{bill, paid};
use e2e::workflows::{BANK, BILLING, SAVINGS, choices};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::connected;

/// Sends bills all at once; each is posted by now, or waits.
async fn burst(tenant: &Tenant, ids: &[String]) {
    join_all(ids.iter().map(async |id| {
        let answer = tenant.put_bill(id, &paid(bill(1, id, "10.00"))).await;
        assert!([200, 202].contains(&answer.status), "{}", answer.body);
    }))
    .await;
}

async fn each_posted_once(tenant: &Tenant, ids: &[String]) {
    for id in ids {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id}");
    }
    assert_eq!(tenant.ours("payment").await.len(), ids.len());
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

fn ids(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("B{n}")).collect()
}

/// S0-16: whatever begins to wait at the moment a workflow is run is posted with the rest.
#[tokio::test]
async fn records_that_arrive_while_a_workflow_is_run_are_not_forgotten() {
    let tenant = connected().await;
    tenant.use_template(BILLING, &choices(BILLING)).await;
    tenant.step(BILLING, "apply").await;
    let all = ids(12);
    let (_, runs) = tokio::join!(burst(&tenant, &all), tenant.step(BILLING, "run"));
    assert_eq!(runs.status, 200, "{}", runs.body);
    each_posted_once(&tenant, &all).await;
}

/// S0-16: running and pausing again and again in the middle of a burst loses and repeats nothing.
#[tokio::test]
async fn pausing_and_running_in_the_middle_of_a_burst_loses_and_repeats_nothing() {
    let tenant = connected().await;
    tenant.set_up(BILLING).await;
    let all = ids(12);
    let steps = async {
        for step in ["pause", "run", "pause", "run", "pause", "run"] {
            let taken = tenant.step(BILLING, step).await;
            assert!([200, 503].contains(&taken.status), "{}", taken.body);
        }
    };
    tokio::join!(burst(&tenant, &all), steps);
    assert_eq!(tenant.step(BILLING, "run").await.status, 200);
    each_posted_once(&tenant, &all).await;
}

/// S0-14: a choice that is replaced while records run into it is noted for none of them for ever.
#[tokio::test]
async fn records_that_meet_a_choice_on_its_way_out_are_not_forgotten() {
    let tenant = connected().await;
    tenant.set_up_with(BILLING, json!({"deposit_account": {"id": SAVINGS}})).await;
    tenant.bookkeeper_does("inactivate", "account", SAVINGS).await;
    let all = ids(8);
    let another = json!({"deposit_account": {"id": BANK}});
    let (_, saved) = tokio::join!(burst(&tenant, &all), tenant.configure(BILLING, &another));
    assert_eq!(saved.status, 200, "{}", saved.body);
    each_posted_once(&tenant, &all).await;
    assert_eq!(tenant.workflow(BILLING).await.body["workflow"].get("problem"), None);
}

/// What is said of a workflow that nobody uses any more does not come back with the next one.
#[tokio::test]
async fn a_workflow_that_is_set_up_anew_begins_anew() {
    let tenant = connected().await;
    tenant.set_up_with(BILLING, json!({"deposit_account": {"id": SAVINGS}})).await;
    let first_run = tenant.workflow(BILLING).await.body["workflow"]["first_run_at"].clone();
    tenant.bookkeeper_does("inactivate", "account", SAVINGS).await;
    let blocked = tenant.put_bill("B1", &paid(bill(1, "B-1", "10.00"))).await;
    blocked.waits("blocked", "choice_unusable");
    tenant.step(BILLING, "pause").await;
    assert_eq!(tenant.remove_workflow(BILLING).await.status, 204);
    let used = tenant.use_template(BILLING, &choices(BILLING)).await;
    let workflow = &used.body["workflow"];
    assert_eq!((used.status, &workflow["stage"]), (201, &json!("draft")));
    assert_eq!((workflow.get("problem"), &workflow["first_run_at"]), (None, &Value::Null));
    for step in ["apply", "run"] {
        tenant.step(BILLING, step).await;
    }
    tenant.bill_becomes("B1", "posted").await;
    let again = tenant.workflow(BILLING).await.body["workflow"]["first_run_at"].clone();
    assert_ne!(again, first_run);
    tenant.comes_to_rest().await;
}

/// S2-30: without a connection nothing is chosen, but what runs can be stopped.
#[tokio::test]
async fn a_workflow_can_be_stopped_while_nobody_is_connected() {
    let tenant = Tenant::connected().await;
    let draft = json!({"expense_account": {"id": "9"}});
    assert_eq!(tenant.use_template("agent_expense_bill", &draft).await.status, 201);
    tenant.disconnect().await;
    let another = json!({"income_account": {"id": "5"}});
    tenant.configure(BILLING, &another).await.problem(409, "not_connected");
    tenant.step("agent_expense_bill", "apply").await.problem(409, "not_connected");
    let paused = tenant.step(BILLING, "pause").await;
    assert_eq!((paused.status, &paused.body["workflow"]["stage"]), (200, &json!("paused")));
    assert_eq!(tenant.connect().await.status, 200);
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "workflow_paused");
    tenant.revoke_in_quickbooks().await;
    let refused = tenant.configure(BILLING, &another).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(["not_connected", "needs_reconnect"].contains(&refused.code()), "{}", refused.body);
}
