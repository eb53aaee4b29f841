//! Vendor credits: what a vendor owes back, until a bill payment uses it.

use super::{Draft, EntityType, Kind, TRANSACTION, Voidable, payable_form, settlement};
use crate::{
    api::Fault,
    json::Object,
    ledger::{Ledger, Leg},
};

pub(super) static VENDOR_CREDIT: EntityType = EntityType {
    kind: Kind::VendorCredit,
    name: "VendorCredit",
    table: TABLE,
    counted: true,
    prepare,
    legs,
    void: Some(payable_form::void),
    voidable: Voidable::Nowhere,
    settled: Some(payable_form::show),
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
    let vendor = payable_form::vendor(draft)?;
    draft.dated();
    let total = payable_form::total(draft, vendor)?;
    payable_form::settle(draft, vendor, total)
}

/// A bill the other way round: payables down, what was bought down.
fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let bill = payable_form::legs(ledger, object).into_iter();
    bill.map(|leg| Leg { amount: -leg.amount, ..leg }).collect()
}
