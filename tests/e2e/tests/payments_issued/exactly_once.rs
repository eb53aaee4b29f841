//! Answers that are lost in a pull: nothing is lost with them, nothing comes twice. Deaths are in the crash matrix.

use e2e::{Tenant, until};
use serde_json::{Value, json};

use super::with_a_bill;

/// A tenant with three payments that came; since then one was entered, one voided, one deleted and one changed.
async fn prepared() -> Tenant {
    let (tenant, bill) = with_a_bill().await;
    let mut known = Vec::new();
    for amount in ["1.00", "2.00", "4.00"] {
        known.push(tenant.pay(&bill, amount).await);
    }
    tenant.pull().await;
    tenant.advance(60).await;
    tenant.pay(&bill, "8.00").await;
    tenant.bookkeeper_does("void", "billpayment", &known[0]).await;
    tenant.bookkeeper_does("delete", "billpayment", &known[1]).await;
    let form = json!({"amount": "16.00"});
    tenant.bookkeeper_does_with("edit", "billpayment", &known[2], form).await;
    tenant
}

/// All that the host sees, less what differs from run to run.
async fn seen(tenant: &Tenant) -> (Vec<Value>, Vec<String>, String) {
    let mut payments = tenant.issued_payments("").await;
    for payment in &mut payments {
        for pointer in
            ["/first_seen_at", "/updated_at", "/quickbooks/changed_at", "/quickbooks/url", "/id"]
        {
            if let Some(value) = payment.pointer_mut(pointer) {
                *value = Value::Null;
            }
        }
    }
    let mut story = tenant.story_of_payments().await;
    // What came with one answer is told at one moment, in any order.
    story.sort();
    (payments, story, tenant.open_on("D1", "A1").await)
}

/// The answer of QuickBooks never arrives: asked again, it is what it was.
#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again() {
    let undisturbed = prepared().await;
    undisturbed.pull().await;
    let expected = seen(&undisturbed).await;
    for action in [
        json!({"kind": "commit_then_drop"}),
        json!({"kind": "commit_then_status", "status": 502, "body": "<html>"}),
    ] {
        let tenant = prepared().await;
        tenant.fault(json!({"method": "GET", "action": action})).await;
        assert_eq!(tenant.ask_for_payments().await.status, 202);
        until("the payments", async || (tenant.issued_payments("").await.len() == 4).then_some(()))
            .await;
        tenant.pull().await;
        assert_eq!(seen(&tenant).await, expected, "{action}");
    }
}
