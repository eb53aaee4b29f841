//! Records of one tenant that pile up go to QuickBooks together, and each is posted once, whatever becomes of the others.

use e2e::Tenant;
use e2e::books::{metered, outline};
use e2e::records::{bill, bill_of};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Batches among the calls.
fn batches(calls: &[Value]) -> Vec<&Value> {
    calls.iter().filter(|call| call["operation"] == "batch").collect()
}

/// Invoices that were asked for, in batches and alone.
fn creates(calls: &[Value]) -> usize {
    let creates = |it: &Value| it["entity"] == "Invoice" && it["operation"] == "create";
    let items = calls.iter().filter_map(|call| call["items"].as_array()).flatten();
    items.chain(calls).filter(|it| creates(it)).count()
}

/// Bills of these agents that wait for a person, numbered like their ids.
async fn hold(tenant: &Tenant, bills: &[(&str, &str)]) {
    for (id, agent) in bills {
        let bill = bill_of(agent, 1, id, "10.00");
        tenant.bill_happens(id, &bill).await.rests("held", "auto_sync_off");
    }
    e2e::until("the held bills to be listed", async || {
        (tenant.postings("held", "").await.len() == bills.len()).then_some(())
    })
    .await;
}

/// A person releases them at once; the calls since then.
async fn release(tenant: &Tenant, bills: &[&str]) -> u64 {
    hold(tenant, &bills.iter().map(|id| (*id, "A1")).collect::<Vec<_>>()).await;
    let mark = tenant.mark().await;
    let released = tenant.release(&json!({"kind": "bill"})).await;
    assert_eq!(released.status, 202, "{}", released.body);
    mark
}

async fn assert_posted_once(tenant: &Tenant, ids: &[&str]) {
    for id in ids {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id}");
    }
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

const BILLS: [&str; 6] = ["B1", "B2", "B3", "B4", "B5", "B6"];

#[tokio::test]
async fn twenty_bills_that_waited_for_the_connection_go_out_in_few_batches() {
    let tenant = Tenant::warmed_up().await;
    let mut costs = Vec::new();
    // An invocation that was begun late has no time to send what it prepared, and the next prepares it again.
    while costs.len() < 3 && costs.last() != Some(&(20, 20)) {
        costs.push(twenty_bills_after_a_consent(&tenant, costs.len()).await);
    }
    assert_eq!(costs.last(), Some(&(20, 20)), "intents and ends of twenty postings: {costs:?}");
}

/// Posts twenty bills in few batches; how many writes that took besides those of batches: puts and transactions.
async fn twenty_bills_after_a_consent(tenant: &Tenant, round: usize) -> (usize, usize) {
    tenant.disconnect().await;
    let ids: Vec<String> = (1..=20).map(|number| format!("B{round}-{number}")).collect();
    join_all(ids.iter().map(async |id| {
        tenant.put_bill(id, &bill(1, id, "10.00")).await.waits("blocked", "not_connected");
    }))
    .await;
    let (mark, operations) = (tenant.mark().await, tenant.operations_mark().await);
    tenant.connects().await;
    assert_posted_once(tenant, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let calls = tenant.calls_since(mark).await;
    assert_eq!(creates(&calls), 20, "{:?}", outline(&calls));
    let writes = calls.iter().filter(|call| call["metered"] == false).count();
    assert!(writes <= 6, "{:?}", outline(&calls));

    let operations = tenant.operations(operations).await;
    let named = |name: &str| {
        let is = |operation: &&Value| {
            operation["caller"] == "billing-invoice"
                && operation["status"] == 200
                && operation["operation"].as_str().is_some_and(|of| of.contains(name))
        };
        operations.iter().filter(is).count()
    };
    // Of each batch its own item, and that its moment was reserved.
    (named("PutItem") - 2 * batches(&calls).len(), named("TransactWriteItems"))
}

#[tokio::test]
async fn one_bad_bill_fails_alone() {
    let tenant = Tenant::warmed_up().await;
    // The sample company has an invoice of that number.
    let mark = release(&tenant, &["B1", "B2", "1037", "B3", "B4"]).await;
    assert_posted_once(&tenant, &["B1", "B2", "B3", "B4"]).await;
    tenant.bill_becomes("1037", "rejected").await.rests("rejected", "duplicate_number");
    assert!(tenant.invoices("1037").await.is_empty());
    let calls = tenant.calls_since(mark).await;
    assert!(!batches(&calls).is_empty(), "{:?}", outline(&calls));
    assert_eq!(creates(&calls), 5, "the good ones were sent once");
}

#[tokio::test]
async fn a_batch_without_an_answer_books_nothing_twice_and_loses_nothing() {
    let cases = ["on", "off"].into_iter().flat_map(|requestid| {
        let actions = [
            json!({"kind": "commit_then_drop"}),
            json!({"kind": "commit_then_status", "status": 504, "body": "<html>"}),
            json!({"kind": "drop_before"}),
            json!({"kind": "status", "status": 503, "body": "<html>"}),
        ];
        actions.map(|action| (requestid, action))
    });
    join_all(cases.map(async |(requestid, action)| {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(json!({"requestid": requestid, "warn_duplicate_doc_numbers": false})).await;
        tenant.fault(json!({"operation": "batch", "action": action})).await;
        let mark = release(&tenant, &BILLS).await;
        assert_posted_once(&tenant, &BILLS).await;
        let calls = tenant.calls_since(mark).await;
        assert!(!batches(&calls).is_empty(), "{:?}", outline(&calls));
    }))
    .await;
}

#[tokio::test]
async fn an_item_that_the_answer_does_not_have_is_found_and_not_sent_again() {
    join_all(["on", "off"].map(async |requestid| {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(json!({"requestid": requestid, "warn_duplicate_doc_numbers": false})).await;
        let omit = json!({"entity": "Invoice", "operation": "create", "after": 1, "action": {"kind": "omit"}});
        tenant.fault(omit).await;
        let mark = release(&tenant, &BILLS).await;
        assert_posted_once(&tenant, &BILLS).await;
        assert_eq!(creates(&tenant.calls_since(mark).await), BILLS.len(), "request ids {requestid}");
    }))
    .await;
}

#[tokio::test]
async fn an_item_that_is_throttled_rests_the_company_and_spends_no_attempt() {
    let tenant = Tenant::warmed_up().await;
    let throttle = json!({"entity": "Invoice", "operation": "create", "after": 1, "action": {"kind": "throttle"}});
    tenant.fault(throttle).await;
    let mark = release(&tenant, &BILLS).await;
    assert_posted_once(&tenant, &BILLS).await;
    for id in BILLS {
        let bill = tenant.bill(id).await;
        assert_eq!(bill.body["posting"]["attempts"], 0, "{}", bill.body);
    }
    assert_eq!(creates(&tenant.calls_since(mark).await), BILLS.len() + 1);
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_the_same_batch_sent_again() {
    let tenant = Tenant::warmed_up().await;
    tenant.fault(json!({"operation": "batch", "action": {"kind": "gateway_401"}})).await;
    let before = tenant.refreshes().await;
    let mark = release(&tenant, &BILLS).await;
    assert_posted_once(&tenant, &BILLS).await;
    assert_eq!(tenant.refreshes().await, before + 1);
    let calls = tenant.calls_since(mark).await;
    let ids: Vec<_> = batches(&calls).iter().map(|call| call["requestid"].clone()).collect();
    assert!(ids.len() >= 2 && ids[0] == ids[1], "{calls:?}");
    let refused = batches(&calls)[0]["items"].as_array().map_or(0, Vec::len);
    assert_eq!(creates(&calls), BILLS.len() + refused);
}

#[tokio::test]
async fn a_new_agent_is_looked_up_and_made_once_for_all_of_its_bills() {
    let tenant = Tenant::warmed_up().await;
    hold(&tenant, &BILLS.map(|id| (id, "A9"))).await;
    let mark = tenant.mark().await;
    tenant.release(&json!({"kind": "bill"})).await;
    assert_posted_once(&tenant, &BILLS).await;
    let calls = tenant.calls_since(mark).await;
    let made = calls
        .iter()
        .flat_map(|call| call["items"].as_array().cloned().unwrap_or_else(|| vec![call.clone()]));
    let made = made.filter(|it| it["entity"] == "Customer" && it["operation"] == "create").count();
    assert_eq!((made, metered(&calls)), (1, 1), "{:?}", outline(&calls));
    assert_eq!(creates(&calls), BILLS.len());
}

#[tokio::test]
async fn a_batch_that_is_refused_as_a_whole_goes_out_one_by_one() {
    let tenant = Tenant::warmed_up().await;
    let refuse =
        json!({"operation": "batch", "action": {"kind": "reject", "code": "1040", "status": 400}});
    tenant.fault(refuse).await;
    let mark = release(&tenant, &BILLS).await;
    assert_posted_once(&tenant, &BILLS).await;
    let calls = outline(&tenant.calls_since(mark).await);
    assert!(calls.iter().any(|call| call == "Invoice create"), "{calls:?}");
}
