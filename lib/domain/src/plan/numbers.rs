//! The numbers of documents: the host's, by the workflow's numbering, and free of what voided documents keep.

use crate::connection::Company;
use crate::ledger::{Object, Removal};
use crate::name::Change;
use crate::reason::Failure;

use super::Active;

/// QuickBooks' limit of a document number.
const MAX_NUMBER: usize = 21;

/// The number of a document whose record has `own`. A voided document keeps its number, so one that is made in its place
/// gets the next free variant; that is known before the old one is voided, lest it goes and the new one is refused.
pub(super) fn number(
    own: Option<&str>,
    objects: &[Object],
    company: &Company,
    active: Active<'_>,
) -> Result<Option<String>, Failure> {
    let Some(wanted) = active.setup.configuration.number(own) else { return Ok(None) };
    let keeps_its_number = |object: &Object| match object.removal {
        Some(Removal::Voided | Removal::VoidedInQuickbooks | Removal::Replaced) => true,
        Some(_) => false,
        None => object.kind != active.template.document() && object.kind.can_be_voided(),
    };
    let kept = |number: &str| {
        objects.iter().any(|object| {
            object.company == company.id
                && object.doc_number.as_deref() == Some(number)
                && keeps_its_number(object)
        })
    };
    let variants = (2..).map(|count| format!("{wanted}-{count}"));
    let number = std::iter::once(wanted.clone()).chain(variants).find(|number| !kept(number));
    let number = number.expect("a posting has few documents, and there is a variant for each");
    if number.chars().count() > MAX_NUMBER {
        return Err(Failure::number_too_long(&number, MAX_NUMBER));
    }
    Ok(Some(number))
}

/// What people are told when a document gets another number than the workflow would give it.
pub(super) fn change(
    own: Option<&str>,
    number: Option<&str>,
    active: Active<'_>,
) -> Option<Change> {
    let wanted = active.setup.configuration.number(own)?;
    let number = number?;
    (wanted != number).then(|| Change {
        path: "number".to_owned(),
        from: wanted.clone(),
        to: number.to_owned(),
        why: "QuickBooks keeps the number of the document that was voided".to_owned(),
    })
}
