//! What is believed: everything that Intuit signed, and nothing else, once.

use e2e::books::metered;
use e2e::webhook::{Format, Told, body, signature, tell, tell_with};
use e2e::{Answer, Tenant, call_without_key, stack};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::Value;

use super::{heard, with_a_bill};

/// A tenant with a payment that did not come yet, and what Intuit says of it.
async fn with_a_payment() -> (Tenant, String, Told) {
    let (tenant, bill) = with_a_bill().await;
    let payment = tenant.pay(&bill, "10.00").await;
    let told = tenant.told("BillPayment", &payment, "Create").await;
    (tenant, payment, told)
}

async fn assert_nothing_was_believed(tenant: &Tenant, mark: u64) {
    assert_eq!(tenant.notices().await, Vec::<Value>::new());
    assert!(tenant.journal(mark).await.is_empty());
    assert_eq!(tenant.issued_payments("").await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_intuit_did_not_sign_is_refused_and_has_no_effect() {
    let (tenant, _, told) = with_a_payment().await;
    let mark = tenant.mark().await;
    for format in Format::ALL {
        let genuine = body(format, std::slice::from_ref(&told));
        let own = |body: &str| signature(body, &stack().webhook_verifier);
        let signed = own(&genuine);
        let cut = &genuine[..genuine.len() - 2];
        let other = genuine.replace("reate", "elete");
        for (what, body, signature) in [
            ("unsigned", genuine.as_str(), None),
            ("an empty signature", &genuine, Some(String::new())),
            ("nonsense", &genuine, Some("c2lnbmVk".to_owned())),
            ("no base64", &genuine, Some("§§§".to_owned())),
            ("another verifier", &genuine, Some(signature(&genuine, "another"))),
            ("no verifier", &genuine, Some(signature(&genuine, ""))),
            ("the client's secret", &genuine, Some(signature(&genuine, &stack().client_secret))),
            ("half a signature", &genuine, Some(signed[..20].to_owned())),
            ("a signature in small letters", &genuine, Some(signed.to_lowercase())),
            ("cut off", cut, Some(signed.clone())),
            ("changed", &other, Some(signed.clone())),
            ("with more behind it", &format!("{genuine} "), Some(signed.clone())),
            ("empty", "", Some(signed.clone())),
        ] {
            let answer = tell_with(body, signature.as_deref()).await;
            let what = format!("{format:?}, {what}: {}", answer.body);
            assert_eq!((answer.status, answer.code()), (401, "signature_invalid"), "{what}");
        }
        // An API key is no signature.
        let path = "/intuit/webhooks";
        let request = e2e::request("intuit-webhook", Method::POST, path);
        let answer = e2e::send(request.bearer_auth(&stack().api_key).body(genuine.clone())).await;
        assert_eq!(answer.status, 401, "{}", answer.body);
        let huge = format!("{genuine}{}", " ".repeat(300 * 1024));
        assert_eq!(tell(&huge).await.status, 413);
        assert_eq!(tell_with(&huge, None).await.status, 413);
    }
    for signed_nonsense in ["", "{", "null", "[]x", "{\"eventNotifications\":7}"] {
        let answer = tell(signed_nonsense).await;
        assert!((400..500).contains(&answer.status), "{signed_nonsense}: {}", answer.body);
    }
    for (method, path, status) in [
        (Method::GET, "/intuit/webhooks", 405),
        (Method::PUT, "/intuit/webhooks", 405),
        (Method::POST, "/intuit", 404),
        (Method::POST, "/", 404),
    ] {
        let answer = call_without_key("intuit-webhook", method, path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }
    assert_nothing_was_believed(&tenant, mark).await;
}

/// In either format, signed with the header as Intuit writes it.
#[tokio::test]
async fn what_intuit_signed_brings_the_payment_with_one_metered_read() {
    join_all(Format::ALL.map(async |format| {
        let (tenant, payment, told) = with_a_payment().await;
        let mark = tenant.mark().await;
        assert_eq!(heard(&tell(&body(format, std::slice::from_ref(&told))).await), [1, 0, 0]);
        tenant.issued_becomes(&payment, "synced").await;
        tenant.notices_are_done().await;
        assert_eq!(metered(&tenant.calls_since(mark).await), 1, "{format:?}");
    }))
    .await;
}

/// What was seen to is not seen to again, in whichever form it comes: who replays a genuine notification gains nothing.
#[tokio::test]
async fn a_replayed_notification_has_no_effect() {
    let (tenant, payment, told) = with_a_payment().await;
    let bodies = Format::ALL.map(|format| body(format, std::slice::from_ref(&told)));
    assert_eq!(heard(&tell(&bodies[0]).await), [1, 0, 0]);
    tenant.issued_becomes(&payment, "synced").await;
    tenant.notices_are_done().await;
    let (mark, stored) = (tenant.mark().await, tenant.notices().await);
    let replays = bodies.iter().cycle().take(6).map(async |body| tell(body).await);
    for answer in join_all(replays).await {
        assert_eq!(heard(&answer), [0, 1, 0]);
    }
    assert_eq!(tenant.notices().await, stored);
    assert!(tenant.journal(mark).await.is_empty());
    assert_eq!(tenant.story_of_payments().await.len(), 1);
}

/// The same at once: one look.
#[tokio::test]
async fn a_notification_that_comes_many_times_at_once_is_seen_to_once() {
    let (tenant, payment, told) = with_a_payment().await;
    let told = body(Format::CloudEvents, std::slice::from_ref(&told));
    let mark = tenant.mark().await;
    let answers: Vec<Answer> = join_all((0..12).map(|_| tell(&told))).await;
    assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status)), "{answers:?}");
    tenant.issued_becomes(&payment, "synced").await;
    tenant.notices_are_done().await;
    assert_eq!(metered(&tenant.calls_since(mark).await), 1);
    assert_eq!(tenant.notices().await.len(), 1);
}

/// What ledgerbridge keeps nothing of, companies that nobody connected, kinds and operations that do not exist yet.
#[tokio::test]
async fn what_concerns_nobody_is_taken_and_passed_over() {
    let (tenant, payment, told) = with_a_payment().await;
    let mark = tenant.mark().await;
    let like = |entity: &str, operation: &str| Told {
        entity: entity.to_owned(),
        operation: operation.to_owned(),
        ..told.clone()
    };
    let strangers = [
        like("Yacht", "Create"),
        like("Bill", "Update"),
        like("Invoice", "Emailed"),
        Told { realm: "9130000000001".to_owned(), ..told.clone() },
        Told { realm: "x#y".to_owned(), ..told.clone() },
        Told { id: "1#2".to_owned(), ..told.clone() },
    ];
    for format in Format::ALL {
        assert_eq!(heard(&tell(&body(format, &strangers)).await), [0, 0, 6], "{format:?}");
        assert_eq!(heard(&tell(&body(format, &[])).await), [0, 0, 0], "{format:?}");
    }
    assert_nothing_was_believed(&tenant, mark).await;
    // Among strangers, and done in a way that nobody knows yet: it is found all the same.
    let mut all = strangers.to_vec();
    all.push(Told { operation: "Reconcile".to_owned(), ..told });
    assert_eq!(heard(&tell(&body(Format::Classic, &all)).await), [1, 0, 6]);
    tenant.issued_becomes(&payment, "synced").await;
    tenant.notices_are_done().await;
}

/// One body for several companies, as Intuit may send it, and another tenant's data stays its own.
#[tokio::test]
async fn several_companies_in_one_body_are_each_seen_to() {
    join_all(Format::ALL.map(async |format| {
        let (one, other) = tokio::join!(with_a_payment(), with_a_payment());
        let unconnected = Told { realm: Tenant::new().await.realm, ..one.2.clone() };
        let all = [one.2.clone(), unconnected, other.2.clone()];
        assert_eq!(heard(&tell(&body(format, &all)).await), [2, 0, 1]);
        for (tenant, payment, _) in [&one, &other] {
            tenant.issued_becomes(payment, "synced").await;
            assert_eq!(tenant.issued_payments("").await.len(), 1);
            assert_eq!(tenant.notices().await.len(), 1);
            tenant.notices_are_done().await;
        }
    }))
    .await;
}

/// A tenant that pulls nothing is told all the same, and asks nothing.
#[tokio::test]
async fn a_notification_for_a_tenant_that_pulls_nothing_costs_nothing() {
    let tenant = Tenant::billing_vendors().await;
    let bill = tenant.bills_of("D1", &super::record("D-1"), &["A1"]).await.remove(0);
    let payment = tenant.pay(&bill, "10.00").await;
    let mark = tenant.mark().await;
    let told = tenant.told("BillPayment", &payment, "Create").await;
    tenant.is_told(&told, Format::CloudEvents).await;
    let queue = &stack().queues["payment-pull"];
    e2e::until("the pull to be passed over", async || {
        (e2e::aws::messages(queue).await == 0).then_some(())
    })
    .await;
    assert!(tenant.journal(mark).await.is_empty());
}
