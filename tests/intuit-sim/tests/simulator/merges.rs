//! Merging names, accounts, items and the small lists.

use serde_json::{Value, json};

use crate::support::{Company, Reply, bill, id, number, payment};

async fn merge(company: &Company, entity: &str, loser: &str, survivor: &str) -> Reply {
    company.try_by_hand(entity, loser, "merge", json!({"into": survivor})).await
}

async fn merged(company: &Company, entity: &str, loser: &str, survivor: &str) -> Value {
    let reply = merge(company, entity, loser, survivor).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body[entity].clone()
}

/// What was captured of an entity in the last minute.
async fn captured(company: &Company, entity: &str) -> Vec<Value> {
    let now = company.inspect("clock").await["now"].as_str().unwrap().to_owned();
    let now: jiff::Timestamp = now.parse().unwrap();
    let since = now - jiff::SignedDuration::from_secs(60);
    let answer = company.get(&format!("cdc?entities={entity}&changedSince={since}")).await;
    let group = answer.body["CDCResponse"][0]["QueryResponse"][0][entity].clone();
    group.as_array().cloned().unwrap_or_default()
}

/// Whether any live object still names the one that is gone.
async fn named_anywhere(company: &Company, member: &str, gone: &str) -> bool {
    fn names(value: &Value, member: &str, gone: &str) -> bool {
        match value {
            Value::Object(object) => object.iter().any(|(name, inner)| {
                (name == member && inner["value"] == gone) || names(inner, member, gone)
            }),
            Value::Array(values) => values.iter().any(|inner| names(inner, member, gone)),
            _ => false,
        }
    }
    for entity in [
        "Bill",
        "BillPayment",
        "VendorCredit",
        "Purchase",
        "Invoice",
        "Payment",
        "JournalEntry",
        "Item",
        "Deposit",
    ] {
        let objects = company.inspect(&format!("objects/{entity}")).await;
        if names(&objects, member, gone) {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_vendor_disappears_into_another_with_bills_payments_and_balance() {
    let company = Company::sample().await;
    let owed = company.save("Bill", bill("41", "100", "7")).await;
    let other = company.save("Vendor", json!({"DisplayName": "Hicks and Sons"})).await;
    let other = id(&other);
    company.save("Bill", bill(other, "10", "7")).await;
    let credit = company.save("VendorCredit", bill("41", "30", "7")).await;
    let paid = company.by_hand("Bill", id(&owed), "pay", json!({"amount": 40})).await;
    let before = company.effect().await;
    company.advance(120).await;
    let survivor = merged(&company, "Vendor", "41", other).await;
    assert_eq!((id(&survivor), &survivor["Balance"]), (other, &json!(40)));
    assert_eq!(company.get("vendor/41").await.code(), "610");
    assert_eq!(
        company.ids("select * from Vendor where Active in (true, false) and Id = '41'").await,
        [""; 0]
    );
    assert!(!named_anywhere(&company, "VendorRef", "41").await);
    let moved = company.read("Bill", id(&owed)).await;
    assert_eq!(moved["VendorRef"]["value"], other);
    assert_eq!(moved["VendorRef"]["name"], survivor["DisplayName"]);
    assert_eq!(moved["SyncToken"], "1", "only the payment moved it");
    assert_eq!(company.read("BillPayment", id(&paid)).await["VendorRef"]["value"], other);
    assert_eq!(company.effect().await, before);
    company.assert_books_balance().await;

    let vendors = captured(&company, "Vendor").await;
    let gone: Vec<&Value> = vendors.iter().filter(|vendor| vendor["status"] == "Deleted").collect();
    assert_eq!(gone.len(), 1);
    let stamp = company.inspect("clock").await["local"].clone();
    assert_eq!(
        gone[0],
        &json!({"status": "Deleted", "domain": "QBO", "Id": "41", "MetaData": {"LastUpdatedTime": stamp}})
    );
    assert!(vendors.iter().any(|vendor| id(vendor) == other));

    // What was the one vendor's is now paid together with what was the other's.
    let lines = json!([{"bill": id(&owed)}, {"vendor_credit": id(&credit)}]);
    let rest = company
        .control("bookkeeper/billpayment/enter", json!({"vendor": other, "lines": lines}))
        .await;
    assert_eq!(rest.body["BillPayment"]["TotalAmt"], json!(30), "{}", rest.body);
    company.by_hand("BillPayment", id(&paid), "void", json!({})).await;
    assert_eq!(company.read("Vendor", other).await["Balance"], json!(50));
    company.save("Vendor", json!({"DisplayName": "Hicks Hardware"})).await;
    company.assert_books_balance().await;
}

#[tokio::test]
async fn customers_merge_upwards_and_sideways() {
    let company = Company::sample().await;
    let open = async |of: &str| {
        let customer = company.read("Customer", of).await;
        (customer["Balance"].clone(), customer["BalanceWithJobs"].clone())
    };
    let invoice = company.invoice("9", "50").await;
    company.save("Payment", payment("9", "20", &[(id(&invoice), "20")])).await;
    let (own, with_jobs) = open("7").await;
    let below = company.read("Customer", "9").await;
    assert_eq!(below["ParentRef"]["value"], "7", "the sample has it so");
    merged(&company, "Customer", "9", "7").await;
    let (more, all) = open("7").await;
    assert_eq!(all, with_jobs, "the sum over all jobs stays");
    assert_ne!(more, own);
    let other = merged(&company, "Customer", "3", "7").await;
    assert_eq!(id(&other), "7");
    assert!(!named_anywhere(&company, "CustomerRef", "9").await);
    company.assert_books_balance().await;
    let receivables = company.read("Account", "84").await["CurrentBalance"].clone();
    assert_eq!(receivables, number("5311.52"), "as the customers owe");
}

#[tokio::test]
async fn accounts_items_and_lists_merge() {
    let company = Company::sample().await;
    company.save("Bill", bill("41", "100", "7")).await;
    let check = company.save("Purchase", json!({"PaymentType": "Check", "AccountRef": {"value": "36"}, "DocNumber": "1", "Line": bill("41", "5", "7")["Line"]})).await;
    merged(&company, "Account", "7", "63").await;
    let effect = company.effect().await;
    assert_eq!(
        (effect.get("Advertising"), named_anywhere(&company, "AccountRef", "7").await),
        (None, false)
    );
    let checking = company.read("Account", "35").await["CurrentBalance"].clone();
    let savings = company.read("Account", "36").await["CurrentBalance"].clone();
    assert_eq!((checking, savings), (json!(2101), json!(795)));
    let both = merged(&company, "Account", "36", "35").await;
    assert_eq!(both["CurrentBalance"], json!(2896));
    assert_eq!(company.read("Purchase", id(&check)).await["AccountRef"]["name"], "Checking");
    let register = company.inspect("trial-balance").await;
    assert!(!register["accounts"].as_array().unwrap().iter().any(|account| account["id"] == "36"));

    let mut sold = crate::support::invoice("3", "60");
    sold["Line"][0] = crate::support::line("60", "2");
    let sold = company.save("Invoice", sold).await;
    merged(&company, "Item", "2", "1").await;
    let item =
        &company.read("Invoice", id(&sold)).await["Line"][0]["SalesItemLineDetail"]["ItemRef"];
    assert_eq!((&item["value"], &item["name"]), (&json!("1"), &json!("Services")));

    for (entity, member) in [
        ("Class", "ClassRef"),
        ("Department", "DepartmentRef"),
        ("PaymentMethod", "PaymentMethodRef"),
    ] {
        let one = company.save(entity, json!({"Name": "One"})).await;
        let two = company.save(entity, json!({"Name": "Two"})).await;
        let mut body = crate::support::invoice("3", "5");
        if entity == "PaymentMethod" {
            body = payment("3", "5", &[]);
        }
        body[member] = json!({"value": id(&one)});
        let kind = if entity == "PaymentMethod" { "Payment" } else { "Invoice" };
        let used = company.save(kind, body).await;
        merged(&company, entity, id(&one), id(&two)).await;
        assert_eq!(company.read(kind, id(&used)).await[member]["value"], two["Id"], "{entity}");
        assert_eq!(
            company.get(&format!("{}/{}", entity.to_lowercase(), id(&one))).await.code(),
            "610"
        );
    }
    merged(&company, "Employee", "54", "55").await;
    assert_eq!(company.get("employee/54").await.code(), "610");
    company.assert_books_balance().await;
}

#[tokio::test]
async fn impossible_merges_are_refused() {
    let company = Company::sample().await;
    company.by_hand("Vendor", "46", "inactivate", json!({})).await;
    for (entity, loser, survivor, code) in [
        ("Vendor", "41", "41", "6000"),
        ("Vendor", "41", "3", "610"),
        ("Vendor", "41", "46", "6000"),
        ("Customer", "7", "3", "6000"),
        ("Account", "7", "35", "6000"),
        ("Account", "33", "7", "6000"),
        ("Item", "5", "11", "6000"),
        ("Term", "1", "2", "500"),
    ] {
        let reply = merge(&company, entity, loser, survivor).await;
        assert_eq!(reply.code(), code, "{entity} {loser} {survivor}: {}", reply.body);
    }
    assert_eq!(company.try_by_hand("Vendor", "41", "merge", json!({})).await.status, 400);
    assert_eq!(merge(&company, "Bill", "25", "26").await.status, 400);
    assert_eq!(merge(&company, "Vendor", "9999", "41").await.status, 404);
}
