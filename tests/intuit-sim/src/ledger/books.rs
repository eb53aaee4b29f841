//! Double-entry books: every transaction's legs, and the running balance of every account and name.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Key, ObjectId};

/// One side of a journal entry: a debit is positive, a credit negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) account: ObjectId,
    pub(crate) amount: Decimal,
    /// The customer on receivable accounts, the vendor on payable ones; none elsewhere.
    pub(crate) name: Option<ObjectId>,
}

impl Leg {
    pub(crate) fn debit(account: &str, amount: Decimal) -> Self {
        Self { account: account.into(), amount, name: None }
    }

    pub(crate) fn credit(account: &str, amount: Decimal) -> Self {
        Self::debit(account, -amount)
    }

    pub(crate) fn of(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// What a posting moved.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    pub(crate) accounts: BTreeSet<ObjectId>,
    pub(crate) names: BTreeSet<ObjectId>,
}

/// All postings of a company.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    postings: BTreeMap<Key, Vec<Leg>>,
    accounts: BTreeMap<ObjectId, Decimal>,
    names: BTreeMap<ObjectId, Decimal>,
}

impl Books {
    /// Replaces what a transaction posted; no legs removes it.
    ///
    /// Legs that do not add up to zero are a defect of an entity's rules, not of a request.
    pub(crate) fn post(&mut self, transaction: Key, legs: Vec<Leg>) -> Moved {
        assert!(
            legs.iter().map(|leg| leg.amount).sum::<Decimal>().is_zero(),
            "unbalanced posting of {transaction:?}: {legs:?}"
        );
        let mut moved = Moved::default();
        let before = if legs.is_empty() {
            self.postings.remove(&transaction)
        } else {
            self.postings.insert(transaction, legs.clone())
        };
        for leg in before.iter().flatten() {
            self.add(leg, -leg.amount, &mut moved);
        }
        for leg in &legs {
            self.add(leg, leg.amount, &mut moved);
        }
        moved
    }

    /// What a transaction posts.
    pub(crate) fn legs(&self, transaction: &Key) -> &[Leg] {
        self.postings.get(transaction).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everything that is posted.
    pub(crate) fn postings(&self) -> impl Iterator<Item = (&Key, &[Leg])> {
        self.postings.iter().map(|(key, legs)| (key, legs.as_slice()))
    }

    pub(crate) fn account_balance(&self, account: &ObjectId) -> Decimal {
        self.accounts.get(account).copied().unwrap_or_default()
    }

    /// What a name owes in a transaction: a customer's charge is positive, what is owed to a vendor negative.
    pub(crate) fn owed_in(&self, transaction: &Key, name: &str) -> Decimal {
        self.names_in(transaction).filter(|(id, _)| id.as_str() == name).map(|(_, sum)| sum).sum()
    }

    /// The names on receivable and payable accounts of a transaction.
    pub(crate) fn names_in(&self, transaction: &Key) -> impl Iterator<Item = (&ObjectId, Decimal)> {
        let legs = self.postings.get(transaction).into_iter().flatten();
        legs.filter_map(|leg| Some((leg.name.as_ref()?, leg.amount)))
    }

    pub(crate) fn name_balance(&self, name: &ObjectId) -> Decimal {
        self.names.get(name).copied().unwrap_or_default()
    }

    fn add(&mut self, leg: &Leg, amount: Decimal, moved: &mut Moved) {
        *self.accounts.entry(leg.account.clone()).or_default() += amount;
        moved.accounts.insert(leg.account.clone());
        if let Some(name) = &leg.name {
            *self.names.entry(name.clone()).or_default() += amount;
            moved.names.insert(name.clone());
        }
    }
}
