//! What a person does in QuickBooks' own screens, over the control API and with the buttons of the pages.

use serde_json::{Value, json};

use crate::support::{Company, bill, id, number};

const VENDOR: &str = "41";

fn receipt(amount: &str) -> Value {
    let mut body = crate::support::invoice("3", amount);
    body["DepositToAccountRef"] = json!({"value": "4"});
    body
}

fn purchase(amount: &str) -> Value {
    json!({"PaymentType": "Check", "AccountRef": {"value": "35"}, "EntityRef": {"value": VENDOR, "type": "Vendor"}, "Line": bill(VENDOR, amount, "7")["Line"]})
}

fn entry(amount: &str) -> Value {
    let side = |kind: &str, account: &str| json!({"Amount": number(amount), "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"PostingType": kind, "AccountRef": {"value": account}}});
    json!({"Line": [side("Debit", "7"), side("Credit", "35")]})
}

fn deposit(amount: &str) -> Value {
    json!({"DepositToAccountRef": {"value": "35"}, "Line": [{"Amount": number(amount), "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": {"value": "1"}}}]})
}

/// One document of every kind that a disbursement can become.
fn every_kind() -> Vec<(&'static str, Value)> {
    vec![
        ("Invoice", crate::support::invoice("3", "40")),
        ("SalesReceipt", receipt("40")),
        ("Payment", crate::support::payment("3", "40", &[])),
        ("Deposit", deposit("40")),
        ("Bill", bill(VENDOR, "40", "7")),
        ("Purchase", purchase("40")),
        ("JournalEntry", entry("40")),
    ]
}

#[tokio::test]
async fn every_document_is_deleted_by_hand() {
    let company = Company::sample().await;
    for (entity, body) in every_kind() {
        let made = company.save(entity, body).await;
        assert_ne!(company.effect().await, json!({}), "{entity}");
        let gone = company.by_hand(entity, id(&made), "delete", json!({})).await;
        assert_eq!(gone["status"], "Deleted", "{entity}");
        let path = format!("{}/{}", entity.to_lowercase(), id(&made));
        assert_eq!(company.get(&path).await.code(), "610", "{entity}");
        assert_eq!(company.effect().await, json!({}), "{entity}");
    }
    company.assert_books_balance().await;
}

#[tokio::test]
async fn documents_are_voided_by_hand_where_the_screens_have_the_button() {
    let company = Company::sample().await;
    for (entity, body) in every_kind() {
        let made = company.save(entity, body).await;
        let reply = company.try_by_hand(entity, id(&made), "void", json!({})).await;
        if matches!(entity, "Deposit" | "Bill" | "JournalEntry") {
            assert_eq!(reply.code(), "500", "{entity}");
            company.by_hand(entity, id(&made), "delete", json!({})).await;
            continue;
        }
        assert_eq!(reply.status, 200, "{entity}: {}", reply.body);
        let voided = company.read(entity, id(&made)).await;
        assert_eq!(
            (&voided["TotalAmt"], &voided["PrivateNote"], &voided["SyncToken"]),
            (&json!(0), &json!("Voided"), &json!("1")),
            "{entity}"
        );
        let told = company.inspect(&format!("books/{entity}/{}", id(&made))).await;
        assert_eq!((&told["voided"], &told["postings"]), (&json!(true), &json!([])), "{entity}");
    }
    assert_eq!(company.effect().await, json!({}));
    // What the screens void, the API does not, unless a switch says so.
    let made = company.save("Purchase", purchase("5")).await;
    let named = json!({"Id": id(&made), "SyncToken": "0", "sparse": true});
    assert_eq!(company.post("purchase?operation=void", named).await.code(), "500");
}

#[tokio::test]
async fn notes_amounts_accounts_and_dates_are_edited_by_hand() {
    let company = Company::sample().await;
    let (from, to) = ("Advertising", "Legal & Professional Fees:Accounting");
    for (entity, body) in every_kind() {
        let made = company.save(entity, body).await;
        let edit = json!({"memo": "seen", "amount": "55.25", "date": "2026-03-04"});
        let edited = company.by_hand(entity, id(&made), "edit", edit).await;
        assert_eq!(
            (&edited["PrivateNote"], &edited["TxnDate"], &edited["SyncToken"]),
            (&json!("seen"), &json!("2026-03-04"), &json!("1")),
            "{entity}"
        );
        let told = company.inspect(&format!("books/{entity}/{}", id(&made))).await;
        for posting in told["postings"].as_array().unwrap() {
            let sum = posting.get("debit").or(posting.get("credit")).unwrap();
            assert_eq!(sum, "55.25", "{entity}: {told}");
        }
        let moved = company.try_by_hand(entity, id(&made), "edit", json!({"account": to})).await;
        if matches!(entity, "Bill" | "Purchase" | "JournalEntry") {
            assert_eq!(moved.status, 200, "{entity}: {}", moved.body);
            let effect = company.effect().await;
            assert_eq!((effect.get(from), &effect[to]), (None, &json!("55.25")), "{entity}");
        }
        company.by_hand(entity, id(&made), "delete", json!({})).await;
    }
    let made = company.save("Purchase", purchase("40")).await;
    company
        .by_hand("Purchase", id(&made), "edit", json!({"bank": "Savings", "number": "901"}))
        .await;
    let banked = json!({"Advertising": "40.00", "Savings": "-40.00"});
    assert_eq!(company.effect().await, banked);
    let mut two = bill(VENDOR, "40", "7");
    two["Line"].as_array_mut().unwrap().push(bill(VENDOR, "5", "63")["Line"][0].clone());
    let two = company.save("Bill", two).await;
    let fee =
        company.by_hand("Bill", id(&two), "edit", json!({"line": 2, "amount": "-5.50"})).await;
    assert_eq!((&fee["TotalAmt"], &fee["Line"][1]["Id"]), (&number("34.5"), &json!("2")));
    for wrong in [
        json!({"account": "Nowhere"}),
        json!({"amount": "much"}),
        json!({"line": 3, "amount": "5"}),
        json!({"colour": "blue"}),
    ] {
        let reply = company.try_by_hand("Purchase", id(&made), "edit", wrong.clone()).await;
        assert_eq!(reply.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_bill_is_paid_by_hand_and_the_payment_removed_again() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let part = company.by_hand("Bill", id(&made), "pay", json!({"amount": "30"})).await;
    assert_eq!((&part["PayType"], &part["DocNumber"]), (&json!("Check"), &json!("8")));
    let terms = json!({"account": "Mastercard", "date": "2026-05-06"});
    let rest = company.by_hand("Bill", id(&made), "pay", terms).await;
    assert_eq!(
        (&rest["PayType"], &rest["TotalAmt"], &rest["TxnDate"]),
        (&json!("CreditCard"), &json!(70), &json!("2026-05-06"))
    );
    assert_eq!(company.read("Bill", id(&made)).await["Balance"], json!(0));
    let refused = company.try_by_hand("Bill", id(&made), "delete", json!({})).await;
    assert_eq!(refused.code(), "800");
    for payment in [&part, &rest] {
        company.by_hand("BillPayment", id(payment), "delete", json!({})).await;
    }
    let open = company.read("Bill", id(&made)).await;
    assert_eq!(
        (&open["Balance"], &open["SyncToken"], open.get("LinkedTxn")),
        (&json!(100), &json!("4"), None)
    );
    let paid = company.by_hand("Bill", id(&made), "pay", json!({})).await;
    company.by_hand("BillPayment", id(&paid), "edit", json!({"amount": 60})).await;
    assert_eq!(company.read("Bill", id(&made)).await["Balance"], json!(40));
    company.by_hand("BillPayment", id(&paid), "edit", json!({"amount": 100})).await;
    // Confirming the warning takes the bill out of its payment.
    company.by_hand("Bill", id(&made), "delete", json!({"unlink": true})).await;
    assert_eq!(company.read("Vendor", VENDOR).await["Balance"], json!(-100));
    let refused = company.try_by_hand("Purchase", id(&part), "pay", json!({})).await;
    assert_eq!(refused.status, 404);
    company.assert_books_balance().await;
}

#[tokio::test]
async fn an_invoice_is_paid_by_hand_into_undeposited_funds() {
    let company = Company::sample().await;
    let made = company.invoice("3", "80").await;
    let paid = company.by_hand("Invoice", id(&made), "pay", json!({"number": "77"})).await;
    assert_eq!(
        (&paid["DepositToAccountRef"]["value"], &paid["PaymentRefNum"]),
        (&json!("4"), &json!("77"))
    );
    assert_eq!(company.read("Invoice", id(&made)).await["Balance"], json!(0));
}

#[tokio::test]
async fn what_is_put_on_a_deposit_is_frozen_until_it_is_taken_off() {
    let company = Company::sample().await;
    let sold = company.save("SalesReceipt", receipt("40")).await;
    let paid = company.save("Payment", crate::support::payment("3", "60", &[])).await;
    for (entity, made) in [("SalesReceipt", &sold), ("Payment", &paid)] {
        let deposit = company.by_hand(entity, id(made), "deposit", json!({})).await;
        assert_eq!(deposit["DepositToAccountRef"]["name"], "Checking");
        let edit =
            json!({"Id": id(made), "SyncToken": "0", "sparse": true, "TxnDate": "2026-01-02"});
        assert_eq!(company.post(&entity.to_lowercase(), edit.clone()).await.code(), "6540");
        for deed in ["delete", "void"] {
            let refused = company.try_by_hand(entity, id(made), deed, json!({})).await;
            assert_eq!(refused.code(), "6540", "{entity} {deed}");
        }
        let again = company.try_by_hand(entity, id(made), "deposit", json!({})).await;
        assert_eq!(again.code(), "620");
        company.by_hand(entity, id(made), "undeposit", json!({})).await;
        let gone = company.get(&format!("deposit/{}", id(&deposit))).await;
        assert_eq!(gone.code(), "610", "a deposit of nothing goes away");
        assert_eq!(company.post(&entity.to_lowercase(), edit).await.status, 200);
        let none = company.try_by_hand(entity, id(made), "undeposit", json!({})).await;
        assert_eq!(none.status, 400);
    }
    // Taken off a deposit of several, the others stay on it.
    let linked = |of: &Value, kind: &str, amount: i64| json!({"Amount": amount, "LinkedTxn": [{"TxnId": of["Id"], "TxnType": kind, "TxnLineId": "0"}]});
    let both = json!({"DepositToAccountRef": {"value": "35"}, "CashBack": {"AccountRef": {"value": "36"}, "Amount": 5}, "Line": [linked(&sold, "SalesReceipt", 40), linked(&paid, "Payment", 60)]});
    let both = company.save("Deposit", both).await;
    let rest = company.by_hand("SalesReceipt", id(&sold), "undeposit", json!({})).await;
    assert_eq!((&rest["Id"], &rest["TotalAmt"]), (&both["Id"], &json!(55)));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn list_entries_are_made_inactive_and_active_again() {
    let company = Company::sample().await;
    let class = company.save("Class", json!({"Name": "North"})).await;
    for (entity, id, name, member, suffix) in [
        ("Account", "7", "Advertising", "Name", " (deleted)"),
        ("Item", "2", "Hours", "Name", " (deleted)"),
        ("Term", "3", "Net 30", "Name", " (deleted)"),
        ("Class", id(&class), "North", "Name", " (Deleted)"),
        ("Customer", "3", "Cool Cars", "DisplayName", " (deleted)"),
        ("Vendor", "46", "Norton Lumber and Building Materials", "DisplayName", " (Deleted)"),
    ] {
        assert_eq!(company.read(entity, id).await[member], name, "{entity}");
        let gone = company.by_hand(entity, id, "inactivate", json!({})).await;
        assert_eq!(
            (&gone["Active"], &gone[member]),
            (&json!(false), &json!(format!("{name}{suffix}"))),
            "{entity}"
        );
        let listed = company.ids(&format!("select * from {entity} maxresults 1000")).await;
        assert!(!listed.contains(&id.to_owned()), "{entity}");
        assert_eq!(company.read(entity, id).await["Active"], json!(false));
        let back = company.by_hand(entity, id, "reactivate", json!({})).await;
        assert_eq!((&back["Active"], &back[member]), (&json!(true), &json!(name)), "{entity}");
        let deleted = company.try_by_hand(entity, id, "delete", json!({})).await;
        assert_eq!(deleted.code(), "500", "{entity} is never deleted");
    }
    // Checking has a balance, so only a person makes it inactive; receivables nobody.
    let gone = json!({"Id": "35", "SyncToken": "0", "sparse": true, "Active": false});
    assert_eq!(company.post("account", gone).await.code(), "6000");
    company.by_hand("Account", "35", "inactivate", json!({})).await;
    let kept = company.try_by_hand("Account", "84", "inactivate", json!({})).await;
    assert_eq!(kept.code(), "6000");
    let refused = company.try_by_hand("Bill", "25", "inactivate", json!({})).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn an_inactive_reference_refuses_new_documents_and_leaves_old_ones_alone() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "40", "7")).await;
    company.by_hand("Account", "7", "inactivate", json!({})).await;
    company.by_hand("Vendor", VENDOR, "inactivate", json!({})).await;
    let refused = company.post("bill", bill("46", "40", "7")).await;
    assert_eq!((refused.code(), refused.fault().2.contains("made inactive")), ("610", true));
    assert_eq!(company.post("bill", bill(VENDOR, "40", "63")).await.code(), "610");
    let edited = company.by_hand("Bill", id(&made), "edit", json!({"amount": 41})).await;
    assert_eq!(
        (&edited["TotalAmt"], &edited["VendorRef"]["name"]),
        (&json!(41), &json!("Hicks Hardware (Deleted)"))
    );
    company.by_hand("Bill", id(&made), "delete", json!({})).await;
}

#[tokio::test]
async fn the_books_are_told_by_account_and_by_document() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "40", "7")).await;
    let paid = company.by_hand("Bill", id(&made), "pay", json!({"amount": "15.50"})).await;
    let books = company.inspect("books?after=144").await;
    assert_eq!(books["total"], "0.00");
    let (payable, due) = ("Accounts Payable (A/P)", "-24.50");
    assert_eq!(
        books["effect"],
        json!({"Advertising": "40.00", "Checking": "-15.50", payable: due})
    );
    assert_eq!(books["balances"][payable], "-1627.17");
    let post = |side: &str, account: &str, number: &str, sum: &str| {
        let mut posting = json!({"account": account, "account_id": number});
        posting[side] = json!(sum);
        if account == payable {
            posting["name"] = json!("Hicks Hardware");
        }
        posting
    };
    let expected = json!([
        {"entity": "Bill", "id": id(&made), "number": null, "date": made["TxnDate"], "voided": false,
         "postings": [post("credit", payable, "33", "40.00"), post("debit", "Advertising", "7", "40.00")]},
        {"entity": "BillPayment", "id": id(&paid), "number": "8", "date": paid["TxnDate"], "voided": false,
         "postings": [post("debit", payable, "33", "15.50"), post("credit", "Checking", "35", "15.50")]}
    ]);
    assert_eq!(books["documents"], expected);
    let one = company.inspect(&format!("books/bill/{}", id(&made))).await;
    assert_eq!(one, expected[0]);
    let none = company.inspect("books?after=144&from=2099-01-01").await;
    assert_eq!((&none["effect"], &none["documents"]), (&json!({}), &json!([])));
    assert_eq!(none["balances"], books["balances"]);
}
