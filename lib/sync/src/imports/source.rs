//! The lines of an import's file, read in ranges, never as a whole.

use std::collections::VecDeque;

use aws::files;
use domain::id::TenantId;
use domain::import::{Cutter, File, Import, ImportId, Line, Place};

use crate::{App, Error};

/// Bytes read at once: thousands of lines, in a fraction of a second.
const RANGE: u64 = 1024 * 1024;

/// The lines of a file behind a place.
pub(super) struct Source<'a> {
    app: &'a App,
    tenant: &'a TenantId,
    id: ImportId,
    file: File,
    cutter: Cutter,
    /// Where the next range begins.
    offset: u64,
    lines: VecDeque<Line>,
    is_at_end: bool,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// There is none.
    Missing,
    /// It is another one by now.
    Replaced,
    /// Something failed.
    Error(Error),
}

impl<'a> Source<'a> {
    /// The lines behind the mark of an import.
    pub(super) fn behind_the_mark(app: &'a App, tenant: &'a TenantId, import: &Import) -> Self {
        let Place { offset, .. } = import.mark;
        let file = import.file.clone().unwrap_or(File { tag: String::new(), bytes: 0 });
        Self {
            app,
            tenant,
            id: import.id.clone(),
            file,
            cutter: Cutter::at(import.mark),
            offset,
            lines: VecDeque::new(),
            is_at_end: false,
        }
    }

    /// The next line that was read already.
    pub(super) fn next(&mut self) -> Option<Line> {
        self.lines.pop_front()
    }

    /// Whether a range has to be read before there is another line.
    pub(super) fn is_dry(&self) -> bool {
        self.lines.is_empty() && !self.is_at_end
    }

    /// Reads the next range.
    pub(super) async fn fill(&mut self) -> Result<(), Unreadable> {
        if self.offset < self.file.bytes {
            let now = self.app.clock.now();
            let (tenant, id, file) = (self.tenant, &self.id, &self.file);
            let read = self.app.files.read(tenant, id, file, self.offset, RANGE, now).await;
            let bytes = read.map_err(|error| match error {
                files::Error::Missing => Unreadable::Missing,
                files::Error::Replaced => Unreadable::Replaced,
                error => Unreadable::Error(error.into()),
            })?;
            self.offset += bytes.len() as u64;
            self.lines.extend(self.cutter.cut(&bytes));
        }
        if self.offset >= self.file.bytes {
            self.lines.extend(self.cutter.end());
            self.is_at_end = true;
        }
        Ok(())
    }
}
