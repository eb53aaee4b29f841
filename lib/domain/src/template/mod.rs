//! Workflow templates: the ways in which one kind of record can be posted, as data.
//!
//! A template says what it books and which choices it needs. Nothing else knows one template from another but the plan
//! that turns its records into documents.

mod field;
mod schema;

use serde::{Deserialize, Serialize};

use crate::ledger::ObjectKind;
use crate::posting::Workflow;

pub use field::{Field, Kind};
pub use schema::schema;

/// A way to post one kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// Bills become invoices, payments payments.
    AgentBilling,
    /// Gross commission becomes an invoice.
    BrokerageIncomeInvoice,
    /// Gross commission becomes a sales receipt.
    BrokerageIncomeSalesReceipt,
    /// Gross commission becomes a bank deposit.
    BrokerageIncomeDeposit,
    /// What a payee gets becomes a bill.
    AgentExpenseBill,
    /// What a payee gets becomes a check.
    AgentExpenseCheck,
    /// What a payee gets becomes a journal entry.
    AgentExpenseJournalEntry,
}

impl Template {
    /// The catalogue, in the order in which people set them up.
    pub const ALL: [Self; 7] = [
        Self::AgentBilling,
        Self::BrokerageIncomeInvoice,
        Self::BrokerageIncomeSalesReceipt,
        Self::BrokerageIncomeDeposit,
        Self::AgentExpenseBill,
        Self::AgentExpenseCheck,
        Self::AgentExpenseJournalEntry,
    ];

    /// Its name in paths, keys and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AgentBilling => "agent_billing",
            Self::BrokerageIncomeInvoice => "brokerage_income_invoice",
            Self::BrokerageIncomeSalesReceipt => "brokerage_income_sales_receipt",
            Self::BrokerageIncomeDeposit => "brokerage_income_deposit",
            Self::AgentExpenseBill => "agent_expense_bill",
            Self::AgentExpenseCheck => "agent_expense_check",
            Self::AgentExpenseJournalEntry => "agent_expense_journal_entry",
        }
    }

    /// The template of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.as_str() == text)
    }

    /// The kind of workflow it is a way of. At most one template of a kind is active.
    pub fn workflow(self) -> Workflow {
        match self {
            Self::AgentBilling => Workflow::AgentBilling,
            Self::BrokerageIncomeInvoice
            | Self::BrokerageIncomeSalesReceipt
            | Self::BrokerageIncomeDeposit => Workflow::BrokerageIncome,
            Self::AgentExpenseBill | Self::AgentExpenseCheck | Self::AgentExpenseJournalEntry => {
                Workflow::AgentExpense
            }
        }
    }

    /// The document that a record becomes.
    pub fn document(self) -> ObjectKind {
        match self {
            Self::AgentBilling | Self::BrokerageIncomeInvoice => ObjectKind::Invoice,
            Self::BrokerageIncomeSalesReceipt => ObjectKind::SalesReceipt,
            Self::BrokerageIncomeDeposit => ObjectKind::Deposit,
            Self::AgentExpenseBill => ObjectKind::Bill,
            Self::AgentExpenseCheck => ObjectKind::Purchase,
            Self::AgentExpenseJournalEntry => ObjectKind::JournalEntry,
        }
    }

    /// Its title for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::AgentBilling => "Track Agent Billings and Payments",
            Self::BrokerageIncomeInvoice => "Brokerage Income as Invoices",
            Self::BrokerageIncomeSalesReceipt => "Brokerage Income as Sales Receipts",
            Self::BrokerageIncomeDeposit => "Brokerage Income as Bank Deposits",
            Self::AgentExpenseBill => "Agent Expense as Bills",
            Self::AgentExpenseCheck => "Agent Expense as Checks",
            Self::AgentExpenseJournalEntry => "Agent Expense as Journal Entries",
        }
    }

    /// What it books, for people who choose.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::AgentBilling => {
                "Each agent's bill becomes an invoice; once it is paid, a payment on that invoice is received into the \
                 account you choose. Changes update the same invoice and payment."
            }
            Self::BrokerageIncomeInvoice => {
                "The gross commission of a disbursement becomes an invoice to whoever pays it, with a line for each share. \
                 Choose this if you record the money separately when it arrives; until then it shows as receivable."
            }
            Self::BrokerageIncomeSalesReceipt => {
                "The gross commission of a disbursement becomes a sales receipt, with a line for each share, and the money \
                 is in the account you choose at once. Choose this if the commission is paid at closing."
            }
            Self::BrokerageIncomeDeposit => {
                "The gross commission of a disbursement becomes a bank deposit, with a line for each share booked straight \
                 to the income account. Choose this if you match deposits with your bank feed and need no products."
            }
            Self::AgentExpenseBill => {
                "What a payee gets of a disbursement becomes a bill of that vendor, which you pay in QuickBooks whenever you \
                 like. A bill that was paid is not changed any more."
            }
            Self::AgentExpenseCheck => {
                "What a payee gets of a disbursement becomes a check from the account you choose, ready to be printed."
            }
            Self::AgentExpenseJournalEntry => {
                "What a payee gets of a disbursement becomes a journal entry: the expense account is debited, and the \
                 account you choose (what you owe, or the bank) is credited."
            }
        }
    }

    /// The choices it takes, in the order of a form.
    pub fn fields(self) -> Vec<Field> {
        let accounts: &[Field] = match self {
            Self::AgentBilling => &[
                Field::IncomeAccount,
                Field::DepositAccount,
                Field::Item,
                Field::AccountsByItem,
                Field::Term,
            ],
            Self::BrokerageIncomeInvoice => {
                &[Field::IncomeAccount, Field::Item, Field::AccountsByItem, Field::Term]
            }
            Self::BrokerageIncomeSalesReceipt => {
                &[Field::IncomeAccount, Field::DepositAccount, Field::Item, Field::AccountsByItem]
            }
            Self::BrokerageIncomeDeposit => &[Field::IncomeAccount, Field::DepositAccount],
            Self::AgentExpenseBill => &[Field::ExpenseAccount, Field::Term],
            Self::AgentExpenseCheck => &[Field::ExpenseAccount, Field::CheckingAccount],
            Self::AgentExpenseJournalEntry => &[Field::ExpenseAccount, Field::CreditAccount],
        };
        let numbered = self.document() != ObjectKind::Deposit;
        let numbers: &[Field] =
            if numbered { &[Field::Numbering, Field::NumberPrefix] } else { &[] };
        [accounts, &[Field::Class, Field::TransactionDate], numbers, Field::RULES].concat()
    }

    /// Whether it cannot be applied without this choice.
    pub fn requires(self, field: Field) -> bool {
        field.is_always_required() && self.fields().contains(&field)
    }
}

#[cfg(test)]
mod tests;
