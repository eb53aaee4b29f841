//! What keeps a write out: the closing date, the company's start, and a deposit that holds the document.

use jiff::civil::Date;

use super::{Key, Ledger, Options};
use crate::{
    api::Fault,
    company::Company,
    entities::{EntityType, Kind},
    json::{Object, text},
    switches::Policy,
};

/// Refuses an app's write into the closed period; a person may go on.
pub(super) fn open_period(
    company: &Company,
    transaction: &Object,
    options: &Options,
) -> Result<(), Fault> {
    let closed = company
        .switches
        .book_close_date
        .is_some_and(|closed| dated(transaction).is_some_and(|date| date <= closed));
    if closed && options.by_app() {
        return Err(Fault::books_closed(company.switches.book_close_password));
    }
    Ok(())
}

/// Refuses a date outside of the company's books.
pub(super) fn in_books(
    company: &Company,
    transaction: &Object,
    options: &Options,
) -> Result<(), Fault> {
    let early = company.switches.before_company_start == Policy::Reject
        && dated(transaction).is_some_and(|date| date < company.switches.company_start_date);
    if early && options.by_app() {
        return Err(Fault::before_company_start());
    }
    open_period(company, transaction, options)
}

fn dated(transaction: &Object) -> Option<Date> {
    text(transaction, "TxnDate")?.parse().ok()
}

/// Refuses to change, delete or void what is on a deposit.
pub(super) fn movable(
    ledger: &Ledger,
    entity: &EntityType,
    before: &Object,
    after: Option<&Object>,
) -> Result<(), Fault> {
    let Some(frozen) = entity.frozen else { return Ok(()) };
    let key = Key::new(entity.kind, text(before, "Id").unwrap_or_default());
    let deposited = ledger.applied_to(&key).any(|(by, _)| by.kind == Kind::Deposit);
    if deposited && after.is_none_or(|after| frozen(before, after)) {
        return Err(Fault::deposited());
    }
    Ok(())
}
