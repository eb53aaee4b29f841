//! Each function may do what `infra/permissions.json` says, and is denied everything else that there is.

use std::collections::BTreeSet;

use e2e::aws::Identity;
use e2e::role::{Double, is_denied, role_of};
use e2e::stack;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

/// Calls at a time; more would only wait for the emulator.
const AT_ONCE: usize = 8;

/// How a call reaches its service.
#[derive(Debug, Clone)]
enum Call {
    /// Service and target of the JSON protocols, and a body.
    Json(&'static str, String, Value),
    /// Service, version and parameters of the query protocol.
    Query(&'static str, &'static str, Vec<(String, String)>),
    /// Service and path.
    Get(&'static str, String),
    /// Service, method and path.
    Rest(&'static str, &'static str, String),
    /// A function, invoked.
    Invoke(String),
}

/// One cell of the matrix, for any role. The call lacks something or names what is not there, so that it does nothing
/// where it is allowed.
#[derive(Debug, Clone)]
struct Cell {
    action: String,
    resource: String,
    call: Call,
}

impl Cell {
    async fn is_allowed(&self, caller: &Identity) -> bool {
        let answer = match &self.call {
            Call::Json(service, target, body) => caller.json(service, target, body).await,
            Call::Query(service, version, parameters) => {
                let pairs: Vec<(&str, &str)> = parameters
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                caller.query(service, version, &pairs).await
            }
            Call::Get(service, path) => caller.get(service, path).await,
            Call::Rest(service, method, path) => caller.rest(service, method, path, None).await,
            Call::Invoke(function) => {
                caller.invoke(function, &json!({"ledgerbridge": "none"})).await
            }
        };
        !is_denied(&answer)
    }
}

/// Reading and writing items, and everything else that can be done to a table.
const ON_TABLES: &[&str] = &[
    "GetItem",
    "BatchGetItem",
    "Query",
    "Scan",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DescribeTable",
    "UpdateTable",
    "DeleteTable",
    "CreateTable",
    "ListTables",
    "DescribeTimeToLive",
    "UpdateTimeToLive",
    "DescribeContinuousBackups",
    "UpdateContinuousBackups",
    "CreateBackup",
    "TagResource",
];

const ON_SECRETS: &[&str] = &[
    "GetSecretValue",
    "PutSecretValue",
    "CreateSecret",
    "DeleteSecret",
    "RestoreSecret",
    "UpdateSecret",
    "DescribeSecret",
    "ListSecretVersionIds",
    "RotateSecret",
    "PutResourcePolicy",
    "TagResource",
    "ListSecrets",
];

const ON_QUEUES: &[&str] = &[
    "SendMessage",
    "SendMessageBatch",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
    "SetQueueAttributes",
    "GetQueueUrl",
    "PurgeQueue",
    "DeleteQueue",
    "AddPermission",
    "TagQueue",
    "ListDeadLetterSourceQueues",
];

const ON_BUSES: &[&str] =
    &["PutEvents", "DescribeEventBus", "DeleteEventBus", "PutRule", "PutPermission"];

const ON_LOGS: &[&str] = &[
    "CreateLogStream",
    "PutLogEvents",
    "CreateLogGroup",
    "DeleteLogGroup",
    "FilterLogEvents",
    "DescribeLogStreams",
    "PutRetentionPolicy",
    "DeleteLogStream",
];

/// Each with how it is called, on a file or on a bucket.
const ON_FILES: &[(&str, &str, &str)] = &[
    ("GetObject", "GET", ""),
    ("PutObject", "PUT", ""),
    ("DeleteObject", "DELETE", ""),
    ("GetObjectTagging", "GET", "?tagging"),
    ("GetObjectAcl", "GET", "?acl"),
];

const ON_BUCKETS: &[(&str, &str, &str)] = &[
    ("ListBucket", "GET", "?list-type=2&max-keys=1"),
    ("ListBucketVersions", "GET", "?versions&max-keys=1"),
    ("GetBucketPolicy", "GET", "?policy"),
    ("DeleteBucketPolicy", "DELETE", "?policy"),
    ("GetLifecycleConfiguration", "GET", "?lifecycle"),
    ("DeleteBucket", "DELETE", ""),
];

/// Every action that the functions' services have for what they work on, on everything that the template makes, and on
/// what it does not make.
fn cells(own_role: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |action: String, resource: &str, call: Call| {
        cells.push(Cell { action, resource: resource.to_owned(), call });
    };
    let stack = stack();
    for (resource, table, index) in [
        ("table", stack.table.as_str(), None),
        ("index/by_state", &stack.table, Some("by_state")),
        ("index/by_watch", &stack.table, Some("by_watch")),
        ("another table", "another-table", None),
    ] {
        for action in ON_TABLES {
            // Indexes can be read, and nothing else.
            if index.is_some() && !["Query", "Scan"].contains(action) {
                continue;
            }
            let (target, body) = match *action {
                "BatchGetItem" => ("BatchGetItem", json!({"RequestItems": {table: {"Keys": []}}})),
                "BatchWriteItem" => ("BatchWriteItem", json!({"RequestItems": {table: []}})),
                "ConditionCheckItem" => {
                    let check = json!({"ConditionCheck": {"TableName": table}});
                    ("TransactWriteItems", json!({"TransactItems": [check]}))
                }
                "TagResource" => (
                    "TagResource",
                    json!({"ResourceArn": arn("dynamodb", &format!("table/{table}"))}),
                ),
                action => (action, json!({"TableName": table, "IndexName": index})),
            };
            let call = Call::Json("dynamodb", format!("DynamoDB_20120810.{target}"), body);
            add(format!("dynamodb:{action}"), resource, call);
        }
    }
    for (resource, secret) in [
        ("secret/application", format!("{}/application", stack.secret_prefix)),
        ("secret/connections", format!("{}/connection/nobody/0", stack.secret_prefix)),
        ("another secret", "another/secret".to_owned()),
    ] {
        for action in ON_SECRETS {
            let body = match *action {
                "CreateSecret" => json!({"Name": secret, "SecretString": "{}"}),
                "ListSecrets" => json!({}),
                _ => json!({"SecretId": secret}),
            };
            let call = Call::Json("secretsmanager", format!("secretsmanager.{action}"), body);
            add(format!("secretsmanager:{action}"), resource, call);
        }
    }
    let work = stack.queues.iter().map(|(owner, url)| (format!("queue/{owner}"), url));
    let dead =
        stack.dead_letter_queues.iter().map(|(owner, url)| (format!("dead-letters/{owner}"), url));
    let other = ("another queue".to_owned(), &stack.bus_tap);
    for (resource, url) in work.chain(dead).chain([other]) {
        let name = url.rsplit('/').next().unwrap_or_default();
        for action in ON_QUEUES {
            let body = match *action {
                "GetQueueUrl" => json!({"QueueName": name}),
                // Nobody receives a thousand at once.
                "ReceiveMessage" => json!({"QueueUrl": url, "MaxNumberOfMessages": 1000}),
                _ => json!({"QueueUrl": url}),
            };
            let call = Call::Json("sqs", format!("AmazonSQS.{action}"), body);
            add(format!("sqs:{action}"), &resource, call);
        }
    }
    let bus = format!("ledgerbridge-{}", stack.name);
    for (resource, bus) in [("bus", bus.as_str()), ("another bus", "default")] {
        for action in ON_BUSES {
            let body = match *action {
                "PutEvents" => json!({"Entries": [{"EventBusName": bus, "Source": "e2e"}]}),
                "PutRule" => json!({"Name": "none", "EventBusName": bus}),
                "PutPermission" => json!({"EventBusName": bus}),
                _ => json!({"Name": bus}),
            };
            let call = Call::Json("events", format!("AWSEvents.{action}"), body);
            add(format!("events:{action}"), resource, call);
        }
    }
    let ours = stack.import_bucket.as_str();
    for (file, bucket, name) in
        [("files", "bucket", ours), ("another file", "another bucket", "artifacts")]
    {
        for (action, method, query) in ON_FILES {
            let path = format!("/{name}/nobody/none.ndjson{query}");
            add(format!("s3:{action}"), file, Call::Rest("s3", method, path));
        }
        for (action, method, query) in ON_BUCKETS {
            let path = format!("/{name}{query}");
            add(format!("s3:{action}"), bucket, Call::Rest("s3", method, path));
        }
    }
    let functions = stack.queues.keys().chain(stack.functions.keys());
    let functions: BTreeSet<&str> = functions.map(String::as_str).collect();
    for function in functions {
        let group = format!("/aws/lambda/ledgerbridge-{}-{function}", stack.name);
        for action in ON_LOGS {
            // The emulator makes the resource of the group's name alone; in AWS it ends in the stream's.
            let body = match *action {
                "CreateLogStream" | "PutLogEvents" => {
                    json!({"logGroupName": format!("{group}:log-stream:none")})
                }
                _ => json!({"logGroupName": group}),
            };
            let call = Call::Json("logs", format!("Logs_20140328.{action}"), body);
            add(format!("logs:{action}"), &format!("log of {function}"), call);
        }
        add("lambda:InvokeFunction".to_owned(), function, Call::Invoke(function.to_owned()));
        let path = format!("/2015-03-31/functions/ledgerbridge-{}-{function}", stack.name);
        add("lambda:GetFunction".to_owned(), function, Call::Get("lambda", path));
    }
    for (action, service, version, parameter) in [
        ("iam:GetRole", "iam", "2010-05-08", ("RoleName", own_role)),
        ("iam:PutRolePolicy", "iam", "2010-05-08", ("RoleName", own_role)),
        ("iam:AttachRolePolicy", "iam", "2010-05-08", ("RoleName", own_role)),
        ("iam:CreateAccessKey", "iam", "2010-05-08", ("UserName", "nobody")),
        ("iam:ListRoles", "iam", "2010-05-08", ("MaxItems", "1")),
        ("sts:AssumeRole", "sts", "2011-06-15", ("RoleArn", own_role)),
        (
            "cloudformation:DescribeStacks",
            "cloudformation",
            "2010-05-15",
            ("StackName", bus.as_str()),
        ),
        ("cloudformation:DeleteStack", "cloudformation", "2010-05-15", ("StackName", bus.as_str())),
        ("sns:ListTopics", "sns", "2010-03-31", ("NextToken", "")),
    ] {
        let name = action.split(':').nth(1).expect("an action").to_owned();
        let mut parameters = vec![("Action".to_owned(), name)];
        let value = match action {
            "sts:AssumeRole" => format!("arn:aws:iam::000000000000:role/{own_role}"),
            _ => parameter.1.to_owned(),
        };
        parameters.push((parameter.0.to_owned(), value));
        add(action.to_owned(), "the account", Call::Query(service, version, parameters));
    }
    add(
        "kms:ListKeys".to_owned(),
        "the account",
        Call::Json("kms", "TrentService.ListKeys".to_owned(), json!({})),
    );
    add(
        "ssm:GetParameter".to_owned(),
        "the account",
        Call::Json("ssm", "AmazonSSM.GetParameter".to_owned(), json!({"Name": "x"})),
    );
    add("s3:ListAllMyBuckets".to_owned(), "the account", Call::Get("s3", "/".to_owned()));
    cells
}

fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{}:000000000000:{rest}", stack().region)
}

/// What a function needs: actions on resources.
fn needs(function: &str) -> Vec<(String, String)> {
    let needed: Value =
        serde_json::from_str(include_str!("../../../infra/permissions.json")).expect("it is JSON");
    let texts = |value: &Value| -> Vec<String> {
        let texts = value.as_array().into_iter().flatten();
        texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let mut needs = Vec::new();
    for grant in needed[function].as_array().expect("every function has a row") {
        for on in texts(&grant["on"]) {
            let on = if on == "log" { format!("log of {function}") } else { on };
            needs.extend(texts(&grant["may"]).into_iter().map(|action| (action, on.clone())));
        }
    }
    needs
}

fn is_needed(needs: &[(String, String)], cell: &Cell) -> bool {
    needs.iter().any(|(action, on)| {
        let same = match action.strip_suffix('*') {
            Some(start) => cell.action.starts_with(start),
            None => *action == cell.action,
        };
        same && *on == cell.resource
    })
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "how much was tried is to be seen")]
async fn each_function_is_allowed_what_it_needs_and_denied_everything_else() {
    let stack = stack();
    let functions = stack.queues.keys().chain(stack.functions.keys());
    let functions: BTreeSet<&String> = functions.collect();
    let (mut tried, mut allowed, mut wrong) = (0, 0, Vec::new());
    for function in functions.iter().copied() {
        let needs = needs(function);
        let own_role = role_of(function).await;
        let role = Double::of(function).await;
        let cells = cells(&own_role);
        let mut used = BTreeSet::new();
        let outcomes: Vec<(Cell, bool)> = stream::iter(cells)
            .map(async |cell| {
                let is_allowed = cell.is_allowed(role.identity()).await;
                (cell, is_allowed)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (cell, is_allowed) in outcomes {
            let needed = is_needed(&needs, &cell);
            if is_allowed != needed {
                let what = if needed { "is denied" } else { "may do" };
                wrong.push(format!("{function} {what} {} on {}", cell.action, cell.resource));
            }
            for need in needs.iter().filter(|need| is_needed(std::slice::from_ref(need), &cell)) {
                used.insert(need.clone());
            }
            tried += 1;
            allowed += usize::from(is_allowed);
        }
        // The emulator reads the stream for a function whatever its policy says, and refuses it to everybody else.
        let tried_here = |(_, on): &&(String, String)| on != "stream";
        let untried: Vec<_> =
            needs.iter().filter(tried_here).filter(|need| !used.contains(*need)).collect();
        assert!(untried.is_empty(), "{function}: no cell for {untried:?}");
        role.remove().await;
    }
    // What oauth-callback was allowed to make.
    let made = json!({"SecretId": format!("{}/connection/nobody/0", stack.secret_prefix), "ForceDeleteWithoutRecovery": true});
    Identity::root().json("secretsmanager", "secretsmanager.DeleteSecret", &made).await;
    println!("{tried} cells of {} roles, {allowed} of them allowed", functions.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
