//! The table's stream: every write of an item, in order within a tenant, as Lambda hands it over.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-sample-dynamodb>

use std::collections::HashMap;

use domain::event::{Happened, Origin};
use domain::id::TenantId;
use domain::meter::Ladder;
use jiff::Timestamp;
use serde::Deserialize;

use crate::table::{Error, Images, LADDER, Thing, ladder_of, tenant_of_key, told};

/// One write of one item.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    /// The stream.
    #[serde(rename = "eventSourceARN")]
    source: String,
    dynamodb: Write,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Write {
    /// Seconds since 1970.
    approximate_creation_date_time: Option<serde_json::Number>,
    #[serde(default)]
    keys: HashMap<String, Attribute>,
    sequence_number: String,
    old_image: Option<HashMap<String, Attribute>>,
    new_image: Option<HashMap<String, Attribute>>,
}

type Attribute = serde_dynamo::AttributeValue;

/// A write that people are told of.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Whose.
    pub tenant: TenantId,
    /// Which write.
    pub origin: Origin,
    /// When, to the second.
    pub at: Timestamp,
    /// What it tells.
    pub happened: Happened,
    /// About what.
    pub thing: Thing,
}

/// A write of an item that this version cannot read.
#[derive(Debug)]
pub struct Unreadable {
    /// The item's partition.
    pub partition: String,
    /// Which write.
    pub origin: Origin,
    /// Why.
    pub error: Error,
}

impl Record {
    /// Its number in the stream, by which a failure is reported.
    pub fn number(&self) -> &str {
        &self.dynamodb.sequence_number
    }

    /// The ladder that it stores, and the one that was there before; none for most writes.
    pub fn ladder(&self) -> Option<Result<(Ladder, Option<Ladder>), Error>> {
        let is_ladder =
            matches!(self.dynamodb.keys.get("sk"), Some(Attribute::S(sk)) if sk == LADDER);
        let new = image(self.dynamodb.new_image.clone()).filter(|_| is_ladder)?;
        // What it was before is of less importance.
        let old = image(self.dynamodb.old_image.clone()).and_then(|old| ladder_of(old).ok());
        Some(ladder_of(new).map(|new| (new, old)))
    }

    /// What it tells about a tenant; nothing for most writes.
    pub fn read(self) -> Result<Option<Change>, Box<Unreadable>> {
        let key = |name: &str| match self.dynamodb.keys.get(name) {
            Some(Attribute::S(text)) => text.clone(),
            _ => String::new(),
        };
        let (partition, item) = (key("pk"), key("sk"));
        // What belongs to no tenant is told to nobody.
        let Some(tenant) = tenant_of_key(&partition) else { return Ok(None) };
        let write = self.dynamodb;
        let origin = Origin { stream: self.source, number: write.sequence_number, item };
        let images = Images { old: image(write.old_image), new: image(write.new_image) };
        match told(&tenant, &origin.item, images) {
            Ok(told) => Ok(told.map(|(happened, thing)| Change {
                tenant,
                origin,
                at: seconds(write.approximate_creation_date_time),
                happened,
                thing,
            })),
            Err(error) => Err(Box::new(Unreadable { partition, origin, error })),
        }
    }
}

fn image(
    image: Option<HashMap<String, Attribute>>,
) -> Option<HashMap<String, aws_sdk_dynamodb::types::AttributeValue>> {
    Some(image?.into_iter().map(|(name, value)| (name, value.into())).collect())
}

/// AWS writes whole seconds, others add a fraction.
fn seconds(number: Option<serde_json::Number>) -> Timestamp {
    let text = number.map(|number| number.to_string()).unwrap_or_default();
    let whole = text.split('.').next().unwrap_or_default().parse();
    Timestamp::from_second(whole.unwrap_or_default()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use domain::connection::Status;
    use serde_json::{Value, json};

    use super::*;

    fn connection(status: &str) -> Value {
        json!({
            "pk": {"S": "T#acme"}, "sk": {"S": "CONNECTION"}, "schema": {"N": "1"}, "status": {"S": status},
            "company": {"M": {"id": {"S": "4620"}, "name": {"S": "Craig's Design"}, "country": {"S": "US"},
                "currency": {"S": "USD"}, "multicurrency": {"BOOL": false}, "books": {"M": {}}}},
            "connected_at": {"S": "2026-03-01T08:00:00Z"}, "token_generation": {"N": "1"},
            "refresh_expires_at": {"S": "2026-06-09T08:00:00Z"}, "wake_pending": {"BOOL": false},
        })
    }

    fn link() -> Value {
        json!({
            "pk": {"S": "T#acme"}, "sk": {"S": "LINK#4620#customer#A1"}, "schema": {"N": "1"},
            "key": {"M": {"kind": {"S": "customer"}, "host_id": {"S": "A1"}}}, "company": {"S": "4620"},
            "object_id": {"S": "58"}, "name": {"S": "Ann Agent"}, "origin": {"S": "created"},
        })
    }

    fn record(pk: &str, sk: &str, images: &Value) -> Record {
        let mut write = json!({
            "ApproximateCreationDateTime": 1_772_352_000,
            "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
            "SequenceNumber": "4421584500000000017450439091",
            "SizeBytes": 26,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        });
        for (name, image) in images.as_object().unwrap() {
            write[name] = image.clone();
        }
        serde_json::from_value(json!({
            "eventID": "c4ca4238a0b923820dcc509a6f75849b", "eventName": "MODIFY", "eventVersion": "1.1",
            "eventSource": "aws:dynamodb", "awsRegion": "us-east-1", "dynamodb": write,
            "eventSourceARN": "arn:aws:dynamodb:us-east-1:1:table/t/stream/2026-03-01T00:00:00.000",
        }))
        .unwrap()
    }

    #[test]
    fn a_write_tells_what_it_changed() {
        let images =
            json!({"OldImage": connection("connected"), "NewImage": connection("disconnected")});
        let change = record("T#acme", "CONNECTION", &images).read().unwrap().unwrap();
        assert_eq!(change.tenant.as_str(), "acme");
        assert_eq!(change.origin.number, "4421584500000000017450439091");
        assert_eq!(change.at.to_string(), "2026-03-01T08:00:00Z");
        assert_eq!(change.happened.kind.as_str(), "connection.disconnected");
        let Thing::Connection(connection) = change.thing else { panic!("a connection") };
        assert_eq!(connection.status, Status::Disconnected);
    }

    #[test]
    fn a_link_that_is_taken_away_is_shown_as_it_was() {
        let key = "LINK#4620#customer#A1";
        for (images, kind) in [
            (json!({"NewImage": link()}), "link.created"),
            (json!({"OldImage": link()}), "link.removed"),
        ] {
            let change = record("T#acme", key, &images).read().unwrap().unwrap();
            assert_eq!(change.happened.kind.as_str(), kind);
            let Thing::Link(link) = change.thing else { panic!("a link") };
            assert_eq!(link.object_id.as_str(), "58");
        }
    }

    #[test]
    fn what_nobody_is_told_of_is_left_alone_whatever_is_in_it() {
        let odd = json!({"NewImage": {"schema": {"N": "99"}}});
        for (pk, sk) in [
            ("T#acme", "EVENT#00000000000000000001"),
            ("T#acme", "EVENTS"),
            ("T#acme", "SETTINGS"),
            ("T#acme", "HISTORY#2026-03-01T08:00:00.000000Z#x"),
            ("C#4620", "CLAIM"),
            ("", ""),
        ] {
            assert!(record(pk, sk, &odd).read().unwrap().is_none(), "{pk} {sk}");
        }
        let gone = json!({"OldImage": connection("connected")});
        assert!(record("T#acme", "CONNECTION", &gone).read().unwrap().is_none());
    }

    #[test]
    fn a_ladder_is_told_with_what_it_was_before_and_is_no_tenants() {
        let ladder = |step: &str| {
            json!({
                "pk": {"S": "METER#2026-03"}, "sk": {"S": "LADDER"}, "schema": {"N": "1"}, "revision": {"N": "1"},
                "month": {"S": "2026-03"}, "step": {"S": step}, "since": {"S": "2026-03-20T00:00:00Z"},
                "warned": {"S": step}, "usage": {"M": {"used": {"N": "1"}, "forecast": {"N": "2"}, "allowance": {"N": "2"}}},
            })
        };
        let images = json!({"OldImage": ladder("half"), "NewImage": ladder("only_asked")});
        let written = record("METER#2026-03", "LADDER", &images);
        let (new, old) = written.ladder().unwrap().unwrap();
        assert_eq!(new.warnings(old.as_ref()).len(), 2);
        assert!(written.read().unwrap().is_none());
        let gone = record("METER#2026-03", "LADDER", &json!({"OldImage": ladder("half")}));
        assert!(gone.ladder().is_none());
        let newer = json!({"NewImage": {"schema": {"N": "99"}}});
        let newer = record("METER#2026-03", "LADDER", &newer).ladder();
        assert!(matches!(newer, Some(Err(Error::FromTheFuture { .. }))));
        let other = json!({"NewImage": connection("connected")});
        assert!(record("T#acme", "CONNECTION", &other).ladder().is_none());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let future = json!({"NewImage": {"pk": {"S": "T#acme"}, "schema": {"N": "99"}}});
        let unreadable = record("T#acme", "CONNECTION", &future).read().unwrap_err();
        assert_eq!(unreadable.partition, "T#acme");
        assert_eq!(unreadable.origin.item, "CONNECTION");
        assert!(matches!(unreadable.error, Error::FromTheFuture { schema: 99, .. }));
        // What it was before is of less importance.
        let images = json!({"OldImage": future["NewImage"], "NewImage": connection("connected")});
        assert!(record("T#acme", "CONNECTION", &images).read().unwrap().is_some());
    }
}
