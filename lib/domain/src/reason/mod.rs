//! Reasons: why something waits or was refused, in words a person can act on.
//!
//! Every reason has a stable code, one public sentence and a remedy. Internal detail never goes in here.

mod dead_letter;
mod document;
mod import;
mod rule;
mod service;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::posting::Condition;

pub use dead_letter::GivenUp;

/// What ledgerbridge does about a failure. There is no `Other`: a new kind of failure must choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Passes with time; the queue tries again.
    Retryable,
    /// QuickBooks asked for a pause; the whole company pauses and no attempt is spent.
    Throttled,
    /// An admin has to connect QuickBooks again.
    NeedsReconnect,
    /// A setting or a link has to be chosen or mended.
    NeedsMapping,
    /// The record as it is cannot be posted.
    Rejected,
}

/// Why something waits or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable, for programs.
    pub code: Cow<'static, str>,
    /// What is the matter, for people.
    pub message: Box<str>,
    /// Who must do what, where.
    pub remedy: Box<str>,
    /// What a person may decide, where there is more than one way: `recreate`, `unlink`.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub choices: Box<[Cow<'static, str>]>,
    /// What the record and QuickBooks say, where both were changed.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub differences: Box<[Difference]>,
}

/// Two versions of one part of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which part: `number`, `lines`.
    pub field: Cow<'static, str>,
    /// What the record wants it to say.
    pub record: String,
    /// What it says in QuickBooks.
    pub quickbooks: String,
}

/// A reason together with what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is done about it.
    pub class: Class,
    /// Why.
    pub reason: Reason,
    /// The condition that clears it, where there is one.
    pub condition: Option<Condition>,
}

impl Reason {
    /// Whether it is about QuickBooks not answering, and not about what was asked.
    pub fn is_an_outage(&self) -> bool {
        matches!(self.code.as_ref(), "no_answer" | "quickbooks_unavailable")
    }

    fn new(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code: Cow::Borrowed(code),
            message: message.into().into_boxed_str(),
            remedy: remedy.into().into_boxed_str(),
            choices: Box::default(),
            differences: Box::default(),
        }
    }

    /// Someone else works on the posting right now.
    pub fn busy() -> Self {
        Self::new(
            "already_working",
            "Another call is posting this record right now.",
            "Nothing to do; the result appears when that call ends.",
        )
    }

    /// The record waits in line.
    pub fn queued() -> Self {
        Self::new(
            "queued",
            "The record waits its turn in the queue.",
            "Nothing to do; it is posted by itself.",
        )
    }
}

impl Failure {
    fn new(
        class: Class,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { class, reason: Reason::new(code, message, remedy), condition: None }
    }

    fn until(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }
}
