//! Setting workflows up as an admin does: use a template, confirm the company, choose, apply, run.

use reqwest::Method;
use serde_json::{Value, json};

use crate::wait::until_it;
use crate::{Answer, Tenant};

/// Income account of the sample company: Services.
pub const INCOME: &str = "1";
/// Bank account of the sample company: Checking.
pub const BANK: &str = "35";
/// Another bank account of the sample company: Savings.
pub const SAVINGS: &str = "36";
/// Expense account of the sample company: Commissions & fees.
pub const COMMISSIONS: &str = "9";
/// Liability of the sample company: Loan Payable.
pub const LIABILITY: &str = "43";

/// Template of bills and payments.
pub const BILLING: &str = "agent_billing";
/// Templates of brokerage income.
pub const INCOMES: [&str; 3] =
    ["brokerage_income_invoice", "brokerage_income_sales_receipt", "brokerage_income_deposit"];
/// Templates of agent expense.
pub const EXPENSES: [&str; 3] =
    ["agent_expense_bill", "agent_expense_check", "agent_expense_journal_entry"];

/// Accounts of the sample company that are all a template needs. Records from before the first run are posted too.
pub fn choices(template: &str) -> Value {
    let accounts: &[(&str, &str)] = match template {
        "agent_billing" | "brokerage_income_sales_receipt" | "brokerage_income_deposit" => {
            &[("income_account", INCOME), ("deposit_account", BANK)]
        }
        "brokerage_income_invoice" => &[("income_account", INCOME)],
        "agent_expense_bill" => &[("expense_account", COMMISSIONS)],
        "agent_expense_check" => &[("expense_account", COMMISSIONS), ("checking_account", BANK)],
        "agent_expense_journal_entry" => {
            &[("expense_account", COMMISSIONS), ("credit_account", LIABILITY)]
        }
        unknown => panic!("there is no template {unknown}"),
    };
    let mut choices = json!({"initial_sync": "all"});
    for (field, id) in accounts {
        choices[field] = json!({"id": id});
    }
    choices
}

impl Tenant {
    /// A tenant that disburses: connected, with one template of income and one of expense running.
    pub async fn disbursing(income: &str, expense: &str) -> Self {
        Self::running(&[income, expense]).await
    }

    /// Uses, applies and runs a template with what it needs.
    pub async fn set_up(&self, template: &str) {
        self.set_up_with(template, json!({})).await;
    }

    /// As [`Tenant::set_up`], with other or more choices.
    pub async fn set_up_with(&self, template: &str, more: Value) {
        self.apply_with(template, more).await;
        let ran = answered(async || self.step(template, "run").await).await;
        assert_eq!(ran.status, 200, "run {template}: {}", ran.body);
    }

    /// Uses and applies a template with what it needs and more; nothing runs yet.
    pub async fn apply_with(&self, template: &str, more: Value) {
        let mut chosen = choices(template);
        for (field, value) in more.as_object().into_iter().flatten() {
            chosen[field] = value.clone();
        }
        let used = answered(async || self.use_template(template, &chosen).await).await;
        assert!([200, 201].contains(&used.status), "{}", used.body);
        let applied = answered(async || self.step(template, "apply").await).await;
        assert_eq!(applied.status, 200, "apply {template}: {}", applied.body);
    }

    /// Sets agent billing up, as [`Tenant::connected`] does.
    pub async fn choose_accounts(&self) {
        self.set_up(BILLING).await;
    }

    /// "Use this template": saves its form and confirms the company.
    pub async fn use_template(&self, template: &str, configuration: &Value) -> Answer {
        let body = json!({"company": self.realm, "configuration": configuration});
        self.put_workflow(template, &body).await
    }

    /// Saves the form of a template that is used already.
    pub async fn configure(&self, template: &str, configuration: &Value) -> Answer {
        self.put_workflow(template, &json!({"configuration": configuration})).await
    }

    /// Saves a workflow with any body.
    pub async fn put_workflow(&self, template: &str, body: &Value) -> Answer {
        let path = self.path(&format!("workflows/{template}"));
        self.call("settings", Method::PUT, &path, Some(body)).await
    }

    /// `apply`, `run` or `pause`.
    pub async fn step(&self, template: &str, step: &str) -> Answer {
        let path = self.path(&format!("workflows/{template}/{step}"));
        self.call("settings", Method::POST, &path, None).await
    }

    /// Stops using a template.
    pub async fn remove_workflow(&self, template: &str) -> Answer {
        let path = self.path(&format!("workflows/{template}"));
        self.call("settings", Method::DELETE, &path, None).await
    }

    /// How a workflow stands.
    pub async fn workflow(&self, template: &str) -> Answer {
        self.ask(&format!("workflows/{template}")).await
    }

    /// Saves the tenant's switches.
    pub async fn settings(&self, settings: &Value) -> Answer {
        self.call("settings", Method::PUT, &self.path("settings"), Some(settings)).await
    }

    /// Switches auto-sync, both of disbursements and of billing.
    pub async fn auto_sync(&self, on: bool) {
        let switches = json!({"disbursement_at_100_percent": on, "billing_when_card_charged": on});
        let saved = self.settings(&json!({"auto_sync": switches})).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
    }

    /// Reads something of function settings.
    pub async fn ask(&self, path: &str) -> Answer {
        self.call("settings", Method::GET, &self.path(path), None).await
    }
}

/// The answer to a call of the set-up, which is repeated as the README tells hosts to: on a busy machine an invocation can
/// be too late to begin its questions.
async fn answered(call: impl AsyncFnMut() -> Answer) -> Answer {
    until_it("an answer", call, |answer| answer.status != 503).await
}
