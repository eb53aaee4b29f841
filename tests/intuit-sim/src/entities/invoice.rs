//! Invoices.

use jiff::{ToSpan, civil::Date};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Value, json};

use super::{
    Draft, EntityType, Kind, TRANSACTION, account, currency, numbering, sales_lines, sales_tax,
};
use crate::{
    api::Fault,
    json::{Object, amount, amount_or_zero, cents, default, number, reference, set, text},
    ledger::{Key, Ledger, Leg, Pool, links},
    switches::{BelowPaid, PaidInvoice, Switches},
};

pub(super) static INVOICE: EntityType = EntityType {
    kind: Kind::Invoice,
    name: "Invoice",
    table: TABLE,
    counted: true,
    numbered: true,
    prepare,
    index: |object| {
        text(object, "DocNumber")
            .map(|number| (Pool::SalesNumbers, number.to_owned()))
            .into_iter()
            .collect()
    },
    legs,
    void: Some(void),
    may_delete,
    ..TRANSACTION
};

const TABLE: &str = "
DocNumber text:21 q
TxnDate date q
DueDate date q
CustomerRef ref q need
CustomerMemo memo
BillAddr addr
ShipAddr addr
ShipFromAddr addr
FreeFormAddress bool ro
Line [line] need
TxnTaxDetail tax
GlobalTaxCalculation enum:TaxExcluded|TaxInclusive|NotApplicable
ApplyTaxAfterDiscount bool
CurrencyRef ref keep
ExchangeRate dec
PrivateNote text:4000
SalesTermRef ref q
ClassRef ref
DepartmentRef ref
ShipMethodRef ref
ShipDate date
TrackingNum text
TotalAmt dec q ro
HomeTotalAmt dec ro
Balance dec q ro
HomeBalance dec ro
Deposit dec
DepositToAccountRef ref
PrintStatus enum:NotSet|NeedToPrint|PrintComplete
EmailStatus enum:NotSet|NeedToSend|EmailSent
BillEmail email
BillEmailCc email
BillEmailBcc email
DeliveryInfo any ro
CustomField [field]
LinkedTxn [link] ro
AllowIPNPayment bool
AllowOnlinePayment bool
AllowOnlineCreditCardPayment bool
AllowOnlineACHPayment bool
InvoiceLink text ro
RecurDataRef ref ro
TaxExemptionRef ref ro
ProjectRef ref
TxnSource text
TransactionLocationType text
AutoDocNumber bool
EInvoiceStatus text ro
InvoiceEx any ro
";

/// Recorded: without a term an invoice is still due in thirty days, the company's default term.
const DEFAULT_DUE_DAYS: i64 = 30;

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let customer =
        draft.refer("CustomerRef", Kind::Customer)?.ok_or_else(|| Fault::missing("CustomerRef"))?;
    let date = draft.dated();
    due_date(draft, date)?;
    currency::settle(draft, reference(customer, "CurrencyRef"))?;
    let sums = sales_lines::prepare(draft, customer)?;
    let tax = sales_tax::settle(draft, sums.taxable)?;
    let total = sums.subtotal - sums.discount + tax;
    if total < Decimal::ZERO {
        return Err(Fault::business("Transaction amount must be 0 or greater."));
    }
    numbering::settle(draft)?;
    deposit(draft)?;
    settlement(draft, customer, total)?;
    set(&mut draft.object, "TotalAmt", number(total));
    appearance(draft, customer)
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

/// Balance and links; an invoice that falls below what was paid gives settlements back or is refused.
fn settlement(draft: &mut Draft<'_>, customer: &Object, total: Decimal) -> Result<(), Fault> {
    let deposit = amount_or_zero(&draft.object, "Deposit");
    let key = draft.id().map(|id| Key::new(Kind::Invoice, id));
    let settled = key.as_ref().map(|key| draft.ledger.total_applied_to(key)).unwrap_or_default();
    let moved =
        draft.before.is_some_and(|before| reference(before, "CustomerRef") != text(customer, "Id"));
    if moved && !settled.is_zero() {
        return Err(Fault::business(
            "The customer of an invoice cannot be changed while payments are applied to it.",
        ));
    }
    if deposit > total {
        return Err(Fault::business("The deposit cannot be more than the total of the invoice."));
    }
    if settled > total - deposit {
        if draft.switches.invoice_below_paid == BelowPaid::Reject {
            return Err(Fault::business(
                "The amount of the invoice cannot be less than what has been paid.",
            ));
        }
        draft.released = Some(total - deposit);
    }
    let links = key.map_or_else(|| json!([]), |key| links(draft.ledger, &key));
    set(&mut draft.object, "LinkedTxn", links);
    set(&mut draft.object, "Balance", number(total - deposit - settled));
    Ok(())
}

fn appearance(draft: &mut Draft<'_>, customer: &Object) -> Result<(), Fault> {
    if text(&draft.object, "EmailStatus") == Some("NeedToSend")
        && !draft.object.contains_key("BillEmail")
    {
        return Err(Fault::email_missing());
    }
    let object = &mut draft.object;
    for address in ["BillAddr", "ShipAddr"] {
        if let Some(usual) = customer.get(address) {
            default(object, address, usual.clone());
        }
    }
    default(
        object,
        "ShipFromAddr",
        json!({"Line1": "123 Sierra Way", "Line2": "San Pablo, CA  87999 US"}),
    );
    default(object, "CustomField", json!([]));
    default(object, "PrintStatus", "NeedToPrint");
    default(object, "EmailStatus", "NotSet");
    default(object, "ApplyTaxAfterDiscount", false);
    set(object, "FreeFormAddress", true);
    for deprecated in [
        "AllowIPNPayment",
        "AllowOnlinePayment",
        "AllowOnlineCreditCardPayment",
        "AllowOnlineACHPayment",
    ] {
        default(object, deprecated, false);
    }
    Ok(())
}

fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let receivable = account::system_account(ledger, "AccountsReceivable");
    let customer = reference(object, "CustomerRef").unwrap_or_default();
    let mut legs = vec![Leg::debit(&receivable, amount_or_zero(object, "TotalAmt")).of(customer)];
    let credits =
        sales_lines::credits(object).into_iter().chain(sales_tax::credits(ledger, object));
    legs.extend(credits.map(|(account, credit)| Leg::credit(&account, credit)));
    if let (Some(deposit), Some(account)) =
        (amount(object, "Deposit"), reference(object, "DepositToAccountRef"))
    {
        legs.push(Leg::debit(account, deposit));
        legs.push(Leg::credit(&receivable, deposit).of(customer));
    }
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}

fn void(object: &mut Object) {
    sales_lines::void(object);
    object.remove("Deposit");
    for zero in ["TotalAmt", "Balance"] {
        set(object, zero, 0);
    }
    set(object, "TxnTaxDetail", json!({"TotalTax": 0}));
    set(object, "LinkedTxn", Value::Array(Vec::new()));
}

fn may_delete(ledger: &Ledger, switches: &Switches, object: &Object) -> Result<(), Fault> {
    let key = Key::new(Kind::Invoice, text(object, "Id").unwrap_or_default());
    if switches.delete_paid_invoice == PaidInvoice::Reject
        && !ledger.total_applied_to(&key).is_zero()
    {
        return Err(Fault::has_dependencies(
            "The invoice is linked to a payment. Unlink the payment before deleting the invoice.",
        ));
    }
    Ok(())
}
