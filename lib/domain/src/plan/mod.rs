//! Plans: the ordered steps that would bring QuickBooks in line with a record.
//!
//! A plan is recomputed after every answer and its first step is done next, so a plan over objects that already match
//! is empty and an interrupted posting simply goes on. Planning never does anything: what it must know and does not,
//! it asks for ([`Planned::Lookup`], [`Planned::Read`]).

mod agent_expense;
mod billing_invoice;
mod billing_payment;
mod brokerage_income;
mod checks;
mod disbursement;
mod entries;
mod gate;
mod merge;
mod numbers;
mod reconcile;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::connection::Company;
use crate::id::ObjectId;
use crate::ledger::{Image, Object, Step};
use crate::link::{LinkKey, LinkProblem, ListKind};
use crate::name::Change;
use crate::posting::{Posting, PostingKey, Wish, Workflow};
use crate::reason::{Failure, Reason};
use crate::record::Record;
use crate::settings::{Configuration, Settings, Setup};
use crate::template::Template;

pub use checks::warnings;

/// Everything a plan depends on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Which posting is planned.
    pub key: PostingKey,
    /// The connected company.
    pub company: Company,
    /// The tenant's choices.
    pub settings: Settings,
    /// Who wants the record to be posted.
    pub wish: Wish,
    /// When the record was first seen.
    pub seen_at: Timestamp,
    /// The day, in UTC.
    pub today: Date,
    /// The links that are known.
    pub links: BTreeMap<LinkKey, ObjectId>,
    /// Those of them whose object cannot be used just now.
    pub broken_links: BTreeMap<LinkKey, LinkProblem>,
    /// Names that were looked up and are free: an entry may be created under them.
    pub free_names: BTreeMap<LinkKey, String>,
    /// Postings this one depends on.
    pub parents: BTreeMap<PostingKey, Posting>,
    /// What the posting has in QuickBooks already.
    pub objects: Vec<Object>,
    /// Which of them were read just now, so that they are as they are in QuickBooks.
    pub just_read: BTreeSet<ObjectId>,
    /// How documents were when they were read just now.
    pub found: BTreeMap<ObjectId, Found>,
    /// When the record came.
    pub record_at: Option<Timestamp>,
    /// The closed periods of `company` were asked for just now.
    pub books_just_read: bool,
    /// A person wants to know whether the documents are still there: each is read before anything is planned.
    pub look_first: bool,
    /// What invoices have open, known only after QuickBooks refused to apply more.
    pub open_balances: BTreeMap<ObjectId, Decimal>,
    /// The marker of this posting.
    pub marker: String,
}

/// A document as it was found in QuickBooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it says.
    pub says: Image,
    /// When it was last changed, by QuickBooks' clock.
    pub changed_at: Option<Timestamp>,
}

/// What planning comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// Do this; no steps mean that QuickBooks matches.
    Steps(Plan),
    /// First find out whether QuickBooks has entries of these names.
    Lookup(Vec<Lookup>),
    /// First find out how this document is now.
    Read(Box<Object>),
    /// First find out through which day the books are closed now.
    LookAtBooks,
    /// Wait, or refuse.
    Fail(Failure),
    /// A person has to ask for it.
    Hold(Reason),
    /// A rule says it is not to be posted.
    Skip(Reason),
}

/// The steps, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The writes.
    pub steps: Vec<Step>,
    /// What a document says otherwise than its record.
    pub changes: Vec<Change>,
    /// Documents that match without a write, since what a bookkeeper made of them is kept.
    pub settled: Vec<Object>,
}

impl Plan {
    /// The plan once its entries are made, and with what is told about its number.
    fn after(mut self, entries: Vec<Step>, renumbered: Option<Change>) -> Self {
        self.steps.splice(0..0, entries);
        self.changes.extend(renumbered);
        self
    }
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

/// Which items of the table the posting of `record` under `key` needs.
pub fn needs(key: &PostingKey, record: &Record) -> Needs {
    match record {
        Record::Bill(bill) => billing_invoice::needs(bill),
        Record::Payment(payment) => billing_payment::needs(payment),
        Record::Disbursement(disbursement) => match &key.payee {
            None => brokerage_income::needs(disbursement),
            Some(payee) => agent_expense::needs(payee),
        },
    }
}

/// Plans `record` over `facts`.
pub fn plan(record: &Record, facts: &Facts) -> Planned {
    let planned = gate::open(record, facts).and_then(|active| match record {
        Record::Bill(bill) => billing_invoice::plan(bill, facts, active),
        Record::Payment(payment) => billing_payment::plan(payment, facts, active),
        Record::Disbursement(disbursement) => disbursement::plan(disbursement, facts, active),
    });
    planned.map_or_else(|early| early, Planned::Steps)
}

/// The active workflow under which a record is planned.
#[derive(Debug, Clone, Copy)]
struct Active<'a> {
    template: Template,
    setup: &'a Setup,
}

impl<'a> Active<'a> {
    /// What was chosen, for a document that is to be made or kept; unless a choice is known to be unusable.
    fn choices(self) -> Result<&'a Configuration, Planned> {
        match &self.setup.problem {
            Some(reason) => Err(Planned::Fail(Failure::known_problem(reason.clone()))),
            None => Ok(&self.setup.configuration),
        }
    }
}

impl Facts {
    /// When a workflow of the posting's kind first ran, from whichever template: what arrived before is history.
    fn first_run_at(&self) -> Option<Timestamp> {
        let workflows = self.settings.workflows(&self.company.id)?;
        let of_kind =
            |(template, _): &(&Template, &Setup)| template.workflow() == self.key.workflow;
        workflows.0.iter().filter(of_kind).filter_map(|(_, setup)| setup.first_run_at).min()
    }

    /// The number of the posting's document, and what people are told about it.
    fn number(
        &self,
        own: Option<&str>,
        active: Active<'_>,
    ) -> Result<(Option<String>, Option<Change>), Planned> {
        let number = numbers::number(own, &self.objects, &self.company, active);
        let number = number.map_err(Planned::Fail)?;
        let change = numbers::change(own, number.as_deref(), active);
        Ok((number, change))
    }

    /// The active workflow of the posting's kind.
    fn active(&self) -> Option<Active<'_>> {
        active(&self.settings, &self.company, self.key.workflow)
    }
}

/// The active workflow of a kind in a company.
fn active<'a>(settings: &'a Settings, company: &Company, workflow: Workflow) -> Option<Active<'a>> {
    let (template, setup) = settings.workflows(&company.id)?.active(workflow)?;
    Some(Active { template, setup })
}

/// The fingerprint of `record` as it would be posted now: equal ones become the same documents.
pub fn fingerprint(
    key: &PostingKey,
    record: &Record,
    company: &Company,
    settings: &Settings,
) -> String {
    let active = active(settings, company, key.workflow)
        .map(|active| (active.template, &active.setup.configuration));
    crate::fingerprint::of_posting(record, company.id.as_str(), active)
}

/// The name that `record` gives the entry behind a link.
pub fn name_of_entry(record: &Record, key: &LinkKey) -> Option<String> {
    let named = |id: &crate::id::HostId, name: &str| (*id == key.host_id).then(|| name.to_owned());
    match (record, key.kind) {
        (Record::Bill(bill), ListKind::Customer) => Some(bill.agent.name.clone()),
        (Record::Bill(bill), ListKind::Item) => {
            bill.lines.iter().find_map(|line| named(&line.item.id, &line.item.name))
        }
        (Record::Bill(bill), ListKind::PaymentMethod) => bill.payment.as_ref()?.method.clone(),
        (Record::Payment(payment), ListKind::PaymentMethod) => payment.method.clone(),
        (Record::Disbursement(disbursement), ListKind::Customer) => {
            Some(disbursement.payer.name.clone())
        }
        (Record::Disbursement(disbursement), ListKind::Item) => disbursement
            .shares
            .iter()
            .map(brokerage_income::item)
            .find_map(|item| named(&item.id, &item.name)),
        (Record::Disbursement(disbursement), ListKind::Vendor) => disbursement
            .shares
            .iter()
            .filter_map(|share| share.payee.as_ref())
            .find_map(|payee| named(&payee.id, &payee.name)),
        _ => None,
    }
}

/// The link key of a payment method, which hosts name but do not number.
fn method_key(method: &str) -> LinkKey {
    LinkKey::new(ListKind::PaymentMethod, crate::fingerprint::host_id_of_name(method))
}

#[cfg(test)]
mod tests;
