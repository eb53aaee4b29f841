//! What happens to a name when its object is made inactive or active again.

use super::{Draft, EntityType, Kind, Listing};
use crate::{
    json::{Object, flag, set, text},
    switches::ReactivatedName,
    webhooks::What,
};

/// Recorded: capital for vendors, classes and departments, small for the others.
fn suffix(kind: Kind) -> &'static str {
    match kind {
        Kind::Vendor | Kind::Class | Kind::Department => " (Deleted)",
        _ => " (deleted)",
    }
}

/// Adds the suffix to an inactive object's name, so that the plain name is free again.
pub(crate) fn rename(draft: &mut Draft<'_>, entity: &EntityType) {
    let Listing::ByName(member) = entity.listing else { return };
    let Some(name) = text(&draft.object, member).map(str::to_owned) else { return };
    let suffix = suffix(entity.kind);
    let was_active = draft.before.is_none_or(|before| flag(before, "Active").unwrap_or(true));
    let active = flag(&draft.object, "Active").unwrap_or(true);
    if !active && !name.ends_with(suffix) {
        set(&mut draft.object, member, format!("{name}{suffix}"));
    } else if active && !was_active && draft.switches.reactivated_name == ReactivatedName::Stripped
    {
        set(&mut draft.object, member, name.trim_end_matches(suffix));
    }
}

/// What a save that made `after` of `before` is told as.
pub(crate) fn saved(before: Option<&Object>, after: &Object) -> What {
    let active = |object: &Object| flag(object, "Active").unwrap_or(true);
    match before {
        None => What::Created,
        Some(before) if active(before) && !active(after) => What::Inactivated,
        Some(_) => What::Updated,
    }
}
