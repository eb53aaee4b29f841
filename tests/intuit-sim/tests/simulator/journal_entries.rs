//! Journal entries: balance, names, and open items.

use serde_json::{Value, json};

use crate::support::{Company, id, number};

fn side(kind: &str, account: &str, amount: &str) -> Value {
    json!({"Amount": number(amount), "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"PostingType": kind, "AccountRef": {"value": account}}})
}

fn named(kind: &str, account: &str, amount: &str, name: (&str, &str)) -> Value {
    let mut line = side(kind, account, amount);
    line["JournalEntryLineDetail"]["Entity"] =
        json!({"Type": name.0, "EntityRef": {"value": name.1}});
    line
}

fn entry(lines: Vec<Value>) -> Value {
    json!({"Line": lines})
}

#[tokio::test]
async fn an_entry_lives_and_counts_its_lines_from_zero() {
    let company = Company::sample().await;
    let made = company
        .save(
            "JournalEntry",
            entry(vec![side("Debit", "7", "12.30"), side("Credit", "35", "12.30")]),
        )
        .await;
    assert_eq!(
        (&made["TotalAmt"], &made["Adjustment"], &made["TxnTaxDetail"], made.get("DocNumber")),
        (&json!(0), &json!(false), &json!({}), None)
    );
    assert_eq!((&made["Line"][0]["Id"], &made["Line"][1]["Id"]), (&json!("0"), &json!("1")));
    assert_eq!(company.read("Account", "35").await["CurrentBalance"], number("2088.7"));
    let mut lines = made["Line"].as_array().unwrap().clone();
    lines[0]["Amount"] = json!(20);
    lines[1]["Amount"] = json!(20);
    lines.push(json!({"DetailType": "DescriptionOnly", "Description": "why"}));
    let edit = json!({"Id": id(&made), "SyncToken": "0", "sparse": true, "Line": lines});
    let edited = company.save("JournalEntry", edit).await;
    assert_eq!(
        (&edited["Line"][1]["Id"], &edited["Line"][2]["Id"], &edited["SyncToken"]),
        (&json!("1"), &json!("2"), &json!("1"))
    );
    assert_eq!(company.read("Account", "35").await["CurrentBalance"], json!(2081));
    let gone = json!({"Id": id(&made), "SyncToken": "1"});
    assert_eq!(company.post("journalentry?operation=void", gone.clone()).await.code(), "500");
    assert_eq!(company.post("journalentry?operation=delete", gone).await.status, 200);
    assert_eq!(company.read("Account", "35").await["CurrentBalance"], json!(2101));
    company.assert_books_balance().await;
}

#[tokio::test]
async fn wrong_entries_are_refused() {
    let company = Company::sample().await;
    let (debit, credit) = (|| side("Debit", "7", "5"), || side("Credit", "35", "5"));
    let mut no_side = debit();
    no_side["JournalEntryLineDetail"].as_object_mut().unwrap().remove("PostingType");
    let mut no_account = debit();
    no_account["JournalEntryLineDetail"].as_object_mut().unwrap().remove("AccountRef");
    for (lines, code) in [
        (vec![debit(), side("Credit", "35", "4.99")], "2300"),
        (vec![debit(), side("Debit", "35", "5")], "2300"),
        (vec![side("Debit", "7", "-5"), side("Credit", "35", "-5")], "2290"),
        (vec![no_side, credit()], "2260"),
        (vec![no_account, credit()], "2020"),
        (vec![side("Sideways", "7", "5"), credit()], "2170"),
        (vec![side("Debit", "999", "5"), credit()], "2500"),
        (vec![side("Debit", "84", "5"), credit()], "6000"),
        (vec![side("Credit", "33", "5"), debit()], "6000"),
        (vec![named("Debit", "84", "5", ("Vendor", "41")), credit()], "6000"),
        (vec![named("Credit", "33", "5", ("Customer", "3")), debit()], "6000"),
        (vec![named("Debit", "7", "5", ("Customer", "41")), credit()], "2500"),
    ] {
        let reply = company.post("journalentry", entry(lines.clone())).await;
        assert_eq!(reply.code(), code, "{lines:?}: {}", reply.body);
    }
    let expected = (
        "6000",
        "A business validation error has occurred while processing your request",
        "Business Validation Error: Fill out at least two detail lines to continue.",
    );
    for lines in [vec![debit()], vec![debit(), json!({"DetailType": "DescriptionOnly"})]] {
        assert_eq!(company.post("journalentry", entry(lines)).await.fault(), expected);
    }
}

#[tokio::test]
async fn journal_numbers_may_repeat_until_the_preference_is_on() {
    let company = Company::sample().await;
    let mut body = entry(vec![side("Debit", "7", "5"), side("Credit", "35", "5")]);
    body["DocNumber"] = json!("JE-001");
    let first = company.save("JournalEntry", body.clone()).await;
    company.save("JournalEntry", body.clone()).await;
    company.switch(json!({"warn_duplicate_journal_numbers": true})).await;
    let detail = format!(
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=JE-001 is assigned to TxnType=Journal Entry with TxnId={}",
        id(&first)
    );
    assert_eq!(
        company.post("journalentry", body).await.fault(),
        ("6140", "Duplicate Document Number Error", detail.as_str())
    );
}

#[tokio::test]
async fn named_lines_move_the_balances_of_customers_and_vendors() {
    let company = Company::sample().await;
    let made = company
        .save(
            "JournalEntry",
            entry(vec![
                named("Debit", "84", "30", ("Customer", "3")),
                named("Debit", "84", "20", ("Customer", "2")),
                named("Credit", "33", "50", ("Vendor", "41")),
            ]),
        )
        .await;
    assert_eq!(
        made["Line"][0]["JournalEntryLineDetail"]["Entity"],
        json!({"Type": "Customer", "EntityRef": {"value": "3", "name": "Cool Cars"}})
    );
    for (entity, name, balance) in
        [("Customer", "3", 30), ("Customer", "2", 105), ("Vendor", "41", 50)]
    {
        assert_eq!(company.read(entity, name).await["Balance"], json!(balance), "{entity} {name}");
    }
    // The customer's line is an open item that a payment can settle, up to its amount.
    let pay = |amount: &str| json!({"CustomerRef": {"value": "3"}, "TotalAmt": number(amount), "Line": [{"Amount": number(amount), "LinkedTxn": [{"TxnId": id(&made), "TxnType": "JournalEntry"}]}]});
    assert_eq!(company.post("payment", pay("31")).await.code(), "6000");
    let paid = company.save("Payment", pay("30")).await;
    assert_eq!(
        (&paid["UnappliedAmt"], company.post("payment", pay("1")).await.code()),
        (&json!(0), "6000")
    );
    assert_eq!(company.read("Customer", "3").await["Balance"], json!(0));
    let mut other = pay("20");
    other["CustomerRef"] = json!({"value": "2"});
    company.save("Payment", other).await;
    // What has been paid does not move under the payment.
    let moved = json!({"Id": id(&made), "SyncToken": "0", "sparse": true, "Line": [side("Debit", "7", "5"), side("Credit", "35", "5")]});
    assert_eq!(company.post("journalentry", moved).await.code(), "6000");
    let gone = json!({"Id": id(&made), "SyncToken": "0"});
    assert_eq!(company.post("journalentry?operation=delete", gone.clone()).await.code(), "800");
    company.switch(json!({"delete_paid_invoice": "unlink"})).await;
    assert_eq!(company.post("journalentry?operation=delete", gone).await.status, 200);
    let left = company.read("Payment", id(&paid)).await;
    assert_eq!((&left["UnappliedAmt"], &left["Line"]), (&json!(30), &json!([])));
    company.assert_books_balance().await;
}
