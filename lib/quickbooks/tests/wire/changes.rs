//! Asking what changed: what goes out, and what a refusal looks like.

use jiff::Timestamp;
use quickbooks::entity::{Bill, BillPayment};
use quickbooks::{Change, Class, EntityKind, Error, Field, Op, Query};

use crate::server::{Answer, Server, access, json};

const KINDS: [EntityKind; 2] = [EntityKind::BillPayment, EntityKind::Bill];

fn since() -> Timestamp {
    "2026-05-05T02:06:31.987-07:00".parse().unwrap()
}

async fn refusal(status: &str, body: &str) -> Error {
    let server = Server::start(vec![Answer::Send(json(status, body))]);
    server.client().changes(&access(), &KINDS, since()).await.unwrap_err()
}

#[tokio::test]
async fn a_question_names_entities_and_moment_and_its_answer_the_next_one() {
    let body = r#"{"CDCResponse":[{"QueryResponse":[{"Bill":[{"status":"Deleted","domain":"QBO","Id":"25",
        "MetaData":{"LastUpdatedTime":"2026-05-05T02:10:00-07:00"}}],"startPosition":1,"maxResults":1,"totalCount":1},
        {}]}],"time":"2026-05-05T03:11:46.211-07:00"}"#;
    let server = Server::start(vec![Answer::Send(json("200 OK", body))]);
    let changes = server.client().changes(&access(), &KINDS, since()).await.unwrap();
    assert_eq!(changes.time, "2026-05-05T10:11:46.211Z".parse().unwrap());
    assert_eq!(changes.objects, 1);
    assert_eq!(changes.of::<BillPayment>().unwrap(), []);
    assert!(
        matches!(&changes.of::<Bill>().unwrap()[..], [Change::Deleted { id, .. }] if id.as_str() == "25")
    );
    assert_eq!(
        server.seen()[0].line,
        "GET /v3/company/9341/cdc?entities=BillPayment%2CBill&changedSince=2026-05-05T09%3A06%3A31Z\
         &minorversion=75 HTTP/1.1"
    );
}

#[tokio::test]
async fn a_refusal_is_found_wherever_it_stands_in_the_answer() {
    let fault = |code: &str| {
        format!(
            r#"{{"Fault":{{"Error":[{{"Message":"m","code":"{code}"}}],"type":"ValidationFault"}}}}"#
        )
    };
    let within = |fault: &str| {
        format!(r#"{{"CDCResponse":[{{"QueryResponse":[{{}},{fault}]}}],"time":""}}"#)
    };
    let throttled = Class::Throttled { retry_after: None };
    assert_eq!(refusal("200 OK", &within(&fault("3001"))).await.class(), throttled);
    let past = refusal("200 OK", &format!(r#"{{"CDCResponse":[{}]}}"#, fault("4001"))).await;
    assert!(past.is_too_long_ago(), "{past}");
    let past = refusal("400 Bad Request", &fault("4001")).await;
    assert!(past.is_too_long_ago(), "{past}");
    let down = refusal("503 Service Unavailable", "<html>").await;
    assert_eq!((down.class(), down.is_too_long_ago()), (Class::Unavailable, false));
    let cut = refusal("200 OK", r#"{"CDCResponse":["#).await;
    assert!(matches!(cut, Error::Unreadable { .. }), "{cut}");
    let timeless = refusal("200 OK", r#"{"CDCResponse":[]}"#).await;
    assert!(matches!(timeless, Error::Unreadable { .. }), "{timeless}");
}

#[tokio::test]
async fn a_page_of_a_query_tells_when_it_was_answered() {
    let body = r#"{"QueryResponse":{},"time":"2026-05-05T03:11:46.211-07:00"}"#;
    let server = Server::start(vec![Answer::Send(json("200 OK", body))]);
    let query = Query::<BillPayment>::new().filter(Field::UPDATED, Op::Ge, since());
    let page = server.client().query(&access(), &query).await.unwrap();
    assert_eq!(page.time, Some("2026-05-05T10:11:46.211Z".parse().unwrap()));
}
