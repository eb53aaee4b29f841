//! What a person chooses is looked at in QuickBooks: when it is saved, and again when QuickBooks says that it went away.

use e2e::records::{bill, bill_of, paid};
use e2e::workflows::{BILLING, SAVINGS, choices};
use e2e::{Answer, BANK, INCOME, Tenant};
use serde_json::{Value, json};

use super::{connected, stage};

/// Accounts of the sample company.
const RECEIVABLE: &str = "84";
const LANDSCAPING: &str = "45";
const DESIGN: &str = "82";

fn entry(id: impl Into<Value>) -> Value {
    json!({"id": id.into()})
}

/// Makes an entry of a list in QuickBooks; its id.
async fn made(tenant: &Tenant, entity: &str, body: Value) -> String {
    let made = tenant.bookkeeper(entity, body).await;
    let object = made.as_object().and_then(|made| made.values().next());
    let id = object.and_then(|object| object["Id"].as_str());
    id.unwrap_or_else(|| panic!("{made}")).to_owned()
}

#[track_caller]
fn unusable(refused: Answer, paths: &[&str]) {
    let refused = refused.problem(422, "invalid_fields");
    assert_eq!(refused.paths(), paths, "{}", refused.body);
    for error in refused.body["errors"].as_array().expect("errors") {
        assert_eq!(error["code"], "unusable_choice", "{}", refused.body);
        for text in ["message", "remedy"] {
            assert!(error[text].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        }
    }
}

/// S0-14, S1-15, S2-21, S4-031: there, active, of the right type, in the right currency; else nothing is saved.
#[tokio::test]
async fn a_choice_that_cannot_be_used_is_refused_when_it_is_saved() {
    let tenant = Tenant::with_company(json!({"switches": {"multicurrency": true}})).await;
    tenant.connects().await;
    tenant.set_up(BILLING).await;
    let euros =
        json!({"Name": "Euro bank", "AccountType": "Bank", "CurrencyRef": {"value": "EUR"}});
    let euros = made(&tenant, "account", euros).await;
    let old = made(&tenant, "account", json!({"Name": "Old bank", "AccountType": "Bank"})).await;
    tenant.bookkeeper_does("inactivate", "account", &old).await;
    let category = made(&tenant, "item", json!({"Name": "Fees", "Type": "Category"})).await;
    let class = made(&tenant, "class", json!({"Name": "North"})).await;
    tenant.bookkeeper_does("inactivate", "class", &class).await;
    let term = made(&tenant, "term", json!({"Name": "Net 7", "DueDays": 7})).await;
    tenant.bookkeeper_does("inactivate", "term", &term).await;
    let item = made(
        &tenant,
        "item",
        json!({"Name": "Old fee", "Type": "Service", "IncomeAccountRef": {"value": INCOME}}),
    )
    .await;
    tenant.bookkeeper_does("inactivate", "item", &item).await;

    let before = tenant.workflow(BILLING).await.body;
    for (field, id, why) in [
        ("income_account", "99999", "no entry"),
        ("income_account", BANK, "cannot be"),
        ("income_account", RECEIVABLE, "cannot be"),
        ("deposit_account", INCOME, "cannot be"),
        ("deposit_account", euros.as_str(), "cannot be"),
        ("deposit_account", old.as_str(), "inactive"),
        ("item", category.as_str(), "cannot be"),
        ("item", item.as_str(), "inactive"),
        ("item", "99999", "no entry"),
        ("class", class.as_str(), "inactive"),
        ("class", "99999", "no entry"),
        ("term", term.as_str(), "inactive"),
    ] {
        let refused = tenant.configure(BILLING, &json!({field: entry(id)})).await;
        let message = refused.body["errors"][0]["message"].to_string();
        assert!(message.contains(why), "{field} {id}: {}", refused.body);
        unusable(refused, &[&format!("configuration.{field}.id")]);
    }
    // The accounts of single items are looked at as well, and everything that is wrong is said at once.
    let accounts = json!({"desk-fee": entry(BANK), "sign": entry(DESIGN), "photo": entry("99999")});
    let wrong = json!({
        "accounts_by_item": accounts, "deposit_account": entry(INCOME), "numbering": "quickbooks",
    });
    let paths = [
        "configuration.deposit_account.id",
        "configuration.accounts_by_item.desk-fee.id",
        "configuration.accounts_by_item.photo.id",
    ];
    unusable(tenant.configure(BILLING, &wrong).await, &paths);
    assert_eq!(tenant.workflow(BILLING).await.body, before, "nothing is saved by halves");
    let checking = json!({
        "expense_account": entry("9"), "checking_account": entry("4"), "initial_sync": "all",
    });
    let refused = tenant.use_template("agent_expense_check", &checking).await;
    unusable(refused, &["configuration.checking_account.id"]);
    tenant.workflow("agent_expense_check").await.problem(404, "unknown_workflow");
}

/// S1-14: each template takes the choices of its own form, and only values that the form offers.
#[tokio::test]
async fn what_is_not_on_a_templates_form_is_refused_by_its_path() {
    let tenant = connected().await;
    for (template, configuration, path, code) in [
        (BILLING, json!({"expense_account": entry("9")}), "expense_account", "unknown_field"),
        ("agent_expense_bill", json!({"item": entry("1")}), "item", "unknown_field"),
        ("brokerage_income_deposit", json!({"numbering": "host"}), "numbering", "unknown_field"),
        (BILLING, json!({"incme_account": entry("1")}), "incme_account", "unknown_field"),
        (BILLING, json!({"numbering": "mine"}), "numbering", "unknown_choice"),
        (BILLING, json!({"transaction_date": "today"}), "transaction_date", "unknown_choice"),
        (BILLING, json!({"cut_off": "01/01/2026"}), "cut_off", "bad_date"),
        (BILLING, json!({"income_account": "1"}), "income_account", "wrong_type"),
        (BILLING, json!({"income_account": {}}), "income_account.id", "missing"),
        (BILLING, json!({"number_prefix": "x".repeat(21)}), "number_prefix", "too_long"),
        (BILLING, json!({"number_prefix": " "}), "number_prefix", "empty_text"),
    ] {
        let refused = tenant.use_template(template, &configuration).await;
        let refused = refused.problem(422, "invalid_fields");
        assert_eq!(refused.paths(), [format!("configuration.{path}")], "{}", refused.body);
        assert_eq!(refused.body["errors"][0]["code"], code, "{}", refused.body);
        tenant.workflow(template).await.problem(404, "unknown_workflow");
    }
}

#[tokio::test]
async fn what_is_shown_can_be_sent_back_and_a_choice_can_be_taken_back() {
    let tenant = connected().await;
    let class = made(&tenant, "class", json!({"Name": "North"})).await;
    let chosen = json!({
        "class": entry(class), "term": entry("2"), "item": entry("4"), "cut_off": "2026-01-01",
        "accounts_by_item": {"desk-fee": entry(DESIGN)}, "number_prefix": "LB-",
    });
    tenant.set_up_with(BILLING, chosen).await;
    let shown = tenant.workflow(BILLING).await.body["workflow"].clone();
    assert_eq!(shown["configuration"]["class"]["name"], "North");
    assert_eq!(shown["configuration"]["term"]["name"], "Net 15");
    assert_eq!(shown["configuration"]["accounts_by_item"]["desk-fee"]["name"], "Design income");
    let again = tenant.configure(BILLING, &shown["configuration"]).await;
    assert_eq!((again.status, &again.body["workflow"]), (200, &shown));
    let back = json!({"class": null, "cut_off": null, "accounts_by_item": null});
    let saved = tenant.configure(BILLING, &back).await.body["workflow"].clone();
    for field in ["class", "cut_off", "accounts_by_item"] {
        assert_eq!(saved["configuration"].get(field), None, "{saved}");
    }
    assert_eq!(saved["configuration"]["item"], shown["configuration"]["item"]);
}

/// S4-031: what was chosen long ago is looked at again before anything is posted with it.
#[tokio::test]
async fn a_draft_whose_choice_went_away_is_not_applied() {
    let tenant = connected().await;
    let mut chosen = choices(BILLING);
    chosen["income_account"] = entry(LANDSCAPING);
    tenant.use_template(BILLING, &chosen).await;
    tenant.bookkeeper_does("inactivate", "account", LANDSCAPING).await;
    unusable(tenant.step(BILLING, "apply").await, &["configuration.income_account.id"]);
    assert_eq!(stage(&tenant.workflow(BILLING).await), "draft");
    tenant.bookkeeper_does("reactivate", "account", LANDSCAPING).await;
    assert_eq!(stage(&tenant.step(BILLING, "apply").await), "applied");
}

/// A choice that the bookkeeper makes inactive while the workflow runs.
struct Gone {
    field: &'static str,
    /// The list it is in.
    entity: &'static str,
    /// An entry to choose before, and another one instead.
    before: String,
    after: &'static str,
}

/// S0-14, S4-031: QuickBooks says it when a document is refused; the workflow shows it, nothing is lost, and another choice
/// posts what waits.
#[tokio::test]
async fn a_choice_that_went_away_blocks_with_its_name_until_another_is_saved() {
    for field in ["deposit_account", "income_account", "class", "term", "item"] {
        let tenant = connected().await;
        let gone = match field {
            "deposit_account" => {
                Gone { field, entity: "account", before: SAVINGS.to_owned(), after: BANK }
            }
            "income_account" => {
                Gone { field, entity: "account", before: LANDSCAPING.to_owned(), after: INCOME }
            }
            "class" => {
                made(&tenant, "class", json!({"Name": "South"})).await;
                let before = made(&tenant, "class", json!({"Name": "North"})).await;
                Gone { field, entity: "class", before, after: "" }
            }
            "term" => Gone { field, entity: "term", before: "2".to_owned(), after: "3" },
            _ => Gone { field, entity: "item", before: "10".to_owned(), after: "4" },
        };
        let after = match gone.after {
            "" => Value::Null,
            id => entry(id),
        };
        tenant.set_up_with(BILLING, json!({field: entry(gone.before.as_str())})).await;
        tenant.bookkeeper_does("inactivate", gone.entity, &gone.before).await;
        // Each of them needs the choice: a new item, a new invoice, a payment.
        let record = paid(bill_of("A1", 1, "B-1", "10.00"));
        let blocked = tenant.put_bill("B1", &record).await.waits("blocked", "choice_unusable");
        let reason = blocked.body["posting"]["reason"].clone();
        assert!(reason["remedy"].to_string().contains(gone.field), "{reason}");
        let workflow = tenant.workflow(BILLING).await.body["workflow"].clone();
        assert_eq!(workflow["problem"], reason, "{field}");
        assert_eq!(workflow["stage"], "active");
        // The next one finds out for itself, and waits with it.
        let next = tenant.put_bill("B2", &paid(bill(1, "B-2", "20.00"))).await;
        next.waits("blocked", "choice_unusable");

        let saved = tenant.configure(BILLING, &json!({field: after})).await;
        assert_eq!(saved.status, 200, "{field}: {}", saved.body);
        assert_eq!(saved.body["workflow"].get("problem"), None);
        for (id, number, total) in [("B1", "B-1", "10"), ("B2", "B-2", "20")] {
            tenant.bill_becomes(id, "posted").await;
            let invoices = tenant.invoices(number).await;
            assert_eq!(invoices.len(), 1, "{field}: {number}");
            assert_eq!(
                (invoices[0]["TotalAmt"].to_string(), invoices[0]["Balance"].to_string()),
                (total.to_owned(), "0".to_owned()),
                "{field}: {number}"
            );
        }
        assert_eq!(tenant.ours("payment").await.len(), 2, "{field}");
        tenant.assert_balanced().await;
        tenant.comes_to_rest().await;
    }
}

#[tokio::test]
async fn a_choice_that_came_back_is_used_again_once_the_workflow_is_saved() {
    let tenant = connected().await;
    tenant.set_up_with(BILLING, json!({"deposit_account": entry(SAVINGS)})).await;
    tenant.bookkeeper_does("inactivate", "account", SAVINGS).await;
    let blocked = tenant.put_bill("B1", &paid(bill(1, "B-1", "10.00"))).await;
    blocked.waits("blocked", "choice_unusable");
    let same = json!({"deposit_account": entry(SAVINGS)});
    unusable(tenant.configure(BILLING, &same).await, &["configuration.deposit_account.id"]);
    tenant.bookkeeper_does("reactivate", "account", SAVINGS).await;
    assert_eq!(tenant.configure(BILLING, &same).await.status, 200);
    tenant.bill_becomes("B1", "posted").await;
    let payment = &tenant.ours("payment").await[0];
    assert_eq!(payment["DepositToAccountRef"]["value"], SAVINGS);
    tenant.comes_to_rest().await;
}

/// What is wrong with an agent is not blamed on the workflow.
#[tokio::test]
async fn an_inactive_customer_is_no_problem_of_the_workflow() {
    let tenant = Tenant::warmed_up().await;
    let customer = tenant.ask("links/customer/A1").await.body["link"]["object_id"].clone();
    tenant.bookkeeper_does("inactivate", "customer", customer.as_str().expect("an id")).await;
    let blocked = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await;
    blocked.waits("blocked", "reference_inactive");
    assert_eq!(tenant.workflow(BILLING).await.body["workflow"].get("problem"), None);
}
