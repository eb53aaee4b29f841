//! The entries of QuickBooks' lists that a workflow's configuration names: looked at before they are stored, and again when
//! QuickBooks refuses a document for one of them.

use std::collections::{BTreeMap, BTreeSet};

use domain::connection::Company;
use domain::id::{CompanyId, HostId, ObjectId, TenantId};
use domain::list::{Entry, List};
use domain::reason::Failure;
use domain::settings::{Choice, Configuration, Value, Workflows};
use domain::template::{Field, Kind, Template};
use quickbooks::{Access, Client};

use super::{BadField, Given, SaveError};
use crate::reading::Reader;
use crate::{App, Error, quickbooks_online as back_end};

/// A choice that can no longer be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unusable {
    field: Field,
    item: Option<HostId>,
    choice: Choice,
    /// As it is in QuickBooks, if it is there.
    entry: Option<Entry>,
}

/// A chosen entry of a list.
pub(crate) type Chosen = (Field, Option<HostId>, Choice);

/// The entries of lists that a configuration names.
pub(crate) fn chosen(configuration: &Configuration) -> Vec<Chosen> {
    let mut chosen = Vec::new();
    for (field, value) in configuration.chosen() {
        match value {
            Value::Entry(choice) => chosen.push((field, None, choice.clone())),
            Value::Entries(choices) => chosen.extend(
                choices.iter().map(|(item, choice)| (field, Some(item.clone()), choice.clone())),
            ),
            Value::Word(_) | Value::Day(_) | Value::Text(_) => {}
        }
    }
    chosen
}

/// Which of the chosen entries cannot be used. A metered read for each list concerned.
pub(crate) async fn unusable(
    client: &Client,
    access: &Access,
    company: &Company,
    chosen: &[Chosen],
) -> Result<Vec<Unusable>, quickbooks::Error> {
    let mut entries = Vec::new();
    for (list, ids) in wanted(chosen) {
        let found = back_end::entries_with_ids(client, access, list, &ids).await?;
        entries.extend(found.into_iter().map(|entry| (list, entry)));
    }
    Ok(judged(&entries, company, chosen))
}

/// Those of the chosen entries that cannot be used, as the company has them.
pub(crate) fn judged(
    entries: &[(List, Entry)],
    company: &Company,
    chosen: &[Chosen],
) -> Vec<Unusable> {
    let home = company.currency.as_str();
    let unusable = |(field, item, choice): &Chosen| {
        let entry =
            entries.iter().find(|(list, entry)| *list == list_of(*field) && entry.id == choice.id);
        let entry = entry.map(|(_, entry)| entry.clone());
        let fits = entry.as_ref().is_some_and(|entry| field.suits(entry, home));
        let (field, item, choice) = (*field, item.clone(), choice.clone());
        (!fits).then_some(Unusable { field, item, choice, entry })
    };
    chosen.iter().filter_map(unusable).collect()
}

impl Unusable {
    pub(crate) fn failure(&self) -> Failure {
        Failure::choice_unusable(self.field, &self.choice.name)
    }

    fn told(&self) -> BadField {
        let (id, label) = (&self.choice.id, self.field.label());
        let message = match &self.entry {
            None => format!("QuickBooks has no entry {id} that could be the {label}."),
            Some(entry) if !entry.active => {
                format!("{} ({id}) is inactive and cannot be the {label}.", entry.full_name)
            }
            Some(entry) => format!("{} ({id}) cannot be the {label}.", entry.full_name),
        };
        let (field, item) = (self.field, self.item.clone());
        BadField { field, item, message, remedy: self.field.remedy().to_owned() }
    }
}

/// The company in which entries were looked up, if any was, and the values of fields.
pub(super) type LookedUp = (Option<CompanyId>, Vec<(Field, Option<Value>)>);

/// The values of the given fields, with the names of the entries behind ids.
pub(super) async fn look_up(
    app: &App,
    tenant: &TenantId,
    fields: &[(Field, Option<Given>)],
) -> Result<LookedUp, SaveError> {
    let unnamed = |id: &ObjectId| Choice { id: id.clone(), name: id.to_string() };
    let mut values: Vec<(Field, Option<Value>)> = Vec::with_capacity(fields.len());
    for (field, given) in fields {
        let value = given.as_ref().map(|given| match given {
            Given::Id(id) => Value::Entry(unnamed(id)),
            Given::Ids(ids) => {
                Value::Entries(ids.iter().map(|(item, id)| (item.clone(), unnamed(id))).collect())
            }
            Given::Word(word) => Value::Word(word.clone()),
            Given::Day(day) => Value::Day(*day),
            Given::Text(text) => Value::Text(text.clone()),
        });
        values.push((*field, value));
    }
    let mut given = Configuration::default();
    for (field, value) in &values {
        given.set(*field, value.clone());
    }
    let chosen = chosen(&given);
    if chosen.is_empty() {
        return Ok((None, values));
    }
    let mut reader = Reader::open(app, tenant).await?;
    let entries = check(&mut reader, &chosen).await?;
    tracing::info!(%tenant, metered_reads = reader.metered_reads, "the choices of a workflow were looked at");
    let name = |field: Field, choice: &mut Choice| {
        let entry =
            entries.iter().find(|(list, entry)| *list == list_of(field) && entry.id == choice.id);
        if let Some((_, entry)) = entry {
            choice.name.clone_from(&entry.full_name);
        }
    };
    for (field, value) in &mut values {
        match value {
            Some(Value::Entry(choice)) => name(*field, choice),
            Some(Value::Entries(choices)) => {
                choices.values_mut().for_each(|choice| name(*field, choice));
            }
            _ => {}
        }
    }
    Ok((Some(reader.connection.company.id.clone()), values))
}

/// What was chosen long ago may have gone since.
pub(super) async fn look_again(
    app: &App,
    tenant: &TenantId,
    workflows: &Workflows,
    template: Template,
) -> Result<(), SaveError> {
    let chosen = workflows.0.get(&template).map(|setup| chosen(&setup.configuration));
    let mut reader = Reader::open(app, tenant).await?;
    check(&mut reader, &chosen.unwrap_or_default()).await.map(|_| ())
}

/// The chosen entries, if all of them can be used.
async fn check(
    reader: &mut Reader<'_>,
    chosen: &[Chosen],
) -> Result<Vec<(List, Entry)>, SaveError> {
    let mut entries = Vec::new();
    for (list, ids) in wanted(chosen) {
        let asked = reader
            .ask(async |client, access| {
                back_end::entries_with_ids(client, access, list, &ids).await
            })
            .await?;
        let found = asked.map_err(Error::quickbooks)?;
        entries.extend(found.into_iter().map(|entry| (list, entry)));
    }
    let unusable = judged(&entries, &reader.connection.company, chosen);
    if unusable.is_empty() {
        Ok(entries)
    } else {
        Err(SaveError::Fields(unusable.iter().map(Unusable::told).collect()))
    }
}

/// The ids behind the choices, list by list, as many as one question takes.
fn wanted(chosen: &[Chosen]) -> Vec<(List, Vec<ObjectId>)> {
    let mut wanted: BTreeMap<&'static str, (List, BTreeSet<ObjectId>)> = BTreeMap::new();
    for (field, _, choice) in chosen {
        let list = list_of(*field);
        let entry = wanted.entry(list.as_str()).or_insert((list, BTreeSet::new()));
        entry.1.insert(choice.id.clone());
    }
    let questions = wanted.into_values().flat_map(|(list, ids)| {
        let ids: Vec<ObjectId> = ids.into_iter().collect();
        let chunks = ids.chunks(back_end::IDS_IN_ONE_QUERY);
        chunks.map(|ids| (list, ids.to_vec())).collect::<Vec<_>>()
    });
    questions.collect()
}

/// The list that a field's entries are of.
pub(crate) fn list_of(field: Field) -> List {
    match field.kind() {
        Kind::Entry(list) | Kind::Entries(list) => list,
        Kind::Word(_) | Kind::Day | Kind::Text(_) => {
            unreachable!("only fields with entries are looked up")
        }
    }
}
