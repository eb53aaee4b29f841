//! The control API and the pages.

use serde_json::{Value, json};

use crate::support::{Company, Reply, id, invoice, payment};

#[tokio::test]
async fn the_journal_tells_what_is_metered() {
    let company = Company::sample().await;
    company.get("customer/1").await;
    company.query("select count(*) from Customer").await;
    company.customer("Acme").await;
    company.post("invoice", invoice("999", "1")).await;
    let calls = company.inspect("journal?after=1").await;
    let rows: Vec<(&str, &str, bool, &str)> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| {
            (
                call["entity"].as_str().unwrap(),
                call["operation"].as_str().unwrap(),
                call["metered"].as_bool().unwrap(),
                call["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("Customer", "read", true, "performed"),
        ("Customer", "query", true, "performed"),
        ("Customer", "create", false, "performed"),
        ("Invoice", "create", false, "rejected"),
    ];
    assert_eq!(rows, expected);
    assert_eq!(calls["calls"][3]["fault_code"], "2500");
}

#[tokio::test]
async fn a_bookkeeper_changes_things_without_api_calls() {
    let company = Company::sample().await;
    let made = company.invoice("3", "10").await;
    let before = company.inspect("journal").await["calls"].as_array().unwrap().len();
    let edited = company
        .control("bookkeeper/invoice", json!({"Id": id(&made), "PrivateNote": "by hand"}))
        .await;
    assert_eq!(
        (&edited.body["Invoice"]["SyncToken"], &edited.body["Invoice"]["TotalAmt"]),
        (&json!("1"), &json!(10))
    );
    company.control("bookkeeper/payment", payment("3", "10", &[(id(&made), "10")])).await;
    assert_eq!(company.read("Invoice", id(&made)).await["Balance"], json!(0));
    let refused =
        company.control("bookkeeper/invoice?operation=delete", json!({"Id": id(&made)})).await;
    assert_eq!((refused.status, refused.code()), (400, "800"));
    assert_eq!(company.inspect("journal").await["calls"].as_array().unwrap().len(), before + 1);
}

#[tokio::test]
async fn clocks_stand_still_until_moved() {
    let company = Company::sample().await;
    let (first, second) = (company.inspect("clock").await, company.inspect("clock").await);
    assert_eq!(first, second);
    let moved = company.control("clock", json!({"set": "2027-01-02T12:00:00Z"})).await;
    assert_eq!(
        (&moved.body["local"], &moved.body["today"]),
        (&json!("2027-01-02T04:00:00-08:00"), &json!("2027-01-02"))
    );
    assert_eq!(company.control("clock", json!({})).await.status, 400);
}

#[tokio::test]
async fn access_tokens_can_be_expired() {
    let company = Company::sample().await;
    company.control("tokens/expire-access", json!({})).await;
    assert_eq!(company.get("customer/1").await.status, 401);
    let fresh = company.refresh(&company.refresh_token).await;
    let token = fresh.body["access_token"].as_str().unwrap();
    assert_eq!(
        company
            .http
            .get(company.api("customer/1"))
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn unknown_switches_and_companies_are_refused() {
    let company = Company::sample().await;
    assert_eq!(company.switch(json!({"colour": "blue"})).await.status, 400);
    assert_eq!(
        company.http.get(company.address("/sim/companies/1/clock")).send().await.unwrap().status(),
        404
    );
    let created = company
        .http
        .post(company.address("/sim/companies"))
        .json(&json!({"nmae": "x"}))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 400);
    let all =
        Reply::of(company.http.get(company.address("/sim/companies")).send().await.unwrap()).await;
    assert!(
        all.body["companies"]
            .as_array()
            .unwrap()
            .iter()
            .any(|listed| listed["realm_id"] == company.realm.as_str())
    );
}

#[tokio::test]
async fn an_empty_company_has_the_accounts_that_invoicing_needs() {
    let company = Company::with(json!({"sample": false, "name": "Blank"})).await;
    assert_eq!(
        company.query("select count(*) from Invoice").await.body["QueryResponse"]["totalCount"],
        json!(0)
    );
    let customer = company.customer("First").await;
    let made = company.invoice(&customer, "10").await;
    assert_eq!(made["DocNumber"], "1001");
    company.save("Payment", payment(&customer, "10", &[(id(&made), "10")])).await;
    company.assert_books_balance().await;
}

async fn page(company: &Company, path: &str) -> String {
    let answer = company.http.get(company.address(path)).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert!(answer.headers()["cache-control"].to_str().unwrap().contains("no-store"));
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_person_sees_invoices_payments_customers_and_books() {
    let company = Company::with(json!({"name": "Bay & Sons"})).await;
    let realm = &company.realm;
    let made = company.invoice("3", "1234.50").await;
    let paid = company.save("Payment", payment("3", "1234.50", &[(id(&made), "1234.50")])).await;
    let voided = company.invoice("3", "5").await;
    company.post("invoice?operation=void", json!({"Id": id(&voided), "SyncToken": "0"})).await;
    assert!(page(&company, "/").await.contains("Bay &#38; Sons"));
    let invoices = page(&company, &format!("/app/{realm}/invoices")).await;
    for shown in ["1,234.50", "Paid", "Open", "Voided", "Overdue", "Cool Cars"] {
        assert!(invoices.contains(shown), "{shown}");
    }
    let one = page(&company, &format!("/app/invoice?txnId={}&companyId={realm}", id(&made))).await;
    assert!(
        one.contains("Paid") && one.contains(&format!("recvpayment?txnId={}", id(&paid))),
        "{one}"
    );
    let payment_page =
        page(&company, &format!("/app/recvpayment?txnId={}&companyId={realm}", id(&paid))).await;
    assert!(
        payment_page.contains("1,234.50")
            && payment_page.contains(made["DocNumber"].as_str().unwrap())
    );
    assert!(page(&company, &format!("/app/{realm}/payments")).await.contains("Cool Cars"));
    assert!(
        page(&company, &format!("/app/{realm}/customers")).await.contains("Freeman Sporting Goods")
    );
    assert!(
        page(&company, &format!("/app/customerdetail?nameId=3&companyId={realm}"))
            .await
            .contains("Cool Cars")
    );
    assert!(page(&company, &format!("/app/{realm}/books")).await.contains("Accounts Receivable"));
    let missing = company
        .http
        .get(company.address(&format!("/app/invoice?txnId=99999&companyId={realm}")))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn exact_decimals_survive() {
    let company = Company::sample().await;
    let text = r#"{"CustomerRef":{"value":"3"},"Line":[{"Amount":0.30,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"},"Qty":3,"UnitPrice":0.10}}]}"#;
    let request = company
        .http
        .post(company.api("invoice"))
        .bearer_auth(&company.token)
        .header("content-type", "application/json")
        .body(text);
    let answer = request.send().await.unwrap().text().await.unwrap();
    assert!(
        answer.contains(r#""TotalAmt":0.3,"#) && answer.contains(r#""UnitPrice":0.1}"#),
        "{answer}"
    );
    let value: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(value["Invoice"]["Balance"].to_string(), "0.3");
}

#[tokio::test]
async fn every_document_has_a_list_and_a_page_under_the_real_address() {
    let company = Company::sample().await;
    let realm = company.realm.clone();
    let spent = |kind: &str| json!({"PaymentType": kind, "AccountRef": {"value": "35"}, "EntityRef": {"value": "41", "type": "Vendor"}, "PrivateNote": format!("spent by {kind}"), "Line": crate::support::bill("41", "5", "7")["Line"]});
    let check = company.save("Purchase", spent("Check")).await;
    let cash = company.save("Purchase", spent("Cash")).await;
    for (list, expected) in [
        ("vendors", "1,602.67"),
        ("bills", "Brosnahan Insurance Agency"),
        ("expenses", "spent by Cash"),
        ("deposits", "868.15"),
        ("journal", "13,495.00"),
        ("salesreceipts", "1011"),
        ("creditmemos", "1026"),
    ] {
        let html = page(&company, &format!("/app/{realm}/{list}")).await;
        assert!(html.contains(expected), "{list}: {html}");
    }
    for (path, id, expected) in [
        ("bill", "25", "BillPaymentCheck"),
        ("billpayment", "50", "Bill 25"),
        ("check", id(&check), "Advertising"),
        ("expense", id(&cash), "Hicks Hardware"),
        ("salesreceipt", "47", "Deposited"),
        ("creditmemo", "73", "Applied"),
        ("deposit", "121", "Cash back"),
        ("journal", "6", "Truck:Original Cost"),
        ("recvpayment", "74", "CreditMemo"),
    ] {
        let html = page(&company, &format!("/app/{path}?txnId={id}&companyId={realm}")).await;
        assert!(html.contains(expected), "{path}: {html}");
    }
    let vendor = page(&company, &format!("/app/vendordetail?nameId=41&companyId={realm}")).await;
    assert!(vendor.contains("spent by Check") && vendor.contains("250.00"), "{vendor}");
}
