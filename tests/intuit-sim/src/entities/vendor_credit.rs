//! Vendor credits: what a vendor owes back, until a bill payment uses it.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Draft, EntityType, Kind, TRANSACTION, Voidable, account, currency,
    expense_lines::{self, Form},
    payee, settlement, tracking,
};
use crate::{
    api::Fault,
    json::{Object, amount_or_zero, default, number, reference, set},
    ledger::{Key, Ledger, Leg, links},
};

pub(super) static VENDOR_CREDIT: EntityType = EntityType {
    kind: Kind::VendorCredit,
    name: "VendorCredit",
    table: TABLE,
    counted: true,
    prepare,
    legs,
    void: Some(|object| {
        expense_lines::void(object);
        set(object, "TotalAmt", 0);
        show(object, Decimal::ZERO, json!([]));
    }),
    voidable: Voidable::Nowhere,
    settled: Some(show),
    may_delete: |ledger, switches, object| {
        settlement::may_delete(Kind::VendorCredit, ledger, switches, object)
    },
    ..TRANSACTION
};

const TABLE: &str = "
DocNumber text:21 q
TxnDate date q
VendorRef ref q need
VendorAddr addr
APAccountRef ref q keep
Line [line] need
TxnTaxDetail tax
GlobalTaxCalculation enum:TaxExcluded|TaxInclusive|NotApplicable
CurrencyRef ref keep
ExchangeRate dec
PrivateNote text:4000
DepartmentRef ref
TotalAmt dec q ro
HomeTotalAmt dec ro
Balance dec q ro
LinkedTxn [link] ro
TransactionLocationType text
IncludeInAnnualTPAR bool
RecurDataRef ref ro
TxnSource text
";

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let vendor =
        draft.refer("VendorRef", Kind::Vendor)?.ok_or_else(|| Fault::missing("VendorRef"))?;
    draft.dated();
    currency::settle(draft, reference(vendor, "CurrencyRef"))?;
    account::payable(draft)?;
    tracking::of_transaction(draft)?;
    let total = expense_lines::prepare(draft, Form::Bill, Some(Kind::Vendor))?;
    let settled = settlement::of(draft, Kind::VendorCredit, total, "VendorRef")?;
    let key = draft.id().map(|id| Key::new(Kind::VendorCredit, id));
    let links = key.map_or_else(|| json!([]), |key| links(draft.ledger, &key));
    set(&mut draft.object, "TotalAmt", number(total));
    show(&mut draft.object, settled, links);
    if let Some(usual) = vendor.get("BillAddr") {
        default(&mut draft.object, "VendorAddr", usual.clone());
    }
    Ok(())
}

/// What bill payments have not used yet, and which did; as on a bill, no links are no member.
fn show(object: &mut Object, settled: Decimal, links: Value) {
    let balance = amount_or_zero(object, "TotalAmt") - settled;
    set(object, "Balance", number(balance));
    if links.as_array().is_some_and(Vec::is_empty) {
        object.remove("LinkedTxn");
    } else {
        set(object, "LinkedTxn", links);
    }
}

/// A bill the other way round: payables down, what was bought down.
fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let vendor = reference(object, "VendorRef");
    let payable = reference(object, "APAccountRef").unwrap_or_default();
    let mut legs = vec![payee::leg(ledger, payable, amount_or_zero(object, "TotalAmt"), vendor)];
    let bought = expense_lines::debits(ledger, object);
    legs.extend(bought.into_iter().map(|(account, debit)| Leg::credit(&account, debit)));
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
