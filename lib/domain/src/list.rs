//! Lists of QuickBooks that people choose from, as they were when they were last read.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, ObjectId};
use crate::link::ListKind;

/// Layout of the stored list that this code writes.
pub const SCHEMA: u32 = 1;
/// How long a copy is served without asking QuickBooks: reads are metered, and lists change a few times a week.
pub const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// A list that people choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// The chart of accounts.
    Accounts,
    /// Products and services.
    Items,
    /// Customers.
    Customers,
    /// Vendors.
    Vendors,
    /// Classes.
    Classes,
    /// Locations.
    Departments,
    /// Terms of payment.
    Terms,
    /// Sales tax codes.
    TaxCodes,
    /// Ways to pay.
    PaymentMethods,
}

impl List {
    /// Every list.
    pub const ALL: [Self; 9] = [
        Self::Accounts,
        Self::Items,
        Self::Customers,
        Self::Vendors,
        Self::Classes,
        Self::Departments,
        Self::Terms,
        Self::TaxCodes,
        Self::PaymentMethods,
    ];

    /// Its name in paths and keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Items => "items",
            Self::Customers => "customers",
            Self::Vendors => "vendors",
            Self::Classes => "classes",
            Self::Departments => "departments",
            Self::Terms => "terms",
            Self::TaxCodes => "tax-codes",
            Self::PaymentMethods => "payment-methods",
        }
    }

    /// The list of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.as_str() == text)
    }
}

impl From<ListKind> for List {
    fn from(kind: ListKind) -> Self {
        match kind {
            ListKind::Customer => Self::Customers,
            ListKind::Item => Self::Items,
            ListKind::PaymentMethod => Self::PaymentMethods,
            ListKind::Vendor => Self::Vendors,
        }
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its QuickBooks id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// The name with those of its parents, `Parent:Child`.
    pub full_name: String,
    /// Whether it is in use.
    pub active: bool,
    /// The type, where the list has types: `Income`, `Service` …
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Which side of the books an account is on.
    pub classification: Option<String>,
    /// The e-mail address of a customer or vendor.
    pub email: Option<String>,
    /// The currency, where the list has currencies.
    pub currency: Option<String>,
    /// False for categories and bundles, which no line can sell.
    pub sellable: bool,
}

/// A copy of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCopy {
    /// The company.
    pub company: CompanyId,
    /// The list.
    pub list: List,
    /// When it was read.
    pub fetched_at: Timestamp,
    /// Why it is empty although nothing failed.
    pub note: Option<String>,
    /// The active entries, by name.
    pub entries: Vec<Entry>,
}

impl ListCopy {
    /// Whether it may be served without asking QuickBooks.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.fetched_at + FRESH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_fresh_for_an_hour_and_lists_are_found_by_name() {
        let copy = ListCopy {
            company: CompanyId::parse("4620").unwrap(),
            list: List::Terms,
            fetched_at: "2026-03-01T08:00:00Z".parse().unwrap(),
            note: None,
            entries: Vec::new(),
        };
        assert!(copy.is_fresh("2026-03-01T08:59:59Z".parse().unwrap()));
        assert!(!copy.is_fresh("2026-03-01T09:00:00Z".parse().unwrap()));
        for list in List::ALL {
            assert_eq!(List::parse(list.as_str()), Some(list));
        }
        assert_eq!(List::parse("employees"), None);
    }
}
