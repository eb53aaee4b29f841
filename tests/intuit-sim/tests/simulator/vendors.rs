//! Vendors, classes and locations.

use serde_json::{Value, json};

use crate::support::{Company, bill, id};

#[tokio::test]
async fn a_vendor_lives_without_ever_being_deleted() {
    let company = Company::sample().await;
    let made = company
        .save("Vendor", json!({"DisplayName": "Harbor Plumbing", "GivenName": "Ann", "TermRef": {"value": "3"}, "TaxIdentifier": "99-5688293"}))
        .await;
    assert_eq!(id(&made), "58");
    assert_eq!(
        (&made["Balance"], &made["Vendor1099"], &made["PrintOnCheckName"], &made["TaxIdentifier"]),
        (&json!(0), &json!(false), &json!("Harbor Plumbing"), &json!("XXXXX88293"))
    );
    assert_eq!(made["TermRef"], json!({"value": "3", "name": "Net 30"}));
    let sparse = company
        .save(
            "Vendor",
            json!({"Id": "58", "SyncToken": "0", "sparse": true, "CompanyName": "Harbor Ltd"}),
        )
        .await;
    assert_eq!((&sparse["SyncToken"], &sparse["GivenName"]), (&json!("1"), &json!("Ann")));
    let full = company
        .save("Vendor", json!({"Id": "58", "SyncToken": "1", "DisplayName": "Harbor Plumbing"}))
        .await;
    assert_eq!((full.get("GivenName"), full.get("CompanyName")), (None, None));
    assert_eq!(full["CurrencyRef"]["value"], "USD");
    let stale = company
        .post("vendor", json!({"Id": "58", "SyncToken": "0", "sparse": true, "Notes": "late"}))
        .await;
    assert_eq!(stale.code(), "5010");
    let gone = company
        .save("Vendor", json!({"Id": "58", "SyncToken": "2", "sparse": true, "Active": false}))
        .await;
    assert_eq!(gone["DisplayName"], "Harbor Plumbing (Deleted)");
    assert_eq!(company.post("bill", bill("58", "5", "7")).await.code(), "610");
    company.switch(json!({"inactive_reference_code": "invalid_reference"})).await;
    assert_eq!(company.post("bill", bill("58", "5", "7")).await.code(), "2500");
    let deleted =
        company.post("vendor?operation=delete", json!({"Id": "58", "SyncToken": "3"})).await;
    assert_eq!(deleted.code(), "500");
}

#[tokio::test]
async fn vendor_names_are_unique_over_three_lists() {
    let company = Company::sample().await;
    for taken in ["cool cars", "HICKS hardware", "Emily Platt"] {
        assert_eq!(
            company.post("vendor", json!({"DisplayName": taken})).await.code(),
            "6240",
            "{taken}"
        );
    }
    for (body, code) in [
        (json!({"DisplayName": "a:b"}), "2040"),
        (json!({"DisplayName": "x".repeat(501)}), "2050"),
        (json!({"DisplayName": "ok", "PrintOnCheckName": "x".repeat(101)}), "2050"),
        (json!({"CompanyName": "No person"}), "6080"),
        (json!({"DisplayName": "ok", "TermRef": {"value": "99"}}), "2500"),
        (json!({"DisplayName": "ok", "CurrencyRef": {"value": "EUR"}}), "6000"),
    ] {
        assert_eq!(company.post("vendor", body.clone()).await.code(), code, "{body}");
    }
}

#[tokio::test]
async fn a_renamed_vendor_is_shown_everywhere() {
    let company = Company::sample().await;
    let owed = company.save("Bill", bill("30", "5", "7")).await;
    let spent = company
        .save(
            "Purchase",
            json!({"PaymentType": "Cash", "AccountRef": {"value": "35"}, "EntityRef": {"value": "30", "type": "Vendor"}, "Line": bill("30", "5", "7")["Line"]}),
        )
        .await;
    let token = company.read("Vendor", "30").await["SyncToken"].clone();
    company
        .save("Vendor", json!({"Id": "30", "SyncToken": token, "sparse": true, "DisplayName": "Bookkeeping by Bessie"}))
        .await;
    assert_eq!(company.read("Bill", id(&owed)).await["VendorRef"]["name"], "Bookkeeping by Bessie");
    assert_eq!(
        company.read("Purchase", id(&spent)).await["EntityRef"],
        json!({"value": "30", "name": "Bookkeeping by Bessie", "type": "Vendor"})
    );
}

#[tokio::test]
async fn classes_and_locations_nest_five_levels_with_unique_full_names() {
    let company = Company::sample().await;
    for (entity, is_below) in [("Class", "SubClass"), ("Department", "SubDepartment")] {
        let path = entity.to_lowercase();
        let mut parent = id(&company.save(entity, json!({"Name": "L0"})).await).to_owned();
        let top = parent.clone();
        for level in 1..5 {
            let child = company
                .save(entity, json!({"Name": format!("L{level}"), "ParentRef": {"value": parent}}))
                .await;
            assert_eq!((&child[is_below], child.get("Level")), (&json!(true), None));
            parent = id(&child).to_owned();
        }
        assert_eq!(company.read(entity, &parent).await["FullyQualifiedName"], "L0:L1:L2:L3:L4");
        // The same name may stand under another parent, not under the same.
        company.save(entity, json!({"Name": "L1"})).await;
        for (body, code) in [
            (json!({"Name": "l0"}), "6240"),
            (json!({"Name": "L1", "ParentRef": {"value": top}}), "6240"),
            (json!({"Name": "L5", "ParentRef": {"value": parent}}), "6180"),
            (json!({"Name": "a:b"}), "2040"),
            (json!({"Name": "x".repeat(101)}), "2050"),
            (json!({}), "2020"),
            (
                json!({"Id": top, "SyncToken": "0", "sparse": true, "ParentRef": {"value": parent}}),
                "900",
            ),
        ] {
            let reply = company.post(&path, body.clone()).await;
            assert_eq!(reply.code(), code, "{body}: {}", reply.body);
        }
        let gone = company
            .save(entity, json!({"Id": parent, "SyncToken": "0", "sparse": true, "Active": false}))
            .await;
        assert_eq!(gone["FullyQualifiedName"], "L0:L1:L2:L3:L4 (Deleted)");
    }
}

#[tokio::test]
async fn smaller_editions_have_no_classes_and_locations() {
    for edition in ["QuickBooks Simple Start", "QuickBooks Online Essentials"] {
        let company = Company::with(json!({"edition": edition})).await;
        for entity in ["class", "department"] {
            let detail = format!(
                "Feature Not Supported Error : The feature you are trying to use is not available in {edition}."
            );
            let expected = ("5030", "Feature Not Supported Error", detail.as_str());
            assert_eq!(company.post(entity, json!({"Name": "North"})).await.fault(), expected);
            assert_eq!(company.get(&format!("{entity}/1")).await.fault(), expected);
            let query = company.query(&format!("select * from {entity}")).await;
            assert_eq!(query.fault(), expected);
        }
        let batch = json!({"BatchItemRequest": [{"bId": "1", "operation": "create", "Class": {"Name": "North"}}]});
        let items = company.post("batch", batch).await.body["BatchItemResponse"].clone();
        assert_eq!(items[0]["Fault"]["Error"][0]["code"], "5030");
    }
}

#[tokio::test]
async fn classes_and_locations_are_checked_on_transactions() {
    let company = Company::sample().await;
    let class = company.save("Class", json!({"Name": "North"})).await;
    let place = company.save("Department", json!({"Name": "Office"})).await;
    let mut body = bill("41", "5", "7");
    body["DepartmentRef"] = json!({"value": id(&place)});
    body["Line"][0]["AccountBasedExpenseLineDetail"]["ClassRef"] = json!({"value": id(&class)});
    let made = company.save("Bill", body.clone()).await;
    assert_eq!(made["DepartmentRef"]["name"], "Office");
    assert_eq!(made["Line"][0]["AccountBasedExpenseLineDetail"]["ClassRef"]["name"], "North");
    let mut on_line: Value = body.clone();
    on_line["Line"][0]["AccountBasedExpenseLineDetail"]["DepartmentRef"] =
        json!({"value": id(&place)});
    assert_eq!(company.post("bill", on_line).await.code(), "2010");
    body["DepartmentRef"] = json!({"value": "99"});
    assert_eq!(company.post("bill", body).await.code(), "2500");
    let mut sold = crate::support::invoice("3", "5");
    sold["Line"][0]["SalesItemLineDetail"]["ClassRef"] = json!({"value": "99"});
    assert_eq!(company.post("invoice", sold).await.code(), "2500");
}
