//! The one path of every write: check, merge, prepare, compare, store, post, and carry on to what it touches.

use serde_json::{Value, json};

use super::{
    Key, Ledger, balances,
    fences::{in_books, movable, open_period},
    open_items, references,
    store::{address_members, commit},
};
use crate::{
    api::Fault,
    company::Company,
    entities::{Draft, EntityType, Kind, entity, inactivation, names, reference_to},
    json::{Object, reference, set, text},
    schema,
    webhooks::What,
};

/// What to do with the object in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// Create or update, told apart by `Id`.
    Save,
    Delete,
    Void,
}

/// Who writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Author {
    /// An app, through the API.
    #[default]
    App,
    /// A person in QuickBooks' own screens, who confirms warnings and knows the closing password.
    Person,
}

/// How a write deviates from the plain one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) author: Author,
    pub(crate) allow_duplicate_number: bool,
    /// A deletion undoes what is linked to the object, whatever the company's switch says.
    pub(crate) unlinks: bool,
    /// The id a seeded object must get.
    pub(crate) id: Option<String>,
}

impl Options {
    pub(crate) fn by_app(&self) -> bool {
        self.author == Author::App
    }
}

/// Performs a write and returns the object as the answer shows it.
pub(crate) fn write(
    company: &mut Company,
    kind: Kind,
    operation: Write,
    sent: &Object,
    options: &Options,
) -> Result<Object, Fault> {
    let entity = entity(kind);
    if !entity.allows(operation, sent, &company.switches, options.author) {
        return Err(Fault::unsupported(&format!("{operation:?}").to_lowercase()));
    }
    let noted = company.ledger.changes.count();
    let written = match operation {
        Write::Save => save(company, entity, sent, options),
        Write::Delete => delete(company, entity, sent, options),
        Write::Void => void(company, entity, sent, options),
    };
    company.ledger.changes.settle(noted);
    written
}

fn save(
    company: &mut Company,
    entity: &EntityType,
    sent: &Object,
    options: &Options,
) -> Result<Object, Fault> {
    let sent = schema::accept(entity.members(), sent, &company.switches)?;
    let unsent = entity
        .members()
        .iter()
        .find(|(name, member)| member.sent && !sent.contains_key(**name))
        .map(|(name, _)| Fault::missing(name));
    unsent.map_or(Ok(()), Err)?;
    let id = text(&sent, "Id").filter(|id| !id.is_empty()).map(str::to_owned);
    let (prepared, before) = loop {
        let before = id
            .as_deref()
            .map(|id| current(&company.ledger, entity, id, text(&sent, "SyncToken")))
            .transpose()?;
        let mut draft =
            Draft::new(company, entity.kind, merged(entity, &sent, before), before, options);
        draft.require(entity.members())?;
        inactivation::rename(&mut draft, entity);
        (entity.prepare)(&mut draft)?;
        let (object, released) = (draft.object, draft.released);
        if entity.is_transaction() {
            in_books(company, &object, options)?;
            before.map_or(Ok(()), |before| open_period(company, before, options))?;
        }
        match (released, before) {
            (Some(keep), Some(_)) => open_items::release(
                company,
                &Key::new(entity.kind, id.as_deref().unwrap_or_default()),
                keep,
            ),
            _ => break (object, before.cloned()),
        }
    };
    let mut object = with_address_ids(entity, prepared, before.as_ref());
    if let Some(before) = &before {
        if content(before) == content(&object) {
            return Ok(before.clone());
        }
        movable(&company.ledger, entity, before, Some(&object))?;
        restamp(company, &mut object, before);
    } else {
        let sequence = entity.sequence.expect("an entity that can be created has a sequence");
        let id = options.id.clone().unwrap_or_else(|| company.ledger.next_id(sequence));
        set(&mut object, "Id", id);
        set(&mut object, "SyncToken", "0");
        let now = company.clock.stamp();
        set(&mut object, "MetaData", json!({"CreateTime": now, "LastUpdatedTime": now}));
        if let Some(number) = text(&object, "DocNumber").filter(|_| entity.numbered) {
            number.clone_into(&mut company.ledger.last_number);
        }
    }
    let id = text(&object, "Id").unwrap_or_default().to_owned();
    let saved = inactivation::saved(before.as_ref(), &object);
    commit(company, entity.kind, object, false);
    company.ledger.changes.note(entity.kind, &id, saved);
    if let (None, Some(follow_up)) = (&before, entity.follow_up)
        && let Some(created) = company.ledger.get(entity.kind, &id).cloned()
    {
        follow_up(company, &created);
    }
    if let (Some(before), Some(after)) = (&before, company.ledger.get(entity.kind, &id).cloned()) {
        after_rename(&mut company.ledger, entity, before, &after);
    }
    Ok(company.ledger.get(entity.kind, &id).cloned().unwrap_or_default())
}

fn delete(
    company: &mut Company,
    entity: &EntityType,
    sent: &Object,
    options: &Options,
) -> Result<Object, Fault> {
    // Recorded: a delete that echoes such a block back is refused.
    if let Some(extension) = sent.keys().find(|name| name.ends_with("Ex")) {
        return Err(Fault::unknown_member(extension));
    }
    let (id, before) = addressed(company, entity, sent)?;
    open_period(company, &before, options)?;
    movable(&company.ledger, entity, &before, None)?;
    if !options.unlinks {
        (entity.may_delete)(&company.ledger, &company.switches, &before)?;
    }
    open_items::release_all(company, &Key::new(entity.kind, &id));
    let mut deleted = company.ledger.get(entity.kind, &id).cloned().unwrap_or(before);
    let before = deleted.clone();
    restamp(company, &mut deleted, &before);
    set(&mut deleted, "status", "Deleted");
    commit(company, entity.kind, deleted, true);
    company.ledger.changes.note(entity.kind, &id, What::Deleted);
    let mut answer = Object::new();
    set(&mut answer, "status", "Deleted");
    set(&mut answer, "domain", "QBO");
    set(&mut answer, "Id", id);
    Ok(answer)
}

fn void(
    company: &mut Company,
    entity: &EntityType,
    sent: &Object,
    options: &Options,
) -> Result<Object, Fault> {
    let voided = entity.void.ok_or_else(|| Fault::unsupported("void"))?;
    let (id, before) = addressed(company, entity, sent)?;
    open_period(company, &before, options)?;
    movable(&company.ledger, entity, &before, None)?;
    open_items::release_all(company, &Key::new(entity.kind, &id));
    let before = company.ledger.get(entity.kind, &id).cloned().unwrap_or(before);
    let mut object = before.clone();
    voided(&mut object);
    let note = match text(&before, "PrivateNote") {
        Some(note) if note.starts_with("Voided") => note.to_owned(),
        Some(note) => format!("Voided - {note}"),
        None => "Voided".to_owned(),
    };
    set(&mut object, "PrivateNote", note);
    if content(&before) != content(&object) {
        restamp(company, &mut object, &before);
        commit(company, entity.kind, object, false);
        company.ledger.changes.note(entity.kind, &id, What::Voided);
    }
    Ok(company.ledger.get(entity.kind, &id).cloned().unwrap_or_default())
}

/// The object that `Id` and `SyncToken` of a delete or void address.
fn addressed(
    company: &Company,
    entity: &EntityType,
    sent: &Object,
) -> Result<(String, Object), Fault> {
    let sent = schema::accept(entity.members(), sent, &company.switches)?;
    let id = text(&sent, "Id").filter(|id| !id.is_empty()).ok_or_else(|| Fault::missing("Id"))?;
    let before = current(&company.ledger, entity, id, text(&sent, "SyncToken"))?;
    Ok((id.to_owned(), before.clone()))
}

fn current<'a>(
    ledger: &'a Ledger,
    entity: &EntityType,
    id: &str,
    token: Option<&str>,
) -> Result<&'a Object, Fault> {
    let before = entity.find(ledger, id)?;
    let token = token.ok_or_else(|| Fault::missing("SyncToken"))?;
    if text(before, "SyncToken") == Some(token) { Ok(before) } else { Err(Fault::stale()) }
}

/// What the object becomes: the caller's members over the stored ones, by the rules of full and sparse updates.
fn merged(entity: &EntityType, sent: &Object, before: Option<&Object>) -> Object {
    let sparse = sent.get("sparse").and_then(Value::as_bool).unwrap_or(false);
    let mut object = Object::new();
    for (name, value) in before.into_iter().flatten() {
        let member = entity.members().get(name.as_str());
        if sparse || member.is_none_or(|member| member.read_only || member.kept) {
            object.insert(name.clone(), value.clone());
        }
    }
    for (name, value) in sent {
        if entity.members().get(name.as_str()).is_some_and(|member| !member.read_only)
            && name != "SyncToken"
            && name != "Id"
        {
            if is_blank(value) {
                object.remove(name);
            } else {
                object.insert(name.clone(), value.clone());
            }
        }
    }
    if let Some(before) = before {
        for name in ["Id", "SyncToken"] {
            object.insert(name.to_owned(), before.get(name).cloned().unwrap_or_default());
        }
    }
    set(&mut object, "sparse", false);
    set(&mut object, "domain", "QBO");
    object
}

/// Empty text and a reference to nothing clear a member.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Object(object) => {
            object.get("value").is_some_and(|value| value.as_str() == Some(""))
        }
        _ => false,
    }
}

/// The members that count when a write is compared with what is stored.
fn content(object: &Object) -> Object {
    object
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "SyncToken" | "MetaData"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn restamp(company: &Company, object: &mut Object, before: &Object) {
    let token: u64 =
        text(before, "SyncToken").and_then(|token| token.parse().ok()).unwrap_or_default();
    set(object, "SyncToken", (token + 1).to_string());
    let mut meta = before.get("MetaData").cloned().unwrap_or_else(|| json!({}));
    meta["LastUpdatedTime"] = json!(company.clock.stamp());
    set(object, "MetaData", meta);
}

/// An address that is written again keeps its id.
fn with_address_ids(entity: &EntityType, mut object: Object, before: Option<&Object>) -> Object {
    for name in address_members(entity) {
        let id = before.and_then(|before| before.get(name)?.get("Id").cloned());
        if let (Some(id), Some(Value::Object(address))) = (id, object.get_mut(name)) {
            address.entry("Id").or_insert(id);
        }
    }
    object
}

/// After an object was renamed or moved: names below it and in references, and sums above it.
fn after_rename(ledger: &mut Ledger, entity: &EntityType, before: &Object, after: &Object) {
    let Some(id) = text(after, "Id") else { return };
    if reference_to(entity.kind, before) != reference_to(entity.kind, after)
        || text(before, "FullyQualifiedName") != text(after, "FullyQualifiedName")
    {
        names::rename_descendants(ledger, entity.kind, id);
        references::rename(ledger, entity.kind, id, after);
    }
    if !same_parent(before, after) {
        balances::after_move(ledger, entity.kind, before, after);
    }
}

/// Whether two versions refer to the same parent.
fn same_parent(before: &Object, after: &Object) -> bool {
    reference(before, "ParentRef") == reference(after, "ParentRef")
}
