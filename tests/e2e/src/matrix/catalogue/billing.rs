//! Bills and payments of agents.

use serde_json::{Value, json};

use super::super::workflow::{Doing, Mender, Scene, Scope, Workflow, nothing};
use crate::records::{bill, paid, payment};
use crate::{Tenant, until};

const B1: &str = "agent_billing#bill#B1";
const P1: &str = "agent_billing#payment#P1";
/// The bills that a payment pays. No amount is a number that could be an id.
const BILLS: [(&str, &str, &str); 2] = [("B1", "B-1", "1000.25"), ("B2", "B-2", "500.50")];

/// The bills that are released together.
const TOGETHER: [(&str, &str); 3] = [
    ("T1", "agent_billing#bill#T1"),
    ("T2", "agent_billing#bill#T2"),
    ("T3", "agent_billing#bill#T3"),
];

/// Whatever begins with a call about bill B1 or payment P1.
const CALLED: Workflow = Workflow {
    name: "",
    scope: Scope::Work,
    mender: Mender::HostOrSweep,
    prepare: || Box::pin(async { Tenant::warmed_up().await.into() }),
    act: |_| Box::pin(async { 0 }),
    again: |_| Box::pin(async { 0 }),
    is_done: |_| Box::pin(async { false }),
    finish: nothing,
};

pub(super) fn workflows() -> Vec<Workflow> {
    vec![
        Workflow {
            name: "billing-unpaid",
            act: put_unpaid,
            again: put_unpaid,
            is_done: first_version,
            ..CALLED
        },
        Workflow {
            name: "billing-paid",
            act: put_paid,
            again: put_paid,
            is_done: first_version,
            ..CALLED
        },
        Workflow {
            name: "billing-new-names",
            prepare: || Box::pin(async { Tenant::connected().await.into() }),
            act: put_paid,
            again: put_paid,
            is_done: first_version,
            ..CALLED
        },
        Workflow {
            name: "billing-changed",
            prepare: || {
                Box::pin(async {
                    let tenant = Tenant::warmed_up().await;
                    put(&tenant, &bill(1, "B-1", "1000.25")).await;
                    tenant.bill_becomes("B1", "posted").await;
                    tenant.into()
                })
            },
            act: put_changed,
            again: put_changed,
            is_done: |scene| Box::pin(async move { scene.tenant.has_posted(&[(B1, 2)]).await }),
            ..CALLED
        },
        Workflow {
            name: "billing-together",
            mender: Mender::Queue,
            prepare: || Box::pin(async { with_held_bills().await.into() }),
            act: release,
            again: release,
            is_done: |scene| {
                Box::pin(async move {
                    scene.tenant.has_posted(&TOGETHER.map(|(_, key)| (key, 1))).await
                })
            },
            ..CALLED
        },
        Workflow {
            name: "payment-over-bills",
            prepare: || Box::pin(async { with_bills().await.into() }),
            act: pay,
            again: pay,
            is_done: |scene| Box::pin(async move { scene.tenant.has_posted(&[(P1, 1)]).await }),
            ..CALLED
        },
        Workflow {
            name: "payment-void",
            prepare: || {
                Box::pin(async {
                    let tenant = with_bills().await;
                    tenant.put_payment("P1", &over_bills()).await;
                    tenant.payment_becomes("P1", "posted").await;
                    tenant.into()
                })
            },
            act: take_back,
            again: take_back,
            is_done: |scene| Box::pin(async move { is_taken_back(&scene.tenant).await }),
            ..CALLED
        },
    ]
}

async fn put(tenant: &Tenant, bill: &Value) -> u16 {
    tenant.put_bill("B1", bill).await.status
}

fn put_unpaid(scene: Scene) -> Doing<u16> {
    Box::pin(async move { put(&scene.tenant, &bill(1, "B-1", "1000.25")).await })
}

fn put_paid(scene: Scene) -> Doing<u16> {
    Box::pin(async move { put(&scene.tenant, &paid(bill(1, "B-1", "1000.25"))).await })
}

/// Another amount, and paid meanwhile.
fn put_changed(scene: Scene) -> Doing<u16> {
    Box::pin(async move { put(&scene.tenant, &paid(bill(2, "B-1", "1200.75"))).await })
}

fn first_version(scene: Scene) -> Doing<bool> {
    Box::pin(async move { scene.tenant.has_posted(&[(B1, 1)]).await })
}

/// Three bills that a person releases at once, so that they are posted in one batch.
async fn with_held_bills() -> Tenant {
    let tenant = Tenant::warmed_up().await;
    for (id, _) in TOGETHER {
        tenant.bill_happens(id, &bill(1, &format!("{id}-N"), "1000.25")).await;
        tenant.bill_becomes(id, "held").await;
    }
    // The index by which they are found takes its time.
    until("the held bills to be listed", async || {
        (tenant.postings("held", "").await.len() == TOGETHER.len()).then_some(())
    })
    .await;
    tenant
}

fn release(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.release(&json!({"kind": "bill"})).await.status })
}

async fn with_bills() -> Tenant {
    let tenant = Tenant::warmed_up().await;
    for (id, number, amount) in BILLS {
        tenant.put_bill(id, &bill(1, number, amount)).await;
        tenant.bill_becomes(id, "posted").await;
    }
    tenant
}

fn over_bills() -> Value {
    payment(1, "1500.75", &BILLS.map(|(id, _, amount)| (id, amount)))
}

fn pay(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.put_payment("P1", &over_bills()).await.status })
}

fn take_back(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.delete_payment("P1").await.status })
}

/// Whether the payment's posting says that it was voided.
async fn is_taken_back(tenant: &Tenant) -> bool {
    let key =
        json!({"pk": {"S": format!("T#{}", tenant.id)}, "sk": {"S": format!("POSTING#{P1}")}});
    let posting = crate::aws::item(&key).await;
    let objects = posting["objects"]["L"].as_array();
    let removed = objects
        .is_some_and(|objects| objects.iter().any(|object| !object["M"]["removal"].is_null()));
    removed && tenant.has_posted(&[(P1, 1)]).await
}
