//! Pages for a person with a browser: companies, invoices, payments, customers, books.

use crate::{
    call::{Answer, Call},
    world::World,
};

/// Answers a call for a page.
pub(crate) fn answer(_world: &World, _call: &Call) -> Option<Answer> {
    None
}
