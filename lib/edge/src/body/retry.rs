//! Reads the wish to have waiting or refused records tried again.

use domain::posting::State;
use domain::record::RecordKind;

use super::cursor::Field;
use super::postings::kind;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::{
    value::{Flag, Line},
    words,
};

/// Codes of reasons are words of ours.
pub(super) const MAX_CODE: usize = 60;
/// Far longer than any cursor that was given out.
pub(super) const MAX_CURSOR: usize = 1000;

/// States from which a person can have records tried again.
pub(crate) const RETRIABLE: [State; 2] = [State::Rejected, State::Blocked];

/// What a person wishes.
#[derive(Debug)]
pub struct Retry {
    /// The state in which the records stand.
    pub state: State,
    /// Only this kind.
    pub kind: Option<RecordKind>,
    /// Only those with this reason.
    pub code: Option<String>,
    /// Whether what was removed in QuickBooks is made again.
    pub recreate: bool,
    /// Where an earlier call ended.
    pub cursor: Option<String>,
}

shape! {
    /// Which records are to be tried again.
    #[schemars(rename = "Retry")]
    pub(crate) RetryShape {
        /// The state in which the records stand.
        required state: words::Retriable,
        /// Only this kind.
        optional kind: words::RecordKind,
        /// Only those with this reason.
        optional code: Line<MAX_CODE>,
        /// Whether documents that a person removed in QuickBooks are made again.
        optional recreate: Flag,
        /// `next` of the answer before, to go on where it ended.
        optional cursor: Line<MAX_CURSOR>,
    }
}

pub(super) fn read(root: &Field<'_>) -> Option<Retry> {
    let fields = root.object(RetryShape::FIELDS)?;
    let state = fields
        .required("state")
        .and_then(|field| field.choice(&RETRIABLE.map(|state| (state.as_str(), state))));
    let kind = fields.optional("kind").and_then(|field| kind(&field));
    let code = fields.optional("code").and_then(|field| field.short_text(MAX_CODE));
    let cursor = fields.optional("cursor").and_then(|field| field.short_text(MAX_CURSOR));
    let recreate = match fields.optional("recreate") {
        Some(field) => field.boolean()?,
        None => false,
    };
    Some(Retry { state: state?, kind, code, recreate, cursor })
}
