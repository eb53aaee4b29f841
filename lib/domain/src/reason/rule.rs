//! What workflows, switches and date fences keep from being posted.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::posting::{Condition, Workflow};
use crate::record::RecordKind;
use crate::template::Field;

use super::{Class, Failure, Reason};

impl Reason {
    /// It arrived by itself, and the tenant's switch is off.
    pub fn auto_sync_off(kind: RecordKind) -> Self {
        Self::new(
            "auto_sync_off",
            format!(
                "This {} arrived by itself, and posting it by itself is switched off.",
                kind.as_str()
            ),
            "A person presses Sync, or an admin turns on auto-sync under Settings > Permissions.",
        )
    }

    /// It arrived by itself before all of it may be paid out.
    pub fn not_complete(percent: Decimal) -> Self {
        Self::new(
            "not_complete",
            format!(
                "The disbursement is at {} %; by itself it is posted at 100 %.",
                percent.normalize()
            ),
            "Nothing to do; it is posted when it reaches 100 %, or when a person presses Sync.",
        )
    }

    /// It arrived by itself, and no card was charged for it.
    pub fn not_charged() -> Self {
        Self::new(
            "not_charged",
            "The agent's card has not been charged; by itself it is posted once that was done.",
            "Nothing to do; it is posted when the card is charged, or when a person presses Sync.",
        )
    }

    /// The agent's card could not be charged.
    pub fn charge_failed() -> Self {
        Self::new(
            "charge_failed",
            "Charging the agent's card failed, so there is no money to book.",
            "Nothing to do until the card was charged; a person who presses Sync has a bill booked as unpaid.",
        )
    }

    /// A person put it on hold.
    pub fn on_hold() -> Self {
        Self::new(
            "on_hold",
            "A person put this record on hold.",
            "A person presses Sync or releases it.",
        )
    }

    /// It is older than what the workflow posts.
    pub fn before_cut_off(date: Date, cut_off: Date) -> Self {
        Self::new(
            "before_cut_off",
            format!("It is dated {date}, before the workflow's cut-off date {cut_off}."),
            "Nothing to do if that is right; else an admin changes the cut-off date and a person presses Sync, or a person syncs it overriding the rules.",
        )
    }

    /// The workflow's date filter leaves it out.
    pub fn outside_filter(date: Date, from: Option<Date>, to: Option<Date>) -> Self {
        let filter = match (from, to) {
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            (Some(from), None) => format!("from {from}"),
            (None, Some(to)) => format!("up to {to}"),
            (None, None) => "set".to_owned(),
        };
        Self::new(
            "outside_filter",
            format!("It is dated {date}; the workflow's date filter is {filter}."),
            "Nothing to do if that is right; else an admin changes the filter and a person presses Sync, or a person syncs it overriding the rules.",
        )
    }

    /// It is from before the workflow ran first, and such records are left out.
    pub fn before_first_run(date: Date) -> Self {
        Self::new(
            "before_first_run",
            format!(
                "It is dated {date} and arrived before the workflow ran first; such records are left out."
            ),
            "Nothing to do if that is right; else a person presses Sync on it.",
        )
    }

    /// The host says that it is a draft.
    pub fn draft() -> Self {
        Self::new(
            "draft",
            "It is a draft.",
            "Nothing to do; it is posted once the host approves it.",
        )
    }

    /// All its lines are switched out of the sync, or the payee is no longer on it.
    pub fn nothing_to_book() -> Self {
        Self::new(
            "nothing_to_book",
            "Nothing of it is to be booked: its lines are switched out of the sync, or taken out.",
            "Nothing to do; a later version with such lines is posted.",
        )
    }

    /// It was taken back before it reached QuickBooks.
    pub fn canceled_before_posting() -> Self {
        Self::new(
            "canceled_before_posting",
            "It was canceled before it reached QuickBooks.",
            "Nothing to do.",
        )
    }

    /// A person removed the document, and wants it left so.
    pub fn unlinked() -> Self {
        Self::new(
            "unlinked",
            "Its document was removed in QuickBooks, and a person decided to leave it so.",
            "Nothing to do; a person who presses Sync has it created again.",
        )
    }
}

impl Failure {
    /// No workflow of the kind runs.
    pub fn workflow_not_active(workflow: Workflow) -> Self {
        Self::new(
            Class::NeedsMapping,
            "workflow_not_active",
            format!("No workflow for {} is active.", workflow.label()),
            format!(
                "An admin chooses a template for {}, applies it and runs it; waiting records are then posted by themselves, as far as its setting for the first run says so.",
                workflow.label()
            ),
        )
        .until(Condition::Settings)
    }

    /// The workflow was paused.
    pub fn workflow_paused(workflow: Workflow) -> Self {
        Self::new(
            Class::NeedsMapping,
            "workflow_paused",
            format!("The workflow for {} is paused.", workflow.label()),
            "An admin runs it again; waiting records are then posted by themselves.",
        )
        .until(Condition::Settings)
    }

    /// A choice is missing in an active workflow.
    pub fn setting_missing(field: Field) -> Self {
        Self::new(
            Class::NeedsMapping,
            "setting_missing",
            format!("No {} is chosen.", field.label()),
            format!(
                "An admin chooses the {} in the workflow (field {}); waiting records are then posted by themselves.",
                field.label(),
                field.as_str()
            ),
        )
        .until(Condition::Settings)
    }

    /// QuickBooks no longer has what was chosen, or it can no longer be used.
    pub fn choice_unusable(field: Field, name: &str) -> Self {
        Self::new(
            Class::NeedsMapping,
            "choice_unusable",
            format!("The {} of the workflow, {name}, can no longer be used: it is inactive or gone in QuickBooks, or was changed.", field.label()),
            format!(
                "An admin chooses another {} in the workflow (field {}), or the bookkeeper makes it usable again and the admin saves the workflow; waiting records are then posted by themselves.",
                field.label(),
                field.as_str()
            ),
        )
        .until(Condition::Settings)
    }

    /// What is known to be the matter with the workflow itself.
    pub fn known_problem(reason: Reason) -> Self {
        Self { class: Class::NeedsMapping, reason, condition: Some(Condition::Settings) }
    }

    /// The company's books begin later.
    pub fn before_company_start(date: Date, start: Date) -> Self {
        Self::new(
            Class::Rejected,
            "before_company_start",
            format!("It is dated {date}; the books of the company begin on {start}."),
            "Send a later date, or an admin lets the workflow re-date such documents.",
        )
    }

    /// The date lies in a closed period, and the workflow refuses such records.
    pub fn period_closed(date: Date, through: Date) -> Self {
        Self::new(
            Class::Rejected,
            "period_closed",
            format!("It is dated {date}; the books are closed through {through}."),
            "Send a later date, or the bookkeeper reopens the period (Account and settings > Advanced) and a person presses Sync.",
        )
    }

    /// The date lies in a closed period; the record waits.
    pub fn period_closed_until_reopened(date: Date, through: Date) -> Self {
        let refused = Self::period_closed(date, through);
        Self { class: Class::NeedsMapping, ..refused }.until(Condition::Period)
    }

    /// A document number with the workflow's prefix is longer than QuickBooks takes.
    pub fn number_too_long(number: &str, limit: usize) -> Self {
        Self::new(
            Class::Rejected,
            "number_too_long",
            format!(
                "The number {number} is longer than the {limit} characters that QuickBooks takes."
            ),
            "An admin chooses a shorter prefix, or the host sends a shorter number.",
        )
        .until(Condition::Settings)
    }

    /// The shares are not the gross commission.
    pub fn shares_differ(gross: &str, sum: &str) -> Self {
        Self::new(
            Class::Rejected,
            "shares_differ",
            format!("The shares come to {sum}; the gross commission is {gross}."),
            "Send shares that add up to the gross commission.",
        )
    }

    /// More is kept back from a payee than they get.
    pub fn payout_negative(payee: &str, net: &str) -> Self {
        Self::new(
            Class::Rejected,
            "payout_negative",
            format!("Fees and deductions leave {net} for payee {payee}."),
            "Lower the fees or deductions, or switch them out of the sync.",
        )
    }

    /// The invoice was paid in QuickBooks, so no other kind of document can take its place.
    pub fn invoice_paid(number: Option<&str>, paid: &str) -> Self {
        let invoice = number.map_or("The invoice".to_owned(), |number| format!("Invoice {number}"));
        Self::new(
            Class::NeedsMapping,
            "invoice_paid",
            format!("{invoice} has payments of {paid} in QuickBooks; with another kind of document in its place that money would count twice."),
            "The bookkeeper removes the payment in QuickBooks and syncs again, or an admin runs the template with invoices again.",
        )
        .until(Condition::BillPayment)
    }

    /// The bill was paid in QuickBooks, so it is not changed any more.
    pub fn bill_paid(number: Option<&str>, paid: &str) -> Self {
        let bill = number.map_or("The bill".to_owned(), |number| format!("Bill {number}"));
        Self::new(
            Class::NeedsMapping,
            "bill_paid",
            format!("{bill} has payments of {paid} in QuickBooks, and a bill that was paid is not changed."),
            "The bookkeeper removes the bill payment in QuickBooks and syncs again, or books the difference by hand.",
        )
        .until(Condition::BillPayment)
    }
}
