//! Bills: what is owed to vendors.

use jiff::ToSpan;
use rust_decimal::prelude::ToPrimitive;

use super::{Draft, EntityType, Kind, TRANSACTION, Voidable, numbering, payable_form, settlement};
use crate::{
    api::Fault,
    json::{amount, default, text},
    ledger::Pool,
};

pub(super) static BILL: EntityType = EntityType {
    kind: Kind::Bill,
    name: "Bill",
    table: TABLE,
    counted: true,
    prepare,
    index: |object| {
        text(object, "DocNumber")
            .map(|number| (Pool::BillNumbers, number.to_owned()))
            .into_iter()
            .collect()
    },
    legs: payable_form::legs,
    void: Some(payable_form::void),
    voidable: Voidable::Nowhere,
    settled: Some(payable_form::show),
    may_delete: |ledger, switches, object| {
        settlement::may_delete(Kind::Bill, ledger, switches, object)
    },
    ..TRANSACTION
};

const TABLE: &str = "
DocNumber text:21 q
TxnDate date q
DueDate date q
VendorRef ref q need sent
VendorAddr addr
RemitToAddr addr ro
APAccountRef ref q keep
SalesTermRef ref q
Line [line] need
TxnTaxDetail tax
GlobalTaxCalculation enum:TaxExcluded|TaxInclusive|NotApplicable
CurrencyRef ref keep
ExchangeRate dec
PrivateNote text:4000
Memo text:4000
DepartmentRef ref
TotalAmt dec q ro
HomeTotalAmt dec ro
Balance dec q ro
HomeBalance dec ro
LinkedTxn [link] ro
TransactionLocationType text
IncludeInAnnualTPAR bool
RecurDataRef ref ro
TxnSource text
";

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let vendor = payable_form::vendor(draft)?;
    due_date(draft)?;
    let total = payable_form::total(draft, vendor)?;
    let number = text(&draft.object, "DocNumber").unwrap_or_default().to_owned();
    numbering::given(
        draft,
        Pool::BillNumbers,
        &number,
        draft.switches.warn_duplicate_bill_numbers,
    )?;
    payable_form::settle(draft, vendor, total)
}

/// Without a term a bill is due at once.
fn due_date(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let date = draft.dated();
    let term = draft.refer("SalesTermRef", Kind::Term)?;
    let days = term.and_then(|term| amount(term, "DueDays")?.to_i64()).unwrap_or_default();
    let due = date.checked_add(days.days()).unwrap_or(date);
    default(&mut draft.object, "DueDate", due.to_string());
    Ok(())
}
