//! Tenants for the fuzzer alone, so that it harms nobody else's.

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{demo::calls::Calls, stack::Description};

/// Income account of the sample company: Services.
const INCOME: &str = "1";
/// Bank account of the sample company: Checking.
const BANK: &str = "35";

/// Tenants in every condition.
pub(super) struct Tenants {
    connected: Vec<String>,
    /// The one that may be disconnected on the way.
    disconnected: String,
    never: String,
}

impl Tenants {
    /// Makes them, each with a company of its own.
    pub(super) fn connect(stack: &Description) -> anyhow::Result<Self> {
        let name = |what: &str| format!("fuzz-{what}-{}", uuid::Uuid::new_v4().simple());
        let tenants = Self {
            connected: vec![name("one"), name("two")],
            disconnected: name("disconnected"),
            never: name("never"),
        };
        let calls = Calls::new(stack);
        for tenant in tenants.connected.iter().chain([&tenants.disconnected]) {
            connect(stack, &calls, tenant).with_context(|| format!("connecting {tenant}"))?;
        }
        Ok(tenants)
    }

    /// For `fuzz.py`.
    pub(super) fn as_json(&self) -> String {
        let Self { connected, disconnected, never } = self;
        json!({"connected": connected, "disconnected": disconnected, "never": never}).to_string()
    }

    /// Whatever was sent, no record of any tenant made ledgerbridge itself fail.
    pub(super) fn nothing_broke(&self, stack: &Description) -> anyhow::Result<()> {
        let calls = Calls::new(stack);
        for tenant in self.connected.iter().chain([&self.disconnected, &self.never]) {
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

fn connect(stack: &Description, calls: &Calls<'_>, tenant: &str) -> anyhow::Result<()> {
    let company = ureq::post(format!("{}/sim/companies", stack.simulator)).send_json(json!({}));
    let company: Value =
        company.context("the simulator makes no company")?.body_mut().read_json()?;
    let realm = company["realm_id"].as_str().context("a company has a realm id")?;
    let started =
        calls.post("oauth-callback", &format!("/tenants/{tenant}/connection"), &json!({}))?;
    let url = started.body["authorize_url"].as_str();
    let landed = calls.consent(url.context("a connection starts with an address")?, realm)?;
    ensure!(landed == 200, "the person lands on a page with the status {landed}");
    let choice = json!({"income_account": {"id": INCOME}, "deposit_account": {"id": BANK}});
    let saved = calls.put("settings", &format!("/tenants/{tenant}/settings"), &choice)?;
    ensure!(saved.status == 200, "the settings are refused: {}", saved.body);
    Ok(())
}
