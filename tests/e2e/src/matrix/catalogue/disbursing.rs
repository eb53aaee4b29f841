//! Disbursements: each template, a change, and what the queue posts.

use serde_json::{Value, json};

use super::super::workflow::{Doing, Mender, Scene, Scope, Workflow, nothing};
use crate::records::Disbursement;
use crate::{EXPENSES, INCOMES, Tenant, until};

const INCOME: &str = "brokerage_income#disbursement#D1";
const ANN: &str = "agent_expense#disbursement#D1#A1";
const LAKESIDE: &str = "agent_expense#disbursement#D1#R1";

const CALLED: Workflow = Workflow {
    name: "",
    scope: Scope::Work,
    mender: Mender::HostOrSweep,
    prepare: || Box::pin(async { prepared(0).await.into() }),
    act: put,
    again: put,
    is_done: first_version,
    finish: nothing,
};

/// Each template of income with one of expense, so that each is tried once.
pub(super) fn workflows() -> Vec<Workflow> {
    vec![
        Workflow { name: "disbursement-invoice-bill", ..CALLED },
        Workflow {
            name: "disbursement-receipt-check",
            prepare: || Box::pin(async { prepared(1).await.into() }),
            ..CALLED
        },
        Workflow {
            name: "disbursement-deposit-journal",
            prepare: || Box::pin(async { prepared(2).await.into() }),
            ..CALLED
        },
        Workflow {
            name: "disbursement-changed",
            prepare: || {
                Box::pin(async {
                    let tenant = prepared(0).await;
                    sent(&tenant, "D1", &record().value()).await;
                    tenant.into()
                })
            },
            act: put_changed,
            again: put_changed,
            is_done: |scene| {
                let wanted = [(INCOME, 2), (ANN, 2), (LAKESIDE, 2)];
                Box::pin(async move { scene.tenant.has_posted(&wanted).await })
            },
            ..CALLED
        },
        Workflow {
            name: "disbursement-by-queue",
            mender: Mender::Queue,
            prepare: || {
                Box::pin(async {
                    let tenant = prepared(0).await;
                    let held = tenant.disbursement_happens("D1", &record().value()).await;
                    assert_eq!(held.state(), "held", "{}", held.body);
                    tenant.into()
                })
            },
            act: release,
            again: release,
            ..CALLED
        },
    ]
}

/// An income and two payees.
fn record() -> Disbursement {
    Disbursement::new(1, "D-1").without("F1")
}

/// A tenant whose parties are linked, with a pair of templates.
async fn prepared(pair: usize) -> Tenant {
    let tenant = Tenant::disbursing(INCOMES[pair], EXPENSES[pair]).await;
    let other = Disbursement::simple(1, "D-0", "100.00", "200.00");
    let referrals = Disbursement::new(1, "D-0").value()["referrals"].clone();
    let other = other.with("/referrals", referrals).split("R1", "300.00");
    sent(&tenant, "D0", &other.value()).await;
    tenant
}

/// Sends a disbursement and waits until all of it is posted.
async fn sent(tenant: &Tenant, id: &str, record: &Value) {
    tenant.put_disbursement(id, record).await;
    let keys = ["brokerage_income#disbursement#ID", "agent_expense#disbursement#ID#A1"];
    let keys = [keys[0], keys[1], "agent_expense#disbursement#ID#R1"];
    let keys = keys.map(|key| key.replace("ID", id));
    let wanted: Vec<(&str, u64)> = keys.iter().map(|key| (key.as_str(), 1)).collect();
    until(&format!("disbursement {id}"), async || tenant.has_posted(&wanted).await.then_some(()))
        .await;
}

fn put(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.put_disbursement("D1", &record().value()).await.status })
}

/// Ann gets more, Lakeside nothing: two documents change, one goes.
fn put_changed(scene: Scene) -> Doing<u16> {
    let changed = record().version(2).without("R1").split("A1", "9500.00").value();
    Box::pin(async move { scene.tenant.put_disbursement("D1", &changed).await.status })
}

fn release(scene: Scene) -> Doing<u16> {
    Box::pin(async move {
        scene.tenant.release(&json!({"kind": "disbursement", "id": "D1"})).await.status
    })
}

fn first_version(scene: Scene) -> Doing<bool> {
    let wanted = [(INCOME, 1), (ANN, 1), (LAKESIDE, 1)];
    Box::pin(async move { scene.tenant.has_posted(&wanted).await })
}
