//! A commission disbursement as a host sends it, to be changed field by field.

use serde_json::{Value, json};

/// A disbursement whose shares add up to its gross commission, whatever is changed.
///
/// Of 15,000.00 the company keeps 4,000.00, agent A1 gets 9,000.00 less a fee of 295.00, the brokerage R1 1,500.00 for a
/// referral, and the franchisor F1 500.00. First Title (ESC-1) pays.
#[derive(Debug, Clone)]
pub struct Disbursement(Value);

impl Disbursement {
    /// The example, approved and at 100 %.
    pub fn new(version: u64, number: &str) -> Self {
        let other = |id: &str, name: &str, amount: &str| json!({"id": id, "name": name, "email": null, "amount": amount});
        Self(json!({
            "version": version,
            "number": number,
            "transaction": {
                "id": format!("T-{number}"),
                "address": "12 Elm Street",
                "closed_on": "2026-05-01",
                "sale_price": "500000.00",
            },
            "currency": "USD",
            "gross_commission": "15000.00",
            "payer": {"id": "ESC-1", "name": "First Title", "email": null},
            "company_share": {"amount": "4000.00"},
            "agents": [{
                "id": "A1",
                "name": "Ann Smith",
                "email": "ann@example.com",
                "split": "9000.00",
                "fees": [{"name": "Transaction fee", "amount": "295.00"}],
                "deductions": [],
            }],
            "referrals": [other("R1", "Lakeside Realty", "1500.00")],
            "franchise": [other("F1", "Franchise Holding", "500.00")],
            "percent_complete": "100",
            "status": "approved",
            "memo": null,
        }))
    }

    /// With one agent and nobody else: the company keeps `kept`, agent A1 gets `split` without any fee.
    pub fn simple(version: u64, number: &str, kept: &str, split: &str) -> Self {
        let mut simple = Self::new(version, number).share(kept).split("A1", split);
        simple.0["agents"][0]["fees"] = json!([]);
        simple.0["referrals"] = json!([]);
        simple.0["franchise"] = json!([]);
        simple
    }

    /// With another version.
    pub fn version(self, version: u64) -> Self {
        self.with("/version", json!(version))
    }

    /// With what the company keeps.
    pub fn share(self, amount: &str) -> Self {
        self.with("/company_share/amount", json!(amount))
    }

    /// With what a payee gets.
    pub fn split(mut self, payee: &str, amount: &str) -> Self {
        let shares = [("agents", "split"), ("referrals", "amount"), ("franchise", "amount")];
        for (list, member) in shares {
            for share in self.0[list].as_array_mut().into_iter().flatten() {
                if share["id"] == payee {
                    share[member] = json!(amount);
                }
            }
        }
        self
    }

    /// With another agent.
    pub fn agent(mut self, id: &str, name: &str, split: &str) -> Self {
        let agents = self.0["agents"].as_array_mut().expect("agents are a list");
        agents.push(json!({"id": id, "name": name, "split": split}));
        self
    }

    /// Without a payee.
    pub fn without(mut self, payee: &str) -> Self {
        for list in ["agents", "referrals", "franchise"] {
            let shares = self.0[list].as_array_mut().expect("shares are lists");
            shares.retain(|share| share["id"] != payee);
        }
        self
    }

    /// How far it has come.
    pub fn percent(self, percent: &str) -> Self {
        self.with("/percent_complete", json!(percent))
    }

    /// `draft`, `approved` or `canceled`.
    pub fn status(self, status: &str) -> Self {
        self.with("/status", json!(status))
    }

    /// With the day the sale closes.
    pub fn closed_on(self, day: &str) -> Self {
        self.with("/transaction/closed_on", json!(day))
    }

    /// With another value somewhere; the path is a JSON pointer.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a JSON pointer");
        let parent = self.0.pointer_mut(parent).expect("the parent is there");
        match name.parse::<usize>() {
            Ok(index) => parent[index] = value,
            Err(_) => parent[name] = value,
        }
        self
    }

    /// As it is sent; the gross commission is the sum of the shares.
    pub fn value(&self) -> Value {
        let mut value = self.0.clone();
        let lists = [("agents", "split"), ("referrals", "amount"), ("franchise", "amount")];
        let mut cents = cents(&value["company_share"]["amount"]);
        for (list, member) in lists {
            let shares = value[list].as_array().into_iter().flatten();
            cents += shares.map(|share| self::cents(&share[member])).sum::<i64>();
        }
        value["gross_commission"] = json!(format!("{}.{:02}", cents / 100, cents % 100));
        value
    }
}

/// An amount such as `"125.00"` in cents.
fn cents(amount: &Value) -> i64 {
    let amount = amount.as_str().unwrap_or("0.00");
    let (whole, part) = amount.split_once('.').expect("amounts are written with two decimals");
    assert_eq!(part.len(), 2, "{amount}");
    format!("{whole}{part}").parse().expect("an amount")
}
