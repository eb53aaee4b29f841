//! What the connection tells about the books: sent or not, answered or not.

use std::net::TcpListener;
use std::time::Duration;

use crate::server::{Answer, Server, access, client_of, json};
use quickbooks::entity::Customer;
use quickbooks::{Class, Client, Error, Field, ObjectId, Query, RequestId, Uncertainty, Write};
use url::Url;

const CUSTOMER: &str = r#"{"Customer":{"Id":"58","SyncToken":"0","DisplayName":"A"},"time":""}"#;

fn write() -> Write {
    Write::create(RequestId::new("bill-1042-1").unwrap(), &Customer::named("A"))
}

async fn write_error(client: &Client) -> Error {
    client.write(&access(), &write()).await.unwrap_err()
}

async fn read_error(client: &Client) -> Error {
    client.read::<Customer>(&access(), &ObjectId::new("58")).await.unwrap_err()
}

fn uncertainty(error: &Error) -> Option<Uncertainty> {
    match error {
        Error::Uncertain { why, .. } => Some(*why),
        _ => None,
    }
}

#[tokio::test]
async fn a_refused_connection_means_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client =
        client_of(&Url::parse(&format!("http://{address}")).unwrap(), Duration::from_secs(10));
    let error = write_error(&client).await;
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert_eq!(error.class(), Class::Unavailable);
}

#[tokio::test]
async fn a_failed_handshake_means_that_nothing_was_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("https://{}", closed.local_addr().unwrap())).unwrap();
    let hang_up = std::thread::spawn(move || drop(closed.accept()));
    let error = write_error(&client_of(&url, Duration::from_secs(10))).await;
    hang_up.join().unwrap();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_leaves_a_write_uncertain() {
    let server = Server::start(vec![Answer::Break(Vec::new()), Answer::Break(Vec::new())]);
    let client = server.client();
    let error = write_error(&client).await;
    assert_eq!(uncertainty(&error), Some(Uncertainty::ConnectionLost), "{error:?}");
    assert_eq!(error.class(), Class::Uncertain);
    let error = read_error(&client).await;
    assert!(matches!(error, Error::Unanswered { .. }), "{error:?}");
    assert_eq!(error.class(), Class::Unavailable);
}

#[tokio::test]
async fn a_connection_that_breaks_within_the_answer_leaves_a_write_uncertain() {
    let mut cut = json("200 OK", CUSTOMER);
    cut.truncate(cut.len() - 10);
    let server = Server::start(vec![Answer::Break(cut.clone()), Answer::Break(cut)]);
    let error = write_error(&server.client()).await;
    assert_eq!(uncertainty(&error), Some(Uncertainty::ConnectionLost), "{error:?}");
    assert_eq!(error.intuit_tid(), Some("1-test"));
    assert!(matches!(read_error(&server.client()).await, Error::Unanswered { .. }));
}

#[tokio::test]
async fn no_answer_in_time_leaves_a_write_uncertain() {
    let server = Server::start(vec![Answer::Silence, Answer::Silence]);
    let client = client_of(&server.url, Duration::from_millis(200));
    let error = write_error(&client).await;
    assert_eq!(uncertainty(&error), Some(Uncertainty::TimedOut), "{error:?}");
    assert!(matches!(read_error(&client).await, Error::Unanswered { .. }));
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_the_end() {
    let filler = format!("{{\"Customer\":\"{}\"}}", "x".repeat(17 * 1024 * 1024));
    let huge = json("200 OK", &filler);
    let server = Server::start(vec![Answer::Break(huge.clone()), Answer::Break(huge)]);
    assert_eq!(uncertainty(&write_error(&server.client()).await), Some(Uncertainty::BadAnswer));
    assert!(matches!(read_error(&server.client()).await, Error::Unreadable { .. }));
}

#[tokio::test]
async fn a_compressed_answer_is_understood() {
    // gzip of {"Customer":{"Id":"58","SyncToken":"0","DisplayName":"Søn"},"time":""}
    const ZIPPED: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 114, 46, 45, 46, 201, 207, 77, 45, 82, 178, 170,
        86, 242, 76, 81, 178, 82, 50, 181, 80, 210, 81, 10, 174, 204, 75, 14, 201, 207, 78, 205, 3,
        10, 24, 0, 249, 46, 153, 197, 5, 57, 137, 149, 126, 137, 185, 169, 64, 145, 224, 195, 59,
        242, 148, 106, 117, 148, 74, 50, 193, 92, 165, 90, 0, 189, 233, 169, 133, 71, 0, 0, 0,
    ];
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-type: application/json\r\n";
    let mut answer = format!("{head}content-length: {}\r\n\r\n", ZIPPED.len()).into_bytes();
    answer.extend_from_slice(ZIPPED);
    let server = Server::start(vec![Answer::Send(answer)]);
    let customer: Customer = server.client().read(&access(), &ObjectId::new("58")).await.unwrap();
    assert_eq!(customer.display_name.as_deref(), Some("Søn"));
    assert!(server.seen()[0].head.contains("accept-encoding: gzip"));
}

#[tokio::test]
async fn a_redirect_does_not_get_the_token() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let location = format!("http://{}/v3", elsewhere.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    );
    let server = Server::start(vec![Answer::Send(answer.into_bytes())]);
    let error = write_error(&server.client()).await;
    assert_eq!(error.class(), Class::Uncertain);
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err());
}

#[tokio::test]
async fn a_stored_write_is_replayed_byte_for_byte_on_the_same_connection() {
    let answer = || Answer::Send(json("200 OK", CUSTOMER));
    let server = Server::start(vec![answer(), answer()]);
    let client = server.client();
    let stored = serde_json::to_string(&write()).unwrap();
    let object = client.write(&access(), &write()).await.unwrap();
    assert_eq!((object.id.as_str(), object.sync_token.as_str()), ("58", "0"));
    let loaded: Write = serde_json::from_str(&stored).unwrap();
    assert_eq!(client.clone().write(&access(), &loaded).await.unwrap(), object);

    let seen = server.seen();
    assert_eq!(
        seen[0].line,
        "POST /v3/company/9341/customer?minorversion=75&requestid=bill-1042-1 HTTP/1.1"
    );
    assert_eq!(seen[0].body, r#"{"DisplayName":"A"}"#);
    assert!(seen[0].head.contains("user-agent: ledgerbridge/"), "{}", seen[0].head);
    assert_eq!(
        (&seen[0].line, &seen[0].head, &seen[0].body),
        (&seen[1].line, &seen[1].head, &seen[1].body)
    );
    assert_eq!((seen[0].connection, seen[1].connection), (0, 0));
}

#[tokio::test]
async fn a_statement_goes_by_post_when_it_is_long() {
    let empty = || Answer::Send(json("200 OK", r#"{"QueryResponse":{},"time":""}"#));
    let server = Server::start(vec![empty(), empty()]);
    let client = server.client();
    let short = Query::<Customer>::new().one_of(Field::ID, ["1"]);
    let long = Query::<Customer>::new().one_of(Field::ID, (0..500).map(|id| id.to_string()));
    for query in [&short, &long] {
        assert_eq!(client.query(&access(), query).await.unwrap().objects, []);
    }
    let none = Query::<Customer>::new().one_of(Field::ID, Vec::<String>::new());
    assert_eq!(client.query(&access(), &none).await.unwrap().objects, []);

    let seen = server.seen();
    assert_eq!(seen.len(), 2, "a query that cannot match asks nobody");
    assert!(
        seen[0].line.starts_with("GET /v3/company/9341/query?query=SELECT%20"),
        "{}",
        seen[0].line
    );
    assert_eq!(seen[1].line, "POST /v3/company/9341/query?minorversion=75 HTTP/1.1");
    assert!(seen[1].head.contains("content-type: application/text"));
    assert_eq!(seen[1].body, long.statement());
}

#[tokio::test]
async fn a_throttle_hands_on_the_wait_it_names() {
    let answer =
        b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 17\r\ncontent-length: 0\r\n\r\n".to_vec();
    let server = Server::start(vec![Answer::Send(answer)]);
    assert_eq!(
        write_error(&server.client()).await.class(),
        Class::Throttled { retry_after: Some(17) }
    );
}
