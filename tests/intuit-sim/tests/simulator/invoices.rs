//! Invoices: lines, sums, tax, numbers, dates, void.

use serde_json::{Value, json};

use crate::support::{Company, id, invoice, line, number, payment};

fn priced(quantity: &str, price: &str, amount: &str) -> Value {
    let mut line = line(amount, "4");
    line["SalesItemLineDetail"]["Qty"] = number(quantity);
    line["SalesItemLineDetail"]["UnitPrice"] = number(price);
    line
}

fn with_lines(lines: Vec<Value>) -> Value {
    json!({"CustomerRef": {"value": "3"}, "Line": lines})
}

#[tokio::test]
async fn a_minimal_invoice_is_completed() {
    let company = Company::sample().await;
    let made = company.save("Invoice", invoice("1", "100.50")).await;
    assert_eq!(
        (&made["TotalAmt"], &made["Balance"], &made["TxnTaxDetail"]),
        (&json!(100.5), &json!(100.5), &json!({"TotalTax": 0}))
    );
    assert_eq!(
        (&made["DocNumber"], id(&made), &made["CustomerRef"]["name"]),
        (&json!("1038"), "145", &json!("Amy's Bird Sanctuary"))
    );
    let lines = made["Line"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["Id"], &lines[0]["LineNum"]), (2, &json!("1"), &json!(1)));
    assert_eq!(
        lines[0]["SalesItemLineDetail"]["ItemAccountRef"],
        json!({"value": "1", "name": "Services"})
    );
    assert_eq!(lines[0]["SalesItemLineDetail"].get("Qty"), None);
    assert_eq!(
        lines[1],
        json!({"Amount": 100.5, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    );
    assert_eq!(
        (&made["PrintStatus"], &made["EmailStatus"], &made["LinkedTxn"]),
        (&json!("NeedToPrint"), &json!("NotSet"), &json!([]))
    );
    assert_eq!(made["BillAddr"]["Line1"], "4581 Finch St.");
}

#[tokio::test]
async fn amounts_must_be_quantity_times_price_to_the_cent() {
    let company = Company::sample().await;
    for (quantity, price, amount, accepted) in [
        ("2", "50", "100", true),
        ("3", "33.335", "100.01", true),
        ("3", "33.33", "100", false),
        ("1.5", "0.33", "0.50", true),
        ("1", "1861.06", "1861.07", false),
    ] {
        let reply =
            company.post("invoice", with_lines(vec![priced(quantity, price, amount)])).await;
        assert_eq!(
            reply.status == 200,
            accepted,
            "{quantity} * {price} = {amount}: {}",
            reply.body
        );
    }
    let refused =
        company.post("invoice", with_lines(vec![priced("1", "1861.06", "1861.07")])).await;
    let detail = "Amount calculation incorrect in the request : Amount is not equal to UnitPrice * Qty. Supplied value:1,861.07";
    assert_eq!(refused.fault(), ("6070", "Amount calculation incorrect in the request", detail));
}

#[tokio::test]
async fn lines_are_refused_with_their_own_faults() {
    let company = Company::sample().await;
    let mut wrong_tax = line("5", "1");
    wrong_tax["SalesItemLineDetail"]["TaxCodeRef"] = json!({"value": "2"});
    let mut no_amount = line("5", "1");
    no_amount.as_object_mut().unwrap().remove("Amount");
    let discount =
        |detail: Value| json!({"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail});
    for (lines, code) in [
        (vec![], "2020"),
        (vec![json!({"DetailType": "DescriptionOnly", "Description": "text"})], "2020"),
        (vec![line("5", "999")], "2500"),
        (vec![wrong_tax], "6100"),
        (vec![no_amount], "2020"),
        (vec![line("5", "1"), discount(json!({"PercentBased": true}))], "6090"),
        (
            vec![
                line("5", "1"),
                json!({"Amount": 6, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}),
            ],
            "6000",
        ),
        (vec![line("-5", "1")], "6000"),
        (vec![json!({"Amount": 5, "DetailType": "Unheard"})], "2170"),
    ] {
        let reply = company.post("invoice", with_lines(lines.clone())).await;
        assert_eq!(reply.code(), code, "{lines:?}: {}", reply.body);
    }
    let missing = company.post("invoice", json!({"Line": [line("5", "1")]})).await;
    let expected = (
        "2020",
        "Required param missing, need to supply the required value for the API",
        "Required parameter CustomerRef is missing in the request",
    );
    assert_eq!(missing.fault(), expected);
    assert_eq!(missing.body["Fault"]["Error"][0]["element"], "CustomerRef");
    let unknown = company.post("invoice", invoice("999", "5")).await;
    assert_eq!(unknown.fault().2, "Invalid Reference Id : Customers element id 999 not found");
    company.switch(json!({"negative_lines": "reject"})).await;
    assert_eq!(
        company.post("invoice", with_lines(vec![line("10", "1"), line("-5", "1")])).await.code(),
        "2290"
    );
}

#[tokio::test]
async fn manual_sales_tax_is_computed_by_rate_on_the_taxed_lines() {
    let company = Company::sample().await;
    for (code, taxed, taxes, total) in
        [("2", "335.25", vec!["26.82"], "362.07"), ("3", "422", vec!["29.96", "8.44"], "460.4")]
    {
        let mut body = with_lines(vec![line(taxed, "14")]);
        body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = json!({"value": "TAX"});
        body["TxnTaxDetail"] = json!({"TxnTaxCodeRef": {"value": code}});
        let made = company.save("Invoice", body).await;
        let lines = made["TxnTaxDetail"]["TaxLine"].as_array().unwrap();
        assert_eq!(
            lines.iter().map(|line| line["Amount"].clone()).collect::<Vec<_>>(),
            taxes.into_iter().map(number).collect::<Vec<_>>()
        );
        assert_eq!(made["TotalAmt"], number(total));
    }
    // The line's code follows item and customer when it is left out.
    let taxed = company
        .save(
            "Invoice",
            json!({"CustomerRef": {"value": "1"}, "Line": [line("10", "14"), line("10", "1")]}),
        )
        .await;
    assert_eq!(taxed["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"]["value"], "TAX");
    assert_eq!(taxed["Line"][1]["SalesItemLineDetail"]["TaxCodeRef"]["value"], "NON");
    company.assert_books_balance().await;
}

#[tokio::test]
async fn automated_sales_tax_honours_an_explicit_total() {
    let company = Company::switched(json!({"sales_tax": "automated"})).await;
    let mut body = json!({"CustomerRef": {"value": "1"}, "Line": [line("100", "14")]});
    assert_eq!(company.save("Invoice", body.clone()).await["TotalAmt"], json!(108));
    body["TxnTaxDetail"] = json!({"TotalTax": 7.25});
    assert_eq!(company.save("Invoice", body).await["TotalAmt"], json!(107.25));
    assert_eq!(
        company.read("Preferences", "1").await["TaxPrefs"]["PartnerTaxEnabled"],
        json!(true)
    );
}

#[tokio::test]
async fn discounts_reduce_the_total_and_post_to_their_account() {
    let company = Company::sample().await;
    let discount = json!({"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": true, "DiscountPercent": 10}});
    let made = company.save("Invoice", with_lines(vec![line("200", "1"), discount])).await;
    assert_eq!(made["TotalAmt"], json!(180));
    let discount = made["Line"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&discount["Amount"], &discount["DiscountLineDetail"]["DiscountAccountRef"]["value"]),
        (&json!(20), &json!("86"))
    );
    company.assert_books_balance().await;
}

#[tokio::test]
async fn due_dates_follow_terms() {
    let company = Company::sample().await;
    for (term, due) in [
        (None, "2026-02-14"),
        (Some("1"), "2026-01-15"),
        (Some("2"), "2026-01-30"),
        (Some("4"), "2026-03-16"),
    ] {
        let mut body = invoice("3", "5");
        body["TxnDate"] = json!("2026-01-15");
        if let Some(term) = term {
            body["SalesTermRef"] = json!({"value": term});
        }
        assert_eq!(company.save("Invoice", body).await["DueDate"], due, "{term:?}");
    }
}

#[tokio::test]
async fn numbers_continue_the_sequence_and_duplicates_are_refused() {
    let company = Company::sample().await;
    assert_eq!(company.invoice("3", "5").await["DocNumber"], "1038");
    let mut own = invoice("3", "5");
    own["DocNumber"] = json!("B-1042");
    let first = company.save("Invoice", own.clone()).await;
    assert_eq!(first["DocNumber"], "B-1042");
    assert_eq!(company.invoice("3", "5").await["DocNumber"], "B-1043");
    let refused = company.post("invoice", own.clone()).await;
    let detail = format!(
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=B-1042 is assigned to TxnType=Invoice with TxnId={}",
        id(&first)
    );
    assert_eq!(refused.fault(), ("6140", "Duplicate Document Number Error", detail.as_str()));
    assert_eq!(company.post("invoice?include=allowduplicatedocnum", own.clone()).await.status, 200);
    company.switch(json!({"warn_duplicate_doc_numbers": false})).await;
    assert_eq!(company.post("invoice", own.clone()).await.status, 200);
    company.switch(json!({"custom_txn_numbers": true})).await;
    assert_eq!(company.invoice("3", "5").await.get("DocNumber"), None);
    own["DocNumber"] = json!("x".repeat(22));
    assert_eq!(company.post("invoice", own).await.code(), "2050");
}

#[tokio::test]
async fn a_sparse_update_keeps_lines_unless_it_sends_them() {
    let company = Company::sample().await;
    let made = company.save("Invoice", with_lines(vec![line("5", "1"), line("7", "2")])).await;
    let noted = company
        .save(
            "Invoice",
            json!({"Id": id(&made), "SyncToken": "0", "sparse": true, "PrivateNote": "n"}),
        )
        .await;
    assert_eq!(noted["Line"], made["Line"]);
    let mut kept = made["Line"][1].clone();
    kept["Amount"] = json!(8);
    let changed = company.save("Invoice", json!({"Id": id(&made), "SyncToken": "1", "sparse": true, "Line": [kept, line("1", "1")]})).await;
    let ids: Vec<&Value> =
        changed["Line"].as_array().unwrap().iter().map(|line| &line["Id"]).collect();
    assert_eq!(
        (ids, &changed["TotalAmt"]),
        (vec![&json!("2"), &json!("3"), &Value::Null], &json!(9))
    );
}

#[tokio::test]
async fn a_voided_invoice_keeps_its_id_and_is_zero() {
    let company = Company::sample().await;
    let made = company.save("Invoice", with_lines(vec![priced("2", "50", "100")])).await;
    let paid = company.save("Payment", payment("3", "100", &[(id(&made), "100")])).await;
    let voided = company
        .post("invoice?operation=void", json!({"Id": id(&made), "SyncToken": "1"}))
        .await
        .body["Invoice"]
        .clone();
    assert_eq!(
        (&voided["TotalAmt"], &voided["Balance"], &voided["PrivateNote"], &voided["LinkedTxn"]),
        (&json!(0), &json!(0), &json!("Voided"), &json!([]))
    );
    assert_eq!(
        (
            &voided["SyncToken"],
            &voided["Line"][0]["Amount"],
            &voided["Line"][0]["SalesItemLineDetail"]["Qty"]
        ),
        (&json!("2"), &json!(0), &json!(0))
    );
    let released = company.read("Payment", id(&paid)).await;
    assert_eq!((&released["UnappliedAmt"], &released["Line"]), (&json!(100), &json!([])));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn what_happens_to_a_paid_invoice_is_a_switch() {
    let company = Company::sample().await;
    let made = company.invoice("3", "100").await;
    let paid = company.save("Payment", payment("3", "100", &[(id(&made), "100")])).await;
    assert_eq!(
        company
            .post("invoice?operation=delete", json!({"Id": id(&made), "SyncToken": "1"}))
            .await
            .code(),
        "800"
    );
    company.switch(json!({"invoice_below_paid": "reject"})).await;
    let smaller =
        json!({"Id": id(&made), "SyncToken": "1", "sparse": true, "Line": [line("60", "1")]});
    assert_eq!(company.post("invoice", smaller.clone()).await.code(), "6000");
    company.switch(json!({"invoice_below_paid": "unapply", "delete_paid_invoice": "unlink"})).await;
    let lowered = company.save("Invoice", smaller).await;
    assert_eq!((&lowered["Balance"], &lowered["SyncToken"]), (&json!(0), &json!("2")));
    assert_eq!(company.read("Payment", id(&paid)).await["UnappliedAmt"], json!(40));
    assert_eq!(
        company
            .post("invoice?operation=delete", json!({"Id": id(&made), "SyncToken": "2"}))
            .await
            .status,
        200
    );
    assert_eq!(company.read("Payment", id(&paid)).await["UnappliedAmt"], json!(100));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn sending_marks_an_invoice_as_emailed() {
    let company = Company::sample().await;
    let made = company.invoice("3", "5").await;
    let path = format!("invoice/{}/send", id(&made));
    assert_eq!(company.post(&path, Value::Null).await.code(), "6420");
    let sent = company.post(&format!("{path}?sendTo=a@example.com"), Value::Null).await;
    assert_eq!(
        (&sent.body["Invoice"]["EmailStatus"], &sent.body["Invoice"]["BillEmail"]["Address"]),
        (&json!("EmailSent"), &json!("a@example.com"))
    );
}

#[tokio::test]
async fn inventory_is_not_sold_before_it_started() {
    let company = Company::sample().await;
    let mut early = with_lines(vec![line("15", "11")]);
    early["TxnDate"] = json!("2020-01-01");
    assert_eq!(company.post("invoice", early).await.code(), "6270");
}

#[tokio::test]
async fn a_deposit_reduces_the_balance_and_is_never_more_than_the_total() {
    let company = Company::sample().await;
    let mut body = invoice("3", "100");
    body["Deposit"] = json!(30);
    let made = company.save("Invoice", body.clone()).await;
    assert_eq!(
        (&made["TotalAmt"], &made["Balance"], &made["DepositToAccountRef"]),
        (&json!(100), &json!(70), &json!({"value": "4"}))
    );
    assert_eq!(company.read("Customer", "3").await["Balance"], json!(70));
    body["Deposit"] = json!(101);
    assert_eq!(company.post("invoice", body).await.code(), "6000");
    let lowered =
        json!({"Id": id(&made), "SyncToken": "0", "sparse": true, "Line": [line("20", "1")]});
    assert_eq!(company.post("invoice", lowered).await.code(), "6000");
    company.assert_books_balance().await;
}
