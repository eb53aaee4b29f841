//! Reasons: why something waits or was refused, in words a person can act on.
//!
//! Every reason has a stable code, one public sentence and a remedy. Internal detail never goes in here.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::id::CompanyId;
use crate::ledger::{Object, ObjectKind, Removal};
use crate::posting::Condition;
use crate::settings::Setting;

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
    pub message: String,
    /// Who must do what, where.
    pub remedy: String,
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
    fn new(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), message: message.into(), remedy: remedy.into() }
    }

    /// The total in QuickBooks is not the record's.
    pub fn total_differs(document: &str, ours: &str, theirs: &str) -> Self {
        Self::new(
            "total_differs",
            format!("QuickBooks shows a total of {theirs} for {document}; the record says {ours}."),
            "The bookkeeper compares the document with the record; sales tax or rounding in QuickBooks is the usual cause.",
        )
    }

    /// A payment left more unapplied than the record says.
    pub fn unapplied_differs(ours: &str, theirs: &str) -> Self {
        Self::new(
            "unapplied_differs",
            format!("QuickBooks left {theirs} of the payment unapplied; the record leaves {ours}."),
            "The bookkeeper opens the payment in QuickBooks and applies it to the right invoice.",
        )
    }

    /// QuickBooks gave the document another number.
    pub fn number_differs(ours: &str, theirs: &str) -> Self {
        Self::new(
            "number_differs",
            format!("QuickBooks gave the invoice the number {theirs}; the record says {ours}."),
            "Turn on custom transaction numbers in QuickBooks (Account and settings > Sales), or leave the number out.",
        )
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

    /// No company was ever connected, or a person disconnected it.
    pub fn not_connected() -> Self {
        Self::new(
            Class::NeedsReconnect,
            "not_connected",
            "No QuickBooks company is connected.",
            "An admin connects QuickBooks under Settings > Integrations; waiting records are then posted by themselves.",
        )
        .until(Condition::Connection)
    }

    /// QuickBooks no longer accepts the tokens.
    pub fn needs_reconnect() -> Self {
        Self::new(
            Class::NeedsReconnect,
            "needs_reconnect",
            "QuickBooks no longer accepts the connection.",
            "An admin connects QuickBooks again under Settings > Integrations; waiting records are then posted by themselves.",
        )
        .until(Condition::Connection)
    }

    /// A choice is missing in the settings.
    pub fn setting_missing(setting: Setting) -> Self {
        Self::new(
            Class::NeedsMapping,
            "setting_missing",
            format!("No {} is chosen.", setting.label()),
            format!(
                "An admin chooses the {} in the QuickBooks settings (field {}); waiting records are then posted by themselves.",
                setting.label(),
                setting.as_str()
            ),
        )
        .until(Condition::Settings)
    }

    /// A payment's bill has no invoice yet.
    pub fn waiting_for_bill(bill: &str, condition: Condition) -> Self {
        Self::new(
            Class::NeedsMapping,
            "waiting_for_bill",
            format!("Bill {bill} has no invoice in QuickBooks yet."),
            format!("Sync bill {bill}; the payment follows by itself."),
        )
        .until(condition)
    }

    /// QuickBooks did not answer, or answered with an error of its own.
    pub fn quickbooks_unavailable() -> Self {
        Self::new(
            Class::Retryable,
            "quickbooks_unavailable",
            "QuickBooks is not available right now.",
            "Nothing to do; ledgerbridge tries again by itself.",
        )
    }

    /// A write has no trustworthy answer.
    pub fn no_answer() -> Self {
        Self::new(
            Class::Retryable,
            "no_answer",
            "QuickBooks was asked but its answer was lost.",
            "Nothing to do; ledgerbridge finds out what happened before it tries again, so nothing is booked twice.",
        )
    }

    /// Another invocation refreshes the tokens and has not finished in time.
    pub fn tokens_busy() -> Self {
        Self::new(
            Class::Retryable,
            "tokens_busy",
            "The connection to QuickBooks is being renewed.",
            "Nothing to do; ledgerbridge tries again by itself.",
        )
    }

    /// The company is being throttled.
    pub fn throttled() -> Self {
        Self::new(
            Class::Throttled,
            "throttled",
            "QuickBooks asked for a pause because too many requests reached this company.",
            "Nothing to do; posting goes on after the pause.",
        )
    }

    /// The company is locked, under maintenance or unpaid.
    pub fn company_unavailable() -> Self {
        Self::new(
            Class::Retryable,
            "company_unavailable",
            "QuickBooks does not let anyone write to this company right now.",
            "The customer checks in QuickBooks that the subscription is active; ledgerbridge tries again by itself.",
        )
    }

    /// All attempts are used up.
    pub fn attempts_exhausted(last: &Reason, attempts: u32) -> Self {
        Self::new(
            Class::Rejected,
            "attempts_exhausted",
            format!("Gave up after {attempts} attempts. The last one failed: {}", last.message),
            "Press Sync to try again once QuickBooks works.",
        )
    }

    /// A document number is taken.
    pub fn duplicate_number(number: &str) -> Self {
        Self::new(
            Class::Rejected,
            "duplicate_number",
            format!("QuickBooks already has a document with the number {number}."),
            "Change the number of the bill, or of the other document in QuickBooks, and sync again.",
        )
    }

    /// The payment lies in the books of a company that is no longer connected.
    pub fn posted_elsewhere(company: &CompanyId) -> Self {
        Self::new(
            Class::NeedsReconnect,
            "posted_elsewhere",
            "The payment was posted to another QuickBooks company, which is not connected now.",
            "An admin connects that company again, or the bookkeeper voids the payment there.",
        )
        .until(Condition::Company(company.clone()))
    }

    /// ledgerbridge itself failed on the record, again and again.
    pub fn internal() -> Self {
        Self::new(
            Class::Rejected,
            "internal",
            "ledgerbridge failed on this record again and again.",
            "Press Sync to try again; if it fails again, give the record's id to the operator.",
        )
    }

    /// A step was sent to a company that is no longer connected, and its answer is unknown.
    pub fn unfinished_elsewhere(company: &CompanyId) -> Self {
        Self::new(
            Class::NeedsReconnect,
            "unfinished_elsewhere",
            "This record was being posted to another QuickBooks company, and its answer is unknown.",
            "An admin connects that company again so that the posting can be finished, or the host sends the record under a new id.",
        )
        .until(Condition::Company(company.clone()))
    }

    /// Every name that could be given is taken.
    pub fn name_taken(label: &str, name: &str) -> Self {
        Self::new(
            Class::NeedsMapping,
            "name_taken",
            format!("The name \"{name}\" and its variants are already used in QuickBooks, so no {label} can be created."),
            format!("The bookkeeper renames the other entry in QuickBooks, or the {label} gets another name; then sync again."),
        )
        .until(Condition::Mapping)
    }

    /// Something the document refers to is inactive or gone.
    pub fn reference_inactive(detail: &str) -> Self {
        Self::new(
            Class::NeedsMapping,
            "reference_inactive",
            format!("Something this document uses is inactive or gone in QuickBooks: {detail}"),
            "The bookkeeper makes the account, customer or product active again in QuickBooks, then syncs again; or an admin links another customer or product.",
        )
        .until(Condition::Mapping)
    }

    /// A person removed the document in QuickBooks.
    pub fn removed_in_quickbooks(document: &Object) -> Self {
        let what = match document.kind {
            ObjectKind::Payment => "payment",
            _ => "invoice",
        };
        let (code, done) = match document.removal {
            Some(Removal::DeletedInQuickbooks) => ("gone_in_quickbooks", "deleted"),
            _ => ("voided_in_quickbooks", "voided"),
        };
        Self::new(
            Class::Rejected,
            code,
            format!(
                "The {what} was {done} in QuickBooks. It is not created again without being asked."
            ),
            format!(
                "To have it created again, a person presses Sync; if it was {done} on purpose, nothing to do."
            ),
        )
    }

    /// The period is closed.
    pub fn books_closed() -> Self {
        Self::new(
            Class::NeedsMapping,
            "books_closed",
            "The accounting period is closed in QuickBooks.",
            "The bookkeeper reopens the period (Account and settings > Advanced), or the record gets a later date; then sync again.",
        )
        .until(Condition::Period)
    }

    /// The object is on a deposit or reconciled.
    pub fn frozen() -> Self {
        Self::new(
            Class::Rejected,
            "deposited",
            "The payment is part of a bank deposit in QuickBooks and cannot be changed.",
            "The bookkeeper removes it from the deposit in QuickBooks, then syncs again.",
        )
    }

    /// The object keeps changing in QuickBooks while it is being updated.
    pub fn edited_meanwhile() -> Self {
        Self::new(
            Class::Retryable,
            "edited_meanwhile",
            "Someone is editing this document in QuickBooks.",
            "Nothing to do; ledgerbridge tries again by itself.",
        )
    }

    /// QuickBooks refused, in its own words.
    pub fn rejected_by_quickbooks(code: &str, words: &str) -> Self {
        Self::new(
            Class::Rejected,
            "rejected_by_quickbooks",
            format!("QuickBooks refused it (code {code}): {words}"),
            "Correct the record or QuickBooks as the message says, then sync again.",
        )
    }

    /// The application's own credentials are wrong.
    pub fn application_misconfigured() -> Self {
        Self::new(
            Class::Retryable,
            "application_misconfigured",
            "QuickBooks does not accept the application's own credentials.",
            "The operator checks client id, client secret and environment in the application secret.",
        )
    }

    /// Under the close-date policy a bill needs a close date.
    pub fn close_date_missing() -> Self {
        Self::new(
            Class::Rejected,
            "close_date_missing",
            "The settings date invoices on the close date, and this bill has none.",
            "Send closed_on with the bill, or set transaction_date to sync_day in the settings.",
        )
        .until(Condition::Settings)
    }

    /// The company keeps books in one currency, and the record has another.
    pub fn currency_mismatch(record: &str, company: &str) -> Self {
        Self::new(
            Class::Rejected,
            "currency_mismatch",
            format!("The record is in {record}; the company keeps its books in {company} only."),
            "Send the record in the company's currency, or turn on multicurrency in QuickBooks and connect again.",
        )
    }

    /// One payment can have only one payer.
    pub fn different_agents() -> Self {
        Self::new(
            Class::Rejected,
            "different_agents",
            "The bills of this payment belong to different agents; QuickBooks books a payment for one customer.",
            "Send one payment for each agent.",
        )
    }

    /// The bill carries its own payment.
    pub fn bill_already_paid(bill: &str) -> Self {
        Self::new(
            Class::Rejected,
            "bill_already_paid",
            format!(
                "Bill {bill} was marked paid on the bill itself and has its payment in QuickBooks."
            ),
            "Leave the bill out of this payment, or take the payment off the bill first.",
        )
    }

    /// There is nothing to book.
    pub fn zero_amount() -> Self {
        Self::new(
            Class::Rejected,
            "zero_amount",
            "The total is zero, so there is nothing to book.",
            "Nothing to do; a later version with an amount is posted.",
        )
    }

    /// It was voided before it reached QuickBooks.
    pub fn voided_before_posting() -> Self {
        Self::new(
            Class::Rejected,
            "voided_before_posting",
            "The payment was voided before it reached QuickBooks.",
            "Nothing to do.",
        )
    }
}
