//! Bills and purchases: what is owed and what is spent at once.

use serde_json::{Value, json};

use crate::support::{Company, bill, id, number};

fn purchase(kind: &str, account: &str, amount: &str) -> Value {
    json!({"PaymentType": kind, "AccountRef": {"value": account}, "Line": bill("41", amount, "7")["Line"]})
}

#[tokio::test]
async fn a_minimal_bill_is_completed_and_owed() {
    let company = Company::sample().await;
    company.advance(60).await;
    let made = company.save("Bill", bill("41", "103.55", "63")).await;
    assert_eq!(
        (&made["TotalAmt"], &made["Balance"], &made["DueDate"]),
        (&json!(103.55), &json!(103.55), &made["TxnDate"])
    );
    assert_eq!(made["APAccountRef"], json!({"value": "33", "name": "Accounts Payable (A/P)"}));
    assert_eq!((made.get("DocNumber"), made.get("LinkedTxn")), (None, None));
    assert_eq!(
        made["Line"][0],
        json!({"Id": "1", "LineNum": 1, "Amount": 103.55, "LinkedTxn": [], "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": {
            "AccountRef": {"value": "63", "name": "Job Expenses:Job Materials"}, "BillableStatus": "NotBillable", "TaxCodeRef": {"value": "NON"}}})
    );
    let vendor = company.read("Vendor", "41").await;
    assert_eq!((&vendor["Balance"], &vendor["SyncToken"]), (&json!(103.55), &json!("0")));
    assert_eq!(vendor["MetaData"]["LastUpdatedTime"], made["MetaData"]["CreateTime"]);
    assert_eq!(company.read("Account", "33").await["CurrentBalance"], number("-1706.22"));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn a_bill_is_updated_in_full_or_in_part() {
    let company = Company::sample().await;
    let mut body = bill("41", "10", "7");
    body["SalesTermRef"] = json!({"value": "2"});
    body["TxnDate"] = json!("2026-01-15");
    let made = company.save("Bill", body.clone()).await;
    assert_eq!(made["DueDate"], "2026-01-30");
    let (bill_id, named) = (id(&made), json!({"value": "41"}));
    let without = json!({"Id": bill_id, "SyncToken": "0", "sparse": true, "PrivateNote": "n"});
    let refused = company.post("bill", without).await;
    assert_eq!(refused.fault().2, "Required parameter VendorRef is missing in the request");
    let noted = json!({"Id": bill_id, "SyncToken": "0", "sparse": true, "VendorRef": named, "PrivateNote": "n"});
    assert_eq!(company.save("Bill", noted).await["Line"], made["Line"]);
    let mut two = made["Line"].as_array().unwrap().clone();
    two.push(bill("41", "5", "63")["Line"][0].clone());
    let full = json!({"Id": bill_id, "SyncToken": "1", "VendorRef": named, "Line": two});
    let full = company.save("Bill", full).await;
    assert_eq!((full.get("SalesTermRef"), full.get("PrivateNote")), (None, None));
    assert_eq!((&full["TotalAmt"], &full["Line"][1]["Id"]), (&json!(15), &json!("2")));
    assert_eq!(full["APAccountRef"]["value"], "33");
    assert_eq!(company.read("Vendor", "41").await["Balance"], json!(15));
    let deleted =
        company.post("bill?operation=delete", json!({"Id": bill_id, "SyncToken": "2"})).await;
    assert_eq!(deleted.body["Bill"]["status"], "Deleted");
    assert_eq!(company.get(&format!("bill/{bill_id}")).await.code(), "610");
    assert_eq!(company.read("Vendor", "41").await["Balance"], json!(0));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn wrong_bills_are_refused() {
    let company = Company::sample().await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = bill("41", "5", "7");
        change(&mut body);
        body
    };
    let detail = |name: &'static str, value: Value| {
        with(&|body| body["Line"][0]["AccountBasedExpenseLineDetail"][name] = value.clone())
    };
    for (body, code) in [
        (json!({"Line": bill("41", "5", "7")["Line"]}), "2020"),
        (json!({"VendorRef": {"value": "41"}}), "2020"),
        (json!({"VendorRef": {"value": "41"}, "Line": []}), "2020"),
        (bill("3", "5", "7"), "2500"),
        (bill("41", "5", "999"), "2500"),
        (bill("41", "-5", "7"), "6000"),
        (bill("41", "5", "33"), "6430"),
        (with(&|body| body["APAccountRef"] = json!({"value": "35"})), "6430"),
        (with(&|body| body["DocNumber"] = json!("x".repeat(22))), "2050"),
        (with(&|body| body["CurrencyRef"] = json!({"value": "EUR"})), "6000"),
        (with(&|body| body["Line"][0]["DetailType"] = json!("SalesItemLineDetail")), "2170"),
        (detail("AccountRef", json!({})), "2020"),
        (detail("BillableStatus", json!("HAS_BEEN_BILLED")), "2170"),
        (detail("BillableStatus", json!("Billable")), "6000"),
        (detail("TaxCodeRef", json!({"value": "2"})), "6100"),
        (detail("CustomerRef", json!({"value": "41"})), "2500"),
    ] {
        let reply = company.post("bill", body.clone()).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.body);
    }
    let missing = company.post("bill", detail("AccountRef", json!({}))).await;
    let expected = (
        "2020",
        "Required param missing, need to supply the required value for the API",
        "Required parameter AccountRef is missing in the request",
    );
    assert_eq!(missing.fault(), expected);
    assert_eq!(missing.body["Fault"]["Error"][0]["element"], "AccountRef");
}

#[tokio::test]
async fn items_are_bought_to_their_own_accounts() {
    let company = Company::sample().await;
    let line = |item: &str, quantity: i64, price: i64, amount: i64| json!({"Amount": amount, "DetailType": "ItemBasedExpenseLineDetail", "ItemBasedExpenseLineDetail": {"ItemRef": {"value": item}, "Qty": quantity, "UnitPrice": price}});
    let before = company.read("Account", "81").await["CurrentBalance"].clone();
    assert_eq!(before, number("596.25"));
    let body = json!({"VendorRef": {"value": "46"}, "Line": [line("11", 3, 10, 30), line("15", 2, 6, 12)]});
    let made = company.save("Bill", body).await;
    assert_eq!(
        made["Line"][0]["ItemBasedExpenseLineDetail"]["ItemRef"],
        json!({"value": "11", "name": "Pump"})
    );
    assert_eq!(company.read("Account", "81").await["CurrentBalance"], number("626.25"));
    let wrong = json!({"VendorRef": {"value": "46"}, "Line": [line("11", 3, 10, 31)]});
    assert_eq!(company.post("bill", wrong).await.code(), "6070");
    company.assert_books_balance().await;
}

#[tokio::test]
async fn seeded_bills_are_open_or_paid_as_recorded() {
    let company = Company::sample().await;
    let paid = company.read("Bill", "25").await;
    assert_eq!(
        (&paid["Balance"], &paid["LinkedTxn"]),
        (&json!(0), &json!([{"TxnId": "50", "TxnType": "BillPaymentCheck"}]))
    );
    assert_eq!(company.read("BillPayment", "50").await["PayType"], "CreditCard");
    let mut open = company.ids("select * from Bill where Balance > '0' orderby Id").await;
    open.sort();
    assert_eq!(open, ["108", "126", "19", "44", "78"]);
    // What has been paid is not deleted, unless a switch says that deleting unlinks.
    let gone = json!({"Id": "25", "SyncToken": paid["SyncToken"]});
    assert_eq!(company.post("bill?operation=delete", gone.clone()).await.code(), "800");
    company.switch(json!({"delete_paid_invoice": "unlink"})).await;
    assert_eq!(company.post("bill?operation=delete", gone).await.status, 200);
    assert_eq!(company.read("BillPayment", "50").await["Line"], json!([]));
    // The payment stays and is now owed back.
    assert_eq!(company.read("Vendor", "46").await["Balance"], number("101.45"));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn purchases_differ_by_how_they_are_paid() {
    let company = Company::sample().await;
    let inner = |made: &Value| made["PurchaseEx"]["any"][0]["value"]["Value"].clone();
    let check = company.save("Purchase", purchase("Check", "35", "40")).await;
    assert_eq!(
        (check.get("Credit"), &check["PrintStatus"], inner(&check)),
        (None, &json!("NotSet"), json!("3"))
    );
    assert_eq!((check["Line"][0].get("LineNum"), check["Line"][0].get("LinkedTxn")), (None, None));
    assert_eq!(company.read("Account", "35").await["CurrentBalance"], json!(2061));
    let card = company.save("Purchase", purchase("CreditCard", "41", "7.28")).await;
    assert_eq!(
        (&card["Credit"], card.get("PrintStatus"), inner(&card)),
        (&json!(false), None, json!("54"))
    );
    assert_eq!(company.read("Account", "41").await["CurrentBalance"], json!(-165));
    let mut credit = purchase("CreditCard", "41", "10");
    credit["Credit"] = json!(true);
    let credit = company.save("Purchase", credit).await;
    assert_eq!(inner(&credit), "11");
    assert_eq!(company.read("Account", "41").await["CurrentBalance"], json!(-155));
    // A full update without Credit makes it a charge again.
    let mut full = purchase("CreditCard", "41", "10");
    full["Id"] = credit["Id"].clone();
    full["SyncToken"] = json!("0");
    assert_eq!(company.save("Purchase", full).await["Credit"], json!(false));
    let cash = company.save("Purchase", purchase("Cash", "36", "1")).await;
    assert_eq!(cash.get("Credit"), None);
    company.assert_books_balance().await;
}

#[tokio::test]
async fn purchases_are_checked_edited_and_deleted() {
    let company = Company::sample().await;
    let mut payee = purchase("Cash", "35", "5");
    payee["EntityRef"] = json!({"value": "3", "type": "Customer"});
    payee["LinkedTxn"] = json!([{"TxnId": "1", "TxnType": "Bill"}]);
    let made = company.save("Purchase", payee).await;
    assert_eq!(made["EntityRef"], json!({"value": "3", "name": "Cool Cars", "type": "Customer"}));
    assert_eq!(made.get("LinkedTxn"), None, "links are dropped without a word");
    let mut wrong_kind = purchase("Cash", "35", "5");
    wrong_kind["EntityRef"] = json!({"value": "3", "type": "Vendor"});
    let mut payable = purchase("Check", "35", "5");
    payable["Line"][0]["AccountBasedExpenseLineDetail"]["AccountRef"] = json!({"value": "33"});
    let sparse = json!({"Id": made["Id"], "SyncToken": "0", "sparse": true, "PrivateNote": "n"});
    for (body, code) in [
        (purchase("Check", "41", "5"), "6430"),
        (purchase("CreditCard", "35", "5"), "6430"),
        (purchase("Barter", "35", "5"), "2170"),
        (json!({"AccountRef": {"value": "35"}, "Line": []}), "2020"),
        (json!({"PaymentType": "Cash", "Line": []}), "2020"),
        (wrong_kind, "2500"),
        (payable.clone(), "6000"),
        (sparse.clone(), "2020"),
    ] {
        let reply = company.post("purchase", body.clone()).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.body);
    }
    payable["EntityRef"] = json!({"value": "48", "type": "Vendor"});
    company.save("Purchase", payable).await;
    assert_eq!(company.read("Vendor", "48").await["Balance"], number("81.44"));
    let mut noted = sparse;
    noted["PaymentType"] = json!("Cash");
    assert_eq!(company.save("Purchase", noted).await["SyncToken"], "1");
    let mut echoed = json!({"Id": made["Id"], "SyncToken": "1"});
    echoed["PurchaseEx"] = made["PurchaseEx"].clone();
    assert_eq!(company.post("purchase?operation=delete", echoed.clone()).await.status, 400);
    echoed.as_object_mut().unwrap().remove("PurchaseEx");
    assert_eq!(company.post("purchase?operation=delete", echoed).await.status, 200);
    company.assert_books_balance().await;
}

#[tokio::test]
async fn checks_share_their_numbers_with_bill_payments_of_the_same_account() {
    let company = Company::sample().await;
    let numbered = |kind: &str, account: &str, number: &str| {
        let mut body = purchase(kind, account, "5");
        body["DocNumber"] = json!(number);
        body
    };
    // Bill payment 22 is check 1 on Checking.
    let refused = company.post("purchase", numbered("Check", "35", "1")).await;
    let detail = "Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=1 is assigned to TxnType=Bill Payment Check with TxnId=22";
    assert_eq!(refused.fault(), ("6140", "Duplicate Document Number Error", detail));
    for free in [("Check", "36", "1"), ("Cash", "35", "1"), ("Check", "35", "501")] {
        company.save("Purchase", numbered(free.0, free.1, free.2)).await;
    }
    assert_eq!(company.post("purchase", numbered("Check", "35", "501")).await.code(), "6140");
    let path = "purchase?include=allowduplicatedocnum";
    assert_eq!(company.post(path, numbered("Check", "35", "501")).await.status, 200);
    company.switch(json!({"warn_duplicate_check_numbers": false})).await;
    company.save("Purchase", numbered("Check", "35", "501")).await;
    // Nothing is ever numbered by itself, and nothing moves the invoices' numbers.
    assert_eq!(company.save("Purchase", purchase("Check", "35", "5")).await.get("DocNumber"), None);
    assert_eq!(company.invoice("3", "5").await["DocNumber"], "1038");
}

#[tokio::test]
async fn bill_numbers_count_per_vendor_once_the_preference_is_on() {
    let company = Company::sample().await;
    let mut body = bill("41", "5", "7");
    body["DocNumber"] = json!("INV-7");
    company.save("Bill", body.clone()).await;
    company.save("Bill", body.clone()).await;
    company.switch(json!({"warn_duplicate_bill_numbers": true})).await;
    assert_eq!(company.post("bill", body.clone()).await.code(), "6140");
    body["VendorRef"] = json!({"value": "46"});
    company.save("Bill", body).await;
}

#[tokio::test]
async fn undocumented_voids_wait_for_their_switch() {
    let company = Company::sample().await;
    let bill = company.save("Bill", bill("41", "5", "7")).await;
    let spent = company.save("Purchase", purchase("Cash", "35", "5")).await;
    for (entity, made) in [("Bill", &bill), ("Purchase", &spent)] {
        let path = format!("{}?operation=void", entity.to_lowercase());
        let named = json!({"Id": id(made), "SyncToken": "0", "sparse": true});
        assert_eq!(company.post(&path, named.clone()).await.code(), "500");
        company.switch(json!({"undocumented_void": "accept"})).await;
        let voided = company.post(&path, named).await.body[entity].clone();
        assert_eq!(
            (&voided["TotalAmt"], &voided["PrivateNote"], &voided["SyncToken"]),
            (&json!(0), &json!("Voided"), &json!("1"))
        );
        company.switch(json!({"undocumented_void": "reject"})).await;
    }
    assert_eq!(company.read("Vendor", "41").await["Balance"], json!(0));
    company.assert_books_balance().await;
}
