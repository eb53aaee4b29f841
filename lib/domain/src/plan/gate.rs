//! Whether a record may be posted at all: what a person must ask for, workflows that do not run, rules that leave it out.

use crate::fence::{self, Arrival};
use crate::ledger::Object;
use crate::posting::Trigger;
use crate::reason::{Failure, Reason};
use crate::record::{Charge, DisbursementStatus, Record};
use crate::settings::{Stage, Switches};

use super::{Active, Facts, Planned};

/// The workflow under which the record is posted, or why it is not.
pub(super) fn open<'a>(record: &Record, facts: &'a Facts) -> Result<Active<'a>, Planned> {
    if let Some(reason) = never(record, facts) {
        return Err(Planned::Skip(reason));
    }
    if let Some(reason) = hold(record, facts.wish.trigger, &facts.settings.switches) {
        return Err(Planned::Hold(reason));
    }
    let active = facts.active().ok_or_else(|| Planned::Fail(inactive(facts)))?;
    // What was posted is kept in line: rules say what is posted, not what grows stale. Also while one kind of document
    // takes the place of another.
    let is_posted = facts.objects.iter().any(|object| object.company == facts.company.id);
    let arrival = Arrival {
        date: record.date(),
        at: facts.wish.at.unwrap_or(facts.seen_at),
        first_run_at: facts.first_run_at(),
    };
    if !is_posted
        && !takes_back(record)
        && !facts.wish.overrides_rules
        && let Some(reason) = fence::rule(&arrival, &active.setup.configuration)
    {
        return Err(Planned::Skip(reason));
    }
    if facts.look_first {
        let unread =
            |object: &&Object| is_living(object, facts) && !facts.just_read.contains(&object.id);
        if let Some(object) = facts.objects.iter().find(unread) {
            return Err(Planned::Read(Box::new(object.clone())));
        }
    }
    Ok(active)
}

fn is_living(object: &Object, facts: &Facts) -> bool {
    object.removal.is_none() && object.company == facts.company.id
}

/// What is never posted, whoever asks.
fn never(record: &Record, facts: &Facts) -> Option<Reason> {
    match record {
        Record::Disbursement(disbursement) => {
            (disbursement.status == DisbursementStatus::Draft).then(Reason::draft)
        }
        Record::Payment(payment) => {
            let here = |object: &Object| object.company == facts.company.id;
            let is_known = facts.objects.iter().any(here);
            let failed = payment.charge == Some(Charge::Failed) && !payment.voided;
            (failed && !is_known).then(Reason::charge_failed)
        }
        Record::Bill(_) => None,
    }
}

/// Why a record that arrived by itself waits for a person.
fn hold(record: &Record, trigger: Trigger, switches: &Switches) -> Option<Reason> {
    match trigger {
        Trigger::Person => return None,
        Trigger::Hold => return Some(Reason::on_hold()),
        Trigger::Event => {}
    }
    let charged = switches.auto_sync_billing_when_card_charged;
    match record {
        Record::Bill(bill) if bill.charge == Some(Charge::Failed) => Some(Reason::charge_failed()),
        Record::Bill(_) | Record::Payment(_) if !charged => {
            Some(Reason::auto_sync_off(record.kind()))
        }
        Record::Bill(bill) => bill.charge.is_none().then(Reason::not_charged),
        Record::Payment(_) if takes_back(record) => None,
        Record::Payment(payment) => payment.charge.is_none().then(Reason::not_charged),
        Record::Disbursement(_) if !switches.auto_sync_disbursement_at_100_percent => {
            Some(Reason::auto_sync_off(record.kind()))
        }
        Record::Disbursement(_) if takes_back(record) => None,
        Record::Disbursement(disbursement) => (!disbursement.is_complete())
            .then(|| Reason::not_complete(disbursement.percent_complete)),
    }
}

/// Taking back what was posted is no matter of rules.
fn takes_back(record: &Record) -> bool {
    match record {
        Record::Bill(_) => false,
        Record::Payment(payment) => payment.is_taken_back(),
        Record::Disbursement(disbursement) => disbursement.status == DisbursementStatus::Canceled,
    }
}

fn inactive(facts: &Facts) -> Failure {
    let workflow = facts.key.workflow;
    let is_paused = facts.settings.workflows(&facts.company.id).is_some_and(|workflows| {
        let of_kind = workflows.0.iter().filter(|(template, _)| template.workflow() == workflow);
        of_kind.into_iter().any(|(_, setup)| setup.stage == Stage::Paused)
    });
    if is_paused {
        Failure::workflow_paused(workflow)
    } else {
        Failure::workflow_not_active(workflow)
    }
}
