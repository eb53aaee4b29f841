//! The deployment's own AWS resources, looked at past the proxy and past the product, as the account's root.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::http::client;
use crate::{Tenant, stack, until};

/// Any call to the emulator is answered sooner.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// Items of one batch of writes; the most DynamoDB takes.
const BATCH: usize = 25;

/// Who calls AWS.
#[derive(Debug, Clone)]
pub struct Identity(Credentials);

impl Identity {
    /// The account's root, who may do everything.
    pub fn root() -> Self {
        Self(Credentials::new("test", "test", None, None, "e2e"))
    }

    /// Someone with temporary credentials.
    pub fn temporary(key_id: &str, secret: &str, token: &str) -> Self {
        Self(Credentials::new(key_id, secret, Some(token.to_owned()), None, "e2e"))
    }

    /// Calls a service of the JSON protocols, such as `DynamoDB_20120810.GetItem` of `dynamodb`.
    pub async fn json(&self, service: &str, target: &str, body: &Value) -> Answer {
        // Each service names its version of the protocol; only the number matters to neither side here.
        let kind = "application/x-amz-json-1.0";
        let headers = [("content-type", kind), ("x-amz-target", target)];
        self.send(service, "POST", "/", &headers, body.to_string()).await
    }

    /// Calls a service of the query protocol, such as `iam`; the answer is XML.
    pub async fn query(&self, service: &str, version: &str, parameters: &[(&str, &str)]) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("Version", version).extend_pairs(parameters);
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.send(service, "POST", "/", &headers, form.finish()).await
    }

    /// Invokes a function with an event.
    pub async fn invoke(&self, function: &str, event: &Value) -> Answer {
        let path =
            format!("/2015-03-31/functions/{}-{function}/invocations", stack().secret_prefix);
        self.send("lambda", "POST", &path, &[], event.to_string()).await
    }

    /// Calls a service of the REST protocols.
    pub async fn get(&self, service: &str, path: &str) -> Answer {
        self.send(service, "GET", path, &[], String::new()).await
    }

    /// Calls a service of the REST protocols with any method, and a body if it takes one.
    pub async fn rest(
        &self,
        service: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send(service, method, path, &[], body).await
    }

    async fn send(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let url = format!("{}{path}", stack().aws_endpoint);
        let identity = self.0.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&stack().region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .expect("everything that a signature needs is given")
            .into();
        let signable = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new(method, &url, headers.iter().copied(), signable)
            .expect("a request that can be signed");
        let signed = sign(signable, &parameters).expect("a signature");
        let mut request =
            client().request(method.parse().expect("a method"), &url).timeout(ANSWER_LIMIT);
        for (name, value) in headers.iter().copied().chain(signed.output().headers()) {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await;
        Answer::of(answer.unwrap_or_else(|error| panic!("{service}: {error}"))).await
    }
}

/// An item in plain JSON, read from DynamoDB's own notation.
pub fn plain(item: &Value) -> Value {
    let members = item.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), plain_value(value))).collect()
}

fn plain_value(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return Value::Null;
    };
    match (kind.as_str(), value) {
        ("M", members) => plain(members),
        ("L", Value::Array(values)) => values.iter().map(plain_value).collect(),
        ("N", Value::String(digits)) => serde_json::from_str(digits).unwrap_or(Value::Null),
        ("NULL", _) => Value::Null,
        (_, value) => value.clone(),
    }
}

async fn table(operation: &str, mut body: Value) -> Value {
    body["TableName"] = json!(stack().table);
    let target = format!("DynamoDB_20120810.{operation}");
    let answer = Identity::root().json("dynamodb", &target, &body).await;
    assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
    answer.body
}

/// One item, in DynamoDB's own notation; null when it is not there.
pub async fn item(key: &Value) -> Value {
    table("GetItem", json!({"Key": key, "ConsistentRead": true})).await["Item"].clone()
}

/// Sets texts of one item.
pub async fn set(key: &Value, texts: &[(&str, &str)]) {
    let sets: Vec<String> = (0..texts.len()).map(|n| format!("#n{n} = :v{n}")).collect();
    let mut update = json!({"Key": key, "UpdateExpression": format!("SET {}", sets.join(", "))});
    for (n, (name, value)) in texts.iter().enumerate() {
        update["ExpressionAttributeNames"][format!("#n{n}")] = json!(name);
        update["ExpressionAttributeValues"][format!(":v{n}")] = json!({"S": value});
    }
    table("UpdateItem", update).await;
}

/// Stores items, in DynamoDB's own notation.
pub async fn put_items(items: &[Value]) {
    let puts = items.iter().map(|item| json!({"PutRequest": {"Item": item}}));
    write_batches(puts.collect()).await;
}

/// Deletes items by their keys.
pub async fn delete_items(keys: &[Value]) {
    let deletes = keys.iter().map(|key| json!({"DeleteRequest": {"Key": key}}));
    write_batches(deletes.collect()).await;
}

async fn write_batches(requests: Vec<Value>) {
    for batch in requests.chunks(BATCH) {
        let mut body = json!({"RequestItems": {}});
        body["RequestItems"][&stack().table] = json!(batch);
        let target = "DynamoDB_20120810.BatchWriteItem";
        let answer = Identity::root().json("dynamodb", target, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let left =
            answer.body["UnprocessedItems"].as_object().is_none_or(serde_json::Map::is_empty);
        assert!(left, "the emulator takes whole batches: {}", answer.body);
    }
}

/// The keys of all items that have this key in the index by state.
pub async fn keys_in_state(state_key: &str) -> Vec<Value> {
    let (mut keys, mut start) = (Vec::new(), Value::Null);
    loop {
        let mut query = json!({
            "IndexName": "by_state",
            "KeyConditionExpression": "state_key = :key",
            "ExpressionAttributeValues": {":key": {"S": state_key}},
        });
        if !start.is_null() {
            query["ExclusiveStartKey"] = start;
        }
        let answer = table("Query", query).await;
        keys.extend(answer["Items"].as_array().cloned().unwrap_or_default());
        start = answer["LastEvaluatedKey"].clone();
        if start.is_null() {
            return keys;
        }
    }
}

/// Puts a message into a function's queue, as the product writes it.
pub async fn send_message(function: &str, tenant: &Tenant, body: &Value) {
    let name = uuid::Uuid::new_v4().simple().to_string();
    send_message_once(function, tenant, body, &name).await;
}

/// Puts a message into a function's queue, unless one of this name was put there within minutes.
pub async fn send_message_once(function: &str, tenant: &Tenant, body: &Value, name: &str) {
    let message = json!({
        "QueueUrl": stack().queues[function],
        "MessageBody": body.to_string(),
        "MessageGroupId": tenant.id,
        "MessageDeduplicationId": name,
    });
    let answer = Identity::root().json("sqs", "AmazonSQS.SendMessage", &message).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// How many messages a queue holds, hidden ones included.
pub async fn messages(queue_url: &str) -> u64 {
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let body = json!({"QueueUrl": queue_url, "AttributeNames": names});
    let answer = Identity::root().json("sqs", "AmazonSQS.GetQueueAttributes", &body).await;
    let count = |name: &str| answer.body["Attributes"][name].as_str()?.parse::<u64>().ok();
    names.iter().map(|name| count(name).unwrap_or_else(|| panic!("{}", answer.body))).sum()
}

impl Tenant {
    /// Everything stored under the tenant, in DynamoDB's own notation.
    pub async fn items(&self) -> Vec<Value> {
        let query = json!({
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": format!("T#{}", self.id)}},
            "ConsistentRead": true,
        });
        let answer = table("Query", query).await;
        assert!(answer["LastEvaluatedKey"].is_null(), "a tenant of a test fits in one page");
        answer["Items"].as_array().cloned().unwrap_or_default()
    }

    /// All postings as they are stored, in DynamoDB's own notation, however many there are.
    pub async fn stored_postings(&self) -> Vec<Value> {
        let (mut items, mut start) = (Vec::new(), Value::Null);
        loop {
            let mut query = json!({
                "KeyConditionExpression": "pk = :pk AND begins_with(sk, :postings)",
                "ExpressionAttributeValues": {
                    ":pk": {"S": format!("T#{}", self.id)},
                    ":postings": {"S": "POSTING#"},
                },
                "ConsistentRead": true,
            });
            if !start.is_null() {
                query["ExclusiveStartKey"] = start;
            }
            let answer = table("Query", query).await;
            items.extend(answer["Items"].as_array().cloned().unwrap_or_default());
            start = answer["LastEvaluatedKey"].clone();
            if start.is_null() {
                return items;
            }
        }
    }

    /// Lets every consent that was started expire now.
    pub async fn expire_consents(&self) {
        for item in self.items().await {
            if item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("STATE#")) {
                let update = json!({
                    "Key": {"pk": item["pk"], "sk": item["sk"]},
                    "UpdateExpression": "SET expires_at = :past",
                    "ExpressionAttributeValues": {":past": {"N": "1000000000"}},
                });
                table("UpdateItem", update).await;
            }
        }
    }

    /// The tokens as they are stored; `Null` when there are none.
    pub async fn stored_tokens(&self) -> Value {
        let body = json!({"SecretId": format!("{}/connection/{}/{}", stack().secret_prefix, self.id, self.realm)});
        let target = "secretsmanager.GetSecretValue";
        let answer = Identity::root().json("secretsmanager", target, &body).await;
        let text = answer.body["SecretString"].as_str().unwrap_or("null");
        serde_json::from_str(text).expect("the secret is JSON")
    }

    /// A stored token: `access_token` or `refresh_token`.
    pub async fn stored_token(&self, name: &str) -> String {
        let tokens = self.stored_tokens().await;
        tokens[name].as_str().unwrap_or_else(|| panic!("no {name} is stored")).to_owned()
    }

    /// Lets the stored access token run out soon, as if it had been given a while ago.
    pub async fn age_tokens(&self) {
        let mut tokens = self.stored_tokens().await;
        tokens["access_expires_at"] = json!("2020-01-01T00:00:00Z");
        let name = format!("{}/connection/{}/{}", stack().secret_prefix, self.id, self.realm);
        let body = json!({"SecretId": name, "SecretString": tokens.to_string()});
        let answer =
            Identity::root().json("secretsmanager", "secretsmanager.PutSecretValue", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Waits until no posting is being worked on, waits for time, or has a step without an answer.
    pub async fn comes_to_rest(&self) {
        until("every posting to be at rest", async || self.is_at_rest().await.then_some(())).await;
    }

    /// Whether no posting is being worked on, waits for time, or has a step without an answer.
    pub async fn is_at_rest(&self) -> bool {
        let postings = self.stored_postings().await;
        !postings.iter().any(|posting| {
            let state = posting["state"]["S"].as_str().unwrap_or_default();
            let open = |name: &str| !posting[name].is_null();
            ["posting", "queued"].contains(&state) || open("lease") || open("in_flight")
        })
    }
}
