//! What a disbursement pays to one payee becomes a bill, a check or a journal entry.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::id::{HostId, ObjectId};
use crate::ledger::{Booking, BookingLine, Document, ObjectKind};
use crate::link::{LinkKey, ListKind};
use crate::reason::Failure;
use crate::record::{Disbursement, Share};
use crate::settings::TransactionDate;
use crate::template::Field;

use super::disbursement::memo;
use super::entries::{Details, Entries};
use super::reconcile::{Wanted, may_create, reconcile};
use super::{Active, Facts, Needs, Plan, Planned};

/// What an expense can be booked as.
const KINDS: [ObjectKind; 3] = [ObjectKind::Bill, ObjectKind::Purchase, ObjectKind::JournalEntry];

pub(super) fn needs(payee: &HostId) -> Needs {
    Needs { links: [vendor_key(payee)].into(), ..Needs::default() }
}

/// `Err` ends planning early with something other than steps.
pub(super) fn plan(
    disbursement: &Disbursement,
    payee: &HostId,
    facts: &Facts,
    active: Active<'_>,
    canceled: bool,
) -> Result<Plan, Planned> {
    let kind = active.template.document();
    let party = disbursement
        .synced_shares_of(payee)
        .find_map(|share| share.payee.as_ref())
        .filter(|_| !canceled && !disbursement.net_of(payee).is_zero());
    let Some(party) = party else {
        return reconcile(&KINDS, None, facts, active);
    };
    let configuration = active.choices()?;
    let missing = |field| Planned::Fail(Failure::setting_missing(field));
    let expense_account = configuration.entry(Field::ExpenseAccount);
    let expense_account = expense_account.ok_or_else(|| missing(Field::ExpenseAccount))?;
    let other_side = match kind {
        ObjectKind::Purchase => Some(Field::CheckingAccount),
        ObjectKind::JournalEntry => Some(Field::CreditAccount),
        _ => None,
    };
    let account = match other_side {
        Some(field) => Some(configuration.entry(field).ok_or_else(|| missing(field))?.clone()),
        None => None,
    };
    let own = disbursement.synced_shares_of(payee).find_map(|share| share.number.as_deref());
    let (number, renumbered) = facts.number(own, active)?;
    let date = match configuration.transaction_date() {
        TransactionDate::SyncDay => None,
        TransactionDate::CloseDate => Some(disbursement.transaction.closed_on),
    };

    may_create(kind, date, facts, active)?;
    let mut entries = Entries::new(facts);
    let details = Details {
        email: party.email.clone(),
        currency: facts.company.multicurrency.then(|| disbursement.currency.clone()),
        ..Details::default()
    };
    let vendor = entries.refer(vendor_key(payee), &party.name, details);
    let steps = entries.finish()?;

    let booking = |date: Option<Date>, note: Option<&str>| Booking {
        party: vendor.clone(),
        account: account.clone(),
        number: number.clone(),
        date,
        term: configuration.entry(Field::Term).cloned(),
        currency: disbursement.currency.clone(),
        memo: Some(memo(disbursement, facts, note)),
        marker: facts.marker.clone(),
        class: configuration.entry(Field::Class).cloned(),
        lines: lines(disbursement, payee, expense_account),
    };
    let build = |date: Option<Date>, note: Option<&str>| match kind {
        ObjectKind::Purchase => Document::Check(booking(date, note)),
        ObjectKind::JournalEntry => Document::JournalEntry(booking(date, note)),
        _ => Document::Bill(booking(date, note)),
    };
    let wanted = Wanted { kind, date, build: &build };
    Ok(reconcile(&KINDS, Some(wanted), facts, active)?.after(steps, renumbered))
}

/// A line for each share, less what is kept back of it. Whether QuickBooks takes negative lines everywhere is not known,
/// so what one share cannot bear is taken from the others.
fn lines(disbursement: &Disbursement, payee: &HostId, account: &ObjectId) -> Vec<BookingLine> {
    let shares = || disbursement.synced_shares_of(payee);
    let mut short: Decimal =
        shares().map(|share| share.net().min(Decimal::ZERO)).sum::<Decimal>().abs();
    let mut lines = Vec::new();
    for share in shares() {
        let net = share.net().max(Decimal::ZERO);
        let amount = net - net.min(short);
        short -= net - amount;
        if amount > Decimal::ZERO {
            lines.push(BookingLine {
                account: share.account.as_ref().unwrap_or(account).clone(),
                description: Some(described(share, disbursement)),
                amount: amount.normalize(),
            });
        }
    }
    lines
}

fn described(share: &Share, disbursement: &Disbursement) -> String {
    let currency = &disbursement.currency;
    let mut text = share.description.as_deref().unwrap_or(share.role.label()).to_owned();
    let withheld: Vec<String> = share
        .withheld()
        .map(|withheld| format!("{} {}", withheld.name, currency.format(withheld.amount)))
        .collect();
    if !withheld.is_empty() {
        text += &format!(" {} less {}", currency.format(share.amount), withheld.join(", "));
    }
    format!("{text}, {}", disbursement.transaction.address)
}

fn vendor_key(payee: &HostId) -> LinkKey {
    LinkKey::new(ListKind::Vendor, payee.clone())
}
