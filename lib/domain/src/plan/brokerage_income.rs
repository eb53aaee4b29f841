//! The gross commission of a disbursement becomes an invoice, a sales receipt or a deposit, with a line for each share.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::id::{HostId, ObjectId};
use crate::ledger::{Booking, BookingLine, Document, ObjectKind, Sale, SaleLine};
use crate::link::{LinkKey, ListKind};
use crate::reason::Failure;
use crate::record::{BillItem, Disbursement, Share};
use crate::settings::TransactionDate;
use crate::template::{Field, Template};

use super::disbursement::memo;
use super::entries::{Details, Entries};
use super::reconcile::{Wanted, may_create, reconcile};
use super::{Active, Facts, Needs, Plan, Planned};

/// What income can be booked as.
const KINDS: [ObjectKind; 3] = [ObjectKind::Invoice, ObjectKind::SalesReceipt, ObjectKind::Deposit];

pub(super) fn needs(disbursement: &Disbursement) -> Needs {
    let mut needs = Needs::default();
    needs.links.insert(payer_key(disbursement));
    needs.links.extend(
        disbursement.synced_shares().map(|share| LinkKey::new(ListKind::Item, item(share).id)),
    );
    needs
}

/// `Err` ends planning early with something other than steps.
pub(super) fn plan(
    disbursement: &Disbursement,
    facts: &Facts,
    active: Active<'_>,
    canceled: bool,
) -> Result<Plan, Planned> {
    let kind = active.template.document();
    if canceled || disbursement.income().is_zero() {
        return reconcile(&KINDS, None, facts, active);
    }
    let configuration = active.choices()?;
    let missing = |field| Planned::Fail(Failure::setting_missing(field));
    let account = configuration.entry(Field::IncomeAccount);
    let account = account.ok_or_else(|| missing(Field::IncomeAccount))?;
    let deposit_account = configuration.entry(Field::DepositAccount).cloned();
    if kind != ObjectKind::Invoice && deposit_account.is_none() {
        return Err(missing(Field::DepositAccount));
    }
    let own = if kind == ObjectKind::Deposit { None } else { disbursement.number.as_deref() };
    let (number, renumbered) = facts.number(own, active)?;
    let date = match configuration.transaction_date() {
        TransactionDate::SyncDay => None,
        TransactionDate::CloseDate => Some(disbursement.transaction.closed_on),
    };

    may_create(kind, date, facts, active)?;
    let mut entries = Entries::new(facts);
    let details = Details {
        email: disbursement.payer.email.clone(),
        currency: facts.company.multicurrency.then(|| disbursement.currency.clone()),
        ..Details::default()
    };
    let customer = entries.refer(payer_key(disbursement), &disbursement.payer.name, details);
    let is_deposit = active.template == Template::BrokerageIncomeDeposit;
    let mut sold = Vec::new();
    if !is_deposit {
        for share in shares(disbursement) {
            sold.push(SaleLine {
                item: match &share.item {
                    Some(own) => entries.named_item(own, active)?,
                    None => entries.item(&item(share), active)?,
                },
                description: Some(described(share, disbursement)),
                quantity: Decimal::ONE,
                unit_price: share.amount,
                amount: share.amount,
            });
        }
    }
    let steps = entries.finish()?;

    let class = configuration.entry(Field::Class).cloned();
    let term = configuration.entry(Field::Term).cloned();
    let sale = |date: Option<Date>, note: Option<&str>| Sale {
        customer: customer.clone(),
        number: number.clone(),
        date,
        due: None,
        term: term.clone(),
        deposit_account: deposit_account.clone(),
        currency: disbursement.currency.clone(),
        memo: Some(memo(disbursement, facts, note)),
        marker: facts.marker.clone(),
        email: disbursement.payer.email.clone(),
        class: class.clone(),
        lines: sold.clone(),
    };
    let deposit = |date: Option<Date>, note: Option<&str>| Booking {
        party: customer.clone(),
        account: deposit_account.clone(),
        number: None,
        date,
        term: None,
        currency: disbursement.currency.clone(),
        memo: Some(memo(disbursement, facts, note)),
        marker: facts.marker.clone(),
        class: class.clone(),
        lines: shares(disbursement).map(|share| booked(share, account, disbursement)).collect(),
    };
    let build = |date: Option<Date>, note: Option<&str>| match kind {
        ObjectKind::SalesReceipt => Document::SalesReceipt(sale(date, note)),
        ObjectKind::Deposit => Document::Deposit(deposit(date, note)),
        _ => Document::Invoice(sale(date, note)),
    };
    let wanted = Wanted { kind, date, build: &build };
    Ok(reconcile(&KINDS, Some(wanted), facts, active)?.after(steps, renumbered))
}

/// What a share of income is sold as, unless it names nothing and the workflow chose a product or service.
pub(super) fn item(share: &Share) -> BillItem {
    share.item.clone().unwrap_or_else(|| BillItem {
        id: HostId::parse("gross_commission").expect("letters and an underscore are safe in an id"),
        name: "Gross commission".to_owned(),
    })
}

fn shares(disbursement: &Disbursement) -> impl Iterator<Item = &Share> {
    disbursement.synced_shares().filter(|share| !share.amount.is_zero())
}

/// A payee's own account is where their expense is booked, so income is booked there for nobody but the company.
fn booked(share: &Share, account: &ObjectId, disbursement: &Disbursement) -> BookingLine {
    let own = share.account.as_ref().filter(|_| share.payee.is_none());
    BookingLine {
        account: own.unwrap_or(account).clone(),
        description: Some(described(share, disbursement)),
        amount: share.amount,
    }
}

fn described(share: &Share, disbursement: &Disbursement) -> String {
    let what = share.description.as_deref().unwrap_or(share.role.label());
    let whose = share.payee.as_ref().map(|payee| format!(" of {}", payee.name));
    format!("{what}{}, {}", whose.unwrap_or_default(), disbursement.transaction.address)
}

fn payer_key(disbursement: &Disbursement) -> LinkKey {
    LinkKey::new(ListKind::Customer, disbursement.payer.id.clone())
}
