//! Classes and locations, and the references to them.

use super::{Draft, EntityType, Kind, LIST, draft::reference_to, names};
use crate::{
    api::Fault,
    json::{Object, default, reference, set, text},
    ledger::{Pool, Sequence},
};

pub(super) static CLASS: EntityType = EntityType {
    kind: Kind::Class,
    name: "Class",
    table: "
Name name:100 q need
ParentRef ref
SubClass bool q ro
FullyQualifiedName text q ro
Active bool q
ClassEx any ro
",
    sequence: Some(Sequence::Classes),
    prepare: |draft| prepare(draft, Kind::Class, "SubClass"),
    index: |object| full_name(object, Pool::Classes),
    tracking: true,
    ..LIST
};

pub(super) static DEPARTMENT: EntityType = EntityType {
    kind: Kind::Department,
    name: "Department",
    table: "
Name name:100 q need
ParentRef ref
SubDepartment bool q ro
FullyQualifiedName text q ro
Active bool q
Address addr
DepartmentEx any ro
",
    sequence: Some(Sequence::Departments),
    prepare: |draft| prepare(draft, Kind::Department, "SubDepartment"),
    index: |object| full_name(object, Pool::Departments),
    tracking: true,
    ..LIST
};

fn prepare(draft: &mut Draft<'_>, kind: Kind, is_below: &str) -> Result<(), Fault> {
    let name = text(&draft.object, "Name").unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        return Err(Fault::missing("Name"));
    }
    set(&mut draft.object, "Name", name);
    names::place(draft, kind)?;
    let full = text(&draft.object, "FullyQualifiedName").unwrap_or_default().to_owned();
    let (pool, owner) = match kind {
        Kind::Class => (Pool::Classes, "class"),
        _ => (Pool::Departments, "location"),
    };
    draft.unique(pool, &full, owner)?;
    let has_parent = draft.object.contains_key("ParentRef");
    set(&mut draft.object, is_below, has_parent);
    draft.object.remove("Level");
    default(&mut draft.object, "Active", true);
    Ok(())
}

fn full_name(object: &Object, pool: Pool) -> Vec<(Pool, String)> {
    text(object, "FullyQualifiedName").map(|name| (pool, name.to_owned())).into_iter().collect()
}

/// Checks the class and location of a whole transaction.
pub(super) fn of_transaction(draft: &mut Draft<'_>) -> Result<(), Fault> {
    draft.refer("ClassRef", Kind::Class)?;
    draft.refer("DepartmentRef", Kind::Department)?;
    Ok(())
}

/// Checks the class and location of one line.
pub(super) fn of_line(draft: &Draft<'_>, detail: &mut Object) -> Result<(), Fault> {
    for (member, kind) in [("ClassRef", Kind::Class), ("DepartmentRef", Kind::Department)] {
        refer(draft, detail, member, kind)?;
    }
    Ok(())
}

/// Completes a reference inside a line; an empty one goes away.
pub(super) fn refer<'a>(
    draft: &Draft<'a>,
    detail: &mut Object,
    member: &str,
    kind: Kind,
) -> Result<Option<&'a Object>, Fault> {
    let Some(id) = reference(detail, member).filter(|id| !id.is_empty()).map(str::to_owned) else {
        detail.remove(member);
        return Ok(None);
    };
    let found = draft.resolve(member, &id, kind)?;
    set(detail, member, reference_to(kind, found));
    Ok(Some(found))
}
