//! Everything that a run will do, decided before it begins and by the seed alone.
//!
//! A tenant lives through *stories*. A story is about one record or about a few that belong together: its acts come one after
//! the other, while several stories of a tenant, and all tenants, go on side by side. What the clock decides (which of two
//! calls meets a fault) is not the seed's; what is sent, and what has to come of it, is.

mod making;
mod records;
mod stories;
mod weather;

pub use records::{
    Agent, Bill, BillVersion, Disbursement, DisbursementVersion, Fact, Payment, PaymentVersion,
    Record, TAKEN_NUMBER,
};
pub use weather::{Fault, Table};

use super::{Cents, Dice};

/// How much to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Decides everything.
    pub seed: u64,
    /// Records of the host, over all tenants.
    pub records: usize,
    /// Tenants, each with a company of its own.
    pub tenants: usize,
}

/// What will be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// One plan for each tenant.
    pub tenants: Vec<TenantPlan>,
}

/// What a tenant and its company live through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantPlan {
    /// What kind of company it is.
    pub company: Company,
    /// In the order in which they begin.
    pub stories: Vec<Story>,
}

/// How a company is set up, for the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Company {
    /// Whether QuickBooks answers a repeated `requestid` with its first answer.
    pub remembers_requests: bool,
    /// How it hands out refresh tokens.
    pub rotation: &'static str,
    /// How income is booked.
    pub income: &'static str,
    /// How expense is booked.
    pub expense: &'static str,
    /// Whether the year before this one is closed.
    pub year_closed: bool,
    /// Whether QuickBooks tells of changes, twice and in the wrong order.
    pub tells: bool,
    /// What becomes of a person's change of what the record governs.
    pub overwrite: &'static str,
}

/// Records that belong together, and what happens to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// What it is about, in a word.
    pub about: &'static str,
    /// The host's records in it.
    pub records: Vec<Record>,
    /// One after the other.
    pub acts: Vec<Act>,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The host sends a version (from 1) of a record, so many times at once.
    Put {
        /// Which of the story's records.
        record: usize,
        /// Which version.
        version: usize,
        /// How many calls at once.
        copies: usize,
    },
    /// The host takes a payment back.
    TakeBack {
        /// Which of the story's records.
        record: usize,
    },
    /// Messages of the queues arrive again, for these records in this order.
    Messages {
        /// Which of the story's records.
        records: Vec<usize>,
    },
    /// A person does something in QuickBooks to a document of a record that is posted.
    Person {
        /// Which of the story's records.
        record: usize,
        /// What.
        deed: Deed,
    },
    /// The weather gets worse.
    Fault(Fault),
    /// Somebody asks for what was paid.
    Pull,
    /// The company's clock goes on.
    Advance {
        /// So far.
        seconds: i64,
    },
}

/// What a person does in QuickBooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Writes a message to the customer, which is nobody else's.
    Note,
    /// Changes the amount of the first line.
    Amount(Cents),
    /// Voids the document.
    Void,
    /// Deletes the document.
    Delete,
    /// Pays a part of the first payee's bill.
    Pay(Cents),
    /// Takes that payment back: voids it.
    VoidPay,
    /// Takes that payment back: deletes it.
    DeletePay,
}

impl Schedule {
    /// Makes the whole list.
    pub fn new(size: Size) -> Self {
        let tenants = size.tenants.max(1);
        let share =
            |tenant: usize| size.records / tenants + usize::from(tenant < size.records % tenants);
        let plan = |tenant: usize| {
            let mut dice = Dice::new(size.seed, tenant as u64);
            let company = Company::of(&mut dice, tenant);
            let stories = stories::of(&mut dice, company, share(tenant));
            TenantPlan { company, stories }
        };
        Self { tenants: (0..tenants).map(plan).collect() }
    }

    /// How many records the host sends, or would have to.
    pub fn records(&self) -> usize {
        self.tenants
            .iter()
            .flat_map(|tenant| &tenant.stories)
            .map(|story| story.records.len())
            .sum()
    }

    /// All acts.
    pub fn acts(&self) -> impl Iterator<Item = &Act> {
        self.tenants.iter().flat_map(|tenant| &tenant.stories).flat_map(|story| &story.acts)
    }
}

impl Company {
    fn of(dice: &mut Dice, tenant: usize) -> Self {
        // Every way of booking comes up in any nine tenants; the rest is drawn.
        Self {
            remembers_requests: dice.per_mille(600),
            rotation: dice.pick(&["daily", "every_refresh", "strict"]),
            income: crate::INCOMES[tenant % 3],
            expense: crate::EXPENSES[(tenant / 3) % 3],
            year_closed: dice.per_mille(300),
            tells: dice.per_mille(200),
            overwrite: if dice.per_mille(500) { "always" } else { "never" },
        }
    }

    /// Whether payees get bills, which a person can pay.
    pub fn has_bills(&self) -> bool {
        self.expense == "agent_expense_bill"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SIZE: Size = Size { seed: 7, records: 3_000, tenants: 20 };

    #[test]
    fn a_seed_has_one_schedule() {
        assert_eq!(Schedule::new(SIZE), Schedule::new(SIZE));
        assert_ne!(Schedule::new(SIZE), Schedule::new(Size { seed: 8, ..SIZE }));
    }

    #[test]
    fn every_record_that_was_asked_for_is_there_once() {
        for (records, tenants) in [(1, 1), (60, 3), (61, 3), (3_000, 20)] {
            let schedule = Schedule::new(Size { records, tenants, ..SIZE });
            assert_eq!(schedule.records(), records);
            for tenant in &schedule.tenants {
                let all = || tenant.stories.iter().flat_map(|story| &story.records);
                let ids: BTreeSet<&str> = all().map(|record| record.id.as_str()).collect();
                assert_eq!(ids.len(), all().count());
            }
        }
    }

    #[test]
    fn acts_name_records_and_versions_of_their_story_in_order() {
        for story in Schedule::new(SIZE).tenants.iter().flat_map(|tenant| &tenant.stories) {
            let mut newest = vec![0; story.records.len()];
            for act in &story.acts {
                match act {
                    Act::Put { record, version, copies } => {
                        assert!((1..=story.records[*record].versions()).contains(version));
                        assert!((1..=4).contains(copies));
                        assert!(*version <= newest[*record] + 1, "{story:?}");
                        newest[*record] = newest[*record].max(*version);
                    }
                    Act::TakeBack { record } | Act::Person { record, .. } => {
                        assert!(newest[*record] > 0, "{story:?}");
                    }
                    Act::Messages { records } => {
                        assert!(records.iter().all(|record| newest[*record] > 0), "{story:?}");
                    }
                    Act::Fault(_) | Act::Pull | Act::Advance { .. } => {}
                }
            }
        }
    }

    #[test]
    fn every_kind_of_fault_and_story_comes_up() {
        let schedule = Schedule::new(SIZE);
        let struck: BTreeSet<&str> = schedule
            .acts()
            .filter_map(|act| if let Act::Fault(fault) = act { Some(fault.name()) } else { None })
            .collect();
        let kinds: BTreeSet<&str> = Fault::kinds().collect();
        assert_eq!(struck, kinds);
        let stories = schedule.tenants.iter().flat_map(|tenant| &tenant.stories);
        let stories: BTreeSet<&str> = stories.map(|story| story.about).collect();
        assert_eq!(stories, stories::KINDS.iter().map(|kind| kind.name()).collect());
    }
}
