//! The host's records in all their versions, and the JSON in which they are sent.

use serde_json::{Value, json};

use super::super::Cents;
use crate::records;

/// A number that a document of the sample company has.
pub const TAKEN_NUMBER: &str = "1037";

/// Somebody of the host's.
pub type Agent = u64;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The host's id; one of its kind in the tenant.
    pub id: String,
    /// What it says.
    pub fact: Fact,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A bill.
    Bill(Bill),
    /// A payment over bills.
    Payment(Payment),
    /// A commission disbursement.
    Disbursement(Disbursement),
}

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Whose.
    pub agent: Agent,
    /// Its number.
    pub number: String,
    /// Its currency.
    pub currency: &'static str,
    /// The day that its invoice is dated on.
    pub closed_on: &'static str,
    /// Version 1 first.
    pub versions: Vec<BillVersion>,
}

/// One version of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillVersion {
    /// Amounts of its lines.
    pub lines: Vec<Cents>,
    /// What was paid, if anything.
    pub paid: Option<Cents>,
}

/// A payment over bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Version 1 first.
    pub versions: Vec<PaymentVersion>,
}

/// One version of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentVersion {
    /// All of it.
    pub amount: Cents,
    /// What each bill takes of it.
    pub bills: Vec<(String, Cents)>,
}

/// A disbursement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disbursement {
    /// Its number.
    pub number: String,
    /// `approved` or `draft`.
    pub status: &'static str,
    /// Version 1 first.
    pub versions: Vec<DisbursementVersion>,
}

/// One version of a disbursement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisbursementVersion {
    /// What the company keeps.
    pub kept: Cents,
    /// What each agent gets.
    pub splits: Vec<(Agent, Cents)>,
}

impl BillVersion {
    /// The bill's total.
    pub fn total(&self) -> Cents {
        self.lines.iter().copied().sum()
    }
}

impl DisbursementVersion {
    /// The gross commission.
    pub fn gross(&self) -> Cents {
        self.kept + self.splits.iter().map(|(_, amount)| *amount).sum()
    }
}

impl Record {
    /// How many versions it has.
    pub fn versions(&self) -> usize {
        match &self.fact {
            Fact::Bill(bill) => bill.versions.len(),
            Fact::Payment(payment) => payment.versions.len(),
            Fact::Disbursement(disbursement) => disbursement.versions.len(),
        }
    }

    /// The function that takes it.
    pub fn function(&self) -> &'static str {
        match self.fact {
            Fact::Bill(_) => "billing-invoice",
            Fact::Payment(_) => "billing-payment",
            Fact::Disbursement(_) => "disbursement",
        }
    }

    /// Its path below the tenant's.
    pub fn path(&self) -> String {
        let kind = match self.fact {
            Fact::Bill(_) => "bills",
            Fact::Payment(_) => "payments",
            Fact::Disbursement(_) => "disbursements",
        };
        format!("{kind}/{}", self.id)
    }

    /// The key of its posting; of a disbursement's income.
    pub fn posting(&self) -> String {
        match self.fact {
            Fact::Bill(_) => format!("agent_billing#bill#{}", self.id),
            Fact::Payment(_) => format!("agent_billing#payment#{}", self.id),
            Fact::Disbursement(_) => format!("brokerage_income#disbursement#{}", self.id),
        }
    }

    /// The key of the posting of what a payee of a disbursement gets.
    pub fn posting_of(&self, agent: Agent) -> String {
        format!("agent_expense#disbursement#{}#A{agent}", self.id)
    }

    /// A version of it, from 1, as it is sent.
    pub fn body(&self, version: usize) -> Value {
        match &self.fact {
            Fact::Bill(bill) => bill.body(version),
            Fact::Payment(payment) => payment.body(version),
            Fact::Disbursement(disbursement) => disbursement.body(version),
        }
    }
}

impl Bill {
    fn body(&self, version: usize) -> Value {
        let said = &self.versions[version - 1];
        let agent = format!("A{}", self.agent);
        let mut bill = records::bill_of(&agent, version as u64, &self.number, "0.00");
        bill["closed_on"] = json!(self.closed_on);
        bill["currency"] = json!(self.currency);
        let line = |(place, amount): (usize, &Cents)| {
            let item = ["desk-fee", "sign-fee", "course"][place % 3];
            json!({
                "item": {"id": item, "name": format!("Item {item}")},
                "description": format!("Line {}", place + 1),
                "amount": amount.to_string(),
            })
        };
        bill["lines"] = said.lines.iter().enumerate().map(line).collect();
        if let Some(amount) = said.paid {
            bill["payment"] = json!({"paid_on": "2026-03-05", "amount": amount.to_string(),
                "method": "Check", "reference": "1001"});
        }
        bill
    }
}

impl Payment {
    fn body(&self, version: usize) -> Value {
        let said = &self.versions[version - 1];
        let bills: Vec<(&str, String)> =
            said.bills.iter().map(|(id, amount)| (id.as_str(), amount.to_string())).collect();
        let bills: Vec<(&str, &str)> =
            bills.iter().map(|(id, amount)| (*id, amount.as_str())).collect();
        records::payment(version as u64, &said.amount.to_string(), &bills)
    }
}

impl Disbursement {
    fn body(&self, version: usize) -> Value {
        let said = &self.versions[version - 1];
        let mut record = records::Disbursement::new(version as u64, &self.number)
            .without("A1")
            .without("R1")
            .without("F1")
            .status(self.status)
            .share(&said.kept.to_string());
        for (agent, amount) in &said.splits {
            let id = format!("A{agent}");
            record = record.agent(&id, &format!("Agent {id}"), &amount.to_string());
        }
        record.value()
    }
}
