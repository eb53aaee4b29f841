//! Events as Lambda makes them.

use serde_json::{Value, json};

const HOST: &str = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws";

/// A call of a function's URL, payload version 2.0, with an API key.
pub fn call(method: &str, path: &str, api_key: &str, body: Option<&Value>) -> Value {
    let headers = [("authorization", format!("Bearer {api_key}"))];
    url(method, path, &headers, body.map(Value::to_string))
}

/// A call of a function's URL with any headers and body.
pub fn url(method: &str, path: &str, headers: &[(&str, String)], body: Option<String>) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "accept": "*/*",
            "content-type": "application/json",
            "host": HOST,
            "user-agent": "host/1.0",
            "x-amzn-trace-id": "Root=1-66f0c1a2-0123456789abcdef01234567",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abcdefghijklmnopqrstuvwxyz012345",
            "domainName": HOST,
            "domainPrefix": "abcdefghijklmnopqrstuvwxyz012345",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "host/1.0",
            },
            "requestId": uuid::Uuid::new_v4().to_string(),
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Apr/2026:09:30:00 +0000",
            "timeEpoch": 1_775_986_200_000_u64,
        },
        "isBase64Encoded": false,
    });
    for (name, value) in headers {
        event["headers"][name] = json!(value);
    }
    if let Some(body) = body {
        event["body"] = json!(body);
    }
    event
}

/// A batch of one queue's messages, each with its group.
pub fn messages(queue: &str, messages: &[(&str, Value)]) -> Value {
    let record = |(group, body): &(&str, Value)| {
        json!({
            "messageId": uuid::Uuid::new_v4().to_string(),
            "receiptHandle": "AQEBreceipt0001",
            "body": body.to_string(),
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1775986200000",
                "SequenceNumber": "18853163520499300351",
                "MessageGroupId": group,
                "SenderId": "AROAEXAMPLE:ledgerbridge",
                "MessageDeduplicationId": uuid::Uuid::new_v4().to_string(),
                "ApproximateFirstReceiveTimestamp": "1775986201000",
            },
            "messageAttributes": {},
            "md5OfBody": "00000000000000000000000000000000",
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"),
            "awsRegion": "us-east-1",
        })
    };
    json!({"Records": messages.iter().map(record).collect::<Vec<_>>()})
}

/// One write of an item, as the table's stream tells it.
pub fn write(table: &str, number: u64, old: Option<&Value>, new: Option<&Value>) -> Value {
    let known = new.or(old).cloned().unwrap_or_default();
    let mut change = json!({
        "ApproximateCreationDateTime": 1_775_986_201,
        "Keys": {"pk": known["pk"], "sk": known["sk"]},
        "SequenceNumber": format!("{number:027}"),
        "SizeBytes": 1000,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    });
    for (name, image) in [("OldImage", old), ("NewImage", new)] {
        if let Some(image) = image {
            change[name] = image.clone();
        }
    }
    let name = match (old, new) {
        (None, _) => "INSERT",
        (Some(_), Some(_)) => "MODIFY",
        (Some(_), None) => "REMOVE",
    };
    json!({
        "eventID": format!("{number:032}"),
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": change,
        "eventSourceARN": format!("arn:aws:dynamodb:us-east-1:000000000000:table/{table}/stream/2026-04-01T08:00:00.000"),
    })
}
