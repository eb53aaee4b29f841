//! Function billing-invoice: bills become invoices, paid bills paid invoices.

use e2e::Tenant;
use e2e::books::{digits, metered, outline};
use e2e::records::{bill, bill_of, paid};
use e2e::workflows::BILLING;
use serde_json::json;

/// S0-01, S0-18, S0-20, S1-20, S1-21, S2-22
#[tokio::test]
async fn an_unpaid_bill_becomes_one_open_invoice_and_again_makes_no_call() {
    let tenant = Tenant::warmed_up().await;
    let mark = tenant.mark().await;
    let created = tenant.put_bill("B1", &bill(1, "B-1", "125.00")).await.posted();
    assert_eq!(created.outcome(), "created");
    let invoice = created.object("Invoice");
    assert_eq!((&invoice["total"], &invoice["balance"]), (&json!("125.00"), &json!("125.00")));
    assert_eq!(invoice["doc_number"], "B-1");
    assert!(
        invoice["url"].as_str().is_some_and(|url| url.contains(&created.id("Invoice"))),
        "{invoice}"
    );
    let calls = tenant.calls_since(mark).await;
    assert_eq!((outline(&calls), metered(&calls)), (vec!["Invoice create".to_owned()], 0));

    let mark = tenant.mark().await;
    let again = tenant.put_bill("B1", &bill(1, "B-1", "125.00")).await.posted();
    assert_eq!((again.outcome(), again.id("Invoice")), ("unchanged", created.id("Invoice")));
    assert_eq!(outline(&tenant.calls_since(mark).await), Vec::<String>::new());
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.assert_balanced().await;
}

/// S0-17, S1-23, S1-15, S0-14
#[tokio::test]
async fn a_paid_bill_becomes_a_paid_invoice_in_one_action() {
    let tenant = Tenant::warmed_up().await;
    let mark = tenant.mark().await;
    let created = tenant.put_bill("B1", &paid(bill(1, "B-1", "125.00"))).await.posted();
    assert_eq!(created.outcome(), "created");
    assert_eq!(created.object("Invoice")["balance"], "0.00");
    let calls = tenant.calls_since(mark).await;
    assert_eq!(
        (outline(&calls), metered(&calls)),
        (vec!["Invoice create".into(), "Payment create".into()], 0)
    );
    assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "0");
    let payments = tenant.ours("payment").await;
    let payment =
        payments.iter().find(|payment| payment["Id"] == created.id("Payment").as_str()).unwrap();
    assert_eq!(payment["DepositToAccountRef"]["value"], e2e::BANK);
    assert_eq!(payment["PaymentRefNum"], "1001");
    tenant.assert_balanced().await;
}

/// S0-02, S0-06, S0-19: the same invoice becomes paid, and never gets a second payment.
#[tokio::test]
async fn marking_a_bill_paid_pays_the_same_invoice_once() {
    let tenant = Tenant::warmed_up().await;
    let open = tenant.put_bill("B1", &bill(1, "B-1", "80.00")).await.posted();
    for version in [2, 2, 3] {
        let done = tenant.put_bill("B1", &paid(bill(version, "B-1", "80.00"))).await.posted();
        assert_eq!(done.id("Invoice"), open.id("Invoice"));
        assert_eq!(done.object("Invoice")["balance"], "0.00");
    }
    let own = tenant.bill("B1").await.id("Payment");
    let payments = tenant.ours("payment").await;
    assert_eq!(
        payments.iter().filter(|payment| digits(&payment["TotalAmt"]) == "80").count(),
        1,
        "{own}"
    );
    tenant.assert_balanced().await;
}

/// S1-22: a changed bill changes its invoice line by line.
#[tokio::test]
async fn a_changed_bill_updates_the_same_invoice_and_its_lines() {
    let tenant = Tenant::warmed_up().await;
    let created = tenant.put_bill("B1", &bill(1, "B-1", "125.00")).await.posted();
    let line = |invoice: &serde_json::Value| invoice["Line"][0]["Id"].clone();
    let before = tenant.invoices("B-1").await[0].clone();
    let mark = tenant.mark().await;
    let updated = tenant.put_bill("B1", &bill(2, "B-1", "150.50")).await.posted();
    assert_eq!((updated.outcome(), updated.id("Invoice")), ("updated", created.id("Invoice")));
    let calls = tenant.calls_since(mark).await;
    assert_eq!((outline(&calls), metered(&calls)), (vec!["Invoice update".to_owned()], 0));
    let after = tenant.invoices("B-1").await[0].clone();
    assert_eq!((after["TotalAmt"].to_string(), line(&after)), ("150.5".to_owned(), line(&before)));
}

/// S1-22: raised and lowered with its payment; taken off again, the payment is voided.
#[tokio::test]
async fn a_paid_bill_can_grow_shrink_and_become_unpaid_again() {
    let tenant = Tenant::warmed_up().await;
    let first = tenant.put_bill("B1", &paid(bill(1, "B-1", "100.00"))).await.posted();
    for (version, amount) in [(2, "140.00"), (3, "60.00")] {
        let changed = tenant.put_bill("B1", &paid(bill(version, "B-1", amount))).await.posted();
        assert_eq!(
            (changed.id("Invoice"), changed.id("Payment")),
            (first.id("Invoice"), first.id("Payment"))
        );
        assert_eq!(changed.object("Invoice")["total"], amount);
        assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "0", "{amount}");
    }
    let open = tenant.put_bill("B1", &bill(4, "B-1", "60.00")).await.posted();
    assert_eq!(open.object("Invoice")["balance"], "60.00");
    assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "60");
    tenant.assert_balanced().await;
}

/// S2-11: by link, then by name, else created.
#[tokio::test]
async fn agent_and_item_are_found_by_name_before_they_are_created() {
    let tenant = Tenant::connected().await;
    let mut known = bill(1, "B-1", "75.00");
    known["agent"]["name"] = json!("amy's bird sanctuary");
    known["lines"][0]["item"]["name"] = json!("Design");
    tenant.put_bill("B1", &known).await.posted();
    let invoice = &tenant.invoices("B-1").await[0];
    assert_eq!(invoice["CustomerRef"]["value"], "1");
    assert_eq!(invoice["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"], "4");

    let mark = tenant.mark().await;
    tenant.put_bill("B2", &bill_of("new-agent", 1, "B-2", "10.00")).await.posted();
    let calls = outline(&tenant.calls_since(mark).await);
    assert_eq!(calls.iter().filter(|call| call.ends_with("create")).count(), 2, "{calls:?}");
    let customers = tenant.objects("customer").await;
    assert_eq!(
        customers.iter().filter(|customer| customer["DisplayName"] == "Agent new-agent").count(),
        1
    );
}

/// Customers, vendors and employees share one name space; the software says what it chose.
#[tokio::test]
async fn a_name_that_a_vendor_has_gets_a_suffix_and_the_answer_says_so() {
    let tenant = Tenant::connected().await;
    let mut record = bill(1, "B-1", "75.00");
    record["agent"]["name"] = json!("Norton Lumber and Building Materials");
    let posted = tenant.put_bill("B1", &record).await.posted();
    let changes = posted.body["posting"]["changes"].to_string();
    assert!(changes.contains("Norton Lumber and Building Materials (C)"), "{changes}");
    let customers = tenant.objects("customer").await;
    assert!(
        customers
            .iter()
            .any(|customer| customer["DisplayName"] == "Norton Lumber and Building Materials (C)")
    );
}

/// Two agents who share a name are two customers, also when both bills arrive at once.
#[tokio::test]
async fn two_agents_of_one_name_never_share_a_customer() {
    let tenant = Tenant::connected().await;
    let named = |agent: &str, number: &str| {
        let mut record = bill_of(agent, 1, number, "75.00");
        record["agent"]["name"] = json!("John Smith");
        record
    };
    let (first, second) = (named("A1", "B-1"), named("A2", "B-2"));
    let both = tokio::join!(tenant.put_bill("B1", &first), tenant.put_bill("B2", &second));
    for (id, answer) in [("B1", both.0), ("B2", both.1)] {
        if answer.state() != "posted" {
            tenant.bill_becomes(id, "posted").await;
        }
    }
    let customer =
        async |number: &str| tenant.invoices(number).await[0]["CustomerRef"]["value"].clone();
    assert_ne!(customer("B-1").await, customer("B-2").await);
}

/// S0-12, S0-13
#[tokio::test]
async fn the_date_is_the_day_of_the_sync_or_the_close_date() {
    let tenant = Tenant::warmed_up().await;
    tenant.put_bill("B1", &paid(bill(1, "B-1", "10.00"))).await.posted();
    let synced = tenant.invoices("B-1").await[0]["TxnDate"].clone();
    let today = tenant.today().await;
    assert_eq!(synced, today.as_str());

    let saved = tenant.configure(BILLING, &json!({"transaction_date": "close_date"})).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    let closed = tenant.put_bill("B2", &paid(bill(1, "B-2", "10.00"))).await.posted();
    assert_eq!(closed.object("Invoice")["date"], "2026-02-27");
    assert_eq!(closed.object("Payment")["date"], "2026-02-27");
    let mut open_end = bill(1, "B-3", "10.00");
    open_end.as_object_mut().unwrap().remove("closed_on");
    let refused = tenant.put_bill("B3", &open_end).await;
    assert_eq!((refused.state(), refused.code()), ("blocked", "close_date_missing"));
}

/// S1-22: older versions never overwrite newer ones, and one version has one content.
#[tokio::test]
async fn versions_only_move_forward() {
    let tenant = Tenant::warmed_up().await;
    tenant.put_bill("B1", &bill(5, "B-1", "50.00")).await.posted();
    let older = tenant.put_bill("B1", &bill(4, "B-1", "40.00")).await.posted();
    assert_eq!((older.outcome(), &older.body["posting"]["version"]), ("superseded", &json!(5)));
    tenant.put_bill("B1", &bill(5, "B-1", "55.00")).await.problem(409, "version_reused");
    assert_eq!(tenant.invoices("B-1").await[0]["TotalAmt"].to_string(), "50");
}

/// D-15: a taken number is explained, and a corrected bill is posted.
#[tokio::test]
async fn a_number_that_is_taken_is_refused_until_the_bill_has_another() {
    let tenant = Tenant::warmed_up().await;
    let taken = tenant.put_bill("B1", &bill(1, "1037", "10.00")).await;
    assert_eq!((taken.state(), taken.code()), ("rejected", "duplicate_number"));
    let mark = tenant.mark().await;
    let again = tenant.put_bill("B1", &bill(1, "1037", "10.00")).await;
    assert_eq!(again.state(), "rejected");
    assert_eq!(
        tenant.calls_since(mark).await.len(),
        0,
        "what was refused is not tried again by itself"
    );
    tenant.put_bill("B1", &bill(2, "1037-B", "10.00")).await.posted();
    tenant.assert_balanced().await;
}

/// S0-16: nothing to book is a state, not an error.
#[tokio::test]
async fn a_bill_of_zero_is_skipped_with_its_reason() {
    let tenant = Tenant::warmed_up().await;
    let mark = tenant.mark().await;
    let skipped = tenant.put_bill("B1", &bill(1, "B-1", "0.00")).await;
    assert_eq!((skipped.status, skipped.state(), skipped.code()), (200, "skipped", "zero_amount"));
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    tenant.put_bill("B1", &bill(2, "B-1", "10.00")).await.posted();
}

/// D-28: a closed period blocks, and a person's sync posts once it is open again.
#[tokio::test]
async fn a_closed_period_blocks_until_a_person_syncs_again() {
    let tenant = Tenant::warmed_up().await;
    let saved = tenant.configure(BILLING, &json!({"transaction_date": "close_date"})).await;
    assert_eq!(saved.status, 200);
    tenant.close_books(Some("2026-02-28")).await;
    let blocked = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
    blocked.waits("blocked", "period_closed");
    tenant.close_books(None).await;
    tenant.sync_bill("B1").await.posted();
}

/// D-12: a bookkeeper's edit moves the SyncToken; the update reads it again and keeps what we do not own.
#[tokio::test]
async fn an_invoice_edited_in_quickbooks_is_updated_without_losing_the_edit() {
    let tenant = Tenant::warmed_up().await;
    let id = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted().id("Invoice");
    tenant
        .bookkeeper("invoice", json!({"Id": id, "CustomerMemo": {"value": "Thank you, Ann"}}))
        .await;
    tenant.put_bill("B1", &bill(2, "B-1", "12.00")).await.posted();
    let invoice = &tenant.invoices("B-1").await[0];
    assert_eq!(
        (invoice["TotalAmt"].to_string(), &invoice["CustomerMemo"]["value"]),
        ("12".into(), &json!("Thank you, Ann"))
    );
}

/// S1-27: what a person deleted or voided in QuickBooks is noticed, never silently made again.
#[tokio::test]
async fn an_invoice_deleted_in_quickbooks_is_reported_and_not_made_again() {
    let tenant = Tenant::warmed_up().await;
    for (id, number, operation, code) in [
        ("B1", "B-1", "delete", "gone_in_quickbooks"),
        ("B2", "B-2", "void", "voided_in_quickbooks"),
    ] {
        let invoice = tenant.put_bill(id, &bill(1, number, "10.00")).await.posted().id("Invoice");
        tenant.bookkeeper(&format!("invoice?operation={operation}"), json!({"Id": invoice})).await;
        let changed = tenant.put_bill(id, &bill(2, number, "12.00")).await;
        assert_eq!((changed.state(), changed.code()), ("rejected", code), "{}", changed.body);
        assert_eq!(changed.body["posting"]["reason"]["choices"], json!(["recreate", "unlink"]));
        let asked = tenant.sync_bill(id).await.posted();
        // A voided invoice keeps its number, so that the new one needs another.
        let expected =
            if operation == "delete" { number.to_owned() } else { format!("{number}-2") };
        assert_eq!(asked.object("Invoice")["doc_number"], expected, "{}", asked.body);
    }
    tenant.assert_balanced().await;
}
