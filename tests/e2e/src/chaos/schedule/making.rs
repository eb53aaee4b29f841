//! The records of a story, with numbers and amounts drawn.

use super::super::Cents;
use super::records::{
    Bill, BillVersion, Disbursement, DisbursementVersion, Fact, Payment, PaymentVersion, Record,
};
use super::stories::{AGENTS, OPEN, Teller};

impl Teller<'_> {
    pub(super) fn bills(&mut self, count: usize) -> Vec<usize> {
        let bills: Vec<usize> = (0..count).map(|_| self.bill(1, false)).collect();
        let agent = self.bill_of(bills[0]).agent;
        for bill in &bills {
            self.bill_mut(*bill).agent = agent;
        }
        bills
    }

    pub(super) fn bill(&mut self, versions: usize, may_be_paid: bool) -> usize {
        let number = self.number();
        let agent = self.dice.between(1, AGENTS);
        let version = |teller: &mut Self| {
            let lines = teller.dice.weigh(&[(6, 1), (3, 2), (1, 3)]);
            let lines: Vec<Cents> = (0..lines).map(|_| teller.amount()).collect();
            let total: Cents = lines.iter().copied().sum();
            let surplus = if teller.dice.per_mille(100) { Cents(500) } else { Cents::ZERO };
            let paid = (may_be_paid && teller.dice.per_mille(450)).then_some(total + surplus);
            BillVersion { lines, paid }
        };
        let versions = (0..versions).map(|_| version(self)).collect();
        let bill = Bill {
            agent,
            number: format!("B{number}"),
            currency: "USD",
            closed_on: OPEN,
            versions,
        };
        self.add(format!("B{number}"), Fact::Bill(bill))
    }

    /// A payment of the bills in full, and of another one if there is; with a surplus at times. A second version leaves the
    /// last bill out.
    pub(super) fn paying(
        &mut self,
        bills: &[usize],
        other: Option<(String, Cents)>,
        versions: usize,
    ) -> usize {
        let mut lines: Vec<(String, Cents)> = bills
            .iter()
            .map(|bill| (self.records[*bill].id.clone(), self.bill_of(*bill).versions[0].total()))
            .collect();
        lines.extend(other);
        let surplus = if self.dice.per_mille(200) { Cents(250) } else { Cents::ZERO };
        let version = |lines: &[(String, Cents)]| PaymentVersion {
            amount: lines.iter().map(|(_, amount)| *amount).sum::<Cents>() + surplus,
            bills: lines.to_vec(),
        };
        let mut all = vec![version(&lines)];
        if versions == 2 {
            lines.pop();
            all.push(version(&lines));
        }
        let number = self.number();
        self.add(format!("P{number}"), Fact::Payment(Payment { versions: all }))
    }

    pub(super) fn disbursement(&mut self, versions: usize, status: &'static str) -> usize {
        let number = self.number();
        let first = self.dice.between(1, AGENTS);
        let payees = self.dice.between(1, 2);
        let version = |teller: &mut Self| DisbursementVersion {
            kept: teller.amount(),
            splits: (0..payees).map(|n| ((first + n) % AGENTS + 1, teller.large())).collect(),
        };
        let mut versions: Vec<DisbursementVersion> = (0..versions).map(|_| version(self)).collect();
        // A payee may be gone in the last version.
        let last = versions.last_mut().expect("there is at least one");
        if last.splits.len() == 2 && self.dice.per_mille(300) {
            last.splits.pop();
        }
        let fact = Disbursement { number: format!("D{number}"), status, versions };
        self.add(format!("D{number}"), Fact::Disbursement(fact))
    }

    pub(super) fn number(&self) -> usize {
        self.first + self.records.len() + 1
    }

    pub(super) fn amount(&mut self) -> Cents {
        Cents(i64::try_from(self.dice.between(1, 99_999)).expect("small"))
    }

    /// More than anybody pays of it in part.
    pub(super) fn large(&mut self) -> Cents {
        Cents(i64::try_from(self.dice.between(5_001, 999_999)).expect("small"))
    }

    pub(super) fn add(&mut self, id: String, fact: Fact) -> usize {
        self.records.push(Record { id, fact });
        self.records.len() - 1
    }

    pub(super) fn bill_of(&self, record: usize) -> &Bill {
        match &self.records[record].fact {
            Fact::Bill(bill) => bill,
            other => panic!("not a bill: {other:?}"),
        }
    }

    pub(super) fn bill_mut(&mut self, record: usize) -> &mut Bill {
        match &mut self.records[record].fact {
            Fact::Bill(bill) => bill,
            other => panic!("not a bill: {other:?}"),
        }
    }
}
