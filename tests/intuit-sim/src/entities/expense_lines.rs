//! Lines of bills and purchases: accounts and items bought, whom they can be billed to.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Draft, Kind, account, line_ids::LineIds, payee, sales_lines::grouped, tracking};
use crate::{
    api::Fault,
    json::{Object, amount, amount_or_zero, cents, default, number, objects, reference, set, text},
    ledger::Ledger,
    switches::Policy,
};

/// Whose lines these are; the forms show and allow different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Bill,
    Purchase,
}

const DETAILS: [&str; 2] = ["AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"];

/// An item without an expense account is bought to Uncategorized Expense.
const UNCATEGORIZED_EXPENSE: &str = "31";

/// Checks and completes the lines of `draft`, and adds them up.
pub(super) fn prepare(
    draft: &mut Draft<'_>,
    form: Form,
    payee: Option<Kind>,
) -> Result<Decimal, Fault> {
    let sent: Vec<Object> = objects(&draft.object, "Line").cloned().collect();
    let mut ids = LineIds::new(draft.before, 1);
    let mut total = Decimal::ZERO;
    let mut lines = Vec::new();
    for mut line in sent {
        match detail_type(&mut line)? {
            "DescriptionOnly" => {
                line.remove("Amount");
            }
            detail => total += expense_line(draft, &mut line, detail, form, payee)?,
        }
        if form == Form::Bill {
            set(&mut line, "LineNum", lines.len() + 1);
            set(&mut line, "LinkedTxn", json!([]));
        } else {
            line.remove("LineNum");
            line.remove("LinkedTxn");
        }
        lines.push(ids.identified(line));
    }
    if !lines.iter().any(|line| line["DetailType"] != "DescriptionOnly") {
        return Err(Fault::missing("Line"));
    }
    if total < Decimal::ZERO {
        return Err(Fault::business("Transaction amount must be 0 or greater."));
    }
    set(&mut draft.object, "Line", Value::Array(lines));
    draft.object.remove("TxnTaxDetail");
    Ok(total)
}

fn detail_type(line: &mut Object) -> Result<&'static str, Fault> {
    let known = || DETAILS.iter().chain(&["DescriptionOnly"]).copied();
    let found = match text(line, "DetailType") {
        Some(named) => known()
            .find(|known| *known == named)
            .ok_or_else(|| Fault::invalid_enumeration("DetailType", named))?,
        None => known()
            .find(|known| line.contains_key(*known))
            .ok_or_else(|| Fault::missing("DetailType"))?,
    };
    set(line, "DetailType", found);
    Ok(found)
}

fn expense_line(
    draft: &Draft<'_>,
    line: &mut Object,
    named: &'static str,
    form: Form,
    payee: Option<Kind>,
) -> Result<Decimal, Fault> {
    let mut detail =
        line.remove(named).and_then(|detail| detail.as_object().cloned()).unwrap_or_default();
    let value = amount(line, "Amount").ok_or_else(|| Fault::missing("Amount"))?;
    if let (Some(quantity), Some(price)) = (amount(&detail, "Qty"), amount(&detail, "UnitPrice"))
        && cents(quantity * price) != cents(value)
    {
        return Err(Fault::amount_mismatch(&grouped(value)));
    }
    if value < Decimal::ZERO && draft.switches.negative_lines == Policy::Reject {
        return Err(Fault::negative_amount());
    }
    let value = cents(value);
    set(line, "Amount", number(value));
    if named == DETAILS[0] {
        let account = tracking::refer(draft, &mut detail, "AccountRef", Kind::Account)?
            .ok_or_else(|| Fault::missing("AccountRef"))?;
        may_take(account, form, payee)?;
    } else {
        bought_item(draft, &mut detail)?;
    }
    tracking::of_line(draft, &mut detail)?;
    billable(draft, &mut detail, text(line, "Id"))?;
    tax_code(draft, &mut detail)?;
    set(line, named, Value::Object(detail));
    Ok(value)
}

/// A bill is a payable itself, so no line of it can be one; a purchase may pay one to its payee.
fn may_take(account: &Object, form: Form, payee: Option<Kind>) -> Result<(), Fault> {
    let is_control =
        matches!(text(account, "AccountType"), Some("Accounts Receivable" | "Accounts Payable"));
    match form {
        Form::Bill if is_control => Err(Fault::wrong_account("AccountRef", "Expense or Asset")),
        Form::Bill => Ok(()),
        Form::Purchase => payee::fits(account, payee),
    }
}

fn bought_item(draft: &Draft<'_>, detail: &mut Object) -> Result<(), Fault> {
    let item = tracking::refer(draft, detail, "ItemRef", Kind::Item)?
        .ok_or_else(|| Fault::missing("ItemRef"))?;
    if text(item, "Type") == Some("Category") {
        return Err(Fault::business("A category cannot be bought."));
    }
    let starts_later = text(item, "InvStartDate")
        .zip(text(&draft.object, "TxnDate"))
        .is_some_and(|(start, date)| date < start);
    if starts_later && text(item, "Type") == Some("Inventory") {
        return Err(Fault::before_inventory_start());
    }
    detail.remove("ItemAccountRef");
    Ok(())
}

/// Only QuickBooks says that something has been billed, and what is billable has a customer.
fn billable(draft: &Draft<'_>, detail: &mut Object, line: Option<&str>) -> Result<(), Fault> {
    let customer = tracking::refer(draft, detail, "CustomerRef", Kind::Customer)?;
    let usual = if customer.is_some() && draft.switches.billable_by_default {
        "Billable"
    } else {
        "NotBillable"
    };
    default(detail, "BillableStatus", usual);
    match text(detail, "BillableStatus") {
        Some("HasBeenBilled") if !was_billed(draft, line) => {
            Err(Fault::invalid_enumeration("BillableStatus", "HAS_BEEN_BILLED"))
        }
        Some("Billable") if customer.is_none() => Err(Fault::business(
            "When you check the Billable box, you must choose a customer in the Customer field.",
        )),
        _ => Ok(()),
    }
}

fn was_billed(draft: &Draft<'_>, line: Option<&str>) -> bool {
    let stored = draft.before.into_iter().flat_map(|before| objects(before, "Line"));
    stored.filter(|stored| text(stored, "Id") == line).any(|stored| {
        DETAILS
            .iter()
            .filter_map(|detail| stored.get(*detail)?.get("BillableStatus"))
            .any(|status| status == "HasBeenBilled")
    })
}

/// Recorded: US expense lines always show `NON`.
fn tax_code(draft: &Draft<'_>, detail: &mut Object) -> Result<(), Fault> {
    let sent = reference(detail, "TaxCodeRef");
    if draft.profile.country == "US" {
        if sent.is_some_and(|code| !matches!(code, "TAX" | "NON")) {
            return Err(Fault::line_tax_code());
        }
        set(detail, "TaxCodeRef", json!({"value": "NON"}));
    }
    Ok(())
}

/// All amounts and quantities of voided lines become zero.
pub(super) fn void(object: &mut Object) {
    for line in object.get_mut("Line").and_then(Value::as_array_mut).into_iter().flatten() {
        if line.get("Amount").is_some() {
            line["Amount"] = json!(0);
        }
        if let Some(Value::Object(detail)) = line.get_mut(DETAILS[1]) {
            for member in ["Qty", "UnitPrice"] {
                if detail.contains_key(member) {
                    set(detail, member, 0);
                }
            }
        }
    }
}

/// What the lines post: accounts with their debits.
pub(super) fn debits(ledger: &Ledger, object: &Object) -> Vec<(String, Decimal)> {
    let account = |line: &Object| {
        let detail = |name: &str| line.get(name).and_then(Value::as_object);
        match (detail(DETAILS[0]), detail(DETAILS[1])) {
            (Some(detail), _) => reference(detail, "AccountRef").map(str::to_owned),
            (_, Some(detail)) => {
                let item = ledger.get(Kind::Item, reference(detail, "ItemRef")?)?;
                Some(item_account(ledger, item))
            }
            _ => None,
        }
    };
    objects(object, "Line")
        .filter_map(|line| Some((account(line)?, amount_or_zero(line, "Amount"))))
        .collect()
}

/// Stock goes to its asset account, everything else to the item's expense account.
fn item_account(ledger: &Ledger, item: &Object) -> String {
    let member = if text(item, "Type") == Some("Inventory") {
        "AssetAccountRef"
    } else {
        "ExpenseAccountRef"
    };
    let fallback = || {
        let usual = ledger.get(Kind::Account, UNCATEGORIZED_EXPENSE);
        usual.map_or_else(
            || account::system_account(ledger, "OtherMiscellaneousServiceCost"),
            |_| UNCATEGORIZED_EXPENSE.to_owned(),
        )
    };
    reference(item, member).map_or_else(fallback, str::to_owned)
}
