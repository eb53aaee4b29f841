//! Fences of the books: where the company begins, and through which day it is closed.

use e2e::Tenant;
use e2e::books::outline;
use e2e::records::{Disbursement, bill, paid, payment};
use e2e::workflows::{BILLING, EXPENSES, INCOMES};
use serde_json::{Value, json};

use super::{billing, closed, names};

/// A company whose books are closed through the end of February when it is connected.
fn closed_books() -> Value {
    json!({"switches": {"book_close_date": "2026-02-28"}})
}

/// what is known when a company is connected needs no call to be refused.
#[tokio::test]
async fn the_closing_date_holds_refuses_or_re_dates_as_the_workflow_says() {
    for policy in ["hold", "reject", "redate"] {
        let tenant = billing(closed_books(), json!({"closed_period": policy})).await;
        let books = tenant.connection().await.body["connection"]["company"]["books"].clone();
        assert_eq!(books["closed_through"], "2026-02-28", "{books}");
        let mark = tenant.mark().await;
        let answer = tenant.put_bill("B1", &closed(1, "B-1", "2026-02-28")).await;
        match policy {
            "hold" => {
                let waits = answer.waits("blocked", "period_closed");
                names(&waits, &["2026-02-28"]);
                assert_eq!(tenant.calls_since(mark).await.len(), 0);
            }
            "reject" => {
                let refused = answer.rests("rejected", "period_closed");
                names(&refused, &["2026-02-28"]);
                assert_eq!(tenant.calls_since(mark).await.len(), 0);
                let later = tenant.put_bill("B1", &closed(2, "B-1", "2026-03-01")).await.posted();
                assert_eq!(later.object("Invoice")["date"], "2026-03-01");
            }
            _ => re_dated(&tenant, &answer.posted().body, "2026-02-28", "2026-03-01").await,
        }
        // The day after is open, whatever the policy.
        let open = tenant.put_bill("B2", &closed(1, "B-2", "2026-03-01")).await.posted();
        assert_eq!(open.object("Invoice")["date"], "2026-03-01", "{policy}");
        assert_eq!(open.body["posting"]["changes"], Value::Null, "{policy}");
        tenant.assert_balanced().await;
    }
}

/// Asserts that the bill's invoice is on another day than its record, and that the memo and the answer say so.
async fn re_dated(tenant: &Tenant, answer: &Value, from: &str, to: &str) {
    let changes = answer["posting"]["changes"].as_array().cloned().unwrap_or_default();
    let change = changes.iter().find(|change| change["path"] == "date");
    let change = change.unwrap_or_else(|| panic!("the answer does not say it: {answer}"));
    assert_eq!((&change["from"], &change["to"]), (&json!(from), &json!(to)), "{change}");
    assert!(change["why"].as_str().is_some_and(|why| !why.is_empty()), "{change}");
    let invoice = tenant.invoices("B-1").await[0].clone();
    assert_eq!(invoice["TxnDate"], to, "{invoice}");
    let memo = invoice["PrivateNote"].as_str().expect("a memo");
    assert!(memo.contains(from) && memo.contains(to), "the memo does not say it: {memo}");
    assert!(memo.contains("Desk fee for March"), "the record's own memo is gone: {memo}");
}

/// the company's start is a fence of the same sort, and has a message of its own.
#[tokio::test]
async fn before_the_company_began_nothing_is_booked_but_on_its_first_day() {
    let begun = json!({"switches": {"company_start_date": "2026-02-01"}});
    for policy in ["hold", "reject", "redate"] {
        let tenant = billing(begun.clone(), json!({"closed_period": policy})).await;
        let books = tenant.connection().await.body["connection"]["company"]["books"].clone();
        assert_eq!(books["start"], "2026-02-01", "{books}");
        let mark = tenant.mark().await;
        let answer = tenant.put_bill("B1", &closed(1, "B-1", "2026-01-31")).await;
        if policy == "redate" {
            re_dated(&tenant, &answer.posted().body, "2026-01-31", "2026-02-01").await;
        } else {
            // Nobody reopens what was before the beginning, so there is nothing to wait for.
            let refused = answer.rests("rejected", "before_company_start");
            names(&refused, &["2026-01-31", "2026-02-01"]);
            assert_eq!(tenant.calls_since(mark).await.len(), 0);
        }
        tenant.put_bill("B2", &closed(1, "B-2", "2026-02-01")).await.posted();
        tenant.assert_balanced().await;
    }
}

/// a person's sync looks whether the books were reopened, and then everything that waits for that goes on.
#[tokio::test]
async fn reopened_books_wake_everything_that_waits_once_a_person_looks() {
    let tenant = billing(closed_books(), json!({})).await;
    tenant.put_bill("open", &closed(1, "B-0", "2026-03-01")).await.posted();
    for id in ["B1", "B2", "B3"] {
        let waits = tenant.put_bill(id, &closed(1, id, "2026-02-10")).await;
        waits.waits("blocked", "period_closed");
    }
    let mut early = payment(1, "10.00", &[("open", "10.00")]);
    early["paid_on"] = json!("2026-02-20");
    tenant.put_payment("P1", &early).await.waits("blocked", "period_closed");
    // Pressed too early it waits on, at the price of one look.
    let mark = tenant.mark().await;
    tenant.sync_bill("B1").await.waits("blocked", "period_closed");
    let calls = outline(&tenant.calls_since(mark).await);
    assert_eq!(calls, ["Preferences read"]);

    tenant.close_books(Some("2026-01-31")).await;
    tenant.sync_bill("B1").await.posted();
    for id in ["B2", "B3"] {
        tenant.bill_becomes(id, "posted").await;
    }
    tenant.payment_becomes("P1", "posted").await;
    for number in ["B1", "B2", "B3"] {
        let invoices = tenant.invoices(number).await;
        assert_eq!((invoices.len(), &invoices[0]["TxnDate"]), (1, &json!("2026-02-10")));
    }
    let books = tenant.connection().await.body["connection"]["company"]["books"].clone();
    assert_eq!(books["closed_through"], "2026-01-31");
    // Reopened only in part: what lies before still waits.
    tenant.put_bill("B4", &closed(1, "B-4", "2026-01-31")).await.waits("blocked", "period_closed");
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// books that are closed while a company is connected are noticed by the first document they refuse.
#[tokio::test]
async fn books_that_are_closed_later_are_noticed_once_and_remembered() {
    for policy in ["hold", "reject", "redate"] {
        let tenant = billing(json!({}), json!({"closed_period": policy})).await;
        tenant.put_bill("warm", &closed(1, "W-1", "2026-03-01")).await.posted();
        tenant.close_books(Some("2026-02-28")).await;
        let first = tenant.put_bill("B1", &closed(1, "B-1", "2026-02-10")).await;
        let mark = tenant.mark().await;
        let second = tenant.put_bill("B2", &closed(1, "B-2", "2026-02-10")).await;
        let calls = outline(&tenant.calls_since(mark).await);
        match policy {
            "hold" => {
                first.waits("blocked", "period_closed");
                second.waits("blocked", "period_closed");
            }
            "reject" => {
                first.rests("rejected", "period_closed");
                second.rests("rejected", "period_closed");
            }
            _ => {
                re_dated(&tenant, &first.posted().body, "2026-02-10", "2026-03-01").await;
                second.posted();
            }
        }
        // A date is only changed for books that are closed right now.
        let expected: &[&str] =
            if policy == "redate" { &["Preferences read", "Invoice create"] } else { &[] };
        assert_eq!(calls, expected, "{policy}");
        tenant.assert_balanced().await;
    }
}

/// no date is changed for books that were reopened, although nobody said so.
#[tokio::test]
async fn a_record_keeps_its_date_when_the_books_are_open_again() {
    let tenant = billing(closed_books(), json!({"closed_period": "redate"})).await;
    tenant.close_books(None).await;
    let posted = tenant.put_bill("B1", &closed(1, "B-1", "2026-02-10")).await.posted();
    assert_eq!(posted.object("Invoice")["date"], "2026-02-10");
    assert_eq!(posted.body["posting"]["changes"], Value::Null, "{}", posted.body);
    let books = tenant.connection().await.body["connection"]["company"]["books"].clone();
    assert_eq!(books["closed_through"], Value::Null, "{books}");
}

/// a document that was re-dated stays where it is, also when more is closed later.
#[tokio::test]
async fn a_re_dated_document_stays_where_it_is() {
    let tenant = billing(closed_books(), json!({"closed_period": "redate"})).await;
    let record = closed(1, "B-1", "2026-02-10");
    let first = tenant.put_bill("B1", &record).await.posted();
    re_dated(&tenant, &first.body, "2026-02-10", "2026-03-01").await;
    tenant.close_books(Some("2026-03-31")).await;
    // Somebody else's document makes the new closing date known.
    let other = tenant.put_bill("B2", &closed(1, "B-2", "2026-03-15")).await.posted();
    assert_eq!(other.object("Invoice")["date"], "2026-04-01");
    let mark = tenant.mark().await;
    for again in [tenant.put_bill("B1", &record).await, tenant.sync_bill("B1").await] {
        re_dated(&tenant, &again.posted().body, "2026-02-10", "2026-03-01").await;
    }
    let mut version = record.clone();
    version["version"] = json!(2);
    tenant.put_bill("B1", &version).await.posted();
    assert_eq!(tenant.calls_since(mark).await.len(), 0, "nothing of it is to be changed");
    // A change of it would have to go into a closed period.
    let mut changed = bill(3, "B-1", "12.00");
    changed["closed_on"] = json!("2026-02-10");
    let blocked = tenant.put_bill("B1", &changed).await;
    let blocked = blocked.waits("blocked", "period_closed");
    names(&blocked, &["2026-03-01", "2026-03-31"]);
    tenant.close_books(Some("2026-02-28")).await;
    let updated = tenant.sync_bill("B1").await.posted();
    assert_eq!((updated.outcome(), updated.id("Invoice")), ("updated", first.id("Invoice")));
    re_dated(&tenant, &updated.body, "2026-02-10", "2026-03-01").await;
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// what lies in a closed period is neither changed nor taken back, whatever date it would get.
#[tokio::test]
async fn what_lies_in_a_closed_period_is_left_as_it_is() {
    for policy in ["hold", "redate"] {
        let tenant = billing(json!({}), json!({"closed_period": policy})).await;
        let mut record = paid(bill(1, "B-1", "10.00"));
        record["closed_on"] = json!("2026-02-10");
        tenant.put_bill("B1", &record).await.posted();
        tenant.put_bill("B2", &closed(1, "B-2", "2026-02-10")).await.posted();
        let mut early = payment(1, "10.00", &[("B2", "10.00")]);
        early["paid_on"] = json!("2026-02-20");
        tenant.put_payment("P2", &early).await.posted();
        let before = tenant.effect().await;
        tenant.close_books(Some("2026-02-28")).await;

        let mut grown = paid(bill(2, "B-1", "99.00"));
        grown["closed_on"] = json!("2026-04-01");
        tenant.put_bill("B1", &grown).await.waits("blocked", "period_closed");
        let taken_back = tenant.delete_payment("P2").await;
        taken_back.waits("blocked", "period_closed");
        assert_eq!(tenant.effect().await, before, "{policy}");

        tenant.close_books(None).await;
        tenant.sync_bill("B1").await.posted();
        let voided = tenant.payment_becomes("P2", "posted").await;
        assert_eq!(voided.object("Payment")["removal"], "voided", "{}", voided.body);
        assert_eq!(tenant.invoices("B-2").await[0]["Balance"].to_string(), "10");
        assert_eq!(tenant.invoices("B-1").await[0]["TxnDate"], "2026-04-01");
        tenant.assert_balanced().await;
        tenant.comes_to_rest().await;
    }
}

/// rules of the workflow can be overridden, the books cannot.
#[tokio::test]
async fn overriding_the_rules_does_not_open_the_books() {
    let tenant = billing(closed_books(), json!({"cut_off": "2026-02-20"})).await;
    tenant.put_bill("B1", &closed(1, "B-1", "2026-02-10")).await.rests("skipped", "before_cut_off");
    let forced = tenant.sync_bill_with("B1", &json!({"override_rules": true})).await;
    forced.waits("blocked", "period_closed");
    tenant.close_books(None).await;
    // The wish is remembered.
    tenant.sync_bill("B1").await.posted();
    tenant.assert_balanced().await;
}

/// the day of the sync can lie in a closed period too, and is re-dated just so.
#[tokio::test]
async fn the_day_of_the_sync_is_fenced_as_well() {
    let ahead = json!({"switches": {"book_close_date": "2030-12-31"}});
    for policy in ["hold", "redate"] {
        let tenant = Tenant::with_company(ahead.clone()).await;
        tenant.connects().await;
        tenant.set_up_with(BILLING, json!({"closed_period": policy})).await;
        let answer = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
        if policy == "hold" {
            answer.waits("blocked", "period_closed");
            continue;
        }
        let posted = answer.posted();
        assert_eq!(posted.object("Invoice")["date"], "2031-01-01");
        let memo = tenant.invoices("B-1").await[0]["PrivateNote"].to_string();
        assert!(memo.contains("2031-01-01") && memo.contains("closed period"), "{memo}");
        let mark = tenant.mark().await;
        tenant.sync_bill("B1").await.posted();
        assert_eq!(tenant.calls_since(mark).await.len(), 0);
    }
}

/// every kind of document of a disbursement knows the same fences.
#[tokio::test]
async fn every_document_of_a_disbursement_is_fenced() {
    for (income, expense) in INCOMES.into_iter().zip(EXPENSES) {
        let tenant = Tenant::with_company(closed_books()).await;
        tenant.connects().await;
        let dated = json!({"transaction_date": "close_date"});
        let mut re_dates = dated.clone();
        re_dates["closed_period"] = json!("redate");
        tenant.set_up_with(income, re_dates).await;
        tenant.set_up_with(expense, dated).await;
        let sale = Disbursement::simple(1, "D-1", "4000.00", "9000.00").closed_on("2026-02-10");
        let half = tenant.put_disbursement("D1", &sale.value()).await;
        let half = half.waits("blocked", "period_closed");
        assert_eq!(half.income()["objects"][0]["date"], "2026-03-01", "{}", half.body);
        assert_eq!(half.income()["changes"][0]["path"], "date", "{}", half.body);
        assert_eq!(half.expense("A1")["state"], "blocked", "{}", half.body);
        tenant.close_books(None).await;
        let whole = tenant.sync_disbursement("D1").await.posted();
        assert_eq!(whole.expense("A1")["objects"][0]["date"], "2026-02-10", "{}", whole.body);
        tenant.assert_balanced().await;
        tenant.comes_to_rest().await;
    }
}

/// connecting again looks at the books, too.
#[tokio::test]
async fn connecting_again_finds_reopened_books_and_posts_what_waits() {
    let tenant = billing(closed_books(), json!({})).await;
    for id in ["B1", "B2"] {
        let waits = tenant.put_bill(id, &closed(1, id, "2026-02-10")).await;
        waits.waits("blocked", "period_closed");
    }
    tenant.close_books(None).await;
    assert_eq!(tenant.connect().await.status, 200);
    for id in ["B1", "B2"] {
        tenant.bill_becomes(id, "posted").await;
        assert_eq!(tenant.invoices(id).await.len(), 1, "{id}");
    }
    tenant.comes_to_rest().await;
}

/// a start that QuickBooks moved since is told in its own words, and heals by connecting again.
#[tokio::test]
async fn a_company_start_that_moved_is_noticed() {
    let tenant = billing(json!({}), json!({"closed_period": "redate"})).await;
    let moved = json!({"company_start_date": "2026-03-01", "before_company_start": "reject"});
    tenant.switch(moved).await;
    let refused = tenant.put_bill("B1", &closed(1, "B-1", "2026-02-10")).await;
    let refused = refused.rests("rejected", "rejected_by_quickbooks");
    assert_eq!(tenant.connect().await.status, 200);
    tenant.sync_bill("B1").await.posted();
    let invoice = tenant.invoices("B-1").await[0].clone();
    assert_eq!(invoice["TxnDate"], "2026-03-01", "{}", refused.body);
}
