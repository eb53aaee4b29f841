//! What is the matter with a document, its entries or its amounts.

use crate::ledger::{Object, Removal};
use crate::link::{LinkProblem, ListKind};
use crate::posting::{Condition, State};

use super::{Class, Difference, Failure, Reason};

impl Reason {
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
    pub fn number_differs(what: &str, ours: &str, theirs: &str) -> Self {
        Self::new(
            "number_differs",
            format!("QuickBooks gave the {what} the number {theirs}; the record says {ours}."),
            "Turn on custom transaction numbers in QuickBooks (Account and settings > Sales), or leave the number out.",
        )
    }
}

impl Failure {
    /// A payment's bill has no invoice yet.
    pub fn waiting_for_bill(bill: &str, state: Option<State>, condition: Condition) -> Self {
        let (message, remedy) = match state {
            Some(State::Rejected) => (
                format!("Bill {bill} was refused, so there is nothing to pay in QuickBooks."),
                format!("See to bill {bill}; the payment follows by itself."),
            ),
            Some(state) if state.lets_others_go_on() => (
                format!("Bill {bill} has no invoice in the QuickBooks company that is connected."),
                format!("Sync bill {bill}; the payment follows once it has one."),
            ),
            _ => (
                format!("Bill {bill} has no invoice in QuickBooks yet."),
                format!("Sync bill {bill}; the payment follows by itself."),
            ),
        };
        Self::new(Class::NeedsMapping, "waiting_for_bill", message, remedy).until(condition)
    }

    /// The record and a bookkeeper both changed the same part of a document.
    pub fn edited_in_quickbooks(object: &Object, differences: Vec<Difference>) -> Self {
        let kind = object.kind.label();
        let what = object.doc_number.as_deref();
        let what =
            what.map_or_else(|| format!("The {kind}"), |number| format!("The {kind} {number}"));
        let parts: Vec<&str> = differences.iter().map(|difference| &*difference.field).collect();
        let mut failure = Self::new(
            Class::Rejected,
            "edited_in_quickbooks",
            format!(
                "{what} was changed in QuickBooks since it was posted, and the record changes the same: {}.",
                parts.join(", ")
            ),
            "The bookkeeper and the host's user agree on a version. Sync again and choose to overwrite QuickBooks or to \
             keep what it says; or undo the change in QuickBooks and sync again.",
        );
        failure.reason.choices = Box::new(["overwrite".into(), "keep".into()]);
        failure.reason.differences = differences.into();
        failure
    }

    /// A document number is taken.
    pub fn duplicate_number(number: &str) -> Self {
        Self::new(
            Class::Rejected,
            "duplicate_number",
            format!("QuickBooks already has a document with the number {number}."),
            "Change the number of the record, or of the other document in QuickBooks, and sync again.",
        )
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

    /// The customer, vendor, product or payment method that stands for something of the host's cannot be used.
    pub fn link_unusable(kind: ListKind, name: &str, problem: &LinkProblem) -> Self {
        let label = kind.label();
        let (what, remedy) = match problem {
            LinkProblem::Inactive => (
                format!("The {label} for {name} was made inactive in QuickBooks."),
                format!(
                    "The bookkeeper makes it active again in QuickBooks, or an admin links another {label}; waiting records then go on."
                ),
            ),
            LinkProblem::Gone => (
                format!("The {label} for {name} is gone in QuickBooks."),
                format!(
                    "An admin links another {label}, or takes the link away so that a new one is made; waiting records then go on."
                ),
            ),
            LinkProblem::Merged { taken_by, .. } => (
                format!(
                    "The {label} for {name} was merged in QuickBooks into the one that stands for {taken_by}."
                ),
                format!(
                    "An admin links another {label}, or takes the link away so that a new one is made; waiting records then go on."
                ),
            ),
        };
        Self::new(Class::NeedsMapping, "link_unusable", what, remedy).until(Condition::Mapping)
    }

    /// A person removed the document in QuickBooks.
    pub fn removed_in_quickbooks(document: &Object) -> Self {
        let what = document.kind.label();
        let (code, done) = match document.removal {
            Some(Removal::DeletedInQuickbooks) => ("gone_in_quickbooks", "deleted"),
            _ => ("voided_in_quickbooks", "voided"),
        };
        let mut failure = Self::new(
            Class::Rejected,
            code,
            format!(
                "The {what} was {done} in QuickBooks. It is not created again without being asked."
            ),
            format!(
                "To have it created again, a person presses Sync; if it was {done} on purpose, a person unlinks it."
            ),
        );
        failure.reason.choices = Box::new(["recreate".into(), "unlink".into()]);
        failure
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
            "The document is part of a bank deposit in QuickBooks and cannot be changed.",
            "The bookkeeper removes it from the deposit in QuickBooks, then syncs again.",
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
