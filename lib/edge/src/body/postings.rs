//! Reads which records a person puts on hold, releases, or leaves removed.

use domain::id::HostId;
use domain::record::RecordKind;

use super::cursor::Field;
use super::retry::{MAX_CODE, MAX_CURSOR};
use super::shape::shape;
#[cfg(test)]
use crate::openapi::{
    value::{Id, Line},
    words,
};

shape! {
    /// One record.
    #[schemars(rename = "OneRecord")]
    pub(crate) OneShape {
        /// Its kind.
        required kind: words::RecordKind,
        /// The host's id of it.
        required id: Id,
    }
}

shape! {
    /// Which records are to be released; all that are held when nothing is said.
    #[schemars(rename = "Release")]
    pub(crate) ReleaseShape {
        /// Only this kind.
        optional kind: words::RecordKind,
        /// Only the record with this id.
        optional id: Id,
        /// Only those with this reason.
        optional code: Line<MAX_CODE>,
        /// `next` of the answer before, to go on where it ended.
        optional cursor: Line<MAX_CURSOR>,
    }
}

/// Which held records a person releases.
#[derive(Debug, Default)]
pub struct Release {
    /// Only this kind.
    pub kind: Option<RecordKind>,
    /// Only this record.
    pub id: Option<HostId>,
    /// Only those with this reason.
    pub code: Option<String>,
    /// Where an earlier call ended.
    pub cursor: Option<String>,
}

pub(super) fn one(root: &Field<'_>) -> Option<(RecordKind, HostId)> {
    let fields = root.object(OneShape::FIELDS)?;
    let kind = fields.required("kind").and_then(|field| kind(&field));
    let id = fields.required("id").and_then(|field| field.host_id());
    kind.zip(id)
}

pub(super) fn release(root: &Field<'_>) -> Option<Release> {
    let fields = root.object(ReleaseShape::FIELDS)?;
    let kind = fields.optional("kind").and_then(|field| kind(&field));
    let id = fields.optional("id").and_then(|field| field.host_id());
    let code = fields.optional("code").and_then(|field| field.short_text(MAX_CODE));
    let cursor = fields.optional("cursor").and_then(|field| field.short_text(MAX_CURSOR));
    Some(Release { kind, id, code, cursor })
}

/// A kind of record.
pub(super) fn kind(field: &Field<'_>) -> Option<RecordKind> {
    field.choice(&RecordKind::ALL.map(|kind| (kind.as_str(), kind)))
}
