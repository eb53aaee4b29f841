//! What is sent, what may be stored, and what an answer has to hold.

use serde_json::json;

use super::*;
use crate::entity::{
    Bill, BillPayment, Customer, Deposit, Invoice, JournalEntry, Line, Payment, PaymentType,
    Preferences, Purchase, SalesReceipt, TaxCode, Vendor, VendorCredit,
};

fn request_id() -> RequestId {
    RequestId::new("bill-1042-1").unwrap()
}

fn body(write: &Write) -> Value {
    serde_json::from_str(write.body()).unwrap()
}

fn identified() -> (ObjectId, SyncToken) {
    (ObjectId::new("145"), SyncToken::new("3"))
}

#[test]
fn each_operation_has_its_body_and_its_parameters() {
    let check = |write: Write, expect_body: Value, expect_parameters: &[(&str, &str)]| {
        assert_eq!(body(&write), expect_body, "{write:?}");
        assert_eq!(write.parameters(), expect_parameters, "{write:?}");
    };
    let (id, token) = identified();
    let pair = json!({"Id": "145", "SyncToken": "3"});
    let sparse = json!({"Id": "145", "SyncToken": "3", "sparse": true});
    check(Write::create(request_id(), &Customer::named("Søn")), json!({"DisplayName": "Søn"}), &[]);
    check(
        Write::delete::<Invoice>(request_id(), &id, &token),
        pair.clone(),
        &[("operation", "delete")],
    );
    check(Write::delete::<Payment>(request_id(), &id, &token), pair, &[("operation", "delete")]);
    check(
        Write::void::<Invoice>(request_id(), &id, &token),
        sparse.clone(),
        &[("operation", "void")],
    );
    let voided_by_update = [("operation", "update"), ("include", "void")];
    check(Write::void::<Payment>(request_id(), &id, &token), sparse.clone(), &voided_by_update);
    check(
        Write::void::<SalesReceipt>(request_id(), &id, &token),
        sparse.clone(),
        &voided_by_update,
    );
    check(Write::void::<BillPayment>(request_id(), &id, &token), sparse, &voided_by_update);
    for delete in [
        Write::delete::<BillPayment>(request_id(), &id, &token),
        Write::delete::<VendorCredit>(request_id(), &id, &token),
    ] {
        check(delete, json!({"Id": "145", "SyncToken": "3"}), &[("operation", "delete")]);
    }
    check(
        Write::delete::<JournalEntry>(request_id(), &id, &token),
        json!({"Id": "145", "SyncToken": "3"}),
        &[("operation", "delete")],
    );
    let changes = Invoice { private_note: Some("x".to_owned()), ..Invoice::default() };
    check(
        Write::sparse_update(request_id(), &id, &token, &changes),
        json!({"Id": "145", "SyncToken": "3", "sparse": true, "PrivateNote": "x"}),
        &[],
    );
}

#[test]
fn a_sparse_update_with_an_empty_list_of_lines_sends_it() {
    let (id, token) = identified();
    let changes = Payment { line: Some(Vec::<Line>::new()), ..Payment::default() };
    let write = Write::sparse_update(request_id(), &id, &token, &changes);
    assert_eq!(body(&write)["Line"], json!([]));
}

#[test]
fn a_full_update_keeps_unknown_members_and_drops_what_quickbooks_refuses() {
    let read = json!({
        "Id": "128", "SyncToken": "0", "sparse": false, "domain": "QBO", "TotalAmt": 582.50, "ProcessPayment": false,
        "Line": [{"Amount": 0.1, "LinkedTxn": [{"TxnId": "96", "TxnType": "Invoice"}],
            "LineEx": {"any": [{"name": "x"}]}, "CustomExtensions": []}],
        "NewMember": {"Deep": 1.10},
    });
    let payment: Payment = serde_json::from_value(read).unwrap();
    let write = Write::update(request_id(), &payment).unwrap();
    assert_eq!(
        body(&write),
        serde_json::from_str::<Value>(
            r#"{"Id":"128","SyncToken":"0","domain":"QBO","TotalAmt":582.5,"ProcessPayment":false,
                "Line":[{"Amount":0.1,"LinkedTxn":[{"TxnId":"96","TxnType":"Invoice"}],"CustomExtensions":[]}],
                "NewMember":{"Deep":1.1}}"#
        )
        .unwrap()
    );
}

#[test]
fn a_sparse_update_repeats_what_quickbooks_wants_repeated() {
    let (id, token) = identified();
    let missing = |write: Result<Write, WriteError>| match write {
        Err(WriteError::NotRepeated { entity, member }) => Some((entity, member)),
        _ => None,
    };
    let bill = |bill: &Bill| Write::sparse_update_repeating(request_id(), &id, &token, bill);
    let purchase =
        |purchase: &Purchase| Write::sparse_update_repeating(request_id(), &id, &token, purchase);
    let deposit =
        |deposit: &Deposit| Write::sparse_update_repeating(request_id(), &id, &token, deposit);
    assert_eq!(missing(bill(&Bill::default())), Some((EntityKind::Bill, "VendorRef")));
    assert_eq!(
        missing(purchase(&Purchase::default())),
        Some((EntityKind::Purchase, "PaymentType"))
    );
    let to_account = Deposit::into_account(&id, []);
    let without_lines = Deposit { line: None, ..to_account.clone() };
    let without_account = Deposit { deposit_to_account_ref: None, ..to_account.clone() };
    assert_eq!(missing(deposit(&without_lines)), Some((EntityKind::Deposit, "Line")));
    assert_eq!(
        missing(deposit(&without_account)),
        Some((EntityKind::Deposit, "DepositToAccountRef"))
    );

    let noted = Some("x".to_owned());
    let check = |write: Result<Write, WriteError>, expect: Value| {
        let write = write.unwrap();
        assert_eq!((write.operation(), body(&write)), (Operation::SparseUpdate, expect));
        assert!(write.parameters().is_empty());
    };
    check(
        bill(&Bill { private_note: noted.clone(), ..Bill::changes(&ObjectId::new("46")) }),
        json!({"Id": "145", "SyncToken": "3", "sparse": true, "VendorRef": {"value": "46"}, "PrivateNote": "x"}),
    );
    check(
        purchase(&Purchase { private_note: noted, ..Purchase::changes(PaymentType::Check) }),
        json!({"Id": "145", "SyncToken": "3", "sparse": true, "PaymentType": "Check", "PrivateNote": "x"}),
    );
    check(
        deposit(&to_account),
        json!({"Id": "145", "SyncToken": "3", "sparse": true, "DepositToAccountRef": {"value": "145"}, "Line": []}),
    );
}

#[test]
fn the_wrapper_of_a_purchase_is_not_sent_back() {
    let read = json!({"Id": "138", "SyncToken": "0", "PaymentType": "Check", "PurchaseEx": {"any": []}, "New": 1});
    let purchase: Purchase = serde_json::from_value(read).unwrap();
    let expect = json!({"Id": "138", "SyncToken": "0", "PaymentType": "Check", "New": 1});
    assert_eq!(body(&Write::update(request_id(), &purchase).unwrap()), expect);
}

#[test]
fn the_wrappers_of_a_payment_of_bills_are_not_sent_back() {
    let read = json!({"Id": "1", "SyncToken": "0", "CheckPayment": {"BillPaymentCheckEx": {"any": []}, "New": 1},
        "CreditCardPayment": {"BillPaymentCreditCardEx": {"any": []}, "New": 2}});
    let payment: BillPayment = serde_json::from_value(read).unwrap();
    let expect = json!({"Id": "1", "SyncToken": "0", "CheckPayment": {"New": 1}, "CreditCardPayment": {"New": 2}});
    assert_eq!(body(&Write::update(request_id(), &payment).unwrap()), expect);
}

#[test]
fn an_update_of_something_never_read_is_not_built() {
    let error = Write::update(request_id(), &Customer::named("A")).unwrap_err();
    assert_eq!(error, WriteError::NeverRead { entity: EntityKind::Customer });
}

#[test]
fn a_stored_write_is_the_same_byte_for_byte() {
    let write = Write::create(request_id(), &Customer::named("O'Neil \\ \"Sons\" 数"));
    let stored = serde_json::to_string(&write).unwrap();
    let loaded: Write = serde_json::from_str(&stored).unwrap();
    assert_eq!(loaded, write);
    assert_eq!(loaded.body(), write.body());
}

#[test]
fn what_quickbooks_does_not_offer_cannot_be_loaded() {
    let check = |entity: EntityKind, operation: Operation, offered: bool| {
        let parts = Write::from_parts(entity, operation, request_id(), "{}".to_owned());
        assert_eq!(parts.is_ok(), offered, "{entity} {operation}");
        let stored =
            json!({"entity": entity, "operation": operation, "request_id": "r", "body": "{}"});
        assert_eq!(
            serde_json::from_value::<Write>(stored).is_ok(),
            offered,
            "{entity} {operation}"
        );
    };
    check(EntityKind::Invoice, Operation::Void, true);
    check(EntityKind::Payment, Operation::Delete, true);
    check(EntityKind::Customer, Operation::SparseUpdate, true);
    check(EntityKind::Customer, Operation::Delete, false);
    check(EntityKind::Item, Operation::Void, false);
    check(EntityKind::Term, Operation::SparseUpdate, false);
    check(EntityKind::TaxCode, Operation::Create, false);
    check(EntityKind::Preferences, Operation::Create, false);
    let documents = [
        EntityKind::Bill,
        EntityKind::Purchase,
        EntityKind::Deposit,
        EntityKind::JournalEntry,
        EntityKind::CreditMemo,
        EntityKind::SalesReceipt,
    ];
    for document in documents {
        for operation in
            [Operation::Create, Operation::Update, Operation::SparseUpdate, Operation::Delete]
        {
            check(document, operation, true);
        }
        check(document, Operation::Void, document == EntityKind::SalesReceipt);
    }
    for document in [EntityKind::BillPayment, EntityKind::VendorCredit] {
        for operation in [Operation::Create, Operation::Update, Operation::Delete] {
            check(document, operation, true);
        }
        check(document, Operation::SparseUpdate, false);
        check(document, Operation::Void, document == EntityKind::BillPayment);
    }
    check(EntityKind::Vendor, Operation::SparseUpdate, true);
    for name in [EntityKind::Vendor, EntityKind::Class, EntityKind::Department] {
        check(name, Operation::Create, true);
        check(name, Operation::Update, true);
        check(name, Operation::Void, false);
        check(name, Operation::Delete, false);
    }
    check(EntityKind::Class, Operation::SparseUpdate, false);
    check(EntityKind::Department, Operation::SparseUpdate, false);
    assert_eq!((SalesReceipt::PATH, JournalEntry::PATH), ("salesreceipt", "journalentry"));
    assert_eq!((Vendor::NAME, JournalEntry::NAME), ("Vendor", "JournalEntry"));
    assert_eq!((TaxCode::PATH, Preferences::NAME), ("taxcode", "Preferences"));
}

#[test]
fn an_answer_counts_only_if_it_is_about_the_object_that_was_written() {
    let (id, token) = identified();
    let check = |write: &Write, answer: Value, expect: Option<(&str, &str)>| {
        let Value::Object(answer) = answer else { panic!("an object") };
        let result = write.result(answer);
        let seen = result.as_ref().map(|object| (object.id.as_str(), object.sync_token.as_str()));
        assert_eq!(seen, expect);
    };
    let create = Write::create(request_id(), &Customer::named("A"));
    check(
        &create,
        json!({"Customer": {"Id": "1", "SyncToken": "0"}, "time": ""}),
        Some(("1", "0")),
    );
    check(&create, json!({"Customer": {"Id": "1"}}), None);
    check(&create, json!({"Customer": {"SyncToken": "0"}}), None);
    check(&create, json!({"Invoice": {"Id": "1", "SyncToken": "0"}}), None);
    check(&create, json!({}), None);
    let delete = Write::delete::<Payment>(request_id(), &id, &token);
    check(
        &delete,
        json!({"Payment": {"status": "Deleted", "domain": "QBO", "Id": "145"}}),
        Some(("145", "3")),
    );
}

#[test]
fn an_object_is_parsed_as_what_it_is() {
    let Value::Object(json) = json!({"Id": "1", "SyncToken": "0", "DisplayName": "A"}) else {
        panic!("an object")
    };
    let object = Object {
        entity: EntityKind::Customer,
        id: ObjectId::new("1"),
        sync_token: SyncToken::new("0"),
        json,
    };
    assert_eq!(object.parse::<Customer>().unwrap().display_name.as_deref(), Some("A"));
    assert!(matches!(object.parse::<Invoice>(), Err(Error::Unreadable { .. })));
}
