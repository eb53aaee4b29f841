//! Why nothing reaches QuickBooks right now: the connection, outages, throttling, ourselves.

use crate::id::CompanyId;
use crate::posting::Condition;

use super::{Class, Failure, Reason};

impl Failure {
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

    /// QuickBooks has payments that ledgerbridge does not understand.
    pub fn payments_unreadable(how_many: usize) -> Self {
        let payments = if how_many == 1 { "a payment" } else { "payments" };
        Self::new(
            Class::Retryable,
            "payments_unreadable",
            format!(
                "QuickBooks has {payments} on bills that ledgerbridge cannot read ({how_many})."
            ),
            "The operator looks at the log of payment-pull, which names them. All other payments are here; these come once they can be read.",
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

    /// ledgerbridge itself failed on the record, again and again.
    pub fn internal() -> Self {
        Self::new(
            Class::Rejected,
            "internal",
            "ledgerbridge failed on this record again and again.",
            "Press Sync to try again; if it fails again, give the record's id to the operator.",
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

    /// What is to be taken back lies in the books of a company that is no longer connected.
    pub fn posted_elsewhere(company: &CompanyId) -> Self {
        Self::new(
            Class::NeedsReconnect,
            "posted_elsewhere",
            "It was posted to another QuickBooks company, which is not connected now.",
            "An admin connects that company again, or the bookkeeper voids it there.",
        )
        .until(Condition::Company(company.clone()))
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
}
