//! Sales receipts and deposits: what a deposit takes, freezes and gives back.

use serde_json::{Value, json};

use crate::support::{Company, id, line, number, payment};

fn linked(of: &Value, kind: &str, amount: &str) -> Value {
    json!({"Amount": number(amount), "LinkedTxn": [{"TxnId": id(of), "TxnType": kind, "TxnLineId": "0"}]})
}

fn deposit(lines: Vec<Value>) -> Value {
    json!({"DepositToAccountRef": {"value": "35"}, "Line": lines})
}

fn direct(account: &str, amount: &str) -> Value {
    json!({"Amount": number(amount), "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": {"value": account}}})
}

fn receipt(amount: &str) -> Value {
    json!({"CustomerRef": {"value": "3"}, "Line": [line(amount, "1")]})
}

#[tokio::test]
async fn a_sales_receipt_is_paid_at_once() {
    let company = Company::sample().await;
    let made = company.save("SalesReceipt", receipt("12.50")).await;
    assert_eq!(
        (&made["TotalAmt"], &made["Balance"], &made["DepositToAccountRef"], &made["DocNumber"]),
        (&json!(12.5), &json!(0), &json!({"value": "4"}), &json!("1038"))
    );
    assert_eq!(company.read("Account", "4").await["CurrentBalance"], number("2375.02"));
    assert_eq!(company.read("Customer", "3").await["Balance"], json!(0));
    // A sale to nobody in particular, straight to the bank; numbers go on over all sales forms.
    let mut cash = receipt("5");
    cash.as_object_mut().unwrap().remove("CustomerRef");
    cash["DepositToAccountRef"] = json!({"value": "35"});
    let cash = company.save("SalesReceipt", cash).await;
    assert_eq!((cash.get("CustomerRef"), &cash["DocNumber"]), (None, &json!("1039")));
    assert_eq!(company.invoice("3", "5").await["DocNumber"], "1040");
    let full = json!({"Id": id(&made), "SyncToken": "0", "Line": made["Line"]});
    let full = company.save("SalesReceipt", full).await;
    assert_eq!((full.get("CustomerRef"), &full["DocNumber"]), (None, &json!("1038")));
    let voided = company
        .post(
            "salesreceipt?operation=update&include=void",
            json!({"Id": id(&made), "SyncToken": "1", "sparse": true}),
        )
        .await;
    let voided = &voided.body["SalesReceipt"];
    assert_eq!((&voided["TotalAmt"], &voided["PrivateNote"]), (&json!(0), &json!("Voided")));
    let deleted = json!({"Id": id(&cash), "SyncToken": "0"});
    assert_eq!(company.post("salesreceipt?operation=delete", deleted).await.status, 200);
    for (body, code) in [
        (json!({"CustomerRef": {"value": "3"}}), "2020"),
        (json!({"CustomerRef": {"value": "999"}, "Line": [line("5", "1")]}), "2500"),
        (json!({"DepositToAccountRef": {"value": "7"}, "Line": [line("5", "1")]}), "6430"),
        (json!({"DocNumber": "1037", "Line": [line("5", "1")]}), "6140"),
        (json!({"PaymentRefNum": "x".repeat(22), "Line": [line("5", "1")]}), "2050"),
    ] {
        assert_eq!(company.post("salesreceipt", body.clone()).await.code(), code, "{body}");
    }
    company.assert_books_balance().await;
}

#[tokio::test]
async fn a_deposit_empties_undeposited_funds_and_freezes_what_it_takes() {
    let company = Company::sample().await;
    let paid = company.save("Payment", payment("3", "60", &[])).await;
    let sold = company.save("SalesReceipt", receipt("40")).await;
    company.advance(60).await;
    let mut body = deposit(vec![
        linked(&paid, "Payment", "60"),
        linked(&sold, "SalesReceipt", "40"),
        direct("25", "5"),
        direct("8", "-1.50"),
    ]);
    body["CashBack"] = json!({"AccountRef": {"value": "36"}, "Amount": 20, "Memo": "till"});
    let made = company.save("Deposit", body).await;
    assert_eq!((&made["TotalAmt"], &made["TxnTaxDetail"]), (&json!(83.5), &json!({})));
    assert_eq!((made["Line"][0].get("Id"), &made["Line"][2]["Id"]), (None, &json!("1")));
    for (account, balance) in [("4", "2362.52"), ("35", "2184.5"), ("36", "820")] {
        assert_eq!(
            company.read("Account", account).await["CurrentBalance"],
            number(balance),
            "{account}"
        );
    }
    // The payment shows the link, and nothing else about it moves.
    let frozen = company.read("Payment", id(&paid)).await;
    assert_eq!(frozen["LinkedTxn"], json!([{"TxnId": id(&made), "TxnType": "Deposit"}]));
    assert_eq!(
        (&frozen["SyncToken"], &frozen["MetaData"]),
        (&paid["SyncToken"], &paid["MetaData"])
    );
    let detail = "This transaction has been deposited. If you want to change or delete it, you must edit the deposit it appears on and remove it first.";
    let expected = ("6540", "Deposited Transaction cannot be changed", detail);
    let change = |of: &Value, member: &str, value: Value| {
        let mut body = json!({"Id": id(of), "SyncToken": "0", "sparse": true});
        body[member] = value;
        body
    };
    for (path, body) in [
        ("payment", change(&paid, "TotalAmt", json!(61))),
        ("payment", change(&paid, "TxnDate", json!("2026-01-01"))),
        ("payment", change(&paid, "DepositToAccountRef", json!({"value": "35"}))),
        ("payment", change(&paid, "PaymentMethodRef", json!({"value": "2"}))),
        ("payment?operation=delete", change(&paid, "sparse", json!(true))),
        ("payment?operation=update&include=void", change(&paid, "sparse", json!(true))),
        ("salesreceipt", change(&sold, "PrivateNote", json!("n"))),
        ("salesreceipt?operation=delete", change(&sold, "sparse", json!(true))),
        ("salesreceipt?operation=update&include=void", change(&sold, "sparse", json!(true))),
    ] {
        assert_eq!(company.post(path, body.clone()).await.fault(), expected, "{path} {body}");
    }
    let noted = company.save("Payment", change(&paid, "PrivateNote", json!("n"))).await;
    assert_eq!(noted["SyncToken"], "1");
    // Taken off the deposit, the payment is free again.
    let rest = json!({"Id": id(&made), "SyncToken": "0", "sparse": true, "DepositToAccountRef": {"value": "35"}, "Line": [made["Line"][1], made["Line"][2]], "CashBack": made["CashBack"]});
    assert_eq!(company.save("Deposit", rest).await["TotalAmt"], json!(25));
    let free = company.read("Payment", id(&paid)).await;
    assert_eq!((free.get("LinkedTxn"), &free["SyncToken"]), (None, &json!("1")));
    let gone = json!({"Id": id(&paid), "SyncToken": "1"});
    assert_eq!(company.post("payment?operation=delete", gone).await.status, 200);
    // The whole deposit deleted frees the receipt.
    let gone = json!({"Id": id(&made), "SyncToken": "1"});
    assert_eq!(company.post("deposit?operation=delete", gone).await.status, 200);
    company.save("SalesReceipt", change(&sold, "PrivateNote", json!("n"))).await;
    company.assert_books_balance().await;
}

#[tokio::test]
async fn only_what_lies_in_undeposited_funds_can_be_deposited_and_only_whole() {
    let company = Company::sample().await;
    let paid = company.save("Payment", payment("3", "60", &[])).await;
    let mut banked = payment("3", "60", &[]);
    banked["DepositToAccountRef"] = json!({"value": "35"});
    let banked = company.save("Payment", banked).await;
    let taken = company.read("Payment", "94").await;
    let mut no_line = linked(&paid, "Payment", "60");
    no_line["LinkedTxn"][0].as_object_mut().unwrap().remove("TxnLineId");
    let whole = || linked(&paid, "Payment", "60");
    let mut too_much_back = deposit(vec![direct("25", "5")]);
    too_much_back["CashBack"] = json!({"AccountRef": {"value": "36"}, "Amount": 6});
    let mut elsewhere = deposit(vec![direct("25", "5")]);
    elsewhere["DepositToAccountRef"] = json!({"value": "7"});
    for (body, code) in [
        (deposit(vec![linked(&paid, "Payment", "59")]), "6000"),
        (deposit(vec![whole(), whole()]), "620"),
        (deposit(vec![linked(&banked, "Payment", "60")]), "620"),
        (deposit(vec![linked(&taken, "Payment", "460.40")]), "620"),
        (deposit(vec![linked(&paid, "SalesReceipt", "60")]), "610"),
        (deposit(vec![linked(&paid, "Invoice", "60")]), "620"),
        (deposit(vec![no_line]), "2020"),
        (deposit(vec![direct("84", "5")]), "6000"),
        (deposit(vec![direct("999", "5")]), "2500"),
        (deposit(vec![direct("25", "-5")]), "6000"),
        (deposit(vec![]), "2020"),
        (json!({"Line": [direct("25", "5")]}), "2020"),
        (too_much_back, "6000"),
        (elsewhere, "6430"),
    ] {
        let reply = company.post("deposit", body.clone()).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.body);
    }
    company.save("Deposit", deposit(vec![whole()])).await;
    assert_eq!(company.post("deposit", deposit(vec![whole()])).await.code(), "620");
}

#[tokio::test]
async fn a_direct_line_may_come_from_a_customer() {
    let company = Company::sample().await;
    let mut from = direct("84", "30");
    from["DepositLineDetail"]["Entity"] = json!({"value": "3", "type": "CUSTOMER"});
    let made = company.save("Deposit", deposit(vec![from])).await;
    assert_eq!(
        made["Line"][0]["DepositLineDetail"]["Entity"],
        json!({"value": "3", "name": "Cool Cars", "type": "Customer"})
    );
    assert_eq!(company.read("Customer", "3").await["Balance"], json!(-30));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn a_journal_line_in_undeposited_funds_is_deposited_by_its_own_id() {
    let company = Company::sample().await;
    let side = |kind: &str, account: &str, amount: i64| json!({"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"PostingType": kind, "AccountRef": {"value": account}}});
    let entry = company
        .save(
            "JournalEntry",
            json!({"Line": [side("Debit", "4", 10), side("Debit", "4", 20), side("Credit", "25", 30)]}),
        )
        .await;
    let of_line = |line: &str, amount: &str| {
        let mut linked = linked(&entry, "JournalEntry", amount);
        linked["LinkedTxn"][0]["TxnLineId"] = json!(line);
        linked
    };
    assert_eq!(company.post("deposit", deposit(vec![of_line("2", "30")])).await.code(), "620");
    company.save("Deposit", deposit(vec![of_line("1", "20")])).await;
    assert_eq!(company.post("deposit", deposit(vec![of_line("1", "20")])).await.code(), "620");
    let last = company.save("Deposit", deposit(vec![of_line("0", "10")])).await;
    let edit = json!({"Id": id(&entry), "SyncToken": "0", "sparse": true, "PrivateNote": "n"});
    assert_eq!(company.post("journalentry", edit).await.code(), "6540");
    company.switch(json!({"undocumented_void": "accept"})).await;
    let voided = company
        .post("deposit?operation=void", json!({"Id": id(&last), "SyncToken": "0"}))
        .await
        .body["Deposit"]
        .clone();
    assert_eq!((&voided["TotalAmt"], &voided["Line"]), (&json!(0), &json!([])));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn the_sample_deposits_are_as_recorded() {
    let company = Company::sample().await;
    for (deposit, total) in
        [("4", "5000"), ("5", "600"), ("62", "218.75"), ("102", "408"), ("121", "868.15")]
    {
        assert_eq!(company.read("Deposit", deposit).await["TotalAmt"], number(total), "{deposit}");
    }
    let refused =
        company.post("payment?operation=delete", json!({"Id": "94", "SyncToken": "0"})).await;
    assert_eq!(refused.code(), "6540");
}

#[tokio::test]
async fn closed_books_take_no_document_of_any_kind() {
    let company = Company::switched(json!({"book_close_date": "2026-03-31"})).await;
    let expense = crate::support::bill("41", "5", "7");
    for (entity, mut body) in [
        ("bill", expense.clone()),
        (
            "purchase",
            json!({"PaymentType": "Cash", "AccountRef": {"value": "35"}, "Line": expense["Line"]}),
        ),
        ("salesreceipt", receipt("5")),
        ("creditmemo", receipt("5")),
        ("deposit", deposit(vec![direct("25", "5")])),
        (
            "journalentry",
            json!({"Line": [
                {"Amount": 5, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"PostingType": "Debit", "AccountRef": {"value": "35"}}},
                {"Amount": 5, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"PostingType": "Credit", "AccountRef": {"value": "25"}}}
            ]}),
        ),
    ] {
        body["TxnDate"] = json!("2026-03-31");
        assert_eq!(company.post(entity, body.clone()).await.code(), "6200", "{entity}");
        body["TxnDate"] = json!("2026-04-01");
        let made = company.post(entity, body.clone()).await;
        assert_eq!(made.status, 200, "{}", made.body);
        body["CurrencyRef"] = json!({"value": "EUR"});
        assert_eq!(company.post(entity, body).await.code(), "6000", "{entity}");
    }
}
