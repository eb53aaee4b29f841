//! One record, one document: whatever happens to calls, answers and processes.

use e2e::Tenant;
use e2e::books::{digits, metered, outline};
use e2e::records::{bill, paid};
use serde_json::{Value, json};

/// The invoice and the payment of bill B1, each exactly once, books in balance.
async fn assert_paid_once(tenant: &Tenant, amount: &str) {
    let invoices = tenant.invoices("B-1").await;
    assert_eq!(invoices.len(), 1, "invoices: {invoices:?}");
    assert_eq!(
        (invoices[0]["TotalAmt"].to_string(), invoices[0]["Balance"].to_string()),
        (amount.to_owned(), "0".to_owned())
    );
    let payments = tenant.ours("payment").await;
    let booked = payments.iter().filter(|payment| digits(&payment["TotalAmt"]) == amount).count();
    assert_eq!(booked, 1, "payments: {payments:?}");
    tenant.assert_balanced().await;
}

/// D-02, D-05, D-43: the call was performed and its answer lost, on either call.
#[tokio::test]
async fn a_lost_answer_on_either_call_leaves_one_invoice_and_one_payment() {
    for entity in ["Invoice", "Payment"] {
        for action in [
            json!({"kind": "commit_then_drop"}),
            json!({"kind": "commit_then_status", "status": 504, "body": "<html>"}),
        ] {
            let tenant = Tenant::warmed_up().await;
            tenant.fault(json!({"entity": entity, "operation": "create", "action": action})).await;
            let waits = tenant.put_bill("B1", &paid(bill(1, "B-1", "125.00"))).await;
            assert_eq!(
                (waits.status, waits.state(), waits.code()),
                (202, "queued", "no_answer"),
                "{entity} {action}"
            );
            tenant.bill_becomes("B1", "posted").await;
            assert_paid_once(&tenant, "125").await;
        }
    }
}

/// D-03: QuickBooks forgets request ids, and still nothing is booked twice.
#[tokio::test]
async fn a_lost_answer_does_no_harm_when_quickbooks_forgets_request_ids() {
    for entity in ["Invoice", "Payment"] {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(json!({"requestid": "off", "warn_duplicate_doc_numbers": false})).await;
        tenant.fault(json!({"entity": entity, "operation": "create", "action": {"kind": "commit_then_drop"}})).await;
        tenant.put_bill("B1", &paid(bill(1, "B-1", "125.00"))).await;
        tenant.bill_becomes("B1", "posted").await;
        assert_paid_once(&tenant, "125").await;
    }
}

/// The call never arrived: it is repeated, once.
#[tokio::test]
async fn a_call_that_never_arrived_is_made_again() {
    for action in
        [json!({"kind": "drop_before"}), json!({"kind": "status", "status": 503, "body": "<html>"})]
    {
        let tenant = Tenant::warmed_up().await;
        tenant
            .fault(
                json!({"entity": "Invoice", "operation": "create", "times": 2, "action": action}),
            )
            .await;
        assert_eq!(tenant.put_bill("B1", &paid(bill(1, "B-1", "125.00"))).await.status, 202);
        tenant.bill_becomes("B1", "posted").await;
        assert_paid_once(&tenant, "125").await;
    }
}

/// Impatient people and retrying hosts: the same request twenty times at once.
#[tokio::test]
async fn twenty_equal_requests_at_once_make_one_invoice_and_one_payment() {
    let tenant = Tenant::connected().await;
    let record = paid(bill(1, "B-1", "125.00"));
    let calls = (0..20).map(|_| tenant.put_bill("B1", &record));
    for answer in futures_util::future::join_all(calls).await {
        assert!(matches!(answer.status, 200 | 202 | 503), "{}", answer.body);
    }
    tenant.bill_becomes("B1", "posted").await;
    assert_paid_once(&tenant, "125").await;
    let customers = tenant.objects("customer").await;
    assert_eq!(
        customers.iter().filter(|customer| customer["DisplayName"] == "Agent A1").count(),
        1
    );
}

/// A newer version that arrives while an older one is being posted is not lost.
#[tokio::test]
async fn a_newer_version_during_a_posting_wins() {
    let tenant = Tenant::warmed_up().await;
    tenant.fault(json!({"entity": "Invoice", "operation": "create", "action": {"kind": "delay", "milliseconds": 1500}})).await;
    let (first, second) = (bill(1, "B-1", "100.00"), paid(bill(2, "B-1", "125.00")));
    let slow = tenant.put_bill("B1", &first);
    let newer = async {
        e2e::until("the first call to be under way", async || {
            (tenant.bill("B1").await.state() == "posting").then_some(())
        })
        .await;
        tenant.put_bill("B1", &second).await
    };
    let (_, answer) = tokio::join!(slow, newer);
    assert_eq!((answer.status, answer.code()), (202, "already_working"), "{}", answer.body);
    e2e::until("version 2 to be posted", async || {
        let now = tenant.bill("B1").await;
        (now.state() == "posted" && now.object("Invoice")["total"] == "125.00").then_some(())
    })
    .await;
    assert_paid_once(&tenant, "125").await;
}

/// One read round trip and n + 1 writes for n steps; nothing is written when nothing changes. An invocation that sees
/// the tenant for the first time reads once more, so the best of some counts for the reads.
#[tokio::test]
async fn a_posting_costs_one_read_and_one_write_more_than_it_has_steps() {
    let mut tenant = Tenant::warmed_up().await;
    for (case, writes, calls) in [("unpaid", 2, 1), ("unchanged", 0, 0), ("paid", 3, 2)] {
        if case == "paid" {
            // Another company, since more calls than twenty in a minute would have to be reserved.
            tenant = Tenant::warmed_up().await;
        }
        let mut reads = Vec::new();
        for n in 0..5 {
            let (id, record) = match case {
                "paid" => (format!("paid-{n}"), paid(bill(1, &format!("P-{n}"), "10.00"))),
                _ => (format!("unpaid-{n}"), bill(1, &format!("U-{n}"), "10.00")),
            };
            let (mark, journal) = (tenant.operations_mark().await, tenant.mark().await);
            tenant.put_bill(&id, &record).await.posted();
            let operations = tenant.operations(mark).await;
            let named = |part: &str| {
                let is = |operation: &&Value| {
                    operation["operation"].as_str().is_some_and(|name| name.contains(part))
                };
                operations.iter().filter(is).count()
            };
            reads.push(named("GetItem"));
            let written = ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"];
            assert_eq!(written.map(named).iter().sum::<usize>(), writes, "{case}: {operations:?}");
            let made = tenant.calls_since(journal).await;
            assert_eq!((made.len(), metered(&made)), (calls, 0), "{case}: {:?}", outline(&made));
        }
        assert_eq!(reads.iter().min(), Some(&1), "{case}: {reads:?}");
        assert!(reads.iter().all(|reads| *reads <= 2), "{case}: {reads:?}");
    }
}

/// QuickBooks is down whenever an invoice is to be made.
async fn makes_no_invoices(tenant: &Tenant) {
    let outage = json!({"kind": "status", "status": 503, "body": "<html>down</html>"});
    tenant
        .fault(json!({"entity": "Invoice", "operation": "create", "times": 100, "action": outage}))
        .await;
}

/// Attempts are bounded; then a person decides.
#[tokio::test]
async fn an_outage_without_end_is_given_up_buried_and_healed_by_a_person() {
    let tenant = Tenant::warmed_up().await;
    makes_no_invoices(&tenant).await;
    tenant.put_bill("B1", &paid(bill(1, "B-1", "125.00"))).await;
    let given_up = tenant.bill_becomes("B1", "rejected").await;
    assert_eq!(given_up.code(), "attempts_exhausted");
    let shown = tenant.ask("dead-letters").await.body["dead_letters"].clone();
    assert_eq!(shown, json!([]), "the record says so itself");
    tenant.heal().await;
    tenant.sync_bill("B1").await.posted();
    assert_paid_once(&tenant, "125").await;
}

/// A host that sends again and again what waits in the queue spends no attempts and fills no queue.
#[tokio::test]
async fn an_impatient_host_spends_no_attempts() {
    let tenant = Tenant::warmed_up().await;
    makes_no_invoices(&tenant).await;
    for _ in 0..20 {
        let answer = tenant.put_bill("B1", &bill(1, "B-1", "125.00")).await;
        assert_ne!(answer.state(), "rejected", "{}", answer.body);
    }
    tenant.heal().await;
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.comes_to_rest().await;
}

/// A bill with more new items than one invocation can create goes on in the queue.
#[tokio::test]
async fn a_long_bill_is_posted_whole() {
    let tenant = Tenant::warmed_up().await;
    let mut record = bill(1, "B-1", "1.00");
    let line = |n: usize| {
        json!({"item": {"id": format!("i{n}"), "name": format!("Item {n}")}, "quantity": "3",
            "unit_price": "0.335", "amount": "1.01"})
    };
    record["lines"] = (0..60).map(line).collect();
    let answer = tenant.put_bill("B1", &record).await;
    if answer.state() != "posted" {
        tenant.bill_becomes("B1", "posted").await;
    }
    let invoice = &tenant.invoices("B-1").await[0];
    assert_eq!(invoice["TotalAmt"].to_string(), "60.6");
    assert_eq!(tenant.bill("B1").await.body["posting"]["warnings"], Value::Null);
    tenant.assert_balanced().await;
}

/// The answer was lost, and then the repetition is refused for a while: the first call is not forgotten.
#[tokio::test]
async fn a_repetition_that_is_refused_does_not_make_the_first_call_forgotten() {
    for refusal in [
        json!({"kind": "throttle"}),
        json!({"kind": "status", "status": 403, "body": "<html>no</html>"}),
    ] {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(json!({"requestid": "off", "warn_duplicate_doc_numbers": false})).await;
        tenant.fault(json!({"entity": "Invoice", "operation": "create", "action": {"kind": "commit_then_drop"}})).await;
        // The index behind queries lags: the first look does not show what was booked.
        tenant.fault(json!({"entity": "Invoice", "operation": "query", "action": refusal})).await;
        tenant.put_bill("B1", &paid(bill(1, "B-1", "125.00"))).await;
        tenant.bill_becomes("B1", "posted").await;
        assert_paid_once(&tenant, "125").await;
    }
}

/// The answer to a void was lost, and then its repetition is refused for a while: it was ours all the same, and nobody is
/// told that a person voided the payment.
#[tokio::test]
async fn a_void_of_ours_is_not_taken_for_a_persons_when_its_repetition_is_refused() {
    let refused_for_now = json!({"kind": "status", "status": 403, "body": "<html>no</html>"});
    let refused = json!({"kind": "reject", "code": "2020"});
    for (refusal, requests) in
        [(json!({"kind": "throttle"}), "on"), (refused_for_now, "off"), (refused, "off")]
    {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(json!({"requestid": requests})).await;
        tenant.put_bill("B1", &paid(bill(1, "B-1", "120.00"))).await.posted();
        let lost = json!({"kind": "commit_then_drop"});
        for action in [&lost, &refusal] {
            let fault = json!({"entity": "Payment", "operation": "void", "action": action});
            tenant.fault(fault).await;
        }
        tenant.put_bill("B1", &bill(2, "B-1", "120.00")).await;
        e2e::until("the void to be settled", async || {
            let version = tenant.bill("B1").await.body["posting"]["posted_version"].clone();
            (version == 2).then_some(())
        })
        .await;
        tenant.put_bill("B1", &paid(bill(3, "B-1", "125.00"))).await;
        tenant.bill_becomes("B1", "posted").await;
        let living = async || {
            let documents = tenant.documents().await.into_iter();
            let living = documents
                .filter(|document| document["entity"] == "Payment" && document["voided"] != true);
            living.count()
        };
        assert_eq!(living().await, 2, "the warm-up's and one of B1: {refusal}");
        tenant.assert_balanced().await;
    }
}

/// A correction that arrives while the wrong version is being refused is posted at once, not after the refusal was taken
/// for a lost answer.
#[tokio::test]
async fn a_correction_that_arrives_during_a_refusal_is_posted_at_once() {
    let tenant = Tenant::warmed_up().await;
    let slow = json!({"kind": "delay", "milliseconds": 1500});
    tenant.fault(json!({"entity": "Invoice", "operation": "create", "action": slow})).await;
    // The sample company has an invoice of that number.
    let (taken, corrected) = (bill(1, "1037", "10.00"), bill(2, "B-1", "10.00"));
    let wrong = tenant.put_bill("B1", &taken);
    let right = async {
        e2e::until("the first call to be under way", async || {
            (tenant.bill("B1").await.state() == "posting").then_some(())
        })
        .await;
        tenant.put_bill("B1", &corrected).await
    };
    let mark = tenant.mark().await;
    tokio::join!(wrong, right);
    let posted = tenant.bill_becomes("B1", "posted").await;
    assert_eq!(posted.body["posting"]["attempts"], 0, "{}", posted.body);
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    let creates = outline(&tenant.calls_since(mark).await);
    let creates = creates.iter().filter(|call| *call == "Invoice create").count();
    assert_eq!(creates, 2, "each version is sent once");
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}
