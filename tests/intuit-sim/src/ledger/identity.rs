//! Ids, the sequences they come from, and the pools within which names are unique.

use std::cmp::Ordering;

use crate::entities::Kind;

/// An id: almost always digits, sorted as a number; `TAX` and `NON` sort behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ObjectId(String);

impl ObjectId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn number(&self) -> Option<u64> {
        self.0.parse().ok()
    }
}

impl From<&str> for ObjectId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl Ord for ObjectId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(own), Some(others)) => own.cmp(&others).then_with(|| self.0.cmp(&other.0)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.0.cmp(&other.0),
        }
    }
}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One object of a company: ids are unique per kind only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) id: ObjectId,
}

impl Key {
    pub(crate) fn new(kind: Kind, id: &str) -> Self {
        Self { kind, id: id.into() }
    }
}

/// A source of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sequence {
    /// Customers, vendors and employees share one sequence.
    Names,
    /// All transactions share one sequence.
    Transactions,
    Accounts,
    Items,
    Terms,
    PaymentMethods,
    Classes,
    Departments,
    /// Ids inside addresses.
    Addresses,
}

impl Sequence {
    /// The last id in use before the first object made through the API.
    pub(crate) fn start(self) -> u64 {
        match self {
            // Recorded: accounts made through the API start here.
            Self::Accounts => 1_150_040_000 - 1,
            _ => 0,
        }
    }
}

/// A set of names or numbers within which a value may be used once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pool {
    /// `DisplayName` over customers, vendors and employees.
    Names,
    Accounts,
    Items,
    Terms,
    PaymentMethods,
    Classes,
    Departments,
    /// `DocNumber` of sales forms; duplicates are possible on request.
    SalesNumbers,
    /// Checks and bill payments by check, per bank account.
    CheckNumbers,
    BillNumbers,
    JournalNumbers,
}
