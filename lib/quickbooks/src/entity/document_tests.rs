//! What vendors, bills, purchases, receipts, deposits and journal entries promise: nothing lost, the least written.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::tests::{decimal, survives};
use super::*;

fn id(text: &str) -> ObjectId {
    ObjectId::new(text)
}

fn check(written: impl Serialize, expect: &str) {
    let written = serde_json::to_value(written).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(expect).unwrap());
}

#[test]
fn recorded_names_survive_a_full_update() {
    let vendor: Vendor = survives(
        r#"{"Balance":1600.1,"Vendor1099":false,"CurrencyRef":{"value":"USD","name":"United States Dollar"},
            "AcctNum":"1345","BillRate":0,"TermRef":{"value":"3"},"TaxIdentifier":"XXXXXX1234",
            "BillAddr":{"Id":"31","Line1":"P.O. Box 5","City":"Middlefield","CountrySubDivisionCode":"CA",
            "PostalCode":"94482","Lat":"INVALID","Long":"INVALID"},"domain":"QBO","sparse":false,"Id":"30","SyncToken":"0",
            "MetaData":{"CreateTime":"2026-04-01T10:00:00-07:00","LastUpdatedTime":"2026-05-05T02:06:31-07:00"},
            "CompanyName":"Books by Bessie","DisplayName":"Books by Bessie","PrintOnCheckName":"Books by Bessie",
            "Active":true,"V4IDPseudonym":"0020982a","PrimaryPhone":{"FreeFormNumber":"(650) 555-7745"},
            "Fax":{"FreeFormNumber":"1"},"PrimaryEmailAddr":{"Address":"b@c.example"},
            "WebAddr":{"URI":"http://b.example"},"CostRate":12.50}"#,
    );
    assert_eq!(vendor.balance, Some(decimal("1600.1")));
    assert_eq!(vendor.vendor1099, Some(false));
    let class: Class = survives(
        r#"{"Name":"East","SubClass":true,"ParentRef":{"value":"5"},"FullyQualifiedName":"Region:East",
            "Active":true,"domain":"QBO","sparse":false,"Id":"6","SyncToken":"0"}"#,
    );
    assert_eq!((class.sub_class, class.parent_ref), (Some(true), Some(Ref::to(&id("5")))));
    let department: Department = survives(
        r#"{"Name":"Oak St 1","SubDepartment":false,"FullyQualifiedName":"Oak St 1","Active":true,"Id":"1",
            "SyncToken":"0","Address":{"Line1":"Oak St 1"}}"#,
    );
    assert_eq!(department.sub_department, Some(false));
}

#[test]
fn a_recorded_bill_survives_a_full_update() {
    let bill: Bill = survives(
        r#"{"DueDate":"2026-05-10","Balance":0.00,"domain":"QBO","sparse":false,"Id":"25","SyncToken":"1",
            "TxnDate":"2026-04-10","CurrencyRef":{"value":"USD"},"VendorAddr":{"Id":"31","Line1":"P.O. Box 5"},
            "LinkedTxn":[{"TxnId":"118","TxnType":"BillPaymentCheck"}],"SalesTermRef":{"value":"3"},
            "Line":[{"Id":"1","LineNum":1,"Description":"Lumber","Amount":103.55,"LinkedTxn":[],
            "DetailType":"AccountBasedExpenseLineDetail","AccountBasedExpenseLineDetail":{
            "CustomerRef":{"value":"26","name":"Travis Waldron"},"AccountRef":{"value":"64","name":"Job Expenses"},
            "BillableStatus":"HasBeenBilled","TaxCodeRef":{"value":"NON"},"MarkupInfo":{"Percent":10}}},
            {"Id":"2","Amount":0.30,"DetailType":"ItemBasedExpenseLineDetail","ItemBasedExpenseLineDetail":{
            "ItemRef":{"value":"11"},"UnitPrice":0.1,"Qty":3,"BillableStatus":"NotBillable","PriceLevelRef":{"value":"1"}}}],
            "VendorRef":{"value":"46","name":"Norton Lumber"},"APAccountRef":{"value":"33","name":"Accounts Payable (A/P)"},
            "TotalAmt":103.85,"HomeBalance":0}"#,
    );
    let link = &bill.linked_txn.unwrap()[0];
    assert_eq!(link.txn_type, Some(LinkedTxnType::BillPaymentCheck));
    assert_eq!(bill.ap_account_ref.unwrap().value, id("33"));
    let lines = bill.line.unwrap();
    let spent = lines[0].account_based_expense_line_detail.as_ref().unwrap();
    assert_eq!(spent.billable_status, Some(BillableStatus::HasBeenBilled));
    let bought = lines[1].item_based_expense_line_detail.as_ref().unwrap();
    assert_eq!((bought.qty, bought.unit_price), (Some(decimal("3")), Some(decimal("0.1"))));
    let sum: Decimal = lines.iter().filter_map(|line| line.amount).sum();
    assert_eq!(Some(sum), bill.total_amt);
}

#[test]
fn a_recorded_purchase_survives_a_full_update() {
    let purchase: Purchase = survives(
        r#"{"AccountRef":{"value":"41","name":"Mastercard"},"PaymentType":"CreditCard","EntityRef":{"value":"33",
            "name":"Chin's Gas and Oil","type":"Vendor"},"Credit":false,"TotalAmt":52.56,"PurchaseEx":{"any":[{
            "name":"{http://schema.intuit.com/finance/v3}NameValue","value":{"Name":"TxnType","Value":"54"}}]},
            "domain":"QBO","sparse":false,"Id":"138","SyncToken":"0","TxnDate":"2026-05-01","CurrencyRef":{"value":"USD"},
            "Line":[{"Id":"1","Amount":52.56,"DetailType":"AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail":{"AccountRef":{"value":"56","name":"Automobile:Fuel"},
            "BillableStatus":"NotBillable","TaxCodeRef":{"value":"NON"}},"CustomExtensions":[]}]}"#,
    );
    let payee = purchase.entity_ref.unwrap();
    assert_eq!((payee.value, payee.party_type), (id("33"), Some(PartyType::Vendor)));
    assert_eq!(
        (purchase.payment_type, purchase.credit),
        (Some(PaymentType::CreditCard), Some(false))
    );
}

#[test]
fn recorded_receipts_and_credits_survive_a_full_update() {
    let receipt: SalesReceipt = survives(
        r#"{"domain":"QBO","sparse":false,"Id":"47","SyncToken":"0","CustomField":[],"DocNumber":"1014",
            "TxnDate":"2026-04-02","LinkedTxn":[{"TxnId":"121","TxnType":"Deposit"}],"Line":[{"Id":"1","LineNum":1,
            "Amount":78.75,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"6"},
            "UnitPrice":35,"Qty":2.25,"TaxCodeRef":{"value":"NON"}}},{"Amount":78.75,"DetailType":"SubTotalLineDetail",
            "SubTotalLineDetail":{}}],"TxnTaxDetail":{"TotalTax":0},"CustomerRef":{"value":"17"},"TotalAmt":78.75,
            "ApplyTaxAfterDiscount":false,"PrintStatus":"NotSet","EmailStatus":"NotSet","Balance":0,
            "PaymentMethodRef":{"value":"2","name":"Check"},"PaymentRefNum":"10264",
            "DepositToAccountRef":{"value":"4","name":"Undeposited Funds"}}"#,
    );
    assert!(receipt.is_deposited() && !receipt.is_voided());
    let voided: SalesReceipt =
        serde_json::from_value(json!({"PrivateNote": "Voided - by hand", "TotalAmt": 0})).unwrap();
    assert!(voided.is_voided() && !voided.is_deposited());
    let credit: CreditMemo = survives(
        r#"{"RemainingCredit":100.00,"domain":"QBO","sparse":false,"Id":"73","SyncToken":"0","DocNumber":"1026",
            "Line":[{"Id":"1","Amount":100.00,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{
            "ItemRef":{"value":"6"}}}],"CustomerRef":{"value":"1"},"FreeFormAddress":true,"ShipFromAddr":{"Id":"2"},
            "TotalAmt":100.00,"Balance":100.00}"#,
    );
    assert_eq!(credit.remaining_credit, Some(decimal("100.00")));
}

#[test]
fn a_recorded_deposit_survives_a_full_update() {
    let deposit: Deposit = survives(
        r#"{"DepositToAccountRef":{"value":"35","name":"Checking"},"TotalAmt":207.30,"domain":"QBO","sparse":false,
            "Id":"120","SyncToken":"1","TxnDate":"2026-05-02","CurrencyRef":{"value":"USD"},"PrivateNote":"May",
            "CashBack":{"AccountRef":{"value":"3"},"Amount":11.45,"Memo":"Till"},
            "Line":[{"Amount":218.75,"LinkedTxn":[{"TxnId":"119","TxnType":"SalesReceipt","TxnLineId":"0"}],
            "DepositLineDetail":{"PaymentMethodRef":{"value":"2"}}},{"Id":"2","Amount":0.00,
            "DetailType":"DepositLineDetail","DepositLineDetail":{"AccountRef":{"value":"24"},"CheckNum":"7",
            "Entity":{"value":"9","name":"G","type":"Customer"},"TaxApplicableOn":"Sales"},"CustomExtensions":[]}],
            "TxnTaxDetail":{}}"#,
    );
    let lines = deposit.line.as_ref().unwrap();
    let link = &lines[0].linked_txn.as_ref().unwrap()[0];
    assert_eq!(link.txn_type, Some(LinkedTxnType::SalesReceipt));
    assert_eq!(deposit.cash_back.unwrap().amount, Some(decimal("11.45")));
    let loud: PartyRef = serde_json::from_value(json!({"value": "9", "type": "VENDOR"})).unwrap();
    assert_eq!(loud, PartyRef::vendor(&id("9")));
}

#[test]
fn a_recorded_journal_entry_survives_a_full_update() {
    let entry: JournalEntry = survives(
        r#"{"Adjustment":false,"TotalAmt":0,"domain":"QBO","sparse":false,"Id":"149","SyncToken":"0","DocNumber":"JE-001",
            "TxnDate":"2026-05-05","CurrencyRef":{"value":"USD"},"PrivateNote":"rent","Line":[{"Id":"0",
            "Description":"nov","Amount":1234567890123.45,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{
            "PostingType":"Debit","Entity":{"Type":"Customer","EntityRef":{"value":"3","name":"Cool Cars"}},
            "AccountRef":{"value":"84","name":"Accounts Receivable (A/R)"},"JournalCodeRef":{"value":"1"}},
            "CustomExtensions":[]},{"Id":"1","Amount":1234567890123.45,"DetailType":"JournalEntryLineDetail",
            "JournalEntryLineDetail":{"PostingType":"Credit","AccountRef":{"value":"44"}}},
            {"Id":"2","Description":"text","DetailType":"DescriptionOnly"}],"TxnTaxDetail":{}}"#,
    );
    assert_eq!(entry.difference(), Some(Decimal::ZERO));
    let detail = entry.line.as_ref().unwrap()[0].journal_entry_line_detail.as_ref().unwrap();
    assert_eq!(detail.entity.as_ref().unwrap().party_type, Some(PartyType::Customer));
}

#[test]
fn names_and_spending_are_written_with_the_least_that_quickbooks_takes() {
    check(
        Vendor::named("V").with_email("v@w.example"),
        r#"{"DisplayName":"V","PrimaryEmailAddr":{"Address":"v@w.example"}}"#,
    );
    check(
        Class::named("East").below(&id("5")),
        r#"{"Name":"East","SubClass":true,"ParentRef":{"value":"5"}}"#,
    );
    check(
        Department::named("Oak").below(&id("1")),
        r#"{"Name":"Oak","SubDepartment":true,"ParentRef":{"value":"1"}}"#,
    );
    let spent = AccountLine::of_account(&id("64"), decimal("103.50"))
        .described("Lumber")
        .for_customer(&id("26"), BillableStatus::NotBillable)
        .taxed(&id("NON"))
        .classified(&id("5"));
    let bought = ItemLine::of_item(&id("11"), decimal("0.30"))
        .described("Nails")
        .priced(decimal("3"), decimal("0.1"))
        .for_customer(&id("26"), BillableStatus::Billable)
        .taxed(&id("NON"))
        .classified(&id("5"));
    check(
        Bill::from_vendor(&id("46"), [spent.into(), bought.into()]),
        r#"{"VendorRef":{"value":"46"},"Line":[{"Description":"Lumber","Amount":103.50,
            "DetailType":"AccountBasedExpenseLineDetail","AccountBasedExpenseLineDetail":{"AccountRef":{"value":"64"},
            "CustomerRef":{"value":"26"},"BillableStatus":"NotBillable","TaxCodeRef":{"value":"NON"},
            "ClassRef":{"value":"5"}}},{"Description":"Nails","Amount":0.30,"DetailType":"ItemBasedExpenseLineDetail",
            "ItemBasedExpenseLineDetail":{"ItemRef":{"value":"11"},"Qty":3,"UnitPrice":0.1,"CustomerRef":{"value":"26"},
            "BillableStatus":"Billable","TaxCodeRef":{"value":"NON"},"ClassRef":{"value":"5"}}}]}"#,
    );
}

#[test]
fn each_way_to_spend_names_its_account_and_its_payee() {
    let (account, line) =
        (id("35"), || [AccountLine::of_account(&id("7"), decimal("9.90")).into()]);
    let spent = |start: &str, payee: &str| {
        format!(
            r#"{{{start},"AccountRef":{{"value":"35"}},"EntityRef":{payee},"Line":[{{"Amount":9.90,
            "DetailType":"AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail":{{"AccountRef":{{"value":"7"}}}}}}]}}"#
        )
    };
    let (vendor, employee, customer) = (
        r#"{"value":"30","type":"Vendor"}"#,
        r#"{"value":"55","type":"Employee"}"#,
        r#"{"value":"3","type":"Customer"}"#,
    );
    check(
        Purchase::check(&account, PartyRef::vendor(&id("30")), line()),
        &spent(r#""PaymentType":"Check""#, vendor),
    );
    check(
        Purchase::cash(&account, PartyRef::employee(&id("55")), line()),
        &spent(r#""PaymentType":"Cash""#, employee),
    );
    check(
        Purchase::card(&account, PartyRef::customer(&id("3")), line()),
        &spent(r#""PaymentType":"CreditCard""#, customer),
    );
    check(
        Purchase::card_refund(&account, PartyRef::vendor(&id("30")), line()),
        &spent(r#""PaymentType":"CreditCard","Credit":true"#, vendor),
    );
}

#[test]
fn receipts_credits_and_deposits_are_written_with_the_least_that_quickbooks_takes() {
    let sold = || [SalesLine::of_item(&id("11"), decimal("125.00")).into()];
    let line = r#""Line":[{"Amount":125.00,"DetailType":"SalesItemLineDetail",
        "SalesItemLineDetail":{"ItemRef":{"value":"11"}}}]"#;
    let to_customer = format!(r#"{{"CustomerRef":{{"value":"58"}},{line}}}"#);
    check(SalesReceipt::to_customer(&id("58"), sold()), &to_customer);
    check(CreditMemo::to_customer(&id("58"), sold()), &to_customer);
    check(SalesReceipt::of_lines(sold()), &format!("{{{line}}}"));
    let plain = DepositLine::of_account(&id("24"), decimal("0.10"))
        .described("Interest")
        .received_from(PartyRef::vendor(&id("30")))
        .paid_by(&id("2"))
        .with_check_number("7")
        .classified(&id("5"));
    let lines = [
        Line::depositing_payment(&id("128"), decimal("125.00")),
        Line::depositing(LinkedTxnType::SalesReceipt, &id("47"), decimal("78.75")),
        plain.into(),
    ];
    check(
        Deposit::into_account(&id("35"), lines),
        r#"{"DepositToAccountRef":{"value":"35"},"Line":[
            {"Amount":125.00,"LinkedTxn":[{"TxnId":"128","TxnType":"Payment","TxnLineId":"0"}]},
            {"Amount":78.75,"LinkedTxn":[{"TxnId":"47","TxnType":"SalesReceipt","TxnLineId":"0"}]},
            {"Description":"Interest","Amount":0.10,"DetailType":"DepositLineDetail","DepositLineDetail":{
            "AccountRef":{"value":"24"},"Entity":{"value":"30","type":"Vendor"},"PaymentMethodRef":{"value":"2"},
            "CheckNum":"7","ClassRef":{"value":"5"}}}]}"#,
    );
}

#[test]
fn a_journal_entry_is_made_of_sides() {
    let debit = JournalLine::debit(&id("84"), decimal("0.30"))
        .described("Open")
        .for_party(PartyRef::customer(&id("3")))
        .classified(&id("5"))
        .located(&id("1"));
    let credit = JournalLine::credit(&id("44"), decimal("0.10"));
    let entry = JournalEntry::of_lines([debit.into(), credit.clone().into()]);
    assert_eq!(entry.difference(), Some(decimal("0.20")));
    check(
        entry,
        r#"{"Line":[{"Description":"Open","Amount":0.30,"DetailType":"JournalEntryLineDetail",
            "JournalEntryLineDetail":{"PostingType":"Debit","AccountRef":{"value":"84"},
            "Entity":{"Type":"Customer","EntityRef":{"value":"3"}},"ClassRef":{"value":"5"},
            "DepartmentRef":{"value":"1"}}},{"Amount":0.10,"DetailType":"JournalEntryLineDetail",
            "JournalEntryLineDetail":{"PostingType":"Credit","AccountRef":{"value":"44"}}}]}"#,
    );
    assert_eq!(JournalLine::debit(&id("44"), decimal("-0.10")), credit);
    assert_eq!(
        JournalLine::credit(&id("44"), decimal("-5")),
        JournalLine::debit(&id("44"), decimal("5"))
    );
    let huge = JournalLine::debit(&id("1"), Decimal::MAX);
    assert_eq!(JournalEntry::of_lines([huge.clone().into(), huge.into()]).difference(), None);
    assert_eq!(JournalEntry::default().difference(), Some(Decimal::ZERO));
}

#[test]
fn amounts_of_every_kind_keep_every_digit() {
    for digits in ["0.30000000000000004", "1234567890123.45", "9007199254740993.01", "-0.10"] {
        let expect = Some(decimal(digits));
        let line = format!(
            r#"{{"Amount":{digits},"AccountBasedExpenseLineDetail":{{"TaxAmount":{digits},"Unknown":{digits}}},
            "ItemBasedExpenseLineDetail":{{"Qty":{digits},"UnitPrice":{digits},"TaxInclusiveAmt":{digits}}},
            "DepositLineDetail":{{"Unknown":{digits}}},"JournalEntryLineDetail":{{"TaxAmount":{digits}}}}}"#
        );
        let document = format!(
            r#"{{"TotalAmt":{digits},"Balance":{digits},"RemainingCredit":{digits},"ExchangeRate":{digits},
            "CashBack":{{"Amount":{digits}}},"Unknown":{digits},"Line":[{line}]}}"#
        );
        let bill: Bill = survives(&document);
        let spent = &bill.line.as_ref().unwrap()[0].account_based_expense_line_detail;
        assert_eq!([bill.total_amt, bill.balance, spent.as_ref().unwrap().tax_amount], [expect; 3]);
        let deposit: Deposit = survives(&document);
        assert_eq!([deposit.total_amt, deposit.cash_back.unwrap().amount], [expect; 2]);
        let credit: CreditMemo = survives(&document);
        assert_eq!([credit.total_amt, credit.remaining_credit], [expect; 2]);
        assert_eq!(survives::<Purchase>(&document).total_amt, expect);
        assert_eq!(survives::<SalesReceipt>(&document).total_amt, expect);
        assert_eq!(survives::<JournalEntry>(&document).exchange_rate, expect);
        assert_eq!(survives::<Vendor>(&document).balance, expect);
    }
}
