//! Workflows: a customer chooses how its records are booked, and nothing is booked before that. (A2)

mod choices;
mod documents;
mod first_run;
mod interrupted;

use e2e::books::outline;
use e2e::records::{Disbursement, bill};
use e2e::workflows::{BILLING, EXPENSES, INCOMES, choices};
use e2e::{Answer, Tenant};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// How far a workflow has come.
#[track_caller]
fn stage(answer: &Answer) -> &str {
    assert!([200, 201].contains(&answer.status), "{}", answer.body);
    answer.body["workflow"]["stage"].as_str().expect("a stage")
}

/// A tenant that is connected and has chosen nothing.
async fn connected() -> Tenant {
    let tenant = Tenant::new().await;
    assert_eq!(tenant.connect().await.status, 200);
    tenant
}

/// S1-07, S1-08, S1-11, S1-14, S0-08: a page can be drawn from the catalogue alone.
#[tokio::test]
async fn the_catalogue_is_enough_to_draw_each_form_and_fill_it_in() {
    let tenant = connected().await;
    let catalogue = tenant.ask("templates").await.body["templates"].clone();
    let catalogue = catalogue.as_array().expect("a list");
    assert_eq!(catalogue.len(), 7);
    assert_eq!(catalogue[0]["title"], "Track Agent Billings and Payments");
    let mut forms: Vec<String> = Vec::new();
    for template in catalogue {
        let name = template["template"].as_str().expect("a name");
        for text in ["workflow", "document", "title", "explanation"] {
            assert!(template[text].as_str().is_some_and(|text| !text.is_empty()), "{template}");
        }
        assert_eq!(template["stage"], Value::Null);
        let one = tenant.ask(&format!("templates/{name}")).await;
        assert_eq!(&one.body["template"], template);

        // A person fills in what is required with the first entry that the lists offer for it.
        let schema = &template["schema"];
        let mut configuration = json!({});
        for field in schema["required"].as_array().expect("required fields") {
            let field = field.as_str().expect("a name");
            let property = &schema["properties"][field];
            let offered = offered(&tenant, property).await;
            configuration[field] = json!({"id": offered[0]["id"]});
        }
        for (field, property) in schema["properties"].as_object().expect("properties") {
            for text in ["title", "description"] {
                assert!(property[text].as_str().is_some_and(|text| !text.is_empty()), "{field}");
            }
            if property["x-list"].is_string() {
                offered(&tenant, property).await;
            }
            assert_eq!(
                template["defaults"].get(field),
                property.get("default"),
                "{name}: the default of {field}"
            );
        }
        let used = tenant.use_template(name, &configuration).await;
        assert_eq!((used.status, stage(&used)), (201, "draft"), "{name}");
        assert_eq!(used.body["workflow"]["missing"], json!([]), "{name}");
        assert_eq!(stage(&tenant.step(name, "apply").await), "applied", "{name}");
        let shown = tenant.ask(&format!("templates/{name}")).await;
        assert_eq!(shown.body["template"]["stage"], "applied");
        forms.push(json!(schema["properties"]).to_string());
    }
    let count = forms.len();
    forms.sort_unstable();
    forms.dedup();
    assert_eq!(forms.len(), count, "each workflow has a form of its own");
    tenant.ask("templates/brokerage_income_cash").await.problem(404, "unknown_template");
    tenant.workflow("brokerage_income_cash").await.problem(404, "unknown_template");
}

async fn offered(tenant: &Tenant, property: &Value) -> Vec<Value> {
    let list = property["x-list"].as_str().expect("a list");
    let usage = property["x-use"].as_str().map(|usage| format!("?use={usage}")).unwrap_or_default();
    let answer = tenant.ask(&format!("lists/{list}{usage}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["entries"].as_array().cloned().expect("entries")
}

/// S1-12, S0-10: someone looks at the company's name before anything is chosen for it.
#[tokio::test]
async fn a_template_is_used_only_for_the_company_that_a_person_confirmed() {
    let tenant = Tenant::with_company(json!({"name": "Harbor Realty"})).await;
    let choices = choices(BILLING);
    tenant.use_template(BILLING, &choices).await.problem(409, "not_connected");
    tenant.connects().await;

    let unconfirmed = tenant.configure(BILLING, &choices).await;
    let unconfirmed = unconfirmed.problem(409, "company_not_confirmed");
    let wrong = json!({"company": "9999999999", "configuration": choices});
    let wrong = tenant.put_workflow(BILLING, &wrong).await.problem(409, "other_company");
    for refused in [&unconfirmed, &wrong] {
        let detail = refused.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("Harbor Realty") && detail.contains(&tenant.realm), "{detail}");
    }
    tenant.workflow(BILLING).await.problem(404, "unknown_workflow");

    let used = tenant.use_template(BILLING, &choices).await;
    assert_eq!((used.status, &used.body["company"]["name"]), (201, &json!("Harbor Realty")));
    // Once is enough, but a wrong one is never taken.
    let saved = tenant.configure(BILLING, &json!({"numbering": "quickbooks"})).await;
    assert_eq!((saved.status, stage(&saved)), (200, "draft"));
    let wrong = json!({"company": "9999999999", "configuration": {"numbering": "host"}});
    tenant.put_workflow(BILLING, &wrong).await.problem(409, "other_company");
    let kept = tenant.workflow(BILLING).await;
    assert_eq!(kept.body["workflow"]["configuration"]["numbering"], "quickbooks");
    assert_eq!(kept.body["workflow"]["configuration"]["income_account"]["name"], "Services");
}

/// S0-15, S0-16, S1-16, S4-007, S4-031: nothing is sent before the settings were made, applied and run.
#[tokio::test]
async fn nothing_reaches_quickbooks_before_a_workflow_was_chosen_applied_and_run() {
    let tenant = connected().await;
    let mark = tenant.mark().await;
    let waits = async |code: &str| {
        tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", code);
        tenant.sync_bill("B1").await.waits("blocked", code);
    };
    waits("workflow_not_active").await;
    for step in ["apply", "run", "pause"] {
        tenant.step(BILLING, step).await.problem(404, "unknown_workflow");
    }
    tenant.remove_workflow(BILLING).await.problem(404, "unknown_workflow");

    // A draft may be incomplete, and says what is missing.
    let draft = tenant.use_template(BILLING, &json!({"initial_sync": "all"})).await;
    assert_eq!((draft.status, stage(&draft)), (201, "draft"));
    assert_eq!(draft.body["workflow"]["missing"], json!(["income_account", "deposit_account"]));
    let refused = tenant.step(BILLING, "apply").await.problem(409, "incomplete");
    let missing = ["configuration.income_account", "configuration.deposit_account"];
    assert_eq!(refused.paths(), missing);
    tenant.step(BILLING, "run").await.problem(409, "apply_first");
    tenant.step(BILLING, "pause").await.problem(409, "not_active");
    waits("workflow_not_active").await;

    tenant.configure(BILLING, &choices(BILLING)).await;
    tenant.step(BILLING, "run").await.problem(409, "apply_first");
    assert_eq!(stage(&tenant.step(BILLING, "apply").await), "applied");
    assert_eq!(stage(&tenant.step(BILLING, "apply").await), "applied", "again changes nothing");
    tenant.step(BILLING, "pause").await.problem(409, "not_active");
    waits("workflow_not_active").await;
    assert!(
        tenant.calls_since(mark).await.iter().all(|call| call["entity"] == "Account"),
        "only the chosen accounts were looked at"
    );
    assert_eq!(tenant.workflow(BILLING).await.body["workflow"]["first_run_at"], Value::Null);

    let runs = tenant.step(BILLING, "run").await;
    assert_eq!(stage(&runs), "active");
    assert!(runs.body["workflow"]["first_run_at"].is_string(), "{}", runs.body);
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(stage(&tenant.step(BILLING, "run").await), "active", "again changes nothing");
    assert_eq!(stage(&tenant.step(BILLING, "apply").await), "active");
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-16: what is switched off by hand waits, and goes on by itself.
#[tokio::test]
async fn a_paused_workflow_posts_nothing_until_it_runs_again() {
    let tenant = Tenant::warmed_up().await;
    let posted = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    assert_eq!(stage(&tenant.step(BILLING, "pause").await), "paused");
    assert_eq!(stage(&tenant.step(BILLING, "pause").await), "paused", "again changes nothing");
    let mark = tenant.mark().await;
    for (id, version, amount) in [("B1", 2, "12.00"), ("B2", 1, "20.00")] {
        let waits = tenant.put_bill(id, &bill(version, id, amount)).await;
        waits.waits("blocked", "workflow_paused");
        tenant.sync_bill(id).await.waits("blocked", "workflow_paused");
    }
    assert_eq!(tenant.bill("B1").await.id("Invoice"), posted.id("Invoice"));
    assert_eq!(tenant.calls_since(mark).await.len(), 0);

    let first_run = tenant.workflow(BILLING).await.body["workflow"]["first_run_at"].clone();
    assert_eq!(stage(&tenant.step(BILLING, "run").await), "active");
    for id in ["B1", "B2"] {
        tenant.bill_becomes(id, "posted").await;
    }
    assert_eq!(tenant.workflow(BILLING).await.body["workflow"]["first_run_at"], first_run);
    let calls = outline(&tenant.calls_since(mark).await);
    assert_eq!(calls, ["Invoice update", "Invoice create"]);
    tenant.comes_to_rest().await;
}

/// S1-16: what runs stays complete, and is not thrown away by mistake.
#[tokio::test]
async fn a_workflow_that_runs_can_be_changed_but_not_made_incomplete_or_removed() {
    let tenant = Tenant::warmed_up().await;
    for stage in ["active", "paused"] {
        if stage == "paused" {
            tenant.step(BILLING, "pause").await;
        }
        let refused = tenant.configure(BILLING, &json!({"income_account": null})).await;
        assert_eq!(
            refused.problem(409, "incomplete").paths(),
            ["configuration.income_account"],
            "{stage}"
        );
        for (word, wants) in [("numbering", "number_prefix"), ("initial_sync", "initial_sync_from")]
        {
            let value = if word == "numbering" { "prefix" } else { "from_date" };
            let refused = tenant.configure(BILLING, &json!({word: value})).await;
            let path = format!("configuration.{wants}");
            assert_eq!(refused.problem(409, "incomplete").paths(), [path.as_str()]);
        }
        if stage == "active" {
            tenant.remove_workflow(BILLING).await.problem(409, "pause_first");
        }
    }
    let posted = tenant.bill("warm-up").await.id("Invoice");
    assert_eq!(tenant.remove_workflow(BILLING).await.status, 204);
    tenant.workflow(BILLING).await.problem(404, "unknown_workflow");
    // What it posted stays, and a new one goes on with it.
    let waits = tenant.put_bill("warm-up", &bill(2, "W-1", "2.00")).await;
    waits.waits("blocked", "workflow_not_active");
    tenant.set_up(BILLING).await;
    let changed = tenant.bill_becomes("warm-up", "posted").await;
    assert_eq!(changed.id("Invoice"), posted);
    assert_eq!(tenant.invoices("W-1").await.len(), 1);
    tenant.comes_to_rest().await;
}

/// S1-09, S1-18: two of a kind would book everything twice, and the refusal says so.
#[tokio::test]
async fn of_each_kind_one_workflow_runs_and_a_second_is_refused_with_the_reason() {
    let tenant = connected().await;
    for kind in [INCOMES, EXPENSES] {
        for template in kind {
            tenant.use_template(template, &choices(template)).await;
            assert_eq!(stage(&tenant.step(template, "apply").await), "applied");
        }
        let [first, others @ ..] = kind;
        assert_eq!(stage(&tenant.step(first, "run").await), "active");
        for other in others {
            let refused = tenant.step(other, "run").await.problem(409, "another_active");
            let title = |name: &str| {
                let path = format!("templates/{name}");
                let tenant = &tenant;
                async move { tenant.ask(&path).await.body["template"]["title"].clone() }
            };
            let detail = refused.body["detail"].as_str().unwrap_or_default();
            for name in [first, other] {
                let title = title(name).await;
                assert!(detail.contains(title.as_str().expect("a title")), "{detail}");
            }
            assert!(detail.contains("twice"), "{detail}");
            assert_eq!(stage(&tenant.workflow(other).await), "applied");
        }
    }
    let sale = Disbursement::simple(1, "D-1", "4000.00", "9000.00");
    tenant.put_disbursement("D1", &sale.value()).await.posted();
    let ours = |entity: &'static str| {
        let tenant = &tenant;
        async move { tenant.ours(entity).await.len() }
    };
    let counts = [ours("invoice").await, ours("salesreceipt").await, ours("deposit").await];
    assert_eq!(counts, [1, 0, 0], "income is booked once");
    let counts = [ours("bill").await, ours("purchase").await, ours("journalentry").await];
    assert_eq!(counts, [1, 0, 0], "expense is booked once");

    // Changing over takes two steps, in this order.
    let [first, second, _] = INCOMES;
    tenant.step(second, "run").await.problem(409, "another_active");
    tenant.step(first, "pause").await;
    assert_eq!(stage(&tenant.step(second, "run").await), "active");
    tenant.step(first, "run").await.problem(409, "another_active");
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S1-18: also when two admins press Run at the same moment.
#[tokio::test]
async fn of_workflows_that_are_run_at_once_only_one_wins() {
    let tenant = connected().await;
    for template in INCOMES {
        tenant.use_template(template, &choices(template)).await;
        tenant.step(template, "apply").await;
    }
    for round in 1..=5 {
        let runs = join_all(INCOMES.map(|template| tenant.step(template, "run"))).await;
        let won: Vec<&Answer> = runs.iter().filter(|run| run.status == 200).collect();
        assert_eq!(won.len(), 1, "round {round}: {runs:?}");
        for lost in runs.iter().filter(|run| run.status != 200) {
            lost.clone().problem(409, "another_active");
        }
        let all = tenant.ask("workflows").await.body["workflows"].clone();
        let active = all.as_array().expect("a list").iter();
        let active: Vec<&Value> = active.filter(|one| one["stage"] == "active").collect();
        assert_eq!(active.len(), 1, "round {round}: {all}");
        let template = active[0]["template"].as_str().expect("a name");
        assert_eq!(won[0].body["workflow"]["template"], template);
        tenant.step(template, "pause").await;
    }
    // Two forms saved at once: neither is lost.
    let [one, other] =
        [json!({"numbering": "quickbooks"}), json!({"transaction_date": "close_date"})];
    let (one, other) =
        tokio::join!(tenant.configure(INCOMES[0], &one), tenant.configure(INCOMES[0], &other));
    assert_eq!((one.status, other.status), (200, 200));
    let kept = tenant.workflow(INCOMES[0]).await.body["workflow"]["configuration"].clone();
    assert_eq!(
        (&kept["numbering"], &kept["transaction_date"]),
        (&json!("quickbooks"), &json!("close_date"))
    );
}

/// S1-17: each workflow is set up, run and paused by itself.
#[tokio::test]
async fn each_kind_is_set_up_and_run_on_its_own() {
    let tenant = connected().await;
    tenant.set_up("brokerage_income_invoice").await;
    let sale = Disbursement::simple(1, "D-1", "4000.00", "9000.00");
    let half = tenant.put_disbursement("D1", &sale.value()).await;
    let half = half.waits("blocked", "workflow_not_active");
    assert_eq!(half.income()["state"], "posted", "{}", half.body);
    assert_eq!(half.expense("A1")["state"], "blocked", "{}", half.body);
    // Bills have a workflow of their own too.
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "workflow_not_active");

    tenant.set_up("agent_expense_bill").await;
    tenant.disbursement_becomes("D1", "posted").await;
    assert_eq!(tenant.bill("B1").await.state(), "blocked");
    assert_eq!(stage(&tenant.step("agent_expense_bill", "pause").await), "paused");
    let next = Disbursement::simple(1, "D-2", "1000.00", "2000.00").value();
    let half = tenant.put_disbursement("D2", &next).await.waits("blocked", "workflow_paused");
    assert_eq!(half.income()["state"], "posted", "{}", half.body);
    tenant.assert_balanced().await;
}

/// S0-07: the host's call is what starts a sync; nobody asks the host, and nobody asks QuickBooks without need.
#[tokio::test]
async fn a_workflow_runs_when_the_host_sends_something_and_at_no_other_time() {
    let tenant = Tenant::warmed_up().await;
    let (mark, operations) = (tenant.mark().await, tenant.operations_mark().await);
    // Other tenants are busy meanwhile, and their time passes.
    let neighbour = Tenant::warmed_up().await;
    neighbour.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    assert!(tenant.calls_since(mark).await.is_empty());
    assert!(tenant.operations(operations).await.is_empty());
    tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    assert_eq!(outline(&tenant.calls_since(mark).await), ["Invoice create"]);
}

/// S1-17, S2-30: what was chosen for a company is there again when the tenant comes back to it.
#[tokio::test]
async fn coming_back_to_a_company_finds_its_workflows_running() {
    let tenant = Tenant::running(&[BILLING, "brokerage_income_deposit"]).await;
    tenant.use_template("agent_expense_check", &json!({"numbering": "quickbooks"})).await;
    let all = async |tenant: &Tenant| tenant.ask("workflows").await.body;
    let before = all(&tenant).await;
    assert_eq!(before["workflows"].as_array().map(Vec::len), Some(3));

    tenant.disconnect().await;
    assert_eq!(all(&tenant).await, before, "a disconnect forgets nothing");
    tenant.connects().await;
    assert_eq!(all(&tenant).await, before);

    let other = Tenant::new().await;
    let moved = Tenant { id: tenant.id.clone(), realm: other.realm.clone() };
    let ask = json!({"allow_different_company": true});
    let location = moved.consent_with(&moved.realm, "connect", &ask).await;
    assert_eq!(moved.land(&location).await.status, 200);
    assert_eq!(all(&moved).await["workflows"], json!([]), "the other company's are its own");
    moved.put_bill("B1", &bill(1, "B-1", "10.00")).await.waits("blocked", "workflow_not_active");

    let location = tenant.consent_with(&tenant.realm, "connect", &ask).await;
    assert_eq!(tenant.land(&location).await.status, 200);
    assert_eq!(all(&tenant).await, before);
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!((tenant.invoices("B-1").await.len(), moved.invoices("B-1").await.len()), (1, 0));
    tenant.comes_to_rest().await;
}
