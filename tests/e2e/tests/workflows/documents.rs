//! What the choices of a workflow do to the documents it posts.

use e2e::records::{Disbursement, bill, paid, payment};
use e2e::workflows::{BANK, BILLING, INCOME, INCOMES, SAVINGS};
use e2e::{Answer, Tenant};
use serde_json::{Value, json};

use super::connected;

/// Accounts of the sample company.
const DESIGN: (&str, &str) = ("82", "Design income");
const FEES: (&str, &str) = ("5", "Fees Billed");

/// A tenant whose agent billing runs with these choices besides the accounts.
async fn billing(more: Value) -> Tenant {
    let tenant = connected().await;
    tenant.set_up_with(BILLING, more).await;
    tenant
}

/// The bill with lines for these items of the host.
fn lines(mut bill: Value, items: &[(&str, &str, &str)]) -> Value {
    let line = |(id, name, amount): &(&str, &str, &str)| json!({"item": {"id": id, "name": name}, "amount": amount});
    bill["lines"] = items.iter().map(line).collect();
    bill
}

/// S0-12, S0-13: the day of the sync, or the day the sale closed; a payment on its own, the day it was paid.
#[tokio::test]
async fn documents_are_dated_by_the_policy_of_their_workflow() {
    let tenant = billing(json!({"transaction_date": "close_date"})).await;
    let paid = tenant.put_bill("B1", &paid(bill(1, "B-1", "10.00"))).await.posted();
    assert_eq!(paid.object("Invoice")["date"], "2026-02-27");
    assert_eq!(paid.object("Payment")["date"], "2026-02-27");
    tenant.put_bill("B2", &bill(1, "B-2", "20.00")).await.posted();
    let own = tenant.put_payment("P2", &payment(1, "20.00", &[("B2", "20.00")])).await.posted();
    assert_eq!(own.object("Payment")["date"], "2026-03-05");

    // The policy of one workflow is nothing to another.
    tenant.set_up("brokerage_income_sales_receipt").await;
    tenant.set_up_with("agent_expense_check", json!({"transaction_date": "close_date"})).await;
    let sale = Disbursement::simple(1, "D-1", "4000.00", "9000.00").value();
    let posted = tenant.put_disbursement("D1", &sale).await.posted();
    let today = tenant.today().await;
    assert_eq!(posted.income()["objects"][0]["date"], today.as_str());
    assert_eq!(posted.expense("A1")["objects"][0]["date"], "2026-05-01");

    // What is posted already is dated anew with its next version, and not before.
    tenant.configure(BILLING, &json!({"transaction_date": null})).await;
    assert_eq!(tenant.bill("B1").await.object("Invoice")["date"], "2026-02-27");
    let fresh = tenant.put_bill("B3", &bill(1, "B-3", "5.00")).await.posted();
    assert_eq!(fresh.object("Invoice")["date"], today.as_str());
    tenant.assert_balanced().await;
}

/// S1-14: the host's number, with a prefix, or QuickBooks' own.
#[tokio::test]
async fn documents_are_numbered_by_the_policy_of_their_workflow() {
    let number = |answer: Answer| {
        let answer = answer.posted();
        assert_eq!(answer.body["posting"]["warnings"], Value::Null, "{}", answer.body);
        answer.object("Invoice")["doc_number"].as_str().unwrap_or_default().to_owned()
    };
    let tenant = billing(json!({})).await;
    let put = async |id: &str| tenant.put_bill(id, &bill(1, id, "10.00")).await;
    tenant.configure(BILLING, &json!({"numbering": "quickbooks"})).await;
    // The sample company's invoices end at 1037.
    assert_eq!(number(put("B3").await), "1038");
    tenant.configure(BILLING, &json!({"numbering": null})).await;
    assert_eq!(number(put("B1").await), "B1");
    tenant.configure(BILLING, &json!({"numbering": "prefix", "number_prefix": "LB-"})).await;
    assert_eq!(number(put("B2").await), "LB-B2");

    let prefix = json!({"numbering": "prefix", "number_prefix": "A-LONG-PREFIX-INDEED"});
    tenant.configure(BILLING, &prefix).await;
    let mark = tenant.mark().await;
    let blocked = put("B4").await;
    assert_eq!((blocked.state(), blocked.code()), ("blocked", "number_too_long"));
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    tenant.configure(BILLING, &json!({"number_prefix": "S-"})).await;
    let healed = tenant.bill_becomes("B4", "posted").await;
    assert_eq!(healed.object("Invoice")["doc_number"], "S-B4");
    tenant.comes_to_rest().await;
}

/// S1-14: class and terms are on the document, and the terms say when it is due if the bill does not.
#[tokio::test]
async fn class_and_terms_are_on_every_document_of_the_workflow() {
    let tenant = connected().await;
    let class = tenant.bookkeeper("class", json!({"Name": "North"})).await["Class"]["Id"].clone();
    let class = json!({"id": class});
    tenant.set_up_with(BILLING, json!({"class": class, "term": {"id": "2"}})).await;
    tenant.set_up_with("brokerage_income_deposit", json!({"class": class})).await;
    tenant.set_up_with("agent_expense_journal_entry", json!({"class": class})).await;
    let mut undated = bill(1, "B-1", "10.00");
    undated.as_object_mut().expect("a bill").remove("due_on");
    let invoice = tenant.put_bill("B1", &undated).await.posted().id("Invoice");
    let invoice = tenant.object("invoice", &invoice).await;
    assert_eq!(invoice["SalesTermRef"]["value"], "2", "{invoice}");
    assert_eq!(invoice["Line"][0]["SalesItemLineDetail"]["ClassRef"]["value"], class["id"]);
    let days = |day: &Value| day.as_str().expect("a day").parse::<jiff::civil::Date>().unwrap();
    let (dated, due) = (days(&invoice["TxnDate"]), days(&invoice["DueDate"]));
    assert_eq!(due.since(dated).unwrap().get_days(), 15);
    let dated = tenant.put_bill("B2", &bill(1, "B-2", "10.00")).await.posted().id("Invoice");
    assert_eq!(tenant.object("invoice", &dated).await["DueDate"], "2026-03-31");

    let sale = Disbursement::simple(1, "D-1", "4000.00", "9000.00").value();
    let posted = tenant.put_disbursement("D1", &sale).await.posted();
    for (entity, detail) in
        [("Deposit", "DepositLineDetail"), ("JournalEntry", "JournalEntryLineDetail")]
    {
        let object = tenant.object(entity, &posted.id(entity)).await;
        for line in object["Line"].as_array().expect("lines") {
            assert_eq!(line[detail]["ClassRef"]["value"], class["id"], "{line}");
        }
    }
    tenant.assert_balanced().await;
}

/// S2-20, S2-22, S4-032: an item of that name is used; what is not there is created on the chosen account.
#[tokio::test]
async fn items_are_matched_by_name_or_created_on_the_chosen_income_account() {
    let tenant = billing(json!({"income_account": {"id": FEES.0}})).await;
    let record = lines(
        bill(1, "B-1", "0.00"),
        &[("design", "design", "75.00"), ("desk", "Desk fee", "25.00")],
    );
    tenant.put_bill("B1", &record).await.posted();
    let effect = tenant.effect().await;
    assert_eq!(effect.get(DESIGN.1).map(String::as_str), Some("-75.00"), "{effect:?}");
    assert_eq!(effect.get(FEES.1).map(String::as_str), Some("-25.00"), "{effect:?}");
    let items = tenant.objects("item").await;
    let named = |name: &str| items.iter().filter(|item| item["Name"] == name).count();
    assert_eq!((named("Design"), named("design"), named("Desk fee")), (1, 0, 1));
    // Another account later is for items that are created then; those that are there stay as they are.
    tenant.configure(BILLING, &json!({"income_account": {"id": INCOME}})).await;
    let record =
        lines(bill(1, "B-2", "0.00"), &[("desk", "Desk fee", "1.00"), ("sign", "Sign", "2.00")]);
    tenant.put_bill("B2", &record).await.posted();
    let effect = tenant.effect().await;
    assert_eq!(effect.get(FEES.1).map(String::as_str), Some("-26.00"), "{effect:?}");
    assert_eq!(effect.get("Services").map(String::as_str), Some("-2.00"), "{effect:?}");
    tenant.assert_balanced().await;
}

/// S4-042: an item's own account goes before the workflow's, for bills and for disbursements.
#[tokio::test]
async fn the_account_of_a_single_item_goes_before_the_workflows() {
    let own = json!({"accounts_by_item": {"sign": {"id": DESIGN.0}}});
    let tenant = billing(own.clone()).await;
    let record =
        lines(bill(1, "B-1", "0.00"), &[("desk", "Desk fee", "25.00"), ("sign", "Sign", "40.00")]);
    tenant.put_bill("B1", &record).await.posted();
    let effect = tenant.effect().await;
    assert_eq!(effect.get("Services").map(String::as_str), Some("-25.00"), "{effect:?}");
    assert_eq!(effect.get(DESIGN.1).map(String::as_str), Some("-40.00"), "{effect:?}");

    let tenant = connected().await;
    tenant.set_up_with(INCOMES[0], own).await;
    tenant.set_up("agent_expense_bill").await;
    let item = json!({"id": "sign", "name": "Sign"});
    let sale = Disbursement::simple(1, "D-1", "4000.00", "9000.00");
    let sale = sale.with("/company_share/item", item).value();
    tenant.put_disbursement("D1", &sale).await.posted();
    let effect = tenant.effect().await;
    assert_eq!(effect.get(DESIGN.1).map(String::as_str), Some("-4000.00"), "{effect:?}");
    assert_eq!(effect.get("Services").map(String::as_str), Some("-9000.00"), "{effect:?}");
    tenant.assert_balanced().await;
}

/// S4-042: accounts of single lines go before the workflow's, in income and in expense.
#[tokio::test]
async fn the_account_of_a_single_line_goes_before_the_workflows() {
    let tenant = Tenant::disbursing("brokerage_income_deposit", "agent_expense_check").await;
    let sale = Disbursement::simple(1, "D-1", "4000.00", "9000.00")
        .with("/company_share/account", json!(DESIGN.0))
        .with("/agents/0/account", json!("7"));
    tenant.put_disbursement("D1", &sale.value()).await.posted();
    let effect = tenant.effect().await;
    let expected = [
        ("Advertising", "9000.00"),
        ("Checking", "4000.00"),
        (DESIGN.1, "-4000.00"),
        ("Services", "-9000.00"),
    ];
    let expected = expected.map(|(name, sum)| (name.to_owned(), sum.to_owned()));
    assert_eq!(effect, expected.into());
    tenant.assert_balanced().await;
}

/// S1-14: one product or service for every line, unless a person linked another.
#[tokio::test]
async fn the_item_of_the_workflow_stands_for_every_line_that_is_not_linked() {
    let tenant = billing(json!({"item": {"id": "10"}})).await;
    let path = tenant.path("links/item/sign");
    let link = json!({"object_id": "4"});
    let linked = tenant.call("settings", reqwest::Method::PUT, &path, Some(&link)).await;
    assert_eq!(linked.status, 200, "{}", linked.body);
    let items = tenant.objects("item").await.len();
    let record =
        lines(bill(1, "B-1", "0.00"), &[("desk", "Desk fee", "25.00"), ("sign", "Sign", "40.00")]);
    let invoice = tenant.put_bill("B1", &record).await.posted().id("Invoice");
    let invoice = tenant.object("invoice", &invoice).await;
    let item =
        |line: usize| invoice["Line"][line]["SalesItemLineDetail"]["ItemRef"]["value"].clone();
    assert_eq!((item(0), item(1)), (json!("10"), json!("4")), "{invoice}");
    assert_eq!(tenant.objects("item").await.len(), items, "nothing is created");
}

/// S0-14, S1-15, S4-047: money lands in the account that was chosen, from the moment it is chosen.
#[tokio::test]
async fn payments_land_in_the_chosen_account() {
    let tenant = billing(json!({"deposit_account": {"id": SAVINGS}})).await;
    tenant.put_bill("B1", &paid(bill(1, "B-1", "10.00"))).await.posted();
    tenant.put_bill("B2", &bill(1, "B-2", "20.00")).await.posted();
    tenant.put_payment("P2", &payment(1, "20.00", &[("B2", "20.00")])).await.posted();
    assert_eq!(tenant.effect().await.get("Savings").map(String::as_str), Some("30.00"));
    tenant.configure(BILLING, &json!({"deposit_account": {"id": BANK}})).await;
    tenant.put_bill("B3", &paid(bill(1, "B-3", "5.00"))).await.posted();
    let effect = tenant.effect().await;
    assert_eq!(effect.get("Savings").map(String::as_str), Some("30.00"), "{effect:?}");
    assert_eq!(effect.get("Checking").map(String::as_str), Some("5.00"), "{effect:?}");

    for (income, account) in [(INCOMES[1], "Savings"), (INCOMES[2], "Checking")] {
        let tenant = connected().await;
        let id = if account == "Savings" { SAVINGS } else { BANK };
        tenant.set_up_with(income, json!({"deposit_account": {"id": id}})).await;
        tenant.set_up("agent_expense_bill").await;
        let sale = Disbursement::simple(1, "D-1", "4000.00", "9000.00").value();
        tenant.put_disbursement("D1", &sale).await.posted();
        let effect = tenant.effect().await;
        assert_eq!(effect.get(account).map(String::as_str), Some("13000.00"), "{effect:?}");
        tenant.assert_balanced().await;
    }
}
