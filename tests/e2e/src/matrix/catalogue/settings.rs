//! What admins change, with records that wait for it.

use serde_json::json;

use super::super::workflow::{Doing, Mender, Scene, Scope, Workflow, nothing};
use crate::records::{bill, paid};
use crate::{BANK, BILLING, SAVINGS, Tenant};

const BILLS: [&str; 2] = ["B1", "B2"];

const PRESSED: Workflow = Workflow {
    name: "",
    scope: Scope::Work,
    mender: Mender::HostOrSweep,
    prepare: || Box::pin(async { Tenant::connected().await.into() }),
    act: |_| Box::pin(async { 0 }),
    again: |_| Box::pin(async { 0 }),
    is_done: both_are_posted,
    finish: nothing,
};

pub(super) fn workflows() -> Vec<Workflow> {
    vec![
        Workflow {
            name: "workflow-run",
            prepare: || {
                Box::pin(async {
                    let tenant = Tenant::running(&[]).await;
                    tenant.apply_with(BILLING, json!({})).await;
                    both_wait(&tenant).await;
                    tenant.into()
                })
            },
            act: run,
            again: run,
            ..PRESSED
        },
        Workflow {
            name: "workflow-saved",
            prepare: || {
                Box::pin(async {
                    let tenant = Tenant::running(&[]).await;
                    let savings = json!({"deposit_account": {"id": SAVINGS}});
                    tenant.set_up_with(BILLING, savings).await;
                    tenant.bookkeeper_does("inactivate", "account", SAVINGS).await;
                    both_wait(&tenant).await;
                    tenant.into()
                })
            },
            act: save,
            again: save,
            ..PRESSED
        },
        Workflow {
            name: "books-reopened",
            prepare: || {
                Box::pin(async {
                    let profile = json!({"switches": {"book_close_date": "2026-02-28"}});
                    let tenant = Tenant::with_company(profile).await;
                    tenant.connects().await;
                    let dates = json!({"transaction_date": "close_date"});
                    tenant.set_up_with(BILLING, dates).await;
                    both_wait(&tenant).await;
                    tenant.close_books(None).await;
                    tenant.into()
                })
            },
            act: press_sync,
            again: press_sync,
            ..PRESSED
        },
    ]
}

/// Sends two bills, which have to wait.
async fn both_wait(tenant: &Tenant) {
    for id in BILLS {
        let mut bill = paid(bill(1, id, "1000.25"));
        bill["closed_on"] = json!("2026-02-10");
        let waits = tenant.put_bill(id, &bill).await;
        assert_eq!(waits.state(), "blocked", "{}", waits.body);
    }
}

fn run(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.step(BILLING, "run").await.status })
}

fn save(scene: Scene) -> Doing<u16> {
    Box::pin(async move {
        let bank = json!({"deposit_account": {"id": BANK}});
        scene.tenant.configure(BILLING, &bank).await.status
    })
}

fn press_sync(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.sync_bill("B1").await.status })
}

fn both_are_posted(scene: Scene) -> Doing<bool> {
    Box::pin(async move {
        let wanted = BILLS.map(|id| (format!("agent_billing#bill#{id}"), 1));
        let wanted: Vec<(&str, u64)> =
            wanted.iter().map(|(key, version)| (key.as_str(), *version)).collect();
        scene.tenant.has_posted(&wanted).await
    })
}
