//! Imports: the records of one file, posted as if the host had sent each by itself, and together where that is possible.
//!
//! `life` is what people do with an import, `desk` holds it for the invocation that works on it, `source` reads the file,
//! `validate` and `post` are the passes through it, and `work` is the queue's side. Decisions are in `domain::import`.

mod desk;
mod life;
mod post;
mod source;
mod validate;
mod work;

use domain::id::HostId;
use domain::name::Change;
use domain::record::{Record, RecordKind};

pub(crate) use life::revive;
pub use life::{
    CommandError, Uploading, cancel, create, create_with, list, pause, problems, resume, show,
    start,
};
pub(crate) use work::{bring_back, deliver, give_up};

/// Reads one line of a file; for whoever knows what hosts write.
pub type ReadLine = fn(&str) -> Result<Line, BadLine>;

/// A good line.
#[derive(Debug, Clone)]
pub struct Line {
    /// What kind of record.
    pub kind: RecordKind,
    /// The host's id of the record.
    pub id: HostId,
    /// The record.
    pub record: Record,
    /// What cleaning changed in it.
    pub changes: Vec<Change>,
}

/// A line that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// The kind of record, as far as it could be read.
    pub kind: Option<String>,
    /// The host's id of the record, as far as it could be read.
    pub id: Option<String>,
    /// Stable, for programs.
    pub code: String,
    /// What is the matter, and how to send it right.
    pub message: String,
}
