//! The routes as Lambda reaches them, up to where AWS would be asked.

mod checks;
mod pulls;

use serde_json::{Value, json};

use super::*;
use crate::config::{
    AwsConfig, Config, Environment, EventsConfig, QuickBooksConfig, UrlAuth, WaitConfig,
};
use crate::deployment::FirstEvent;
use crate::event::{Event, UrlReply};
use crate::http::{MAX_BODY_BYTES, serve};

/// A function whose callers are signed by AWS, so that no key has to be read; its AWS is a closed port.
async fn deployed(function: Function) -> Router {
    let text = |name: &str| name.to_owned();
    let config = Config {
        aws: AwsConfig {
            table: text("ledgerbridge-test"),
            secret_prefix: text("ledgerbridge-test"),
            billing_invoice_queue_url: text("http://127.0.0.1:9/a.fifo"),
            billing_payment_queue_url: text("http://127.0.0.1:9/b.fifo"),
            billing_invoice_dead_letter_queue_url: text("http://127.0.0.1:9/c.fifo"),
            billing_payment_dead_letter_queue_url: text("http://127.0.0.1:9/d.fifo"),
            disbursement_queue_url: text("http://127.0.0.1:9/e.fifo"),
            disbursement_dead_letter_queue_url: text("http://127.0.0.1:9/f.fifo"),
            payment_pull_queue_url: text("http://127.0.0.1:9/g.fifo"),
            payment_pull_dead_letter_queue_url: text("http://127.0.0.1:9/h.fifo"),
            intuit_webhook_queue_url: text("http://127.0.0.1:9/i.fifo"),
            intuit_webhook_dead_letter_queue_url: text("http://127.0.0.1:9/j.fifo"),
            event_publisher_queue_url: text("http://127.0.0.1:9/k.fifo"),
            event_publisher_dead_letter_queue_url: text("http://127.0.0.1:9/l.fifo"),
            import_queue_url: text("http://127.0.0.1:9/m.fifo"),
            import_dead_letter_queue_url: text("http://127.0.0.1:9/n.fifo"),
            event_bus: text("ledgerbridge-test"),
            import_bucket: text("ledgerbridge-test"),
        },
        quickbooks: QuickBooksConfig { environment: Environment::Sandbox, url: None },
        oauth_redirect_url: None,
        waits: WaitConfig {
            retry: domain::retry::Policy { base_seconds: 1, cap_seconds: 1, max_attempts: 1 },
            throttle_pause_seconds: 1,
            clock_skew_seconds: 1,
        },
        pull_interval_minutes: 1440,
        monthly_read_allowance: 0,
        events: EventsConfig { endpoint: None, loopback_endpoints: false },
        url_auth: UrlAuth::AwsIam,
    };
    of(function, Arc::new(Deployment::wire(config, &FirstEvent::default()).await))
}

struct Call<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    content_type: &'a str,
    body: &'a str,
    signed: bool,
}

const GET: Call<'_> = Call {
    method: "GET",
    path: "/",
    query: "",
    content_type: "application/json",
    body: "",
    signed: true,
};

async fn call(function: Function, call: Call<'_>) -> UrlReply {
    let event = json!({
        "rawPath": call.path,
        "rawQueryString": call.query,
        "headers": {"content-type": call.content_type},
        "requestContext": {
            "domainName": "x.lambda-url.us-east-1.on.aws",
            "http": {"method": call.method},
            "authorizer": if call.signed { json!({"iam": {"accountId": "1"}}) } else { Value::Null },
        },
        "body": call.body,
        "isBase64Encoded": false,
    });
    let Ok(Event::Url(event)) = Event::parse(&event.to_string()) else {
        panic!("a function URL event")
    };
    let router = deployed(function).await;
    tokio::task::LocalSet::new()
        .run_until(serve(router, largest_body(function), *event, "request-1"))
        .await
        .0
}

#[tokio::test]
async fn every_refusal_is_a_problem_with_a_remedy() {
    let huge = "x".repeat(1_000_000);
    let bill = "/tenants/acme/bills/B-1";
    let long_tenant = format!("/tenants/{}/bills/B-1", "t".repeat(101));
    for (refused, status, code) in [
        (Call { path: "/", ..GET }, 404, "unknown_path"),
        (Call { path: "/tenants/acme/payments/P-1", ..GET }, 404, "unknown_path"),
        (Call { path: "/tenants/acme/bills/", ..GET }, 404, "unknown_path"),
        (Call { path: bill, signed: false, ..GET }, 401, "unauthorized"),
        (Call { method: "PUT", path: bill, body: "{", signed: false, ..GET }, 401, "unauthorized"),
        (Call { method: "DELETE", path: bill, ..GET }, 405, "method_not_allowed"),
        (Call { path: "/tenants/ac%20me/bills/B-1", ..GET }, 400, "bad_id"),
        (Call { path: "/tenants/ac me/bills/B-1", ..GET }, 400, "bad_id"),
        (Call { path: "/tenants/ac%23me/bills/B-1", ..GET }, 400, "bad_id"),
        (Call { path: "/tenants/acme/bills/B%2F1", ..GET }, 400, "bad_id"),
        (Call { path: "/tenants/acme/bills/%FF", ..GET }, 400, "bad_id"),
        (Call { path: &long_tenant, ..GET }, 400, "bad_id"),
        (Call { method: "PUT", path: bill, ..GET }, 400, "malformed_json"),
        (Call { method: "PUT", path: bill, body: "{\"version\":", ..GET }, 400, "malformed_json"),
        (Call { method: "PUT", path: bill, body: "{}", ..GET }, 422, "invalid_fields"),
        (Call { method: "PUT", path: bill, body: "null", ..GET }, 422, "invalid_fields"),
        (
            Call { method: "PUT", path: bill, body: "{}", content_type: "text/plain", ..GET },
            415,
            "unsupported_media_type",
        ),
        (Call { method: "PUT", path: bill, body: &huge, ..GET }, 413, "body_too_large"),
        (
            Call { method: "POST", path: "/tenants/acme/bills/B-1/sync", body: "{\"a\":1}", ..GET },
            422,
            "invalid_fields",
        ),
        (Call { method: "G T", path: bill, ..GET }, 400, "bad_request"),
    ] {
        let what = format!("{} {}", refused.method, refused.path);
        let reply = call(Function::BillingInvoice, refused).await;
        assert_eq!(reply.status_code, status, "{what}: {}", reply.body);
        assert_eq!(reply.headers["content-type"], "application/problem+json", "{what}");
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(problem["code"], code, "{what}");
        assert_eq!(problem["request_id"], "request-1", "{what}");
        assert!(problem["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{what}");
    }
    assert_eq!(MAX_BODY_BYTES, 65_536);
}

#[tokio::test]
async fn every_call_that_needs_a_role_exists_and_asks_for_a_key() {
    for (method, path, _) in roles::NEEDED {
        let function = match path.split('/').nth(3).unwrap_or("meter") {
            "connection" => Function::OauthCallback,
            "bills" => Function::BillingInvoice,
            "payments" => Function::BillingPayment,
            "disbursements" => Function::Disbursement,
            "imports" => Function::Import,
            "payment-pull" | "payment-pulls" | "issued-payments" => Function::PaymentPull,
            _ => Function::Settings,
        };
        let path = path.replace("{tenant}", "acme").replace(['{', '}'], "");
        let refused = Call { method: method.as_str(), path: &path, signed: false, ..GET };
        let reply = call(function, refused).await;
        assert_eq!(reply.status_code, 401, "{method} {path}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_version_in_the_query_has_to_be_one() {
    for query in ["version=0", "version=x", "version=-1", "versoin=2"] {
        let path = "/tenants/acme/payments/P-1";
        let reply =
            call(Function::BillingPayment, Call { method: "DELETE", path, query, ..GET }).await;
        assert_eq!(reply.status_code, 422, "{query}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_path_says_which_methods_it_takes() {
    for (function, path, method, status, expected) in [
        (Function::BillingInvoice, "/tenants/t/bills/B", "PATCH", 405, "GET,HEAD,PUT"),
        (Function::BillingInvoice, "/tenants/t/bills/B", "OPTIONS", 204, "GET,HEAD,PUT"),
        (Function::BillingInvoice, "/tenants/t/bills/B/sync", "GET", 405, "POST"),
        (Function::BillingPayment, "/tenants/t/payments/P", "POST", 405, "DELETE,GET,HEAD,PUT"),
        (Function::Settings, "/tenants/t/settings", "DELETE", 405, "GET,HEAD,PUT"),
        (Function::Settings, "/tenants/t/lists/items", "PUT", 405, "GET,HEAD"),
        (Function::Settings, "/tenants/t/links/item/i", "POST", 405, "DELETE,GET,HEAD,PUT"),
        (Function::Settings, "/tenants/t/links/proposals", "GET", 405, "POST"),
        (Function::Settings, "/tenants/t/history", "PUT", 405, "DELETE,GET,HEAD"),
        (Function::Settings, "/tenants/t/postings/retry", "GET", 405, "POST"),
        (Function::Settings, "/tenants/t/templates", "POST", 405, "GET,HEAD"),
        (
            Function::Settings,
            "/tenants/t/workflows/agent_billing",
            "POST",
            405,
            "DELETE,GET,HEAD,PUT",
        ),
        (Function::Settings, "/tenants/t/workflows/agent_billing/run", "GET", 405, "POST"),
        (Function::Disbursement, "/tenants/t/disbursements/D", "DELETE", 405, "GET,HEAD,PUT"),
        (Function::Disbursement, "/tenants/t/disbursements/D/sync", "PUT", 405, "POST"),
        (Function::PaymentPull, "/tenants/t/payment-pull", "POST", 405, "GET,HEAD,PUT"),
        (Function::PaymentPull, "/tenants/t/payment-pulls", "GET", 405, "POST"),
        (Function::PaymentPull, "/tenants/t/issued-payments", "PUT", 405, "GET,HEAD"),
        (Function::PaymentPull, "/tenants/t/issued-payments/legend", "DELETE", 405, "GET,HEAD"),
        (
            Function::PaymentPull,
            "/tenants/t/issued-payments/1.2",
            "POST",
            405,
            "DELETE,GET,HEAD,PUT",
        ),
        (Function::Import, "/tenants/t/imports", "PUT", 405, "GET,HEAD,POST"),
        (Function::Import, "/tenants/t/imports/i", "DELETE", 405, "GET,HEAD"),
        (Function::Import, "/tenants/t/imports/i/start", "GET", 405, "POST"),
        (Function::IntuitWebhook, "/intuit/webhooks", "GET", 405, "POST"),
        (Function::IntuitWebhook, "/intuit/webhooks", "HEAD", 405, "POST"),
        (Function::OauthCallback, "/tenants/t/connection", "PUT", 405, "DELETE,GET,HEAD,POST"),
        (Function::OauthCallback, "/oauth/callback", "POST", 405, "GET,HEAD"),
    ] {
        let reply = call(function, Call { method, path, ..GET }).await;
        assert_eq!(reply.status_code, status, "{method} {path}");
        let mut allowed: Vec<&str> = reply.headers["allow"].split(',').map(str::trim).collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), expected, "{method} {path}");
    }
}

#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    let reply =
        call(Function::BillingInvoice, Call { method: "HEAD", path: "/nowhere", ..GET }).await;
    assert_eq!((reply.status_code, reply.body.as_str()), (404, ""));
    let path = "/oauth/callback";
    let query = "state=acme.0123&code=c&realmId=1";
    let reply = call(Function::OauthCallback, Call { method: "HEAD", path, query, ..GET }).await;
    assert_eq!((reply.status_code, reply.body.as_str()), (204, ""), "a preview uses nothing up");
}

#[tokio::test]
async fn a_browser_without_a_state_gets_a_page_that_says_what_to_do() {
    for (path, status, title) in [
        ("/oauth/callback", 400, "This attempt to connect has expired"),
        ("/oauth/reconnect", 404, "Reconnect from your account"),
        ("/oauth/disconnected", 200, "QuickBooks is disconnected"),
    ] {
        let reply = call(Function::OauthCallback, Call { path, signed: false, ..GET }).await;
        assert_eq!(reply.status_code, status, "{path}");
        assert!(reply.body.contains(title), "{}", reply.body);
        assert_eq!(reply.headers["cache-control"], "no-store");
        assert_eq!(reply.headers["x-frame-options"], "DENY");
        assert!(reply.headers["content-security-policy"].starts_with("default-src 'none'"));
    }
}

#[test]
fn every_sample_event_is_of_a_kind_its_function_takes() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events");
    for function in [
        Function::OauthCallback,
        Function::Settings,
        Function::BillingInvoice,
        Function::BillingPayment,
        Function::Disbursement,
        Function::PaymentPull,
        Function::IntuitWebhook,
        Function::EventPublisher,
        Function::Import,
    ] {
        let mut kinds = (0, 0);
        for entry in std::fs::read_dir(format!("{root}/{}", function.name())).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            match Event::parse(&text).unwrap() {
                Event::Url(event) => {
                    kinds.0 += 1;
                    assert!(!event.request_context.domain_name.is_empty(), "{}", path.display());
                }
                Event::Queue(event) => {
                    kinds.1 += 1;
                    for record in event.records {
                        let message = aws::queues::Message::parse(&record.body).unwrap();
                        assert_eq!(message.tenant.as_str(), record.attributes.message_group_id);
                    }
                }
                Event::Stream(event) => {
                    assert_eq!(function, Function::EventPublisher);
                    let read = event.records.into_iter().map(|record| record.read().unwrap());
                    assert!(read.flatten().count() > 0, "{}: tells nothing", path.display());
                }
                Event::Sweep => assert_eq!(function, Function::BillingInvoice),
                Event::Pull => assert_eq!(function, Function::PaymentPull),
            }
        }
        let has_queue = function != Function::OauthCallback;
        let has_url = function != Function::EventPublisher;
        assert!(
            (kinds.0 > 0) == has_url && (kinds.1 > 0) == has_queue,
            "{}: {kinds:?}",
            function.name()
        );
    }
}

/// Signed with the verifier that the README names.
#[tokio::test]
async fn sample_notifications_are_genuine_and_can_be_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/intuit-webhook");
    let verifier = quickbooks::WebhookVerifier::new("local-webhook-verifier");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let Event::Url(event) = Event::parse(&text).unwrap() else { continue };
        let signature = event.headers["intuit-signature"].clone();
        let body = crate::http::request_body(*event).await.unwrap();
        assert!(quickbooks::webhook::is_signed(&body, &signature, &verifier), "{text}");
        let parsed = quickbooks::webhook::parse(&body).unwrap();
        assert_eq!((parsed.unreadable, parsed.left_out), (0, 0), "{text}");
        read += parsed.notifications.len();
    }
    assert!(read > 0);
}

/// The records in the sample events can be read.
#[tokio::test]
async fn sample_records_are_good_records() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events");
    for (file, read) in [
        (
            "billing-invoice/put-bill.json",
            (|json| crate::body::bill(json).map(drop)) as fn(&crate::body::Json) -> _,
        ),
        ("billing-invoice/put-paid-bill-base64.json", |json| crate::body::bill(json).map(drop)),
        ("billing-payment/put-payment.json", |json| crate::body::payment(json).map(drop)),
        ("billing-payment/put-payment-base64.json", |json| crate::body::payment(json).map(drop)),
        ("settings/put-settings.json", |json| crate::body::settings(json).map(drop)),
        ("settings/put-settings-base64.json", |json| crate::body::settings(json).map(drop)),
        ("settings/put-link.json", |json| crate::body::link(json).map(drop)),
        ("settings/propose-links.json", |json| crate::body::proposals(json).map(drop)),
        ("settings/retry-postings.json", |json| crate::body::retry(json).map(drop)),
        ("settings/replay-dead-letters.json", |json| crate::body::dead_letters(json).map(drop)),
        ("settings/hold-posting.json", |json| crate::body::one_record(json).map(drop)),
        ("settings/unlink-posting.json", |json| crate::body::one_record(json).map(drop)),
        ("settings/release-postings.json", |json| crate::body::release(json).map(drop)),
        ("settings/put-workflow.json", |json| {
            crate::body::workflow(domain::template::Template::AgentBilling, json).map(drop)
        }),
        ("disbursement/put-disbursement.json", |json| crate::body::disbursement(json).map(drop)),
        ("disbursement/put-disbursement-as-event-base64.json", |json| {
            crate::body::disbursement(json).map(drop)
        }),
        ("disbursement/sync-disbursement-whatever-the-rules.json", |json| {
            crate::body::asked(json).map(drop)
        }),
        ("payment-pull/put-pull.json", |json| crate::body::pull(json).map(drop)),
        ("payment-pull/put-pull-base64.json", |json| crate::body::pull(json).map(drop)),
        ("payment-pull/put-issued-payment.json", |json| crate::body::annotation(json).map(drop)),
        ("import/create-import.json", |json| crate::body::import(json).map(drop)),
        ("oauth-callback/start-connection.json", |json| crate::body::start(json).map(drop)),
    ] {
        let text = std::fs::read_to_string(format!("{root}/{file}")).unwrap();
        let Ok(Event::Url(event)) = Event::parse(&text) else { panic!("{file} is a call") };
        let body = crate::http::request_body(*event).await.unwrap();
        let result: Result<(), crate::problem::Problem> =
            read(&crate::body::Json::parse(&body).unwrap());
        assert_eq!(result, Ok(()), "{file}");
    }
}
