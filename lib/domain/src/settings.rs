//! A tenant's choices that shape what is posted.

use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, ObjectId};

/// Layout of the stored settings that this code writes.
pub const SCHEMA: u32 = 1;

/// What a tenant chose. Absent choices block the postings that need them, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// Layout of this stored item.
    pub schema: u32,
    /// Counts the writes; 0 means never saved.
    pub revision: u64,
    /// The company whose accounts were chosen; for another company they count as not chosen.
    pub company: Option<CompanyId>,
    /// Income account of the items that ledgerbridge creates.
    pub income_account: Option<Account>,
    /// Where payments are deposited.
    pub deposit_account: Option<Account>,
    /// Which day a document is dated.
    pub transaction_date: TransactionDate,
}

impl Settings {
    /// The settings as they count for `company`: accounts of another company's books are dropped.
    pub fn for_company(self, company: &CompanyId) -> Self {
        if self.company.as_ref() == Some(company) {
            return self;
        }
        Self { income_account: None, deposit_account: None, ..self }
    }
}

/// An account the tenant chose from QuickBooks' chart of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its QuickBooks id.
    pub id: ObjectId,
    /// Its name when it was chosen.
    pub name: String,
}

/// Which day an invoice or payment is dated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionDate {
    /// The day QuickBooks receives it, in the company's own time zone ("QuickBooks default").
    #[default]
    SyncDay,
    /// The close date of the transaction behind a bill; a payment on its own is dated when it was paid.
    CloseDate,
}

/// A choice by its name in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// `income_account`
    IncomeAccount,
    /// `deposit_account`
    DepositAccount,
}

impl Setting {
    /// The field's name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IncomeAccount => "income_account",
            Self::DepositAccount => "deposit_account",
        }
    }

    /// What a person calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::IncomeAccount => "income account",
            Self::DepositAccount => "deposit-to account",
        }
    }
}
