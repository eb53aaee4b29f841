//! What is secret stays secret, and a function may do its own work and nothing else.

use std::process::Command;

use e2e::aws::Identity;
use e2e::records::{Disbursement, bill, paid, payment};
use e2e::webhook::{Format, body, signature, tell_with};
use e2e::{Answer, Tenant, request, send, stack};
use reqwest::Method;
use serde_json::{Value, json};

/// Everything that all functions have logged so far.
fn logs() -> String {
    let (program, arguments) = stack().logs_command.split_first().expect("a command");
    let output = Command::new(program).args(arguments).output().expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn canary(word: &str) -> String {
    format!("canary-{word}-{}", uuid::Uuid::new_v4().simple())
}

#[tokio::test]
async fn nothing_secret_and_nothing_of_a_record_is_ever_logged() {
    let name = canary("name");
    let tenant = Tenant::with_company(json!({"name": canary("company")})).await;
    let location = tenant.consent(&tenant.realm, "connect").await;
    let carried: Vec<String> = url::Url::parse(&location)
        .unwrap()
        .query_pairs()
        .filter(|(key, _)| key == "code" || key == "state")
        .map(|(_, value)| value.rsplit('.').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(carried.len(), 2, "a code and a state");
    assert_eq!(tenant.land(&location).await.status, 200);
    tenant.choose_accounts().await;
    let mut secrets = carried;
    secrets.extend([stack().client_secret.clone(), stack().api_key.clone()]);
    let wrong_key = canary("key");
    let path = tenant.path("bills/B1");
    let intruder = request("billing-invoice", Method::GET, &path).bearer_auth(&wrong_key);
    send(intruder).await.problem(401, "unauthorized");

    // Everything that can go wrong with a record goes wrong with this one.
    let (memo, email, text, reference) =
        (canary("memo"), "canary-email@example.com", canary("text"), "canary-reference-1");
    let mut record = paid(bill(1, "canary-number", "10.00"));
    record["agent"] = json!({"id": "A1", "name": name, "email": email});
    record["memo"] = json!(memo);
    record["lines"][0]["description"] = json!(text);
    record["payment"]["reference"] = json!(reference);
    let mut broken = record.clone();
    broken["lines"][0]["amount"] = json!(canary("amount"));
    broken[canary("field")] = json!(1);
    tenant.put_bill("B1", &broken).await.problem(422, "invalid_fields");
    let half = record.to_string();
    let half = half[..half.len() - 9].to_owned();
    tenant.raw("billing-invoice", &path, half).await.problem(400, "malformed_json");

    let refusal = json!({"kind": "reject", "code": "6140", "detail": canary("fault")});
    tenant
        .fault(json!({"entity": "customer", "operation": "create",
        "action": {"kind": "commit_then_status", "status": 500, "body": canary("body")}}))
        .await;
    tenant.fault(json!({"entity": "invoice", "operation": "create", "action": refusal})).await;
    tenant.put_bill("B1", &record).await;
    tenant.comes_to_rest().await;
    tenant
        .fault(json!({"entity": "invoice", "operation": "create",
        "action": {"kind": "commit_then_drop"}}))
        .await;
    tenant.sync_bill("B1").await;
    tenant.bill_becomes("B1", "posted").await;
    let mut paying = payment(1, "1.00", &[("B2", "1.00")]);
    paying["memo"] = json!(memo);
    paying["reference"] = json!(reference);
    tenant.put_payment("P1", &paying).await.waits("blocked", "waiting_for_bill");

    let first = tenant.stored_tokens().await;
    tenant.switch(json!({"rotation": "every_refresh"})).await;
    tenant.advance(7200).await;
    tenant
        .fault(json!({"operation": "token_refresh", "action": {"kind": "status", "status": 500}}))
        .await;
    tenant.put_bill("B2", &bill(1, "B-2", "5.00")).await.waits("queued", "quickbooks_unavailable");
    tenant.bill_becomes("B2", "posted").await;
    tenant.payment_becomes("P1", "posted").await;
    let second = tenant.stored_tokens().await;
    tenant.revoke_in_quickbooks().await;
    tenant.put_bill("B3", &bill(1, "B-3", "5.00")).await.waits("blocked", "needs_reconnect");
    assert_eq!(tenant.disconnect().await.status, 200);
    tenant.comes_to_rest().await;
    for tokens in [&first, &second] {
        for token in ["access_token", "refresh_token"] {
            secrets.push(tokens[token].as_str().expect("a token").to_owned());
        }
    }
    secrets.dedup();
    assert!(secrets.len() >= 7, "the tokens did not change");
    secrets.push("canary-".to_owned());

    let logs = logs();
    let landed =
        |line: &str| line.contains(r#""outcome":"connected""#) && line.contains(&tenant.id);
    assert!(logs.lines().any(landed), "the logs do not say who connected");
    for secret in &secrets {
        let lines: Vec<&str> = logs.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{secret} is in the logs: {lines:#?}");
    }
    for item in tenant.items().await {
        let item = item.to_string();
        let leaked = secrets[..secrets.len() - 1].iter().find(|secret| item.contains(*secret));
        assert_eq!(leaked, None, "a secret is in the table: {item}");
    }
}

/// What bookkeepers and hosts write about payments is nobody's business but theirs, and what proves a notification genuine
/// is nobody's at all.
#[tokio::test]
async fn nothing_of_a_payment_or_of_a_notification_is_ever_logged() {
    let tenant = Tenant::pulling().await;
    let record = Disbursement::simple(1, "D-1", "100.00", "9000.00").value();
    let owed = tenant.bills_of("D1", &record, &["A1"]).await.remove(0);
    let vendor = tenant.vendor_of(&owed).await;
    let lines = json!([{"bill": owed, "amount": "77.77"}]);
    let terms = json!({"number": "canary-check", "memo": canary("memo")});
    let payment = tenant.enter_payment(&vendor, lines, terms).await;
    let told = body(Format::CloudEvents, &[tenant.told("BillPayment", &payment, "Create").await]);
    let signed = signature(&told, &stack().webhook_verifier);
    assert_eq!(tell_with(&told, Some(&canary("signature"))).await.status, 401);
    assert_eq!(tell_with(&told, Some(&signed)).await.status, 200);
    tenant.issued_becomes(&payment, "synced").await;
    let file = json!({"id": "canary-file", "name": canary("file")});
    let added = json!({"number": canary("number"), "attachments": [file]});
    assert_eq!(tenant.annotate(&payment, &added).await.status, 200);
    tenant
        .annotate(&payment, &json!({"number": [canary("wrong")]}))
        .await
        .problem(422, "invalid_fields");
    tenant.bookkeeper_does("delete", "billpayment", &payment).await;
    tenant.pull().await;
    assert_eq!(tenant.remove_issued(&payment).await.status, 204);
    tenant.notices_are_done().await;
    let logs = logs();
    assert!(logs.contains(&tenant.id), "the logs do not tell of the tenant");
    for secret in ["canary-", "77.77", &signed, &stack().webhook_verifier] {
        let lines: Vec<&str> = logs.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{secret} is in the logs: {lines:#?}");
    }
}

/// Whatever a tenant makes of the ids of another one's payments, it gets nothing of them and changes nothing.
#[tokio::test]
async fn ids_of_another_tenants_payments_open_nothing() {
    let (one, other) = tokio::join!(Tenant::pulling(), Tenant::pulling());
    let record = Disbursement::simple(1, "D-1", "100.00", "9000.00").value();
    let owed = one.bills_of("D1", &record, &["A1"]).await.remove(0);
    let vendor = one.vendor_of(&owed).await;
    let memo = canary("memo");
    let lines = json!([{"bill": owed, "amount": "10.00"}]);
    let payment = one.enter_payment(&vendor, lines, json!({"memo": memo})).await;
    one.pull().await;
    let before = one.issued_payment().await;
    let id = before["id"].as_str().expect("an id");
    let (realm, tenant) = (&one.realm, &one.id);
    let ids = [
        id.to_owned(),
        payment.clone(),
        format!("{}.{payment}", other.realm),
        format!("{realm}."),
        format!(".{payment}"),
        format!("{realm}%2e{payment}"),
        format!("{realm}%252E{payment}"),
        format!("{id}%00"),
        format!("{id}%20"),
        format!("%20{id}"),
        format!("{id}.{id}"),
        format!("{id},{id}"),
        format!("{id}%23x"),
        format!("{realm}%23{payment}"),
        format!("ISSUED%23{realm}%23{payment}"),
        format!("{id}?tenant={tenant}"),
        format!("{id}/legend"),
        format!("..%2F..%2F{tenant}%2Fissued-payments%2F{id}"),
        format!("..%5C..%5C{tenant}%5Cissued-payments%5C{id}"),
        format!("{realm}.{}", "9".repeat(500)),
        "*".to_owned(),
        "%E2%98%83".to_owned(),
    ];
    let body = json!({"number": "stolen", "attachments": []});
    for id in &ids {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let path = other.path(&format!("issued-payments/{id}"));
            let sent = (method == Method::PUT).then_some(&body);
            let answer = other.call("payment-pull", method.clone(), &path, sent).await;
            let what = format!("{method} {id}: {} {}", answer.status, answer.body);
            assert!((400..500).contains(&answer.status), "{what}");
            assert!(!answer.body.to_string().contains(&memo), "{what}");
        }
    }
    let listed = format!("issued-payments?limit=1&cursor={id}");
    for path in [listed.as_str(), "issued-payments?disbursement=D1", "issued-payments"] {
        let answer = other.call("payment-pull", Method::GET, &other.path(path), None).await;
        assert!(!answer.body.to_string().contains(&memo), "{path}: {}", answer.body);
    }
    assert_eq!(one.issued_payment().await, before);
}

/// The functions' roles by the function's name.
async fn role_of(function: &str) -> String {
    let path =
        format!("/2015-03-31/functions/ledgerbridge-{}-{function}/configuration", stack().name);
    let answer = Identity::root().get("lambda", &path).await;
    let arn = answer.body["Role"].as_str().unwrap_or_else(|| panic!("{}", answer.body));
    arn.rsplit('/').next().expect("a name").to_owned()
}

/// What stands between two tags of an XML answer.
fn between<'a>(xml: &'a str, tag: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split(&close).next()).collect()
}

fn xml(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.as_str().expect("XML")
}

/// A role with the same policies as a function's, which this test may take on.
struct Double {
    name: String,
    policies: Vec<String>,
    identity: Identity,
}

impl Double {
    const IAM: &str = "2010-05-08";

    async fn of(function: &str) -> Self {
        let root = Identity::root();
        let iam =
            async |parameters: &[(&str, &str)]| root.query("iam", Self::IAM, parameters).await;
        let original = role_of(function).await;
        let name = format!("double-{}", uuid::Uuid::new_v4().simple());
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
        .to_string();
        let made = iam(&[
            ("Action", "CreateRole"),
            ("RoleName", &name),
            ("AssumeRolePolicyDocument", &trust),
        ])
        .await;
        let arn = between(xml(&made), "Arn")[0].to_owned();
        let attached =
            iam(&[("Action", "ListAttachedRolePolicies"), ("RoleName", &original)]).await;
        let attached = between(xml(&attached), "PolicyArn").len();
        assert_eq!(attached, 0, "{function} has policies that were not written for it");
        let listed = iam(&[("Action", "ListRolePolicies"), ("RoleName", &original)]).await;
        let policies: Vec<String> =
            between(xml(&listed), "member").into_iter().map(str::to_owned).collect();
        assert!(!policies.is_empty());
        for policy in &policies {
            let which = [("RoleName", original.as_str()), ("PolicyName", policy.as_str())];
            let got = iam(&[("Action", "GetRolePolicy"), which[0], which[1]]).await;
            // The document is percent-encoded in the answer.
            let document = between(xml(&got), "PolicyDocument")[0].replace('+', "%2B");
            let pair = format!("d={document}");
            let document = url::form_urlencoded::parse(pair.as_bytes()).next();
            let document = document.expect("a pair").1;
            let put = iam(&[
                ("Action", "PutRolePolicy"),
                ("RoleName", &name),
                ("PolicyName", policy),
                ("PolicyDocument", &document),
            ])
            .await;
            xml(&put);
        }
        let taken = [("Action", "AssumeRole"), ("RoleArn", &arn), ("RoleSessionName", "e2e")];
        let taken = root.query("sts", "2011-06-15", &taken).await;
        let part = |tag: &str| between(xml(&taken), tag)[0].to_owned();
        let identity = Identity::temporary(
            &part("AccessKeyId"),
            &part("SecretAccessKey"),
            &part("SessionToken"),
        );
        Self { name, policies, identity }
    }

    /// Whether the role may do this; what else might be wrong with the call does not matter.
    async fn may(&self, service: &str, target: &str, body: &Value) -> bool {
        let answer = self.identity.json(service, target, body).await;
        let text = answer.body.to_string();
        let denied = text.contains("AccessDenied") || text.contains("not authorized");
        assert!(denied || answer.status < 500, "{target}: {text}");
        !denied
    }

    async fn remove(self) {
        let root = Identity::root();
        for policy in &self.policies {
            let delete = [
                ("Action", "DeleteRolePolicy"),
                ("RoleName", self.name.as_str()),
                ("PolicyName", policy.as_str()),
            ];
            root.query("iam", Self::IAM, &delete).await;
        }
        let delete = [("Action", "DeleteRole"), ("RoleName", self.name.as_str())];
        root.query("iam", Self::IAM, &delete).await;
    }
}

/// Functions whose queues hold records.
const RECORDS: [&str; 3] = ["billing-invoice", "billing-payment", "disbursement"];

/// Whether a function may put work into the queue of another, or into its own.
fn gives_work(function: &str, owner: &str) -> bool {
    let more: &[&str] = match function {
        "settings" => &["event-publisher", "intuit-webhook", "payment-pull"],
        "payment-pull" => &["payment-pull"],
        "intuit-webhook" => &["payment-pull", "intuit-webhook"],
        "event-publisher" => return owner == function,
        _ => &[],
    };
    RECORDS.contains(&owner) || more.contains(&owner)
}

/// Whether a function may give up what is in a queue. Who replays what was given up gives up nothing.
fn gives_up(function: &str, owner: &str) -> bool {
    match function {
        "settings" => false,
        "payment-pull" | "intuit-webhook" | "event-publisher" => owner == function,
        _ => RECORDS.contains(&owner),
    }
}

#[tokio::test]
async fn each_function_may_do_its_own_work_and_nothing_else() {
    let tenant = Tenant::connected().await;
    let stack = stack();
    let table = stack.table.as_str();
    let key = json!({"pk": {"S": format!("T#{}", tenant.id)}, "sk": {"S": "CONNECTION"}});
    let read = json!({"TableName": table, "Key": key});
    let own_secret = json!({"SecretId": format!("{}/connection/{}/{}", stack.secret_prefix, tenant.id, tenant.realm)});
    let application = json!({"SecretId": format!("{}/application", stack.secret_prefix)});
    let foreign_secret = json!({"SecretId": "someone-elses/secret"});
    let new_secret = json!({"Name": format!("{}/connection/{}-new", stack.secret_prefix, tenant.id),
        "SecretString": "{}"});
    let overwrite = json!({"SecretId": application["SecretId"], "SecretString": "{}"});
    let receive = |queue: &String| json!({"QueueUrl": queue, "MaxNumberOfMessages": 1, "VisibilityTimeout": 0});
    // Without a group, so that what is allowed is refused for that and leaves no message.
    let send = |queue: &String| json!({"QueueUrl": queue, "MessageBody": "{}"});

    let with_a_url = stack.functions.keys().map(String::as_str);
    for function in with_a_url.chain(["event-publisher"]) {
        let tells = function == "event-publisher";
        let connects = function == "oauth-callback";
        let role = Double::of(function).await;
        let mut cases = vec![
            ("dynamodb", "DynamoDB_20120810.GetItem", read.clone(), true),
            ("dynamodb", "DynamoDB_20120810.Scan", json!({"TableName": table}), false),
            ("dynamodb", "DynamoDB_20120810.DeleteTable", json!({"TableName": table}), false),
            (
                "dynamodb",
                "DynamoDB_20120810.GetItem",
                json!({"TableName": "other", "Key": key}),
                false,
            ),
            ("dynamodb", "DynamoDB_20120810.ListTables", json!({}), false),
            ("secretsmanager", "secretsmanager.GetSecretValue", own_secret.clone(), !tells),
            ("secretsmanager", "secretsmanager.GetSecretValue", application.clone(), true),
            ("secretsmanager", "secretsmanager.PutSecretValue", overwrite.clone(), false),
            ("secretsmanager", "secretsmanager.GetSecretValue", foreign_secret.clone(), false),
            ("secretsmanager", "secretsmanager.ListSecrets", json!({}), false),
            ("secretsmanager", "secretsmanager.CreateSecret", new_secret.clone(), connects),
            ("secretsmanager", "secretsmanager.DeleteSecret", application.clone(), false),
        ];
        for (owner, queue) in &stack.queues {
            cases.extend([
                ("sqs", "AmazonSQS.ReceiveMessage", receive(queue), function == owner),
                ("sqs", "AmazonSQS.SendMessage", send(queue), gives_work(function, owner)),
                ("sqs", "AmazonSQS.PurgeQueue", json!({"QueueUrl": queue}), false),
                ("sqs", "AmazonSQS.DeleteQueue", json!({"QueueUrl": queue}), false),
            ]);
        }
        for (owner, dead_letters) in &stack.dead_letter_queues {
            let may = gives_up(function, owner);
            cases.extend([
                ("sqs", "AmazonSQS.ReceiveMessage", receive(dead_letters), function == "settings"),
                ("sqs", "AmazonSQS.SendMessage", send(dead_letters), may),
            ]);
        }
        for (service, target, body, allowed) in cases {
            // Receiving for real would take work away from the stack.
            if allowed && target.ends_with("ReceiveMessage") {
                continue;
            }
            let may = role.may(service, target, &body).await;
            assert_eq!(may, allowed, "{function}: {target} of {body}");
        }
        if !connects {
            let may = role.may("secretsmanager", "secretsmanager.DeleteSecret", &own_secret).await;
            assert!(!may, "{function} may delete a connection's tokens");
        }
        role.remove().await;
    }
    let force = json!({"SecretId": new_secret["Name"], "ForceDeleteWithoutRecovery": true});
    Identity::root().json("secretsmanager", "secretsmanager.DeleteSecret", &force).await;
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
}
