//! Answers that are lost, calls that never arrive, and QuickBooks that asks for a rest: one document each, in the end.

use e2e::records::Disbursement;
use e2e::{Answer, Tenant};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{BILL, PAIRS, RECEIPT, booked, documents, kind, put};

/// Fails the next call of a kind.
async fn lose(tenant: &Tenant, entity: &str, operation: &str, times: u32, action: &Value) {
    let fault = json!({"entity": entity, "operation": operation, "times": times, "action": action});
    tenant.fault(fault).await;
}

/// A tenant whose parties are linked, and what it sends next.
async fn warmed_up(income: &str, expense: &str) -> Tenant {
    let tenant = Tenant::disbursing(income, expense).await;
    put(&tenant, "D0", &Disbursement::new(1, "D-0")).await.posted();
    tenant
}

/// Posted by itself, each document once.
async fn comes_out_right(tenant: &Tenant, income: &str, expense: &str) -> Answer {
    let posted = tenant.disbursement_becomes("D1", "posted").await;
    assert_eq!(
        tenant.effect().await,
        booked(income, 3_000_000, expense, 2_141_000),
        "{}",
        posted.body
    );
    assert_eq!(tenant.documents().await.len(), 8, "{}", posted.body);
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
    posted
}

/// QuickBooks booked it and the answer was lost, for each kind of document, whether or not QuickBooks remembers requests.
#[tokio::test]
async fn a_lost_answer_leaves_one_document_of_each_kind() {
    let cases = PAIRS.into_iter().flat_map(|pair| ["on", "off"].map(|memory| (pair, memory)));
    join_all(cases.map(async |((income, expense), memory)| {
        let tenant = warmed_up(income, expense).await;
        let numbers = json!({"requestid": memory, "warn_duplicate_doc_numbers": false});
        tenant.switch(numbers).await;
        let drop = json!({"kind": "commit_then_drop"});
        lose(&tenant, kind(income), "create", 1, &drop).await;
        lose(&tenant, kind(expense), "create", 2, &drop).await;
        let record = Disbursement::new(1, "D-1");
        let answer = tenant.put_disbursement("D1", &record.value()).await;
        assert_eq!((answer.status, answer.state()), (202, "queued"), "{}", answer.body);
        comes_out_right(&tenant, income, expense).await;
    }))
    .await;
}

/// The same while documents are changed and removed.
#[tokio::test]
async fn a_lost_answer_to_a_change_or_a_removal_does_it_once() {
    join_all(PAIRS.map(async |(income, expense)| {
        let tenant = warmed_up(income, expense).await;
        let first = Disbursement::new(1, "D-1");
        let created = put(&tenant, "D1", &first).await.posted();
        let drop = json!({"kind": "commit_then_drop"});
        for entity in [kind(income), kind(expense)] {
            lose(&tenant, entity, "update", 1, &drop).await;
        }
        let changed = first.version(2).share("3000.00").split("A1", "10000.00");
        let answer = tenant.put_disbursement("D1", &changed.value()).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        let updated = tenant.disbursement_becomes("D1", "posted").await;
        assert_eq!(documents(&updated), documents(&created), "{}", updated.body);
        assert_eq!(tenant.effect().await, booked(income, 3_000_000, expense, 2_241_000));
        for entity in [kind(income), kind(expense)] {
            for operation in ["void", "delete"] {
                lose(&tenant, entity, operation, 1, &drop).await;
            }
        }
        let canceled = changed.version(3).status("canceled");
        let answer = tenant.put_disbursement("D1", &canceled.value()).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        let gone = tenant.disbursement_becomes("D1", "posted").await;
        assert_eq!(documents(&gone), Vec::<String>::new(), "{}", gone.body);
        assert_eq!(tenant.effect().await, booked(income, 1_500_000, expense, 1_070_500));
        tenant.comes_to_rest().await;
    }))
    .await;
}

/// Calls that never arrive are made again, and a throttled company rests as a whole.
#[tokio::test]
async fn an_outage_or_a_throttle_in_the_middle_is_waited_for() {
    let actions = [
        json!({"kind": "drop_before"}),
        json!({"kind": "status", "status": 503, "body": "<html>"}),
        json!({"kind": "throttle"}),
    ];
    join_all(actions.iter().map(async |action| {
        let tenant = warmed_up(RECEIPT, BILL).await;
        lose(&tenant, "Bill", "create", 3, action).await;
        let record = Disbursement::new(1, "D-1");
        let answer = tenant.put_disbursement("D1", &record.value()).await;
        assert_eq!((answer.status, answer.state()), (202, "queued"), "{}", answer.body);
        assert_eq!(answer.income()["state"], "posted", "{}", answer.body);
        comes_out_right(&tenant, RECEIPT, BILL).await;
    }))
    .await;
}
