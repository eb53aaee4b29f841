//! The story, told through the API alone: connect, bill, bill again, get paid, get paid for two, survive an outage.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::{
    books::{Books, calls_after, invoices_numbered, last_call, money},
    calls::{Answer, Calls},
    teller::Teller,
};
use crate::{process::wait_until, stack::Description};

const TENANT: &str = "acme";
/// How long the queue may take to heal an outage, with the short waits of the local stack.
const HEAL_LIMIT: Duration = Duration::from_secs(60);

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
    let calls = Calls::new(stack);
    let companies = calls.simulator("companies")?;
    let company = &companies["companies"][0];
    let realm = company["realm_id"].as_str().context("the simulator has no company")?.to_owned();
    let name = company["name"].as_str().unwrap_or_default().to_owned();
    let today = calls.simulator(&format!("companies/{realm}/clock"))?["today"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut story = Story { calls, teller, realm, company: name, today };
    story.connect()?;
    story.choose_accounts()?;
    let before = Books::open(&story.calls, &story.realm)?;
    story.bill()?;
    story.bill_again()?;
    story.bill_is_paid()?;
    story.payment_over_two_bills()?;
    story.outage()?;
    story.compare(&before)
}

impl Story<'_> {
    fn connect(&mut self) -> anyhow::Result<()> {
        self.teller.step("A customer connects its QuickBooks company");
        let path = format!("/tenants/{TENANT}/connection");
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

    fn choose_accounts(&mut self) -> anyhow::Result<()> {
        self.teller.step("Somebody chooses where income and deposits go");
        let accounts =
            self.calls.simulator(&format!("companies/{}/objects/account", self.realm))?;
        let id = |name: &str| -> anyhow::Result<Value> {
            let all = accounts["objects"].as_array().context("the company has no accounts")?;
            Ok(all
                .iter()
                .find(|account| account["Name"] == name)
                .with_context(|| format!("no account {name}"))?["Id"]
                .clone())
        };
        let choice = json!({"income_account": {"id": id("Services")?}, "deposit_account": {"id": id("Undeposited Funds")?}});
        let saved = self.calls.put("settings", &format!("/tenants/{TENANT}/settings"), &choice)?;
        ensure!(saved.status == 200, "the settings are refused: {}", saved.body);
        self.teller.check(
            "income account",
            text(&saved.body["settings"]["income_account"]["name"]),
            "Services".to_owned(),
        );
        self.teller.check(
            "deposit account",
            text(&saved.body["settings"]["deposit_account"]["name"]),
            "Undeposited Funds".to_owned(),
        );
        Ok(())
    }

    fn bill(&mut self) -> anyhow::Result<()> {
        self.teller.step("The host sends an unpaid bill of 375.00");
        let answer = self.put_bill("B-1042", 1, "375.00", None)?;
        self.posted(&answer, "created");
        self.object(&answer, "Invoice", "375.00");
        Ok(())
    }

    fn bill_again(&mut self) -> anyhow::Result<()> {
        self.teller.step("The host sends the same bill again");
        let seen = last_call(&self.calls, &self.realm)?;
        let answer = self.put_bill("B-1042", 1, "375.00", None)?;
        self.posted(&answer, "unchanged");
        self.teller.check("calls to QuickBooks", calls_after(&self.calls, &self.realm, seen)?, 0);
        Ok(())
    }

    fn bill_is_paid(&mut self) -> anyhow::Result<()> {
        self.teller.step("The bill is paid");
        let payment = json!({"paid_on": self.today, "amount": "375.00", "method": "Check", "reference": "CHK-7781"});
        let answer = self.put_bill("B-1042", 2, "375.00", Some(payment))?;
        self.posted(&answer, "updated");
        self.object(&answer, "Invoice", "0.00");
        self.teller.check("payments behind it", objects(&answer, "Payment").len(), 1);
        Ok(())
    }

    fn payment_over_two_bills(&mut self) -> anyhow::Result<()> {
        self.teller.step("One payment of 500.00 pays two bills");
        for (id, amount) in [("B-1043", "200.00"), ("B-1044", "300.00")] {
            let answer = self.put_bill(id, 1, amount, None)?;
            self.object(&answer, "Invoice", amount);
        }
        let payment = json!({
            "version": 1, "paid_on": self.today, "amount": "500.00", "currency": "USD", "method": "Check", "reference": "CHK-7790",
            "bills": [{"id": "B-1043", "amount": "200.00"}, {"id": "B-1044", "amount": "300.00"}],
        });
        let answer = self.calls.put(
            "billing-payment",
            &format!("/tenants/{TENANT}/payments/P-77"),
            &payment,
        )?;
        self.posted(&answer, "created");
        for object in objects(&answer, "Payment") {
            self.teller
                .show("payment", format!("{} of {}", text(&object["id"]), text(&object["total"])));
        }
        for number in ["B-1043", "B-1044"] {
            self.teller.check(
                &format!("balance of {number} in QuickBooks"),
                self.balance_in_quickbooks(number)?,
                "0".to_owned(),
            );
        }
        Ok(())
    }

    fn outage(&mut self) -> anyhow::Result<()> {
        self.teller.step("QuickBooks books a bill, drops the connection, and is down for a while");
        let faults = format!("companies/{}/faults", self.realm);
        self.calls.order(
            &faults,
            &json!({"entity": "invoice", "method": "POST", "action": {"kind": "commit_then_drop"}}),
        )?;
        self.calls
            .order(&faults, &json!({"times": 3, "action": {"kind": "status", "status": 503}}))?;
        let answer = self.put_bill("B-1045", 1, "80.00", None)?;
        self.teller.check("answer to the host", answer.status, 202);
        self.teller.show("reason", text(&answer.body["posting"]["reason"]["message"]));
        let path = format!("/tenants/{TENANT}/bills/B-1045");
        let mut healed = answer;
        wait_until(HEAL_LIMIT, || {
            healed = self.calls.get("billing-invoice", &path)?;
            Ok(healed.body["posting"]["state"] == "posted")
        })?;
        self.teller.check(
            "after a while, untouched",
            text(&healed.body["posting"]["state"]),
            "posted".to_owned(),
        );
        self.object(&healed, "Invoice", "80.00");
        self.teller.check(
            "invoices numbered B-1045",
            invoices_numbered(&self.calls, &self.realm, "B-1045")?,
            1,
        );
        Ok(())
    }

    fn compare(&mut self, before: &Books) -> anyhow::Result<()> {
        self.teller.step("The books, before and after");
        let after = Books::open(&self.calls, &self.realm)?;
        for (account, change) in [
            ("Accounts Receivable (A/R)", 8_000),
            ("Undeposited Funds", 87_500),
            ("Services", -95_500),
        ] {
            let (old, new) = (before.cents(account), after.cents(account));
            self.teller.show(account, format!("{} → {}", money(old), money(new)));
            self.teller.check("change", money(new - old), money(change));
        }
        self.teller.check("trial balance", money(after.difference()), money(0));
        Ok(())
    }

    fn put_bill(
        &mut self,
        id: &str,
        version: u64,
        amount: &str,
        payment: Option<Value>,
    ) -> anyhow::Result<Answer> {
        let mut bill = json!({
            "version": version, "number": id, "issued_on": self.today, "due_on": self.today, "currency": "USD",
            "agent": {"id": "agent-17", "name": "Ann Archer", "email": "ann@example.com"},
            "lines": [{"item": {"id": "desk-fee", "name": "Desk fee"}, "description": "Desk fee", "quantity": "1", "unit_price": amount, "amount": amount}],
        });
        if let Some(payment) = payment {
            bill["payment"] = payment;
        }
        self.calls.put("billing-invoice", &format!("/tenants/{TENANT}/bills/{id}"), &bill)
    }

    fn posted(&mut self, answer: &Answer, outcome: &str) {
        let posting = &answer.body["posting"];
        if posting["state"] != "posted" {
            self.teller.show("answer", &answer.body);
        }
        self.teller.check("state", text(&posting["state"]), "posted".to_owned());
        self.teller.check("outcome", text(&posting["outcome"]), outcome.to_owned());
    }

    fn object(&mut self, answer: &Answer, kind: &str, balance: &str) {
        for object in objects(answer, kind) {
            self.teller.show(
                &kind.to_lowercase(),
                format!("{} numbered {}", text(&object["id"]), text(&object["doc_number"])),
            );
            self.teller.check("balance", text(&object["balance"]), balance.to_owned());
        }
        self.teller.check(&format!("objects of type {kind}"), objects(answer, kind).len(), 1);
    }

    fn balance_in_quickbooks(&self, number: &str) -> anyhow::Result<String> {
        let objects = self.calls.simulator(&format!("companies/{}/objects/invoice", self.realm))?;
        let invoices = objects["objects"].as_array().context("there is no list of invoices")?;
        let invoice = invoices
            .iter()
            .find(|invoice| invoice["DocNumber"] == number)
            .with_context(|| format!("no invoice {number}"))?;
        Ok(text(&invoice["Balance"]))
    }
}

fn objects<'a>(answer: &'a Answer, kind: &str) -> Vec<&'a Value> {
    let all = answer.body["posting"]["objects"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter()
        .filter(|object| {
            object["type"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(kind))
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
