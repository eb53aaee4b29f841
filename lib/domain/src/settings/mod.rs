//! A tenant's choices that shape what is posted, and when.

mod configuration;
mod workflow;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::CompanyId;

pub use configuration::{
    Choice, ClosedPeriod, Configuration, InitialSync, Overwrite, TransactionDate, Value,
};
pub use workflow::{Refusal, Setup, Stage, Workflows};

/// Layout of the stored settings that this code writes.
pub const SCHEMA: u32 = 2;

/// What a tenant chose.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Settings {
    /// Layout of this stored item.
    pub schema: u32,
    /// Counts the writes; 0 means never saved.
    pub revision: u64,
    /// What is posted without being asked.
    pub switches: Switches,
    /// What waits for a choice still has to be woken.
    pub wake_pending: bool,
    /// Workflows by company, so that connecting another company cannot post into the wrong accounts, and coming back
    /// restores everything.
    pub companies: BTreeMap<CompanyId, Workflows>,
}

/// What is posted without being asked, and what the host offers at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switches {
    /// A disbursement that arrives by itself is posted once it has reached 100 %.
    pub auto_sync_disbursement_at_100_percent: bool,
    /// A bill or payment that arrives by itself is posted once the agent's card was charged.
    pub auto_sync_billing_when_card_charged: bool,
    /// The customer uses agent billing at the host, so its workflow may be set up.
    pub agent_billing: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            auto_sync_disbursement_at_100_percent: false,
            auto_sync_billing_when_card_charged: false,
            agent_billing: true,
        }
    }
}

impl Settings {
    /// The workflows of a company.
    pub fn workflows(&self, company: &CompanyId) -> Option<&Workflows> {
        self.companies.get(company)
    }
}

/// Settings as any version stored them.
#[derive(Deserialize)]
struct Stored {
    schema: u32,
    revision: u64,
    #[serde(default)]
    switches: Switches,
    #[serde(default)]
    wake_pending: bool,
    #[serde(default)]
    companies: BTreeMap<CompanyId, Workflows>,
    /// Layout 1: accounts of agent billing, which ran as soon as they were chosen.
    company: Option<CompanyId>,
    income_account: Option<Choice>,
    deposit_account: Option<Choice>,
    transaction_date: Option<String>,
}

impl From<Stored> for Settings {
    fn from(stored: Stored) -> Self {
        use crate::template::{Field, Template};

        let mut companies = stored.companies;
        if let (1, Some(company)) = (stored.schema, stored.company) {
            let mut configuration = Configuration::default();
            configuration.set(Field::IncomeAccount, stored.income_account.map(Value::Entry));
            configuration.set(Field::DepositAccount, stored.deposit_account.map(Value::Entry));
            configuration.set(Field::TransactionDate, stored.transaction_date.map(Value::Word));
            configuration.set(Field::InitialSync, Some(Value::Word("all".to_owned())));
            let complete = configuration.missing(Template::AgentBilling).is_empty();
            let stage = if complete { Stage::Active } else { Stage::Draft };
            let setup = Setup { stage, configuration, ..Setup::default() };
            companies.entry(company).or_default().0.insert(Template::AgentBilling, setup);
        }
        Self {
            schema: stored.schema,
            revision: stored.revision,
            switches: stored.switches,
            wake_pending: stored.wake_pending,
            companies,
        }
    }
}

#[cfg(test)]
mod tests;
