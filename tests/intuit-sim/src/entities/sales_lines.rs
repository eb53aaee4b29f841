//! Lines of sales forms: amounts, items, line tax codes, discount and the generated subtotal.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Draft, Kind, account, draft::reference_to, line_ids::LineIds, tracking};
use crate::{
    api::Fault,
    json::{
        Object, amount, amount_or_zero, cents, default, flag, number, objects, reference, set, text,
    },
    switches::{Policy, SalesTax},
};

/// The sums over the lines of one sales form.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    /// Sales lines before the discount.
    pub(super) subtotal: Decimal,
    pub(super) discount: Decimal,
    pub(super) taxable: Decimal,
}

/// Checks and completes the lines of `draft`, and adds them up.
pub(super) fn prepare(draft: &mut Draft<'_>, customer: Option<&Object>) -> Result<Sums, Fault> {
    let sent: Vec<Object> = objects(&draft.object, "Line").cloned().collect();
    let mut ids = LineIds::new(draft.before, 1);
    let mut sums = Sums::default();
    let mut lines = Vec::new();
    let mut discount = None;
    for mut line in sent {
        match detail_type(&mut line)? {
            "SubTotalLineDetail" => continue,
            "DiscountLineDetail" if discount.is_some() => {
                return Err(Fault::business("A transaction can have only one discount line."));
            }
            "DiscountLineDetail" => {
                discount = Some(line);
                continue;
            }
            "DescriptionOnly" => {
                line.remove("Amount");
                default(&mut line, "DescriptionLineDetail", json!({}));
            }
            "SalesItemLineDetail" => sales_line(draft, customer, &mut line, &mut sums)?,
            other => return Err(Fault::invalid_enumeration("DetailType", other)),
        }
        set(&mut line, "LineNum", lines.len() + 1);
        lines.push(ids.identified(line));
    }
    if !lines.iter().any(|line| line["DetailType"] == "SalesItemLineDetail") {
        return Err(Fault::missing("Line"));
    }
    lines.push(json!({"Amount": number(sums.subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}));
    if let Some(line) = discount {
        let line = discount_line(draft, line, &mut sums)?;
        lines.push(ids.identified(line));
    }
    set(&mut draft.object, "Line", Value::Array(lines));
    Ok(sums)
}

fn detail_type(line: &mut Object) -> Result<&'static str, Fault> {
    const KNOWN: [&str; 5] = [
        "SalesItemLineDetail",
        "SubTotalLineDetail",
        "DiscountLineDetail",
        "DescriptionOnly",
        "GroupLineDetail",
    ];
    let named = text(line, "DetailType");
    let found = match named {
        Some(named) => KNOWN
            .iter()
            .find(|known| **known == named)
            .ok_or_else(|| Fault::invalid_enumeration("DetailType", named))?,
        None => KNOWN
            .iter()
            .find(|known| line.contains_key(**known))
            .ok_or_else(|| Fault::missing("DetailType"))?,
    };
    set(line, "DetailType", *found);
    Ok(found)
}

fn sales_line(
    draft: &Draft<'_>,
    customer: Option<&Object>,
    line: &mut Object,
    sums: &mut Sums,
) -> Result<(), Fault> {
    let mut detail = line
        .remove("SalesItemLineDetail")
        .and_then(|detail| detail.as_object().cloned())
        .unwrap_or_default();
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
    let item = item(draft, &mut detail)?;
    tracking::of_line(draft, &mut detail)?;
    let code = line_tax_code(draft, customer, item, &detail)?;
    if code == "TAX" {
        sums.taxable += value;
    }
    sums.subtotal += value;
    set(&mut detail, "TaxCodeRef", json!({"value": code}));
    set(line, "SalesItemLineDetail", Value::Object(detail));
    default(line, "LinkedTxn", json!([]));
    Ok(())
}

/// The line's item, the company's default item when it names none; completes item and income account.
fn item<'a>(draft: &Draft<'a>, detail: &mut Object) -> Result<&'a Object, Fault> {
    let id = reference(detail, "ItemRef").unwrap_or("1").to_owned();
    let item = draft.resolve("ItemRef", &id, Kind::Item)?;
    if text(item, "Type") == Some("Category") {
        return Err(Fault::business("A category cannot be sold."));
    }
    let starts_later = text(item, "InvStartDate")
        .zip(text(&draft.object, "TxnDate"))
        .is_some_and(|(start, date)| date < start);
    if starts_later && text(item, "Type") == Some("Inventory") {
        return Err(Fault::before_inventory_start());
    }
    set(detail, "ItemRef", reference_to(Kind::Item, item));
    // An item without an income account sells to Uncategorized Income.
    let income = reference(item, "IncomeAccountRef").unwrap_or("30");
    if let Some(income) = draft.ledger.get(Kind::Account, income) {
        set(detail, "ItemAccountRef", reference_to(Kind::Account, income));
    }
    Ok(item)
}

fn line_tax_code(
    draft: &Draft<'_>,
    customer: Option<&Object>,
    item: &Object,
    detail: &Object,
) -> Result<String, Fault> {
    let sent = reference(detail, "TaxCodeRef");
    if draft.profile.country != "US" {
        return Ok(sent.unwrap_or("NON").to_owned());
    }
    match sent {
        Some(code @ ("TAX" | "NON")) => Ok(code.to_owned()),
        Some(_) => Err(Fault::line_tax_code()),
        None => {
            let taxable = flag(item, "Taxable") == Some(true)
                && customer.is_none_or(|customer| flag(customer, "Taxable") == Some(true))
                && draft.switches.sales_tax != SalesTax::Off;
            Ok(if taxable { "TAX" } else { "NON" }.to_owned())
        }
    }
}

fn discount_line(draft: &Draft<'_>, mut line: Object, sums: &mut Sums) -> Result<Object, Fault> {
    let mut detail = line
        .remove("DiscountLineDetail")
        .and_then(|detail| detail.as_object().cloned())
        .unwrap_or_default();
    let value = match (
        flag(&detail, "PercentBased"),
        amount(&detail, "DiscountPercent"),
        amount(&line, "Amount"),
    ) {
        (Some(true), Some(percent), _) => cents(sums.subtotal * percent / Decimal::ONE_HUNDRED),
        (_, _, Some(value)) => cents(value),
        _ => return Err(Fault::discount_without_amount()),
    };
    let id = reference(&detail, "DiscountAccountRef").map_or_else(
        || account::system_account(draft.ledger, "DiscountsRefundsGiven"),
        str::to_owned,
    );
    // The sample company has two accounts of this subtype; its preferences name 86.
    let id = if reference(&detail, "DiscountAccountRef").is_none()
        && draft.ledger.get(Kind::Account, "86").is_some()
    {
        "86".to_owned()
    } else {
        id
    };
    let discounts = draft.resolve("DiscountAccountRef", &id, Kind::Account)?;
    set(&mut detail, "DiscountAccountRef", reference_to(Kind::Account, discounts));
    default(&mut detail, "PercentBased", false);
    set(&mut line, "Amount", number(value));
    set(&mut line, "DiscountLineDetail", Value::Object(detail));
    sums.discount = value;
    if flag(&draft.object, "ApplyTaxAfterDiscount") == Some(true) && !sums.subtotal.is_zero() {
        sums.taxable = cents(sums.taxable * (sums.subtotal - value) / sums.subtotal);
    }
    Ok(line)
}

/// All amounts and quantities of a voided form become zero.
pub(super) fn void(object: &mut Object) {
    for line in object.get_mut("Line").and_then(Value::as_array_mut).into_iter().flatten() {
        if line.get("Amount").is_some() {
            line["Amount"] = json!(0);
        }
        if let Some(Value::Object(detail)) = line.get_mut("SalesItemLineDetail") {
            for member in ["Qty", "UnitPrice"] {
                if detail.contains_key(member) {
                    set(detail, member, 0);
                }
            }
        }
    }
}

/// Income and discount as the lines post them: account and credit.
pub(super) fn credits(object: &Object) -> Vec<(String, Decimal)> {
    let mut credits = Vec::new();
    for line in objects(object, "Line") {
        let value = amount_or_zero(line, "Amount");
        let detail = |name: &str| line.get(name).and_then(Value::as_object);
        if let Some(income) =
            detail("SalesItemLineDetail").and_then(|detail| reference(detail, "ItemAccountRef"))
        {
            credits.push((income.to_owned(), value));
        } else if let Some(discounts) =
            detail("DiscountLineDetail").and_then(|detail| reference(detail, "DiscountAccountRef"))
        {
            credits.push((discounts.to_owned(), -value));
        }
    }
    credits
}

/// `1861.07` as `1,861.07`, the way the fault for a wrong amount quotes it.
pub(super) fn grouped(value: Decimal) -> String {
    let text = value.to_string();
    let (whole, rest) = text
        .split_once('.')
        .map_or((text.as_str(), String::new()), |(whole, cents)| (whole, format!(".{cents}")));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    format!("{sign}{}{rest}", groups.join(","))
}
