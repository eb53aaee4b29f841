//! The choices that templates take.

use serde::{Deserialize, Serialize};

use crate::list::{Entry, List};

/// A choice of a workflow's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Where income is booked.
    IncomeAccount,
    /// Where what payees get is booked.
    ExpenseAccount,
    /// Where money that comes in is.
    DepositAccount,
    /// Where checks are drawn on.
    CheckingAccount,
    /// The other side of a journal entry.
    CreditAccount,
    /// The product or service of lines.
    Item,
    /// Accounts of single products and services.
    AccountsByItem,
    /// The class of all lines.
    Class,
    /// Terms of payment.
    Term,
    /// Which day a document is dated.
    TransactionDate,
    /// Where a document's number comes from.
    Numbering,
    /// What stands before the host's number.
    NumberPrefix,
    /// What is done with records from before the first run.
    InitialSync,
    /// Since when records from before the first run are posted.
    InitialSyncFrom,
    /// Records dated before are never posted.
    CutOff,
    /// The date filter's first day.
    FilterFrom,
    /// The date filter's last day.
    FilterTo,
    /// What is done about a date in a closed period.
    ClosedPeriod,
    /// What becomes of what a bookkeeper changed in QuickBooks.
    Overwrite,
}

/// What a choice is a choice of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An entry of a QuickBooks list.
    Entry(List),
    /// For products and services of the host, by its ids: an entry of a QuickBooks list each.
    Entries(List),
    /// One of these words; the first is the default. Each with what it means.
    Word(&'static [(&'static str, &'static str)]),
    /// A day.
    Day,
    /// A text of at most so many characters.
    Text(usize),
}

/// QuickBooks' limit of a document number, less one character for the number itself.
const MAX_PREFIX: usize = 20;

impl Field {
    /// Every choice.
    pub const ALL: [Self; 19] = [
        Self::IncomeAccount,
        Self::ExpenseAccount,
        Self::DepositAccount,
        Self::CheckingAccount,
        Self::CreditAccount,
        Self::Item,
        Self::AccountsByItem,
        Self::Class,
        Self::Term,
        Self::TransactionDate,
        Self::Numbering,
        Self::NumberPrefix,
        Self::InitialSync,
        Self::InitialSyncFrom,
        Self::CutOff,
        Self::FilterFrom,
        Self::FilterTo,
        Self::ClosedPeriod,
        Self::Overwrite,
    ];

    /// The choices about when something is posted or changed, which every template takes.
    pub const RULES: &'static [Self] = &[
        Self::InitialSync,
        Self::InitialSyncFrom,
        Self::CutOff,
        Self::FilterFrom,
        Self::FilterTo,
        Self::ClosedPeriod,
        Self::Overwrite,
    ];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IncomeAccount => "income_account",
            Self::ExpenseAccount => "expense_account",
            Self::DepositAccount => "deposit_account",
            Self::CheckingAccount => "checking_account",
            Self::CreditAccount => "credit_account",
            Self::Item => "item",
            Self::AccountsByItem => "accounts_by_item",
            Self::Class => "class",
            Self::Term => "term",
            Self::TransactionDate => "transaction_date",
            Self::Numbering => "numbering",
            Self::NumberPrefix => "number_prefix",
            Self::InitialSync => "initial_sync",
            Self::InitialSyncFrom => "initial_sync_from",
            Self::CutOff => "cut_off",
            Self::FilterFrom => "filter_from",
            Self::FilterTo => "filter_to",
            Self::ClosedPeriod => "closed_period",
            Self::Overwrite => "overwrite",
        }
    }

    /// The choice of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }

    /// What a person calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::IncomeAccount => "income account",
            Self::ExpenseAccount => "expense account",
            Self::DepositAccount => "deposit-to account",
            Self::CheckingAccount => "checking account",
            Self::CreditAccount => "credit account",
            Self::Item => "product or service",
            Self::AccountsByItem => "accounts of single products and services",
            Self::Class => "class",
            Self::Term => "terms of payment",
            Self::TransactionDate => "transaction date",
            Self::Numbering => "numbering",
            Self::NumberPrefix => "number prefix",
            Self::InitialSync => "sync on first run",
            Self::InitialSyncFrom => "sync on first run from",
            Self::CutOff => "cut-off date",
            Self::FilterFrom => "date filter from",
            Self::FilterTo => "date filter to",
            Self::ClosedPeriod => "closed periods",
            Self::Overwrite => "overwriting of changes made in QuickBooks",
        }
    }

    /// What a person should know to choose.
    pub fn help(self) -> &'static str {
        match self {
            Self::IncomeAccount => {
                "Where income is booked: by the products and services that are created, or by the lines of a deposit."
            }
            Self::ExpenseAccount => {
                "Where what payees get is booked, unless a line names another account."
            }
            Self::DepositAccount => {
                "Where the money is once it came in, such as a bank account or Undeposited Funds."
            }
            Self::CheckingAccount => "The bank account that checks are drawn on.",
            Self::CreditAccount => {
                "The other side of each journal entry: a bank account, what you owe (a liability), or accounts payable."
            }
            Self::Item => {
                "The product or service of every billed line whose own one is not linked, and of every share that names \
                 none. Left out, one is matched by name or created for each of the host's."
            }
            Self::AccountsByItem => {
                "For single products and services, by the host's ids: the account of the one that is created, instead of the \
                 income account."
            }
            Self::Class => "The class of every line.",
            Self::Term => {
                "Terms of payment. They say when a document is due if the record does not."
            }
            Self::TransactionDate => "Which day documents are dated.",
            Self::Numbering => "Where a document's number comes from.",
            Self::NumberPrefix => "What stands before the host's number, such as LB-.",
            Self::InitialSync => {
                "What is done with records that arrived before the workflow ran first. A person can still sync each of them."
            }
            Self::InitialSyncFrom => {
                "With from_date: records dated on this day or later are posted."
            }
            Self::CutOff => {
                "Records dated before this day are never posted, unless a person overrides the rules."
            }
            Self::FilterFrom => "Only records dated on this day or later are posted.",
            Self::FilterTo => "Only records dated on this day or earlier are posted.",
            Self::ClosedPeriod => {
                "What is done with a document whose date lies in a closed period, or before the company's start date."
            }
            Self::Overwrite => {
                "What becomes of a part of a document (its lines, number, memo, ...) that was changed in QuickBooks since it \
                 was posted, when the record changes. What the record does not determine is never touched."
            }
        }
    }

    /// What it is a choice of.
    pub fn kind(self) -> Kind {
        match self {
            Self::IncomeAccount
            | Self::ExpenseAccount
            | Self::DepositAccount
            | Self::CheckingAccount
            | Self::CreditAccount => Kind::Entry(List::Accounts),
            Self::Item => Kind::Entry(List::Items),
            Self::AccountsByItem => Kind::Entries(List::Accounts),
            Self::Class => Kind::Entry(List::Classes),
            Self::Term => Kind::Entry(List::Terms),
            Self::TransactionDate => Kind::Word(&[
                ("sync_day", "The day QuickBooks receives it (QuickBooks' default)."),
                (
                    "close_date",
                    "The close date of the transaction; for a payment, the day it was paid.",
                ),
            ]),
            Self::Numbering => Kind::Word(&[
                ("host", "The host's number."),
                ("prefix", "The prefix and the host's number."),
                (
                    "quickbooks",
                    "QuickBooks assigns numbers where it does; otherwise there is none.",
                ),
            ]),
            Self::NumberPrefix => Kind::Text(MAX_PREFIX),
            Self::InitialSync => Kind::Word(&[
                ("none", "They are not posted."),
                ("from_date", "Those dated on a day you choose or later are posted."),
                ("all", "All of them are posted."),
            ]),
            Self::InitialSyncFrom | Self::CutOff | Self::FilterFrom | Self::FilterTo => Kind::Day,
            Self::ClosedPeriod => Kind::Word(&[
                ("hold", "It waits until the period is open again."),
                ("reject", "It is refused."),
                ("redate", "It is dated on the first open day, and says so in its memo."),
            ]),
            Self::Overwrite => Kind::Word(&[
                (
                    "never",
                    "It stays. If the record changes the same part, nothing is written and both versions are shown.",
                ),
                (
                    "most_recent",
                    "It stays, unless the record changes the same part and came after the change in QuickBooks.",
                ),
                ("always", "QuickBooks gets what the record says."),
            ]),
        }
    }

    /// Whether the entry of the choice's list can be chosen; `home` is the company's currency.
    pub fn suits(self, entry: &Entry, home: &str) -> bool {
        let of_type =
            |types: &[&str]| entry.kind.as_deref().is_some_and(|kind| types.contains(&kind));
        let fits = match self {
            Self::IncomeAccount | Self::AccountsByItem => {
                entry.classification.as_deref() == Some("Revenue")
            }
            Self::ExpenseAccount => entry.classification.as_deref() == Some("Expense"),
            Self::DepositAccount => of_type(&["Bank", "Other Current Asset"]),
            Self::CheckingAccount => of_type(&["Bank"]),
            Self::CreditAccount => {
                of_type(&["Bank", "Other Current Liability", "Accounts Payable", "Credit Card"])
            }
            Self::Item => entry.sellable,
            _ => true,
        };
        let at_home = entry.currency.as_deref().is_none_or(|currency| currency == home);
        entry.active && at_home && fits
    }

    /// What to choose, for someone whose choice does not suit.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::IncomeAccount | Self::AccountsByItem => {
                "Choose an active account of type Income or Other Income in the home currency."
            }
            Self::ExpenseAccount => {
                "Choose an active account of type Expense, Other Expense or Cost of Goods Sold in the home currency."
            }
            Self::DepositAccount => {
                "Choose an active account of type Bank or Other Current Asset in the home currency."
            }
            Self::CheckingAccount => "Choose an active account of type Bank in the home currency.",
            Self::CreditAccount => {
                "Choose an active account of type Bank, Other Current Liability, Accounts Payable or Credit Card in the home currency."
            }
            Self::Item => {
                "Choose an active product or service that is neither a category nor a bundle."
            }
            Self::Class => "Choose an active class.",
            Self::Term => "Choose active terms of payment.",
            _ => "Choose one of the values that the template's schema lists.",
        }
    }

    /// Whether a template that takes it cannot do without.
    pub(super) fn is_always_required(self) -> bool {
        matches!(
            self,
            Self::IncomeAccount
                | Self::ExpenseAccount
                | Self::DepositAccount
                | Self::CheckingAccount
                | Self::CreditAccount
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ObjectId;

    #[test]
    fn an_account_suits_a_field_by_its_type_and_currency_while_it_is_active() {
        // S0-14, S1-15
        let accounts = [
            ("Revenue", "Income", true, "USD"),
            ("Revenue", "Other Income", true, "USD"),
            ("Revenue", "Income", false, "USD"),
            ("Asset", "Bank", true, "USD"),
            ("Asset", "Bank", true, "EUR"),
            ("Asset", "Other Current Asset", true, "USD"),
            ("Expense", "Cost of Goods Sold", true, "USD"),
            ("Liability", "Accounts Payable", true, "USD"),
            ("Liability", "Other Current Liability", true, "USD"),
        ];
        for (field, expected) in [
            (Field::IncomeAccount, vec![0, 1]),
            (Field::AccountsByItem, vec![0, 1]),
            (Field::DepositAccount, vec![3, 5]),
            (Field::CheckingAccount, vec![3]),
            (Field::ExpenseAccount, vec![6]),
            (Field::CreditAccount, vec![3, 7, 8]),
        ] {
            let suits = |(classification, kind, active, currency): &(&str, &str, bool, &str)| {
                let account = Entry {
                    id: ObjectId::parse("1").unwrap(),
                    name: "A".to_owned(),
                    full_name: "A".to_owned(),
                    active: *active,
                    kind: Some((*kind).to_owned()),
                    classification: Some((*classification).to_owned()),
                    email: None,
                    currency: Some((*currency).to_owned()),
                    sellable: true,
                };
                field.suits(&account, "USD")
            };
            let fitting: Vec<usize> =
                (0..accounts.len()).filter(|index| suits(&accounts[*index])).collect();
            assert_eq!(fitting, expected, "{field:?}");
        }
    }

    #[test]
    fn every_field_is_found_by_its_name() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.as_str()), Some(field));
        }
    }
}
