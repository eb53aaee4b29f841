//! Dates that fence documents off: the closing date, and the day that the company started.

use serde_json::{Value, json};

use crate::support::{Company, bill, id};

async fn company_info(company: &Company) -> Value {
    company.read("CompanyInfo", &company.realm).await
}

async fn closing_date(company: &Company) -> Value {
    company.read("Preferences", "1").await["AccountingInfoPrefs"]["BookCloseDate"].clone()
}

fn dated(date: &str) -> Value {
    let mut body = bill("41", "5", "7");
    body["TxnDate"] = json!(date);
    body
}

#[tokio::test]
async fn the_company_started_before_its_first_document_unless_told_otherwise() {
    let company = Company::sample().await;
    assert_eq!(company_info(&company).await["CompanyStartDate"], "2020-01-01");
    company.switch(json!({"company_start_date": "2026-03-01"})).await;
    assert_eq!(company_info(&company).await["CompanyStartDate"], "2026-03-01");
    let made = Company::switched(json!({"company_start_date": "2025-07-01"})).await;
    assert_eq!(company_info(&made).await["CompanyStartDate"], "2025-07-01");
}

/// Nothing says what QuickBooks does with a document older than the company.
#[tokio::test]
async fn documents_before_the_company_started_are_accepted_or_refused_by_switch() {
    let company = Company::switched(json!({"company_start_date": "2026-03-01"})).await;
    let early = company.save("Bill", dated("2026-02-28")).await;
    company.switch(json!({"before_company_start": "reject"})).await;
    assert_eq!(company.post("bill", dated("2026-02-28")).await.code(), "6000");
    assert_eq!(company.post("bill", dated("2026-03-01")).await.status, 200);
    // Only where a document goes counts, so an early one can still leave.
    let moved = json!({"Id": id(&early), "SyncToken": "0", "sparse": true, "VendorRef": {"value": "41"}, "TxnDate": "2026-03-02"});
    company.save("Bill", moved).await;
    let by_hand = company.control("bookkeeper/bill", dated("2026-02-28")).await;
    assert_eq!(by_hand.status, 200, "a person is not asked");
}

#[tokio::test]
async fn closed_books_refuse_apps_but_not_people() {
    let company = Company::sample().await;
    assert_eq!(closing_date(&company).await, Value::Null);
    let made = company.save("Bill", dated("2026-03-31")).await;
    company.switch(json!({"book_close_date": "2026-03-31"})).await;
    assert_eq!(closing_date(&company).await, "2026-03-31");
    let named = json!({"Id": id(&made), "SyncToken": "0", "sparse": true, "VendorRef": {"value": "41"}, "PrivateNote": "late"});
    for (code, switch) in [("6200", false), ("6210", true)] {
        company.switch(json!({"book_close_password": switch})).await;
        assert_eq!(company.post("bill", dated("2026-03-31")).await.code(), code);
        assert_eq!(company.post("bill", named.clone()).await.code(), code);
        assert_eq!(company.post("bill?operation=delete", named.clone()).await.code(), code);
    }
    // An open payment of a closed bill is accepted, unless its switch says otherwise.
    let pay = json!({"VendorRef": {"value": "41"}, "PayType": "Check", "TotalAmt": 2, "CheckPayment": {"BankAccountRef": {"value": "35"}},
        "Line": [{"Amount": 2, "LinkedTxn": [{"TxnId": id(&made), "TxnType": "Bill"}]}]});
    company.switch(json!({"closed_period_links": "reject"})).await;
    assert_eq!(company.post("billpayment", pay.clone()).await.code(), "6210");
    company.switch(json!({"closed_period_links": "accept"})).await;
    assert_eq!(company.post("billpayment", pay).await.status, 200);

    company.by_hand("Bill", id(&made), "edit", json!({"memo": "by hand"})).await;
    company.by_hand("Bill", id(&made), "delete", json!({"unlink": true})).await;
    company.switch(json!({"book_close_date": null, "book_close_password": false})).await;
    assert_eq!(closing_date(&company).await, Value::Null);
    assert_eq!(company.post("bill", dated("2026-03-31")).await.status, 200);
}
