//! Vendor credits, and the bill payments that use them.

use serde_json::{Value, json};

use crate::support::{Company, bill, id, number};

const VENDOR: &str = "41";

fn line(of: &Value, kind: &str, amount: &str) -> Value {
    json!({"Amount": number(amount), "LinkedTxn": [{"TxnId": id(of), "TxnType": kind}]})
}

/// A payment from Checking; one of nothing names no account.
fn check(total: &str, lines: Vec<Value>) -> Value {
    let mut body = json!({"VendorRef": {"value": VENDOR}, "PayType": "Check", "TotalAmt": number(total), "Line": lines});
    if total != "0" {
        body["CheckPayment"] = json!({"BankAccountRef": {"value": "35"}});
    }
    body
}

async fn balances(company: &Company, bill: &Value, credit: &Value) -> (Value, Value) {
    let of = async |entity: &str, object: &Value| {
        company.read(entity, id(object)).await["Balance"].clone()
    };
    (of("Bill", bill).await, of("VendorCredit", credit).await)
}

#[tokio::test]
async fn a_credit_is_made_read_found_changed_and_deleted() {
    let company = Company::sample().await;
    let mut body = bill(VENDOR, "80.50", "7");
    body["DocNumber"] = json!("CR-1");
    let made = company.save("VendorCredit", body).await;
    assert_eq!((&made["TotalAmt"], &made["Balance"]), (&number("80.5"), &number("80.5")));
    assert_eq!((&made["DocNumber"], &made["SyncToken"]), (&json!("CR-1"), &json!("0")));
    assert_eq!(made["APAccountRef"]["value"], "33");
    assert_eq!(made.get("LinkedTxn"), None);
    assert_eq!(company.read("VendorCredit", id(&made)).await, made);
    assert_eq!(company.read("Vendor", VENDOR).await["Balance"], number("-80.5"));
    let effect = json!({"Advertising": "-80.50", "Accounts Payable (A/P)": "80.50"});
    assert_eq!(company.effect().await, effect);
    for statement in [
        "select * from VendorCredit where VendorRef = '41'",
        "select * from VendorCredit where DocNumber = 'CR-1' and Balance > '0'",
    ] {
        assert_eq!(company.ids(statement).await, [id(&made)], "{statement}");
    }
    let mut changed = bill(VENDOR, "70", "7");
    changed["Id"] = made["Id"].clone();
    changed["SyncToken"] = json!("0");
    let changed = company.save("VendorCredit", changed).await;
    assert_eq!((&changed["Balance"], &changed["SyncToken"]), (&json!(70), &json!("1")));
    assert_eq!(changed.get("DocNumber"), None, "a full update takes what it leaves out");
    let gone = company
        .post("vendorcredit?operation=delete", json!({"Id": id(&made), "SyncToken": "1"}))
        .await;
    assert_eq!(gone.body["VendorCredit"]["status"], "Deleted");
    assert_eq!(company.get(&format!("vendorcredit/{}", id(&made))).await.code(), "610");
    assert_eq!(company.effect().await, json!({}));
}

#[tokio::test]
async fn a_payment_of_nothing_nets_a_bill_against_a_credit_without_an_account() {
    let company = Company::sample().await;
    let owed = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let credit = company.save("VendorCredit", bill(VENDOR, "30", "7")).await;
    company.advance(60).await;
    let lines = vec![line(&owed, "Bill", "30"), line(&credit, "VendorCredit", "30")];
    let netting = company.save("BillPayment", check("0", lines.clone())).await;
    assert_eq!((&netting["TotalAmt"], netting.get("CheckPayment")), (&json!(0), None));
    assert_eq!(netting["Line"], json!(lines));
    assert_eq!(balances(&company, &owed, &credit).await, (json!(70), json!(0)));
    let used = company.read("VendorCredit", id(&credit)).await;
    assert_eq!(used["LinkedTxn"], json!([{"TxnId": id(&netting), "TxnType": "BillPaymentCheck"}]));
    assert_eq!(used["SyncToken"], "1");
    assert_eq!(used["MetaData"]["LastUpdatedTime"], netting["MetaData"]["CreateTime"]);
    assert_eq!(company.read("Vendor", VENDOR).await["Balance"], json!(70));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn a_credit_is_open_again_once_its_payment_is_voided_or_deleted() {
    let company = Company::sample().await;
    let owed = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let other = company.save("Bill", bill(VENDOR, "40", "7")).await;
    let credit = company.save("VendorCredit", bill(VENDOR, "30", "7")).await;
    for operation in ["update&include=void", "delete"] {
        let lines = vec![
            line(&owed, "Bill", "100"),
            line(&other, "Bill", "15"),
            line(&credit, "VendorCredit", "20"),
        ];
        let paid = company.save("BillPayment", check("95", lines)).await;
        assert_eq!(balances(&company, &owed, &credit).await, (json!(0), json!(10)));
        assert_eq!(company.read("Bill", id(&other)).await["Balance"], json!(25));
        assert_eq!(company.read("Vendor", VENDOR).await["Balance"], json!(15));
        let named = json!({"Id": id(&paid), "SyncToken": "0", "sparse": true});
        let done = company.post(&format!("billpayment?operation={operation}"), named).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(balances(&company, &owed, &credit).await, (json!(100), json!(30)));
        let free = company.read("VendorCredit", id(&credit)).await;
        assert_eq!(free.get("LinkedTxn"), None);
        assert_eq!(company.read("Bill", id(&other)).await["Balance"], json!(40));
        company.assert_books_balance().await;
    }
}

#[tokio::test]
async fn wrong_uses_of_a_credit_are_refused() {
    let company = Company::sample().await;
    let owed = company.save("Bill", bill(VENDOR, "100", "7")).await;
    let credit = company.save("VendorCredit", bill(VENDOR, "30", "7")).await;
    let others = company.save("VendorCredit", bill("46", "30", "7")).await;
    let with = |used: &str| vec![line(&owed, "Bill", "50"), line(&credit, "VendorCredit", used)];
    for (body, code) in [
        (check("19", with("31")), "6000"),
        (check("10", with("30")), "6000"),
        (check("0", vec![line(&credit, "VendorCredit", "30")]), "6000"),
        (check("20", vec![line(&owed, "Bill", "50"), line(&others, "VendorCredit", "30")]), "6000"),
        (check("20", vec![line(&credit, "Bill", "20")]), "610"),
    ] {
        let reply = company.post("billpayment", body.clone()).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.body);
    }
    let mut negative = bill(VENDOR, "30", "7");
    negative["Line"][0]["Amount"] = json!(-30);
    assert_eq!(company.post("vendorcredit", negative).await.code(), "6000");
    assert_eq!(balances(&company, &owed, &credit).await, (json!(100), json!(30)));

    let paid = company.save("BillPayment", check("20", with("30"))).await;
    let gone = json!({"Id": id(&credit), "SyncToken": "1"});
    assert_eq!(company.post("vendorcredit?operation=delete", gone.clone()).await.code(), "800");
    // Without its credit a payment pays only what its own money covers.
    company.switch(json!({"delete_paid_invoice": "unlink"})).await;
    assert_eq!(company.post("vendorcredit?operation=delete", gone).await.status, 200);
    let left = company.read("BillPayment", id(&paid)).await;
    assert_eq!(left["Line"], json!([line(&owed, "Bill", "20")]));
    assert_eq!(company.read("Bill", id(&owed)).await["Balance"], json!(80));
    company.assert_books_balance().await;
}

/// What a vendor pays back is deposited to payables, and uses up the credit.
#[tokio::test]
async fn a_refund_on_a_deposit_is_settled_with_the_credit() {
    let company = Company::sample().await;
    let credit = company.save("VendorCredit", bill(VENDOR, "30", "7")).await;
    let refund = |amount: i64| {
        json!({"DepositToAccountRef": {"value": "35"}, "Line": [{"Amount": amount, "DetailType": "DepositLineDetail",
            "DepositLineDetail": {"AccountRef": {"value": "33"}, "Entity": {"value": VENDOR, "type": "Vendor"}}}]})
    };
    let deposit = company.save("Deposit", refund(30)).await;
    assert_eq!(company.read("Vendor", VENDOR).await["Balance"], json!(0));
    let lines = vec![line(&deposit, "Deposit", "30"), line(&credit, "VendorCredit", "30")];
    let netting = company.save("BillPayment", check("0", lines)).await;
    assert_eq!(company.read("VendorCredit", id(&credit)).await["Balance"], json!(0));
    let mut less = refund(20);
    less["Id"] = deposit["Id"].clone();
    less["SyncToken"] = json!("0");
    assert_eq!(company.post("deposit", less).await.code(), "6000");
    let gone = json!({"Id": id(&deposit), "SyncToken": "0"});
    assert_eq!(company.post("deposit?operation=delete", gone.clone()).await.code(), "800");
    let void = json!({"Id": id(&netting), "SyncToken": "0", "sparse": true});
    company.post("billpayment?operation=update&include=void", void).await;
    assert_eq!(company.read("VendorCredit", id(&credit)).await["Balance"], json!(30));
    assert_eq!(company.post("deposit?operation=delete", gone).await.status, 200);
    company.assert_books_balance().await;
}

#[tokio::test]
async fn credits_and_payments_are_captured() {
    let company = Company::sample().await;
    let since = company.inspect("clock").await["now"].as_str().unwrap().to_owned();
    company.advance(60).await;
    let owed = company.save("Bill", bill(VENDOR, "30", "7")).await;
    let credit = company.save("VendorCredit", bill(VENDOR, "30", "7")).await;
    let lines = vec![line(&owed, "Bill", "30"), line(&credit, "VendorCredit", "30")];
    company.save("BillPayment", check("0", lines)).await;
    let answer =
        company.get(&format!("cdc?entities=VendorCredit,BillPayment&changedSince={since}")).await;
    let groups = &answer.body["CDCResponse"][0]["QueryResponse"];
    assert_eq!(groups[0]["VendorCredit"][0]["Balance"], json!(0), "{}", answer.body);
    assert_eq!(groups[1]["BillPayment"][0]["Line"].as_array().unwrap().len(), 2);
}
