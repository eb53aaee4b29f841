//! The life of a connection: consent, tokens, disconnect.

use reqwest::Url;
use serde_json::json;

use super::super::workflow::{Doing, Mender, Scene, Scope, Workflow, nothing};
use crate::records::{bill, bill_of};
use crate::{Tenant, until};

const B1: &str = "agent_billing#bill#B1";
/// Longer than an access token lives.
const TWO_HOURS: i64 = 7200;

pub(super) fn workflows() -> Vec<Workflow> {
    vec![
        Workflow {
            name: "connect",
            scope: Scope::Tokens,
            mender: Mender::HostOrSweep,
            prepare: || Box::pin(consented()),
            act: land,
            again: connect_again,
            is_done: |scene| {
                Box::pin(async move {
                    is_connected(&scene.tenant).await
                        && scene.tenant.no_longer_waits_for(B1, "not_connected").await
                })
            },
            finish: |scene| {
                Box::pin(async move {
                    scene.tenant.choose_accounts().await;
                    posts(&scene.tenant, B1).await;
                })
            },
        },
        Workflow {
            name: "connect-again",
            scope: Scope::Tokens,
            mender: Mender::HostOrSweep,
            prepare: || {
                Box::pin(async {
                    let tenant = Tenant::warmed_up().await;
                    tenant.disconnect().await;
                    let waits = tenant.put_bill("B1", &bill(1, "B-1", "1000.25")).await;
                    assert_eq!(waits.code(), "not_connected", "{}", waits.body);
                    on_the_way_back(tenant).await
                })
            },
            act: land,
            again: connect_again,
            is_done: |scene| {
                Box::pin(async move {
                    is_connected(&scene.tenant).await && scene.tenant.has_posted(&[(B1, 1)]).await
                })
            },
            finish: nothing,
        },
        Workflow {
            name: "token-refresh",
            scope: Scope::Tokens,
            mender: Mender::HostOrSweep,
            prepare: || {
                Box::pin(async {
                    let tenant = Tenant::warmed_up().await;
                    tenant.switch(json!({"rotation": "every_refresh"})).await;
                    let token = tenant.stored_token("refresh_token").await;
                    tenant.advance(TWO_HOURS).await;
                    Scene { token, ..tenant.into() }
                })
            },
            act: put,
            again: put,
            is_done: |scene| Box::pin(async move { scene.tenant.has_posted(&[(B1, 1)]).await }),
            finish: |scene| {
                Box::pin(async move {
                    scene.tenant.advance(TWO_HOURS).await;
                    let other = bill_of("A1", 1, "B-2", "2000.50");
                    scene.tenant.put_bill("B2", &other).await;
                    posts(&scene.tenant, "agent_billing#bill#B2").await;
                })
            },
        },
        Workflow {
            name: "disconnect",
            scope: Scope::Tokens,
            mender: Mender::Caller,
            prepare: || {
                Box::pin(async {
                    let tenant = Tenant::warmed_up().await;
                    let token = tenant.stored_token("refresh_token").await;
                    Scene { token, ..tenant.into() }
                })
            },
            act: disconnect,
            again: disconnect,
            is_done: |scene| {
                Box::pin(async move {
                    let tokens = scene.tenant.stored_tokens().await;
                    let calls = scene.tenant.journal(0).await;
                    let given_back = calls.iter().any(|call| call["operation"] == "revoke");
                    tokens.is_null() && given_back && !is_connected(&scene.tenant).await
                })
            },
            finish: |scene| {
                Box::pin(async move {
                    let waits = scene.tenant.put_bill("B1", &bill(1, "B-1", "1000.25")).await;
                    assert_eq!(waits.code(), "not_connected", "{}", waits.body);
                    assert_eq!(scene.tenant.connect().await.status, 200);
                    posts(&scene.tenant, B1).await;
                })
            },
        },
    ]
}

/// A new tenant whose bill waits for the connection, and whose customer has just consented.
async fn consented() -> Scene {
    let tenant = Tenant::new().await;
    let waits = tenant.put_bill("B1", &bill(1, "B-1", "1000.25")).await;
    assert_eq!(waits.code(), "not_connected", "{}", waits.body);
    on_the_way_back(tenant).await
}

/// The customer has consented; the browser is on its way back.
async fn on_the_way_back(tenant: Tenant) -> Scene {
    let location = tenant.consent(&tenant.realm, "connect").await;
    let url = Url::parse(&location).expect("an absolute address");
    let code = url.query_pairs().find(|(name, _)| name == "code");
    let token = code.expect("a consent gives a code").1.into_owned();
    Scene { token, ..Scene::from(tenant).with(location) }
}

fn land(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.land(scene.text()).await.status })
}

/// The customer loads the page again, and looks, which wakes what waits; if it does not say connected, they go through the
/// consent once more.
fn connect_again(scene: Scene) -> Doing<u16> {
    Box::pin(async move {
        scene.tenant.land(scene.text()).await;
        let shown = scene.tenant.connection().await;
        if shown.body["connection"]["status"] == "connected" {
            return shown.status;
        }
        scene.tenant.connect().await.status
    })
}

fn disconnect(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.disconnect().await.status })
}

fn put(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.put_bill("B1", &bill(1, "B-1", "1000.25")).await.status })
}

async fn posts(tenant: &Tenant, posting: &str) {
    until(&format!("{posting} to be posted"), async || {
        tenant.has_posted(&[(posting, 1)]).await.then_some(())
    })
    .await;
}

async fn is_connected(tenant: &Tenant) -> bool {
    let key = json!({"pk": {"S": format!("T#{}", tenant.id)}, "sk": {"S": "CONNECTION"}});
    crate::aws::item(&key).await["status"]["S"] == "connected"
}
