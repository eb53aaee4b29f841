//! Credit memos and the payments that apply them.

use serde_json::{Value, json};

use crate::support::{Company, id, invoice, number};

fn applying(items: &[(&Value, &str, &str)]) -> Value {
    let lines: Vec<Value> = items.iter().map(|(item, kind, amount)| json!({"Amount": number(amount), "LinkedTxn": [{"TxnId": id(item), "TxnType": kind}]})).collect();
    json!({"CustomerRef": {"value": "3"}, "TotalAmt": 0, "Line": lines})
}

#[tokio::test]
async fn a_credit_memo_is_open_until_a_zero_payment_applies_it() {
    let company = Company::sample().await;
    let owed = company.invoice("3", "100").await;
    let memo = company.save("CreditMemo", invoice("3", "40")).await;
    assert_eq!(
        (&memo["TotalAmt"], &memo["Balance"], &memo["RemainingCredit"], &memo["DocNumber"]),
        (&json!(40), &json!(40), &json!(40), &json!("1039"))
    );
    assert_eq!(company.read("Customer", "3").await["Balance"], json!(60));
    let used = applying(&[(&owed, "Invoice", "30"), (&memo, "CreditMemo", "30")]);
    let used = company.save("Payment", used).await;
    assert_eq!((&used["TotalAmt"], &used["UnappliedAmt"]), (&json!(0), &json!(0)));
    assert_eq!(company.read("Invoice", id(&owed)).await["Balance"], json!(70));
    let after = company.read("CreditMemo", id(&memo)).await;
    assert_eq!(
        (&after["RemainingCredit"], &after["Balance"], after.get("LinkedTxn")),
        (&json!(10), &json!(10), None)
    );
    assert_eq!(company.read("Customer", "3").await["Balance"], json!(60));
    for (body, code) in [
        (applying(&[(&owed, "Invoice", "11"), (&memo, "CreditMemo", "11")]), "6000"),
        (applying(&[(&owed, "Invoice", "10"), (&memo, "CreditMemo", "5")]), "6000"),
        (applying(&[(&memo, "CreditMemo", "5")]), "6000"),
    ] {
        assert_eq!(company.post("payment", body.clone()).await.code(), code, "{body}");
    }
    company.assert_books_balance().await;
    // Without the payment both are open again.
    let gone = json!({"Id": id(&used), "SyncToken": "0"});
    assert_eq!(company.post("payment?operation=delete", gone).await.status, 200);
    assert_eq!(company.read("CreditMemo", id(&memo)).await["RemainingCredit"], json!(40));
    assert_eq!(company.read("Invoice", id(&owed)).await["Balance"], json!(100));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn money_and_credit_pay_an_invoice_together() {
    let company = Company::sample().await;
    let owed = company.invoice("3", "100").await;
    let memo = company.save("CreditMemo", invoice("3", "40")).await;
    let mut both = applying(&[(&owed, "Invoice", "100"), (&memo, "CreditMemo", "40")]);
    both["TotalAmt"] = json!(75);
    let paid = company.save("Payment", both).await;
    assert_eq!(paid["UnappliedAmt"], json!(15));
    assert_eq!(company.read("Customer", "3").await["Balance"], json!(-15));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn taking_one_side_away_releases_the_other() {
    let company = Company::switched(json!({"delete_paid_invoice": "unlink"})).await;
    for gone in ["creditmemo", "invoice"] {
        let owed = company.invoice("3", "100").await;
        let memo = company.save("CreditMemo", invoice("3", "40")).await;
        let used = applying(&[(&owed, "Invoice", "40"), (&memo, "CreditMemo", "40")]);
        let used = company.save("Payment", used).await;
        let item = if gone == "invoice" { &owed } else { &memo };
        let reply = company
            .post(&format!("{gone}?operation=delete"), json!({"Id": id(item), "SyncToken": "1"}))
            .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let left = company.read("Payment", id(&used)).await;
        assert_eq!((&left["Line"], &left["UnappliedAmt"]), (&json!([]), &json!(0)), "{gone}");
        if gone == "invoice" {
            let open = company.read("CreditMemo", id(&memo)).await;
            assert_eq!(open["RemainingCredit"], json!(40));
        } else {
            assert_eq!(company.read("Invoice", id(&owed)).await["Balance"], json!(100));
        }
        company.assert_books_balance().await;
    }
}

#[tokio::test]
async fn a_used_credit_memo_is_not_deleted_and_gives_back_what_it_no_longer_covers() {
    let company = Company::sample().await;
    let owed = company.invoice("3", "100").await;
    let memo = company.save("CreditMemo", invoice("3", "40")).await;
    let used = applying(&[(&owed, "Invoice", "40"), (&memo, "CreditMemo", "40")]);
    let used = company.save("Payment", used).await;
    let gone = json!({"Id": id(&memo), "SyncToken": "1"});
    assert_eq!(company.post("creditmemo?operation=delete", gone.clone()).await.code(), "800");
    assert_eq!(company.post("creditmemo?operation=void", gone).await.code(), "500");
    let mut smaller = invoice("3", "25");
    smaller["Id"] = memo["Id"].clone();
    smaller["SyncToken"] = json!("1");
    let smaller = company.save("CreditMemo", smaller).await;
    assert_eq!((&smaller["RemainingCredit"], &smaller["SyncToken"]), (&json!(0), &json!("2")));
    let left = company.read("Payment", id(&used)).await;
    assert_eq!((&left["Line"][0]["Amount"], &left["Line"][1]["Amount"]), (&json!(25), &json!(25)));
    assert_eq!(company.read("Invoice", id(&owed)).await["Balance"], json!(75));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn a_credit_memo_for_an_invoice_is_applied_at_once() {
    let company = Company::sample().await;
    let owed = company.invoice("3", "100").await;
    let mut body = invoice("3", "130");
    body["InvoiceRef"] = json!({"value": id(&owed)});
    let memo = company.save("CreditMemo", body.clone()).await;
    assert_eq!(memo["RemainingCredit"], json!(30));
    let paid = company.read("Invoice", id(&owed)).await;
    let payment = company.read("Payment", paid["LinkedTxn"][0]["TxnId"].as_str().unwrap()).await;
    assert_eq!(
        (&paid["Balance"], &payment["TotalAmt"], &payment["PrivateNote"]),
        (&json!(0), &json!(0), &json!("Created by QB Online to link credits to charges."))
    );
    body["CustomerRef"] = json!({"value": "2"});
    assert_eq!(company.post("creditmemo", body).await.code(), "6000");
    company.assert_books_balance().await;
}

#[tokio::test]
async fn a_refund_check_to_a_customer_is_a_charge_and_a_card_credit_a_credit() {
    let company = Company::sample().await;
    let memo = company.save("CreditMemo", invoice("3", "40")).await;
    let refund = company
        .save(
            "Purchase",
            json!({"PaymentType": "Check", "AccountRef": {"value": "35"}, "EntityRef": {"value": "3", "type": "Customer"}, "Line": [
                {"Amount": 40, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "84"}}}
            ]}),
        )
        .await;
    assert_eq!(company.read("Customer", "3").await["Balance"], json!(0));
    let used = applying(&[(&refund, "Check", "40"), (&memo, "CreditMemo", "40")]);
    let used = company.save("Payment", used).await;
    assert_eq!(used["Line"][0]["LinkedTxn"][0]["TxnType"], "Check");
    assert_eq!(company.read("CreditMemo", id(&memo)).await["RemainingCredit"], json!(0));
    let gone = json!({"Id": id(&refund), "SyncToken": "0"});
    assert_eq!(company.post("purchase?operation=delete", gone).await.code(), "800");
    company.assert_books_balance().await;
}

#[tokio::test]
async fn the_sample_memo_is_used_up() {
    let company = Company::sample().await;
    let memo = company.read("CreditMemo", "73").await;
    assert_eq!(
        (&memo["DocNumber"], &memo["TotalAmt"], &memo["RemainingCredit"]),
        (&json!("1026"), &json!(100), &json!(0))
    );
    assert_eq!(company.read("Payment", "74").await["TotalAmt"], json!(0));
}
