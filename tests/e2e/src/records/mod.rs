//! Records as a host sends them.

mod disbursement;

use serde_json::{Value, json};

pub use disbursement::Disbursement;

/// An unpaid bill of one line.
pub fn bill(version: u64, number: &str, amount: &str) -> Value {
    bill_of("A1", version, number, amount)
}

/// An unpaid bill of one line for an agent.
pub fn bill_of(agent: &str, version: u64, number: &str, amount: &str) -> Value {
    json!({
        "version": version,
        "agent": {"id": agent, "name": format!("Agent {agent}"), "email": "agent@example.com"},
        "number": number,
        "issued_on": "2026-03-01",
        "due_on": "2026-03-31",
        "closed_on": "2026-02-27",
        "currency": "USD",
        "memo": "Desk fee for March",
        "lines": [{
            "item": {"id": "desk-fee", "name": "Desk fee"},
            "description": "March",
            "quantity": "1",
            "unit_price": amount,
            "amount": amount,
        }],
    })
}

/// The bill, marked paid in full.
pub fn paid(mut bill: Value) -> Value {
    let amount = bill["lines"][0]["amount"].clone();
    bill["payment"] =
        json!({"paid_on": "2026-03-05", "amount": amount, "method": "Check", "reference": "1001"});
    bill
}

/// A payment over bills.
pub fn payment(version: u64, amount: &str, bills: &[(&str, &str)]) -> Value {
    let bills: Vec<Value> =
        bills.iter().map(|(id, amount)| json!({"id": id, "amount": amount})).collect();
    json!({
        "version": version,
        "paid_on": "2026-03-05",
        "amount": amount,
        "currency": "USD",
        "method": "Check",
        "reference": "2002",
        "bills": bills,
    })
}
