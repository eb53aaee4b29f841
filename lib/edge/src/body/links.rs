//! Reads what a person links, and for what proposals are wanted.

use domain::id::ObjectId;
use domain::link::ListKind;
use domain::name;
use sync::links::HostObject;

use super::cursor::Field;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::{
    value::{Id, Line, List, Name},
    words,
};

/// Host objects in one call; with long names they still fit the largest body.
const MOST_HOST_OBJECTS: usize = 200;
/// Longest e-mail address: <https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3>.
const MAX_EMAIL: usize = 254;

shape! {
    /// What a host object is linked to.
    #[schemars(rename = "LinkTo")]
    pub(crate) LinkShape {
        /// The id of the QuickBooks object, from the list of the connected company.
        required object_id: Id,
    }
}

shape! {
    /// The host objects for which links are to be proposed.
    #[schemars(rename = "ProposeLinks")]
    pub(crate) ProposalsShape {
        /// The kind of link.
        required kind: words::ListKind,
        /// The host objects.
        required host: List<HostObjectShape, 1, MOST_HOST_OBJECTS>,
    }
}

shape! {
    /// A host object that is to be linked.
    #[schemars(rename = "HostObject")]
    pub(crate) HostObjectShape {
        /// The host's id.
        required id: Id,
        /// Its name.
        required name: Name<{ name::MAX_PARTY_NAME }>,
        /// Its e-mail address.
        optional email: Line<MAX_EMAIL>,
    }
}

/// The QuickBooks object to link to.
pub(super) fn object(root: &Field<'_>) -> Option<ObjectId> {
    root.object(LinkShape::FIELDS)?.required("object_id")?.object_id()
}

/// The kind of link, and the host objects.
pub(super) fn proposals(root: &Field<'_>) -> Option<(ListKind, Vec<HostObject>)> {
    let fields = root.object(ProposalsShape::FIELDS)?;
    let kind = fields
        .required("kind")
        .and_then(|field| field.choice(&ListKind::ALL.map(|kind| (kind.as_str(), kind))));
    let host = fields.required("host").and_then(|field| field.list(1, MOST_HOST_OBJECTS));
    let host: Vec<_> = host?.iter().map(host_object).collect();
    Some((kind?, host.into_iter().collect::<Option<_>>()?))
}

fn host_object(field: &Field<'_>) -> Option<HostObject> {
    let fields = field.object(HostObjectShape::FIELDS)?;
    let id = fields.required("id").and_then(|field| field.host_id());
    let name = fields.required("name").and_then(|field| field.name(name::MAX_PARTY_NAME));
    let email = fields.optional("email").and_then(|field| field.short_text(MAX_EMAIL));
    Some(HostObject { id: id?, name: name?, email })
}
