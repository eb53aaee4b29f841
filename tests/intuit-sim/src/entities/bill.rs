//! Bills: what is owed to vendors.

use jiff::ToSpan;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Value, json};

use super::{
    Draft, EntityType, Kind, TRANSACTION, Voidable, account, currency,
    expense_lines::{self, Form},
    numbering, payee, settlement, tracking,
};
use crate::{
    api::Fault,
    json::{Object, amount, amount_or_zero, default, number, reference, set, text},
    ledger::{Key, Ledger, Leg, Pool, links},
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
    legs,
    void: Some(|object| {
        expense_lines::void(object);
        set(object, "TotalAmt", 0);
        show(object, Decimal::ZERO, json!([]));
    }),
    voidable: Voidable::Nowhere,
    settled: Some(show),
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
    let vendor =
        draft.refer("VendorRef", Kind::Vendor)?.ok_or_else(|| Fault::missing("VendorRef"))?;
    due_date(draft)?;
    currency::settle(draft, reference(vendor, "CurrencyRef"))?;
    account::payable(draft)?;
    tracking::of_transaction(draft)?;
    let total = expense_lines::prepare(draft, Form::Bill, Some(Kind::Vendor))?;
    let number = text(&draft.object, "DocNumber").unwrap_or_default().to_owned();
    numbering::given(
        draft,
        Pool::BillNumbers,
        &number,
        draft.switches.warn_duplicate_bill_numbers,
    )?;
    let settled = settlement::of(draft, Kind::Bill, total, "VendorRef")?;
    let links =
        draft.id().map_or_else(|| json!([]), |id| links(draft.ledger, &Key::new(Kind::Bill, id)));
    set(&mut draft.object, "TotalAmt", crate::json::number(total));
    show(&mut draft.object, settled, links);
    if let Some(usual) = vendor.get("BillAddr") {
        default(&mut draft.object, "VendorAddr", usual.clone());
    }
    Ok(())
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

/// Recorded: a bill without links has no `LinkedTxn` at all.
fn show(object: &mut Object, settled: Decimal, links: Value) {
    let balance = amount_or_zero(object, "TotalAmt") - settled;
    set(object, "Balance", number(balance));
    if links.as_array().is_some_and(Vec::is_empty) {
        object.remove("LinkedTxn");
    } else {
        set(object, "LinkedTxn", links);
    }
}

fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let vendor = reference(object, "VendorRef");
    let payable = reference(object, "APAccountRef").unwrap_or_default();
    let mut legs = vec![payee::leg(ledger, payable, -amount_or_zero(object, "TotalAmt"), vendor)];
    let debits = expense_lines::debits(ledger, object);
    legs.extend(debits.into_iter().map(|(account, debit)| Leg::debit(&account, debit)));
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
