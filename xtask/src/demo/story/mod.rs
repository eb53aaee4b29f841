//! The stories, told through the API alone, and what they share: a tenant, its company, and how answers are shown.

mod billing;
mod disbursement;
mod payments;
mod workflows;

use anyhow::Context;
use serde_json::{Value, json};

use super::{
    books::{Books, money},
    calls::{Answer, Calls},
    teller::Teller,
};
use crate::stack::Description;

const TENANT: &str = "acme";

struct Story<'a> {
    calls: Calls<'a>,
    teller: &'a mut Teller,
    realm: String,
    company: String,
    /// The day on which everything happens, by the company's own clock.
    today: String,
}

/// Plays all of it.
pub(crate) fn tell(stack: &Description, teller: &mut Teller) -> anyhow::Result<()> {
    let mut story = Story::open(stack, teller)?;
    story.teller.chapter("An agent's bills become invoices and payments");
    story.connect()?;
    story.billing()?;
    story.teller.chapter("A commission becomes income, and what the agents get becomes expense");
    story.disbursement()?;
    story.teller.chapter("What the bookkeeper pays comes back by itself");
    story.payments()
}

impl<'a> Story<'a> {
    fn open(stack: &'a Description, teller: &'a mut Teller) -> anyhow::Result<Self> {
        let calls = Calls::new(stack);
        let companies = calls.simulator("companies")?;
        let company = &companies["companies"][0];
        let realm =
            company["realm_id"].as_str().context("the simulator has no company")?.to_owned();
        let clock = calls.simulator(&format!("companies/{realm}/clock"))?;
        Ok(Self {
            calls,
            teller,
            realm,
            company: text(&company["name"]),
            today: text(&clock["today"]),
        })
    }

    fn connect(&mut self) -> anyhow::Result<()> {
        self.teller.step("A customer connects its QuickBooks company");
        let path = tenant("connection");
        let started = self.calls.post("oauth-callback", &path, &json!({}))?;
        let url = started.body["authorize_url"]
            .as_str()
            .with_context(|| format!("no authorize_url: {}", started.body))?;
        let landed = self.calls.consent(url, &self.realm)?;
        self.teller.check("page on which the browser lands", landed, 200);
        let connection = self.calls.get("oauth-callback", &path)?.body["connection"].clone();
        self.teller.check("connection", text(&connection["status"]), "connected".to_owned());
        self.teller.show("company", format!("{} (realm {})", self.company, self.realm));
        Ok(())
    }

    /// Checks where the record of an answer stands; what it says instead is shown.
    fn stands(&mut self, answer: &Answer, state: &str) {
        let posting = &answer.body["posting"];
        if posting["state"] != state {
            self.teller.show("answer", &answer.body);
        }
        self.teller.check("state", text(&posting["state"]), state.to_owned());
    }

    fn posted(&mut self, answer: &Answer, outcome: &str) {
        self.stands(answer, "posted");
        self.teller.check("outcome", text(&answer.body["posting"]["outcome"]), outcome.to_owned());
    }

    /// Checks what the balances of accounts have done since `before`, in cents.
    fn compare(&mut self, before: &Books, changes: &[(&str, i64)]) -> anyhow::Result<()> {
        let after = Books::open(&self.calls, &self.realm)?;
        for (account, change) in changes {
            let (old, new) = (before.cents(account), after.cents(account));
            self.teller.show(account, format!("{} → {}", money(old), money(new)));
            self.teller.check("change", money(new - old), money(*change));
        }
        self.teller.check("trial balance", money(after.difference()), money(0));
        Ok(())
    }
}

/// A path of the tenant.
fn tenant(rest: &str) -> String {
    format!("/tenants/{TENANT}/{rest}")
}

/// The objects of a type that an answer names.
fn objects<'a>(answer: &'a Answer, kind: &str) -> Vec<&'a Value> {
    let all = answer.body["posting"]["objects"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter().filter(|object| object["type"] == kind).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
