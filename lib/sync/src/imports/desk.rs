//! An import while an invocation works on it: what is stored of it, and who else may have written it.

use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::import::{Import, ImportId, Problem};
use jiff::{SignedDuration, Timestamp};

use super::work::missed_at;
use crate::{App, Error};

/// How often the mark is stored: what lies behind it is done again after a crash.
const EVERY: SignedDuration = SignedDuration::from_secs(2);
/// An import that changes under every look is changed by a machine gone wild.
const LOOKS: usize = 8;

/// An import, as this invocation holds it.
pub(super) struct Desk<'a> {
    pub(super) app: &'a App,
    pub(super) tenant: &'a TenantId,
    pub(super) import: Import,
    worker: String,
    stored_at: Timestamp,
}

/// Why an invocation ends its work on an import.
#[derive(Debug)]
pub(super) enum Stop {
    /// It rests, or another invocation has taken over.
    Rests,
    /// Something failed.
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<aws::table::Error> for Stop {
    fn from(error: aws::table::Error) -> Self {
        Self::Error(error.into())
    }
}

impl<'a> Desk<'a> {
    /// Takes an import over, whoever worked on it before.
    pub(super) async fn take(
        app: &'a App,
        tenant: &'a TenantId,
        id: &ImportId,
    ) -> Result<Self, Stop> {
        let worker = app.clock.unique();
        for _ in 0..LOOKS {
            let stored = app.table.import(tenant, id).await?;
            let mut import = stored.filter(Import::runs).ok_or(Stop::Rests)?;
            import.is_taken_up(worker.clone());
            import.missed_at = Some(missed_at(app, 0));
            import.revision += 1;
            if app.table.put_import(tenant, &import, None).await? {
                return Ok(Self { app, tenant, import, worker, stored_at: app.clock.now() });
            }
        }
        Err(Error::contended("the import").into())
    }

    /// Whether it is time to store how far the work has come.
    pub(super) fn is_due(&self) -> bool {
        self.app.clock.now().duration_since(self.stored_at) >= EVERY
    }

    /// Stores how far the work has come.
    pub(super) async fn note(&mut self) -> Result<(), Stop> {
        let now = self.app.clock.now();
        self.import.sample(now);
        self.store(None, |_| None).await
    }

    /// Stores how far the work has come, and what follows from that; with a line of history if `change` gives one. Not if
    /// the import rests by now.
    pub(super) async fn settle(
        &mut self,
        change: impl Fn(&mut Import) -> Option<HistoryLine>,
    ) -> Result<(), Stop> {
        self.store(None, change).await
    }

    /// Keeps a line that could not be taken, as far as there is room.
    pub(super) async fn keep(&self, problems: &[Problem]) -> Result<(), Stop> {
        let now = self.app.clock.now();
        let id = &self.import.id;
        Ok(self.app.table.put_import_problems(self.tenant, id, problems, now).await?)
    }

    async fn store(
        &mut self,
        line: Option<&HistoryLine>,
        change: impl Fn(&mut Import) -> Option<HistoryLine>,
    ) -> Result<(), Stop> {
        for _ in 0..LOOKS {
            let mut next = self.import.clone();
            let told = if next.runs() { change(&mut next) } else { None };
            next.revision += 1;
            let line = told.as_ref().or(line);
            if self.app.table.put_import(self.tenant, &next, line).await? {
                self.import = next;
                self.stored_at = self.app.clock.now();
                return if self.import.runs() { Ok(()) } else { Err(Stop::Rests) };
            }
            let stored = self.app.table.import(self.tenant, &self.import.id).await?;
            let stored = stored.ok_or(Stop::Rests)?;
            if stored.worker.as_ref() != Some(&self.worker) {
                return Err(Stop::Rests);
            }
            // A person decided something; how far the work has come is stored with that.
            self.import.takes_over(&stored);
        }
        Err(Error::contended("the import").into())
    }
}
