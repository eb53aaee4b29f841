//! Many records at once: `POST /tenants/{tenant}/imports`, what people do with one, and how it stands.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::import::{Import, ImportId, Problem as BadLine};
use domain::reason::Reason;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sync::imports::{self, CommandError};

use super::Routes;
use super::filters::Filters;
use crate::answer;
use crate::body;
use crate::body::shape::shape;
use crate::cursor;
use crate::deployment::Deployment;
use crate::http::{ImportPath, JsonBody, NewImport, Query, TenantPath};
use crate::local;
#[cfg(test)]
use crate::openapi::{
    Operation, reads,
    value::{Cursor, Limit, Nothing},
    words,
};
use crate::problem::Problem;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ImportAnswer"))]
struct Body<'a> {
    import: View<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ImportToUpload"))]
struct UploadBody<'a> {
    import: View<'a>,
    /// Where the file goes.
    upload: UploadView<'a>,
}

/// How a client uploads the file: past the functions, so that it may be large.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Upload"))]
struct UploadView<'a> {
    /// `PUT`, with the file as the body.
    method: &'static str,
    /// The address. Whoever knows it can upload; it needs no key.
    url: &'a str,
    /// Until when.
    expires_at: Timestamp,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ImportPage"))]
struct Listed<'a> {
    /// The newest first.
    imports: Vec<View<'a>>,
    /// The `cursor` of the next page, unless this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ImportProblemPage"))]
struct Problems<'a> {
    /// In the order of the file; the first 1,000 are kept.
    problems: Vec<ProblemView<'a>>,
    /// The `cursor` of the next page, unless this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A line that could not be taken.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ImportProblem"))]
struct ProblemView<'a> {
    /// Its number, from 1.
    line: u64,
    /// The kind of record, as far as it could be read.
    kind: Option<&'a str>,
    /// The host's id of the record, as far as it could be read.
    id: Option<&'a str>,
    /// Stable, for programs: as a `PUT` of the record would be refused.
    code: &'a str,
    /// What is the matter, and how to send it right.
    message: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Import"))]
struct View<'a> {
    /// Names it within its tenant.
    id: &'a str,
    /// What people call it.
    name: Option<&'a str>,
    /// Where it stands.
    #[cfg_attr(test, schemars(with = "words::ImportState"))]
    state: &'static str,
    /// Why it rests, where a person did not pause it; or, while it runs, what it waits for.
    #[cfg_attr(test, schemars(with = "Option<words::Reason>"))]
    reason: Option<&'a Reason>,
    /// When it was made.
    created_at: Timestamp,
    /// When it began.
    started_at: Option<Timestamp>,
    /// When it ended.
    finished_at: Option<Timestamp>,
    /// The length of its file, once it began.
    bytes: Option<u64>,
    /// Lines of its file. Empty ones do not count.
    lines: LinesView,
    /// Records of good lines.
    records: RecordsView,
    /// How it gets on; `null` while nobody works on it.
    progress: Option<ProgressView>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ImportLines"))]
struct LinesView {
    /// Those that were looked at.
    read: u64,
    /// Those that can be posted.
    good: u64,
    /// Those that cannot.
    bad: u64,
}

/// What became of each record when the import came to it. What is queued or blocked goes on by itself afterwards.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ImportRecords"))]
struct RecordsView {
    /// As many as there are good lines so far.
    total: u64,
    /// Those that the import came to.
    done: u64,
    /// Those that it has still to come to.
    left: u64,
    /// In QuickBooks now.
    posted: u64,
    /// Had been posted before, by a call or another import.
    unchanged: u64,
    /// Wait for time, and go on by themselves.
    queued: u64,
    /// Wait until somebody has done something.
    blocked: u64,
    /// Cannot be posted as they are.
    rejected: u64,
    /// Wait until a person asks for them.
    held: u64,
    /// Are not to be posted, by a rule of the workflow.
    skipped: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ImportProgress"))]
struct ProgressView {
    /// First all lines are looked at, then bills and disbursements are posted, then payments.
    #[cfg_attr(test, schemars(with = "words::ImportPhase"))]
    phase: &'static str,
    /// Lines or records a minute, lately.
    per_minute: u64,
    /// Until all lines are looked at, or all records are come to; `null` while nobody can tell.
    seconds_left: Option<u64>,
}

shape! {
    /// Which imports or problems are asked for.
    ImportQuery {
        /// Entries of a page.
        optional limit: Limit,
        /// `next` of the page before.
        optional cursor: Cursor,
    }
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/tenants/{tenant}/imports", get(list).post(create))
        .route("/tenants/{tenant}/imports/{import}", get(show))
        .route("/tenants/{tenant}/imports/{import}/problems", get(problems))
        .route("/tenants/{tenant}/imports/{import}/start", post(start))
        .route("/tenants/{tenant}/imports/{import}/pause", post(pause))
        .route("/tenants/{tenant}/imports/{import}/resume", post(resume))
        .route("/tenants/{tenant}/imports/{import}/cancel", post(cancel))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use crate::body::import::ImportShape;
    use crate::http::MAX_LINES_BYTES;
    use domain::import::State;
    use http::Method;
    const ALL: &str = "/tenants/{tenant}/imports";
    const ONE: &str = "/tenants/{tenant}/imports/{import}";
    const PROBLEMS: &str = "/tenants/{tenant}/imports/{import}/problems";
    const START: &str = "/tenants/{tenant}/imports/{import}/start";
    const PAUSE: &str = "/tenants/{tenant}/imports/{import}/pause";
    const RESUME: &str = "/tenants/{tenant}/imports/{import}/resume";
    const CANCEL: &str = "/tenants/{tenant}/imports/{import}/cancel";
    const LINES: &str = "A record on each line: `{\"kind\":\"bill\",\"id\":\"B-1\",\"record\":{…}}`, where the kind is bill, payment or disbursement, and the record is the body of its PUT.";
    const AGAIN: &str = "Repeating is harmless.";
    let command = |path, id, summary| {
        Operation::new(Method::POST, path, id, summary)
            .may_take::<Nothing>(reads!(body::nothing), &[])
            .refuses(Problem::unknown_import())
            .refuses(Problem::import_not_now(State::Cancelled))
            .refuses(Problem::import_not_now(State::Done))
    };
    let hindered = |operation: Operation| {
        operation
            .refuses(Problem::hindered(Reason::import_not_connected(false)))
            .refuses(Problem::hindered(Reason::import_needs_reconnect(false)))
            .refuses(Problem::hindered(Reason::import_without_any_workflow(false)))
    };
    vec![
        hindered(
            Operation::new(Method::POST, ALL, "create_import", "Import many records")
                .about("With the lines themselves it begins at once. Without them it answers where the file is to be uploaded; then it is started.")
                .may_take::<ImportShape>(reads!(body::import), &["import/create-import.json"])
                .takes_lines(LINES, MAX_LINES_BYTES)
                .answers::<UploadBody<'_>>(StatusCode::CREATED, "It waits for its file.")
                .answers::<Body<'_>>(StatusCode::ACCEPTED, "It was begun."),
        ),
        Operation::new(Method::GET, ALL, "list_imports", "The imports of a tenant")
            .asks::<ImportQuery>()
            .answers::<Listed<'_>>(StatusCode::OK, "A page."),
        Operation::new(Method::GET, ONE, "get_import", "Where an import stands")
            .answers::<Body<'_>>(StatusCode::OK, "How it stands.")
            .refuses(Problem::unknown_import()),
        Operation::new(Method::GET, PROBLEMS, "list_import_problems", "Lines that could not be taken")
            .asks::<ImportQuery>()
            .answers::<Problems<'_>>(StatusCode::OK, "A page.")
            .refuses(Problem::unknown_import()),
        hindered(
            command(START, "start_import", "The file is uploaded: begin")
                .about("Asked for again, an import that is under way is only sent for once more.")
                .answers::<Body<'_>>(StatusCode::ACCEPTED, "It was begun.")
                .refuses(Problem::no_file())
                .refuses(Problem::hindered(Reason::import_file_too_large())),
        ),
        command(PAUSE, "pause_import", "Let an import rest")
            .about(AGAIN)
            .answers::<Body<'_>>(StatusCode::OK, "It begins nothing more. What it is at comes to its end."),
        hindered(
            command(RESUME, "resume_import", "Let an import go on")
                .about("Repeating is harmless. An import whose file was replaced or is gone fails.")
                .refuses(Problem::hindered(Reason::import_file_replaced()))
                .refuses(Problem::hindered(Reason::import_file_missing()))
                .answers::<Body<'_>>(StatusCode::OK, "It goes on where it was."),
        ),
        command(CANCEL, "cancel_import", "End an import")
            .about(AGAIN)
            .answers::<Body<'_>>(StatusCode::OK, "It begins nothing more. What is in QuickBooks stays there."),
    ]
}

async fn create(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    body: NewImport,
) -> Result<Response, Problem> {
    local::run(async move {
        let app = &deployment.app;
        let name = match body {
            NewImport::Lines(lines) => {
                let begun = imports::create_with(app, &tenant, &lines).await.map_err(refuse)?;
                return Ok(answered(StatusCode::ACCEPTED, &begun));
            }
            NewImport::Described(body) => body.0.as_ref().map_or(Ok(None), body::import)?,
        };
        let made = imports::create(app, &tenant, name).await;
        let made = made.map_err(|error| answer::refuse(error, "tenant"))?;
        let upload = UploadView { method: "PUT", url: &made.address, expires_at: made.expires_at };
        let body = UploadBody { import: view(&made.import), upload };
        Ok(answer::json(StatusCode::CREATED, &body))
    })
    .await
}

async fn list(
    State(deployment): Deployed,
    TenantPath(tenant): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    let mut filters = Filters::of(&query, ImportQuery::FIELDS);
    let (limit, at) = (filters.limit(), filters.text("cursor"));
    filters.finish()?;
    let question = "imports";
    let after = at.map(|at| cursor::open(&tenant, &question, &at, ImportId::parse)).transpose()?;
    let page = imports::list(&deployment.app, &tenant, limit, after.as_ref()).await;
    let page = page.map_err(|error| answer::refuse(error, "tenant"))?;
    let next = page.next.map(|id| cursor::seal(&tenant, &question, id.as_str()));
    let imports = page.imports.iter().map(view).collect();
    Ok(answer::json(StatusCode::OK, &Listed { imports, next }))
}

async fn show(State(deployment): Deployed, at: ImportPath) -> Result<Response, Problem> {
    let import = imports::show(&deployment.app, &at.tenant, &at.id).await.map_err(refuse)?;
    Ok(answered(StatusCode::OK, &import))
}

async fn problems(
    State(deployment): Deployed,
    ImportPath { tenant, id }: ImportPath,
    query: Query,
) -> Result<Response, Problem> {
    let mut filters = Filters::of(&query, ImportQuery::FIELDS);
    let (limit, at) = (filters.limit(), filters.text("cursor"));
    filters.finish()?;
    let question = ("import_problems", &id);
    let line = |text: &str| text.parse().ok();
    let after = at.map(|at| cursor::open(&tenant, &question, &at, line)).transpose()?;
    let page = imports::problems(&deployment.app, &tenant, &id, limit, after).await;
    let (problems, next) = page.map_err(refuse)?;
    let next = next.map(|line| cursor::seal(&tenant, &question, &line.to_string()));
    let problems = problems.iter().map(problem).collect();
    Ok(answer::json(StatusCode::OK, &Problems { problems, next }))
}

async fn start(
    State(deployment): Deployed,
    at: ImportPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    local::run(async move {
        let begun = imports::start(&deployment.app, &at.tenant, &at.id).await;
        begun.map(|import| answered(StatusCode::ACCEPTED, &import)).map_err(refuse)
    })
    .await
}

async fn pause(
    State(deployment): Deployed,
    at: ImportPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    let paused = imports::pause(&deployment.app, &at.tenant, &at.id).await;
    paused.map(|import| answered(StatusCode::OK, &import)).map_err(refuse)
}

async fn resume(
    State(deployment): Deployed,
    at: ImportPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    local::run(async move {
        let resumed = imports::resume(&deployment.app, &at.tenant, &at.id).await;
        resumed.map(|import| answered(StatusCode::OK, &import)).map_err(refuse)
    })
    .await
}

async fn cancel(
    State(deployment): Deployed,
    at: ImportPath,
    body: JsonBody,
) -> Result<Response, Problem> {
    body.0.as_ref().map_or(Ok(()), body::nothing)?;
    local::run(async move {
        let cancelled = imports::cancel(&deployment.app, &at.tenant, &at.id).await;
        cancelled.map(|import| answered(StatusCode::OK, &import)).map_err(refuse)
    })
    .await
}

fn refuse(error: CommandError) -> Problem {
    match error {
        CommandError::Unknown => Problem::unknown_import(),
        CommandError::NotNow(error) => Problem::import_not_now(error.0),
        CommandError::NoFile => Problem::no_file(),
        CommandError::Hindered(reason) => Problem::hindered(reason),
        CommandError::Other(error) => answer::refuse(error, "import"),
    }
}

fn answered(status: StatusCode, import: &Import) -> Response {
    answer::json(status, &Body { import: view(import) })
}

fn view(import: &Import) -> View<'_> {
    let (lines, records) = (&import.lines, &import.records);
    let progress = import.runs().then(|| ProgressView {
        phase: import.phase.as_str(),
        per_minute: import.per_minute(),
        seconds_left: import.seconds_left(),
    });
    View {
        id: import.id.as_str(),
        name: import.name.as_deref(),
        state: import.state.as_str(),
        reason: import.reason.as_ref(),
        created_at: import.created_at,
        started_at: import.started_at,
        finished_at: import.finished_at,
        bytes: import.file.as_ref().map(|file| file.bytes),
        lines: LinesView { read: lines.read, good: lines.records(), bad: lines.bad },
        records: RecordsView {
            total: lines.records(),
            done: records.done(),
            left: import.left(),
            posted: records.posted,
            unchanged: records.unchanged,
            queued: records.queued,
            blocked: records.blocked,
            rejected: records.rejected,
            held: records.held,
            skipped: records.skipped,
        },
        progress,
    }
}

fn problem(problem: &BadLine) -> ProblemView<'_> {
    ProblemView {
        line: problem.line,
        kind: problem.kind.as_deref(),
        id: problem.id.as_deref(),
        code: &problem.code,
        message: &problem.message,
    }
}
