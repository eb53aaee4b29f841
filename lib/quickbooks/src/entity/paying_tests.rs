//! What payments of bills and vendor credits promise: exact amounts, nothing lost, and answers about what was paid.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::tests::{decimal, survives};
use super::*;

fn id(text: &str) -> ObjectId {
    ObjectId::new(text)
}

fn payment(value: Value) -> BillPayment {
    serde_json::from_value(value).unwrap()
}

fn applied(payment: &BillPayment) -> Vec<(String, String, Option<Decimal>)> {
    payment
        .applied()
        .map(|applied| (applied.id.to_string(), applied.txn_type.to_string(), applied.amount))
        .collect()
}

#[test]
fn a_recorded_payment_by_check_survives_a_full_update() {
    let paid: BillPayment = survives(
        r#"{"VendorRef":{"value":"46","name":"Norton Lumber"},"PayType":"Check","CheckPayment":{"BankAccountRef":{
            "value":"35","name":"Checking"},"PrintStatus":"NeedToPrint","PayeeAddr":{"Line1":"x"}},"TotalAmt":103.55,
            "domain":"QBO","sparse":false,"Id":"118","SyncToken":"0","MetaData":{
            "CreateTime":"2026-04-10T10:00:00-07:00","LastUpdatedTime":"2026-05-05T02:06:31-07:00"},"DocNumber":"45",
            "TxnDate":"2026-04-11","CurrencyRef":{"value":"USD"},"ProcessBillPayment":false,"Line":[{"Amount":203.55,
            "LinkedTxn":[{"TxnId":"25","TxnType":"Bill"}]},{"Amount":100.00,"LinkedTxn":[{"TxnId":"61",
            "TxnType":"VendorCredit"}]}],"New":{"Deep":0.10}}"#,
    );
    let of = |id: &str, txn_type: &str, amount| {
        (id.to_owned(), txn_type.to_owned(), Some(decimal(amount)))
    };
    assert_eq!(applied(&paid), [of("25", "Bill", "203.55"), of("61", "VendorCredit", "100.00")]);
    assert_eq!(paid.pay_account().map(|account| &account.value), Some(&id("35")));
    assert_eq!(paid.pay_type, Some(BillPayType::Check));
    let print = paid.check_payment.as_ref().and_then(|check| check.print_status.clone());
    assert_eq!(print, Some(PrintStatus::NeedToPrint));
    assert!(!paid.is_voided());
}

#[test]
fn a_recorded_payment_by_card_survives_a_full_update() {
    let paid: BillPayment = survives(
        r#"{"VendorRef":{"value":"33"},"PayType":"CreditCard","CreditCardPayment":{"CCAccountRef":{"value":"42",
            "name":"Visa"},"CCDetail":{"New":1}},"TotalAmt":0.10,"Id":"50","SyncToken":"0","DocNumber":"1",
            "APAccountRef":{"value":"33"},"DepartmentRef":{"value":"1"},"ExchangeRate":1.30000000000000004,
            "TxnDate":"2026-04-11","Line":[{"Amount":0.10,"LinkedTxn":[{"TxnId":"49","TxnType":"Bill"}]}]}"#,
    );
    assert_eq!(paid.pay_account().map(|account| &account.value), Some(&id("42")));
    assert_eq!(paid.exchange_rate, Some(decimal("1.30000000000000004")));
}

#[test]
fn a_recorded_vendor_credit_survives_a_full_update() {
    let credit: VendorCredit = survives(
        r#"{"Balance":0.20,"domain":"QBO","sparse":false,"Id":"61","SyncToken":"0","DocNumber":"VC-1",
            "TxnDate":"2026-04-11","VendorRef":{"value":"46"},"VendorAddr":{"Id":"31"},"APAccountRef":{"value":"33"},
            "LinkedTxn":[{"TxnId":"118","TxnType":"BillPaymentCheck"}],"Line":[{"Id":"1","LineNum":1,"Amount":0.30,
            "DetailType":"AccountBasedExpenseLineDetail","AccountBasedExpenseLineDetail":{"AccountRef":{"value":"64"},
            "TaxCodeRef":{"value":"NON"}}}],"TotalAmt":0.30,"New":[0.1]}"#,
    );
    assert_eq!([credit.total_amt, credit.balance], [Some(decimal("0.30")), Some(decimal("0.20"))]);
}

#[test]
fn amounts_keep_every_digit() {
    for digits in ["0.30000000000000004", "1234567890123.45", "9007199254740993.01", "-0.10"] {
        let text = format!(
            r#"{{"TotalAmt":{digits},"Balance":{digits},"ExchangeRate":{digits},"Unknown":{digits},
            "Line":[{{"Amount":{digits},"LinkedTxn":[{{"TxnId":"1","TxnType":"Bill"}}]}}]}}"#
        );
        let paid: BillPayment = survives(&text);
        let expect = Some(decimal(digits));
        assert_eq!([paid.total_amt, paid.exchange_rate, applied(&paid)[0].2], [expect; 3]);
        let credit: VendorCredit = survives(&text);
        assert_eq!([credit.total_amt, credit.balance, credit.exchange_rate], [expect; 3]);
    }
}

#[test]
fn what_is_missing_is_none_and_is_not_written() {
    for text in
        ["{}", r#"{"TotalAmt":null,"TxnDate":null,"Line":null,"CheckPayment":null,"PayType":null}"#]
    {
        let paid: BillPayment = serde_json::from_str(text).unwrap();
        assert_eq!(paid, BillPayment::default());
        assert_eq!(serde_json::to_string(&paid).unwrap(), "{}");
        assert_eq!((applied(&paid), paid.pay_account(), paid.is_voided()), (vec![], None, false));
    }
}

#[test]
fn what_a_payment_pays_is_told_even_where_something_is_missing() {
    let check = |line: Value, expect: &[(&str, &str, Option<&str>)]| {
        let expect: Vec<_> = expect
            .iter()
            .map(|(id, txn_type, amount)| {
                ((*id).to_owned(), (*txn_type).to_owned(), amount.map(decimal))
            })
            .collect();
        assert_eq!(applied(&payment(json!({ "Line": [line] }))), expect);
    };
    let link = |id: &str, txn_type: &str| json!({"TxnId": id, "TxnType": txn_type});
    check(
        json!({"Amount": 5, "LinkedTxn": [link("1", "JournalEntry")]}),
        &[("1", "JournalEntry", Some("5"))],
    );
    check(
        json!({"Amount": 5, "LinkedTxn": [link("1", "Deposit")]}),
        &[("1", "Deposit", Some("5"))],
    );
    check(
        json!({"Amount": 5, "LinkedTxn": [link("1", "Novelty")]}),
        &[("1", "Novelty", Some("5"))],
    );
    check(json!({"Amount": 5, "LinkedTxn": [{"TxnId": "1"}]}), &[("1", "", Some("5"))]);
    check(json!({"LinkedTxn": [link("1", "Bill")]}), &[("1", "Bill", None)]);
    check(json!({"Amount": 5, "LinkedTxn": [{"TxnType": "Bill"}]}), &[]);
    check(json!({"Amount": 5, "LinkedTxn": []}), &[]);
    check(json!({"Amount": 5}), &[]);
    // One amount for two links belongs to neither.
    check(
        json!({"Amount": 5, "LinkedTxn": [link("1", "Bill"), link("2", "Bill")]}),
        &[("1", "Bill", None), ("2", "Bill", None)],
    );
}

#[test]
fn the_account_is_that_of_the_way_it_was_paid() {
    let bank = json!({"BankAccountRef": {"value": "35"}});
    let card = json!({"CCAccountRef": {"value": "42"}});
    let check = |value: Value, expect: Option<&str>| {
        let paid = payment(value);
        assert_eq!(paid.pay_account().map(|account| account.value.as_str()), expect, "{paid:?}");
    };
    check(json!({"PayType": "Check", "CheckPayment": bank}), Some("35"));
    check(json!({"PayType": "CREDIT_CARD", "CreditCardPayment": card}), Some("42"));
    check(
        json!({"PayType": "CreditCard", "CheckPayment": bank, "CreditCardPayment": card}),
        Some("42"),
    );
    check(json!({"PayType": "Check", "CheckPayment": bank, "CreditCardPayment": card}), Some("35"));
    check(json!({"CreditCardPayment": card}), Some("42"));
    check(json!({"PayType": "Barter", "CheckPayment": bank}), Some("35"));
    check(json!({"PayType": "Check", "CheckPayment": {}}), None);
}

#[test]
fn a_voided_payment_can_be_told_from_one_of_zero() {
    let check = |value: Value, expect: bool| {
        let paid = payment(value);
        assert_eq!(paid.is_voided(), expect, "{paid:?}");
    };
    let netting = json!([
        {"Amount": 60, "LinkedTxn": [{"TxnId": "1", "TxnType": "Bill"}]},
        {"Amount": 60, "LinkedTxn": [{"TxnId": "2", "TxnType": "VendorCredit"}]},
    ]);
    let emptied = json!([{"Amount": 0, "LinkedTxn": []}]);
    check(json!({"TotalAmt": 0, "Line": [], "PrivateNote": "Voided"}), true);
    check(json!({"TotalAmt": 0.00, "Line": [], "PrivateNote": "Voided - paid twice"}), true);
    check(json!({"TotalAmt": 0, "Line": []}), true);
    check(json!({"TotalAmt": 0}), true);
    check(json!({"TotalAmt": 0, "Line": emptied, "PrivateNote": "Voided"}), true);
    check(json!({"PrivateNote": "Voided"}), true);
    check(json!({"TotalAmt": 0, "Line": emptied}), false);
    check(json!({"TotalAmt": 0, "Line": netting}), false);
    check(json!({"TotalAmt": 0, "Line": netting, "PrivateNote": "Voided check 12 before"}), false);
    check(json!({"TotalAmt": 60, "Line": [], "PrivateNote": "Voided check 12 before"}), false);
    check(json!({"TotalAmt": 60, "Line": netting}), false);
    check(json!({"Line": []}), false);
}

#[test]
fn what_is_written_is_the_least_that_quickbooks_takes() {
    let check = |written: Value, expect: &str| {
        assert_eq!(written, serde_json::from_str::<Value>(expect).unwrap());
    };
    let lines = || {
        let paid = Line::paying_bill(&id("25"), decimal("203.55"));
        [paid, Line::using_vendor_credit(&id("61"), decimal("100.00"))]
    };
    let line = r#""Line":[{"Amount":203.55,"LinkedTxn":[{"TxnId":"25","TxnType":"Bill"}]},
        {"Amount":100.00,"LinkedTxn":[{"TxnId":"61","TxnType":"VendorCredit"}]}]"#;
    let total = decimal("103.55");
    let by_check = BillPayment::by_check(&id("46"), &id("35"), total, lines());
    check(
        serde_json::to_value(by_check).unwrap(),
        &format!(
            r#"{{"VendorRef":{{"value":"46"}},"PayType":"Check","CheckPayment":{{"BankAccountRef":{{"value":"35"}}}},
            "TotalAmt":103.55,{line}}}"#
        ),
    );
    let by_card = BillPayment::by_card(&id("46"), &id("42"), total, lines());
    check(
        serde_json::to_value(by_card).unwrap(),
        &format!(
            r#"{{"VendorRef":{{"value":"46"}},"PayType":"CreditCard","CreditCardPayment":{{"CCAccountRef":{{"value":"42"}}}},
            "TotalAmt":103.55,{line}}}"#
        ),
    );
    let credited = AccountLine::of_account(&id("64"), decimal("0.30"));
    check(
        serde_json::to_value(VendorCredit::from_vendor(&id("46"), [credited.into()])).unwrap(),
        r#"{"VendorRef":{"value":"46"},"Line":[{"Amount":0.30,"DetailType":"AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail":{"AccountRef":{"value":"64"}}}]}"#,
    );
}
