//! The QuickBooks Online back end: ledger terms to its JSON and back. Another kind of QuickBooks would be a sibling.

mod answer;
mod find;
mod image;
mod lists;
mod payments;
mod render;

use jiff::Timestamp;
use jiff::civil::Date;

pub(crate) use answer::{Body, Seen, read};
pub(crate) use find::{
    Among, Entry, Marked, NAMES_IN_ONE_QUERY, document, documents_with_markers, entries_named,
    open_balances,
};
pub(crate) use lists::{
    IDS_IN_ONE_QUERY, WATCHED, changed_entries, entries_changed_since, entries_with_ids, list_page,
};
pub(crate) use payments::{
    Asked, BillNow, Changed, IDS_TO_FIND, bills, changed, changes, page, payments,
};
pub(crate) use render::render;

/// The number of the document in a stored request.
pub(crate) fn number_in(request: &str) -> Option<String> {
    let write: quickbooks::Write = serde_json::from_str(request).ok()?;
    let body: serde_json::Value = serde_json::from_str(write.body()).ok()?;
    Some(body.get("DocNumber")?.as_str()?.to_owned())
}

/// The last day of the closed periods.
pub(crate) fn closed_through(preferences: &quickbooks::entity::Preferences) -> Option<Date> {
    preferences.accounting_info_prefs.as_ref()?.book_close_date
}

/// When QuickBooks last changed the object of an answer, by its own clock.
pub(crate) fn changed_at(body: &Body) -> Option<Timestamp> {
    body.get("MetaData")?.get("LastUpdatedTime")?.as_str()?.parse().ok()
}

/// When QuickBooks last changed an object that was read.
pub(crate) fn last_changed(meta_data: Option<&quickbooks::entity::MetaData>) -> Option<Timestamp> {
    meta_data?.last_updated_time.as_ref()?.timestamp()
}

/// A QuickBooks id in our terms; absent if it has characters that no QuickBooks id is known to have.
pub(crate) fn object_id(id: &quickbooks::ObjectId) -> Option<domain::id::ObjectId> {
    domain::id::ObjectId::parse(id.as_str()).ok()
}

/// Our id in the client's terms.
pub(crate) fn id(id: &domain::id::ObjectId) -> quickbooks::ObjectId {
    quickbooks::ObjectId::new(id.as_str())
}
