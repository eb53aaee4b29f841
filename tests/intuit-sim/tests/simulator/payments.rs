//! Payments: what they settle, over-application, unlinking, void and delete.

use serde_json::{Value, json};

use crate::support::{Company, id, payment};

#[tokio::test]
async fn a_payment_settles_invoices_and_moves_their_tokens() {
    let company = Company::sample().await;
    let made = company.invoice("3", "100").await;
    company.advance(60).await;
    let paid = company.save("Payment", payment("3", "130", &[(id(&made), "100")])).await;
    assert_eq!(
        (&paid["UnappliedAmt"], &paid["DepositToAccountRef"], &paid["ProcessPayment"]),
        (&json!(30), &json!({"value": "4"}), &json!(false))
    );
    let after = company.read("Invoice", id(&made)).await;
    assert_eq!((&after["Balance"], &after["SyncToken"]), (&json!(0), &json!("1")));
    assert_eq!(after["LinkedTxn"], json!([{"TxnId": id(&paid), "TxnType": "Payment"}]));
    assert_eq!(after["MetaData"]["LastUpdatedTime"], paid["MetaData"]["CreateTime"]);
    assert_eq!(company.read("Customer", "3").await["Balance"], json!(-30));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn a_bare_payment_is_unapplied() {
    let company = Company::sample().await;
    let paid =
        company.save("Payment", json!({"CustomerRef": {"value": "3"}, "TotalAmt": 25})).await;
    assert_eq!((&paid["UnappliedAmt"], &paid["Line"]), (&json!(25), &json!([])));
}

#[tokio::test]
async fn wrong_applications_are_refused() {
    let company = Company::sample().await;
    let made = company.invoice("3", "100").await;
    let invoice = id(&made);
    company.save("Payment", payment("3", "60", &[(invoice, "60")])).await;
    let mut kind = payment("3", "10", &[(invoice, "10")]);
    kind["Line"][0]["LinkedTxn"][0]["TxnType"] = json!("Estimate");
    let mut deposit = payment("3", "10", &[]);
    deposit["DepositToAccountRef"] = json!({"value": "7"});
    for (body, code) in [
        (payment("3", "50", &[(invoice, "50")]), "6000"),
        (payment("3", "40", &[(invoice, "20"), (invoice, "21")]), "6000"),
        (payment("3", "10", &[(invoice, "20")]), "6000"),
        (payment("2", "10", &[(invoice, "10")]), "6000"),
        (payment("3", "-1", &[]), "6000"),
        (payment("3", "10", &[("99999", "10")]), "610"),
        (payment("999", "10", &[]), "2500"),
        (kind, "620"),
        (deposit, "6430"),
        (json!({"CustomerRef": {"value": "3"}}), "2020"),
        (
            json!({"CustomerRef": {"value": "3"}, "TotalAmt": 1, "PaymentRefNum": "x".repeat(22)}),
            "2050",
        ),
        (
            json!({"CustomerRef": {"value": "3"}, "TotalAmt": 1, "PaymentMethodRef": {"value": "99"}}),
            "2500",
        ),
    ] {
        let reply = company.post("payment", body.clone()).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.body);
    }
    assert_eq!(company.read("Invoice", invoice).await["Balance"], json!(40));
}

#[tokio::test]
async fn lines_are_all_or_none() {
    let company = Company::sample().await;
    let (one, two) = (company.invoice("3", "10").await, company.invoice("3", "20").await);
    let paid =
        company.save("Payment", payment("3", "30", &[(id(&one), "10"), (id(&two), "20")])).await;
    let noted = company
        .save(
            "Payment",
            json!({"Id": id(&paid), "SyncToken": "0", "sparse": true, "PrivateNote": "n"}),
        )
        .await;
    assert_eq!(noted["Line"], paid["Line"]);
    let full = company.save("Payment", json!({"Id": id(&paid), "SyncToken": "1", "CustomerRef": {"value": "3"}, "TotalAmt": 30, "PrivateNote": "m"})).await;
    assert_eq!(full["Line"], paid["Line"], "a full update without Line leaves the links alone");
    let one_left =
        json!({"Id": id(&paid), "SyncToken": "2", "sparse": true, "Line": [paid["Line"][1]]});
    assert_eq!(company.save("Payment", one_left).await["UnappliedAmt"], json!(10));
    assert_eq!(company.read("Invoice", id(&one)).await["Balance"], json!(10));
    let none = company
        .save("Payment", json!({"Id": id(&paid), "SyncToken": "3", "sparse": true, "Line": []}))
        .await;
    assert_eq!((&none["Line"], &none["UnappliedAmt"]), (&json!([]), &json!(30)));
    assert_eq!(company.read("Invoice", id(&two)).await["LinkedTxn"], json!([]));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn void_and_delete_reopen_the_invoices() {
    let company = Company::sample().await;
    for (path, is_void) in
        [("payment?operation=update&include=void", true), ("payment?operation=delete", false)]
    {
        let made = company.invoice("3", "10").await;
        let mut body = payment("3", "10", &[(id(&made), "10")]);
        body["PrivateNote"] = json!("check 7");
        let paid = company.save("Payment", body).await;
        let reply =
            company.post(path, json!({"Id": id(&paid), "SyncToken": "0", "sparse": true})).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let after = company.read("Invoice", id(&made)).await;
        assert_eq!(
            (&after["Balance"], &after["LinkedTxn"], &after["SyncToken"]),
            (&json!(10), &json!([]), &json!("2"))
        );
        if is_void {
            let voided = &reply.body["Payment"];
            assert_eq!(
                (&voided["TotalAmt"], &voided["Line"], &voided["SyncToken"]),
                (&json!(0), &json!([]), &json!("1"))
            );
            assert!(voided["PrivateNote"].as_str().unwrap().starts_with("Voided"));
        } else {
            assert_eq!(company.get(&format!("payment/{}", id(&paid))).await.code(), "610");
        }
        company.assert_books_balance().await;
    }
}

#[tokio::test]
async fn a_parent_may_pay_for_its_sub_customer() {
    let company = Company::sample().await;
    let made = company.invoice("8", "50").await;
    let before: Value = company.read("Customer", "7").await;
    company.save("Payment", payment("7", "50", &[(id(&made), "50")])).await;
    assert_eq!(company.read("Customer", "8").await["Balance"], json!(477.5));
    assert_eq!(company.read("Customer", "7").await["Balance"], json!(0));
    assert_eq!(before["BalanceWithJobs"], json!(612.5));
    assert_eq!(
        company.post("payment", payment("9", "1", &[(id(&made), "1")])).await.code(),
        "6000"
    );
}
