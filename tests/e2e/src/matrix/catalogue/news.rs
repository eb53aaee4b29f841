//! What comes back from QuickBooks, and what is told to hosts.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::workflow::{Doing, Mender, Scene, Scope, Workflow, nothing};
use crate::records::Disbursement;
use crate::webhook::{Format, body, tell};
use crate::{Receiver, Tenant, until};

pub(super) fn workflows() -> Vec<Workflow> {
    vec![
        Workflow {
            name: "pull-asked-for",
            scope: Scope::Work,
            mender: Mender::Caller,
            prepare: || Box::pin(with_payments()),
            act: ask,
            again: ask,
            is_done: pull_is_over,
            finish: nothing,
        },
        Workflow {
            name: "pull-due",
            scope: Scope::Work,
            mender: Mender::Schedule,
            prepare: || Box::pin(with_payments()),
            act: fall_due,
            again: fall_due,
            is_done: pull_is_over,
            finish: nothing,
        },
        Workflow {
            name: "webhook-payment",
            scope: Scope::Work,
            mender: Mender::Queue,
            prepare: || {
                Box::pin(async {
                    let (tenant, bill) = with_a_bill().await;
                    tenant.advance(600).await;
                    let payment = tenant.pay(&bill, "10.50").await;
                    let told = tenant.told("BillPayment", &payment, "Create").await;
                    let due = due_at(&tenant).await;
                    let told = json!({"told": body(Format::CloudEvents, &[told]), "due": due});
                    Scene::from(tenant).with(told)
                })
            },
            act: tell_it,
            again: tell_it,
            is_done: |scene| {
                Box::pin(async move {
                    notices_are_done(&scene.tenant, 1).await && pull_is_over(scene).await
                })
            },
            finish: nothing,
        },
        Workflow {
            name: "webhook-vendor",
            scope: Scope::Work,
            mender: Mender::Queue,
            prepare: || Box::pin(with_a_vendor_to_be_used_again()),
            act: tell_it,
            again: tell_it,
            is_done: |scene| {
                Box::pin(async move {
                    let wanted = [("agent_expense#disbursement#D2#A1", 1)];
                    notices_are_done(&scene.tenant, 2).await
                        && scene.tenant.has_posted(&wanted).await
                })
            },
            finish: nothing,
        },
        Workflow {
            name: "publish-event",
            scope: Scope::Publisher,
            mender: Mender::Queue,
            prepare: || Box::pin(with_a_receiver()),
            act: |scene| Box::pin(async move { scene.tenant.disconnect().await.status }),
            again: |_| Box::pin(async { 200 }),
            is_done: |scene| Box::pin(async move { is_delivered(&scene, 2).await }),
            finish: |scene| Box::pin(async move { goes_on_in_order(&scene).await }),
        },
    ]
}

/// A tenant that gets what is paid, and the bill of 9,000.00 of its disbursement D1.
async fn with_a_bill() -> (Tenant, String) {
    let tenant = Tenant::pulling().await;
    let record = Disbursement::simple(1, "D-1", "1000.00", "9000.00").value();
    let bill = tenant.bills_of("D1", &record, &["A1"]).await.remove(0);
    (tenant, bill)
}

/// Three payments that came; since then one was entered, one voided, one deleted, one changed.
async fn with_payments() -> Scene {
    let (tenant, bill) = with_a_bill().await;
    let mut known = Vec::new();
    for amount in ["1.00", "2.00", "4.00"] {
        known.push(tenant.pay(&bill, amount).await);
    }
    tenant.pull().await;
    tenant.advance(60).await;
    tenant.pay(&bill, "8.00").await;
    tenant.bookkeeper_does("void", "billpayment", &known[0]).await;
    tenant.bookkeeper_does("delete", "billpayment", &known[1]).await;
    let form = json!({"amount": "16.00"});
    tenant.bookkeeper_does_with("edit", "billpayment", &known[2], form).await;
    let due = due_at(&tenant).await;
    Scene::from(tenant).with(json!({"due": due}))
}

/// When the pull is due; it moves when one is over.
async fn due_at(tenant: &Tenant) -> String {
    tenant.stored_pull().await["due_at"]["S"].as_str().expect("a pull that is on").to_owned()
}

fn ask(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.ask_for_payments().await.status })
}

fn fall_due(scene: Scene) -> Doing<u16> {
    Box::pin(async move {
        let due = scene.note["due"].as_str().expect("it is known when the pull is due");
        scene.tenant.pull_falls_due(due).await;
        200
    })
}

fn pull_is_over(scene: Scene) -> Doing<bool> {
    Box::pin(async move {
        let pull = scene.tenant.stored_pull().await;
        pull["due_at"]["S"] != scene.note["due"] && pull["problem"].is_null()
    })
}

fn tell_it(scene: Scene) -> Doing<u16> {
    Box::pin(async move {
        let told = scene.note["told"].as_str().expect("a notification was prepared");
        tell(told).await.status
    })
}

async fn notices_are_done(tenant: &Tenant, count: usize) -> bool {
    let notices = tenant.notices().await;
    notices.len() == count && notices.iter().all(|notice| notice["done"]["BOOL"] == true)
}

/// A disbursement waits for a vendor that was inactive; the vendor is active again, and nobody knows yet.
async fn with_a_vendor_to_be_used_again() -> Scene {
    let (tenant, bill) = with_a_bill().await;
    tenant.advance(600).await;
    let vendor = tenant.vendor_of(&bill).await;
    tenant.bookkeeper_does("inactivate", "vendor", &vendor).await;
    let told = tenant.told("Vendor", &vendor, "Delete").await;
    tenant.is_told(&told, Format::CloudEvents).await;
    let record = Disbursement::simple(1, "D-2", "1000.00", "9000.00").value();
    tenant.put_disbursement("D2", &record).await;
    let waits = tenant.disbursement_becomes("D2", "blocked").await;
    assert_eq!(waits.code(), "link_unusable", "{}", waits.body);
    tenant.advance(60).await;
    tenant.bookkeeper_does("reactivate", "vendor", &vendor).await;
    let told = tenant.told("Vendor", &vendor, "Update").await;
    Scene::from(tenant).with(json!({"told": body(Format::CloudEvents, &[told])}))
}

/// A tenant of whose connection a host was told.
async fn with_a_receiver() -> Scene {
    let receiver = Receiver::start().await;
    let tenant = Tenant::new().await;
    tenant.sends_to(&receiver).await;
    tenant.connects().await;
    receiver.takes(1).await;
    let scene = Scene { receiver: Some(Arc::new(receiver)), ..tenant.into() };
    until("the first event to be delivered", async || is_delivered(&scene, 1).await.then_some(()))
        .await;
    scene
}

/// One more change is told, and nothing that was told overtook anything.
async fn goes_on_in_order(scene: &Scene) {
    assert_eq!(scene.tenant.connect().await.status, 200);
    until("the next event to be delivered", async || is_delivered(scene, 3).await.then_some(()))
        .await;
    let receiver = scene.receiver.as_ref().expect("the scene has a receiver");
    let mut seen = BTreeSet::new();
    let mut firsts = receiver.taken();
    firsts.retain(|number| seen.insert(*number));
    assert_eq!(firsts, [1, 2, 3], "events that the endpoint took");
}

/// Whether the endpoint has so many events, by what is stored of it.
async fn is_delivered(scene: &Scene, count: u64) -> bool {
    let items = scene.tenant.items().await;
    let endpoint = items.iter().find(|item| item["sk"]["S"] == "EVENT_ENDPOINT");
    let delivered = endpoint.map_or(&Value::Null, |endpoint| &endpoint["delivered"]["N"]);
    delivered.as_str() == Some(&count.to_string())
}
