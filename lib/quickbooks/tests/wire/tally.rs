//! What calls count as: for the bill, for the limits, or for nothing.

use std::cell::RefCell;
use std::net::TcpListener;
use std::time::Duration;

use jiff::Timestamp;
use quickbooks::entity::Customer;
use quickbooks::{EntityKind, Field, Made, ObjectId, Query, RefreshToken, RequestId, Write};
use url::Url;

use crate::oauth::{GRANT, app};
use crate::server::{Answer, Server, access, client_of, json};

thread_local! {
    static MADE: RefCell<Vec<Made>> = const { RefCell::new(Vec::new()) };
}

fn count(made: Made) {
    MADE.with_borrow_mut(|all| all.push(made));
}

fn counted() -> Vec<Made> {
    MADE.take()
}

fn api(metered: bool, throttled: bool) -> Made {
    Made::Api { metered, throttled }
}

fn named(name: &str) -> Write {
    Write::create(RequestId::new("bill-1042-1").unwrap(), &Customer::named(name))
}

#[tokio::test]
async fn what_reads_is_metered_and_what_writes_is_not_whatever_becomes_of_it() {
    let customer = r#"{"Customer":{"Id":"58","SyncToken":"0","DisplayName":"A"},"time":""}"#;
    let throttled = r#"{"Fault":{"Error":[{"Message":"m","code":"3001"}],"type":"THROTTLED"}}"#;
    let changes = r#"{"CDCResponse":[],"time":"2026-03-01T08:00:00.000-08:00"}"#;
    let server = Server::start(vec![
        Answer::Send(json("200 OK", customer)),
        Answer::Send(json("200 OK", customer)),
        Answer::Send(json("200 OK", r#"{"QueryResponse":{}}"#)),
        Answer::Send(json("200 OK", r#"{"QueryResponse":{}}"#)),
        Answer::Send(json("200 OK", changes)),
        Answer::Send(json("429 Too Many Requests", throttled)),
        Answer::Send(json("429 Too Many Requests", throttled)),
        Answer::Send(json("200 OK", GRANT)),
        Answer::Break(Vec::new()),
    ]);
    let client = server.client().counted_by(count);
    client.write(&access(), &named("A")).await.unwrap();
    client.read::<Customer>(&access(), &ObjectId::new("58")).await.unwrap();
    let short = Query::<Customer>::new().one_of(Field::ID, ["58"]);
    client.query(&access(), &short).await.unwrap();
    let ids: Vec<String> = (0..600).map(|id| id.to_string()).collect();
    let long = Query::<Customer>::new().one_of(Field::ID, ids);
    client.query(&access(), &long).await.unwrap();
    client.changes(&access(), &[EntityKind::Bill], Timestamp::UNIX_EPOCH).await.unwrap();
    client.write(&access(), &named("A")).await.unwrap_err();
    client.read::<Customer>(&access(), &ObjectId::new("58")).await.unwrap_err();
    client.refresh(&app(), &RefreshToken::new("r")).await.unwrap();
    client.read::<Customer>(&access(), &ObjectId::new("58")).await.unwrap_err();
    assert_eq!(
        counted(),
        [
            api(false, false),
            api(true, false),
            api(true, false),
            api(true, false),
            api(true, false),
            api(false, true),
            api(true, true),
            Made::Token,
            api(true, false),
        ]
    );
}

#[tokio::test]
async fn what_never_left_counts_as_nothing() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = Url::parse(&format!("http://{closed}")).unwrap();
    let client = client_of(&url, Duration::from_secs(10)).counted_by(count);
    client.write(&access(), &named("A")).await.unwrap_err();
    client.refresh(&app(), &RefreshToken::new("r")).await.unwrap_err();
    assert_eq!(counted(), []);
}
