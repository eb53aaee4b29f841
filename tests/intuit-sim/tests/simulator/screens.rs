//! The screens on which a person pays bills, renames and merges.

use serde_json::{Value, json};

use crate::{
    pages::{page, press, pressed},
    support::{Company, bill, id},
};

async fn open_documents(company: &Company) -> (Value, Value, Value) {
    let mut numbered = bill("41", "1200", "7");
    numbered["DocNumber"] = json!("D-77");
    (
        company.save("Bill", numbered).await,
        company.save("Bill", bill("41", "640.50", "7")).await,
        company.save("VendorCredit", bill("41", "150", "7")).await,
    )
}

async fn balance(company: &Company, entity: &str, object: &Value) -> String {
    company.read(entity, id(object)).await["Balance"].to_string()
}

#[tokio::test]
async fn ticked_bills_and_credits_are_paid_and_the_payment_is_changed_voided_and_deleted() {
    let company = Company::sample().await;
    let realm = company.realm.clone();
    let (first, second, credit) = open_documents(&company).await;
    let chosen = page(&company, &format!("/app/{realm}/paybills")).await;
    assert!(chosen.contains("Hicks Hardware (1,690.50)") && !chosen.contains("D-77"), "{chosen}");
    let screen = page(&company, &format!("/app/{realm}/paybills?vendor=41")).await;
    for shown in ["Bill D-77", "1,200.00", "640.50", "Credit", "By check", "By card", "Mastercard"]
    {
        assert!(screen.contains(shown), "{shown}: {screen}");
    }
    let (one, two, used) = (
        format!("bill:{}", id(&first)),
        format!("bill:{}", id(&second)),
        format!("vendor_credit:{}", id(&credit)),
    );
    let form = [
        ("vendor", "41"),
        ("pay", one.as_str()),
        (&one, "700"),
        // An amount without a tick pays nothing.
        (&two, "640.50"),
        ("pay", &used),
        (&used, ""),
        ("account", "41"),
        ("number", "C-1"),
        ("date", "2026-03-04"),
        ("memo", "for March"),
    ];
    let shown = pressed(&company, "do/billpayment/enter", &form).await;
    for told in ["Bill payment C-1", "550.00", "-150.00", "Mastercard", "for March", "2026-03-04"] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    assert_eq!(balance(&company, "Bill", &first).await, "500");
    assert_eq!(balance(&company, "Bill", &second).await, "640.5");
    let paid = company.ids("select * from BillPayment where DocNumber = 'C-1'").await.remove(0);

    let change = page(&company, &format!("/app/{realm}/paybills?payment={paid}")).await;
    assert!(change.contains("Change bill payment C-1") && change.contains("checked"), "{change}");
    assert!(change.contains("value=\"700.00\"") && change.contains("value=\"C-1\""), "{change}");
    let form = [("vendor", "41"), ("pay", &two), ("account", "35"), ("number", "9001")];
    let shown = pressed(&company, &format!("do/billpayment/{paid}/edit"), &form).await;
    assert!(shown.contains("Bill payment 9001") && shown.contains("640.50"), "{shown}");
    assert_eq!(balance(&company, "Bill", &first).await, "1200");
    assert_eq!(balance(&company, "VendorCredit", &credit).await, "150");
    assert_eq!(company.read("BillPayment", &paid).await["PayType"], "Check");

    let shown = pressed(&company, &format!("do/billpayment/{paid}/void"), &[]).await;
    assert!(shown.contains("Voided") && !shown.contains("Change what it pays"), "{shown}");
    assert_eq!(balance(&company, "Bill", &second).await, "640.5");
    let list = pressed(&company, &format!("do/billpayment/{paid}/delete"), &[]).await;
    assert!(!list.contains("9001") && list.contains("/paybills"), "{list}");
    company.assert_books_balance().await;
}

#[tokio::test]
async fn a_refused_payment_is_explained() {
    let company = Company::sample().await;
    let (first, ..) = open_documents(&company).await;
    let one = format!("bill:{}", id(&first));
    for (form, told) in [
        (vec![("vendor", "41"), ("pay", one.as_str()), (&one, "1,200.01")], "open balance"),
        (vec![("vendor", "41")], "Line"),
        (vec![("vendor", "41"), ("pay", &one), (&one, "much")], "not an amount"),
    ] {
        let answer = press(&company, "do/billpayment/enter", &form).await;
        assert_eq!(answer.status(), 400, "{form:?}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(told), "{told}: {page}");
    }
    let missing =
        company.http.get(company.address(&format!("/app/{}/paybills?payment=9", company.realm)));
    assert_eq!(missing.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn vendor_credits_have_a_list_and_a_page() {
    let company = Company::sample().await;
    let realm = company.realm.clone();
    let (.., credit) = open_documents(&company).await;
    let list = page(&company, &format!("/app/{realm}/vendorcredits")).await;
    assert!(list.contains("150.00") && list.contains("Open"), "{list}");
    let one =
        page(&company, &format!("/app/vendorcredit?txnId={}&companyId={realm}", id(&credit))).await;
    assert!(one.contains("Vendor credit") && one.contains("Advertising"), "{one}");
}

#[tokio::test]
async fn names_and_lists_are_renamed_and_merged_with_forms() {
    let company = Company::sample().await;
    let realm = company.realm.clone();
    open_documents(&company).await;
    let vendor = pressed(&company, "do/vendor/41/rename", &[("name", "Hicks & Sons")]).await;
    assert!(vendor.contains("Hicks &#38; Sons") && vendor.contains("Pay bills"), "{vendor}");
    let into = pressed(&company, "do/vendor/41/merge", &[("into", "46")]).await;
    assert!(into.contains("Norton Lumber") && into.contains("D-77"), "{into}");
    assert!(!page(&company, &format!("/app/{realm}/vendors")).await.contains("Hicks"));

    let account = page(&company, &format!("/app/{realm}/entry?kind=account&id=7")).await;
    assert!(account.contains("Advertising") && account.contains("Insurance"), "{account}");
    assert!(!account.contains("Checking</option>"), "only accounts of its type: {account}");
    let renamed = pressed(&company, "do/account/7/rename", &[("name", "Ads")]).await;
    assert!(renamed.contains("<h1>Ads</h1>"), "{renamed}");
    let merged = pressed(&company, "do/account/7/merge", &[("into", "11")]).await;
    assert!(merged.contains("<h1>Insurance</h1>"), "{merged}");
    let refused = press(&company, "do/item/5/merge", &[("into", "11")]).await;
    assert!(refused.text().await.unwrap().contains("Inventory items"));
    let lists = page(&company, &format!("/app/{realm}/lists")).await;
    assert!(lists.contains("Emily Platt") && !lists.contains(">Ads<"), "{lists}");
    company.assert_books_balance().await;
}
