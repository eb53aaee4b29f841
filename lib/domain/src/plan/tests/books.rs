//! Books with double entry: what each document does to each account.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::id::ObjectId;
use crate::ledger::{Booking, Document, Ref, Sale};

/// What invoices and bills are open on.
const RECEIVABLE: &str = "receivable";
const PAYABLE: &str = "payable";

/// Amounts by account; debits are positive.
pub(super) type Effect = BTreeMap<String, Decimal>;

#[derive(Default)]
pub(super) struct Books {
    /// Where each product or service books its income.
    pub(super) items: BTreeMap<ObjectId, ObjectId>,
    documents: BTreeMap<ObjectId, (Document, Effect)>,
}

impl Books {
    /// Books a document in the place of what it was before. It must balance, and no line may be negative.
    pub(super) fn book(&mut self, id: &ObjectId, document: &Document) {
        let lines = self.lines(document);
        assert!(lines.iter().all(|(_, amount)| *amount >= Decimal::ZERO), "{document:?}");
        let mut effect = Effect::new();
        let (debit, credit) = sides(document);
        for (account, amount) in lines {
            match (&debit, &credit) {
                (Some(debit), _) => add(&mut effect, &[(debit, amount), (&account, -amount)]),
                (None, Some(credit)) => add(&mut effect, &[(&account, amount), (credit, -amount)]),
                (None, None) => unreachable!("a document has two sides"),
            }
        }
        assert_eq!(effect.values().sum::<Decimal>(), Decimal::ZERO, "{document:?}");
        assert!(document.party().id().is_some(), "a first step depends on no other: {document:?}");
        self.documents.insert(id.clone(), (document.clone(), effect));
    }

    pub(super) fn remove(&mut self, id: &ObjectId) {
        assert!(self.documents.remove(id).is_some(), "only what is there can be removed");
    }

    pub(super) fn document(&self, id: &ObjectId) -> &Document {
        &self.documents[id].0
    }

    /// What all documents together do to the accounts.
    pub(super) fn effect(&self) -> Effect {
        let mut effect = Effect::new();
        for (_, document) in self.documents.values() {
            add(&mut effect, &document.iter().map(|(a, b)| (a.as_str(), *b)).collect::<Vec<_>>());
        }
        effect.retain(|_, amount| !amount.is_zero());
        effect
    }

    /// The accounts that the lines of a document name, with what is on each.
    fn lines(&self, document: &Document) -> Vec<(String, Decimal)> {
        match document {
            Document::Invoice(sale) | Document::SalesReceipt(sale) => self.sold(sale),
            Document::Payment(receipt) => vec![(RECEIVABLE.to_owned(), receipt.amount)],
            Document::Deposit(booking)
            | Document::Bill(booking)
            | Document::Check(booking)
            | Document::JournalEntry(booking) => {
                let line =
                    |line: &crate::ledger::BookingLine| (line.account.to_string(), line.amount);
                booking.lines.iter().map(line).collect()
            }
        }
    }

    fn sold(&self, sale: &Sale) -> Vec<(String, Decimal)> {
        let account = |item: &Ref| {
            let item = item.id().expect("a first step depends on no other");
            self.items.get(item).map_or_else(|| format!("of item {item}"), ToString::to_string)
        };
        sale.lines.iter().map(|line| (account(&line.item), line.amount)).collect()
    }
}

/// The account that a document debits or credits against its lines.
fn sides(document: &Document) -> (Option<String>, Option<String>) {
    let other = |booking: &Booking| booking.account.as_ref().expect("the other side").to_string();
    match document {
        Document::Invoice(_) => (Some(RECEIVABLE.to_owned()), None),
        Document::SalesReceipt(sale) => {
            (Some(sale.deposit_account.as_ref().expect("the money is somewhere").to_string()), None)
        }
        Document::Payment(receipt) => (Some(receipt.deposit_account.to_string()), None),
        Document::Deposit(booking) => (Some(other(booking)), None),
        Document::Bill(booking) => {
            assert_eq!(booking.account, None, "what vendors are owed has its account");
            (None, Some(PAYABLE.to_owned()))
        }
        Document::Check(booking) | Document::JournalEntry(booking) => (None, Some(other(booking))),
    }
}

fn add(effect: &mut Effect, amounts: &[(&str, Decimal)]) {
    for (account, amount) in amounts {
        *effect.entry((*account).to_owned()).or_default() += amount;
    }
}
