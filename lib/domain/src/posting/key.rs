//! What names a posting, and what it may wait for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, HostId};
use crate::record::RecordKind;

/// A customer's choice of how one kind of record is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Workflow {
    /// Agents' bills become invoices, their payments payments.
    AgentBilling,
    /// The gross commission of a disbursement becomes income.
    BrokerageIncome,
    /// What a disbursement pays to each payee becomes an expense.
    AgentExpense,
}

impl Workflow {
    /// Every kind of workflow.
    pub const ALL: [Self; 3] = [Self::AgentBilling, Self::BrokerageIncome, Self::AgentExpense];

    /// The word used in keys, answers and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AgentBilling => "agent_billing",
            Self::BrokerageIncome => "brokerage_income",
            Self::AgentExpense => "agent_expense",
        }
    }

    /// What a person calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::AgentBilling => "agent billing",
            Self::BrokerageIncome => "brokerage income",
            Self::AgentExpense => "agent expense",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workflow| workflow.as_str() == text)
    }
}

/// Names one posting of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostingKey {
    /// The workflow.
    pub workflow: Workflow,
    /// The kind of record.
    pub record: RecordKind,
    /// The host's id of the record.
    pub id: HostId,
    /// The payee, where a record becomes a posting for each of its payees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee: Option<HostId>,
}

impl PostingKey {
    /// The posting of a record as a whole.
    pub fn new(workflow: Workflow, record: RecordKind, id: HostId) -> Self {
        Self { workflow, record, id, payee: None }
    }

    /// The posting of an agent's bill.
    pub fn bill(id: HostId) -> Self {
        Self::new(Workflow::AgentBilling, RecordKind::Bill, id)
    }

    /// The posting of a payment over bills.
    pub fn payment(id: HostId) -> Self {
        Self::new(Workflow::AgentBilling, RecordKind::Payment, id)
    }

    /// The income posting of a disbursement. It also knows the payees, so it stands for the disbursement as a whole.
    pub fn income(disbursement: HostId) -> Self {
        Self::new(Workflow::BrokerageIncome, RecordKind::Disbursement, disbursement)
    }

    /// The expense posting of one payee of a disbursement.
    pub fn expense(disbursement: HostId, payee: HostId) -> Self {
        let whole = Self::new(Workflow::AgentExpense, RecordKind::Disbursement, disbursement);
        Self { payee: Some(payee), ..whole }
    }

    /// The posting that stands for a record as a whole.
    pub fn of_record(kind: RecordKind, id: HostId) -> Self {
        match kind {
            RecordKind::Bill => Self::bill(id),
            RecordKind::Payment => Self::payment(id),
            RecordKind::Disbursement => Self::income(id),
        }
    }

    /// The key as one text, in which no part can be mistaken for another.
    pub fn as_text(&self) -> String {
        let whole = format!("{}#{}#{}", self.workflow.as_str(), self.record.as_str(), self.id);
        match &self.payee {
            Some(payee) => format!("{whole}#{payee}"),
            None => whole,
        }
    }

    /// Reads [`PostingKey::as_text`] back.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('#');
        let workflow = Workflow::parse(parts.next()?)?;
        let record = RecordKind::parse(parts.next()?)?;
        let id = HostId::parse(parts.next()?).ok()?;
        let payee = parts.next().map(|payee| HostId::parse(payee).ok());
        let payee = match payee {
            Some(payee) => Some(payee?),
            None => None,
        };
        parts.next().is_none().then_some(Self { workflow, record, id, payee })
    }
}

/// What a blocked posting waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// A working connection.
    Connection,
    /// A connection to this company.
    Company(CompanyId),
    /// A choice in the settings.
    Settings,
    /// Another posting.
    Posting(Box<PostingKey>),
    /// A usable QuickBooks object behind a link; cleared by a person who retries or relinks.
    Mapping,
    /// An open accounting period; cleared when the closing date is seen to have moved, or by a person who retries.
    Period,
    /// A bill or invoice without payments; cleared by a person who retries.
    BillPayment,
}

impl Condition {
    /// The condition as one text, used in keys.
    pub fn as_text(&self) -> String {
        match self {
            Self::Connection => "connection".to_owned(),
            Self::Company(id) => format!("company#{id}"),
            Self::Settings => "settings".to_owned(),
            Self::Posting(key) => format!("posting#{}", key.as_text()),
            Self::Mapping => "mapping".to_owned(),
            Self::Period => "period".to_owned(),
            Self::BillPayment => "bill_payment".to_owned(),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_text())
    }
}
