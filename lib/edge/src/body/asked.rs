//! Reads how a person wants a record to be synced.

use domain::posting::Decision;
use sync::posting::Asked;

use super::cursor::Field;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::{value::Flag, words};

/// What a person may decide, by its name.
pub(crate) const DECISIONS: [(&str, Decision); 2] =
    [("overwrite", Decision::Overwrite), ("keep", Decision::Keep)];

shape! {
    /// How a person wants the record to be synced.
    #[schemars(rename = "Sync")]
    pub(crate) AskedShape {
        /// Whether the workflow's cut-off date, date filter and first run do not count.
        optional override_rules: Flag,
        /// Whether QuickBooks is asked first, which is metered, if the documents are still there; those that a person
        /// removed are reported.
        optional verify: Flag,
        /// What becomes of parts of a document that were changed in QuickBooks as well (`edited_in_quickbooks`).
        optional edits: words::Decision,
    }
}

pub(super) fn read(root: &Field<'_>) -> Option<Asked> {
    let fields = root.object(AskedShape::FIELDS)?;
    let overrides_rules = flag(&fields, "override_rules");
    let look_first = flag(&fields, "verify");
    let decides = match fields.optional("edits") {
        Some(field) => field.choice(&DECISIONS).map(Some),
        None => Some(None),
    };
    Some(Asked { overrides_rules: overrides_rules?, look_first: look_first?, decides: decides? })
}

fn flag(fields: &super::cursor::Fields<'_>, name: &'static str) -> Option<bool> {
    fields.optional(name).map_or(Some(false), |field| field.boolean())
}
