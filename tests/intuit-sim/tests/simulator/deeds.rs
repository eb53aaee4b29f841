//! What a bookkeeper does on the screens for bill payments and lists: enter, change, rename, merge.

use serde_json::{Value, json};

use crate::support::{Company, Reply, bill, id, number};

const VENDOR: &str = "41";

async fn enter(company: &Company, order: Value) -> Reply {
    company.control("bookkeeper/billpayment/enter", order).await
}

async fn entered(company: &Company, order: Value) -> Value {
    let reply = enter(company, order).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["BillPayment"].clone()
}

async fn balance(company: &Company, entity: &str, object: &Value) -> Value {
    company.read(entity, id(object)).await["Balance"].clone()
}

#[tokio::test]
async fn a_payment_is_entered_by_check_or_by_card_for_bills_and_credits() {
    let company = Company::sample().await;
    let first = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let second = company.save("Bill", bill(VENDOR, "60", "7")).await;
    let credit = company.save("VendorCredit", bill(VENDOR, "30", "7")).await;
    let check = entered(
        &company,
        json!({"vendor": VENDOR, "pay_type": "Check", "number": "9001", "date": "2026-03-04", "memo": "March",
            "lines": [{"bill": id(&first), "amount": "50.00"}, {"bill": id(&second)}, {"vendor_credit": id(&credit), "amount": "20.00"}]}),
    )
    .await;
    assert_eq!((&check["TotalAmt"], &check["PayType"]), (&json!(90), &json!("Check")));
    assert_eq!(
        (&check["DocNumber"], &check["TxnDate"], &check["PrivateNote"]),
        (&json!("9001"), &json!("2026-03-04"), &json!("March"))
    );
    assert_eq!(check["CheckPayment"]["BankAccountRef"]["name"], "Checking");
    assert_eq!(balance(&company, "Bill", &first).await, json!(50));
    assert_eq!(balance(&company, "Bill", &second).await, json!(0));
    assert_eq!(balance(&company, "VendorCredit", &credit).await, json!(10));
    let card = entered(
        &company,
        json!({"vendor": VENDOR, "pay_type": "CreditCard", "lines": [{"bill": id(&first), "amount": "10"}]}),
    )
    .await;
    assert_eq!(card["CreditCardPayment"]["CCAccountRef"]["name"], "Mastercard");
    let named = entered(
        &company,
        json!({"vendor": VENDOR, "account": "Savings", "lines": [{"bill": id(&first), "amount": "10"}]}),
    )
    .await;
    assert_eq!(named["CheckPayment"]["BankAccountRef"]["name"], "Savings");
    let netting = entered(
        &company,
        json!({"vendor": VENDOR, "lines": [{"bill": id(&first), "amount": "10"}, {"vendor_credit": id(&credit)}]}),
    )
    .await;
    assert_eq!((&netting["TotalAmt"], netting.get("CheckPayment")), (&json!(0), None));
    company.assert_books_balance().await;
    let journal = company.inspect("journal").await;
    assert!(
        !journal["calls"].as_array().unwrap().iter().any(|call| call["operation"] == "delete"),
        "a person leaves no trace among the calls"
    );
}

#[tokio::test]
async fn a_payment_is_changed_as_a_whole_or_line_by_line() {
    let company = Company::sample().await;
    let first = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let second = company.save("Bill", bill(VENDOR, "60", "7")).await;
    let credit = company.save("VendorCredit", bill(VENDOR, "30", "7")).await;
    let lines = json!([{"bill": id(&first)}, {"vendor_credit": id(&credit), "amount": 10}]);
    let paid =
        entered(&company, json!({"vendor": VENDOR, "pay_type": "CreditCard", "lines": lines}))
            .await;
    let edit = async |order: Value| company.by_hand("BillPayment", id(&paid), "edit", order).await;
    let more = edit(json!({"line": 2, "amount": 25})).await;
    assert_eq!(more["TotalAmt"], json!(75), "more of a credit is less of the card");
    assert_eq!(balance(&company, "VendorCredit", &credit).await, json!(5));
    let less = edit(json!({"amount": "80"})).await;
    assert_eq!(less["TotalAmt"], json!(55));
    let other =
        edit(json!({"lines": [{"bill": id(&second), "amount": "60"}], "memo": "other"})).await;
    assert_eq!((&other["TotalAmt"], &other["PayType"]), (&json!(60), &json!("CreditCard")));
    assert_eq!(other["PrivateNote"], "other");
    assert_eq!(balance(&company, "Bill", &first).await, json!(100));
    assert_eq!(balance(&company, "VendorCredit", &credit).await, json!(30));
    let by_check = edit(json!({"bank": "Checking"})).await;
    assert_eq!(by_check["PayType"], "Check");
    assert_eq!(by_check.get("CreditCardPayment"), None);
    assert_eq!(other["DocNumber"], by_check["DocNumber"]);
    company.assert_books_balance().await;
}

#[tokio::test]
async fn wrong_entries_are_refused() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let one = |amount: &str| json!([{"bill": id(&made), "amount": amount}]);
    for (order, status) in [
        (json!({"vendor": VENDOR, "lines": one("101")}), 400),
        (json!({"vendor": VENDOR, "lines": []}), 400),
        (json!({"vendor": VENDOR, "lines": [{}]}), 400),
        (json!({"vendor": VENDOR, "lines": [{"bill": "1", "vendor_credit": "2"}]}), 400),
        (json!({"vendor": VENDOR, "lines": one("much")}), 400),
        (json!({"vendor": VENDOR, "pay_type": "Barter", "lines": one("1")}), 400),
        (json!({"vendor": VENDOR, "account": "Nowhere", "lines": one("1")}), 400),
        (json!({"vendor": "46", "lines": one("1")}), 400),
        (json!({"lines": one("1")}), 400),
    ] {
        let reply = enter(&company, order.clone()).await;
        assert_eq!(reply.status, status, "{order}: {}", reply.body);
    }
    assert_eq!(company.control("bookkeeper/invoice/enter", json!({})).await.status, 404);
    assert_eq!(balance(&company, "Bill", &made).await, json!(100));
}

#[tokio::test]
async fn thousands_of_payments_are_entered_at_once() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let order = json!({"bill": id(&made), "count": 3000, "amount": "0.01"});
    let done = company.control("bookkeeper/bulk-bill-payments", order).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let (first, last) = (&done.body["first"], &done.body["last"]);
    let number_of = |id: &Value| id.as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(number_of(last) - number_of(first), 2999);
    assert_eq!((&done.body["count"], &done.body["balance"]), (&json!(3000), &json!(70)));
    let paid = company.read("Bill", id(&made)).await;
    assert_eq!((&paid["Balance"], &paid["SyncToken"]), (&json!(70), &json!("3000")));
    assert_eq!(paid["LinkedTxn"].as_array().unwrap().len(), 3000);
    let one = company.read("BillPayment", last.as_str().unwrap()).await;
    assert_eq!((&one["TotalAmt"], &one["DocNumber"]), (&number("0.01"), &json!("3007")));
    assert_eq!(company.read("Vendor", VENDOR).await["Balance"], json!(70));
    assert_eq!(company.effect().await["Checking"], "-30.00");
    company.assert_books_balance().await;
    company.by_hand("BillPayment", last.as_str().unwrap(), "void", json!({})).await;
    assert_eq!(balance(&company, "Bill", &made).await, number("70.01"));
    let too_much = json!({"bill": id(&made), "count": 3, "amount": "50"});
    assert_eq!(company.control("bookkeeper/bulk-bill-payments", too_much).await.status, 400);
    let none = json!({"bill": "99999", "count": 3, "amount": "50"});
    assert_eq!(company.control("bookkeeper/bulk-bill-payments", none).await.status, 404);
}

#[tokio::test]
async fn lists_are_renamed_and_documents_show_the_new_name() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let class = company.save("Class", json!({"Name": "North"})).await;
    let place = company.save("Department", json!({"Name": "Harbor"})).await;
    for (entity, of, member) in [
        ("Vendor", VENDOR, "DisplayName"),
        ("Customer", "3", "DisplayName"),
        ("Account", "7", "Name"),
        ("Item", "1", "Name"),
        ("Class", id(&class), "Name"),
        ("Department", id(&place), "Name"),
        ("PaymentMethod", "2", "Name"),
        ("Term", "3", "Name"),
    ] {
        let name = format!("Renamed {entity}");
        let renamed = company.by_hand(entity, of, "rename", json!({"name": name})).await;
        assert_eq!(renamed[member], json!(name), "{entity}");
        assert_eq!(company.read(entity, of).await["SyncToken"], "1", "{entity}");
    }
    let bill = company.read("Bill", id(&made)).await;
    assert_eq!(bill["VendorRef"]["name"], "Renamed Vendor");
    assert_eq!(bill["SyncToken"], "0");
    let invoices =
        company.query("select * from Invoice where SalesTermRef = '3' maxresults 1").await;
    let term = &invoices.body["QueryResponse"]["Invoice"][0]["SalesTermRef"];
    assert_eq!(term["name"], "Renamed Term", "{}", invoices.body);
    let taken = company.try_by_hand("Vendor", VENDOR, "rename", json!({"name": "PG&E"})).await;
    assert_eq!(taken.code(), "6240");
    assert_eq!(company.try_by_hand("Vendor", VENDOR, "rename", json!({})).await.status, 400);
    assert_eq!(
        company.try_by_hand("Bill", id(&made), "rename", json!({"name": "x"})).await.status,
        400
    );
}
