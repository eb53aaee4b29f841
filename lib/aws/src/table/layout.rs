//! Every kind of item, and the newest layout of each that this code knows.
//!
//! Reading refuses what is newer; so does every write, since a condition of its own is added to each: what a newer
//! version stored is not overwritten by one that does not know what that says.

use domain::{
    batch, connection, dead_letter, event, governor, history, import, issued, link, list, meter,
    notice, posting, pull, settings,
};

use super::item::{Item, number, text_of};
use super::keys::SK;
use super::write::Expression;
use super::{Error, item};

/// Sort keys, or what they start with if they end in `#`, each with its newest layout.
pub const LAYOUTS: &[(&str, u32)] = &[
    ("CONNECTION", connection::SCHEMA),
    ("SETTINGS", settings::SCHEMA),
    ("POSTING#", posting::SCHEMA),
    ("BATCH#", batch::SCHEMA),
    ("LINK#", link::SCHEMA),
    // Claims of list entries and pointers of bills change together.
    ("OBJECT#", super::link::CLAIM_SCHEMA),
    ("LATE_BILL#", super::issued::BILL_SCHEMA),
    ("PULL#", pull::SCHEMA),
    ("GOVERNOR#", governor::SCHEMA),
    ("IMPORT#", import::SCHEMA),
    ("IMPORT_PROBLEM#", import::PROBLEM_SCHEMA),
    ("ISSUED#", issued::SCHEMA),
    ("NOTICE#", notice::SCHEMA),
    ("LIST#", list::SCHEMA),
    ("WAIT#", super::wait::SCHEMA),
    ("HISTORY#", history::SCHEMA),
    ("HISTORY_HIDDEN", super::history::HIDDEN_SCHEMA),
    ("EVENTS", super::event::HEAD_SCHEMA),
    ("EVENT#", event::SCHEMA),
    ("EVENT_ENDPOINT", event::endpoint::SCHEMA),
    ("EVENT_DEAD#", super::event_endpoint::DEAD_SCHEMA),
    ("STATE#", super::oauth_state::SCHEMA),
    ("DEAD_LETTER#", dead_letter::SCHEMA),
    ("READS#", meter::SCHEMA),
    ("LADDER", meter::LADDER_SCHEMA),
    ("CLAIM", super::connection::CLAIM_SCHEMA),
];

/// The newest layout of items with that sort key.
fn newest(sort_key: &str) -> u32 {
    let is = |name: &str| match name.strip_suffix('#') {
        Some(_) => sort_key.starts_with(name),
        None => sort_key == name,
    };
    let row = LAYOUTS.iter().find(|(name, _)| is(name));
    debug_assert!(row.is_some(), "{sort_key} has no row");
    row.map_or(u32::MAX, |row| row.1)
}

/// The condition under which an item may be written: `condition`, and that what is there, if anything is, is not newer.
pub(super) fn fenced(sort_key: &str, condition: Option<&Expression>) -> Expression {
    let fence = "attribute_not_exists(#schema) OR #schema <= :newest_layout";
    let text = match condition {
        Some(condition) => format!("({}) AND ({fence})", condition.text()),
        None => fence.to_owned(),
    };
    let fenced = Expression::new(text).value(":newest_layout", number(newest(sort_key).into()));
    let values = condition.and_then(Expression::values).into_iter().flatten();
    values.fold(fenced, |fenced, (name, value)| fenced.value(&name, value))
}

/// What to say of an item that refused a condition, if that was because it is newer.
pub(super) fn refused(stored: &Item) -> Option<Error> {
    let sort_key = text_of(stored, SK)?;
    let schema = item::schema_of(stored)?;
    (schema > newest(sort_key))
        .then(|| Error::FromTheFuture { item: item::name_of(stored), schema })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_is_taken_for_another() {
        for (name, newest_layout) in LAYOUTS {
            let sort_key =
                if name.ends_with('#') { format!("{name}x") } else { (*name).to_owned() };
            assert_eq!(newest(&sort_key), *newest_layout);
            let is = |other: &&(&str, u32)| {
                other.0 == sort_key || (other.0.ends_with('#') && sort_key.starts_with(other.0))
            };
            assert_eq!(LAYOUTS.iter().filter(is).count(), 1, "{sort_key}");
        }
    }
}
