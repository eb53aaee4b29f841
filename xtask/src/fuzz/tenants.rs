//! Tenants for the fuzzer alone, so that it harms nobody else's.

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{demo::calls::Calls, stack::Description};

/// The workflows that run, with accounts of the sample company: Services, Checking, Commissions & fees.
const WORKFLOWS: [(&str, &str); 3] = [
    ("agent_billing", r#"{"income_account": {"id": "1"}, "deposit_account": {"id": "35"}}"#),
    ("brokerage_income_invoice", r#"{"income_account": {"id": "1"}}"#),
    ("agent_expense_bill", r#"{"expense_account": {"id": "9"}}"#),
];

/// Tenants in every condition.
pub(super) struct Tenants {
    /// Connected, with workflows that run.
    steady: String,
    /// The same, but calls may change its workflows.
    changing: String,
    /// The same, but calls may disconnect it.
    leaving: String,
    /// Not connected.
    never: String,
    /// The fields that each template takes.
    fields: Value,
    /// Their companies in QuickBooks.
    companies: Vec<String>,
    /// Intuit signs its notifications with this.
    verifier: String,
}

impl Tenants {
    /// Makes them, each with a company of its own.
    pub(super) fn connect(stack: &Description) -> anyhow::Result<Self> {
        let name = |what: &str| format!("fuzz-{what}-{}", uuid::Uuid::new_v4().simple());
        let [steady, changing, leaving, never] =
            ["steady", "changing", "leaving", "never"].map(name);
        let calls = Calls::new(stack);
        let mut companies = Vec::new();
        for tenant in [&steady, &changing, &leaving] {
            let company = connect(stack, &calls, tenant);
            companies.push(company.with_context(|| format!("connecting {tenant}"))?);
        }
        let catalogue = calls.get("settings", &format!("/tenants/{steady}/templates"))?.body;
        let templates = catalogue["templates"].as_array().context("there is a catalogue")?;
        let fields = templates.iter().map(|template| {
            let fields = template["schema"]["properties"].as_object();
            let names: Vec<&String> = fields.into_iter().flat_map(|fields| fields.keys()).collect();
            (template["template"].as_str().unwrap_or_default().to_owned(), json!(names))
        });
        let fields = fields.collect();
        let verifier = stack.webhook_verifier.clone();
        Ok(Self { steady, changing, leaving, never, fields, companies, verifier })
    }

    /// For `fuzz.py`.
    pub(super) fn as_json(&self) -> String {
        let Self { steady, changing, leaving, never, fields, companies, verifier } = self;
        let told = json!({"steady": steady, "changing": changing, "leaving": leaving, "never": never, "fields": fields,
            "companies": companies, "verifier": verifier});
        told.to_string()
    }

    /// Whatever was sent, no record of any tenant made ledgerbridge itself fail.
    pub(super) fn nothing_broke(&self, stack: &Description) -> anyhow::Result<()> {
        let calls = Calls::new(stack);
        for tenant in [&self.steady, &self.changing, &self.leaving, &self.never] {
            let first = format!("/tenants/{tenant}/postings?state=rejected&limit=100");
            let mut path = first.clone();
            loop {
                let page = calls.get("settings", &path)?;
                ensure!(page.status == 200, "{path} answers {}: {}", page.status, page.body);
                let postings = page.body["postings"].as_array().context("a page has postings")?;
                let broken =
                    postings.iter().find(|posting| posting["reason"]["code"] == "internal");
                ensure!(
                    broken.is_none(),
                    "ledgerbridge failed on a record of {tenant}: {broken:?}"
                );
                let Some(next) = page.body["next"].as_str() else { break };
                path = format!("{first}&cursor={next}");
            }
        }
        Ok(())
    }
}

/// Connects a tenant to a new company, which is the answer.
fn connect(stack: &Description, calls: &Calls<'_>, tenant: &str) -> anyhow::Result<String> {
    let company = ureq::post(format!("{}/sim/companies", stack.simulator)).send_json(json!({}));
    let company: Value =
        company.context("the simulator makes no company")?.body_mut().read_json()?;
    let realm = company["realm_id"].as_str().context("a company has a realm id")?;
    let started =
        calls.post("oauth-callback", &format!("/tenants/{tenant}/connection"), &json!({}))?;
    let url = started.body["authorize_url"].as_str();
    let landed = calls.consent(url.context("a connection starts with an address")?, realm)?;
    ensure!(landed == 200, "the person lands on a page with the status {landed}");
    for (template, chosen) in WORKFLOWS {
        let path = format!("/tenants/{tenant}/workflows/{template}");
        let chosen: Value = serde_json::from_str(chosen).context("a constant is JSON")?;
        let used =
            calls.put("settings", &path, &json!({"company": realm, "configuration": chosen}))?;
        ensure!(used.status == 201, "{template} is refused: {}", used.body);
        for step in ["apply", "run"] {
            let taken = calls.post("settings", &format!("{path}/{step}"), &json!({}))?;
            ensure!(taken.status == 200, "{step} of {template} is refused: {}", taken.body);
        }
    }
    Ok(realm.to_owned())
}
