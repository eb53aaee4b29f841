//! The tenant's workflows: configured from templates, applied, run and paused. Every chosen account, item, class and term
//! is looked at in QuickBooks before it is stored, and again when QuickBooks refuses a document for it.

use std::collections::BTreeMap;

use aws::table::{Keys, SaveError as TableError};
use domain::connection::{Company, Connection};
use domain::history::HistoryLine;
use domain::id::{CompanyId, HostId, ObjectId, TenantId};
use domain::list::{Entry, List};
use domain::posting::Condition;
use domain::reason::{Failure, Reason};
use domain::settings::{Choice, Configuration, Refusal, Settings, Value, Workflows};
use domain::template::{Field, Kind, Template};
use jiff::civil::Date;
use quickbooks::{Access, Client};

use crate::reading::{ReadError, Reader};
use crate::{App, Error, quickbooks_online as back_end, wake};

/// Looks again this often when others change the settings at the same time.
const LOOKS: usize = 4;

/// The settings, and the company whose workflows are meant.
#[derive(Debug, Clone)]
pub struct View {
    /// The company, connected or not; absent when there never was one.
    pub company: Option<Company>,
    /// Everything that was chosen.
    pub settings: Settings,
}

/// What a person changes in a workflow.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The company that they believe to be connected; required for a new workflow.
    pub company: Option<CompanyId>,
    /// The fields that change; `None` takes a choice back.
    pub fields: Vec<(Field, Option<Given>)>,
}

/// What a person gives for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// The id of an entry of a list.
    Id(ObjectId),
    /// The id of an entry for each of the host's products and services.
    Ids(BTreeMap<HostId, ObjectId>),
    /// A word.
    Word(String),
    /// A day.
    Day(Date),
    /// A text.
    Text(String),
}

/// A step in a workflow's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The configuration is complete.
    Apply,
    /// Records are posted from now on.
    Run,
    /// Records wait from now on.
    Pause,
    /// The workflow is forgotten.
    Remove,
}

/// What was saved.
#[derive(Debug, Clone)]
pub struct Saved {
    /// What is stored now.
    pub view: View,
    /// The template was not used before.
    pub created: bool,
}

/// A field that cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadField {
    /// The field.
    pub field: Field,
    /// Which of the host's products and services, where a field has an entry for each.
    pub item: Option<HostId>,
    /// What is the matter.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Some fields are wrong.
    #[error("some fields are wrong")]
    Fields(Vec<BadField>),
    /// The workflow cannot take this step.
    #[error("the workflow cannot take this step")]
    Refused(Refusal),
    /// This company is connected, not the one that was confirmed.
    #[error("another company is connected")]
    OtherCompany(Box<Company>),
    /// Nobody confirmed that this company is the right one.
    #[error("the company was not confirmed")]
    NotConfirmed(Box<Company>),
    /// The customer does not use agent billing.
    #[error("agent billing is not in use")]
    AgentBillingOff,
    /// Choices can only be made while a company is connected.
    #[error("no company is connected")]
    NotConnected,
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<ReadError> for SaveError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotConnected | ReadError::NeedsReconnect => Self::NotConnected,
            ReadError::Other(error) => Self::Other(error),
        }
    }
}

impl From<Refusal> for SaveError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What the tenant made of the templates.
pub async fn read(app: &App, tenant: &TenantId) -> Result<View, Error> {
    let (settings, connection) = load(app, tenant).await?;
    Ok(View { company: connection.map(|connection| connection.company), settings })
}

/// Uses a template, or changes the configuration of the workflow made from it.
pub async fn save(
    app: &App,
    tenant: &TenantId,
    template: Template,
    change: Change,
) -> Result<Saved, SaveError> {
    let mut values = None;
    for _ in 0..LOOKS {
        let (before, connection) = load(app, tenant).await?;
        let company = connection.ok_or(SaveError::NotConnected)?.company;
        if change.company.as_ref().is_some_and(|confirmed| *confirmed != company.id) {
            return Err(SaveError::OtherCompany(Box::new(company)));
        }
        if template == Template::AgentBilling && !before.switches.agent_billing {
            return Err(SaveError::AgentBillingOff);
        }
        let mut settings = before.clone();
        let workflows = settings.companies.entry(company.id.clone()).or_default();
        let created = !workflows.0.contains_key(&template);
        if created && change.company.is_none() {
            return Err(SaveError::NotConfirmed(Box::new(company)));
        }
        if values.is_none() {
            values = Some(look_up(app, tenant, &change.fields).await?);
        }
        let current = workflows.0.get(&template).map(|setup| setup.configuration.clone());
        let mut configuration = current.unwrap_or_default();
        for (field, value) in values.iter().flatten() {
            configuration.set(*field, value.clone());
        }
        workflows.configure(template, configuration)?;
        let done = if created { "was set up" } else { "was saved" };
        let line = line(app, template, "workflow_saved", done);
        if store(app, tenant, &before, &mut settings, &line).await? {
            // Also when nothing changed: a call that saved and died before this left them waiting.
            wake::waiting(app, tenant, &Condition::Settings.as_text()).await?;
            return Ok(Saved { view: View { company: Some(company), settings }, created });
        }
    }
    Err(contended().into())
}

/// Takes a step in a workflow's life. Taking it again changes nothing.
pub async fn take(
    app: &App,
    tenant: &TenantId,
    template: Template,
    step: Move,
) -> Result<View, SaveError> {
    for _ in 0..LOOKS {
        let (before, connection) = load(app, tenant).await?;
        let company = connection.ok_or(SaveError::NotConnected)?.company;
        let mut settings = before.clone();
        let workflows = settings.companies.entry(company.id.clone()).or_default();
        let (action, done) = match step {
            Move::Apply => {
                workflows.apply(template)?;
                look_again(app, tenant, workflows, template).await?;
                ("workflow_applied", "was applied")
            }
            Move::Run => {
                if template == Template::AgentBilling && !before.switches.agent_billing {
                    return Err(SaveError::AgentBillingOff);
                }
                workflows.run(template, app.clock.now())?;
                ("workflow_run", "runs")
            }
            Move::Pause => {
                workflows.pause(template)?;
                ("workflow_paused", "was paused")
            }
            Move::Remove => {
                workflows.remove(template)?;
                ("workflow_removed", "was removed")
            }
        };
        let line = line(app, template, action, done);
        if store(app, tenant, &before, &mut settings, &line).await? {
            wake::waiting(app, tenant, &Condition::Settings.as_text()).await?;
            return Ok(View { company: Some(company), settings });
        }
    }
    Err(contended().into())
}

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

/// Which of the chosen entries cannot be used. One metered read for each list concerned.
pub(crate) async fn unusable(
    client: &Client,
    access: &Access,
    company: &Company,
    chosen: &[Chosen],
) -> Result<Vec<Unusable>, quickbooks::Error> {
    Ok(look(client, access, company, chosen).await?.unusable)
}

/// What became of looking at chosen entries.
struct Look {
    entries: Vec<(List, Entry)>,
    unusable: Vec<Unusable>,
}

async fn look(
    client: &Client,
    access: &Access,
    company: &Company,
    chosen: &[Chosen],
) -> Result<Look, quickbooks::Error> {
    let entries = entries_of(client, access, chosen).await?;
    let home = company.currency.as_str();
    let unusable = |(field, item, choice): &Chosen| {
        let entry =
            entries.iter().find(|(list, entry)| *list == list_of(*field) && entry.id == choice.id);
        let entry = entry.map(|(_, entry)| entry.clone());
        let fits = entry.as_ref().is_some_and(|entry| field.suits(entry, home));
        (!fits).then(|| Unusable {
            field: *field,
            item: item.clone(),
            choice: choice.clone(),
            entry,
        })
    };
    let unusable = chosen.iter().filter_map(unusable).collect();
    Ok(Look { entries, unusable })
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

/// Notes on a workflow that one of its choices cannot be used any more. The settings as they are then; `None` when
/// somebody changed them meanwhile.
pub(crate) async fn note_problem(
    app: &App,
    tenant: &TenantId,
    settings: &Settings,
    company: &CompanyId,
    template: Template,
    reason: &Reason,
) -> Result<Option<Settings>, Error> {
    let mut next = settings.clone();
    let workflows = next.companies.get_mut(company);
    let Some(setup) = workflows.and_then(|workflows| workflows.0.get_mut(&template)) else {
        return Ok(None);
    };
    setup.problem = Some(reason.clone());
    let line = HistoryLine::about_tenant(
        app.clock.now(),
        "workflow_problem",
        format!("{}: {}", template.title(), reason.message),
    );
    Ok(store(app, tenant, settings, &mut next, &line).await?.then_some(next))
}

/// The values of the given fields, with the names of the entries behind ids.
async fn look_up(
    app: &App,
    tenant: &TenantId,
    fields: &[(Field, Option<Given>)],
) -> Result<Vec<(Field, Option<Value>)>, SaveError> {
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
        return Ok(values);
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
    Ok(values)
}

/// What was chosen long ago may have gone since.
async fn look_again(
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
    let company = reader.connection.company.clone();
    let asked =
        reader.ask(async |client, access| look(client, access, &company, chosen).await).await?;
    let refused = |error| Error::Unavailable("QuickBooks", Box::new(error));
    let Look { entries, unusable } = asked.map_err(refused)?;
    if unusable.is_empty() {
        Ok(entries)
    } else {
        Err(SaveError::Fields(unusable.iter().map(Unusable::told).collect()))
    }
}

/// The entries behind the choices, list by list.
async fn entries_of(
    client: &Client,
    access: &Access,
    chosen: &[Chosen],
) -> Result<Vec<(List, Entry)>, quickbooks::Error> {
    let mut wanted: BTreeMap<&'static str, (List, Vec<ObjectId>)> = BTreeMap::new();
    for (field, _, choice) in chosen {
        let list = list_of(*field);
        let ids = &mut wanted.entry(list.as_str()).or_insert((list, Vec::new())).1;
        if !ids.contains(&choice.id) {
            ids.push(choice.id.clone());
        }
    }
    let mut entries = Vec::new();
    for (list, ids) in wanted.into_values() {
        let found = back_end::entries_with_ids(client, access, list, &ids).await?;
        entries.extend(found.into_iter().map(|entry| (list, entry)));
    }
    Ok(entries)
}

fn list_of(field: Field) -> List {
    match field.kind() {
        Kind::Entry(list) | Kind::Entries(list) => list,
        Kind::Word(_) | Kind::Day | Kind::Text(_) => {
            unreachable!("only fields with entries are looked up")
        }
    }
}

pub(crate) async fn load(
    app: &App,
    tenant: &TenantId,
) -> Result<(Settings, Option<Connection>), Error> {
    let keys = Keys { connection: true, settings: true, ..Keys::default() };
    let loaded = app.table.load(tenant, &keys).await?;
    Ok((loaded.settings, loaded.connection))
}

/// Stores settings that changed. False: somebody else changed them meanwhile.
pub(crate) async fn store(
    app: &App,
    tenant: &TenantId,
    before: &Settings,
    settings: &mut Settings,
    line: &HistoryLine,
) -> Result<bool, Error> {
    if settings == before {
        return Ok(true);
    }
    settings.schema = domain::settings::SCHEMA;
    settings.revision += 1;
    match app.table.save_settings(tenant, settings, line).await {
        Ok(()) => Ok(true),
        Err(TableError::Conflict) => Ok(false),
        Err(TableError::Table(error)) => Err(error.into()),
    }
}

fn line(app: &App, template: Template, action: &str, done: &str) -> HistoryLine {
    let description = format!("The workflow \"{}\" {done}.", template.title());
    HistoryLine::about_tenant(app.clock.now(), action, description)
}

pub(crate) fn contended() -> Error {
    Error::Unavailable("the settings", "others change them all the time".into())
}
