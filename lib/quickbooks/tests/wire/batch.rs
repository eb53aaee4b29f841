//! Batches: what goes out, and what comes back whole, in part or not at all.

use quickbooks::entity::{Customer, Vendor};
use quickbooks::{Batch, BatchAnswer, Class, ItemId, RequestId, Uncertainty, Write};

use crate::server::{Answer, Server, access, json};

fn id(text: &str) -> ItemId {
    ItemId::new(text).unwrap()
}

fn writes() -> [Write; 2] {
    let alone = |id| RequestId::new(id).unwrap();
    [
        Write::create(alone("own-1"), &Customer::named("A")),
        Write::create(alone("own-2"), &Vendor::named("B")),
    ]
}

fn batch(writes: &[Write]) -> Batch {
    let ids: Vec<ItemId> = (1..=writes.len()).map(|number| id(&number.to_string())).collect();
    let request_id = RequestId::new("123e4567-e89b-12d3-a456-426614174000").unwrap();
    Batch::new(request_id, ids.iter().zip(writes)).unwrap()
}

const ANSWER: &str = r#"{"BatchItemResponse":[
    {"bId":"2","Fault":{"Error":[{"Message":"m","Detail":"d","code":"6240"}],"type":"ValidationFault"}},
    {"bId":"1","Customer":{"Id":"58","SyncToken":"0","Balance":1234567890123.45}}],"time":""}"#;

#[tokio::test]
async fn a_stored_batch_is_sent_again_byte_for_byte_under_its_request_id() {
    let server =
        Server::start(vec![Answer::Break(Vec::new()), Answer::Send(json("200 OK", ANSWER))]);
    let (client, writes) = (server.client(), writes());
    let batch = batch(&writes);
    let lost = client.batch(&access(), &batch).await.unwrap_err();
    assert_eq!(lost.class(), Class::Uncertain);
    let stored: Batch = serde_json::from_str(&serde_json::to_string(&batch).unwrap()).unwrap();
    let answer = client.batch(&access(), &stored).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2, "nothing is repeated behind the caller's back");
    assert_eq!((&seen[0].line, &seen[0].body), (&seen[1].line, &seen[1].body));
    let line = &seen[0].line;
    assert!(line.starts_with("POST /v3/company/9341/batch?minorversion="), "{line}");
    assert!(line.contains("requestid=123e4567-e89b-12d3-a456-426614174000"), "{line}");
    assert!(!seen[0].body.contains("own-1"), "{}", seen[0].body);

    let kept: BatchAnswer = serde_json::from_str(&serde_json::to_string(&answer).unwrap()).unwrap();
    let customer = kept.of(&id("1"), &writes[0]).unwrap();
    assert_eq!(customer.json["Balance"].to_string(), "1234567890123.45");
    assert_eq!(kept.of(&id("2"), &writes[1]).unwrap_err().class(), Class::DuplicateName);
}

#[tokio::test]
async fn what_is_wrong_with_a_batch_as_a_whole_is_told_apart_from_its_items() {
    let fault =
        |code: &str| format!(r#"{{"Fault":{{"Error":[{{"Message":"m","code":"{code}"}}]}}}}"#);
    for (status, body, class) in [
        ("429 Too Many Requests", fault("3001"), Class::Throttled { retry_after: None }),
        ("401 Unauthorized", fault("3200"), Class::TokenExpired),
        ("400 Bad Request", fault("1040"), Class::Rejected),
        ("500 Internal Server Error", "<html>".to_owned(), Class::Uncertain),
        ("200 OK", "{}".to_owned(), Class::Uncertain),
        ("200 OK", r#"{"BatchItemResponse":[{"bId":"1""#.to_owned(), Class::Uncertain),
    ] {
        let server = Server::start(vec![Answer::Send(json(status, &body))]);
        let error = server.client().batch(&access(), &batch(&writes())).await.unwrap_err();
        assert_eq!(error.class(), class, "{status} {body}");
    }
    let server =
        Server::start(vec![Answer::Send(json("200 OK", r#"{"BatchItemResponse":[{"bId":"9"}]}"#))]);
    let answer = server.client().batch(&access(), &batch(&writes())).await.unwrap();
    let missing = answer.of(&id("1"), &writes()[0]).unwrap_err();
    assert!(
        matches!(missing, quickbooks::Error::Uncertain { why: Uncertainty::BadAnswer, .. }),
        "{missing}"
    );
}
