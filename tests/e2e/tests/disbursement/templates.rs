//! Every way to book income with every way to book expense: the documents, the books, and the calls it takes.

use e2e::books::{metered, outline};
use e2e::records::{Disbursement, bill};
use e2e::{BILLING, COMMISSIONS, EXPENSES, INCOMES, LIABILITY, Tenant};
use serde_json::{Value, json};

use super::{
    BILL, CHECK, DEPOSIT, INVOICE, RECEIPT, booked, did, id, kind, living, put, side_by_side, sync,
};

fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    INCOMES.into_iter().flat_map(|income| EXPENSES.map(|expense| (income, expense)))
}

/// S1-02, S1-08, S1-09, S1-17, S2-22, S2-24: two sides, tied, in the accounts and on the days that were chosen.
#[tokio::test]
async fn every_way_of_booking_income_goes_with_every_way_of_booking_expense() {
    side_by_side(
        3,
        pairs().map(async |(income, expense)| {
            let tenant = Tenant::new().await;
            tenant.connects().await;
            let class = tenant.bookkeeper("class", json!({"Name": "Residential"})).await;
            let class = class["Class"]["Id"].clone();
            let mut choices = json!({"class": {"id": class}, "transaction_date": "close_date"});
            if income != DEPOSIT {
                choices["numbering"] = json!("prefix");
                choices["number_prefix"] = json!("LB-");
            }
            if income == INVOICE {
                choices["term"] = json!({"id": "4"});
            }
            tenant.set_up_with(income, choices).await;
            let mut choices = json!({"class": {"id": class}, "transaction_date": "close_date"});
            if expense == BILL {
                choices["term"] = json!({"id": "2"});
            }
            tenant.set_up_with(expense, choices).await;
            let record = Disbursement::new(1, "D-1").with("/agents/0/number", json!("A-77"));
            let record = record.with("/memo", json!("Co-listed"));

            let created = put(&tenant, "D1", &record).await.posted();
            did(&created, "created");
            let what = format!("{income} {expense}: {}", created.body);
            assert_eq!(
                tenant.effect().await,
                booked(income, 1_500_000, expense, 1_070_500),
                "{what}"
            );
            tenant.assert_balanced().await;
            assert_eq!(tenant.documents().await.len(), 4, "{what}");
            for (part, total) in [
                (created.income(), "15000.00"),
                (created.expense("A1"), "8705.00"),
                (created.expense("R1"), "1500.00"),
                (created.expense("F1"), "500.00"),
            ] {
                let object = living(part);
                let of = if part["payee"].is_null() { income } else { expense };
                assert_eq!((&object["type"], &object["total"]), (&json!(kind(of)), &json!(total)));
                assert!(
                    object["url"].as_str().is_some_and(|url| url.contains(&id(part))),
                    "{what}"
                );
            }
            let document = tenant.object(&kind(income).to_lowercase(), &id(created.income())).await;
            assert_income(income, &document, &class);
            let document =
                tenant.object(&kind(expense).to_lowercase(), &id(created.expense("A1"))).await;
            assert_expense(expense, &document, &class);
        }),
    )
    .await;
}

fn assert_income(template: &str, document: &Value, class: &Value) {
    assert_common(document);
    let (detail, entry) = match template {
        DEPOSIT => ("DepositLineDetail", "AccountRef"),
        _ => ("SalesItemLineDetail", "ItemRef"),
    };
    let lines = document["Line"].as_array().expect("lines").iter();
    let lines: Vec<&Value> = lines.filter(|line| line[detail].is_object()).collect();
    let told: Vec<(String, String)> =
        lines.iter().map(|line| (text(&line["Description"]), line["Amount"].to_string())).collect();
    let expected = [
        ("Company share, 12 Elm Street", "4000"),
        ("Commission of Ann Smith, 12 Elm Street", "9000"),
        ("Referral of Lakeside Realty, 12 Elm Street", "1500"),
        ("Franchise fee of Franchise Holding, 12 Elm Street", "500"),
    ];
    assert_eq!(told, expected.map(|(text, amount)| (text.to_owned(), amount.to_owned())));
    for line in lines {
        assert_eq!(line[detail]["ClassRef"]["value"], *class, "{line}");
        let name = line[detail][entry]["name"].as_str().unwrap_or_default();
        assert_eq!(name, if template == DEPOSIT { "Services" } else { "Gross commission" });
        if template == DEPOSIT {
            assert_eq!(line[detail]["Entity"]["name"], "First Title", "{line}");
        }
    }
    match template {
        INVOICE => {
            assert_eq!(
                (&document["DocNumber"], &document["Balance"]),
                (&json!("LB-D-1"), &json!(15000))
            );
            assert_eq!(document["SalesTermRef"]["value"], "4");
            assert_eq!(document["CustomerRef"]["name"], "First Title");
        }
        RECEIPT => {
            assert_eq!(document["DocNumber"], "LB-D-1");
            assert_eq!(document["DepositToAccountRef"]["value"], e2e::BANK);
            assert_eq!(document["CustomerRef"]["name"], "First Title");
        }
        _ => assert_eq!(document["DepositToAccountRef"]["value"], e2e::BANK),
    }
}

fn assert_expense(template: &str, document: &Value, class: &Value) {
    assert_common(document);
    assert_eq!(document["DocNumber"], "A-77");
    let (detail, party) = match template {
        BILL => ("AccountBasedExpenseLineDetail", &document["VendorRef"]),
        CHECK => ("AccountBasedExpenseLineDetail", &document["EntityRef"]),
        _ => {
            let entity = &document["Line"][0]["JournalEntryLineDetail"]["Entity"];
            assert_eq!(entity["Type"], "Vendor", "{document}");
            ("JournalEntryLineDetail", &entity["EntityRef"])
        }
    };
    assert_eq!(party["name"], "Ann Smith", "{document}");
    let lines = document["Line"].as_array().expect("lines");
    let debit = lines.iter().find(|line| line[detail]["AccountRef"]["value"] == COMMISSIONS);
    let debit = debit.unwrap_or_else(|| panic!("nothing is booked to the account: {document}"));
    assert_eq!(debit["Amount"].to_string(), "8705");
    assert_eq!(
        debit["Description"],
        "Commission 9000.00 less Transaction fee 295.00, 12 Elm Street"
    );
    assert!(lines.iter().all(|line| line[detail]["ClassRef"]["value"] == *class), "{document}");
    match template {
        BILL => assert_eq!(document["SalesTermRef"]["value"], "2"),
        CHECK => {
            assert_eq!(document["PaymentType"], "Check");
            assert_eq!(document["AccountRef"]["value"], e2e::BANK);
        }
        _ => {
            let credit = &lines[0]["JournalEntryLineDetail"];
            assert_eq!(credit["AccountRef"]["value"], LIABILITY, "{document}");
            assert_eq!(credit["PostingType"], "Credit");
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Both sides say what they belong to, and are dated the day the sale closed.
fn assert_common(document: &Value) {
    assert_eq!(document["TxnDate"], "2026-05-01", "{document}");
    let note = document["PrivateNote"].as_str().unwrap_or_default();
    assert!(note.starts_with("Disbursement D-1, 12 Elm Street\nCo-listed [lb:"), "{note}");
}

/// Budget: one call for each document whose names are linked, none for what has not changed, and a look at a
/// bill before it is changed, since it may have been paid.
#[tokio::test]
async fn a_disbursement_costs_one_call_for_each_document_and_none_when_nothing_changed() {
    side_by_side(
        3,
        pairs().map(async |(income, expense)| {
            let tenant = Tenant::disbursing(income, expense).await;
            let record = Disbursement::new(1, "D-1");
            put(&tenant, "D1", &record).await.posted();
            let (income, expense) = (kind(income), kind(expense));
            let calls_of = async |id: &str, record: &Disbursement, outcome: &str| {
                let mark = tenant.mark().await;
                let done = put(&tenant, id, record).await.posted();
                did(&done, outcome);
                let calls = tenant.calls_since(mark).await;
                (outline(&calls), metered(&calls))
            };

            let other = Disbursement::new(1, "D-2");
            let expected = vec![
                format!("{income} create"),
                format!("{expense} create"),
                format!("{expense} create"),
                format!("{expense} create"),
            ];
            assert_eq!(calls_of("D2", &other, "created").await, (expected, 0));
            assert_eq!(calls_of("D2", &other, "unchanged").await, (vec![], 0));
            // Another version that says the same.
            assert_eq!(calls_of("D2", &other.clone().version(2), "unchanged").await, (vec![], 0));

            let changed = other.version(3).share("3000.00").split("A1", "10000.00");
            let (mut expected, mut reads) = (vec![format!("{income} update")], 0);
            if expense == "Bill" {
                expected.push(format!("{expense} read"));
                reads = 1;
            }
            expected.push(format!("{expense} update"));
            assert_eq!(calls_of("D2", &changed, "updated").await, (expected, reads));

            let mark = tenant.mark().await;
            let asked = sync(&tenant, "D2").await.posted();
            did(&asked, "unchanged");
            assert_eq!(tenant.calls_since(mark).await.len(), 0);
            tenant.assert_balanced().await;
        }),
    )
    .await;
}

/// S1-01: bills of agents and disbursements go into the same books, each by its own workflow.
#[tokio::test]
async fn agents_bills_and_disbursements_are_posted_side_by_side() {
    let tenant = Tenant::running(&[BILLING, RECEIPT, CHECK]).await;
    let billed = tenant.put_bill("B1", &bill(1, "B-1", "125.00")).await.posted();
    let record = Disbursement::new(1, "D-1");
    let disbursed = put(&tenant, "D1", &record).await.posted();
    assert_eq!(billed.object("Invoice")["total"], "125.00");
    assert_eq!(living(disbursed.income())["total"], "15000.00");
    let mut expected = booked(RECEIPT, 1_500_000, CHECK, 1_070_500);
    expected.insert("Accounts Receivable (A/R)".to_owned(), "125.00".to_owned());
    expected.insert("Services".to_owned(), "-15125.00".to_owned());
    assert_eq!(tenant.effect().await, expected);
    tenant.assert_balanced().await;
}

/// S1-02: everybody's part, with fees and deductions, several shares of one payee, and a payee who gets nothing.
#[tokio::test]
async fn fees_deductions_and_several_shares_of_one_payee_make_one_document_with_what_is_paid_out() {
    let tenant = Tenant::disbursing(DEPOSIT, BILL).await;
    let record = Disbursement::new(1, "D-1")
        .with("/agents/0/deductions", json!([{"name": "Desk fee", "amount": "100.00"}]))
        .agent("A2", "Ben Jones", "0.00");
    // Ann refers as well.
    let record =
        record.with("/referrals/0/id", json!("A1")).with("/referrals/0/name", json!("Ann Smith"));
    let posted = put(&tenant, "D1", &record).await.posted();
    // 9,000.00 less 295.00 and 100.00, and 1,500.00 for the referral.
    assert_eq!(living(posted.expense("A1"))["total"], "10105.00");
    let nothing = posted.expense("A2");
    assert_eq!(
        (&nothing["state"], &nothing["reason"]["code"]),
        (&json!("skipped"), &json!("nothing_to_book"))
    );
    let document = tenant.object("bill", &id(posted.expense("A1"))).await;
    assert_eq!(super::lines(&document).len(), 2, "{document}");
    assert_eq!(tenant.effect().await, booked(DEPOSIT, 1_500_000, BILL, 1_060_500));
    tenant.assert_balanced().await;
}
