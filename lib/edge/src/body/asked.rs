//! Reads how a person wants a record to be synced.

use sync::posting::Asked;

use super::cursor::Field;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::value::Flag;

shape! {
    /// How a person wants the record to be synced.
    #[schemars(rename = "Sync")]
    pub(crate) AskedShape {
        /// Whether the workflow's cut-off date, date filter and first run do not count.
        optional override_rules: Flag,
        /// Whether QuickBooks is asked first, which is metered, if the documents are still there; those that a person
        /// removed are reported.
        optional verify: Flag,
    }
}

pub(super) fn read(root: &Field<'_>) -> Option<Asked> {
    let fields = root.object(AskedShape::FIELDS)?;
    let overrides_rules = flag(&fields, "override_rules");
    let look_first = flag(&fields, "verify");
    Some(Asked { overrides_rules: overrides_rules?, look_first: look_first? })
}

fn flag(fields: &super::cursor::Fields<'_>, name: &'static str) -> Option<bool> {
    fields.optional(name).map_or(Some(false), |field| field.boolean())
}
