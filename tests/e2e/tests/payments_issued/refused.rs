//! Who may not pull, what may not be asked, and what it means what is shown.

use e2e::aws::Identity;
use e2e::{Tenant, until};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{did, with_a_bill};

/// S3-27: nothing comes before somebody said so, and confirmed the company.
#[tokio::test]
async fn a_pull_is_set_up_only_for_the_connected_company() {
    let tenant = Tenant::new().await;
    let on = |company: &str| json!({"company": company, "on": true});
    tenant.configure_pull(&on(&tenant.realm)).await.problem(409, "not_connected");
    tenant.ask_for_payments().await.problem(409, "not_connected");
    tenant.connects().await;
    tenant.ask_for_payments().await.problem(409, "pull_off");
    let unset = tenant.payment_pull().await;
    assert_eq!(unset.status, 200, "{}", unset.body);
    assert_ne!(unset.body["payment_pull"]["on"], json!(true), "{}", unset.body);

    let mark = tenant.mark().await;
    tenant.configure_pull(&json!({"on": true})).await.problem(409, "company_not_confirmed");
    tenant.configure_pull(&on("123")).await.problem(409, "other_company");
    assert!(tenant.calls_since(mark).await.is_empty(), "nothing is asked before");
    tenant.pull_on().await;
    let set = tenant.payment_pull().await.body["payment_pull"].clone();
    assert_eq!(set["company"]["id"], tenant.realm);
    assert_eq!((&set["on"], &set["interval_minutes"]), (&json!(true), &json!(1440)), "{set}");
    assert_eq!((set["since"].is_string(), set["next_at"].is_string()), (true, true), "{set}");
    assert_eq!(tenant.calls_since(mark).await.len(), 1, "what time it is there");

    // From now on the company need not be confirmed any more.
    let off = tenant.configure_pull(&json!({"on": false})).await;
    assert_eq!((off.status, &off.body["payment_pull"]["on"]), (200, &json!(false)), "{}", off.body);
    assert!(off.body["payment_pull"]["next_at"].is_null(), "{}", off.body);
    tenant.ask_for_payments().await.problem(409, "pull_off");
    let again = tenant.configure_pull(&json!({"on": true})).await;
    assert_eq!(again.body["payment_pull"]["since"], set["since"], "switching is no new beginning");
    tenant.disconnect().await;
    tenant.ask_for_payments().await.problem(409, "not_connected");
    tenant.configure_pull(&json!({"on": true})).await.problem(409, "not_connected");
}

/// Intervals are bounded, fields known, methods the documented ones.
#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_place() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    tenant.pull_on().await;
    for interval in [json!(0), json!(4), json!(10_081), json!(-5), json!(7.5), json!("daily")] {
        let refused = tenant.configure_pull(&json!({"interval_minutes": interval})).await;
        let refused = refused.problem(422, "invalid_fields");
        assert_eq!(refused.paths(), ["interval_minutes"], "{interval}");
    }
    let refused = tenant.configure_pull(&json!({"every": 5})).await.problem(422, "invalid_fields");
    assert_eq!(refused.paths(), ["every"]);
    for (query, path) in [
        ("state=odd", "?state"),
        ("limit=0", "?limit"),
        ("cursor=%23", "cursor"),
        ("page=2", "?page"),
    ] {
        let asked = tenant.of_pull(Method::GET, &format!("issued-payments?{query}"), None).await;
        assert_eq!(asked.problem(422, "invalid_fields").paths(), [path], "{query}");
    }
    let intervals = [(json!(5), 5), (json!(10_080), 10_080), (Value::Null, 1440)];
    for (interval, shown) in intervals {
        let saved = tenant.configure_pull(&json!({"interval_minutes": interval})).await;
        assert_eq!(saved.body["payment_pull"]["interval_minutes"], shown, "{}", saved.body);
    }
}

/// Ids are a company's, and a company is a tenant's.
#[tokio::test]
async fn a_payment_of_another_tenant_is_not_there() {
    let (one, bill) = with_a_bill().await;
    let payment = one.pay(&bill, "10.00").await;
    one.pull().await;
    let other = Tenant::pulling().await;
    let theirs = format!("issued-payments/{}.{payment}", one.realm);
    let own = format!("issued-payments/{}.{payment}", other.realm);
    for path in [theirs.as_str(), &own] {
        let body = json!({"number": "stolen", "attachments": []});
        for (method, body) in
            [(Method::GET, None), (Method::PUT, Some(&body)), (Method::DELETE, None)]
        {
            let answer = other.of_pull(method.clone(), path, body).await;
            let what = format!("{method} {path}: {}", answer.body);
            assert_eq!((answer.status, answer.code()), (404, "unknown_payment"), "{what}");
        }
    }
    for odd in ["x", "1.2.3%23", "%00.1", "1", "..", "a.b%2Fc"] {
        let answer = other.of_pull(Method::GET, &format!("issued-payments/{odd}"), None).await;
        assert!([400, 404].contains(&answer.status), "{odd}: {} {}", answer.status, answer.body);
    }
    assert_eq!(other.issued_payments("").await, Vec::<Value>::new());
    let kept = one.issued_payment().await;
    assert_eq!((&kept["state"], &kept["number"]), (&json!("synced"), &Value::Null));
}

/// S3-22, S3-23: every state has a color and says what it means.
#[tokio::test]
async fn the_legend_explains_every_state() {
    let tenant = Tenant::new().await;
    let answer = tenant.of_pull(Method::GET, "issued-payments/legend", None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let states = answer.body["legend"].as_array().expect("a legend");
    let told: Vec<(&str, &str)> = states
        .iter()
        .filter_map(|state| Some((state["state"].as_str()?, state["color"].as_str()?)))
        .collect();
    let expected =
        [("synced", "green"), ("voided", "gray"), ("detached", "amber"), ("gone", "red")];
    assert_eq!(told, expected, "{}", answer.body);
    for state in states {
        for text in ["title", "explanation"] {
            assert!(state[text].as_str().is_some_and(|text| !text.is_empty()), "{state}");
        }
    }
}

/// S3-18, S3-19: impatient people, and the schedule at the same time: each payment once.
#[tokio::test]
async fn pressing_pull_twice_and_all_at_once_brings_each_payment_once() {
    let (tenant, bill) = with_a_bill().await;
    for amount in ["1.00", "2.00", "3.00"] {
        tenant.pay(&bill, amount).await;
    }
    tenant.pull_due_since("2026-01-01T00:00:00.000000Z").await;
    let schedule = async {
        let due = json!({"ledgerbridge": "pull"});
        Identity::root().invoke("payment-pull", &due).await;
    };
    let presses = join_all((0..10).map(|_| tenant.ask_for_payments()));
    let (answers, ()) = tokio::join!(presses, schedule);
    for answer in &answers {
        assert!([200, 202, 503].contains(&answer.status), "{}", answer.body);
    }
    until("all payments", async || (tenant.issued_payments("").await.len() == 3).then_some(()))
        .await;
    assert_eq!(did(&tenant.pull().await)[1..5], [0, 0, 0, 0]);
    let story = tenant.story_of_payments().await;
    assert_eq!(story.len(), 3, "each came once: {story:?}");
    assert_eq!(tenant.open_on("D1", "A1").await, "8994.00");
    until("the schedule's pull to be over", async || {
        let due = tenant.stored_pull().await["due_at"]["S"].as_str().map(str::to_owned);
        due.filter(|due| due.as_str() > "2026-01-02").map(|_| ())
    })
    .await;
}
