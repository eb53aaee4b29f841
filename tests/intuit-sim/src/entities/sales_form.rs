//! What invoices, sales receipts and credit memos have in common.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Draft, Kind, account, draft::reference_to, numbering, sales_lines, sales_tax, tracking,
};
use crate::{
    api::Fault,
    json::{Object, default, number, reference, set, text},
    ledger::{Ledger, Pool},
};

/// The members of every sales form, followed by a form's own.
macro_rules! table {
    ($own:literal) => {
        concat!(
            "
DocNumber text:21 q
TxnDate date q
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
ClassRef ref
DepartmentRef ref
ShipMethodRef ref
ShipDate date
TrackingNum text
TotalAmt dec q ro
HomeTotalAmt dec ro
Balance dec q ro
HomeBalance dec ro
PrintStatus enum:NotSet|NeedToPrint|PrintComplete
EmailStatus enum:NotSet|NeedToSend|EmailSent
BillEmail email
BillEmailCc email
BillEmailBcc email
DeliveryInfo any ro
CustomField [field]
RecurDataRef ref ro
TaxExemptionRef ref ro
ProjectRef ref
TxnSource text
TransactionLocationType text
AutoDocNumber bool
",
            $own
        )
    };
}
pub(super) use table;

/// Settles lines, tax and number, and returns the total.
pub(super) fn settle(draft: &mut Draft<'_>, customer: Option<&Object>) -> Result<Decimal, Fault> {
    tracking::of_transaction(draft)?;
    let sums = sales_lines::prepare(draft, customer)?;
    let tax = sales_tax::settle(draft, sums.taxable)?;
    let total = sums.subtotal - sums.discount + tax;
    if total < Decimal::ZERO {
        return Err(Fault::business("Transaction amount must be 0 or greater."));
    }
    numbering::settle(draft)?;
    set(&mut draft.object, "TotalAmt", number(total));
    Ok(total)
}

/// Fills what QuickBooks shows on every form: addresses and statuses.
pub(super) fn appearance(draft: &mut Draft<'_>, customer: Option<&Object>) -> Result<(), Fault> {
    if text(&draft.object, "EmailStatus") == Some("NeedToSend")
        && !draft.object.contains_key("BillEmail")
    {
        return Err(Fault::email_missing());
    }
    let object = &mut draft.object;
    for address in ["BillAddr", "ShipAddr"] {
        if let Some(usual) = customer.and_then(|customer| customer.get(address)) {
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
    Ok(())
}

/// The account that received money goes to; recorded: the default comes back without a name.
pub(super) fn deposit_account(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let undeposited = account::system_account(draft.ledger, "UndepositedFunds");
    match reference(&draft.object, "DepositToAccountRef").map(str::to_owned) {
        Some(id) => {
            let found = draft.resolve("DepositToAccountRef", &id, Kind::Account)?;
            account::of_type(found, "DepositToAccountRef", &["Bank", "Other Current Asset"])?;
            let named = if id == undeposited {
                json!({"value": id})
            } else {
                reference_to(Kind::Account, found)
            };
            set(&mut draft.object, "DepositToAccountRef", named);
        }
        None => set(&mut draft.object, "DepositToAccountRef", json!({"value": undeposited})),
    }
    Ok(())
}

/// Income, discount and tax: accounts with their credits.
pub(super) fn credits(ledger: &Ledger, object: &Object) -> Vec<(String, Decimal)> {
    let mut credits = sales_lines::credits(object);
    credits.extend(sales_tax::credits(ledger, object));
    credits
}

/// All amounts of a voided form become zero, and its links go.
pub(super) fn void(object: &mut Object) {
    sales_lines::void(object);
    for zero in ["TotalAmt", "Balance"] {
        set(object, zero, 0);
    }
    set(object, "TxnTaxDetail", json!({"TotalTax": 0}));
    if object.contains_key("LinkedTxn") {
        set(object, "LinkedTxn", Value::Array(Vec::new()));
    }
}

/// The number that a form occupies.
pub(super) fn number_taken(object: &Object) -> Vec<(Pool, String)> {
    text(object, "DocNumber")
        .map(|number| (Pool::SalesNumbers, number.to_owned()))
        .into_iter()
        .collect()
}
