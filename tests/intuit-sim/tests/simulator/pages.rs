//! The pages that a person sees, and the buttons on them.

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{Company, bill, id, payment};

pub(crate) async fn page(company: &Company, path: &str) -> String {
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
async fn every_document_has_a_list_and_a_page_under_the_real_address() {
    let company = Company::sample().await;
    let realm = company.realm.clone();
    let spent = |kind: &str| json!({"PaymentType": kind, "AccountRef": {"value": "35"}, "EntityRef": {"value": "41", "type": "Vendor"}, "PrivateNote": format!("spent by {kind}"), "Line": bill("41", "5", "7")["Line"]});
    let check = company.save("Purchase", spent("Check")).await;
    let cash = company.save("Purchase", spent("Cash")).await;
    for (list, expected) in [
        ("vendors", "1,602.67"),
        ("billpayments", "Norton Lumber"),
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
        ("bill", "25", "Bill payment 1"),
        ("billpayment", "50", "Bill (25)"),
        ("check", id(&check), "Advertising"),
        ("expense", id(&cash), "Hicks Hardware"),
        ("salesreceipt", "47", "Deposited"),
        ("creditmemo", "73", "Applied"),
        ("deposit", "121", "Cash back"),
        ("journal", "6", "Truck:Original Cost"),
        ("recvpayment", "74", "Credit memo 1026"),
    ] {
        let html = page(&company, &format!("/app/{path}?txnId={id}&companyId={realm}")).await;
        assert!(html.contains(expected), "{path}: {html}");
    }
    let vendor = page(&company, &format!("/app/vendordetail?nameId=41&companyId={realm}")).await;
    assert!(vendor.contains("spent by Check") && vendor.contains("250.00"), "{vendor}");
}

/// Fills a form of a page in and sends it, as a browser does.
pub(crate) async fn press(company: &Company, path: &str, fields: &[(&str, &str)]) -> Response {
    let address = company.address(&format!("/app/{}/{path}", company.realm));
    company.http.post(address).form(fields).send().await.unwrap()
}

/// Presses a button and returns the page that the browser goes to.
pub(crate) async fn pressed(company: &Company, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = press(company, path, fields).await;
    assert_eq!(answer.status(), 302, "{path}: {}", answer.text().await.unwrap());
    page(company, answer.headers()["location"].to_str().unwrap()).await
}

#[tokio::test]
async fn a_disbursement_is_followed_from_the_start_page_to_the_accounts() {
    let company = Company::with(json!({"name": "Bay & Sons"})).await;
    let realm = company.realm.clone();
    let mut owed = bill("41", "7800", "7");
    owed["DocNumber"] = json!("D-77");
    let made = company.save("Bill", owed).await;
    assert!(page(&company, "/").await.contains(&format!("/app/{realm}\"")));
    let start = page(&company, &format!("/app/{realm}")).await;
    let link = format!("/app/bill?txnId={}&#38;companyId={realm}", id(&made));
    assert!(start.contains(&link) && start.contains("D-77"), "{start}");
    let document =
        page(&company, &format!("/app/bill?txnId={}&companyId={realm}", id(&made))).await;
    for shown in ["What it posts", "Accounts Payable (A/P)", "Advertising", "7,800.00", "Hicks"] {
        assert!(document.contains(shown), "{shown}: {document}");
    }
    let register = format!("/app/register?accountId=7&companyId={realm}");
    assert!(document.contains(&register.replace('&', "&#38;")), "{document}");
    let register = page(&company, &register).await;
    assert!(register.contains("Bill D-77") && register.contains("7,800.00"), "{register}");
    let opening = page(&company, &format!("/app/register?accountId=35&companyId={realm}")).await;
    assert!(opening.contains("Opening balance") && opening.contains("2,101.00"), "{opening}");
    let profit = page(&company, &format!("/app/{realm}/profit")).await;
    assert!(profit.contains("Net income") && profit.contains("Advertising"), "{profit}");
    let none = page(&company, &format!("/app/{realm}/profit?from=2099-01-01")).await;
    assert!(!none.contains("Advertising"), "{none}");
    let books = page(&company, &format!("/app/{realm}/books")).await;
    assert!(books.contains("accountId=7&#38;") || books.contains("accountId=7&amp;"), "{books}");
}

#[tokio::test]
async fn a_name_lists_every_document_that_names_it() {
    let company = Company::sample().await;
    let from = json!({"DepositToAccountRef": {"value": "35"}, "PrivateNote": "closing of lot 9", "Line": [{"Amount": 5, "DetailType": "DepositLineDetail",
        "DepositLineDetail": {"AccountRef": {"value": "1"}, "Entity": {"value": "3", "type": "CUSTOMER"}}}]});
    company.save("Deposit", from).await;
    let side = |kind: &str, account: &str, name: Value| json!({"Amount": 5, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"PostingType": kind, "AccountRef": {"value": account}, "Entity": name}});
    let vendor = json!({"Type": "Vendor", "EntityRef": {"value": "41"}});
    company
        .save("JournalEntry", json!({"PrivateNote": "share of Ann", "Line": [side("Debit", "7", vendor), side("Credit", "35", json!({}))]}))
        .await;
    let realm = &company.realm;
    let customer = page(&company, &format!("/app/customerdetail?nameId=3&companyId={realm}")).await;
    assert!(customer.contains("closing of lot 9"), "{customer}");
    let vendor = page(&company, &format!("/app/vendordetail?nameId=41&companyId={realm}")).await;
    assert!(vendor.contains("share of Ann") && !vendor.contains("closing of lot 9"), "{vendor}");
}

#[tokio::test]
async fn buttons_pay_edit_void_and_delete_documents() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill("41", "100", "7")).await;
    let of = |deed: &str| format!("do/bill/{}/{deed}", id(&made));
    let shown = pressed(
        &company,
        &of("edit"),
        &[("memo", "by hand"), ("amount", "1,120.50"), ("date", ""), ("account", "")],
    )
    .await;
    assert!(shown.contains("by hand") && shown.contains("1,120.50"), "{shown}");
    let shown = pressed(&company, &of("pay"), &[("amount", "1,120.50"), ("account", "")]).await;
    assert!(shown.contains("Paid") && shown.contains("Bill payment 8"), "{shown}");
    let refused = press(&company, &of("delete"), &[]).await;
    assert_eq!(refused.status(), 400);
    let told = refused.text().await.unwrap();
    assert!(told.contains("Unlink the payment") && told.contains("(800)"), "{told}");
    pressed(&company, &of("delete"), &[("unlink", "true")]).await;
    assert_eq!(company.get(&format!("bill/{}", id(&made))).await.code(), "610");

    let sold = company.save("SalesReceipt", crate::support::invoice("3", "60")).await;
    let of = |deed: &str| format!("do/salesreceipt/{}/{deed}", id(&sold));
    let shown = pressed(&company, &of("deposit"), &[("account", "36")]).await;
    assert!(shown.contains("Deposited") && shown.contains("Take off the deposit"), "{shown}");
    let told = press(&company, &of("void"), &[]).await.text().await.unwrap();
    assert!(told.contains("(6540)"), "{told}");
    pressed(&company, &of("undeposit"), &[]).await;
    let shown = pressed(&company, &of("void"), &[]).await;
    assert!(shown.contains("Voided"), "{shown}");
    company.assert_books_balance().await;
}

#[tokio::test]
async fn forms_change_lists_and_settings() {
    let company = Company::sample().await;
    let shown = pressed(&company, "do/account/7/inactivate", &[]).await;
    assert!(shown.contains("Advertising (deleted)") && shown.contains("do/account/7/reactivate"));
    let shown = pressed(&company, "do/vendor/41/inactivate", &[]).await;
    assert!(shown.contains("Hicks Hardware (Deleted)") && shown.contains("Make active"), "{shown}");
    let closed = [
        ("book_close_date", "2026-03-31"),
        ("book_close_password", "true"),
        ("company_start_date", "2021-02-03"),
    ];
    let shown = pressed(&company, "settings", &closed).await;
    assert!(shown.contains("value=\"2026-03-31\"") && shown.contains("checked"), "{shown}");
    let info = company.read("CompanyInfo", &company.realm).await;
    assert_eq!(info["CompanyStartDate"], "2021-02-03");
    let mut early = bill("41", "5", "46");
    early["TxnDate"] = json!("2026-03-31");
    early["VendorRef"] = json!({"value": "46"});
    assert_eq!(company.post("bill", early).await.code(), "6210");
    pressed(&company, "settings", &[("book_close_date", "")]).await;
    let switches = company.inspect("switches").await;
    assert_eq!(
        (&switches["book_close_date"], &switches["book_close_password"]),
        (&Value::Null, &json!(false))
    );
    assert_eq!(press(&company, "settings", &[("book_close_date", "soon")]).await.status(), 400);
    company.control("clock", json!({"set": "2027-01-02T12:00:00Z"})).await;
    assert!(pressed(&company, "clock", &[("days", "3")]).await.contains("2027-01-05T04:00:00"));
    assert_eq!(press(&company, "do/account/84/inactivate", &[]).await.status(), 400);
    assert_eq!(press(&company, "do/nothing/1/delete", &[]).await.status(), 404);
}
