//! What people do with imports: make one, begin it, look at it, let it rest, go on, end it.

use aws::files;
use aws::queues::{Message, Queue};
use aws::table::ImportPage;
use domain::connection::Status;
use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::import::{
    Command, FILE_BYTES_AT_MOST, File, Import, ImportId, NotNow, Phase, Problem, State,
};
use domain::posting::Workflow;
use domain::reason::Reason;
use jiff::Timestamp;

use super::work::missed_at;
use crate::{App, Error, chain, workflows};

/// An import that changes under every look is changed by a machine gone wild.
const LOOKS: usize = 8;

/// An import whose file is still to come.
#[derive(Debug, Clone)]
pub struct Uploading {
    /// The import.
    pub import: Import,
    /// Where the file is to be `PUT`.
    pub address: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Why an import does not do what a person wants.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no such import.
    #[error("no such import")]
    Unknown,
    /// It is not possible where the import stands.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// Its file is not there yet.
    #[error("the file is not there yet")]
    NoFile,
    /// Nothing could be posted, for this reason.
    #[error("the import cannot go on: {}", .0.code)]
    Hindered(Reason),
    /// Something else failed.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<aws::table::Error> for CommandError {
    fn from(error: aws::table::Error) -> Self {
        Self::Other(error.into())
    }
}

impl From<files::Error> for CommandError {
    fn from(error: files::Error) -> Self {
        match error {
            files::Error::Missing => Self::NoFile,
            error => Self::Other(error.into()),
        }
    }
}

/// Makes an import whose file a client uploads.
pub async fn create(
    app: &App,
    tenant: &TenantId,
    name: Option<String>,
) -> Result<Uploading, Error> {
    let now = app.clock.now();
    let mut import = Import::new(ImportId::new(now, &app.clock.unique()), name, now);
    import.revision = 1;
    let address = app.files.upload_address(tenant, &import.id, now).await?;
    if !app.table.put_import(tenant, &import, None).await? {
        return Err(Error::contended("the import"));
    }
    Ok(Uploading { import, address, expires_at: now + files::UPLOAD_WITHIN })
}

/// Makes an import of these lines, and begins it.
pub async fn create_with(
    app: &App,
    tenant: &TenantId,
    lines: &[u8],
) -> Result<Import, CommandError> {
    if let Some(reason) = hindrance(app, tenant, None).await? {
        return Err(CommandError::Hindered(reason));
    }
    let now = app.clock.now();
    let mut import = Import::new(ImportId::new(now, &app.clock.unique()), None, now);
    let file = app.files.write(tenant, &import.id, lines, now).await?;
    import.obey(Command::Start(file), now)?;
    import.revision = 1;
    import.missed_at = Some(missed_at(app, 0));
    let line = line(now, &import, "import_started", "was begun");
    if !app.table.put_import(tenant, &import, Some(&line)).await? {
        return Err(Error::contended("the import").into());
    }
    enqueue(app, tenant, &import.id).await?;
    Ok(import)
}

/// The file is there: the import begins. Asked for again, an import that runs is only sent for once more.
pub async fn start(app: &App, tenant: &TenantId, id: &ImportId) -> Result<Import, CommandError> {
    let stored = show(app, tenant, id).await?;
    let file = if stored.state == State::AwaitingFile {
        let file = app.files.find(tenant, id, app.clock.now()).await?;
        let file = file.ok_or(CommandError::NoFile)?;
        if file.bytes > FILE_BYTES_AT_MOST {
            return Err(CommandError::Hindered(Reason::import_file_too_large()));
        }
        if let Some(reason) = hindrance(app, tenant, None).await? {
            return Err(CommandError::Hindered(reason));
        }
        file
    } else {
        // What it began with counts.
        stored.file.unwrap_or(File { tag: String::new(), bytes: 0 })
    };
    let command = Command::Start(file);
    command_and_send(app, tenant, id, command, "import_started", "was begun").await
}

/// It rests until somebody resumes it. What is being posted comes to its end.
pub async fn pause(app: &App, tenant: &TenantId, id: &ImportId) -> Result<Import, CommandError> {
    amend(app, tenant, id, &Command::Pause, "import_paused", "was paused").await
}

/// It goes on where it was.
pub async fn resume(app: &App, tenant: &TenantId, id: &ImportId) -> Result<Import, CommandError> {
    let stored = show(app, tenant, id).await?;
    if let Some(reason) = hindrance(app, tenant, Some(&stored)).await? {
        return Err(CommandError::Hindered(reason));
    }
    if matches!(stored.state, State::Paused | State::Failed)
        && let Some(reason) = unusable(app, tenant, &stored).await?
    {
        fail(app, tenant, id, &reason).await?;
        return Err(CommandError::Hindered(reason));
    }
    command_and_send(app, tenant, id, Command::Resume, "import_resumed", "was resumed").await
}

/// Why an import cannot go on with its file: it is another one by now, or gone.
async fn unusable(
    app: &App,
    tenant: &TenantId,
    import: &Import,
) -> Result<Option<Reason>, CommandError> {
    let found = app.files.find(tenant, &import.id, app.clock.now()).await?;
    Ok(match found {
        None => Some(Reason::import_file_missing()),
        Some(file) if import.file.as_ref() != Some(&file) => Some(Reason::import_file_replaced()),
        Some(_) => None,
    })
}

/// Stores that an import cannot go on.
async fn fail(
    app: &App,
    tenant: &TenantId,
    id: &ImportId,
    reason: &Reason,
) -> Result<(), CommandError> {
    for _ in 0..LOOKS {
        let mut import = show(app, tenant, id).await?;
        if !matches!(import.state, State::Paused | State::Failed) {
            return Ok(());
        }
        let now = app.clock.now();
        import.stops(State::Failed, reason.clone(), now);
        import.revision += 1;
        let done = format!("failed: {}", reason.message.trim_end_matches('.'));
        let line = line(now, &import, "import_failed", &done);
        if app.table.put_import(tenant, &import, Some(&line)).await? {
            return Ok(());
        }
    }
    Err(Error::contended("the import").into())
}

/// It ends here. What is in QuickBooks stays there.
pub async fn cancel(app: &App, tenant: &TenantId, id: &ImportId) -> Result<Import, CommandError> {
    let done = "was cancelled; what is in QuickBooks stays there";
    let import = amend(app, tenant, id, &Command::Cancel, "import_cancelled", done).await?;
    forget_file(app, tenant, id).await;
    Ok(import)
}

/// One import.
pub async fn show(app: &App, tenant: &TenantId, id: &ImportId) -> Result<Import, CommandError> {
    app.table.import(tenant, id).await?.ok_or(CommandError::Unknown)
}

/// At most `limit` imports, the newest first, behind `after`.
pub async fn list(
    app: &App,
    tenant: &TenantId,
    limit: u32,
    after: Option<&ImportId>,
) -> Result<ImportPage, Error> {
    Ok(app.table.imports(tenant, limit, after).await?)
}

/// At most `limit` bad lines in the order of the file, behind the line `after`; and where the next page begins.
pub async fn problems(
    app: &App,
    tenant: &TenantId,
    id: &ImportId,
    limit: u32,
    after: Option<u64>,
) -> Result<(Vec<Problem>, Option<u64>), CommandError> {
    show(app, tenant, id).await?;
    Ok(app.table.import_problems(tenant, id, limit, after).await?)
}

/// A person has an import done again that was given up.
pub(crate) async fn revive(app: &App, tenant: &TenantId, id: &ImportId) -> Result<(), Error> {
    match amend(app, tenant, id, &Command::Resume, "import_resumed", "was resumed").await {
        // What ended meanwhile stays as it is.
        Ok(_) | Err(CommandError::Unknown | CommandError::NotNow(_)) => Ok(()),
        Err(CommandError::Other(error)) => Err(error),
        Err(CommandError::NoFile | CommandError::Hindered(_)) => Ok(()),
    }
}

/// Why no record of an import could be posted now. Before its lines are looked at nobody knows which kinds there are.
pub(super) async fn hindrance(
    app: &App,
    tenant: &TenantId,
    import: Option<&Import>,
) -> Result<Option<Reason>, Error> {
    let (settings, connection) = workflows::load(app, tenant).await?;
    let has_begun = import.is_some();
    let Some(connection) = connection else {
        return Ok(Some(Reason::import_not_connected(has_begun)));
    };
    match connection.status {
        Status::Connected => {}
        Status::Disconnected => return Ok(Some(Reason::import_not_connected(has_begun))),
        Status::NeedsReconnect => return Ok(Some(Reason::import_needs_reconnect(has_begun))),
    }
    let chosen = settings.workflows(&connection.company.id);
    let runs = |workflow| chosen.is_some_and(|chosen| chosen.active(workflow).is_some());
    if !Workflow::ALL.into_iter().any(runs) {
        return Ok(Some(Reason::import_without_any_workflow(has_begun)));
    }
    let Some(Import { lines, phase, .. }) = import else { return Ok(None) };
    let disbursements = runs(Workflow::BrokerageIncome) || runs(Workflow::AgentExpense);
    if lines.bills + lines.payments > 0 && !runs(Workflow::AgentBilling) {
        return Ok(Some(Reason::import_without_workflow(Workflow::AgentBilling)));
    }
    if lines.disbursements > 0 && *phase != Phase::Payments && !disbursements {
        return Ok(Some(Reason::import_without_workflow(Workflow::BrokerageIncome)));
    }
    Ok(None)
}

/// Sends the import's message.
pub(super) async fn enqueue(app: &App, tenant: &TenantId, id: &ImportId) -> Result<(), Error> {
    let message = Message::import(tenant.clone(), id.clone());
    app.queues.send(Queue::Import, &message, &app.clock.unique()).await?;
    Ok(())
}

/// A line of history about an import.
pub(super) fn line(now: Timestamp, import: &Import, action: &str, done: &str) -> HistoryLine {
    let named = import.name.as_ref().map(|name| format!(" \"{name}\"")).unwrap_or_default();
    let description = format!("The import{named} ({}) {done}.", import.id);
    HistoryLine::about_tenant(now, action, description)
}

/// The file is of no use any more. If it cannot be deleted now, the bucket does so after a while.
pub(super) async fn forget_file(app: &App, tenant: &TenantId, id: &ImportId) {
    if let Err(error) = app.files.delete(tenant, id, app.clock.now()).await {
        tracing::warn!(%tenant, error = chain(&error), "the file of an import was not deleted");
    }
}

async fn command_and_send(
    app: &App,
    tenant: &TenantId,
    id: &ImportId,
    command: Command,
    action: &str,
    done: &str,
) -> Result<Import, CommandError> {
    let import = amend(app, tenant, id, &command, action, done).await?;
    if import.runs() {
        enqueue(app, tenant, id).await?;
    }
    Ok(import)
}

async fn amend(
    app: &App,
    tenant: &TenantId,
    id: &ImportId,
    command: &Command,
    action: &str,
    done: &str,
) -> Result<Import, CommandError> {
    for _ in 0..LOOKS {
        let mut import = show(app, tenant, id).await?;
        let now = app.clock.now();
        if !import.obey(command.clone(), now)? {
            return Ok(import);
        }
        if import.runs() {
            import.missed_at = Some(missed_at(app, 0));
        }
        import.revision += 1;
        let line = line(now, &import, action, done);
        if app.table.put_import(tenant, &import, Some(&line)).await? {
            return Ok(import);
        }
    }
    Err(Error::contended("the import").into())
}
