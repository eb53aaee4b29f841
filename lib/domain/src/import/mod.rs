//! Imports: many records of one tenant from one file, one to a line; the life of an import and how far it has come.
//!
//! A file is read in passes: the first looks whether every line is good, the second posts bills and disbursements, the
//! third the payments on them. In each pass there is a mark before which all lines are done. Counts belong to the mark:
//! what lies behind it may be done twice after a crash, and is counted once.

mod lines;
mod progress;
#[cfg(test)]
mod tests;
mod window;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::reason::Reason;
use crate::record::RecordKind;

pub use lines::{Cutter, Fault, LINE_BYTES_AT_MOST, Line};
pub use progress::{Fate, LineCounts, Outcomes, Sample};
pub use window::Window;

/// Layout of the stored import that this code writes.
pub const SCHEMA: u32 = 1;
/// Layout of a stored bad line that this code writes.
pub const PROBLEM_SCHEMA: u32 = 1;
/// Bad lines that are kept. All are counted.
pub const PROBLEMS_KEPT: u64 = 1_000;
/// Lines of a file.
pub const LINES_AT_MOST: u64 = 1_000_000;
/// Bytes of a file.
pub const FILE_BYTES_AT_MOST: u64 = 512 * 1024 * 1024;

/// Names an import within its tenant. In the order of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImportId(String);

/// Hexadecimal digits behind the time.
const DRAWN: usize = 12;

impl ImportId {
    /// The id of an import that was made at a time; `drawn` has at least twelve random hexadecimal digits.
    pub fn new(at: Timestamp, drawn: &str) -> Self {
        Self(format!("{}-{}", at.strftime("%Y%m%dT%H%M%SZ"), &drawn[..DRAWN]))
    }

    /// Reads an id back.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, drawn) = text.split_once('-').filter(|_| text.is_ascii())?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_time = time.len() == 16
            && digits(&time[..8])
            && &time[8..9] == "T"
            && digits(&time[9..15])
            && time.ends_with('Z');
        let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_drawn = drawn.len() == DRAWN && drawn.bytes().all(hexadecimal);
        (is_time && is_drawn).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ImportId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its file is still to come.
    AwaitingFile,
    /// Its lines are looked at; nothing is posted yet.
    Validating,
    /// Its records are posted.
    Importing,
    /// It rests until a person resumes it.
    Paused,
    /// Every line was come to.
    Done,
    /// A person ended it.
    Cancelled,
    /// It cannot go on; the reason says why.
    Failed,
}

impl State {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingFile => "awaiting_file",
            Self::Validating => "validating",
            Self::Importing => "importing",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// What a pass through the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Looking at every line.
    Validating,
    /// Posting bills and disbursements.
    Documents,
    /// Posting payments, which need the bills.
    Payments,
}

impl Phase {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Validating => "validating",
            Self::Documents => "documents",
            Self::Payments => "payments",
        }
    }

    /// Whether records of a kind are posted in it.
    pub fn takes(self, kind: RecordKind) -> bool {
        match kind {
            RecordKind::Bill | RecordKind::Disbursement => self == Self::Documents,
            RecordKind::Payment => self == Self::Payments,
        }
    }
}

/// A place between two lines of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Bytes before it.
    pub offset: u64,
    /// Lines before it.
    pub line: u64,
}

/// Which file it is. Another one under the same name has another tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What the store calls this version of the file.
    pub tag: String,
    /// Its length.
    pub bytes: u64,
}

/// An import as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Layout of this stored item.
    pub schema: u32,
    /// Counts the writes.
    pub revision: u64,
    /// Names it.
    pub id: ImportId,
    /// What people call it.
    pub name: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Why it rests, if not because a person paused it or it is done; or, while it runs, what it waits for.
    pub reason: Option<Reason>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Its file, once it began.
    pub file: Option<File>,
    /// Which pass it is in.
    pub phase: Phase,
    /// All lines before it are done in this pass.
    pub mark: Place,
    /// Lines that were looked at.
    pub lines: LineCounts,
    /// What became of records.
    pub records: Outcomes,
    /// Bad lines that are kept.
    pub problems: u64,
    /// How far it had come lately.
    #[serde(default)]
    pub samples: Vec<Sample>,
    /// How often in a row QuickBooks could not be asked.
    #[serde(default)]
    pub outages: u32,
    /// The invocation that works on it.
    pub worker: Option<String>,
    /// When nobody will have heard of it for too long; absent while it rests.
    pub missed_at: Option<Timestamp>,
}

/// What a person wants of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The file is there; begin.
    Start(File),
    /// Rest.
    Pause,
    /// Go on.
    Resume,
    /// End.
    Cancel,
}

/// A command does not fit where the import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the import is {}", .0.as_str())]
pub struct NotNow(pub State);

/// A line that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Layout of this stored item.
    pub schema: u32,
    /// Its number, from 1.
    pub line: u64,
    /// The kind of record, as far as it could be read.
    pub kind: Option<String>,
    /// The host's id of the record, as far as it could be read.
    pub id: Option<String>,
    /// Stable, for programs.
    pub code: String,
    /// What is the matter, and how to send it right.
    pub message: String,
}

impl Import {
    /// One whose file is still to come.
    pub fn new(id: ImportId, name: Option<String>, now: Timestamp) -> Self {
        Self {
            schema: SCHEMA,
            revision: 0,
            id,
            name,
            state: State::AwaitingFile,
            reason: None,
            created_at: now,
            started_at: None,
            finished_at: None,
            file: None,
            phase: Phase::Validating,
            mark: Place::default(),
            lines: LineCounts::default(),
            records: Outcomes::default(),
            problems: 0,
            samples: Vec::new(),
            outages: 0,
            worker: None,
            missed_at: None,
        }
    }

    /// Whether somebody has to work on it.
    pub fn runs(&self) -> bool {
        matches!(self.state, State::Validating | State::Importing)
    }

    /// Does what a person wants. False: it is so already.
    pub fn obey(&mut self, command: Command, now: Timestamp) -> Result<bool, NotNow> {
        use State::{AwaitingFile, Cancelled, Done, Failed, Importing, Paused, Validating};
        match (command, self.state) {
            (Command::Start(file), AwaitingFile) => {
                self.file = Some(file);
                self.started_at = Some(now);
                self.goes_on();
            }
            (Command::Resume, Paused | Failed) if self.can_go_on() => self.goes_on(),
            (Command::Pause, Validating | Importing) => self.rests(Paused, None),
            (Command::Cancel, AwaitingFile | Validating | Importing | Paused | Failed) => {
                self.rests(Cancelled, Some(Reason::import_cancelled()));
                self.finished_at = Some(now);
            }
            (Command::Start(_), Validating | Importing | Paused | Done)
            | (Command::Resume, Validating | Importing)
            | (Command::Pause, Paused)
            | (Command::Cancel, Cancelled) => return Ok(false),
            (_, state) => return Err(NotNow(state)),
        }
        Ok(true)
    }

    /// It cannot go on before somebody has done something, or at all.
    pub fn stops(&mut self, state: State, reason: Reason, now: Timestamp) {
        self.rests(state, Some(reason));
        self.finished_at = (state == State::Failed).then_some(now);
    }

    /// The pass has come to the end of the file: the next one begins, or all is done.
    pub fn ends_pass(&mut self, now: Timestamp) {
        let next = match self.phase {
            Phase::Validating if self.lines.documents() > 0 => Some(Phase::Documents),
            Phase::Validating | Phase::Documents if self.lines.payments > 0 => {
                Some(Phase::Payments)
            }
            Phase::Validating | Phase::Documents | Phase::Payments => None,
        };
        self.samples.clear();
        match next {
            Some(phase) => {
                self.phase = phase;
                self.mark = Place::default();
                self.state = State::Importing;
            }
            // Each pass reads the file anew, and a newer version of this software may read it otherwise.
            None if self.left() > 0 => {
                self.stops(State::Failed, Reason::import_lines_unread(self.left()), now);
            }
            None => {
                self.rests(State::Done, None);
                self.finished_at = Some(now);
            }
        }
    }

    /// Somebody works on it again.
    pub fn is_taken_up(&mut self, worker: String) {
        self.worker = Some(worker);
        self.reason = None;
    }

    /// QuickBooks cannot be asked, for this reason.
    pub fn waits_for_quickbooks(&mut self, reason: Reason) {
        self.reason = Some(reason);
        self.outages = self.outages.saturating_add(1);
    }

    /// A record was come to.
    pub fn counts(&mut self, fate: Fate) {
        self.records.count(fate);
        if fate == Fate::Posted {
            self.outages = 0;
        }
    }

    /// Takes over what people decided about it meanwhile; how far it has come is known best by who works on it.
    pub fn takes_over(&mut self, stored: &Self) {
        self.revision = stored.revision;
        self.state = stored.state;
        self.reason.clone_from(&stored.reason);
        self.finished_at = stored.finished_at;
        self.missed_at = stored.missed_at;
    }

    /// Whether there is something left of the file. What is left out at its end is not come to again.
    fn can_go_on(&self) -> bool {
        let unread = Reason::import_lines_unread(self.left()).code;
        self.reason.as_ref().is_none_or(|reason| reason.code != unread)
    }

    fn goes_on(&mut self) {
        self.state = match self.phase {
            Phase::Validating => State::Validating,
            Phase::Documents | Phase::Payments => State::Importing,
        };
        self.reason = None;
        self.outages = 0;
        self.finished_at = None;
        self.samples.clear();
    }

    fn rests(&mut self, state: State, reason: Option<Reason>) {
        self.state = state;
        self.reason = reason;
        self.missed_at = None;
        self.samples.clear();
    }
}
