//! Disbursements on the screens of people who operate: what waits, what was done, and by whose wish.

use e2e::records::Disbursement;
use e2e::{Tenant, until};
use reqwest::Method;
use serde_json::json;

use super::{BILL, INVOICE, RECEIPT, booked, documents, happens, put, stands, sync, sync_with};

/// S4-300, S4-302: each part of each version is a line, with whom it is for, on the screen and in the CSV.
#[tokio::test]
async fn history_tells_what_became_of_each_part() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    let first = Disbursement::new(1, "D-1").without("F1");
    put(&tenant, "D1", &first).await.posted();
    let changed = first.version(2).share("3000.00").split("A1", "10000.00").without("R1");
    put(&tenant, "D1", &changed).await.posted();
    let history = tenant.ask("history?kind=disbursement&limit=100").await;
    let lines = history.body["history"].as_array().expect("a list");
    let told: Vec<&str> =
        lines.iter().rev().filter_map(|line| line["description"].as_str()).collect();
    let expected = [
        "Income of disbursement D-1 of 14500.00 USD was created in QuickBooks.",
        "Expense for Ann Smith of disbursement D-1 of 8705.00 USD was created in QuickBooks.",
        "Expense for Lakeside Realty of disbursement D-1 of 1500.00 USD was created in QuickBooks.",
        "Income of disbursement D-1 of 13000.00 USD was updated in QuickBooks.",
        "Expense for Ann Smith of disbursement D-1 of 9705.00 USD was updated in QuickBooks.",
        "Expense for R1 of disbursement D-1 of 0.00 USD was voided in QuickBooks.",
    ];
    assert_eq!(told, expected);
    let csv = tenant.ask("history.csv?record=D1").await;
    let rows = csv.body.as_str().expect("a text").split_terminator("\r\n").count();
    assert_eq!(rows, 1 + expected.len(), "{}", csv.body);
}

/// S4-261, S4-262: the rules of the workflow leave it out; a person who asks for just this one may override them.
#[tokio::test]
async fn a_person_may_override_the_rules_for_one_disbursement() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    for template in [INVOICE, BILL] {
        tenant.set_up_with(template, json!({"cut_off": "2026-06-01"})).await;
    }
    let record = Disbursement::new(1, "D-1").closed_on("2026-05-31");
    let mark = tenant.mark().await;
    let skipped = stands(put(&tenant, "D1", &record).await, "skipped", "before_cut_off");
    assert_eq!(skipped.body["parts"].as_array().map(Vec::len), Some(4));
    stands(sync(&tenant, "D1").await, "skipped", "before_cut_off");
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    sync_with(&tenant, "D1", json!({"override_rules": true})).await.posted();
    assert_eq!(tenant.effect().await, booked(INVOICE, 1_500_000, BILL, 1_070_500));
}

/// S0-03, S4-264: what is held is listed part by part, and released by a person all at once.
#[tokio::test]
async fn what_is_held_is_listed_with_its_parts_and_released_together() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    for n in 1..=3 {
        let record = Disbursement::new(1, &format!("D-{n}")).without("F1");
        stands(happens(&tenant, &format!("D{n}"), &record).await, "held", "auto_sync_off");
    }
    let held = until("nine held postings", async || {
        let held = tenant.postings("held", "&kind=disbursement").await;
        (held.len() == 9).then_some(held)
    })
    .await;
    let of_first: Vec<_> = held.iter().filter(|posting| posting["id"] == "D1").collect();
    let payees: Vec<_> = of_first.iter().filter_map(|posting| posting["payee"].as_str()).collect();
    assert_eq!((of_first.len(), payees.len()), (3, 2), "{of_first:?}");
    assert!(of_first.iter().any(|posting| posting["workflow"] == "brokerage_income"));
    let released = tenant.release(&json!({"kind": "disbursement"})).await;
    assert_eq!((released.status, &released.body["queued"]), (202, &json!(9)), "{}", released.body);
    for n in 1..=3 {
        tenant.disbursement_becomes(&format!("D{n}"), "posted").await;
    }
    tenant.comes_to_rest().await;
    assert_eq!(tenant.effect().await, booked(RECEIPT, 4_350_000, BILL, 3_061_500));
    assert_eq!(tenant.documents().await.len(), 9);
}

/// What a person put on hold stays so, whatever happens at the host, until a person says otherwise.
#[tokio::test]
async fn a_disbursement_on_hold_is_not_posted_by_events() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    tenant.auto_sync(true).await;
    let early = Disbursement::new(1, "D-1").percent("95");
    stands(happens(&tenant, "D1", &early).await, "held", "not_complete");
    let held = tenant.hold("disbursement", "D1").await;
    assert_eq!(held.status, 200, "{}", held.body);
    let done = early.version(2).percent("100");
    stands(happens(&tenant, "D1", &done).await, "held", "on_hold");
    assert!(tenant.effect().await.is_empty());
    sync(&tenant, "D1").await.posted();
    assert_eq!(tenant.effect().await, booked(RECEIPT, 1_500_000, BILL, 1_070_500));
    tenant.hold("disbursement", "D1").await.problem(409, "nothing_to_hold");
}

/// S0-04, S1-26: once posted, a disbursement that falls back below 100 % waits with its change, and its documents stay.
#[tokio::test]
async fn a_change_below_a_hundred_percent_waits_and_leaves_the_documents() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    tenant.auto_sync(true).await;
    let first = Disbursement::new(1, "D-1");
    let created = happens(&tenant, "D1", &first).await.posted();
    let back = first.version(2).percent("95").share("5000.00");
    let held = stands(happens(&tenant, "D1", &back).await, "held", "not_complete");
    assert_eq!(documents(&held), documents(&created), "{}", held.body);
    assert_eq!(tenant.effect().await, booked(RECEIPT, 1_500_000, BILL, 1_070_500));
    let done = back.version(3).percent("100");
    let updated = happens(&tenant, "D1", &done).await.posted();
    assert_eq!(documents(&updated), documents(&created));
    assert_eq!(tenant.effect().await, booked(RECEIPT, 1_600_000, BILL, 1_070_500));
}

/// S4-300: retrying all that was refused reaches the parts that were, and leaves the others alone.
#[tokio::test]
async fn parts_that_were_refused_are_tried_again_together() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    let refusal = json!({"kind": "reject", "code": "2020", "detail": "scripted"});
    tenant
        .fault(json!({"entity": "bill", "operation": "create", "times": 2, "action": refusal}))
        .await;
    let record = Disbursement::new(1, "D-1");
    let refused = stands(put(&tenant, "D1", &record).await, "rejected", "rejected_by_quickbooks");
    assert_eq!(refused.income()["state"], "posted", "{}", refused.body);
    until("two refused postings", async || {
        (tenant.postings("rejected", "&kind=disbursement").await.len() == 2).then_some(())
    })
    .await;
    let path = tenant.path("postings/retry");
    let wish = json!({"state": "rejected", "kind": "disbursement"});
    let queued = tenant.call("settings", Method::POST, &path, Some(&wish)).await;
    assert_eq!((queued.status, &queued.body["queued"]), (202, &json!(2)), "{}", queued.body);
    tenant.disbursement_becomes("D1", "posted").await;
    assert_eq!(tenant.effect().await, booked(RECEIPT, 1_500_000, BILL, 1_070_500));
    assert_eq!(tenant.documents().await.len(), 4);
}
