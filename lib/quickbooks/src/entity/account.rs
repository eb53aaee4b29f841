//! The chart of accounts.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/account>

use rust_decimal::Decimal;

use super::macros::{objects, open_enum};
use super::parts::decimal;
use super::{MetaData, Ref};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// An account.
    pub struct Account {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version. Does not move with the balance.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// Unique, at most 100 characters, without colon or double quote.
        pub name: Option<String>,
        /// With the names of its parents, `Parent:Child`.
        pub fully_qualified_name: Option<String>,
        /// The number, shown only where the company uses account numbers.
        pub acct_num: Option<String>,
        /// `false` hides it and blocks posting.
        pub active: Option<bool>,
        /// Which side of the books it is on; follows from the type.
        pub classification: Option<Classification>,
        /// The type.
        pub account_type: Option<AccountType>,
        /// One of some 250 texts, such as `Checking` or `UndepositedFunds`.
        pub account_sub_type: Option<String>,
        /// Whether it has a parent.
        pub sub_account: Option<bool>,
        /// The parent, of the same type.
        pub parent_ref: Option<Ref>,
        /// Fixed when the account is made.
        pub currency_ref: Option<Ref>,
        /// Positive is debit; always zero for income and expense.
        #[serde(with = "decimal")]
        pub current_balance: Option<Decimal>,
    }
}

open_enum! {
    /// Which side of the books an account is on.
    pub enum Classification {
        /// What the company has.
        Asset = "Asset",
        /// What it owes.
        Liability = "Liability",
        /// What is left to its owners.
        Equity = "Equity",
        /// What it earns.
        Revenue = "Revenue",
        /// What it spends.
        Expense = "Expense",
    }
}

open_enum! {
    /// The types of account.
    pub enum AccountType {
        /// Money in the bank or at hand.
        Bank = "Bank",
        /// What customers owe.
        AccountsReceivable = "Accounts Receivable",
        /// Assets for the short term, Undeposited Funds among them.
        OtherCurrentAsset = "Other Current Asset",
        /// Assets in use for years.
        FixedAsset = "Fixed Asset",
        /// Other assets.
        OtherAsset = "Other Asset",
        /// What is owed to vendors.
        AccountsPayable = "Accounts Payable",
        /// Credit cards.
        CreditCard = "Credit Card",
        /// Debts for the short term.
        OtherCurrentLiability = "Other Current Liability",
        /// Debts for years.
        LongTermLiability = "Long Term Liability",
        /// What is left to the owners.
        Equity = "Equity",
        /// Income.
        Income = "Income",
        /// What was spent on what was sold.
        CostOfGoodsSold = "Cost of Goods Sold",
        /// Expense.
        Expense = "Expense",
        /// Income beside the business.
        OtherIncome = "Other Income",
        /// Expense beside the business.
        OtherExpense = "Other Expense",
    }
}

impl Account {
    /// The name.
    pub const ACCOUNT_NAME: Field<Self> = Field::named("Name");
    /// The name with those of its parents.
    pub const FULLY_QUALIFIED_NAME: Field<Self> = Field::named("FullyQualifiedName");
    /// The type.
    pub const TYPE: Field<Self> = Field::named("AccountType");
    /// The finer type.
    pub const SUB_TYPE: Field<Self> = Field::named("AccountSubType");
    /// Which side of the books it is on.
    pub const CLASSIFICATION: Field<Self> = Field::named("Classification");
    /// Whether it is in use.
    pub const ACTIVE: Field<Self> = Field::named("Active");

    /// The least that QuickBooks takes.
    pub fn named(name: impl Into<String>, account_type: AccountType) -> Self {
        Self { name: Some(name.into()), account_type: Some(account_type), ..Self::default() }
    }
}
