//! The third story: a bill is paid in QuickBooks, and the host hears of it without asking; then the check is voided.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::{Story, tenant, text};
use crate::{
    demo::books::{calls_after, last_call},
    process::wait_until,
};

/// How long it may take from QuickBooks to the host.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(60);
const ISSUED: &str = "issued-payments";

impl Story<'_> {
    /// Plays it, on the bill of the agent of the second story.
    pub(super) fn payments(&mut self) -> anyhow::Result<()> {
        self.ask_for_payments()?;
        let bill = self.bill_of_ann()?;
        let payment = self.bill_is_paid_partly(&bill)?;
        self.check_is_voided(&payment)?;
        self.host_was_told()
    }

    fn ask_for_payments(&mut self) -> anyhow::Result<()> {
        self.teller.step("An admin wants to see what the bookkeeper pays");
        let asked = json!({"company": self.realm, "on": true});
        let saved = self.calls.put("payment-pull", &tenant("payment-pull"), &asked)?;
        let pull = &saved.body["payment_pull"];
        self.teller.check("payments are brought back", text(&pull["on"]), "true".to_owned());
        let hours = pull["interval_minutes"].as_u64().map(|minutes| minutes / 60);
        let hours = hours.with_context(|| format!("no interval: {}", saved.body))?;
        self.teller.show("at the latest", format!("after {hours} hours; sooner when Intuit tells"));
        Ok(())
    }

    fn bill_of_ann(&self) -> anyhow::Result<Value> {
        let answer = self.calls.get("disbursement", &tenant("disbursements/D-1042"))?;
        let parts = answer.body["parts"].as_array().context("a disbursement has parts")?;
        let part = parts.iter().find(|part| part["payee"] == "agent-17");
        let bill = part.map(|part| part["objects"][0].clone());
        bill.filter(|bill| bill["type"] == "Bill").context("Ann Archer has no bill")
    }

    fn bill_is_paid_partly(&mut self, bill: &Value) -> anyhow::Result<Value> {
        self.teller
            .step("The bookkeeper pays 4,000.00 of Ann Archer's bill in QuickBooks, by check 1042");
        let bill_id = text(&bill["id"]);
        let vendor = self.calls.simulator(&format!("companies/{}/objects/bill", self.realm))?;
        let bills = vendor["objects"].as_array().context("there is no list of bills")?;
        let in_books = bills.iter().find(|bill| bill["Id"] == bill_id.as_str());
        let vendor = in_books.map(|bill| text(&bill["VendorRef"]["value"]));
        let seen = last_call(&self.calls, &self.realm)?;
        let order = json!({
            "vendor": vendor.context("QuickBooks has no such bill")?,
            "pay_type": "Check",
            "number": "1042",
            "lines": [{"bill": bill_id, "amount": "4000.00"}],
        });
        let deed = format!("companies/{}/bookkeeper/billpayment/enter", self.realm);
        self.calls.order(&deed, &order)?;
        let payment = self.arrives_as("synced")?;
        self.teller.check(
            "came without being asked for",
            text(&payment["quickbooks"]["doc_number"]),
            "1042".to_owned(),
        );
        let applied = &payment["applied"][0];
        self.teller.show("pays", format!("disbursement {}", text(&applied["disbursement"])));
        self.teller.check("amount", text(&applied["amount"]), "4000.00".to_owned());
        self.teller.check("still open", text(&applied["bill"]["balance"]), "5205.00".to_owned());
        let calls = calls_after(&self.calls, &self.realm, seen)?;
        self.teller.check("calls to QuickBooks", calls, 1);
        let open = text(&self.bill_of_ann()?["balance"]);
        self.teller.check("the disbursement says so too", open, "5205.00".to_owned());
        Ok(payment)
    }

    fn check_is_voided(&mut self, payment: &Value) -> anyhow::Result<()> {
        self.teller.step("The check was lost, so the bookkeeper voids it");
        let id = text(&payment["quickbooks"]["id"]);
        let deed = format!("companies/{}/bookkeeper/billpayment/{id}/void", self.realm);
        self.calls.order(&deed, &json!({}))?;
        let payment = self.arrives_as("voided")?;
        self.teller.check("the payment is", text(&payment["state"]), "voided".to_owned());
        let applied = &payment["applied"][0];
        self.teller.check("amount", text(&applied["amount"]), "0.00".to_owned());
        self.teller.check("open again", text(&applied["bill"]["balance"]), "9205.00".to_owned());
        Ok(())
    }

    fn host_was_told(&mut self) -> anyhow::Result<()> {
        self.teller.step("The host was told, in order, and can read it again");
        let mut told = Vec::new();
        wait_until(ARRIVAL_LIMIT, || {
            told = self.told()?;
            Ok(told.len() >= 2)
        })?;
        let types: Vec<String> = told.iter().map(|event| text(&event["type"])).collect();
        let expected =
            "ledgerbridge.issued_payment.created, ledgerbridge.issued_payment.voided".to_owned();
        self.teller.check("events", types.join(", "), expected);
        Ok(())
    }

    /// The tenant's events about payments.
    fn told(&self) -> anyhow::Result<Vec<Value>> {
        let path = tenant("events?type=issued_payment&limit=100");
        let answer = self.calls.get("settings", &path)?;
        ensure!(answer.status == 200, "no events: {}", answer.body);
        Ok(answer.body["events"].as_array().cloned().unwrap_or_default())
    }

    /// Waits until the payment stands so.
    fn arrives_as(&self, state: &str) -> anyhow::Result<Value> {
        let mut last = Value::Null;
        wait_until(ARRIVAL_LIMIT, || {
            let answer = self.calls.get("payment-pull", &tenant(ISSUED))?;
            last = answer.body["issued_payments"][0].clone();
            Ok(last["state"] == state)
        })
        .with_context(|| format!("the payment did not come: {last}"))?;
        Ok(last)
    }
}
