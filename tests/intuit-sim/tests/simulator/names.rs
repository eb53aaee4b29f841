//! Names: uniqueness over three lists, characters, hierarchy, inactivation.

use serde_json::json;

use crate::support::{Company, id};

#[tokio::test]
async fn a_display_name_is_unique_over_customers_vendors_and_employees() {
    let company = Company::sample().await;
    for taken in ["Cool Cars", "COOL cars", " cool cars ", "Hicks Hardware", "emily platt"] {
        let reply = company.post("customer", json!({"DisplayName": taken})).await;
        let detail = "The name supplied already exists. : Another customer, vendor or employee is already using this \nname. Please use a different name.";
        assert_eq!(
            (reply.status, reply.fault()),
            (400, ("6240", "Duplicate Name Exists Error", detail)),
            "{taken}"
        );
    }
    let customer = company.customer("New Name").await;
    // Its own name is no obstacle to a customer.
    company
        .save(
            "Customer",
            json!({"Id": customer, "SyncToken": "0", "sparse": true, "DisplayName": "NEW NAME"}),
        )
        .await;
}

#[tokio::test]
async fn names_with_forbidden_characters_or_lengths_are_refused() {
    let company = Company::sample().await;
    for (entity, body, code) in [
        ("customer", json!({"DisplayName": "a:b"}), "2040"),
        ("customer", json!({"DisplayName": "a\tb"}), "2040"),
        ("customer", json!({"DisplayName": "ok", "GivenName": "a\nb"}), "2040"),
        ("customer", json!({"DisplayName": "party 🎉"}), "2040"),
        ("customer", json!({"DisplayName": "x".repeat(501)}), "2050"),
        ("customer", json!({"DisplayName": "ok", "Suffix": "x".repeat(17)}), "2050"),
        (
            "item",
            json!({"Name": "a:b", "Type": "Service", "IncomeAccountRef": {"value": "1"}}),
            "2040",
        ),
        (
            "item",
            json!({"Name": "x".repeat(101), "Type": "Service", "IncomeAccountRef": {"value": "1"}}),
            "2050",
        ),
        ("account", json!({"Name": "say \"hi\"", "AccountType": "Bank"}), "2040"),
        ("customer", json!({"CompanyName": "No person"}), "6080"),
    ] {
        assert_eq!(company.post(entity, body.clone()).await.code(), code, "{body}");
    }
    let too_long = company.post("item", json!({"Name": "x".repeat(101), "Type": "Service"})).await;
    assert_eq!(
        too_long.fault().2,
        "String length specified does not match the supported length. Min:0 wanted, Max:100 allowed."
    );
}

#[tokio::test]
async fn a_name_is_built_from_its_parts() {
    let company = Company::sample().await;
    let customer = company
        .save("Customer", json!({"Title": "Dr.", "GivenName": "Ada", "FamilyName": "King"}))
        .await;
    assert_eq!(
        (&customer["DisplayName"], &customer["PrintOnCheckName"]),
        (&json!("Dr. Ada King"), &json!("Ada King"))
    );
    assert_eq!(
        (&customer["Taxable"], &customer["PreferredDeliveryMethod"]),
        (&json!(true), &json!("Print"))
    );
}

#[tokio::test]
async fn sub_customers_have_full_names_and_at_most_five_levels() {
    let company = Company::sample().await;
    assert_eq!(
        company.post("customer", json!({"DisplayName": "Job", "Job": true})).await.code(),
        "6150"
    );
    let mut parent = company.customer("L0").await;
    let top = parent.clone();
    for level in 1..5 {
        let child = company.save("Customer", json!({"DisplayName": format!("L{level}"), "Job": true, "ParentRef": {"value": parent}})).await;
        assert_eq!(child["Level"], json!(level));
        parent = id(&child).to_owned();
    }
    assert_eq!(company.read("Customer", &parent).await["FullyQualifiedName"], "L0:L1:L2:L3:L4");
    assert_eq!(
        company
            .post("customer", json!({"DisplayName": "L5", "ParentRef": {"value": parent}}))
            .await
            .code(),
        "6180"
    );
    let loops = company
        .post(
            "customer",
            json!({"Id": top, "SyncToken": "0", "sparse": true, "ParentRef": {"value": parent}}),
        )
        .await;
    assert_eq!(loops.code(), "900");
    company
        .save(
            "Customer",
            json!({"Id": top, "SyncToken": "0", "sparse": true, "DisplayName": "Zero"}),
        )
        .await;
    assert_eq!(company.read("Customer", &parent).await["FullyQualifiedName"], "Zero:L1:L2:L3:L4");
}

#[tokio::test]
async fn an_inactive_name_gets_a_suffix_and_frees_the_plain_one() {
    let company = Company::sample().await;
    let customer = company.customer("Harbor Inn").await;
    let inactive = company
        .save(
            "Customer",
            json!({"Id": customer, "SyncToken": "0", "sparse": true, "Active": false}),
        )
        .await;
    assert_eq!(
        (&inactive["DisplayName"], &inactive["FullyQualifiedName"]),
        (&json!("Harbor Inn (deleted)"), &json!("Harbor Inn (deleted)"))
    );
    assert!(
        company
            .ids("select * from Customer where DisplayName = 'Harbor Inn (deleted)'")
            .await
            .is_empty()
    );
    assert_eq!(company.ids("select * from Customer where DisplayName = 'Harbor Inn (deleted)' and Active in (true, false)").await, [customer.as_str()]);
    let refused = company.post("invoice", crate::support::invoice(&customer, "5")).await;
    assert_eq!((refused.code(), refused.fault().2.contains("made inactive")), ("610", true));
    company.switch(json!({"inactive_reference_code": "invalid_reference"})).await;
    let refused = company.post("invoice", crate::support::invoice(&customer, "5")).await;
    assert_eq!(
        refused.fault().2,
        format!("Invalid Reference Id : Customers element id {customer} made inactive")
    );
    let second = company.customer("Harbor Inn").await;
    let taken = company
        .post("customer", json!({"Id": customer, "SyncToken": "1", "sparse": true, "Active": true}))
        .await;
    assert_eq!(taken.code(), "6240");
    company
        .save(
            "Customer",
            json!({"Id": second, "SyncToken": "0", "sparse": true, "DisplayName": "Other"}),
        )
        .await;
    let back = company
        .save("Customer", json!({"Id": customer, "SyncToken": "1", "sparse": true, "Active": true}))
        .await;
    assert_eq!(back["DisplayName"], "Harbor Inn");
}

#[tokio::test]
async fn item_and_account_rules() {
    let company = Company::sample().await;
    for (entity, body, code) in [
        (
            "item",
            json!({"Name": "design", "Type": "Service", "IncomeAccountRef": {"value": "82"}}),
            "6240",
        ),
        ("item", json!({"Name": "No income", "Type": "Service"}), "2020"),
        (
            "item",
            json!({"Name": "Wrong", "Type": "Service", "IncomeAccountRef": {"value": "35"}}),
            "6430",
        ),
        (
            "item",
            json!({"Name": "Missing", "Type": "Service", "IncomeAccountRef": {"value": "999"}}),
            "2500",
        ),
        ("item", json!({"Name": "Odd", "Type": "Gadget"}), "2170"),
        (
            "item",
            json!({"Name": "Stock", "Type": "Inventory", "IncomeAccountRef": {"value": "79"}}),
            "6520",
        ),
        (
            "item",
            json!({"Name": "Under", "Type": "Service", "IncomeAccountRef": {"value": "1"}, "ParentRef": {"value": "1"}}),
            "6000",
        ),
        ("account", json!({"Name": "Typeless"}), "6010"),
        ("account", json!({"Name": "checking", "AccountType": "Bank"}), "6240"),
        ("account", json!({"Name": "Strange", "AccountType": "Piggy Bank"}), "2170"),
        (
            "account",
            json!({"Name": "Child", "AccountType": "Expense", "ParentRef": {"value": "35"}}),
            "6010",
        ),
    ] {
        assert_eq!(company.post(entity, body.clone()).await.code(), code, "{body}");
    }
    let account =
        company.save("Account", json!({"Name": "Agent clearing", "AccountType": "Bank"})).await;
    assert_eq!(
        (&account["AccountSubType"], &account["Classification"], id(&account)),
        (&json!("CashOnHand"), &json!("Asset"), "1150040000")
    );
    let category = company.save("Item", json!({"Name": "Group A", "Type": "Category"})).await;
    let item = company.save("Item", json!({"Name": "Inside", "Type": "Service", "IncomeAccountRef": {"value": "1"}, "SubItem": true, "ParentRef": {"value": id(&category)}})).await;
    assert_eq!(item["FullyQualifiedName"], "Group A:Inside");
}

#[tokio::test]
async fn terms_and_payment_methods_can_be_added() {
    let company = Company::sample().await;
    let term = company.save("Term", json!({"Name": "Net 45", "DueDays": 45})).await;
    assert_eq!(term["Type"], "STANDARD");
    assert_eq!(company.post("term", json!({"Name": "net 45", "DueDays": 45})).await.code(), "6240");
    assert_eq!(company.post("term", json!({"Name": "Nothing"})).await.code(), "2020");
    let method = company.save("PaymentMethod", json!({"Name": "ACH"})).await;
    assert_eq!(method["Type"], "NON_CREDIT_CARD");
    assert_eq!(company.post("taxcode", json!({"Name": "X"})).await.code(), "500");
}

#[tokio::test]
async fn references_show_the_current_name() {
    let company = Company::sample().await;
    let made = company.invoice("3", "5").await;
    company
        .save(
            "Customer",
            json!({"Id": "3", "SyncToken": "0", "sparse": true, "DisplayName": "Warm Cars"}),
        )
        .await;
    company
        .save("Item", json!({"Id": "1", "SyncToken": "0", "sparse": true, "Name": "Labour"}))
        .await;
    let shown = company.read("Invoice", id(&made)).await;
    assert_eq!(
        (&shown["CustomerRef"]["name"], &shown["SyncToken"]),
        (&json!("Warm Cars"), &json!("0"))
    );
    assert_eq!(shown["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"], "Labour");
    let unchanged = company
        .save(
            "Invoice",
            json!({"Id": id(&made), "SyncToken": "0", "sparse": true, "PrivateNote": ""}),
        )
        .await;
    assert_eq!(unchanged["SyncToken"], "0");
}
