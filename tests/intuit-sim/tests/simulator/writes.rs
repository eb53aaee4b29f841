//! Updates, SyncTokens, envelopes and what every write has in common.

use serde_json::{Value, json};

use crate::support::{Company, Reply, id, invoice, payment};

#[tokio::test]
async fn a_stale_token_is_refused_and_the_right_one_counts_up() {
    let company = Company::sample().await;
    let customer = company.customer("Acme").await;
    let change = |token: &str, name: &str| json!({"Id": customer, "SyncToken": token, "sparse": true, "CompanyName": name});
    assert_eq!(company.save("Customer", change("0", "One")).await["SyncToken"], "1");
    let stale = company.post("customer", change("0", "Two")).await;
    let detail = "Stale Object Error : You and root were working on this at the same time. root finished before you did, so your work was not saved.";
    assert_eq!((stale.status, stale.fault()), (400, ("5010", "Stale Object Error", detail)));
    let none = company.post("customer", json!({"Id": customer, "sparse": true})).await;
    assert_eq!(none.code(), "2020");
}

#[tokio::test]
async fn a_write_that_changes_nothing_moves_nothing() {
    let company = Company::sample().await;
    let created = company.invoice("3", "20").await;
    company.advance(60).await;
    let again = company.save("Invoice", json!({"Id": id(&created), "SyncToken": "0", "sparse": true, "DocNumber": created["DocNumber"]})).await;
    assert_eq!(again, created);
    let full = company.save("Invoice", created.clone()).await;
    assert_eq!(full, created);
}

#[tokio::test]
async fn a_full_update_drops_what_it_omits_and_a_sparse_one_keeps_it() {
    let company = Company::sample().await;
    let body =
        json!({"DisplayName": "Acme", "CompanyName": "Acme Inc", "Notes": "n", "Balance": 99});
    let customer = company.save("Customer", body).await;
    assert_eq!(customer["Balance"], json!(0), "read-only members are overwritten");
    let sparse = company
        .save(
            "Customer",
            json!({"Id": id(&customer), "SyncToken": "0", "sparse": true, "Notes": "m"}),
        )
        .await;
    assert_eq!(
        (&sparse["CompanyName"], &sparse["Notes"], &sparse["sparse"]),
        (&json!("Acme Inc"), &json!("m"), &json!(false))
    );
    let cleared = company
        .save(
            "Customer",
            json!({"Id": id(&customer), "SyncToken": "1", "sparse": true, "Notes": ""}),
        )
        .await;
    assert_eq!(cleared.get("Notes"), None);
    let full = company
        .save("Customer", json!({"Id": id(&customer), "SyncToken": "2", "DisplayName": "Acme"}))
        .await;
    assert_eq!((full.get("CompanyName"), &full["SyncToken"]), (None, &json!("3")));
}

#[tokio::test]
async fn deleted_transactions_are_gone_for_the_api_and_visible_to_tests() {
    let company = Company::sample().await;
    let created = company.invoice("3", "20").await;
    let reply = company
        .post("invoice?operation=delete", json!({"Id": id(&created), "SyncToken": "0"}))
        .await;
    assert_eq!(
        reply.body["Invoice"],
        json!({"status": "Deleted", "domain": "QBO", "Id": id(&created)})
    );
    let gone = company.get(&format!("invoice/{}", id(&created))).await;
    assert_eq!(
        (gone.status, gone.fault()),
        (
            400,
            (
                "610",
                "Object Not Found",
                "Object Not Found : Another user has deleted this transaction."
            )
        )
    );
    let objects = company.inspect("objects/invoice").await;
    let kept = objects["objects"]
        .as_array()
        .unwrap()
        .iter()
        .find(|object| object["Id"] == created["Id"])
        .unwrap()
        .clone();
    assert_eq!(kept["status"], "Deleted");
    assert_eq!(
        company
            .post("customer?operation=delete", json!({"Id": "3", "SyncToken": "0"}))
            .await
            .code(),
        "500"
    );
    company.assert_books_balance().await;
}

#[tokio::test]
async fn an_empty_text_is_no_number() {
    // python-quickbooks sends it with each new invoice.
    let company = Company::sample().await;
    let mut made = invoice("3", "20");
    made["TotalAmt"] = json!("");
    assert_eq!(company.save("Invoice", made).await["TotalAmt"], json!(20));
}

#[tokio::test]
async fn unknown_members_and_malformed_values_are_refused() {
    let company = Company::sample().await;
    for (body, code) in [
        (json!({"DisplayName": "A", "Nickname": "B"}), "2010"),
        (json!({"DisplayName": "A", "BillAddr": {"Street": "B"}}), "2010"),
        (json!({"DisplayName": "A", "BillAddr": "somewhere"}), "2120"),
        (json!({"DisplayName": "A", "Active": "maybe"}), "2230"),
        (json!({"DisplayName": "A", "PrimaryEmailAddr": {"Address": "nobody"}}), "2210"),
        (json!({"DisplayName": "A", "PreferredDeliveryMethod": "Pigeon"}), "2170"),
        (json!({"DisplayName": "A", "SalesTermRef": {"value": "77"}}), "2500"),
        (json!({"Id": "77", "SyncToken": "0", "DisplayName": "A"}), "610"),
        (json!({"Id": "x", "SyncToken": "0", "DisplayName": "A"}), "2030"),
    ] {
        assert_eq!(company.post("customer", body.clone()).await.code(), code, "{body}");
    }
    let unknown = company.post("customer", json!({"DisplayName": "A", "Nickname": "B"})).await;
    assert_eq!(unknown.fault().2, "Property Name:Nickname specified is unsupported or invalid");
    let mut dated = invoice("3", "20");
    dated["TxnDate"] = json!("31.12.2026");
    assert_eq!(company.post("invoice", dated).await.code(), "2060");
    assert_eq!(company.post("invoice", invoice("3", "100000000000")).await.code(), "2080");
    assert_eq!(company.post("invoice", invoice("3", "1e40")).await.code(), "2080");
    assert_eq!(
        Reply::of(company.try_post("customer", &Value::Null).await.unwrap()).await.code(),
        "2010"
    );
}

#[tokio::test]
async fn answers_carry_a_time_a_correlation_id_and_gzip_when_asked() {
    let company = Company::sample().await;
    let answer = company
        .http
        .get(company.api("customer/1?minorversion=75"))
        .bearer_auth(&company.token)
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert!(answer.headers()["intuit_tid"].to_str().unwrap().starts_with("1-"));
    let reply = Reply::of(answer).await;
    let time = reply.body["time"].as_str().unwrap();
    assert_eq!(time.len(), "2026-05-05T03:11:46.211-07:00".len(), "{time}");
    let meta = reply.body["Customer"]["MetaData"]["CreateTime"].as_str().unwrap();
    assert_eq!(meta.len(), "2026-05-05T03:11:46-07:00".len(), "{meta}");
}

#[tokio::test]
async fn balances_move_last_updated_time_but_not_the_token_of_names_and_accounts() {
    let company = Company::sample().await;
    let (customer, parent) =
        (company.read("Customer", "8").await, company.read("Customer", "7").await);
    let account = company.read("Account", "84").await;
    company.advance(60).await;
    company.invoice("8", "10").await;
    for (entity, before) in [("Customer", customer), ("Customer", parent), ("Account", account)] {
        let after = company.read(entity, id(&before)).await;
        assert_eq!(after["SyncToken"], before["SyncToken"]);
        assert_ne!(after["MetaData"]["LastUpdatedTime"], before["MetaData"]["LastUpdatedTime"]);
    }
    let (child, parent) =
        (company.read("Customer", "8").await, company.read("Customer", "7").await);
    assert_eq!(
        (&child["Balance"], &parent["Balance"], &parent["BalanceWithJobs"]),
        (&json!(487.5), &json!(0), &json!(572.5))
    );
}

#[tokio::test]
async fn closed_books_refuse_every_write_into_the_period() {
    let company = Company::switched(json!({"book_close_date": "2026-06-30"})).await;
    let dated = |date: &str| {
        let mut body = invoice("3", "20");
        body["TxnDate"] = json!(date);
        body
    };
    let refused = company.post("invoice", dated("2026-06-30")).await;
    let text = "The account period has closed and the account books cannot be updated through the QBO Services API. Please use the QBO website to make these changes.";
    assert_eq!(refused.fault(), ("6200", "Account Period Closed", text));
    let open = company.save("Invoice", dated("2026-07-01")).await;
    let moved = company
        .post(
            "invoice",
            json!({"Id": id(&open), "SyncToken": "0", "sparse": true, "TxnDate": "2026-06-01"}),
        )
        .await;
    assert_eq!(moved.code(), "6200");
    assert_eq!(
        company.read("Preferences", "1").await["AccountingInfoPrefs"]["BookCloseDate"],
        "2026-06-30"
    );
    company.switch(json!({"book_close_password": true, "book_close_date": "2026-07-31"})).await;
    for path in ["invoice?operation=delete", "invoice?operation=void"] {
        assert_eq!(
            company.post(path, json!({"Id": id(&open), "SyncToken": "0"})).await.code(),
            "6210",
            "{path}"
        );
    }
    let pay = payment("3", "20", &[(id(&open), "20")]);
    assert_eq!(
        company.post("payment", pay.clone()).await.status,
        200,
        "a payment in the open period may settle a closed invoice"
    );
    company.switch(json!({"closed_period_links": "reject"})).await;
    let next = company.post("payment", payment("3", "1", &[(id(&open), "1")])).await;
    assert_eq!(next.code(), "6210");
}

#[tokio::test]
async fn an_edition_without_accounting_and_a_lapsed_subscription_refuse_writes() {
    let small = Company::with(json!({"edition": "QuickBooks Self-Employed"})).await;
    let info = small.get(&format!("companyinfo/{}", small.realm)).await;
    let sku = info.body["CompanyInfo"]["NameValue"]
        .as_array()
        .unwrap()
        .iter()
        .find(|pair| pair["Name"] == "OfferingSku")
        .unwrap()
        .clone();
    assert_eq!(sku["Value"], "QuickBooks Self-Employed");
    assert_eq!(small.post("customer", json!({"DisplayName": "A"})).await.code(), "5030");
    let lapsed = Company::switched(json!({"subscription_lapsed": true})).await;
    assert_eq!(
        lapsed.post("customer", json!({"DisplayName": "A"})).await.fault().1,
        "Invalid Company Status"
    );
    assert_eq!(lapsed.get("customer/1").await.status, 200);
    let removed =
        Company::switched(json!({"user_lost_access": true})).await.get("customer/1").await;
    assert_eq!(
        (removed.status, removed.fault()),
        (
            401,
            (
                "120",
                "AuthorizationFailure",
                "AuthorizationFailure: –11014-You do not have access to use QuickBooks Online Plus."
            )
        )
    );
}

#[tokio::test]
async fn multicurrency_is_off_until_switched_on() {
    let company = Company::sample().await;
    let body = json!({"DisplayName": "Montreal", "CurrencyRef": {"value": "CAD"}});
    assert_eq!(company.post("customer", body.clone()).await.code(), "6000");
    company.switch(json!({"multicurrency": true})).await;
    let customer = company.save("Customer", body).await;
    assert_eq!(customer["CurrencyRef"]["value"], "CAD");
    let mut sale = invoice(id(&customer), "5");
    assert_eq!(company.save("Invoice", sale.clone()).await["CurrencyRef"]["value"], "CAD");
    sale["CurrencyRef"] = json!({"value": "USD"});
    assert_eq!(company.post("invoice", sale).await.code(), "6000");
    let british = Company::with(json!({"country": "GB"})).await;
    assert_eq!(british.invoice("3", "5").await["CurrencyRef"]["value"], "GBP");
    assert_eq!(
        british.read("Preferences", "1").await["CurrencyPrefs"]["HomeCurrency"]["value"],
        "GBP"
    );
}
