//! Bodies: from bytes a stranger sent to records that cannot be wrong.
//!
//! Everything is checked here and nothing again further in. All bad fields are reported at once.

pub(crate) mod asked;
pub(crate) mod bill;
mod cursor;
pub(crate) mod dead_letters;
pub(crate) mod disbursement;
pub(crate) mod event_endpoint;
pub(crate) mod import;
pub(crate) mod issued;
mod json;
pub(crate) mod links;
pub(crate) mod payment;
pub(crate) mod postings;
pub(crate) mod pull;
pub(crate) mod retry;
pub(crate) mod settings;
pub(crate) mod shape;
mod spelling;
pub(crate) mod start;
#[cfg(test)]
mod tests;
mod values;
pub(crate) mod workflow;

use domain::id::{HostId, ObjectId};
use domain::link::ListKind;
use domain::name::Change;
use domain::record::{Record, RecordKind};
use domain::template::Template;

pub use cursor::Report;
pub use event_endpoint::{EndpointChange, Replay};
pub(crate) use import::line;
pub use json::{Json, Members};
pub use postings::Release;
pub use retry::Retry;
pub(crate) use values::MAX_VERSION;

use crate::problem::Problem;
use cursor::Field;
use values::Negative;

/// Room for the marker that ledgerbridge adds; QuickBooks takes 4,000 characters in a private note.
const MAX_MEMO: usize = 1000;
/// QuickBooks' limit of a document number.
const MAX_NUMBER: usize = 21;
/// QuickBooks' limit of a payment's reference number.
const MAX_REFERENCE: usize = 21;

const REFUND: Negative = Negative {
    code: "refund_not_supported",
    remedy: "Refunds cannot be sent to QuickBooks; record the refund in QuickBooks.",
};

/// A bill, and what cleaning changed in it.
pub fn bill(json: &Json) -> Result<(Record, Vec<Change>), Problem> {
    decode(json, |root| bill::read(root).map(Record::Bill))
}

/// A payment, and what cleaning changed in it.
pub fn payment(json: &Json) -> Result<(Record, Vec<Change>), Problem> {
    decode(json, |root| payment::read(root).map(Record::Payment))
}

/// A disbursement, and what cleaning changed in it.
pub fn disbursement(json: &Json) -> Result<(Record, Vec<Change>), Problem> {
    decode(json, |root| disbursement::read(root).map(Record::Disbursement))
}

/// How a person wants a record to be synced.
pub fn asked(json: &Json) -> Result<sync::posting::Asked, Problem> {
    decode(json, asked::read).map(|(asked, _)| asked)
}

/// What a person chose for a workflow.
pub fn workflow(template: Template, json: &Json) -> Result<sync::workflows::Change, Problem> {
    decode(json, |root| workflow::read(template, root)).map(|(change, _)| change)
}

/// What a person switches on and off.
pub fn settings(json: &Json) -> Result<sync::switches::Change, Problem> {
    decode(json, settings::read).map(|(change, _)| change)
}

/// Which QuickBooks object a host object is linked to.
pub fn link(json: &Json) -> Result<ObjectId, Problem> {
    decode(json, links::object).map(|(object, _)| object)
}

/// The host objects for which links are to be proposed.
pub fn proposals(json: &Json) -> Result<(ListKind, Vec<sync::links::HostObject>), Problem> {
    decode(json, links::proposals).map(|(wanted, _)| wanted)
}

/// Whether and how often payments are pulled.
pub fn pull(json: &Json) -> Result<sync::pull::Change, Problem> {
    decode(json, pull::read).map(|(change, _)| change)
}

/// What a host adds to an issued payment.
pub fn annotation(json: &Json) -> Result<sync::pull::Annotation, Problem> {
    decode(json, issued::read).map(|(annotation, _)| annotation)
}

/// What a person wishes to have tried again.
pub fn retry(json: &Json) -> Result<Retry, Problem> {
    decode(json, retry::read).map(|(retry, _)| retry)
}

/// One record that a person puts on hold, or leaves removed.
pub fn one_record(json: &Json) -> Result<(RecordKind, HostId), Problem> {
    decode(json, postings::one).map(|(one, _)| one)
}

/// Which held records a person releases.
pub fn release(json: &Json) -> Result<Release, Problem> {
    decode(json, postings::release).map(|(release, _)| release)
}

/// How a connection is to be started.
pub fn start(json: &Json) -> Result<sync::connection::Start, Problem> {
    decode(json, start::read).map(|(start, _)| start)
}

/// How a person changes the endpoint for events.
pub fn event_endpoint(json: &Json) -> Result<EndpointChange, Problem> {
    decode(json, event_endpoint::read).map(|(change, _)| change)
}

/// Which events a person wants sent again.
pub fn replay(json: &Json) -> Result<Replay, Problem> {
    decode(json, event_endpoint::replay).map(|(replay, _)| replay)
}

/// Which dead letter a person replays; all without an id.
pub fn dead_letters(json: &Json) -> Result<Option<String>, Problem> {
    decode(json, dead_letters::read).map(|(id, _)| id)
}

/// What an import is called, whose file is still to come.
pub fn import(json: &Json) -> Result<Option<String>, Problem> {
    decode(json, import::read).map(|(name, _)| name)
}

/// A call that takes no fields.
pub fn nothing(json: &Json) -> Result<(), Problem> {
    decode(json, |root| root.object(&[]).map(drop)).map(|((), _)| ())
}

fn decode<T>(
    json: &Json,
    read: impl FnOnce(&Field<'_>) -> Option<T>,
) -> Result<(T, Vec<Change>), Problem> {
    let report = Report::default();
    let value = read(&report.root(json));
    report.finish(value).map_err(Problem::invalid_fields)
}
