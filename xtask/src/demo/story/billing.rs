//! The first story: connect, bill, bill again, get paid, get paid for two, survive an outage.

use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};

use super::{Story, objects, tenant, text};
use crate::{
    demo::{
        books::{Books, calls_after, invoices_numbered, last_call},
        calls::Answer,
    },
    process::wait_until,
};

/// How long the queue may take to heal an outage, with the short waits of the local stack.
const HEAL_LIMIT: Duration = Duration::from_secs(60);

impl Story<'_> {
    /// Plays it, in the books of the connected company.
    pub(super) fn billing(&mut self) -> anyhow::Result<()> {
        self.choose()?;
        let before = Books::open(&self.calls, &self.realm)?;
        self.bill()?;
        self.bill_again()?;
        self.bill_is_paid()?;
        self.payment_over_two_bills()?;
        self.outage()?;
        self.teller.step("The books, before and after; credits are negative");
        let changes = [
            ("Accounts Receivable (A/R)", 8_000),
            ("Undeposited Funds", 87_500),
            ("Services", -95_500),
        ];
        self.compare(&before, &changes)
    }

    fn choose(&mut self) -> anyhow::Result<()> {
        self.teller.step(
            "An admin uses a template, confirms the company, chooses accounts, applies and runs it",
        );
        let template = "agent_billing";
        self.catalogue(&["agent_billing"], &[template])?;
        let accounts = [("income_account", "Services"), ("deposit_account", "Undeposited Funds")];
        self.set_up(template, &accounts)
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
        let answer = self.calls.put("billing-payment", &tenant("payments/P-77"), &payment)?;
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
        let path = tenant("bills/B-1045");
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
        self.calls.put("billing-invoice", &tenant(&format!("bills/{id}")), &bill)
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
