//! What the objects promise: exact amounts, nothing lost, unknown texts kept.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;

pub(super) fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

/// Reads a text, writes it, and compares as JSON whose numbers are texts, so that no float takes part.
pub(super) fn survives<T: Entity>(text: &str) -> T {
    let object: T = serde_json::from_str(text).unwrap();
    let through_value: T = serde_json::from_value(serde_json::from_str(text).unwrap()).unwrap();
    let written = serde_json::to_string(&object).unwrap();
    assert_eq!(written, serde_json::to_string(&through_value).unwrap());
    let [written, text]: [Value; 2] =
        [&written, text].map(|text| serde_json::from_str(text).unwrap());
    assert_eq!(written, text);
    object
}

#[test]
fn amounts_keep_every_digit_beside_unknown_members() {
    for digits in [
        "0",
        "0.1",
        "0.30000000000000004",
        "582.5",
        "582.50",
        "-2202.67",
        "1234567890123.45",
        "99999999999.9999999",
        "9007199254740993",
        "9007199254740993.01",
    ] {
        let text = format!(
            r#"{{"Id":"1","TotalAmt":{digits},"Balance":{digits},"Unknown":{digits},
                "Line":[{{"Amount":{digits},"Unknown":[{digits}],
                "SalesItemLineDetail":{{"Qty":{digits},"UnitPrice":{digits},"DiscountAmt":{digits}}}}}]}}"#
        );
        let invoice: Invoice = survives(&text);
        let expect = Some(decimal(digits));
        let line = &invoice.line.as_ref().unwrap()[0];
        let detail = line.sales_item_line_detail.as_ref().unwrap();
        assert_eq!(
            [invoice.total_amt, invoice.balance, line.amount, detail.qty, detail.unit_price],
            [expect; 5]
        );
        assert_eq!(invoice.other["Unknown"].to_string(), digits);
    }
}

#[test]
fn amounts_with_an_exponent_are_read_as_what_they_mean() {
    let check = |digits: &str, expect: &str| {
        let text = format!(r#"{{"TotalAmt":{digits},"Unknown":1}}"#);
        let payment: Payment = serde_json::from_str(&text).unwrap();
        assert_eq!(payment.total_amt, Some(decimal(expect)), "{digits}");
        let written = serde_json::to_string(&payment).unwrap();
        assert_eq!(written, format!(r#"{{"TotalAmt":{expect},"Unknown":1}}"#));
    };
    check("1e2", "100");
    check("1E+2", "100");
    check("1.5e-3", "0.0015");
}

#[test]
fn sums_of_what_was_read_are_exact() {
    let lines: Vec<Line> =
        serde_json::from_str(r#"[{"Amount":0.1},{"Amount":0.2},{"Amount":0.30}]"#).unwrap();
    let sum: Decimal = lines.iter().filter_map(|line| line.amount).sum();
    assert_eq!(sum.to_string(), "0.60");
}

#[test]
fn an_amount_that_is_absent_or_null_is_none_and_is_not_written() {
    for text in ["{}", r#"{"TotalAmt":null,"TxnDate":null,"Line":null,"CustomerRef":null}"#] {
        let payment: Payment = serde_json::from_str(text).unwrap();
        assert_eq!(payment, Payment::default());
        assert_eq!(serde_json::to_string(&payment).unwrap(), "{}");
    }
}

#[test]
fn a_recorded_invoice_survives_a_full_update() {
    let invoice: Invoice = survives(
        r#"{"AllowIPNPayment":false,"AllowOnlinePayment":false,"domain":"QBO","sparse":false,"Id":"103","SyncToken":"1",
            "MetaData":{"CreateTime":"2026-05-05T02:06:31-07:00","LastModifiedByRef":{"value":"9130"},
            "LastUpdatedTime":"2026-05-05T02:06:31-07:00"},
            "CustomField":[{"DefinitionId":"1","Name":"Crew #","Type":"StringType","StringValue":"102"}],
            "DocNumber":"1033","TxnDate":"2026-04-01","CurrencyRef":{"value":"USD","name":"United States Dollar"},
            "LinkedTxn":[],"Line":[{"Id":"1","LineNum":1,"Description":"Rock Fountain","Amount":275.00,
            "DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"5","name":"Rock Fountain"},
            "UnitPrice":275,"Qty":1,"TaxCodeRef":{"value":"TAX"}},"CustomExtensions":[]},
            {"Amount":275.00,"DetailType":"SubTotalLineDetail","SubTotalLineDetail":{}}],
            "TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"},"TotalTax":22.00,"TaxLine":[{"Amount":22.00,
            "DetailType":"TaxLineDetail","TaxLineDetail":{"TaxRateRef":{"value":"3"},"PercentBased":true,
            "TaxPercent":8,"NetAmountTaxable":275.00}}]},"CustomerRef":{"value":"24","name":"Sonnenschein"},
            "BillAddr":{"Id":"95","Line1":"Russ","City":"Bayshore","Lat":"INVALID"},"FreeFormAddress":true,
            "DueDate":"2026-05-01","TotalAmt":297.00,"PrintStatus":"NeedToPrint","EmailStatus":"NotSet",
            "BillEmail":{"Address":"a@b.example"},"CustomerMemo":{"value":"Thank you"},"Balance":297.00}"#,
    );
    let invoice_date = "2026-04-01".parse().unwrap();
    assert_eq!(invoice.txn_date, Some(invoice_date));
    assert_eq!(invoice.print_status, Some(PrintStatus::NeedToPrint));
    let updated = invoice.meta_data.unwrap().last_updated_time.unwrap();
    assert_eq!(updated.timestamp(), Some("2026-05-05T09:06:31Z".parse().unwrap()));
}

#[test]
fn texts_from_lists_tolerate_constants_and_keep_the_unknown() {
    let check = |text: &str, expect: PrintStatus, written: &str| {
        let status: PrintStatus = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(status, expect, "{text}");
        assert_eq!(serde_json::to_value(&status).unwrap(), json!(written));
    };
    check("NeedToPrint", PrintStatus::NeedToPrint, "NeedToPrint");
    check("NEED_TO_PRINT", PrintStatus::NeedToPrint, "NeedToPrint");
    check("NOT_SET", PrintStatus::NotSet, "NotSet");
    check("ByPigeon", PrintStatus::Other("ByPigeon".to_owned()), "ByPigeon");
    assert_eq!(DetailType::from("SALES_ITEM_LINE_DETAIL".to_owned()), DetailType::SalesItem);
    assert_eq!(AccountType::from("Other Current Asset".to_owned()), AccountType::OtherCurrentAsset);
}

#[test]
fn dates_come_with_and_without_a_zone() {
    let day = Some("2026-05-05".parse().unwrap());
    for text in ["2026-05-05", "2026-05-05Z", "2026-05-05-07:00"] {
        let payment: Payment = serde_json::from_value(json!({ "TxnDate": text })).unwrap();
        assert_eq!(payment.txn_date, day, "{text}");
        assert_eq!(serde_json::to_value(&payment).unwrap(), json!({"TxnDate": "2026-05-05"}));
    }
    assert!(serde_json::from_value::<Payment>(json!({"TxnDate": "05/05/2026"})).is_err());
}

#[test]
fn what_is_written_is_the_least_that_quickbooks_takes() {
    let check = |written: Value, expect: &str| {
        assert_eq!(written, serde_json::from_str::<Value>(expect).unwrap())
    };
    let id = |text: &str| crate::ObjectId::new(text);
    check(
        serde_json::to_value(Customer::named("A").with_email("a@b.example")).unwrap(),
        r#"{"DisplayName":"A","PrimaryEmailAddr":{"Address":"a@b.example"}}"#,
    );
    check(
        serde_json::to_value(Item::service("Referral", &id("79"))).unwrap(),
        r#"{"Name":"Referral","Type":"Service","IncomeAccountRef":{"value":"79"}}"#,
    );
    check(
        serde_json::to_value(Account::named("Fees", AccountType::Income)).unwrap(),
        r#"{"Name":"Fees","AccountType":"Income"}"#,
    );
    let line = SalesLine::of_item(&id("11"), decimal("125.00"))
        .described("June")
        .priced(decimal("2"), decimal("62.50"))
        .taxed(&id("NON"))
        .classified(&id("5"))
        .given_on("2026-06-01".parse().unwrap());
    check(
        serde_json::to_value(Invoice::to_customer(&id("58"), [line.into()])).unwrap(),
        r#"{"CustomerRef":{"value":"58"},"Line":[{"Description":"June","Amount":125.00,
            "DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"11"},"Qty":2,
            "UnitPrice":62.50,"TaxCodeRef":{"value":"NON"},"ClassRef":{"value":"5"},"ServiceDate":"2026-06-01"}}]}"#,
    );
    let line = Line::paying_invoice(&id("145"), decimal("125.00"));
    check(
        serde_json::to_value(Payment::from_customer(&id("58"), decimal("125.00"), [line])).unwrap(),
        r#"{"CustomerRef":{"value":"58"},"TotalAmt":125.00,
            "Line":[{"Amount":125.00,"LinkedTxn":[{"TxnId":"145","TxnType":"Invoice"}]}]}"#,
    );
}

#[test]
fn voided_and_deposited_documents_can_be_told() {
    let voided: Invoice =
        serde_json::from_value(json!({"PrivateNote": "Voided", "TotalAmt": 0, "Balance": 0}))
            .unwrap();
    assert!(voided.is_voided());
    let noted: Invoice =
        serde_json::from_value(json!({"PrivateNote": "Voided", "TotalAmt": 5})).unwrap();
    assert!(!noted.is_voided());
    let deposited: Payment =
        serde_json::from_value(json!({"LinkedTxn": [{"TxnId": "121", "TxnType": "Deposit"}]}))
            .unwrap();
    assert!(deposited.is_deposited() && !Payment::default().is_deposited());
}

#[test]
fn settings_that_a_posting_respects_can_be_read() {
    let preferences: Preferences = survives(
        r#"{"AccountingInfoPrefs":{"BookCloseDate":"2025-12-31","TaxForm":"6"},
            "SalesFormsPrefs":{"CustomTxnNumbers":true,"DefaultDiscountAccount":"86","CustomField":[{}]},
            "CurrencyPrefs":{"HomeCurrency":{"value":"USD"},"MultiCurrencyEnabled":false},
            "OtherPrefs":{"NameValue":[{"Name":"WarnDuplicateCheckNumber","Value":"true"}]},
            "Id":"1","SyncToken":"0"}"#,
    );
    assert_eq!(preferences.setting("WarnDuplicateCheckNumber"), Some("true"));
    assert_eq!(preferences.setting("Other"), None);
    let closed = preferences.accounting_info_prefs.unwrap().book_close_date;
    assert_eq!(closed, Some("2025-12-31".parse().unwrap()));
    let company: CompanyInfo = survives(
        r#"{"CompanyName":"Craig's","Country":"US","NameValue":[{"Name":"OfferingSku","Value":"Plus"}]}"#,
    );
    assert_eq!(company.feature("OfferingSku"), Some("Plus"));
}
