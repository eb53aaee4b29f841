//! What an answer about changes holds, in the shapes it comes in.

use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use crate::entity::{Bill, BillPayment, Vendor};

const KINDS: [EntityKind; 3] = [EntityKind::BillPayment, EntityKind::Bill, EntityKind::Vendor];

fn answered(text: &str) -> Result<Changes, Error> {
    let Ok(Json::Object(json)) = serde_json::from_str(text) else { panic!("{text}") };
    let time = Some("2026-05-05T10:11:46.211Z".parse().unwrap());
    let intuit_tid = Some("1-a".to_owned());
    Changes::in_answer(Answer { json, time, intuit_tid }, &KINDS)
}

fn of_elements(elements: &str) -> Changes {
    answered(&format!(r#"{{"CDCResponse":[{{"QueryResponse":[{elements}]}}]}}"#)).unwrap()
}

fn ids<T: Entity>(changes: &Changes) -> Vec<(String, bool)> {
    let id = |change: &Change<T>| match change {
        Change::Is(object) => (object.id().unwrap().to_string(), true),
        Change::Deleted { id, .. } => (id.to_string(), false),
    };
    changes.of::<T>().unwrap().iter().map(id).collect()
}

#[test]
fn each_entity_is_found_by_its_name_wherever_it_stands() {
    let changes = of_elements(
        r#"{},{"Bill":[{"Id":"25","SyncToken":"1","TotalAmt":103.55,"New":0.10},{"Id":"26","SyncToken":"0"}],
        "startPosition":1,"maxResults":2,"totalCount":2},{"BillPayment":[{"Id":"118","SyncToken":"1","TotalAmt":0.30},
        {"status":"Deleted","domain":"QBO","Id":"25","MetaData":{"LastUpdatedTime":"2015-12-23T12:55:50-08:00"}},
        {"status":"deleted","domain":"QBO","Id":"24"}],"startPosition":1,"maxResults":3}"#,
    );
    assert_eq!((changes.objects, changes.is_full()), (5, false));
    assert_eq!(changes.time, "2026-05-05T03:11:46.211-07:00".parse().unwrap());
    assert_eq!(ids::<Bill>(&changes), [("25".to_owned(), true), ("26".to_owned(), true)]);
    let gone = |id: &str| (id.to_owned(), false);
    assert_eq!(ids::<BillPayment>(&changes), [("118".to_owned(), true), gone("25"), gone("24")]);
    assert_eq!(ids::<Vendor>(&changes), []);

    let bills = changes.of::<Bill>().unwrap();
    let Change::Is(bill) = &bills[0] else { panic!("{bills:?}") };
    assert_eq!(bill.total_amt, Some(Decimal::new(10_355, 2)));
    assert_eq!(bill.other["New"].to_string(), "0.10");
    let payments = changes.of::<BillPayment>().unwrap();
    let deleted = |id: &str, at: Option<&str>| Change::Deleted {
        id: ObjectId::new(id),
        at: at.map(|text| text.parse().unwrap()),
    };
    assert_eq!(payments[1..], [deleted("25", Some("2015-12-23T20:55:50Z")), deleted("24", None)]);
}

#[test]
fn a_voided_document_is_a_change_and_no_deletion() {
    let changes = of_elements(
        r#"{"BillPayment":[{"Id":"118","SyncToken":"2","status":"Voided","TotalAmt":0,"Line":[],
        "PrivateNote":"Voided"}]}"#,
    );
    let payments = changes.of::<BillPayment>().unwrap();
    assert!(matches!(&payments[..], [Change::Is(payment)] if payment.is_voided()), "{payments:?}");
}

#[test]
fn nothing_changed_in_whatever_way_it_is_said() {
    for text in [
        r#"{"CDCResponse":[{"QueryResponse":[{},{},{}]}]}"#,
        r#"{"CDCResponse":[{"QueryResponse":[{"Bill":[]}]}]}"#,
        r#"{"CDCResponse":[{"QueryResponse":[]}]}"#,
        r#"{"CDCResponse":[{"QueryResponse":[null]}]}"#,
        r#"{"CDCResponse":[{"QueryResponse":{}}]}"#,
        r#"{"CDCResponse":[{}]}"#,
        r#"{"CDCResponse":[]}"#,
        r#"{"CDCResponse":null}"#,
    ] {
        let changes = answered(text).unwrap();
        assert_eq!(changes.objects, 0, "{text}");
        assert_eq!(changes.of::<Bill>().unwrap(), [], "{text}");
    }
}

#[test]
fn objects_are_counted_whatever_they_are() {
    let rows = |name: &str, count: usize| json!({ name: vec![json!({"Id": "1"}); count] });
    let full = of_elements(&format!(
        "{},{},{}",
        rows("Bill", 600),
        rows("Yacht", 399),
        r#"{"Vendor":{"Id":"1"}}"#
    ));
    assert_eq!((full.objects, full.is_full()), (CDC_OBJECTS_AT_MOST, true));
    assert_eq!(full.of::<Vendor>().unwrap().len(), 1);
    let nearly = of_elements(&rows("Bill", CDC_OBJECTS_AT_MOST - 1).to_string());
    assert!(!nearly.is_full());
}

#[test]
fn an_object_that_cannot_be_read_is_named_and_hides_no_other() {
    let changes = of_elements(
        r#"{"Bill":[{"Id":"25"},{"Id":"26","TxnDate":"someday"},{"Id":27},{"TotalAmt":5},{"Id":"28"}]}"#,
    );
    let told = |error: &Error| error.to_string().split(": ").last().unwrap().to_owned();
    let error = changes.of::<Bill>().unwrap_err();
    assert_eq!(told(&error), "Bill 26 cannot be read");
    assert_eq!(error.intuit_tid(), Some("1-a"));
    let each: Vec<Result<String, String>> = changes
        .each::<Bill>()
        .map(|change| match change {
            Ok(Change::Is(bill)) => Ok(bill.id.unwrap().to_string()),
            Ok(Change::Deleted { id, .. }) => panic!("{id}"),
            Err(error) => Err(told(&error)),
        })
        .collect();
    let without_id = Err("Bill without an id".to_owned());
    assert_eq!(
        each,
        [
            Ok("25".to_owned()),
            Err("Bill 26 cannot be read".to_owned()),
            without_id.clone(),
            without_id,
            Ok("28".to_owned()),
        ]
    );
}

#[test]
fn an_answer_that_is_no_answer_is_an_error() {
    for text in [
        "{}",
        r#"{"QueryResponse":{"Bill":[]}}"#,
        r#"{"CDCResponse":7}"#,
        r#"{"CDCResponse":[7]}"#,
        r#"{"CDCResponse":[{"QueryResponse":"Bill"}]}"#,
        r#"{"CDCResponse":[{"QueryResponse":[[]]}]}"#,
    ] {
        let error = answered(text).unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{text}: {error}");
    }
    let Json::Object(json) = json!({"CDCResponse": []}) else { panic!("an object") };
    let timeless = Answer { json, time: None, intuit_tid: None };
    assert!(Changes::in_answer(timeless, &KINDS).is_err());
}

#[test]
fn a_moment_loses_its_fraction_and_nothing_else() {
    let check = |text: &str, expect: &str| {
        assert_eq!(whole_second(text.parse().unwrap()).to_string(), expect);
    };
    check("2026-05-05T02:06:31.999-07:00", "2026-05-05T09:06:31Z");
    check("2026-05-05T09:06:31Z", "2026-05-05T09:06:31Z");
    check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z");
}
