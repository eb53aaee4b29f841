//! Sales receipts: sold and paid at once.

use super::{
    Draft, EntityType, Kind, SENT, currency,
    sales_form::{self, table},
};
use crate::{
    api::Fault,
    json::{Object, amount_or_zero, reference, set},
    ledger::{Ledger, Leg},
};

pub(super) static SALES_RECEIPT: EntityType = EntityType {
    kind: Kind::SalesReceipt,
    name: "SalesReceipt",
    table: table!(
        "
CustomerRef ref q
DepositToAccountRef ref q keep
PaymentMethodRef ref q
PaymentRefNum text:21 q
PaymentType enum:Cash|Check|CreditCard|Other
CheckPayment any
CreditCardPayment any
LinkedTxn [link] ro
SalesReceiptEx any ro
"
    ),
    numbered: true,
    prepare,
    index: sales_form::number_taken,
    legs,
    void: Some(sales_form::void),
    settled: Some(super::deposit::shown_on),
    // Recorded: a deposited receipt takes no edit at all.
    frozen: Some(|_, _| true),
    ..SENT
};

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let customer = draft.refer("CustomerRef", Kind::Customer)?;
    draft.dated();
    currency::settle(draft, customer.and_then(|customer| reference(customer, "CurrencyRef")))?;
    sales_form::settle(draft, customer)?;
    draft.refer("PaymentMethodRef", Kind::PaymentMethod)?;
    sales_form::deposit_account(draft)?;
    set(&mut draft.object, "Balance", 0);
    sales_form::appearance(draft, customer)
}

fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let received = reference(object, "DepositToAccountRef").unwrap_or_default();
    let mut legs = vec![Leg::debit(received, amount_or_zero(object, "TotalAmt"))];
    let credits = sales_form::credits(ledger, object);
    legs.extend(credits.into_iter().map(|(account, credit)| Leg::credit(&account, credit)));
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
