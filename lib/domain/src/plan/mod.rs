//! Plans: the ordered steps that would bring QuickBooks in line with a record.
//!
//! A plan is recomputed after every answer and its first step is done next, so a plan over objects that already match
//! is empty and an interrupted posting simply goes on. Planning never does anything: what it must know and does not,
//! it asks for ([`Planned::Lookup`]).

mod billing_invoice;
mod billing_payment;
mod checks;
mod entries;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::connection::Company;
use crate::id::{HostId, ObjectId};
use crate::ledger::{Object, Step};
use crate::link::{LinkKey, ListKind};
use crate::posting::{Posting, PostingKey, Workflow};
use crate::reason::{Failure, Reason};
use crate::record::{Record, RecordKind};
use crate::settings::Settings;

pub use checks::warnings;

/// Everything a plan depends on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The connected company.
    pub company: Company,
    /// The tenant's choices.
    pub settings: Settings,
    /// The links that are known.
    pub links: BTreeMap<LinkKey, ObjectId>,
    /// Names that were looked up and are free: an entry may be created under them.
    pub free_names: BTreeMap<LinkKey, String>,
    /// Postings this one depends on.
    pub parents: BTreeMap<PostingKey, Posting>,
    /// What the posting has in QuickBooks already.
    pub objects: Vec<Object>,
    /// What invoices have open, known only after QuickBooks refused to apply more.
    pub open_balances: BTreeMap<ObjectId, Decimal>,
    /// The marker of this posting.
    pub marker: String,
}

/// What planning comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// Do these in order; none means QuickBooks matches.
    Steps(Vec<Step>),
    /// First find out whether QuickBooks has entries of these names.
    Lookup(Vec<Lookup>),
    /// Wait, or refuse.
    Fail(Failure),
    /// A rule says it is not to be posted.
    Skip(Reason),
}

/// A question about a list of QuickBooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// What the entry would be linked to.
    pub key: LinkKey,
    /// The name to look for.
    pub name: String,
}

/// Which items of the table a record needs besides its own posting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Links.
    pub links: BTreeSet<LinkKey>,
    /// Postings it depends on.
    pub parents: BTreeSet<PostingKey>,
}

/// Which items of the table `record` needs.
pub fn needs(record: &Record) -> Needs {
    match record {
        Record::Bill(bill) => billing_invoice::needs(bill),
        Record::Payment(payment) => billing_payment::needs(payment),
    }
}

/// Plans `record` over `facts`.
pub fn plan(record: &Record, facts: &Facts) -> Planned {
    let planned = match record {
        Record::Bill(bill) => billing_invoice::plan(bill, facts),
        Record::Payment(payment) => billing_payment::plan(payment, facts),
    };
    planned.unwrap_or_else(|early| early)
}

/// The posting key of a bill.
pub fn bill_key(bill: &HostId) -> PostingKey {
    PostingKey::new(Workflow::AgentBilling, RecordKind::Bill, bill.clone())
}

/// The link key of a payment method, which hosts name but do not number.
fn method_key(method: &str) -> LinkKey {
    LinkKey::new(ListKind::PaymentMethod, crate::fingerprint::host_id_of_name(method))
}

#[cfg(test)]
mod tests;
