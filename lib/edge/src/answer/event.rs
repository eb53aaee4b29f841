//! What an event is about, as the calls show it that ask for the same.

use aws::table::Thing;
use domain::id::CompanyId;
use jiff::Timestamp;
use quickbooks::Endpoints;
use serde::Serialize;
use sync::connection::View;

use super::issued;
use crate::routes::{connection, links, postings};

/// What an event is about: one of these, named by the first part of its type.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "EventData"))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Data<'a> {
    /// A posting.
    Posting(Box<postings::Entry<'a>>),
    /// The connection.
    Connection(Box<connection::Status<'a>>),
    /// A link.
    Link(Box<links::View<'a>>),
    /// An issued payment.
    IssuedPayment(Box<issued::View<'a>>),
}

/// What an event is about as it is shown while `company` is connected: one JSON object.
pub(crate) fn data(
    thing: &Thing,
    company: Option<&CompanyId>,
    endpoints: &Endpoints,
    now: Timestamp,
) -> String {
    let connected;
    let data = match thing {
        Thing::Posting(posting) => {
            Data::Posting(Box::new(postings::entry(posting, endpoints, company)))
        }
        Thing::Connection(connection) => {
            connected = View { connection: Some((**connection).clone()), now };
            Data::Connection(Box::new(connection::status(&connected)))
        }
        Thing::Link(link) => Data::Link(Box::new(links::view(link))),
        Thing::IssuedPayment(payment) => {
            Data::IssuedPayment(Box::new(issued::view(payment, endpoints)))
        }
    };
    serde_json::to_string(&data).expect("our own types have string keys only and serialize")
}

#[cfg(test)]
mod tests {
    use domain::id::HostId;
    use domain::link::{Link, LinkKey, ListKind, Origin};
    use domain::posting::{Posting, PostingKey, State};
    use serde_json::{Value, json};

    use super::*;
    use crate::openapi::words;

    fn shown(thing: &Thing) -> Value {
        let endpoints = Endpoints::production();
        serde_json::from_str(&data(thing, None, &endpoints, Timestamp::UNIX_EPOCH)).unwrap()
    }

    #[test]
    fn a_thing_is_shown_as_the_calls_show_it() {
        let host = |id: &str| HostId::parse(id).unwrap();
        let posting = Posting::new(
            PostingKey::expense(host("D-1"), host("A1")),
            State::Held,
            Timestamp::UNIX_EPOCH,
        );
        let expected = json!({"posting": {
            "kind": "disbursement", "id": "D-1", "workflow": "agent_expense", "payee": "A1",
            "since": "1970-01-01T00:00:00Z", "state": "held", "objects": [], "attempts": 0,
            "updated_at": "1970-01-01T00:00:00Z",
        }});
        assert_eq!(shown(&Thing::Posting(Box::new(posting))), expected);
        let link: Link = serde_json::from_value(json!({
            "schema": 1, "key": LinkKey::new(ListKind::Customer, host("A1")), "company": "4620",
            "object_id": "58", "name": "Ann Agent", "origin": Origin::Created,
            "problem": {"what": "inactive"},
        }))
        .unwrap();
        let shown_link = shown(&Thing::Link(Box::new(link)));
        assert_eq!(shown_link["link"]["host_id"], "A1");
        assert_eq!(shown_link["link"]["object_id"], "58");
        assert_eq!(shown_link["link"]["problem"]["code"], "link_unusable");
        let connection = words::example_connection();
        let shown_connection = shown(&Thing::Connection(Box::new(connection)));
        assert_eq!(shown_connection["connection"]["status"], "connected");
        assert_eq!(shown_connection["connection"]["company"]["id"], "9341457021722202");
        assert!(!shown_connection.to_string().contains("token"), "{shown_connection}");
    }
}
