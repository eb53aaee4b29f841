//! Names of people and places in a hierarchy: display names, full names, nesting.

use super::{Draft, Kind, Listing, entity};
use crate::{
    api::Fault,
    json::{Object, default, reference, set, text},
    ledger::{Ledger, Pool},
};

/// QuickBooks nests names, items and accounts five levels deep, the top included.
const DEEPEST_LEVEL: usize = 4;

const NAME_PARTS: [&str; 5] = ["Title", "GivenName", "MiddleName", "FamilyName", "Suffix"];

/// Builds and checks a customer's `DisplayName`, and the name to print on checks.
pub(crate) fn display_name(draft: &mut Draft<'_>) -> Result<(), Fault> {
    unique_name(draft)?;
    let person = [text(&draft.object, "GivenName"), text(&draft.object, "FamilyName")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let printed = if person.is_empty() {
        let name = text(&draft.object, "DisplayName").unwrap_or_default();
        text(&draft.object, "CompanyName").unwrap_or(name).to_owned()
    } else {
        person
    };
    default(&mut draft.object, "PrintOnCheckName", printed);
    Ok(())
}

/// Builds `DisplayName` when it is missing, and refuses one that is taken.
pub(crate) fn unique_name(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let parts: Vec<&str> = NAME_PARTS
        .iter()
        .filter_map(|part| text(&draft.object, part))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let name = match (
        text(&draft.object, "DisplayName")
            .or_else(|| draft.before.and_then(|before| text(before, "DisplayName"))),
        parts.join(" "),
    ) {
        (Some(name), _) if !name.trim().is_empty() => name.trim().to_owned(),
        (_, built) if !built.is_empty() => built,
        _ => return Err(Fault::no_name()),
    };
    draft.unique(Pool::Names, &name, "customer, vendor or employee")?;
    set(&mut draft.object, "DisplayName", name);
    Ok(())
}

/// Sets the full name and level by the parent, and refuses loops and too deep nesting.
pub(crate) fn place(draft: &mut Draft<'_>, kind: Kind) -> Result<(), Fault> {
    let name = text(&draft.object, name_member(kind)).unwrap_or_default().to_owned();
    let Some(parent) = draft.refer("ParentRef", kind)? else {
        draft.object.remove("Level");
        set(&mut draft.object, "FullyQualifiedName", name);
        return Ok(());
    };
    let mut level = 1;
    let mut above = Some(parent);
    while let Some(object) = above {
        if text(object, "Id") == draft.id() {
            return Err(Fault::own_parent());
        }
        above = reference(object, "ParentRef").and_then(|id| draft.ledger.get(kind, id));
        level += usize::from(above.is_some());
    }
    if level > DEEPEST_LEVEL {
        return Err(Fault::too_deep());
    }
    let full = format!("{}:{name}", text(parent, "FullyQualifiedName").unwrap_or_default());
    set(&mut draft.object, "Level", level);
    set(&mut draft.object, "FullyQualifiedName", full);
    Ok(())
}

/// Carries a new full name down the hierarchy.
pub(crate) fn rename_descendants(ledger: &mut Ledger, kind: Kind, id: &str) {
    let Some(full) = ledger
        .get(kind, id)
        .and_then(|object| text(object, "FullyQualifiedName"))
        .map(str::to_owned)
    else {
        return;
    };
    let children: Vec<(String, String)> = ledger
        .all(kind)
        .filter(|object| reference(object, "ParentRef") == Some(id))
        .map(|object| (own(object, "Id"), own(object, name_member(kind))))
        .collect();
    for (child, name) in children {
        ledger.amend(kind, &child, |object| {
            set(object, "FullyQualifiedName", format!("{full}:{name}"))
        });
        rename_descendants(ledger, kind, &child);
    }
}

/// The member that holds an object's own name.
pub(crate) fn name_member(kind: Kind) -> &'static str {
    match entity(kind).listing {
        Listing::ByName(member) => member,
        Listing::Recent | Listing::ById => "Name",
    }
}

fn own(object: &Object, member: &str) -> String {
    text(object, member).unwrap_or_default().to_owned()
}
