//! Numbers that repeat: which documents share them, and what a void leaves of them.

use serde_json::{Value, json};

use crate::support::{Company, bill, id, invoice};

fn numbered(mut body: Value, number: &str) -> Value {
    body["DocNumber"] = json!(number);
    body
}

#[tokio::test]
async fn sales_forms_share_their_numbers_or_count_by_kind() {
    let company = Company::sample().await;
    company.save("Invoice", numbered(invoice("3", "5"), "C-1")).await;
    for entity in ["invoice", "salesreceipt", "creditmemo"] {
        let reply = company.post(entity, numbered(invoice("3", "5"), "C-1")).await;
        assert_eq!(reply.code(), "6140", "{entity}");
    }
    company.switch(json!({"sales_numbers": "per_kind"})).await;
    company.save("SalesReceipt", numbered(invoice("3", "5"), "C-1")).await;
    for entity in ["invoice", "salesreceipt"] {
        let reply = company.post(entity, numbered(invoice("3", "5"), "C-1")).await;
        assert_eq!(reply.code(), "6140", "{entity}");
    }
}

/// A document that becomes another kind is voided and made anew under its old number.
#[tokio::test]
async fn a_voided_document_keeps_its_number_or_gives_it_up() {
    let company = Company::sample().await;
    let made = company.save("Invoice", numbered(invoice("3", "5"), "C-1")).await;
    company.post("invoice?operation=void", json!({"Id": id(&made), "SyncToken": "0"})).await;
    let again = numbered(invoice("3", "5"), "C-1");
    assert_eq!(company.post("salesreceipt", again.clone()).await.code(), "6140");
    company.switch(json!({"voided_numbers": "free"})).await;
    assert_eq!(company.post("salesreceipt", again.clone()).await.status, 200);
    // A deleted one gives it up in any case.
    let made = company.save("Invoice", numbered(invoice("3", "5"), "C-2")).await;
    company.by_hand("Invoice", id(&made), "delete", json!({})).await;
    company.save("SalesReceipt", numbered(invoice("3", "5"), "C-2")).await;
}

#[tokio::test]
async fn bills_repeat_numbers_by_preference_and_by_vendor() {
    let company = Company::switched(json!({"warn_duplicate_bill_numbers": true})).await;
    let of = |vendor: &str| numbered(bill(vendor, "5", "7"), "R-1");
    company.save("Bill", of("41")).await;
    let refused = company.post("bill", of("41")).await;
    assert_eq!(refused.code(), "6140");
    assert!(refused.fault().2.contains("DocNumber=R-1 is assigned to TxnType=Bill"));
    company.save("Bill", of("46")).await;
    company.switch(json!({"bill_numbers": "per_company"})).await;
    assert_eq!(company.post("bill", of("48")).await.code(), "6140");
    assert_eq!(company.post("bill?include=allowduplicatedocnum", of("48")).await.status, 200);
}

#[tokio::test]
async fn checks_and_bill_payments_take_each_others_numbers() {
    let company = Company::sample().await;
    let check = json!({"PaymentType": "Check", "AccountRef": {"value": "35"}, "Line": bill("41", "5", "7")["Line"]});
    company.save("Purchase", numbered(check.clone(), "900")).await;
    let made = company.save("Bill", bill("41", "5", "7")).await;
    let pay = |number: Option<&str>| {
        json!({"VendorRef": {"value": "41"}, "PayType": "Check", "DocNumber": number, "TotalAmt": 2, "CheckPayment": {"BankAccountRef": {"value": "35"}},
        "Line": [{"Amount": 2, "LinkedTxn": [{"TxnId": id(&made), "TxnType": "Bill"}]}]})
    };
    let refused = company.post("billpayment", pay(Some("900"))).await;
    assert_eq!(refused.code(), "6140");
    assert!(refused.fault().2.contains("TxnType=Check"), "{:?}", refused.fault());
    assert_eq!(company.save("BillPayment", pay(None)).await["DocNumber"], "901");
    let refused = company.post("purchase", numbered(check, "901")).await;
    assert!(refused.fault().2.contains("TxnType=Bill Payment Check"), "{:?}", refused.fault());
}

#[tokio::test]
async fn journal_numbers_repeat_unless_the_preference_is_on() {
    let company = Company::sample().await;
    let side = |kind: &str, account: &str| json!({"Amount": 5, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"PostingType": kind, "AccountRef": {"value": account}}});
    let entry = numbered(json!({"Line": [side("Debit", "7"), side("Credit", "35")]}), "JE-001");
    let first = company.save("JournalEntry", entry.clone()).await;
    company.save("JournalEntry", entry.clone()).await;
    company.switch(json!({"warn_duplicate_journal_numbers": true})).await;
    let refused = company.post("journalentry", entry).await;
    let detail =
        format!("DocNumber=JE-001 is assigned to TxnType=Journal Entry with TxnId={}", id(&first));
    assert!(refused.fault().2.ends_with(&detail), "{:?}", refused.fault());
}
