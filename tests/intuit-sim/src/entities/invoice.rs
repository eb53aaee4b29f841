//! Invoices.

use jiff::{ToSpan, civil::Date};
use rust_decimal::prelude::ToPrimitive;
use serde_json::json;

use super::{
    Draft, EntityType, Kind, SENT, account, currency,
    sales_form::{self, table},
    settlement,
};
use crate::{
    api::Fault,
    json::{Object, amount, amount_or_zero, cents, default, number, reference, set},
    ledger::{Key, Ledger, Leg, links},
};

pub(super) static INVOICE: EntityType = EntityType {
    kind: Kind::Invoice,
    name: "Invoice",
    table: TABLE,
    counted: true,
    numbered: true,
    prepare,
    index: sales_form::number_taken,
    legs,
    void: Some(|object| {
        sales_form::void(object);
        object.remove("Deposit");
    }),
    settled: Some(|object, settled, links| {
        let balance =
            amount_or_zero(object, "TotalAmt") - amount_or_zero(object, "Deposit") - settled;
        set(object, "Balance", number(balance));
        set(object, "LinkedTxn", links);
    }),
    may_delete: |ledger, switches, object| {
        settlement::may_delete(Kind::Invoice, ledger, switches, object)
    },
    ..SENT
};

const TABLE: &str = table!(
    "
DueDate date q
CustomerRef ref q need
SalesTermRef ref q
Deposit dec
DepositToAccountRef ref
LinkedTxn [link] ro
AllowIPNPayment bool
AllowOnlinePayment bool
AllowOnlineCreditCardPayment bool
AllowOnlineACHPayment bool
InvoiceLink text ro
EInvoiceStatus text ro
InvoiceEx any ro
"
);

/// Recorded: without a term an invoice is still due in thirty days, the company's default term.
const DEFAULT_DUE_DAYS: i64 = 30;

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let customer =
        draft.refer("CustomerRef", Kind::Customer)?.ok_or_else(|| Fault::missing("CustomerRef"))?;
    let date = draft.dated();
    due_date(draft, date)?;
    currency::settle(draft, reference(customer, "CurrencyRef"))?;
    let total = sales_form::settle(draft, Some(customer))?;
    deposit(draft)?;
    let deposit = amount_or_zero(&draft.object, "Deposit");
    if deposit > total {
        return Err(Fault::business("The deposit cannot be more than the total of the invoice."));
    }
    let settled = settlement::of(draft, Kind::Invoice, total - deposit, "CustomerRef")?;
    let links = draft
        .id()
        .map_or_else(|| json!([]), |id| links(draft.ledger, &Key::new(Kind::Invoice, id)));
    set(&mut draft.object, "LinkedTxn", links);
    set(&mut draft.object, "Balance", number(total - deposit - settled));
    sales_form::appearance(draft, Some(customer))?;
    for deprecated in [
        "AllowIPNPayment",
        "AllowOnlinePayment",
        "AllowOnlineCreditCardPayment",
        "AllowOnlineACHPayment",
    ] {
        default(&mut draft.object, deprecated, false);
    }
    Ok(())
}

fn due_date(draft: &mut Draft<'_>, date: Date) -> Result<(), Fault> {
    let term = draft.refer("SalesTermRef", Kind::Term)?;
    if draft.object.contains_key("DueDate") {
        return Ok(());
    }
    let days = term.map_or(DEFAULT_DUE_DAYS, |term| {
        amount(term, "DueDays").and_then(|days| days.to_i64()).unwrap_or(DEFAULT_DUE_DAYS)
    });
    let due = date.checked_add(days.days()).unwrap_or(date);
    set(&mut draft.object, "DueDate", due.to_string());
    Ok(())
}

fn deposit(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let Some(value) = amount(&draft.object, "Deposit") else { return Ok(()) };
    set(&mut draft.object, "Deposit", number(cents(value)));
    if let Some(found) = draft.refer("DepositToAccountRef", Kind::Account)? {
        return account::of_type(found, "DepositToAccountRef", &["Bank", "Other Current Asset"]);
    }
    let undeposited = account::system_account(draft.ledger, "UndepositedFunds");
    set(&mut draft.object, "DepositToAccountRef", json!({"value": undeposited}));
    Ok(())
}

fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let receivable = account::system_account(ledger, "AccountsReceivable");
    let customer = reference(object, "CustomerRef").unwrap_or_default();
    let mut legs = vec![Leg::debit(&receivable, amount_or_zero(object, "TotalAmt")).of(customer)];
    let credits = sales_form::credits(ledger, object);
    legs.extend(credits.into_iter().map(|(account, credit)| Leg::credit(&account, credit)));
    if let (Some(deposit), Some(account)) =
        (amount(object, "Deposit"), reference(object, "DepositToAccountRef"))
    {
        legs.push(Leg::debit(account, deposit));
        legs.push(Leg::credit(&receivable, deposit).of(customer));
    }
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
