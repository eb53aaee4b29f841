//! The QuickBooks Online back end: ledger terms to its JSON and back. Another kind of QuickBooks would be a sibling.

mod answer;
mod find;
mod lists;
mod render;

pub(crate) use answer::{of_invoice, of_payment, read};
pub(crate) use find::{Entry, documents_with_marker, entries_named, open_balances};
pub(crate) use lists::{account, entry_with_id, list_page};
pub(crate) use render::render;

/// A QuickBooks id in our terms; absent if it has characters that no QuickBooks id is known to have.
pub(crate) fn object_id(id: &quickbooks::ObjectId) -> Option<domain::id::ObjectId> {
    domain::id::ObjectId::parse(id.as_str()).ok()
}

/// Our id in the client's terms.
pub(crate) fn id(id: &domain::id::ObjectId) -> quickbooks::ObjectId {
    quickbooks::ObjectId::new(id.as_str())
}
