//! Why an import cannot go on.

use crate::import::{FILE_BYTES_AT_MOST, LINES_AT_MOST};
use crate::posting::Workflow;

use super::{Failure, GivenUp, Reason};

/// What a person does once the rest of a remedy is done.
const THEN_RESUME: &str = "then a person resumes the import";
/// The same of an import that did not begin.
const THEN_BEGIN: &str = "then a person begins the import";

impl Reason {
    /// Nothing can be posted before a company is connected.
    pub fn import_not_connected(has_begun: bool) -> Self {
        let told = Failure::not_connected().reason;
        let then = then(has_begun);
        let remedy = format!("An admin connects QuickBooks under Settings > Integrations, {then}.");
        Self::new("not_connected", told.message, remedy)
    }

    /// Likewise, until it is connected again.
    pub fn import_needs_reconnect(has_begun: bool) -> Self {
        let told = Failure::needs_reconnect().reason;
        let then = then(has_begun);
        let remedy =
            format!("An admin connects QuickBooks again under Settings > Integrations, {then}.");
        Self::new("needs_reconnect", told.message, remedy)
    }

    /// All records of a kind would wait.
    pub fn import_without_workflow(workflow: Workflow) -> Self {
        let label = workflow.label();
        Self::new(
            "workflow_not_active",
            format!("The file has records for {label}, and no workflow for them runs."),
            format!(
                "An admin chooses a template for {label}, applies it and runs it, {THEN_RESUME}."
            ),
        )
    }

    /// No record could be posted, whatever it is.
    pub fn import_without_any_workflow(has_begun: bool) -> Self {
        Self::new(
            "workflow_not_active",
            "No workflow runs, so no record could be posted.",
            format!("An admin chooses templates, applies them and runs them, {}.", then(has_begun)),
        )
    }

    /// Lines that were good when all were looked at, and were not when it was their turn.
    pub fn import_lines_unread(count: u64) -> Self {
        Self::new(
            "lines_unread",
            format!(
                "{count} records were left out: ledgerbridge was updated during the import, and no longer takes their lines."
            ),
            "Begin a new import with the same file: it says which lines these are. What was posted already is not posted twice.",
        )
    }

    /// Another file was put in the place of the one that was begun with.
    pub fn import_file_replaced() -> Self {
        Self::new(
            "file_replaced",
            "The file was replaced after the import had begun.",
            "Begin a new import with the new file. What was posted already is not posted twice.",
        )
    }

    /// A person ended it.
    pub fn import_cancelled() -> Self {
        Self::new(
            "cancelled",
            "A person cancelled the import. What it posted stays in QuickBooks.",
            "Nothing to do. A new import with the same file posts the rest, and nothing twice.",
        )
    }

    /// The file is gone.
    pub fn import_file_missing() -> Self {
        Self::new(
            "file_missing",
            "The file is no longer there; files are kept for 30 days.",
            "Begin a new import with the same file. What was posted already is not posted twice.",
        )
    }

    /// The file is too large.
    pub fn import_file_too_large() -> Self {
        let most = FILE_BYTES_AT_MOST / 1024 / 1024;
        Self::new(
            "file_too_large",
            format!("The file is larger than {most} MiB."),
            "Split it into several files at the end of a line, and import one after the other.",
        )
    }

    /// The file has too many lines.
    pub fn import_too_many_lines() -> Self {
        Self::new(
            "too_many_lines",
            format!("The file has more than {LINES_AT_MOST} lines. Nothing of it was posted."),
            "Split it into several files, and import one after the other.",
        )
    }

    /// Working on the import failed again and again.
    pub fn import_given_up(how: GivenUp) -> Self {
        let (code, message) = match how {
            GivenUp::Failed => ("internal", "ledgerbridge failed again and again on this import."),
            GivenUp::CutOff => {
                ("cut_off", "ledgerbridge was cut off each time it worked on this import.")
            }
            GivenUp::Outage => (
                "quickbooks_unavailable",
                "QuickBooks could not be asked for so long that ledgerbridge no longer tries.",
            ),
        };
        Self::new(
            code,
            message,
            "Resume the import: it goes on where it was. If it fails again, give its id to the operator.",
        )
    }
}

fn then(has_begun: bool) -> &'static str {
    if has_begun { THEN_RESUME } else { THEN_BEGIN }
}
