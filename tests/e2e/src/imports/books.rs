//! What a file of records comes to in the books, document by document, worked out from the file alone.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::Tenant;
use crate::chaos::Cents;

/// Entities of what bills, payments and disbursements become with the templates `agent_billing`,
/// `brokerage_income_invoice` and `agent_expense_bill`.
const ENTITIES: [&str; 3] = ["Invoice", "Payment", "Bill"];

/// How often there is each document, by entity, number or reference, and total.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books(BTreeMap<String, u64>);

impl Books {
    /// What there has to be when every line of a file is posted once. All of its lines are good.
    ///
    /// # Panics
    ///
    /// When a line is not.
    pub fn of_file(file: &str) -> Self {
        let mut books = Self::default();
        for line in file.lines().filter(|line| !line.is_empty()) {
            let line: Value = serde_json::from_str(line).expect("a good line");
            books.add_record(line["kind"].as_str().unwrap_or_default(), &line["record"]);
        }
        books
    }

    /// What there is, of ours.
    pub async fn of(tenant: &Tenant) -> Self {
        let mut books = Self::default();
        for entity in ENTITIES {
            for object in tenant.ours(&entity.to_lowercase()).await {
                let named = match entity {
                    "Invoice" => &object["DocNumber"],
                    "Payment" => &object["PaymentRefNum"],
                    // What is paid to agents has no number of the host's.
                    _ => &Value::Null,
                };
                books.add(entity, named, cents(&object["TotalAmt"]));
            }
        }
        books
    }

    /// How many documents there are.
    pub fn documents(&self) -> u64 {
        self.0.values().sum()
    }

    /// Every document that there is not as often as in `expected`, for people; none when the books are exact.
    pub fn differences(&self, expected: &Self) -> Vec<Difference> {
        let count = |books: &Self, document: &str| books.0.get(document).copied().unwrap_or(0);
        let mut all: Vec<&String> = self.0.keys().chain(expected.0.keys()).collect();
        all.sort_unstable();
        all.dedup();
        let difference = |document: &String| Difference {
            document: document.clone(),
            found: count(self, document),
            expected: count(expected, document),
        };
        all.into_iter().map(difference).filter(|it| it.found != it.expected).collect()
    }

    fn add_record(&mut self, kind: &str, record: &Value) {
        match kind {
            "bill" => {
                self.add("Invoice", &record["number"], sum(&record["lines"], "amount"));
                let payment = &record["payment"];
                if payment.is_object() {
                    self.add("Payment", &payment["reference"], cents(&payment["amount"]));
                }
            }
            "payment" => self.add("Payment", &record["reference"], cents(&record["amount"])),
            "disbursement" => {
                self.add("Invoice", &record["number"], cents(&record["gross_commission"]));
                for agent in record["agents"].as_array().into_iter().flatten() {
                    let kept = sum(&agent["fees"], "amount") + sum(&agent["deductions"], "amount");
                    self.add("Bill", &Value::Null, cents(&agent["split"]) - kept);
                }
                for list in ["referrals", "franchise"] {
                    for other in record[list].as_array().into_iter().flatten() {
                        self.add("Bill", &Value::Null, cents(&other["amount"]));
                    }
                }
            }
            other => panic!("there are no records of kind {other}"),
        }
    }

    fn add(&mut self, entity: &str, named: &Value, total: Cents) {
        let document = format!("{entity} {} {total}", named.as_str().unwrap_or("-"));
        *self.0.entry(document).or_default() += 1;
    }
}

/// A document that there is too often, or not often enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    document: String,
    found: u64,
    expected: u64,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {} instead of {}", self.document, self.found, self.expected)
    }
}

fn sum(list: &Value, member: &str) -> Cents {
    list.as_array().into_iter().flatten().map(|entry| cents(&entry[member])).sum()
}

fn cents(amount: &Value) -> Cents {
    Cents::read(amount).unwrap_or_else(|| panic!("{amount} is no amount"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::imports::{file, line};
    use crate::records::{Disbursement, bill, paid, payment};

    #[test]
    fn a_file_comes_to_its_documents() {
        let lines = [
            line("bill", "B1", &paid(bill(1, "B-1", "10.50"))),
            line("payment", "P1", &payment(1, "5.00", &[("B2", "5.00")])),
            line("disbursement", "D1", &Disbursement::new(1, "D-1").value()),
        ];
        let books = Books::of_file(&file(&lines));
        let documents: Vec<&str> = books.0.keys().map(String::as_str).collect();
        assert_eq!(
            documents,
            [
                "Bill - 1500.00",
                "Bill - 500.00",
                "Bill - 8705.00",
                "Invoice B-1 10.50",
                "Invoice D-1 15000.00",
                "Payment 1001 10.50",
                "Payment 2002 5.00",
            ]
        );
        assert_eq!(books.documents(), 7);
    }

    #[test]
    fn what_is_twice_or_missing_is_told() {
        let expected = Books::of_file(&line("bill", "B1", &bill(1, "B-1", "10.50")));
        let mut found = Books::default();
        found.add("Invoice", &json!("B-2"), Cents(1));
        let told: Vec<String> =
            found.differences(&expected).iter().map(ToString::to_string).collect();
        assert_eq!(told, ["Invoice B-1 10.50: 0 instead of 1", "Invoice B-2 0.01: 1 instead of 0"]);
        assert!(expected.differences(&expected).is_empty());
    }
}
