//! The other passes: the records of some kinds are posted, many at once, in one stream that lasts as long as the
//! invocation has time.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::id::{HostId, TenantId};
use domain::import::{Fate, Import, Line as FileLine, PROBLEMS_KEPT, Phase, Problem, Window};
use domain::posting::{Outcome, PostingKey, State, Wish};
use domain::reason::{Failure, Reason};
use domain::record::RecordKind;
use jiff::Timestamp;

use super::desk::{Desk, Stop};
use super::source::{Source, Unreadable};
use super::validate::{problem, read};
use super::work::Ended;
use super::{BadLine, Line};
use crate::posting::Stream;
use crate::{Answer, App, Error, chain, disbursement, panic, posting};

/// Records that are worked on at the same time: five full batches, since QuickBooks takes seconds for one and allows forty a
/// minute. Each keeps about a hundred kilobytes.
const AT_ONCE: usize = 150;
/// So many records in a row that QuickBooks did not answer, a batch of them, are an outage. Fewer may be about themselves.
const OUTAGE: usize = quickbooks::BATCH_ITEMS_AT_MOST;
/// For so long the records that were begun may take with each other, besides the time of one call: ten batches, a few of
/// them not full. Those that are left then go on in their queues, ten at a time at most.
const TO_COME_TO_AN_END: Duration = Duration::from_secs(20);

/// A record that came to the end of this look.
struct Done {
    /// Its place in the window.
    ticket: u64,
    number: u64,
    kind: RecordKind,
    id: HostId,
    seen: Result<Vec<Answer>, Error>,
}

/// What became of a line.
struct Counted {
    fate: Fate,
    problem: Option<Problem>,
}

/// Posts the records behind the mark that the import's phase is for, as far as the invocation's time goes.
pub(super) async fn post(desk: &mut Desk<'_>) -> Result<Ended, Stop> {
    let (app, tenant) = (desk.app, desk.tenant);
    let mut pass = Pass {
        app,
        tenant,
        phase: desk.import.phase,
        began_at: desk.import.started_at.unwrap_or(desk.import.created_at),
        source: Source::behind_the_mark(app, tenant, &desk.import),
        stream: Stream::new(),
        window: Window::default(),
        in_work: BTreeSet::new(),
        next: None,
        unanswered: 0,
        ended: None,
    };
    let mut stop = None;
    loop {
        pass.take_lines().await;
        let Some(done) = pass.stream.next().await else { break };
        pass.note(done);
        if desk.is_due() && stop.is_none() {
            let problems = pass.settle(&mut desk.import);
            let stored = async {
                desk.keep(&problems).await?;
                desk.note().await
            };
            // Who lost the import, or is to rest, begins nothing more; what was begun comes to its end.
            if let Err(stopped) = pass.stream.meanwhile(stored).await {
                pass.ended.get_or_insert(Ended::OutOfTime);
                stop = Some(stopped);
            }
        }
    }
    let problems = pass.settle(&mut desk.import);
    match stop {
        None => {
            desk.keep(&problems).await?;
            desk.note().await?;
            Ok(pass.ended.unwrap_or(Ended::Pass))
        }
        Some(Stop::Rests) => {
            // If a person had it rest, how far it came is stored all the same.
            desk.keep(&problems).await?;
            desk.note().await?;
            Err(Stop::Rests)
        }
        Some(stopped) => Err(stopped),
    }
}

struct Pass<'a> {
    app: &'a App,
    tenant: &'a TenantId,
    phase: Phase,
    /// What was posted since then was posted by this import.
    began_at: Timestamp,
    source: Source<'a>,
    stream: Stream<'a, Done>,
    window: Window<Counted>,
    /// Never the same record twice at the same time.
    in_work: BTreeSet<(RecordKind, HostId)>,
    /// A line whose record is in work.
    next: Option<(FileLine, Line)>,
    /// Records that QuickBooks did not answer since it took the last one.
    unanswered: usize,
    /// Why no more lines are taken.
    ended: Option<Ended>,
}

impl Pass<'_> {
    /// Begins with as many records as can be worked on.
    async fn take_lines(&mut self) {
        while self.ended.is_none() && self.stream.running() < AT_ONCE {
            if !self.app.has_time_for_a_call_after(TO_COME_TO_AN_END) {
                self.ended = Some(Ended::OutOfTime);
                return;
            }
            let Some((line, record)) = self.next_record().await else { return };
            let key = (record.kind, record.id.clone());
            if !self.in_work.insert(key) {
                self.next = Some((line, record));
                return;
            }
            let ticket = self.window.begin(line.end);
            let number = line.number();
            self.stream.begin(submit(self.app, self.tenant, ticket, number, record));
        }
    }

    /// The next line with a record for this pass. None: at the end of the file, or it cannot be read.
    async fn next_record(&mut self) -> Option<(FileLine, Line)> {
        if let Some(waiting) = self.next.take() {
            return Some(waiting);
        }
        loop {
            if self.source.is_dry() {
                // Long stretches of another pass's lines take time as well.
                if !self.app.has_time_for_a_call_after(TO_COME_TO_AN_END) {
                    self.ended = Some(Ended::OutOfTime);
                    return None;
                }
                let filled = self.stream.meanwhile(self.source.fill()).await;
                self.ended = match filled {
                    Ok(()) => continue,
                    Err(Unreadable::Missing) => Some(Ended::FileMissing),
                    Err(Unreadable::Replaced) => Some(Ended::FileReplaced),
                    Err(Unreadable::Error(error)) => Some(Ended::Failed(error)),
                };
                return None;
            }
            let line = self.source.next()?;
            match read(&line, self.app.read_line) {
                Some(Ok(record)) if self.phase.takes(record.kind) => return Some((line, record)),
                // It is another pass's, or bad, which was told.
                _ => self.window.pass(line.end),
            }
        }
    }

    /// Takes in what became of a record.
    fn note(&mut self, done: Done) {
        let Done { ticket, number, kind, id, seen } = done;
        let told = |code: &str, message: String| {
            let bad = BadLine {
                kind: Some(kind.as_str().to_owned()),
                id: Some(id.to_string()),
                code: code.to_owned(),
                message,
            };
            Counted { fate: Fate::Rejected, problem: Some(problem(number, bad)) }
        };
        let counted = match seen {
            Ok(answers) => {
                if let Some(ended) = hindered(&answers).or_else(|| self.outage(&answers)) {
                    self.ended.get_or_insert(ended);
                }
                let fates = answers.iter().map(|answer| fate(answer, self.began_at));
                Counted { fate: fates.max().unwrap_or(Fate::Unchanged), problem: None }
            }
            Err(Error::VersionReused { known }) => told(
                "version_reused",
                format!(
                    "Version {known} of this record is known with different content. Give every change a higher version: at least {}.",
                    known.saturating_add(1)
                ),
            ),
            Err(Error::Internal(what, source)) => {
                let tenant = self.tenant;
                let error = Error::Internal(what, source);
                tracing::error!(%tenant, kind = kind.as_str(), %id, error = chain(&error), "a record of an import failed");
                let reason = Failure::internal().reason;
                told(&reason.code, format!("{} {}", reason.message, reason.remedy))
            }
            // It passes with time. The mark stays before this line, so that it is come to again.
            Err(error) => {
                self.in_work.remove(&(kind, id));
                self.ended.get_or_insert(Ended::Failed(error));
                return;
            }
        };
        self.in_work.remove(&(kind, id));
        self.window.done(ticket, counted);
    }

    /// Whether QuickBooks answers nobody any more.
    fn outage(&mut self, answers: &[Answer]) -> Option<Ended> {
        if answers.iter().any(|answer| fate(answer, self.began_at) == Fate::Posted) {
            self.unanswered = 0;
        }
        let reason =
            answers.iter().filter_map(why_it_waits).find(|reason| reason.is_an_outage())?;
        self.unanswered += 1;
        (self.unanswered >= OUTAGE).then(|| Ended::Outage(reason.clone()))
    }

    /// Moves the import's mark, and counts what it passes.
    fn settle(&mut self, import: &mut Import) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut mark = import.mark;
        self.window.advance(&mut mark, |counted| {
            import.counts(counted.fate);
            if let Some(problem) = counted.problem.filter(|_| import.problems < PROBLEMS_KEPT) {
                import.problems += 1;
                problems.push(problem);
            }
        });
        import.mark = mark;
        problems
    }
}

/// Posts a record as if the host had sent it because a person wants it.
async fn submit(app: &App, tenant: &TenantId, ticket: u64, number: u64, line: Line) -> Done {
    let Line { kind, id, record, changes } = line;
    let work = async {
        let wish = Wish::PERSON;
        match kind {
            RecordKind::Disbursement => {
                disbursement::submit(app, tenant, id.clone(), record, changes, wish).await
            }
            RecordKind::Bill | RecordKind::Payment => {
                let key = PostingKey::of_record(kind, id.clone());
                let answer = posting::submit(app, tenant, key, record, changes, wish).await;
                answer.map(|answer| vec![answer])
            }
        }
    };
    let seen = panic::catch(work).await;
    let seen = seen.unwrap_or_else(|panicked| Err(Error::Internal("a record", Box::new(panicked))));
    Done { ticket, number, kind, id, seen }
}

/// What became of a posting. What was posted since the import began counts as posted, also when it is come to again.
fn fate(answer: &Answer, began_at: Timestamp) -> Fate {
    let posting = &answer.posting;
    match (answer.outcome, posting.state) {
        (Some(Outcome::Created | Outcome::Updated | Outcome::Voided), _) => Fate::Posted,
        (Some(Outcome::Unchanged), State::Posted)
            if posting.posted.as_ref().is_some_and(|posted| posted.at >= began_at) =>
        {
            Fate::Posted
        }
        (Some(Outcome::Unchanged | Outcome::Superseded), _) => Fate::Unchanged,
        (None, State::Blocked) => Fate::Blocked,
        (None, State::Rejected) => Fate::Rejected,
        (None, State::Held) => Fate::Held,
        (None, State::Skipped) => Fate::Skipped,
        (None, State::Expected | State::Queued | State::Posting) => Fate::Queued,
        (None, State::Posted) => Fate::Unchanged,
    }
}

/// Why more records would only wait. Of a disbursement some parts may be posted while others wait for their workflow.
fn hindered(answers: &[Answer]) -> Option<Ended> {
    let waits_for = |answer: &Answer, codes: &[&str]| {
        why_it_waits(answer).is_some_and(|reason| codes.contains(&reason.code.as_ref()))
    };
    if answers.iter().any(|answer| waits_for(answer, &["throttled"])) {
        return Some(Ended::Paused);
    }
    let lost = ["not_connected", "needs_reconnect", "workflow_not_active", "workflow_paused"];
    let all_wait = answers.iter().all(|answer| waits_for(answer, &lost));
    (all_wait && !answers.is_empty()).then_some(Ended::Hindered)
}

fn why_it_waits(answer: &Answer) -> Option<&Reason> {
    answer.posting.reason.as_ref().filter(|_| answer.outcome.is_none())
}
