//! Paying bills through the API, and what becomes of a bill that is paid.

use serde_json::{Value, json};

use crate::support::{Company, bill, id, number};

const CHECKING: &str = "35";
const MASTERCARD: &str = "41";
const VENDOR: &str = "41";

fn line(of: &Value, kind: &str, amount: &str) -> Value {
    json!({"Amount": number(amount), "LinkedTxn": [{"TxnId": id(of), "TxnType": kind}]})
}

fn check(total: &str, lines: Vec<Value>) -> Value {
    json!({"VendorRef": {"value": VENDOR}, "PayType": "Check", "TotalAmt": number(total), "CheckPayment": {"BankAccountRef": {"value": CHECKING}}, "Line": lines})
}

fn card(total: &str, lines: Vec<Value>) -> Value {
    json!({"VendorRef": {"value": VENDOR}, "PayType": "CreditCard", "TotalAmt": number(total), "CreditCardPayment": {"CCAccountRef": {"value": MASTERCARD}}, "Line": lines})
}

async fn owed(company: &Company) -> Value {
    company.read("Vendor", VENDOR).await["Balance"].clone()
}

#[tokio::test]
async fn a_check_pays_a_bill_in_parts_and_moves_its_token() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "100", "7")).await;
    company.advance(60).await;
    let first = company.save("BillPayment", check("60", vec![line(&made, "Bill", "60")])).await;
    // Seven checks have been written on Checking in the sample.
    assert_eq!((&first["DocNumber"], &first["SyncToken"]), (&json!("8"), &json!("0")));
    assert_eq!(
        first["CheckPayment"],
        json!({"BankAccountRef": {"value": "35", "name": "Checking"}, "PrintStatus": "NotSet"})
    );
    assert_eq!(first["APAccountRef"]["value"], "33");
    assert_eq!(first["Line"], json!([line(&made, "Bill", "60")]));
    let part = company.read("Bill", id(&made)).await;
    assert_eq!((&part["Balance"], &part["SyncToken"]), (&json!(40), &json!("1")));
    assert_eq!(part["LinkedTxn"], json!([{"TxnId": id(&first), "TxnType": "BillPaymentCheck"}]));
    assert_eq!(part["MetaData"]["LastUpdatedTime"], first["MetaData"]["CreateTime"]);
    let rest = company.save("BillPayment", card("40", vec![line(&made, "Bill", "40")])).await;
    let paid = company.read("Bill", id(&made)).await;
    assert_eq!((&paid["Balance"], &paid["SyncToken"]), (&json!(0), &json!("2")));
    assert_eq!(
        paid["LinkedTxn"][1],
        json!({"TxnId": id(&rest), "TxnType": "BillPaymentCheck"}),
        "even a payment by card is called so"
    );
    assert_eq!(owed(&company).await, json!(0));
    let effect = json!({"Advertising": "100.00", "Checking": "-60.00", "Mastercard": "-40.00"});
    assert_eq!(company.effect().await, effect);

    let named = json!({"Id": id(&first), "SyncToken": "0", "sparse": true});
    let voided =
        company.post("billpayment?operation=update&include=void", named).await.body["BillPayment"]
            .clone();
    assert_eq!(
        (&voided["TotalAmt"], &voided["Line"], &voided["PrivateNote"], &voided["SyncToken"]),
        (&json!(0), &json!([]), &json!("Voided"), &json!("1"))
    );
    let gone = json!({"Id": id(&rest), "SyncToken": "0"});
    assert_eq!(company.post("billpayment?operation=delete", gone).await.status, 200);
    let open = company.read("Bill", id(&made)).await;
    assert_eq!(
        (&open["Balance"], &open["SyncToken"], open.get("LinkedTxn")),
        (&json!(100), &json!("4"), None)
    );
    company.assert_books_balance().await;
}

/// That paying moves the token is only inferred from recordings, so a client must stand both.
#[tokio::test]
async fn a_switch_keeps_the_token_of_what_is_paid() {
    let company = Company::switched(json!({"token_of_paid": "stays"})).await;
    let made = company.save("Bill", bill(VENDOR, "100", "7")).await;
    company.advance(60).await;
    let payment = company.save("BillPayment", check("60", vec![line(&made, "Bill", "60")])).await;
    let part = company.read("Bill", id(&made)).await;
    assert_eq!((&part["Balance"], &part["SyncToken"]), (&json!(40), &json!("0")));
    assert_eq!(part["MetaData"]["LastUpdatedTime"], payment["MetaData"]["CreateTime"]);
    let gone = json!({"Id": id(&payment), "SyncToken": "0"});
    assert_eq!(company.post("billpayment?operation=delete", gone).await.status, 200);
    assert_eq!(company.read("Bill", id(&made)).await["SyncToken"], "0");
}

#[tokio::test]
async fn wrong_bill_payments_are_refused() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let others = company.save("Bill", bill("46", "100", "7")).await;
    let one = || vec![line(&made, "Bill", "10")];
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = check("10", one());
        change(&mut body);
        body
    };
    for (body, code) in [
        (with(&|body| body["TotalAmt"] = json!(-1)), "6000"),
        (with(&|body| body["CheckPayment"] = json!({})), "2020"),
        (with(&|body| body["CheckPayment"]["BankAccountRef"]["value"] = json!("41")), "6430"),
        (with(&|body| body["PayType"] = json!("Barter")), "2170"),
        (with(&|body| body["VendorRef"] = json!({"value": "3"})), "2500"),
        (with(&|body| body["DocNumber"] = json!("1")), "6140"),
        (check("9", one()), "6000"),
        (check("101", vec![line(&made, "Bill", "101")]), "6000"),
        (check("20", vec![line(&made, "Bill", "60"), line(&made, "Bill", "60")]), "6000"),
        (check("10", vec![line(&others, "Bill", "10")]), "6000"),
        (check("10", vec![line(&made, "VendorCredit", "10")]), "610"),
        (check("10", vec![line(&made, "Invoice", "10")]), "620"),
        (check("10", vec![]), "2020"),
        (card("10", vec![]), "2020"),
        (json!({"VendorRef": {"value": VENDOR}, "PayType": "Check", "Line": one()}), "2020"),
    ] {
        let reply = company.post("billpayment", body.clone()).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.body);
    }
    assert_eq!(owed(&company).await, json!(100));
}

#[tokio::test]
async fn a_payment_of_nothing_nets_a_bill_against_a_credit() {
    let company = Company::sample().await;
    let side = |kind: &str, account: &str, name: Value| json!({"Amount": 30, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"PostingType": kind, "AccountRef": {"value": account}, "Entity": name}});
    let vendor = json!({"Type": "Vendor", "EntityRef": {"value": VENDOR}});
    let credit = company
        .save(
            "JournalEntry",
            json!({"Line": [side("Debit", "33", vendor), side("Credit", "7", json!({}))]}),
        )
        .await;
    let made = company.save("Bill", bill(VENDOR, "30", "7")).await;
    let lines = vec![line(&made, "Bill", "30"), line(&credit, "JournalEntry", "30")];
    let mut netting = check("0", lines);
    netting.as_object_mut().unwrap().remove("CheckPayment");
    let netting = company.save("BillPayment", netting).await;
    assert_eq!(netting.get("DocNumber"), None);
    assert_eq!(company.read("Bill", id(&made)).await["Balance"], json!(0));
    // Without its bill the credit is free again.
    let gone = json!({"Id": id(&made)});
    company.control("bookkeeper/bill?operation=delete&unlink=true", gone).await;
    assert_eq!(company.read("BillPayment", id(&netting)).await["Line"], json!([]));
    assert_eq!(owed(&company).await, json!(-30));
    company.assert_books_balance().await;
}

/// What the API does is not documented; each possibility has its switch.
#[tokio::test]
async fn a_paid_bill_is_changed_or_deleted_as_the_switches_say() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let payment = company.save("BillPayment", check("80", vec![line(&made, "Bill", "80")])).await;
    let lower = |token: &str, amount: &str| {
        let mut body = bill(VENDOR, amount, "7");
        body["Id"] = made["Id"].clone();
        body["SyncToken"] = json!(token);
        body["Line"][0]["Id"] = json!("1");
        body
    };
    // Above what was paid, only the balance moves.
    assert_eq!(company.save("Bill", lower("1", "90")).await["Balance"], json!(10));

    company.switch(json!({"invoice_below_paid": "reject"})).await;
    assert_eq!(company.post("bill", lower("2", "50")).await.code(), "6000");
    let moved =
        json!({"Id": id(&made), "SyncToken": "2", "sparse": true, "VendorRef": {"value": "46"}});
    assert_eq!(company.post("bill", moved).await.code(), "6000");
    company.switch(json!({"invoice_below_paid": "unapply"})).await;
    let lowered = company.save("Bill", lower("2", "50")).await;
    assert_eq!((&lowered["Balance"], &lowered["SyncToken"]), (&json!(0), &json!("3")));
    let reduced = company.read("BillPayment", id(&payment)).await;
    assert_eq!(
        (&reduced["TotalAmt"], &reduced["Line"][0]["Amount"]),
        (&json!(80), &json!(50)),
        "what was paid too much is a credit with the vendor"
    );
    assert_eq!(owed(&company).await, json!(-30));

    let gone = json!({"Id": id(&made), "SyncToken": "3"});
    let refused = company.post("bill?operation=delete", gone.clone()).await;
    assert_eq!((refused.code(), refused.status), ("800", 400));
    company.switch(json!({"delete_paid_invoice": "unlink"})).await;
    assert_eq!(company.post("bill?operation=delete", gone).await.status, 200);
    assert_eq!(company.read("BillPayment", id(&payment)).await["Line"], json!([]));
    assert_eq!(owed(&company).await, json!(-80));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn payments_are_found_by_vendor_time_number_and_id() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let before = company.inspect("clock").await["now"].as_str().unwrap().to_owned();
    company.advance(60).await;
    let first = company.save("BillPayment", check("60", vec![line(&made, "Bill", "60")])).await;
    let second = company.save("BillPayment", card("40", vec![line(&made, "Bill", "40")])).await;
    let (first, second) = (id(&first), id(&second));
    for (conditions, expected) in [
        (format!("MetaData.LastUpdatedTime >= '{before}'"), vec![first, second]),
        (format!("Id in ('{second}','{first}','99999')"), vec![first, second]),
        (format!("VendorRef = '41' and Id in ('{second}')"), vec![second]),
        ("VendorRef = '41' and PayType = 'CreditCard'".to_owned(), vec![second]),
        ("DocNumber = '8' and TotalAmt = '60'".to_owned(), vec![first]),
    ] {
        let statement = format!("select * from BillPayment where {conditions} orderby Id");
        assert_eq!(company.ids(&statement).await, expected, "{statement}");
    }
    let counted = company.query("select * from BillPayment").await;
    assert_eq!(counted.body["QueryResponse"]["totalCount"], json!(12));
}
