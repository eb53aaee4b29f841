//! A file of five records.

use serde_json::Value;

use super::super::workflow::{Doing, Mender, Scene, Scope, Workflow, nothing};
use crate::Tenant;
use crate::imports::{file, import_id, line, upload};
use crate::records::{bill, paid, payment};

/// Every record of the file. No amount is a number that could be an id.
const POSTED: [(&str, u64); 5] = [
    ("agent_billing#bill#B1", 1),
    ("agent_billing#bill#B2", 1),
    ("agent_billing#bill#B3", 1),
    ("agent_billing#bill#B4", 1),
    ("agent_billing#payment#P1", 1),
];

pub(super) fn workflows() -> Vec<Workflow> {
    vec![Workflow {
        name: "import",
        scope: Scope::Work,
        mender: Mender::Queue,
        prepare: || Box::pin(uploaded()),
        act: start,
        again: start,
        is_done: |scene| {
            Box::pin(async move { is_done(&scene).await && scene.tenant.has_posted(&POSTED).await })
        },
        finish: nothing,
    }]
}

/// The file is where it belongs, and nobody has said so.
async fn uploaded() -> Scene {
    let tenant = Tenant::warmed_up().await;
    let bills = [("B1", "1000.25"), ("B2", "500.50"), ("B3", "700.75")];
    let mut lines: Vec<String> =
        bills.map(|(id, amount)| line("bill", id, &bill(1, &format!("{id}-N"), amount))).into();
    lines.push(line("bill", "B4", &paid(bill(1, "B4-N", "300.35"))));
    let over = payment(1, "1500.75", &[("B1", "1000.25"), ("B2", "500.50")]);
    lines.insert(0, line("payment", "P1", &over));
    let place = tenant.place_for_file("past").await;
    assert_eq!(place.status, 201, "{}", place.body);
    assert_eq!(upload(&place, &file(&lines)).await, 200);
    Scene::from(tenant).with(import_id(&place))
}

fn start(scene: Scene) -> Doing<u16> {
    Box::pin(async move { scene.tenant.import_step(scene.text(), "start").await.status })
}

/// Whether the import is stored as done.
async fn is_done(scene: &Scene) -> bool {
    let key = format!("IMPORT#{}", scene.text());
    let items = scene.tenant.items().await;
    let import = items.iter().find(|item| item["sk"]["S"] == key.as_str());
    import.map_or(&Value::Null, |import| &import["state"]["S"]) == "done"
}
