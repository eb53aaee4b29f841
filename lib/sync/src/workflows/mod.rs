//! The tenant's workflows: configured from templates, applied, run and paused. Every chosen account, item, class and term
//! is looked at in QuickBooks before it is stored, and again when QuickBooks refuses a document for it.

mod choices;

use std::collections::BTreeMap;

use aws::table::{Keys, SaveError as TableError};
use domain::connection::{Company, Connection};
use domain::history::HistoryLine;
use domain::id::{CompanyId, HostId, ObjectId, TenantId};
use domain::reason::Reason;
use domain::settings::{Configuration, Refusal, Settings, Stage};
use domain::template::{Field, Template};
use jiff::civil::Date;

use crate::reading::ReadError;
use crate::{App, Error, wake};
use choices::{look_again, look_up};

pub(crate) use choices::{Chosen, Unusable, chosen, judged, list_of, unusable};

/// Looks again this often when others change the settings at the same time.
pub(crate) const LOOKS: usize = 4;

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
    /// Choices can only be made while QuickBooks accepts the connection.
    #[error("the company has to be connected again")]
    NeedsReconnect,
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<ReadError> for SaveError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotConnected => Self::NotConnected,
            ReadError::NeedsReconnect => Self::NeedsReconnect,
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
    let (mut settings, connection) = load(app, tenant).await?;
    wake::settings(app, tenant, &mut settings).await?;
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
        let (looked_at, values) = match &values {
            Some(values) => values,
            None => values.insert(look_up(app, tenant, &change.fields).await?),
        };
        if looked_at.as_ref().is_some_and(|looked_at| *looked_at != company.id) {
            return Err(SaveError::OtherCompany(Box::new(company)));
        }
        let setup = workflows.0.get(&template).cloned().unwrap_or_default();
        let mut configuration = setup.configuration;
        for (field, value) in values {
            configuration.set(*field, value.clone());
        }
        in_order(&configuration)?;
        workflows.configure(template, configuration)?;
        if setup.problem.is_some() {
            // Another choice than the one that is saved may be the trouble.
            look_again(app, tenant, workflows, template).await?;
        }
        settings.wake_pending |= setup.stage == Stage::Active;
        let done = if created { "was set up" } else { "was saved" };
        let line = line(app, template, "workflow_saved", done);
        if store(app, tenant, &before, &mut settings, &line).await? {
            wake::settings(app, tenant, &mut settings).await?;
            return Ok(Saved { view: View { company: Some(company), settings }, created });
        }
    }
    Err(Error::contended("the settings").into())
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
        // Also when it ran already: a person who presses again wants what waits to go on.
        settings.wake_pending |= step == Move::Run;
        let line = line(app, template, action, done);
        if store(app, tenant, &before, &mut settings, &line).await? {
            wake::settings(app, tenant, &mut settings).await?;
            return Ok(View { company: Some(company), settings });
        }
    }
    Err(Error::contended("the settings").into())
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

pub(crate) async fn load(
    app: &App,
    tenant: &TenantId,
) -> Result<(Settings, Option<Connection>), Error> {
    let keys = Keys { connection: true, settings: true, ..Keys::default() };
    let loaded = app.table.load(tenant, &keys).await?;
    Ok((loaded.settings, loaded.connection))
}

/// Stores settings that changed, with a line of history if they say something else. False: somebody else changed them
/// meanwhile.
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
    let wakes_only = Settings { wake_pending: before.wake_pending, ..settings.clone() } == *before;
    settings.schema = domain::settings::SCHEMA;
    settings.revision += 1;
    let line = (!wakes_only).then_some(line);
    match app.table.save_settings(tenant, settings, line, app.clock.now()).await {
        Ok(()) => Ok(true),
        Err(TableError::Conflict) => Ok(false),
        Err(TableError::Table(error)) => Err(error.into()),
    }
}

/// A filter that ends before it begins would leave everything out.
fn in_order(configuration: &Configuration) -> Result<(), SaveError> {
    let days = (configuration.day(Field::FilterFrom), configuration.day(Field::FilterTo));
    match days {
        (Some(from), Some(to)) if to < from => Err(SaveError::Fields(vec![BadField {
            field: Field::FilterTo,
            item: None,
            message: format!("The filter ends on {to}, before it begins on {from}."),
            remedy: "Choose a last day that is not before the first.".to_owned(),
        }])),
        _ => Ok(()),
    }
}

fn line(app: &App, template: Template, action: &str, done: &str) -> HistoryLine {
    let description = format!("The workflow \"{}\" {done}.", template.title());
    HistoryLine::about_tenant(app.clock.now(), action, description)
}
