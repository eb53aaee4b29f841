//! When an app hears of changes while its endpoint fails, hangs or is down.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    endpoint::{Endpoint, HANGS, attempted, deliveries, subscribe},
    support::Company,
};

#[tokio::test]
async fn what_is_not_acknowledged_is_tried_again_as_the_clock_moves() {
    let mut endpoint = Endpoint::up().await;
    endpoint.answer(500);
    let company = endpoint.company("cloudevents").await;
    company.customer("Acme").await;
    let first = endpoint.heard().await;
    let mut elapsed = 0;
    let due = [10, 20, 30, 300, 1200, 7200, 14_400, 21_600, 43_200, 64_800];
    for (made, due) in due.into_iter().enumerate() {
        attempted(&company, made + 1).await;
        company.advance(due - elapsed - 1).await;
        let waiting = attempted(&company, made + 1).await;
        assert_eq!(waiting["state"], "pending");
        company.advance(1).await;
        assert_eq!(endpoint.heard().await, first, "after {due} s");
        elapsed = due;
    }
    attempted(&company, due.len() + 1).await;
    endpoint.answer(200);
    // A clock that jumps over several attempts gets them as one.
    company.advance(30 * 86_400).await;
    let healed = attempted(&company, due.len() + 2).await;
    assert_eq!(
        (&healed["state"], &healed["attempts"][0]["status"]),
        (&json!("delivered"), &json!(500))
    );
    company.advance(86_400).await;
    attempted(&company, due.len() + 2).await;
}

#[tokio::test]
async fn later_events_wait_for_the_one_that_fails() {
    let mut endpoint = Endpoint::up().await;
    endpoint.answer(503);
    let company = endpoint.company("classic").await;
    company.customer("First").await;
    let first = endpoint.heard().await;
    attempted(&company, 1).await;
    company.customer("Second").await;
    let waiting = company.inspect("webhooks").await["deliveries"].take();
    assert_eq!(waiting[1]["attempts"], json!([]));
    endpoint.answer(200);
    company.advance(10).await;
    assert_eq!(endpoint.heard().await, first);
    assert_ne!(endpoint.heard().await, first);
    let delivered = |all: &[Value]| all.iter().all(|delivery| delivery["state"] == "delivered");
    deliveries(&company, delivered).await;

    company.switch(json!({"webhook_while_failing": "send_later"})).await;
    endpoint.answer(400);
    company.customer("Third").await;
    endpoint.heard().await;
    company.customer("Fourth").await;
    endpoint.heard().await;
}

#[tokio::test]
async fn an_endpoint_that_hangs_slows_nobody_and_is_given_up_after_three_seconds() {
    let mut endpoint = Endpoint::up().await;
    endpoint.answer(HANGS);
    let company = endpoint.company("classic").await;
    let other = Company::at(&company.base, json!({})).await;
    company.customer("First").await;
    endpoint.heard().await;
    company.customer("Second").await;
    let listed = company.inspect("webhooks").await["deliveries"].take();
    assert_eq!((&listed[0]["attempts"], &listed[1]["attempts"]), (&json!([]), &json!([])));
    endpoint.answer(200);
    other.customer("Elsewhere").await;
    assert_eq!(attempted(&other, 1).await["state"], "delivered");
    let given_up = |all: &[Value]| all[0]["attempts"][0]["error"] == "no answer within 3 s";
    assert_eq!(deliveries(&company, given_up).await[0]["state"], "pending");
}

#[tokio::test]
async fn an_endpoint_that_was_down_hears_it_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let elsewhere = Endpoint::up().await;
    let company = elsewhere.company("cloudevents").await;
    subscribe(&company, &format!("http://{address}/hooks"), "cloudevents").await;
    company.customer("Acme").await;
    let failed = attempted(&company, 1).await;
    assert!(failed["attempts"][0]["error"].as_str().unwrap().contains("refused"), "{failed}");
    let mut endpoint = Endpoint::on(TcpListener::bind(address).await.unwrap());
    company.advance(10).await;
    assert_eq!(endpoint.heard().await.told(), ["customer created"]);
    assert_eq!(attempted(&company, 2).await["state"], "delivered");
}
