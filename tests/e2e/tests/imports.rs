//! A file of records is imported: every good line is posted once, every bad one is named, and a person can stop it.

mod bad_lines;
mod interrupted;
mod steered;
mod waiting;

use e2e::books::outline;
use e2e::imports::{Books, file, import_id, line, upload};
use e2e::records::{Disbursement, bill, bill_of, paid, payment};
use e2e::{BILLING, EXPENSES, INCOMES, Tenant, until};
use serde_json::{Value, json};

/// More than three full batches.
const MANY: usize = 100;

/// A tenant with everything running that a file may have lines for.
async fn ready() -> Tenant {
    Tenant::running(&[BILLING, INCOMES[0], EXPENSES[0]]).await
}

/// Bills of some agents, numbered like their ids.
fn bills(count: usize) -> Vec<String> {
    let bill = |number: usize| {
        let (id, agent) = (format!("B-{number}"), format!("A{}", number % 3 + 1));
        line("bill", &id, &bill_of(&agent, 1, &id, &format!("{number}.25")))
    };
    (1..=count).map(bill).collect()
}

/// One of everything, with the payment in front of what it pays.
fn mixed() -> Vec<String> {
    vec![
        line("payment", "P1", &payment(1, "30.00", &[("B1", "10.00"), ("B2", "20.00")])),
        line("bill", "B1", &bill(1, "B-1", "10.00")),
        line("bill", "B2", &bill(1, "B-2", "20.00")),
        line("bill", "B3", &paid(bill(1, "B-3", "40.00"))),
        line("disbursement", "D1", &Disbursement::new(1, "D-1").value()),
    ]
}

async fn assert_exact(tenant: &Tenant, file: &str) {
    tenant.comes_to_rest().await;
    let differences = Books::of(tenant).await.differences(&Books::of_file(file));
    assert!(differences.is_empty(), "{}", told(&differences));
    tenant.assert_balanced().await;
}

fn told(all: &[impl ToString]) -> String {
    all.iter().map(|it| format!("{}\n", it.to_string())).collect()
}

fn counts(import: &Value) -> [u64; 4] {
    ["total", "done", "posted", "left"].map(|name| import["records"][name].as_u64().unwrap_or(99))
}

#[tokio::test]
async fn a_small_file_needs_one_call_and_its_payments_find_bills_that_come_later_in_it() {
    let tenant = ready().await;
    let file = file(&mixed());
    let begun = tenant.import(&file).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    let import = tenant.import_becomes(&import_id(&begun), "done").await;
    assert_eq!(import["lines"], json!({"read": 5, "good": 5, "bad": 0}), "{import}");
    assert_eq!(counts(&import), [5, 5, 5, 0], "{import}");
    assert!(import["finished_at"].is_string() && import["reason"].is_null(), "{import}");
    assert_exact(&tenant, &file).await;
    tenant.payment("P1").await.posted();
    tenant.disbursement("D1").await.posted();
}

#[tokio::test]
async fn a_large_file_is_uploaded_first_and_goes_to_quickbooks_in_full_batches() {
    let tenant = Tenant::connected().await;
    let file = file(&bills(MANY));
    let place = tenant.place_for_file("bills of 2025").await;
    assert_eq!(place.status, 201, "{}", place.body);
    assert_eq!(place.body["import"]["state"], "awaiting_file", "{}", place.body);
    let id = import_id(&place);
    assert_eq!(tenant.import_step(&id, "start").await.status, 409, "there is no file yet");
    assert_eq!(upload(&place, &file).await, 200);
    let mark = tenant.mark().await;
    for _ in 0..2 {
        assert_eq!(tenant.import_step(&id, "start").await.status, 202);
    }
    let import = tenant.import_becomes(&id, "done").await;
    assert_eq!((&import["name"], counts(&import)), (&json!("bills of 2025"), [100, 100, 100, 0]));
    assert_exact(&tenant, &file).await;
    let calls = tenant.calls_since(mark).await;
    let batches: Vec<usize> = calls
        .iter()
        .filter(|call| call["operation"] == "batch")
        .map(|call| call["items"].as_array().map_or(0, Vec::len))
        .collect();
    // The first of each agent makes what the others need.
    assert!(batches.iter().sum::<usize>() >= MANY - 6, "{:?}", outline(&calls));
    assert!(batches.len() <= MANY / 30 + 3, "{batches:?}");
    assert_eq!(tenant.import_step(&id, "start").await.body["import"]["state"], "done");
}

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_calls_nobody() {
    let tenant = ready().await;
    let file = file(&mixed());
    let first = tenant.import_uploaded(&file).await;
    tenant.import_becomes(&first, "done").await;
    assert_exact(&tenant, &file).await;
    let mark = tenant.mark().await;
    let second = tenant.import_uploaded(&file).await;
    let import = tenant.import_becomes(&second, "done").await;
    assert_eq!(import["records"]["unchanged"], 5, "{import}");
    assert_eq!(outline(&tenant.calls_since(mark).await), Vec::<String>::new());
    assert_exact(&tenant, &file).await;

    let listed = tenant.ask_imports("imports?limit=1").await;
    assert_eq!(listed.body["imports"][0]["id"], json!(second), "the newest first: {}", listed.body);
    let next = listed.body["next"].as_str().expect("there is another one");
    let listed = tenant.ask_imports(&format!("imports?limit=1&cursor={next}")).await;
    assert_eq!(listed.body["imports"][0]["id"], json!(first), "{}", listed.body);
}

#[tokio::test]
async fn without_a_connection_or_a_workflow_nothing_begins() {
    let strange = Tenant::new().await;
    let begun = strange.import(&file(&mixed())).await;
    let refused = begun.problem(409, "not_connected");
    assert!(
        refused.body.to_string().contains("then a person begins the import"),
        "{}",
        refused.body
    );

    let billing = Tenant::connected().await;
    let begun = billing.import(&file(&mixed())).await;
    let id = import_id(&begun);
    let import = until("the import to say that it needs a workflow", async || {
        let import = billing.imported(&id).await;
        (import["state"] == "paused").then_some(import)
    })
    .await;
    let remedy = import["reason"]["remedy"].as_str().unwrap_or_default();
    assert!(!remedy.is_empty(), "{import}");
    assert_eq!(billing.disbursement("D1").await.status, 404, "it does not wait by itself");
    for template in [INCOMES[0], EXPENSES[0]] {
        billing.set_up(template).await;
    }
    assert_eq!(billing.import_step(&id, "resume").await.status, 200);
    billing.import_becomes(&id, "done").await;
    assert_exact(&billing, &file(&mixed())).await;
}

#[tokio::test]
async fn another_tenant_neither_sees_an_import_nor_touches_it() {
    let tenant = Tenant::connected().await;
    let other = Tenant::connected().await;
    let place = tenant.place_for_file("mine").await;
    let id = import_id(&place);
    for path in [format!("imports/{id}"), format!("imports/{id}/problems")] {
        other.ask_imports(&path).await.problem(404, "unknown_import");
    }
    for step in ["start", "pause", "resume", "cancel"] {
        other.import_step(&id, step).await.problem(404, "unknown_import");
    }
    assert_eq!(other.ask_imports("imports").await.body["imports"], json!([]));
    assert_eq!(tenant.imported(&id).await["state"], "awaiting_file");
}
