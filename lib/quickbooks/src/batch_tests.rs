use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use crate::entity::{Customer, Invoice, Payment, SalesLine};
use crate::{Class, ObjectId, SyncToken, Uncertainty};

fn id(text: &str) -> ItemId {
    ItemId::new(text).unwrap()
}

fn request_id() -> RequestId {
    RequestId::new("0f0e0d0c0b0a09080706050403020100").unwrap()
}

fn named(name: &str) -> Write {
    Write::create(request_id(), &Customer::named(name))
}

fn answer(items: Value) -> BatchAnswer {
    let Value::Array(items) = items else { panic!("a list") };
    BatchAnswer::of_items(items, Some("1-a".to_owned()))
}

#[test]
fn each_operation_is_written_as_quickbooks_wants_it() {
    let (object, token) = (ObjectId::new("145"), SyncToken::new("3"));
    let line = SalesLine::of_item(&ObjectId::new("11"), Decimal::new(12_500, 2));
    let invoice = Invoice::to_customer(&ObjectId::new("58"), [line.into()]);
    let sparse = Invoice { private_note: Some("x".to_owned()), ..Invoice::default() };
    for (write, expected) in [
        (
            Write::delete::<Invoice>(request_id(), &object, &token),
            r#"{"bId":"1","operation":"delete","Invoice":{"Id":"145","SyncToken":"3"}}"#.to_owned(),
        ),
        (
            Write::void::<Payment>(request_id(), &object, &token),
            r#"{"bId":"1","operation":"update","optionsData":"void","Payment":{"Id":"145","SyncToken":"3","sparse":true}}"#
                .to_owned(),
        ),
        (
            Write::sparse_update(request_id(), &object, &token, &sparse),
            r#"{"bId":"1","operation":"update","Invoice":{"Id":"145","PrivateNote":"x","SyncToken":"3","sparse":true}}"#
                .to_owned(),
        ),
        (
            Write::create(request_id(), &invoice),
            format!(
                r#"{{"bId":"1","operation":"create","Invoice":{}}}"#,
                Write::create(request_id(), &invoice).body()
            ),
        ),
    ] {
        let batch = Batch::new(request_id(), [(&id("1"), &write)]).unwrap();
        let body = batch.body();
        let item = body.strip_prefix(r#"{"BatchItemRequest":["#).and_then(|it| it.strip_suffix("]}"));
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(parsed(item.unwrap()), parsed(&expected));
        let kept = serde_json::to_string(&batch).unwrap();
        assert_eq!(serde_json::from_str::<Batch>(&kept).unwrap(), batch, "it is stored whole");
    }
    let whole = Batch::new(request_id(), [(&id("1"), &Write::create(request_id(), &invoice))]);
    assert!(whole.unwrap().body().contains("125.00"), "amounts keep their digits");
}

#[test]
fn a_batch_that_quickbooks_would_refuse_is_not_built() {
    let write = named("A");
    let ids: Vec<ItemId> = (0..=BATCH_ITEMS_AT_MOST).map(|n| id(&n.to_string())).collect();
    let of = |count: usize| {
        Batch::new(request_id(), ids.iter().take(count).map(|id| (id, &write))).map(|_| ())
    };
    assert_eq!(of(0), Err(BatchError::Length(0)));
    assert_eq!(of(30), Ok(()));
    assert_eq!(of(31), Err(BatchError::Length(31)));
    let twice = Batch::new(request_id(), [(&ids[0], &write), (&ids[0], &write)]);
    assert_eq!(twice, Err(BatchError::IdTwice(id("0"))));
    for text in ["", "12345678901", "a-b", "é"] {
        assert_eq!(ItemId::new(text), Err(BatchError::ItemId(text.to_owned())));
    }
    assert!(serde_json::from_str::<ItemId>(r#""12345678901""#).is_err());
}

#[test]
fn every_item_has_its_own_end_in_any_order() {
    let fault =
        |code: &str, kind: &str| json!([{"Message": "m", "Detail": "d", "code": code}, kind]);
    let item = |bid: &str, fault: Value| json!({"bId": bid, "Fault": {"Error": [fault[0]], "type": fault[1]}});
    let answer = answer(json!([
        item("2", fault("6240", "ValidationFault")),
        item("3", fault("003001", "SERVICE")),
        item("4", fault("10000", "SystemFault")),
        {"bId": "1", "Customer": {"Id": "58", "SyncToken": "0"}},
        {"bId": "5", "Invoice": {"Id": "58", "SyncToken": "0"}},
        {"bId": "6", "Customer": {"Id": "60", "SyncToken": "0"}},
        {"bId": "6", "Customer": {"Id": "61", "SyncToken": "0"}},
        {"bId": "7", "Fault": null, "Customer": {"Id": "62", "SyncToken": "0"}}
    ]));
    let stored: BatchAnswer =
        serde_json::from_str(&serde_json::to_string(&answer).unwrap()).unwrap();
    assert_eq!(stored, answer);
    let of = |bid: &str| stored.of(&id(bid), &named("A"));
    assert_eq!(of("1").unwrap().id, ObjectId::new("58"));
    assert_eq!(of("7").unwrap().id, ObjectId::new("62"));
    for (bid, class) in [
        ("2", Class::DuplicateName),
        ("3", Class::Throttled { retry_after: None }),
        ("4", Class::Uncertain),
        ("5", Class::Uncertain),
        ("6", Class::Uncertain),
        ("8", Class::Uncertain),
    ] {
        let error = of(bid).unwrap_err();
        assert_eq!(error.class(), class, "item {bid}: {error}");
        assert_eq!(error.intuit_tid(), Some("1-a"), "item {bid}");
    }
    let missing = of("8").unwrap_err();
    assert!(matches!(missing, Error::Uncertain { why: Uncertainty::BadAnswer, .. }), "{missing}");
}

#[test]
fn a_deleted_object_keeps_the_token_it_was_deleted_with() {
    let write = Write::delete::<Invoice>(request_id(), &ObjectId::new("9"), &SyncToken::new("4"));
    let answer = answer(json!([{"bId": "1", "Invoice": {"Id": "9", "status": "Deleted"}}]));
    assert_eq!(answer.of(&id("1"), &write).unwrap().sync_token, SyncToken::new("4"));
}
