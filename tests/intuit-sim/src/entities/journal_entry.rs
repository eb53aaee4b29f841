//! Journal entries.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    Draft, EntityType, Kind, TRANSACTION, Voidable, currency, line_ids::LineIds, numbering, payee,
    tracking,
};
use crate::{
    api::Fault,
    json::{Object, amount, amount_or_zero, cents, default, number, objects, reference, set, text},
    ledger::{Ledger, Leg, Pool},
};

pub(super) static JOURNAL_ENTRY: EntityType = EntityType {
    kind: Kind::JournalEntry,
    name: "JournalEntry",
    table: TABLE,
    counted: true,
    prepare,
    index: |object| {
        text(object, "DocNumber")
            .map(|number| (Pool::JournalNumbers, number.to_owned()))
            .into_iter()
            .collect()
    },
    legs,
    void: Some(|object| {
        for line in object.get_mut("Line").and_then(Value::as_array_mut).into_iter().flatten() {
            if line.get("Amount").is_some() {
                line["Amount"] = json!(0);
            }
        }
    }),
    voidable: Voidable::Nowhere,
    may_delete: |ledger, switches, object| {
        super::settlement::may_delete(Kind::JournalEntry, ledger, switches, object)
    },
    frozen: Some(|_, _| true),
    ..TRANSACTION
};

const TABLE: &str = "
DocNumber text:21 q
TxnDate date q
PrivateNote text:4000
Adjustment bool q
Line [line] need
CurrencyRef ref keep
ExchangeRate dec
TxnTaxDetail any
GlobalTaxCalculation enum:TaxExcluded|TaxInclusive
TaxRateRef ref
TotalAmt dec ro
HomeTotalAmt dec ro
HomeCurrencyAdjustment bool
EnteredInHomeCurrency bool
TransactionLocationType text
RecurDataRef ref ro
JournalEntryEx any ro
";

const DETAIL: &str = "JournalEntryLineDetail";

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    draft.dated();
    currency::settle(draft, None)?;
    let sent: Vec<Object> = objects(&draft.object, "Line").cloned().collect();
    // Recorded: entries count their lines from zero and keep the ids they were sent with.
    let mut ids = LineIds::new(draft.before, 0).keeping(&sent);
    let mut lines = Vec::new();
    let (mut details, mut balance) = (0, Decimal::ZERO);
    for mut line in sent {
        let is_detail = match text(&line, "DetailType") {
            Some(DETAIL) => true,
            Some("DescriptionOnly") => false,
            Some(other) => return Err(Fault::invalid_enumeration("DetailType", other)),
            None => line.contains_key(DETAIL),
        };
        if is_detail {
            set(&mut line, "DetailType", DETAIL);
            balance += journal_line(draft, &mut line)?;
            details += 1;
        } else {
            set(&mut line, "DetailType", "DescriptionOnly");
        }
        line.remove("LineNum");
        line.remove("LinkedTxn");
        lines.push(ids.identified(line));
    }
    if details < 2 {
        return Err(Fault::business("Fill out at least two detail lines to continue."));
    }
    if !balance.is_zero() {
        return Err(Fault::unbalanced());
    }
    let object = &mut draft.object;
    set(object, "Line", Value::Array(lines));
    set(object, "TotalAmt", 0);
    set(object, "TxnTaxDetail", json!({}));
    default(object, "Adjustment", false);
    let number = text(&draft.object, "DocNumber").unwrap_or_default().to_owned();
    numbering::given(
        draft,
        Pool::JournalNumbers,
        &number,
        draft.switches.warn_duplicate_journal_numbers,
    )?;
    super::settlement::keeps_names(draft, &legs(draft.ledger, &draft.object))
}

/// Checks one line and returns its debit.
fn journal_line(draft: &Draft<'_>, line: &mut Object) -> Result<Decimal, Fault> {
    let mut detail =
        line.remove(DETAIL).and_then(|detail| detail.as_object().cloned()).unwrap_or_default();
    let value = cents(amount(line, "Amount").ok_or_else(|| Fault::missing("Amount"))?);
    if value < Decimal::ZERO {
        return Err(Fault::negative_amount());
    }
    set(line, "Amount", number(value));
    let sign = match text(&detail, "PostingType") {
        Some("Debit") => Decimal::ONE,
        Some(_) => Decimal::NEGATIVE_ONE,
        None => return Err(Fault::posting_type_missing()),
    };
    let account = tracking::refer(draft, &mut detail, "AccountRef", Kind::Account)?
        .ok_or_else(|| Fault::missing("AccountRef"))?;
    let kind = name(draft, &mut detail)?;
    payee::fits(account, kind)?;
    tracking::of_line(draft, &mut detail)?;
    set(line, DETAIL, Value::Object(detail));
    Ok(value * sign)
}

/// The name on a line: its kind comes with it, or follows from the id.
fn name(draft: &Draft<'_>, detail: &mut Object) -> Result<Option<Kind>, Fault> {
    let entity = detail.get("Entity").and_then(Value::as_object).cloned().unwrap_or_default();
    let Some(id) = reference(&entity, "EntityRef").filter(|id| !id.is_empty()) else {
        detail.remove("Entity");
        return Ok(None);
    };
    let (named, kind, found) = payee::resolve(draft, "EntityRef", id, text(&entity, "Type"))?;
    let shown = json!({"Type": named, "EntityRef": super::reference_to(kind, found)});
    set(detail, "Entity", shown);
    Ok(Some(kind))
}

/// The account and the debit of a line.
pub(super) fn posted(line: &Object) -> Option<(&str, Decimal)> {
    let detail = line.get(DETAIL).and_then(Value::as_object)?;
    let value = amount_or_zero(line, "Amount");
    let is_debit = text(detail, "PostingType") == Some("Debit");
    Some((reference(detail, "AccountRef")?, if is_debit { value } else { -value }))
}

fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let lines = objects(object, "Line").filter_map(|line| Some((line, posted(line)?)));
    lines
        .map(|(line, (account, debit))| {
            let name = text(line, "JournalEntryLineDetail.Entity.EntityRef.value");
            payee::leg(ledger, account, debit, name)
        })
        .filter(|leg| !leg.amount.is_zero())
        .collect()
}
