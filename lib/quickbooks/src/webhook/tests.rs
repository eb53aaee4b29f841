//! Genuine or not, both formats, and what is not understood.

use proptest::prelude::*;

use super::body::LONGEST_ID;
use super::*;

const TOKEN: &str = "b5771f19b12ddb4bcdb9f08bdc50bc63878a";
const CLASSIC: &str = r#"{"eventNotifications":[{"realmId":"1185883450","dataChangeEvent":{"entities":[{"name":"Customer","id":"1","operation":"Create","lastUpdated":"2015-10-05T14:42:19-0700"}]}}]}"#;
const SIGNATURE: &str = "JC2GUwciPmRBwEO7WvrRmKqu9tGOKL8FFallocTFi8Q=";

#[test]
fn what_intuit_signed_is_told_from_what_it_did_not() {
    let check = |body: &str, signature: &str, token: &str, expect: bool| {
        let signed = is_signed(body.as_bytes(), signature, &WebhookVerifier::new(token));
        assert_eq!(signed, expect, "{body} {signature} {token}");
    };
    check(CLASSIC, SIGNATURE, TOKEN, true);
    check(CLASSIC, &format!(" {SIGNATURE}\r\n"), TOKEN, true);
    check(&CLASSIC.replace("Create", "create"), SIGNATURE, TOKEN, false);
    check(&format!("{CLASSIC}\n"), SIGNATURE, TOKEN, false);
    check(&CLASSIC[..CLASSIC.len() - 1], SIGNATURE, TOKEN, false);
    check("", SIGNATURE, TOKEN, false);
    check(CLASSIC, SIGNATURE, "another", false);
    check(CLASSIC, &SIGNATURE.replace('J', "j"), TOKEN, false);
    check(CLASSIC, &SIGNATURE[..SIGNATURE.len() - 4], TOKEN, false);
    check(CLASSIC, SIGNATURE.trim_end_matches('='), TOKEN, false);
    check(CLASSIC, "", TOKEN, false);
    check(CLASSIC, "no base 64!", TOKEN, false);
    // The signature that an empty key makes of nothing: whoever forgot to set the verifier is not fooled by it.
    check("", "thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=", "", false);
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn notification(entity: &str, id: &str, operation: Operation, moment: &str) -> Notification {
    Notification {
        realm: RealmId::new("1185883450"),
        entity: entity.to_owned(),
        id: ObjectId::new(id),
        operation,
        at: at(moment),
        merged_away: None,
        event_id: None,
    }
}

fn classic(entities: &str) -> String {
    format!(
        r#"{{"eventNotifications":[{{"realmId":"1185883450","dataChangeEvent":{{"entities":[{entities}]}}}}]}}"#
    )
}

fn cloud(event_type: &str, rest: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"e-1","source":"intuit.dsnJ","type":"{event_type}",
        "time":"2025-09-10T21:31:25.123456789Z","intuitaccountid":"1185883450","intuitentityid":"1234"{rest}}}"#
    )
}

#[test]
fn the_classic_format_is_read_in_all_its_spellings() {
    let parsed = parse(CLASSIC.as_bytes()).unwrap();
    let made = notification("Customer", "1", Operation::Create, "2015-10-05T21:42:19Z");
    assert_eq!(parsed, Parsed { notifications: vec![made], unreadable: 0, left_out: 0 });

    let check = |entity: &str, expect: Notification| {
        let parsed = parse(classic(entity).as_bytes()).unwrap();
        assert_eq!((parsed.notifications, parsed.unreadable), (vec![expect], 0), "{entity}");
    };
    check(
        r#"{"name":"BillPayment","id":"145","operation":"Void","lastUpdated":"2025-09-08T20:52:31.657Z"}"#,
        notification("BillPayment", "145", Operation::Void, "2025-09-08T20:52:31.657Z"),
    );
    check(
        r#"{"name":"Bill","id":25,"operation":"UPDATE","lastUpdated":"2025-09-08T20:52:31-07:00","new":{}}"#,
        notification("Bill", "25", Operation::Update, "2025-09-09T03:52:31Z"),
    );
    check(
        r#"{"name":"Vendor","id":"46","operation":"Merge","lastUpdated":"2025-09-08T20:52:31+0530","deletedId":"47"}"#,
        Notification {
            merged_away: Some(ObjectId::new("47")),
            ..notification("Vendor", "46", Operation::Merge, "2025-09-08T15:22:31Z")
        },
    );
    check(
        r#"{"name":"Yacht","id":"1","operation":"Sunk","lastUpdated":"2025-09-08T00:00:00Z","deletedId":null}"#,
        notification("Yacht", "1", Operation::Other("Sunk".to_owned()), "2025-09-08T00:00:00Z"),
    );
}

#[test]
fn several_companies_in_one_body_stay_apart_and_in_order() {
    let entity = |id: &str| {
        format!(
            r#"{{"name":"Bill","id":"{id}","operation":"Delete","lastUpdated":"2025-09-08T00:00:00Z"}}"#
        )
    };
    let company = |realm: &str, ids: [&str; 2]| {
        let [one, two] = ids.map(entity);
        format!(r#"{{"realmId":"{realm}","dataChangeEvent":{{"entities":[{one},{two}]}}}}"#)
    };
    let body = format!(
        "\n {{\"eventNotifications\": [{}, {}]}}",
        company("1", ["5", "6"]),
        company("2", ["5", "4"])
    );
    let parsed = parse(body.as_bytes()).unwrap();
    let seen: Vec<_> =
        parsed.notifications.iter().map(|n| (n.realm.as_str(), n.id.as_str())).collect();
    assert_eq!(seen, [("1", "5"), ("1", "6"), ("2", "5"), ("2", "4")]);
}

#[test]
fn the_cloud_events_format_names_things_as_the_api_does() {
    let check = |event_type: &str, entity: &str, kind: Option<EntityKind>, operation: Operation| {
        let expect = Notification {
            event_id: Some("e-1".to_owned()),
            ..notification(entity, "1234", operation, "2025-09-10T21:31:25.123456789Z")
        };
        let event = cloud(event_type, r#","data":{"alternative_ids":[{"id":"x"}]}"#);
        let parsed = parse(format!("[{event}]").as_bytes()).unwrap();
        assert_eq!((parsed.notifications.as_slice(), parsed.unreadable), (&[expect][..], 0));
        assert_eq!(parsed.notifications[0].kind(), kind, "{event_type}");
        assert_eq!(parse(event.as_bytes()).unwrap(), parsed, "a single event is no list");
    };
    let payment = Some(EntityKind::BillPayment);
    check("qbo.billpayment.created.v1", "BillPayment", payment, Operation::Create);
    check("qbo.billpayment.void.v1", "BillPayment", payment, Operation::Void);
    check("qbo.billpayment.voided.v1", "BillPayment", payment, Operation::Void);
    check("qbo.billpayment.deleted.v2", "BillPayment", payment, Operation::Delete);
    check(
        "qbo.vendorcredit.updated.v1",
        "VendorCredit",
        Some(EntityKind::VendorCredit),
        Operation::Update,
    );
    check(
        "qbo.paymentmethod.merged.v1",
        "PaymentMethod",
        Some(EntityKind::PaymentMethod),
        Operation::Merge,
    );
    check("qbo.invoice.emailed.v1", "Invoice", Some(EntityKind::Invoice), Operation::Emailed);
    check("qbo.changeorder.created.v1", "ChangeOrder", None, Operation::Create);
    check("qbo.yacht.sunk.v1", "yacht", None, Operation::Other("sunk".to_owned()));
}

#[test]
fn the_data_of_a_cloud_event_may_be_anything() {
    let check = |data: &str, merged_away: Option<&str>| {
        let event = cloud("qbo.vendor.merged.v1", &format!(r#","data":{data}"#));
        let parsed = parse(format!("[{event}]").as_bytes()).unwrap();
        let found: Vec<_> =
            parsed.notifications.into_iter().map(|notification| notification.merged_away).collect();
        assert_eq!(found, [merged_away.map(ObjectId::new)], "{data}");
    };
    check(r#"{"deletedId":"47"}"#, Some("47"));
    check(r#"{"deletedId":47,"new":[{}]}"#, Some("47"));
    check(r#"{"deletedId":null}"#, None);
    check(r#"{"alternative_ids":[]}"#, None);
    check("[]", None);
    check("null", None);
    check(r#""text""#, None);
}

#[test]
fn every_entity_with_a_type_has_the_name_that_notifications_use() {
    for kind in EntityKind::ALL {
        assert_eq!(EntityKind::from_name(&kind.name().to_ascii_lowercase()), Some(*kind));
    }
    assert_eq!(EntityKind::from_name("Yacht"), None);
}

#[test]
fn an_entry_that_cannot_be_read_does_not_take_its_neighbours_with_it() {
    let good =
        r#"{"name":"Bill","id":"5","operation":"Update","lastUpdated":"2025-09-08T00:00:00Z"}"#;
    let check = |body: String, notifications: usize, unreadable: usize| {
        let parsed = parse(body.as_bytes()).unwrap();
        assert_eq!(
            (parsed.notifications.len(), parsed.unreadable),
            (notifications, unreadable),
            "{body}"
        );
    };
    for bad in [
        "null",
        "7",
        "[]",
        "{}",
        r#"{"name":null,"id":"5","operation":"Update","lastUpdated":"2025-09-08T00:00:00Z"}"#,
        r#"{"name":"Bill","id":" ","operation":"Update","lastUpdated":"2025-09-08T00:00:00Z"}"#,
        r#"{"name":"Bill","id":"a\u0000b","operation":"Update","lastUpdated":"2025-09-08T00:00:00Z"}"#,
        r#"{"name":"Bill","id":{},"operation":"Update","lastUpdated":"2025-09-08T00:00:00Z"}"#,
        r#"{"name":"Bill","id":"5","operation":"Update","lastUpdated":"yesterday"}"#,
        r#"{"name":"Bill","id":"5","operation":"Update"}"#,
        r#"{"name":"Bill","id":"5","id":"6","operation":"Update","lastUpdated":"2025-09-08T00:00:00Z"}"#,
    ] {
        check(classic(&format!("{good},{bad},{good}")), 2, 1);
    }
    let long = good.replace(r#""5""#, &format!("\"{}\"", "5".repeat(LONGEST_ID + 1)));
    check(classic(&format!("{long},{good}")), 1, 1);
    for bad in [
        "null",
        r#"{"realmId":"1"}"#,
        r#"{"realmId":"1","dataChangeEvent":null}"#,
        r#"{"realmId":"","dataChangeEvent":{"entities":[]}}"#,
    ] {
        let one = classic(good);
        let company = one.strip_prefix(r#"{"eventNotifications":["#).unwrap();
        check(format!(r#"{{"eventNotifications":[{bad},{company}"#), 1, 1);
    }
    let event = cloud("qbo.bill.updated.v1", "");
    for bad in [
        cloud("qbo.bill", ""),
        cloud("qbo..updated.v1", ""),
        cloud("payroll.bill.updated.v1", ""),
        r#"{"specversion":"1.0"}"#.to_owned(),
        "[]".to_owned(),
    ] {
        check(format!("[{event},{bad},{event}]"), 2, 1);
    }
    check("[]".to_owned(), 0, 0);
    check(r#"{"eventNotifications":[]}"#.to_owned(), 0, 0);
}

#[test]
fn what_is_neither_format_is_an_error() {
    let check = |body: &[u8], expect: WebhookError| {
        assert_eq!(parse(body), Err(expect), "{}", String::from_utf8_lossy(body));
    };
    check(b"", WebhookError::NotJson);
    check(b"<html>", WebhookError::NotJson);
    check(&CLASSIC.as_bytes()[..CLASSIC.len() - 1], WebhookError::NotJson);
    check(b"{} {}", WebhookError::NotJson);
    check(b"[\"\xff\"]", WebhookError::NotJson);
    check(b"{}", WebhookError::UnknownFormat);
    check(b"7", WebhookError::UnknownFormat);
    check(b"null", WebhookError::UnknownFormat);
    check(br#"{"eventNotifications":null}"#, WebhookError::UnknownFormat);
    check(br#"{"eventNotifications":{}}"#, WebhookError::UnknownFormat);
}

#[test]
fn a_body_is_read_up_to_a_limit() {
    let entity =
        r#"{"name":"Bill","id":"5","operation":"Update","lastUpdated":"2025-09-08T00:00:00Z"}"#;
    let many = |one: &str, count: usize| vec![one; count].join(",");
    let check = |body: String| {
        let parsed = parse(body.as_bytes()).unwrap();
        assert_eq!(
            (parsed.notifications.len(), parsed.unreadable, parsed.left_out),
            (NOTIFICATIONS_AT_MOST, 0, 3)
        );
    };
    check(classic(&many(entity, NOTIFICATIONS_AT_MOST + 3)));
    check(format!("[{}]", many(&cloud("qbo.bill.updated.v1", ""), NOTIFICATIONS_AT_MOST + 3)));
    let half = format!(
        r#"{{"realmId":"1","dataChangeEvent":{{"entities":[{}]}}}}"#,
        many(entity, NOTIFICATIONS_AT_MOST - 7)
    );
    let rest =
        format!(r#"{{"realmId":"2","dataChangeEvent":{{"entities":[{}]}}}}"#, many(entity, 10));
    check(format!(r#"{{"eventNotifications":[{half},{rest}]}}"#));
}

#[test]
fn depth_beyond_reason_neither_overflows_nor_hides_the_neighbours() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let good =
        r#"{"name":"Bill","id":"5","operation":"Update","lastUpdated":"2025-09-08T00:00:00Z"}"#;
    let parsed = parse(classic(&format!(r#"{{"id":{deep}}},{good},{deep}"#)).as_bytes()).unwrap();
    assert_eq!((parsed.notifications.len(), parsed.unreadable), (1, 2));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), signature in ".*") {
        let _ = parse(&bytes);
        prop_assert!(!is_signed(&bytes, &signature, &WebhookVerifier::new(TOKEN)));
    }

    #[test]
    fn no_damage_to_a_body_panics_or_passes_for_signed(
        damage in prop::collection::vec((0..CLASSIC.len(), any::<u8>()), 1..6),
        cut in 0..=CLASSIC.len(),
    ) {
        let mut bytes = CLASSIC.as_bytes().to_vec();
        for (position, byte) in damage {
            bytes[position] = byte;
        }
        bytes.truncate(cut);
        let _ = parse(&bytes);
        let verifier = WebhookVerifier::new(TOKEN);
        prop_assert_eq!(is_signed(&bytes, SIGNATURE, &verifier), bytes == CLASSIC.as_bytes());
    }

    #[test]
    fn every_value_in_every_place_is_read_or_counted(
        value in prop_oneof![
            Just("null".to_owned()), Just("{}".to_owned()), Just("[1]".to_owned()), Just("1e400".to_owned()),
            "\"[a-z0-9 .:+-]{0,40}\"",
        ],
        place in 0..4_usize,
    ) {
        let mut members = [r#""Bill""#, r#""5""#, r#""Update""#, r#""2025-09-08T00:00:00Z""#];
        members[place] = &value;
        let [name, id, operation, at] = members;
        let entity =
            format!(r#"{{"name":{name},"id":{id},"operation":{operation},"lastUpdated":{at}}}"#);
        let parsed = parse(classic(&entity).as_bytes()).unwrap();
        prop_assert_eq!(parsed.notifications.len() + parsed.unreadable, 1);
    }
}
