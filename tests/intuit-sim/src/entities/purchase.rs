//! Purchases: money spent at once by check, from a bank account, or by card.

use serde_json::{Value, json};

use super::{
    Draft, EntityType, Kind, TRANSACTION, Voidable, account, currency,
    expense_lines::{self, Form},
    numbering, payee,
    payment::name_value,
    tracking,
};
use crate::{
    api::Fault,
    json::{Object, amount_or_zero, default, flag, number, reference, set, text},
    ledger::{Ledger, Leg, Pool},
};

pub(super) static PURCHASE: EntityType = EntityType {
    kind: Kind::Purchase,
    name: "Purchase",
    table: TABLE,
    prepare,
    index: |object| check_number(object).into_iter().collect(),
    legs,
    void: Some(|object| {
        expense_lines::void(object);
        set(object, "TotalAmt", 0);
    }),
    voidable: Voidable::OnScreens,
    link_type: Some(link_type),
    may_delete: |ledger, switches, object| {
        super::settlement::may_delete(Kind::Purchase, ledger, switches, object)
    },
    ..TRANSACTION
};

const TABLE: &str = "
DocNumber text:21 q
TxnDate date q
PaymentType enum:Cash|Check|CreditCard q need sent
AccountRef ref q need
EntityRef ref q
Credit bool q
Line [line] need
TotalAmt dec q ro
HomeTotalAmt dec ro
PaymentMethodRef ref
PaymentRefNum text:21
PrintStatus enum:NotSet|NeedToPrint|PrintComplete
RemitToAddr addr ro
CurrencyRef ref keep
ExchangeRate dec
PrivateNote text:4000
Memo text:4000
DepartmentRef ref
TxnTaxDetail tax
GlobalTaxCalculation enum:TaxExcluded|TaxInclusive|NotApplicable
LinkedTxn [link] ro
IncludeInAnnualTPAR bool
TransactionLocationType text
TxnSource text
RecurDataRef ref ro
PurchaseEx any ro
";

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let kind = text(&draft.object, "PaymentType").unwrap_or_default().to_owned();
    let account =
        draft.refer("AccountRef", Kind::Account)?.ok_or_else(|| Fault::missing("AccountRef"))?;
    let wanted = if kind == "CreditCard" { "Credit Card" } else { "Bank" };
    account::of_type(account, "AccountRef", &[wanted])?;
    draft.dated();
    let payee = payee(draft)?;
    currency::settle(draft, payee.and_then(|(_, payee)| reference(payee, "CurrencyRef")))?;
    draft.refer("PaymentMethodRef", Kind::PaymentMethod)?;
    tracking::of_transaction(draft)?;
    let total = expense_lines::prepare(draft, Form::Purchase, payee.map(|(kind, _)| kind))?;
    set(&mut draft.object, "TotalAmt", number(total));
    by_type(draft, &kind);
    super::settlement::keeps_names(draft, &legs(draft.ledger, &draft.object))?;
    if let Some((pool, taken)) = check_number(&draft.object) {
        numbering::given(draft, pool, &taken, draft.switches.warn_duplicate_check_numbers)?;
    }
    Ok(())
}

fn payee<'a>(draft: &mut Draft<'a>) -> Result<Option<(Kind, &'a Object)>, Fault> {
    let Some(id) = reference(&draft.object, "EntityRef").map(str::to_owned) else {
        draft.object.remove("EntityRef");
        return Ok(None);
    };
    let (named, kind, found) =
        payee::resolve(draft, "EntityRef", &id, text(&draft.object, "EntityRef.type"))?;
    set(&mut draft.object, "EntityRef", payee::shown(named, kind, found));
    Ok(Some((kind, found)))
}

/// What only cards or only checks have, and the type that QuickBooks keeps inside.
fn by_type(draft: &mut Draft<'_>, kind: &str) {
    let object = &mut draft.object;
    let is_credit = flag(object, "Credit") == Some(true);
    if kind == "CreditCard" {
        set(object, "Credit", is_credit);
    } else {
        object.remove("Credit");
    }
    if kind == "Check" {
        default(object, "PrintStatus", "NotSet");
    } else {
        object.remove("PrintStatus");
    }
    // Recorded: card credits, checks, and the general expense form.
    let inner = match kind {
        "CreditCard" if is_credit => "11",
        "Check" => "3",
        _ => "54",
    };
    set(object, "PurchaseEx", json!({"any": [name_value("TxnType", inner.to_owned())]}));
}

/// Checks draw on the number space of their bank account.
pub(super) fn check_number(object: &Object) -> Option<(Pool, String)> {
    let number = text(object, "DocNumber").filter(|_| text(object, "PaymentType") == Some("Check"));
    Some((Pool::CheckNumbers, format!("{} {}", reference(object, "AccountRef")?, number?)))
}

/// What links call a purchase.
fn link_type(object: &Object) -> &'static str {
    match (text(object, "PaymentType"), flag(object, "Credit")) {
        (Some("Check"), _) => "Check",
        (Some("CreditCard"), Some(true)) => "CreditCardCredit",
        _ => "Expense",
    }
}

/// Lines up, bank or card down; a card credit the other way round.
fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let sign = if flag(object, "Credit") == Some(true) { -1 } else { 1 };
    let payee =
        object.get("EntityRef").and_then(|payee| payee.get("value")).and_then(Value::as_str);
    let account = reference(object, "AccountRef").unwrap_or_default();
    let mut legs = vec![Leg::credit(account, amount_or_zero(object, "TotalAmt"))];
    let debits = expense_lines::debits(ledger, object);
    legs.extend(
        debits.into_iter().map(|(account, debit)| payee::leg(ledger, &account, debit, payee)),
    );
    for leg in &mut legs {
        leg.amount *= rust_decimal::Decimal::from(sign);
    }
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}
