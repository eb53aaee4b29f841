//! Bringing the documents of a posting in line with those it is to have.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::fence::{self, Fence, Operation, Redated};
use crate::ledger::{Document, Object, ObjectKind, Removal, Sent, Step, Trace};
use crate::name::Change;
use crate::posting;
use crate::reason::{Failure, Reason};

use super::merge::merge;
use super::{Active, Facts, Plan, Planned};

/// A document as it is to be, but for its date: a closed period may be in the way.
pub(super) struct Wanted<'a> {
    /// Its kind.
    pub(super) kind: ObjectKind,
    /// Its date by the record; QuickBooks takes today when absent.
    pub(super) date: Option<Date>,
    /// Makes it with a date, and a note on why that is not the record's.
    pub(super) build: &'a dyn Fn(Option<Date>, Option<&str>) -> Document,
}

/// What brings the posting's documents of these `kinds` in line: at most one of them, as `wanted`.
pub(super) fn reconcile(
    kinds: &[ObjectKind],
    wanted: Option<Wanted<'_>>,
    facts: &Facts,
    active: Active<'_>,
) -> Result<Plan, Planned> {
    let mut plan = Plan::default();
    if let Some(wanted) = &wanted {
        not_removed(kinds, facts)?;
        debug_assert!(kinds.contains(&wanted.kind));
    }
    let keeps = wanted.as_ref().map(|wanted| wanted.kind);
    for object in
        kinds.iter().filter(|kind| Some(**kind) != keeps).filter_map(|kind| living(facts, *kind))
    {
        may_change(object, facts)?;
        if keeps.is_some() {
            may_be_replaced(object, facts)?;
        }
        let now = object.date.unwrap_or(facts.today);
        open(None, Operation::Remove(now), facts, active)?;
        plan.steps.push(Step::remove(object));
    }
    if let Some(wanted) = wanted {
        bring(wanted, facts, active, &mut plan)?;
    }
    Ok(plan)
}

/// Whether the books take a new document at all; asked before its entries are looked up, which costs metered reads.
pub(super) fn may_create(
    kind: ObjectKind,
    date: Option<Date>,
    facts: &Facts,
    active: Active<'_>,
) -> Result<(), Planned> {
    if living(facts, kind).is_some() {
        return Ok(());
    }
    open(date, Operation::Create(facts.today), facts, active).map(|_| ())
}

fn bring(
    wanted: Wanted<'_>,
    facts: &Facts,
    active: Active<'_>,
    plan: &mut Plan,
) -> Result<(), Planned> {
    let Wanted { kind, date, build } = wanted;
    let Some(object) = living(facts, kind) else {
        let redated = open(date, Operation::Create(facts.today), facts, active)?;
        let document = dated(date, redated, build, &mut plan.changes);
        plan.steps.push(Step::Create(document));
        return Ok(());
    };
    let matches = |document: &Document| object.content == document.content();
    // What a person decides is about what was kept when it was made to match.
    let is_reopened =
        facts.wish.decides.is_some() && object.trace.as_ref().is_some_and(Trace::keeps_anything);
    if !is_reopened && matches(&build(date, None)) {
        return Ok(());
    }
    // It may match a document that was re-dated when it was made.
    if let Some(to) = object.date {
        for fence in [Fence::ClosingDate(to), Fence::CompanyStart(to)] {
            let redated = Redated { from: date, to, fence };
            if matches(&build(Some(to), Some(&redated.note()))) {
                plan.changes.push(change(&redated));
                return Ok(());
            }
        }
    }
    may_change(object, facts)?;
    let now = object.date.unwrap_or(facts.today);
    let redated = open(date, Operation::Update(now), facts, active)?;
    let document = dated(date, redated, build, &mut plan.changes);
    let merge = merge(object, &document, facts, active)?;
    if merge.changes_nothing(&document) {
        let sent = Sent::of(&document, merge.kept);
        let trace = object.trace.clone().map(|trace| trace.keeping(&sent));
        let (content, edits) = (document.content(), merge.edits);
        plan.settled.push(Object { content, trace, edits, ..object.clone() });
    } else {
        plan.steps.push(Step::Update(Box::new(object.clone()), document, merge));
    }
    Ok(())
}

fn dated(
    date: Option<Date>,
    redated: Option<Redated>,
    build: &dyn Fn(Option<Date>, Option<&str>) -> Document,
    changes: &mut Vec<Change>,
) -> Document {
    let Some(redated) = redated else { return build(date, None) };
    changes.push(change(&redated));
    build(Some(redated.to), Some(&redated.note()))
}

fn change(redated: &Redated) -> Change {
    Change {
        path: "date".to_owned(),
        from: redated.recorded(),
        to: redated.to.to_string(),
        why: format!("the record's date {}", redated.why()),
    }
}

/// Whether the books take a document that the record dates so.
fn open(
    date: Option<Date>,
    operation: Operation,
    facts: &Facts,
    active: Active<'_>,
) -> Result<Option<Redated>, Planned> {
    let policy = active.setup.configuration.closed_period();
    let redated = fence::books(date, operation, &facts.company.books, policy);
    match redated.map_err(Planned::Fail)? {
        // A date that a person will see is not changed for a closing date that may have been taken back since.
        Some(Redated { fence: Fence::ClosingDate(_), .. }) if !facts.books_just_read => {
            Err(Planned::LookAtBooks)
        }
        redated => Ok(redated),
    }
}

/// The living document of a kind in the company's books.
pub(super) fn living(facts: &Facts, kind: ObjectKind) -> Option<&Object> {
    posting::living(&facts.objects, kind, &facts.company.id)
}

/// A document that a person removed in QuickBooks is not made again behind their back.
fn not_removed(kinds: &[ObjectKind], facts: &Facts) -> Result<(), Planned> {
    let removed =
        kinds.iter().find_map(|kind| posting::removed(&facts.objects, *kind, &facts.company.id));
    match removed {
        Some(document) if document.removal == Some(Removal::Unlinked) => {
            Err(Planned::Skip(Reason::unlinked()))
        }
        Some(document) => Err(Planned::Fail(Failure::removed_in_quickbooks(document))),
        None => Ok(()),
    }
}

/// A bill that was paid is left alone. Whether it was, only QuickBooks knows: people pay bills there.
fn may_change(object: &Object, facts: &Facts) -> Result<(), Planned> {
    unless_paid(ObjectKind::Bill, object, facts, Failure::bill_paid)
}

/// An invoice that was paid stays an invoice: its payment would be left over, and the new document brings the same
/// money in again.
fn may_be_replaced(object: &Object, facts: &Facts) -> Result<(), Planned> {
    unless_paid(ObjectKind::Invoice, object, facts, Failure::invoice_paid)
}

/// Looks at a document of a kind as it is now, and fails if anything was paid on it.
fn unless_paid(
    kind: ObjectKind,
    object: &Object,
    facts: &Facts,
    failure: fn(Option<&str>, &str) -> Failure,
) -> Result<(), Planned> {
    if object.kind != kind {
        return Ok(());
    }
    if !facts.just_read.contains(&object.id) {
        return Err(Planned::Read(Box::new(object.clone())));
    }
    let balance = object.balance.or(object.total).unwrap_or_default();
    let paid = object.total.unwrap_or_default() - balance;
    if paid > Decimal::ZERO {
        let paid = facts.company.currency.format(paid);
        return Err(Planned::Fail(failure(object.doc_number.as_deref(), &paid)));
    }
    Ok(())
}

/// What is taken back may lie in the books of a company that is not connected now.
pub(super) fn nothing_elsewhere(facts: &Facts) -> Result<(), Planned> {
    let here = |object: &&Object| object.company == facts.company.id;
    let elsewhere = |object: &&Object| !here(object) && object.removal.is_none();
    if facts.objects.iter().any(|object| here(&object)) {
        return Ok(());
    }
    match facts.objects.iter().find(elsewhere) {
        Some(object) => Err(Planned::Fail(Failure::posted_elsewhere(&object.company))),
        None => Ok(()),
    }
}
