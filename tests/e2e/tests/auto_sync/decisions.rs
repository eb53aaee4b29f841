//! What a person decides about single records: on hold, released, left removed.

use e2e::Tenant;
use e2e::records::{bill, payment};
use serde_json::{Value, json};

use super::{charged, sale, switch, tenant};

/// Waits until as many postings are listed as held; the index takes its time.
async fn held(tenant: &Tenant, narrowed: &str, count: usize) -> Vec<Value> {
    e2e::until(&format!("{count} held postings"), async || {
        let listed = tenant.postings("held", narrowed).await;
        (listed.len() == count).then_some(listed)
    })
    .await
}

/// S0-03: switching on is for what comes; what is held already waits for someone who looks at it.
#[tokio::test]
async fn switching_on_releases_nothing_and_releasing_posts_what_was_picked() {
    let tenant = tenant().await;
    for id in ["B1", "B2"] {
        tenant.bill_happens(id, &charged(bill(1, id, "10.00"), "succeeded")).await;
    }
    tenant.disbursement_happens("D1", &sale("D-1").value()).await;
    let paying = charged(payment(1, "10.00", &[("B1", "10.00")]), "succeeded");
    tenant.payment_happens("P1", &paying).await;
    switch(&tenant, true, true).await;
    let listed = held(&tenant, "", 5).await;
    let parts = listed.iter().filter(|posting| posting["kind"] == "disbursement");
    let parts: Vec<_> = parts.map(|part| (&part["workflow"], &part["payee"])).collect();
    assert_eq!(
        parts,
        [(&json!("brokerage_income"), &Value::Null), (&json!("agent_expense"), &json!("A1"))]
    );
    assert!(listed.iter().all(|posting| posting["reason"]["code"] == "auto_sync_off"));

    let none = tenant.release(&json!({"code": "on_hold"})).await;
    assert_eq!((none.status, &none.body["queued"]), (202, &json!(0)), "{}", none.body);
    let one = tenant.release(&json!({"kind": "bill", "id": "B1"})).await;
    assert_eq!((one.status, &one.body["queued"]), (202, &json!(1)), "{}", one.body);
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.bill("B2").await.state(), "held");
    let parts = tenant.release(&json!({"kind": "disbursement"})).await;
    assert_eq!(parts.body["queued"], 2, "{}", parts.body);
    tenant.disbursement_becomes("D1", "posted").await;
    let rest = tenant.release(&json!({})).await;
    assert_eq!(rest.status, 202, "{}", rest.body);
    tenant.bill_becomes("B2", "posted").await;
    tenant.payment_becomes("P1", "posted").await;
    held(&tenant, "", 0).await;
    for number in ["B1", "B2", "D-1"] {
        assert_eq!(tenant.invoices(number).await.len(), 1, "{number}");
    }
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-03: what a person holds back, no event posts.
#[tokio::test]
async fn what_is_on_hold_stays_there_until_a_person_says_otherwise() {
    let tenant = tenant().await;
    switch(&tenant, true, true).await;
    tenant.settings(&json!({"auto_sync": {"billing_when_card_charged": true}})).await;
    tenant.hold("bill", "B1").await.problem(404, "unknown_record");
    tenant.bill_happens("B1", &bill(1, "B-1", "10.00")).await.rests("held", "not_charged");
    let held = tenant.hold("bill", "B1").await;
    assert_eq!((held.status, &held.body["held"]), (200, &json!(1)), "{}", held.body);
    let mark = tenant.mark().await;
    let succeeded = charged(bill(1, "B-1", "10.00"), "succeeded");
    let mut next = succeeded.clone();
    next["version"] = json!(2);
    tenant.bill_happens("B1", &next).await.rests("held", "on_hold");
    tenant.bill_happens("B1", &next).await.rests("held", "on_hold");
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    tenant.sync_bill("B1").await.posted();
    tenant.hold("bill", "B1").await.problem(409, "nothing_to_hold");

    // A newer version of what is posted can be held back as well.
    tenant.step(e2e::BILLING, "pause").await;
    let changed = tenant.put_bill("B1", &bill(3, "B-1", "12.00")).await;
    changed.waits("blocked", "workflow_paused");
    assert_eq!(tenant.hold("bill", "B1").await.status, 200);
    tenant.step(e2e::BILLING, "run").await;
    tenant.comes_to_rest().await;
    assert_eq!(tenant.bill("B1").await.code(), "on_hold");
    assert_eq!(tenant.invoices("B-1").await[0]["TotalAmt"].to_string(), "10");
    let released = tenant.release(&json!({"code": "on_hold"})).await;
    assert_eq!(released.status, 202, "{}", released.body);
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.invoices("B-1").await[0]["TotalAmt"].to_string(), "12");

    // A disbursement is held as a whole.
    let early = sale("D-1").percent("95");
    tenant.disbursement_happens("D1", &early.value()).await.rests("held", "not_complete");
    let held = tenant.hold("disbursement", "D1").await;
    assert_eq!((held.status, &held.body["held"]), (200, &json!(2)), "{}", held.body);
    let complete = early.version(2).percent("100").value();
    let still = tenant.disbursement_happens("D1", &complete).await.rests("held", "on_hold");
    assert_eq!(still.expense("A1")["reason"]["code"], "on_hold", "{}", still.body);
    tenant.sync_disbursement("D1").await.posted();
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S1-27: what a person removed in QuickBooks is reported with both ways out, and either is theirs to take.
#[tokio::test]
async fn a_document_removed_in_quickbooks_is_left_removed_or_made_again() {
    let tenant = tenant().await;
    switch(&tenant, true, true).await;
    let invoice = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted().id("Invoice");
    tenant.unlink("bill", "B1").await.problem(409, "nothing_to_unlink");
    tenant.unlink("bill", "B9").await.problem(404, "unknown_record");
    tenant.bookkeeper_does("delete", "invoice", &invoice).await;
    // Nothing reads QuickBooks unasked; a person who wants to know asks for it.
    let unnoticed = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    assert_eq!(unnoticed.outcome(), "unchanged");
    let noticed = tenant.sync_bill_with("B1", &json!({"verify": true})).await;
    let noticed = noticed.rests("rejected", "gone_in_quickbooks");
    let choices = &noticed.body["posting"]["reason"]["choices"];
    assert_eq!(choices, &json!(["recreate", "unlink"]));

    let left = tenant.unlink("bill", "B1").await;
    assert_eq!((left.status, &left.body["unlinked"]), (200, &json!(1)), "{}", left.body);
    tenant.unlink("bill", "B1").await.problem(409, "nothing_to_unlink");
    let mark = tenant.mark().await;
    let charged = |version: u64| charged(bill(version, "B-1", "12.00"), "succeeded");
    for answer in [
        tenant.bill("B1").await,
        tenant.bill_happens("B1", &charged(2)).await,
        tenant.put_bill("B1", &charged(3)).await,
    ] {
        answer.rests("skipped", "unlinked");
    }
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    assert!(tenant.invoices("B-1").await.is_empty());
    let again = tenant.sync_bill("B1").await.posted();
    assert_ne!(again.id("Invoice"), invoice);
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-03: what is on its way to QuickBooks right now can be neither held nor left; the answer says to come again.
#[tokio::test]
async fn a_record_that_is_being_posted_is_not_decided_about() {
    let tenant = tenant().await;
    let slow = json!({"kind": "delay", "milliseconds": 1500});
    tenant.fault(json!({"entity": "Invoice", "operation": "create", "action": slow})).await;
    let record = bill(1, "B-1", "10.00");
    let decide = async {
        e2e::until("the posting to be under way", async || {
            (tenant.bill("B1").await.state() == "posting").then_some(())
        })
        .await;
        (tenant.hold("bill", "B1").await, tenant.unlink("bill", "B1").await)
    };
    let (posted, (held, unlinked)) = tokio::join!(tenant.put_bill("B1", &record), decide);
    assert!([200, 202].contains(&posted.status), "{}", posted.body);
    for refused in [held, unlinked] {
        let refused = refused.problem(409, "already_working");
        assert_eq!(refused.body["retryable"], true, "{}", refused.body);
    }
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.comes_to_rest().await;
}
