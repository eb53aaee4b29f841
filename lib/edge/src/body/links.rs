//! Reads what a person links, and for what proposals are wanted.

use domain::id::ObjectId;
use domain::link::ListKind;
use domain::name;
use sync::links::HostObject;

use super::cursor::Field;

/// Host objects in one call; with long names they still fit the largest body.
const MOST_HOST_OBJECTS: usize = 200;
/// Longest e-mail address: <https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3>.
const MAX_EMAIL: usize = 254;

/// The QuickBooks object to link to.
pub(super) fn object(root: &Field<'_>) -> Option<ObjectId> {
    root.object(&["object_id"])?.required("object_id")?.object_id()
}

/// The kind of link, and the host objects.
pub(super) fn proposals(root: &Field<'_>) -> Option<(ListKind, Vec<HostObject>)> {
    let fields = root.object(&["kind", "host"])?;
    let kind = fields.required("kind").and_then(|field| kind(&field));
    let host = fields.required("host").and_then(|field| field.list(1, MOST_HOST_OBJECTS));
    let host: Vec<_> = host?.iter().map(host_object).collect();
    Some((kind?, host.into_iter().collect::<Option<_>>()?))
}

fn host_object(field: &Field<'_>) -> Option<HostObject> {
    let fields = field.object(&["id", "name", "email"])?;
    let id = fields.required("id").and_then(|field| field.host_id());
    let name = fields.required("name").and_then(|field| field.name(name::MAX_CUSTOMER_NAME));
    let email = fields.optional("email").and_then(|field| field.short_text(MAX_EMAIL));
    Some(HostObject { id: id?, name: name?, email })
}

fn kind(field: &Field<'_>) -> Option<ListKind> {
    let kind = ListKind::parse(field.text()?);
    if kind.is_none() {
        field.fail(
            "unknown_choice",
            "is not a known choice",
            "Send customer, item or payment_method.",
        );
    }
    kind
}
