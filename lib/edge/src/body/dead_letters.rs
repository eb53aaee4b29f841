//! Reads which dead letters a person replays.

use domain::dead_letter::ID_LENGTH;

use super::cursor::Field;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::value::Line;

shape! {
    /// Which dead letters are replayed; all when nothing is said.
    #[schemars(rename = "ReplayDeadLetters")]
    pub(crate) DeadLettersShape {
        /// Only this one.
        optional id: Line<ID_LENGTH>,
    }
}

pub(super) fn read(root: &Field<'_>) -> Option<Option<String>> {
    let fields = root.object(DeadLettersShape::FIELDS)?;
    Some(fields.optional("id").and_then(|field| field.short_text(ID_LENGTH)))
}
