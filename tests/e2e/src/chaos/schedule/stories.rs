//! The stories that are told of a tenant's records.

use super::super::{Cents, Dice};
use super::records::{Record, TAKEN_NUMBER};
use super::weather::Fault;
use super::{Act, Company, Deed, Story};

/// Agents of a tenant: few enough that many records meet over one name.
pub(super) const AGENTS: u64 = 12;
/// A day in an open period, and one in the year that some companies have closed.
pub(super) const OPEN: &str = "2026-02-27";
const CLOSED: &str = "2025-11-15";

/// What a story is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bill,
    EditedBill,
    RemovedBill,
    PaymentOverBills,
    PaymentTakenBack,
    PaymentWithoutBill,
    PaymentOfTwoAgents,
    RemovedPayment,
    Disbursement,
    PaidOut,
    Draft,
    NothingDue,
    ForeignMoney,
    NumberTaken,
    ClosedYear,
    Refused,
}

/// All of them.
pub(super) const KINDS: [Kind; 16] = [
    Kind::Bill,
    Kind::EditedBill,
    Kind::RemovedBill,
    Kind::PaymentOverBills,
    Kind::PaymentTakenBack,
    Kind::PaymentWithoutBill,
    Kind::PaymentOfTwoAgents,
    Kind::RemovedPayment,
    Kind::Disbursement,
    Kind::PaidOut,
    Kind::Draft,
    Kind::NothingDue,
    Kind::ForeignMoney,
    Kind::NumberTaken,
    Kind::ClosedYear,
    Kind::Refused,
];

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::EditedBill => "bill edited in QuickBooks",
            Self::RemovedBill => "bill removed in QuickBooks",
            Self::PaymentOverBills => "payment over bills",
            Self::PaymentTakenBack => "payment taken back",
            Self::PaymentWithoutBill => "payment of a bill that never comes",
            Self::PaymentOfTwoAgents => "payment of two agents' bills",
            Self::RemovedPayment => "payment removed in QuickBooks",
            Self::Disbursement => "disbursement",
            Self::PaidOut => "disbursement paid out",
            Self::Draft => "draft",
            Self::NothingDue => "bill of nothing",
            Self::ForeignMoney => "bill in another currency",
            Self::NumberTaken => "bill with a number that is taken",
            Self::ClosedYear => "bill of a closed year",
            Self::Refused => "bill that QuickBooks refuses",
        }
    }

    /// How often it is told, out of all weights, where it can be.
    fn weight(self, company: Company) -> u64 {
        match self {
            Self::Bill => 380,
            Self::EditedBill => 40,
            Self::RemovedBill => 20,
            Self::PaymentOverBills => 70,
            Self::PaymentTakenBack => 20,
            Self::PaymentWithoutBill | Self::PaymentOfTwoAgents => 6,
            Self::RemovedPayment => 10,
            Self::Disbursement => 120,
            Self::PaidOut if company.has_bills() => 60,
            Self::ClosedYear if company.year_closed => 20,
            Self::PaidOut | Self::ClosedYear => 0,
            Self::Draft | Self::NothingDue | Self::ForeignMoney => 6,
            Self::NumberTaken | Self::Refused => 8,
        }
    }
}

/// The stories of a tenant with exactly so many records.
pub(super) fn of(dice: &mut Dice, company: Company, records: usize) -> Vec<Story> {
    let weights: Vec<(u64, Kind)> = KINDS.map(|kind| (kind.weight(company), kind)).to_vec();
    let mut stories = Vec::new();
    let mut told = 0;
    while told < records {
        let mut teller =
            Teller { dice, company, first: told, records: Vec::new(), acts: Vec::new() };
        let mut about = teller.dice.weigh(&weights);
        // Only a bill fits into any room that is left.
        if records - told < 5 {
            about = Kind::Bill;
        }
        teller.tell(about);
        let Teller { records: with, acts, .. } = teller;
        told += with.len();
        stories.push(Story { about: about.name(), records: with, acts });
    }
    stories
}

/// Tells one story.
pub(super) struct Teller<'a> {
    pub(super) dice: &'a mut Dice,
    company: Company,
    /// The number of the story's first record in the tenant.
    pub(super) first: usize,
    pub(super) records: Vec<Record>,
    acts: Vec<Act>,
}

impl Teller<'_> {
    fn tell(&mut self, about: Kind) {
        match about {
            Kind::Bill => {
                let versions = self.dice.weigh(&[(5, 1), (3, 2), (2, 3)]);
                let bill = self.bill(versions, true);
                self.send_all(bill);
            }
            Kind::EditedBill => self.edited(),
            Kind::RemovedBill => self.removed(),
            Kind::PaymentOverBills => self.payment(),
            Kind::PaymentTakenBack => self.taken_back(),
            Kind::PaymentWithoutBill => {
                let bills = self.bills(1);
                let missing = format!("{}-never", self.records[0].id);
                let payment = self.paying(&bills, Some((missing, Cents(1_000))), 1);
                self.put(payment, 1);
                self.put(bills[0], 1);
            }
            Kind::PaymentOfTwoAgents => {
                let bills = [self.bill(1, false), self.bill(1, false)];
                let first = self.bill_of(bills[0]).agent;
                self.bill_mut(bills[1]).agent = first % AGENTS + 1;
                let payment = self.paying(&bills, None, 1);
                for record in [bills[0], bills[1], payment] {
                    self.put(record, 1);
                }
            }
            Kind::RemovedPayment => self.removed_payment(),
            Kind::Disbursement => {
                let versions = self.dice.weigh(&[(2, 1), (1, 2)]);
                let disbursement = self.disbursement(versions, "approved");
                self.send_all(disbursement);
            }
            Kind::PaidOut => self.paid_out(),
            Kind::Draft => {
                let draft = self.disbursement(1, "draft");
                self.send_all(draft);
            }
            Kind::NothingDue => {
                let bill = self.bill(1, false);
                self.bill_mut(bill).versions[0].lines = vec![Cents::ZERO];
                self.send_all(bill);
            }
            Kind::ForeignMoney => {
                let bill = self.bill(1, false);
                self.bill_mut(bill).currency = "EUR";
                self.send_all(bill);
            }
            Kind::NumberTaken => {
                let bill = self.bill(1, false);
                self.bill_mut(bill).number = TAKEN_NUMBER.to_owned();
                self.send_all(bill);
            }
            Kind::ClosedYear => {
                let bill = self.bill(1, false);
                self.bill_mut(bill).closed_on = CLOSED;
                self.send_all(bill);
            }
            Kind::Refused => {
                let bill = self.bill(1, false);
                let text = format!("\"{}\"", self.bill_of(bill).number);
                self.acts.push(Act::Fault(Fault::Refusal { text }));
                self.send_all(bill);
            }
        }
    }

    /// A person changes an invoice between two versions.
    fn edited(&mut self) {
        let bill = self.bill(2, false);
        self.put(bill, 1);
        let other = self.amount();
        let deed = if self.dice.per_mille(300) { Deed::Note } else { Deed::Amount(other) };
        self.acts.push(Act::Person { record: bill, deed });
        self.put(bill, 2);
    }

    /// A person takes an invoice away; mostly, the host then sends another version.
    fn removed(&mut self) {
        let bill = self.bill(2, false);
        self.put(bill, 1);
        let deed = self.dice.pick(&[Deed::Void, Deed::Delete]);
        self.acts.push(Act::Person { record: bill, deed });
        if self.dice.per_mille(700) {
            self.put(bill, 2);
        }
    }

    /// One payment over several bills, which may come before them.
    fn payment(&mut self) {
        let count = self.dice.between(2, 4);
        let bills = self.bills(usize::try_from(count).expect("a few"));
        let versions = self.dice.weigh(&[(3, 1), (1, 2)]);
        let payment = self.paying(&bills, None, versions);
        let mut order = bills;
        order.push(payment);
        self.dice.shuffle(&mut order);
        for record in order {
            self.put(record, 1);
        }
        if versions == 2 {
            self.put(payment, 2);
        }
        self.messages();
    }

    fn taken_back(&mut self) {
        let bills = self.bills(2);
        let payment = self.paying(&bills, None, 1);
        for record in [bills[0], bills[1], payment] {
            self.put(record, 1);
        }
        self.acts.push(Act::TakeBack { record: payment });
        self.messages();
    }

    fn removed_payment(&mut self) {
        let bills = self.bills(2);
        let payment = self.paying(&bills, None, 2);
        for record in [bills[0], bills[1], payment] {
            self.put(record, 1);
        }
        let deed = self.dice.pick(&[Deed::Void, Deed::Delete]);
        self.acts.push(Act::Person { record: payment, deed });
        self.put(payment, 2);
    }

    /// A person pays a part of a payee's bill, perhaps takes that back; the host may change its mind about the amount.
    fn paid_out(&mut self) {
        let record = self.disbursement(2, "approved");
        self.put(record, 1);
        let part = Cents(i64::try_from(self.dice.between(100, 5_000)).expect("small"));
        self.acts.push(Act::Person { record, deed: Deed::Pay(part) });
        if self.dice.per_mille(500) {
            self.acts.push(Act::Pull);
        }
        if self.dice.per_mille(400) {
            let deed = self.dice.pick(&[Deed::VoidPay, Deed::DeletePay]);
            self.acts.push(Act::Person { record, deed });
        }
        if self.dice.per_mille(500) {
            self.put(record, 2);
        }
    }

    fn send_all(&mut self, record: usize) {
        for version in 1..=self.records[record].versions() {
            self.put(record, version);
        }
        // What comes late, or twice, changes nothing any more.
        if self.dice.per_mille(100) {
            self.acts.push(Act::Put { record, version: 1, copies: 1 });
        }
        self.messages();
    }

    fn put(&mut self, record: usize, version: usize) {
        for _ in 0..self.dice.weigh(&[(50, 0), (35, 1), (12, 2), (3, 3)]) {
            let fault = Fault::draw(self.dice, self.company.rotation);
            self.acts.push(Act::Fault(fault));
        }
        if self.dice.per_mille(20) {
            let seconds = i64::try_from(self.dice.between(1, 120)).expect("small");
            self.acts.push(Act::Advance { seconds });
        }
        let copies = self.dice.weigh(&[(85, 1), (10, 2), (4, 3), (1, 4)]);
        self.acts.push(Act::Put { record, version, copies });
    }

    fn messages(&mut self) {
        if self.dice.per_mille(80) {
            let sent = |record: &usize| {
                self.acts
                    .iter()
                    .any(|act| matches!(act, Act::Put { record: put, .. } if put == record))
            };
            let mut records: Vec<usize> = (0..self.records.len()).filter(sent).collect();
            records.extend(records.clone());
            self.dice.shuffle(&mut records);
            self.acts.push(Act::Messages { records });
        }
    }
}
