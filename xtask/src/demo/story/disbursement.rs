//! The second story: choose how commissions are booked, hold one at 95 %, post it at 100 %, change it, notice a deletion.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::{Story, objects, tenant, text};
use crate::{
    demo::{
        books::{Books, calls_after, documents, last_call, money},
        calls::Answer,
    },
    process::wait_until,
};

/// How long the parts of a disbursement may take.
const REST_LIMIT: Duration = Duration::from_secs(60);
const INCOME: &str = "brokerage_income_sales_receipt";
const EXPENSE: &str = "agent_expense_bill";
const NUMBER: &str = "D-1042";
const PATH: &str = "disbursements/D-1042";
/// Ann's share and the company's, before and after they agree on another split.
const FIRST_SPLIT: [&str; 2] = ["9000.00", "4000.00"];
const SECOND_SPLIT: [&str; 2] = ["9500.00", "3500.00"];

impl Story<'_> {
    /// Plays it, in the books of the connected company.
    pub(super) fn disbursement(&mut self) -> anyhow::Result<()> {
        self.choose_two()?;
        let before = Books::open(&self.calls, &self.realm)?;
        self.nearly_done()?;
        let created = self.done()?;
        self.split_changes(&created)?;
        self.bill_is_deleted(&created)?;
        self.person_decides(&created)?;
        self.teller.step("The books, before and after; credits are negative");
        let changes = [
            ("Checking", 1_500_000),
            ("Accounts Payable (A/P)", -1_120_500),
            ("Fees Billed", -1_500_000),
            ("Commissions & fees", 1_120_500),
        ];
        self.compare(&before, &changes)
    }

    fn choose_two(&mut self) -> anyhow::Result<()> {
        self.teller.step("An admin chooses one template for income and one for expense");
        self.catalogue(&["brokerage_income", "agent_expense"], &[INCOME, EXPENSE])?;
        let income = [("income_account", "Fees Billed"), ("deposit_account", "Checking")];
        self.set_up(INCOME, &income)?;
        self.set_up(EXPENSE, &[("expense_account", "Commissions & fees")])?;
        let on = json!({"auto_sync": {"disbursement_at_100_percent": true}});
        let saved = self.calls.put("settings", &tenant("settings"), &on)?;
        let switch = &saved.body["settings"]["auto_sync"]["disbursement_at_100_percent"];
        self.teller.check("posts itself at 100 %", text(switch), "true".to_owned());
        Ok(())
    }

    fn nearly_done(&mut self) -> anyhow::Result<()> {
        self.teller.step("A sale is at 95 %; its commission of 15,000.00 arrives by itself");
        for (whose, share) in [
            ("the company keeps", " 4,000.00"),
            ("Ann Archer gets", " 9,000.00, less a transaction fee of 295.00"),
            ("Lakeside Realty gets", " 2,000.00 for the referral"),
        ] {
            self.teller.show(whose, share);
        }
        let seen = last_call(&self.calls, &self.realm)?;
        let answer = self.arrives(1, "95", FIRST_SPLIT)?;
        self.stands(&answer, "held");
        self.teller.show("reason", text(&answer.body["posting"]["reason"]["message"]));
        self.teller.check("calls to QuickBooks", calls_after(&self.calls, &self.realm, seen)?, 0);
        Ok(())
    }

    fn done(&mut self) -> anyhow::Result<Answer> {
        self.teller.step("It reaches 100 % and posts itself");
        let answer = self.arrives(2, "100", FIRST_SPLIT)?;
        self.stands(&answer, "posted");
        self.show_documents()?;
        self.check_totals(["8705.00", "2000.00"], &answer)?;
        let vendor = self.payee_name("agent-17")?;
        self.teller
            .show("Ann Archer is billed as a customer", format!("and paid as the vendor {vendor}"));
        Ok(answer)
    }

    fn split_changes(&mut self, created: &Answer) -> anyhow::Result<()> {
        self.teller.step("They agree on 500.00 more for Ann Archer: the same documents change");
        let seen = last_call(&self.calls, &self.realm)?;
        let answer = self.arrives(3, "100", SECOND_SPLIT)?;
        self.stands(&answer, "posted");
        self.show_documents()?;
        self.teller.check("the same documents", ids(&answer), ids(created));
        let written = calls_after(&self.calls, &self.realm, seen)?;
        self.teller.show(
            "calls to QuickBooks",
            format!("{written}: receipt and bill change, the bill is looked at first"),
        );
        self.check_totals(["9205.00", "2000.00"], &answer)
    }

    fn bill_is_deleted(&mut self, created: &Answer) -> anyhow::Result<()> {
        self.teller.step(
            "The bookkeeper deletes the referral's bill in QuickBooks, and a person has it checked",
        );
        let bill = bill_of(created, "lakeside")?;
        let deletion = format!("companies/{}/bookkeeper/bill/{bill}/delete", self.realm);
        self.calls.order(&deletion, &json!({}))?;
        let answer = self.sync(&json!({"verify": true}))?;
        self.stands(&answer, "rejected");
        let reason = &answer.body["posting"]["reason"];
        self.teller.show("reason", text(&reason["message"]));
        let choices: Vec<String> =
            reason["choices"].as_array().into_iter().flatten().map(text).collect();
        self.teller.check(
            "a person chooses",
            choices.join(" or "),
            "recreate or unlink".to_owned(),
        );
        self.teller.check(
            "bills in QuickBooks",
            documents(&self.calls, &self.realm, "Bill")?.len(),
            1,
        );
        self.check_balance()
    }

    fn person_decides(&mut self, created: &Answer) -> anyhow::Result<()> {
        self.teller.step("It was a mistake, so a person presses Sync to have it created again");
        let answer = self.sync(&json!({}))?;
        self.stands(&answer, "posted");
        self.show_documents()?;
        let (old, new) = (bill_of(created, "lakeside")?, bill_of(&answer, "lakeside")?);
        self.teller.check("the referral has another bill", new != old, true);
        self.teller.check(
            "bills in QuickBooks",
            documents(&self.calls, &self.realm, "Bill")?.len(),
            2,
        );
        self.check_balance()
    }

    /// The host sends a version, as something that happened and not because a person asked.
    fn arrives(&self, version: u64, percent: &str, split: [&str; 2]) -> anyhow::Result<Answer> {
        let [agent, company] = split;
        let fee = json!([{"name": "Transaction fee", "amount": "295.00"}]);
        let record = json!({
            "version": version, "number": NUMBER, "currency": "USD", "gross_commission": "15000.00", "percent_complete": percent,
            "transaction": {"id": "T-77", "address": "12 Elm Street", "closed_on": self.today, "sale_price": "500000.00"},
            "payer": {"id": "first-title", "name": "First Title"},
            "company_share": {"amount": company},
            "agents": [{"id": "agent-17", "name": "Ann Archer", "split": agent, "fees": fee}],
            "referrals": [{"id": "lakeside", "name": "Lakeside Realty", "amount": "2000.00"}],
        });
        let path = format!("{}?trigger=event", tenant(PATH));
        self.rested(self.calls.put("disbursement", &path, &record)?)
    }

    /// A person presses Sync.
    fn sync(&self, how: &Value) -> anyhow::Result<Answer> {
        let path = format!("{}/sync", tenant(PATH));
        self.rested(self.calls.post("disbursement", &path, how)?)
    }

    /// A busy machine may have no time for all of it in one call; the rest goes on by itself.
    fn rested(&self, mut answer: Answer) -> anyhow::Result<Answer> {
        let goes_on = |state: &Value| state == "queued" || state == "posting";
        wait_until(REST_LIMIT, || {
            if goes_on(&answer.body["posting"]["state"]) {
                answer = self.calls.get("disbursement", &tenant(PATH))?;
            }
            Ok(!goes_on(&answer.body["posting"]["state"]))
        })?;
        Ok(answer)
    }

    /// What the bookkeeper sees of it.
    fn show_documents(&mut self) -> anyhow::Result<()> {
        for (kind, what) in [("SalesReceipt", "sales receipt"), ("Bill", "bill")] {
            for [id, whose, total] in documents(&self.calls, &self.realm, kind)? {
                self.teller.show(&format!("{what} {id}"), format!("{total:>9}  {whose}"));
            }
        }
        Ok(())
    }

    /// The income is the commission, and each bill what its payee gets.
    fn check_totals(&mut self, nets: [&str; 2], answer: &Answer) -> anyhow::Result<()> {
        let totals = |kind| {
            objects(answer, kind).iter().map(|object| text(&object["total"])).collect::<Vec<_>>()
        };
        self.teller.check("income", totals("SalesReceipt").join(" + "), "15000.00".to_owned());
        self.teller.check("expense", totals("Bill").join(" + "), nets.join(" + "));
        self.check_balance()
    }

    fn check_balance(&mut self) -> anyhow::Result<()> {
        let books = Books::open(&self.calls, &self.realm)?;
        self.teller.check("trial balance", money(books.difference()), money(0));
        Ok(())
    }

    /// The name of the vendor behind a payee.
    fn payee_name(&self, payee: &str) -> anyhow::Result<String> {
        let link = self.calls.get("settings", &tenant(&format!("links/vendor/{payee}")))?;
        ensure!(link.status == 200, "there is no link of {payee}: {}", link.body);
        Ok(text(&link.body["link"]["name"]))
    }
}

/// The id of a payee's bill.
fn bill_of(answer: &Answer, payee: &str) -> anyhow::Result<String> {
    let parts = answer.body["parts"].as_array().context("a disbursement has parts")?;
    let part = parts.iter().find(|part| part["payee"] == payee);
    let mut objects = part.and_then(|part| part["objects"].as_array()).into_iter().flatten();
    let living = objects.rfind(|object| object["removal"].is_null());
    Ok(text(&living.with_context(|| format!("{payee} has no bill"))?["id"]))
}

/// The ids of all documents, in the order of the parts.
fn ids(answer: &Answer) -> String {
    let kinds = ["SalesReceipt", "Bill"];
    let all = kinds.iter().flat_map(|kind| objects(answer, kind));
    all.map(|object| text(&object["id"])).collect::<Vec<_>>().join(", ")
}
