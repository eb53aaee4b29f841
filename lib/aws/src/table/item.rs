//! Stored items: how a value becomes an item, and what is refused when it is read back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::TenantId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;
use super::keys::{Key, PK, SK, partition};

/// The attributes of one item.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Names the version of an item's layout, in every item.
const SCHEMA: &str = "schema";

/// A value as an item under a key.
pub(super) fn encode<T: Serialize>(value: &T, key: Key) -> Item {
    let mut item: Item = serde_dynamo::to_item(value)
        .expect("what is stored are structs of texts, whole numbers, lists and structs");
    // Absent is absent: conditions can ask for it, and an item costs what it weighs.
    drop_nulls(&mut item);
    item.insert(PK.to_owned(), text(key.pk));
    item.insert(SK.to_owned(), text(key.sk));
    item
}

/// Reads a tenant's item back. `newest` is the newest layout that this code knows.
pub(super) fn decode<T: DeserializeOwned>(
    item: Item,
    tenant: &TenantId,
    newest: u32,
) -> Result<T, Error> {
    if text_of(&item, PK) != Some(partition(tenant).as_str()) {
        return Err(Error::Foreign { tenant: tenant.clone(), item: name_of(&item) });
    }
    decode_shared(item, newest)
}

/// Reads an item back that belongs to no tenant.
pub(super) fn decode_shared<T: DeserializeOwned>(item: Item, newest: u32) -> Result<T, Error> {
    let name = name_of(&item);
    match schema_of(&item) {
        Some(schema) if schema > newest => return Err(Error::FromTheFuture { item: name, schema }),
        Some(_) => {}
        None => return Err(Error::Corrupt { item: name, source: "it has no schema".into() }),
    }
    serde_dynamo::from_item(item)
        .map_err(|source| Error::Corrupt { item: name, source: Box::new(source) })
}

/// A text attribute.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A struct as one attribute of an item.
pub(super) fn structure<T: Serialize>(value: &T) -> AttributeValue {
    let fields: Item = serde_dynamo::to_item(value)
        .expect("what is stored are structs of texts, whole numbers, lists and structs");
    let mut attribute = AttributeValue::M(fields);
    drop_nested_nulls(&mut attribute);
    attribute
}

/// A text attribute of an item.
pub(super) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The primary key as attributes.
pub(super) fn key_item(key: Key) -> Item {
    HashMap::from([(PK.to_owned(), text(key.pk)), (SK.to_owned(), text(key.sk))])
}

/// The layout of an item, if it says so.
pub(super) fn schema_of(item: &Item) -> Option<u32> {
    item.get(SCHEMA)?.as_n().ok()?.parse().ok()
}

/// What an error calls an item: its keys, which hold ids only.
pub(super) fn name_of(item: &Item) -> String {
    format!("{} {}", text_of(item, PK).unwrap_or("?"), text_of(item, SK).unwrap_or("?"))
}

fn drop_nulls(item: &mut Item) {
    item.retain(|_, value| !value.is_null());
    item.values_mut().for_each(drop_nested_nulls);
}

fn drop_nested_nulls(value: &mut AttributeValue) {
    match value {
        AttributeValue::M(map) => drop_nulls(map),
        AttributeValue::L(list) => list.iter_mut().for_each(drop_nested_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::id::{CompanyId, HostId, ObjectId};
    use domain::ledger::{Object, ObjectKind};
    use domain::link::{LinkKey, ListKind};
    use domain::posting::{
        InFlight, Lease, PlannedLink, Posted, Posting, PostingKey, Search, State, Wish,
    };
    use domain::reason::Reason;
    use domain::record::Record;
    use jiff::Timestamp;

    use super::*;

    fn tenant() -> TenantId {
        TenantId::parse("acme").unwrap()
    }

    fn object_id(id: &str) -> ObjectId {
        ObjectId::parse(id).unwrap()
    }

    fn company() -> CompanyId {
        CompanyId::parse("4620").unwrap()
    }

    fn invoice() -> Object {
        Object {
            kind: ObjectKind::Invoice,
            company: company(),
            id: object_id("145"),
            sync_token: "0".to_owned(),
            doc_number: Some("B-1042".to_owned()),
            date: Some("2026-02-28".parse().unwrap()),
            total: Some("125.00".parse().unwrap()),
            balance: None,
            unapplied: None,
            party: Some(object_id("58")),
            removal: None,
            line_ids: vec!["1".to_owned()],
            content: String::new(),
            trace: None,
            edits: Vec::new(),
        }
    }

    /// A posting with everything in it.
    fn posting() -> Posting {
        let at: Timestamp = "2026-03-01T08:00:00.123456789Z".parse().unwrap();
        let record: Record = serde_json::from_str(
            r#"{"kind":"bill","version":18446744073709551615,"agent":{"id":"A1","name":"Ann","email":null},
            "number":null,"issued_on":"2026-02-28","due_on":null,"closed_on":"2026-02-27","currency":"USD",
            "memo":"","lines":[{"item":{"id":"I1","name":"Fee"},"description":null,"quantity":"0.33333",
            "unit_price":"99999999999.99","amount":"0.01"}],"payment":null}"#,
        )
        .unwrap();
        let in_flight = InFlight {
            step: "create_customer:A1".to_owned(),
            version: 3,
            company: company(),
            object_kind: ObjectKind::Customer,
            target: Some(invoice()),
            link: Some(PlannedLink {
                key: LinkKey::new(ListKind::Customer, HostId::parse("A1").unwrap()),
                name: "Ann".to_owned(),
            }),
            search: Some(Search { party: Some(object_id("58")), marker: "m".to_owned() }),
            content: "c".to_owned(),
            sent: None,
            edits: Vec::new(),
            sent_at: at,
            last_sent_at: at,
            request: r#"{"DisplayName":"Ann"}"#.to_owned(),
            batch: None,
        };
        let key = PostingKey::parse("agent_billing#bill#B1").unwrap();
        Posting {
            revision: 7,
            record: Some(record),
            posted: Some(Posted {
                version: 2,
                fingerprint: "f".to_owned(),
                record: "r".to_owned(),
                at,
            }),
            objects: vec![invoice()],
            in_flight: Some(in_flight),
            lease: Some(Lease { owner: "o".to_owned(), until: at }),
            reason: Some(Reason::busy()),
            warnings: vec![Reason::busy()],
            awaited: true,
            ..Posting::new(key, State::Posting, at)
        }
    }

    /// The income posting of a disbursement, which also knows the payees.
    fn disbursement() -> Posting {
        let record: Record = serde_json::from_str(
            r#"{"kind":"disbursement","version":3,"number":"D-1042","transaction":{"id":"T-77",
            "address":"12 Elm Street","closed_on":"2026-05-01","sale_price":null},"currency":"USD",
            "gross_commission":"15000.00","payer":{"id":"ESC-1","name":"First Title","email":null},
            "shares":[{"role":"agent","payee":{"id":"A1","name":"Ann","email":null},"description":null,
            "amount":"15000.00","withheld":[{"kind":"fee","name":"Fee","amount":"0.01","synced":true}],
            "synced":false,"number":null,"item":null,"account":"79"}],"percent_complete":"99.5",
            "status":"approved","memo":null}"#,
        )
        .unwrap();
        let key = PostingKey::income(HostId::parse("D1").unwrap());
        let mut posting = Posting::new(key, State::Held, Timestamp::UNIX_EPOCH);
        posting.take_record(&record, &[], Wish::EVENT);
        assert!(!posting.payees.is_empty() && posting.fans_out);
        posting
    }

    fn stored(posting: &Posting) -> Item {
        encode(posting, Key::posting(&tenant(), &posting.key))
    }

    #[test]
    fn a_posting_comes_back_exactly_as_it_was_stored() {
        let id = |text| HostId::parse(text).unwrap();
        let expense = Posting {
            key: PostingKey::expense(id("D1"), id("A1")),
            payees: BTreeSet::new(),
            ..disbursement()
        };
        for posting in [posting(), disbursement(), expense] {
            let item = stored(&posting);
            assert_eq!(decode::<Posting>(item, &tenant(), 1).unwrap(), posting);
        }
        let bare = Posting::new(posting().key, State::Expected, Timestamp::UNIX_EPOCH);
        let item = stored(&bare);
        assert!(!item.contains_key("record"), "what is absent is not stored: {item:?}");
        assert_eq!(decode::<Posting>(item, &tenant(), 1).unwrap(), bare);
    }

    #[test]
    fn a_posting_of_the_first_release_is_read() {
        // Then a document had a customer, and nobody's wish was stored.
        let customer = |value: &mut AttributeValue| {
            let AttributeValue::M(object) = value else { panic!("a struct") };
            let party = object.remove("party").unwrap();
            object.insert("customer".to_owned(), party);
        };
        let mut item = stored(&posting());
        for name in ["wish", "payees", "fans_out"] {
            item.remove(name).unwrap();
        }
        let Some(AttributeValue::L(objects)) = item.get_mut("objects") else { panic!("a list") };
        objects.iter_mut().for_each(customer);
        let Some(AttributeValue::M(step)) = item.get_mut("in_flight") else { panic!("a struct") };
        for name in ["target", "search"] {
            customer(step.get_mut(name).unwrap());
        }
        assert_eq!(decode::<Posting>(item, &tenant(), 1).unwrap(), posting());
    }

    #[test]
    fn what_is_not_ours_or_not_understood_is_refused() {
        let with = |name: &str, value| {
            let mut item = stored(&posting());
            item.insert(name.to_owned(), value);
            decode::<Posting>(item, &tenant(), 1)
        };
        assert!(matches!(with("pk", text("T#other")), Err(Error::Foreign { .. })));
        assert!(matches!(with("state", text("dancing")), Err(Error::Corrupt { .. })));
        assert!(matches!(with("schema", text("1")), Err(Error::Corrupt { .. })));
        // A newer item is recognised before its other attributes are looked at.
        let mut newer = key_item(Key::settings(&tenant()));
        newer.insert(SCHEMA.to_owned(), number(2));
        let newer = decode::<Posting>(newer, &tenant(), 1);
        assert!(matches!(newer, Err(Error::FromTheFuture { schema: 2, .. })), "{newer:?}");
    }
}
