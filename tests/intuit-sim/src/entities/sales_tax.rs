//! US sales tax: the company's tax codes by hand, or an automated rate.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Draft, Kind};
use crate::{
    api::Fault,
    json::{Object, amount, amount_or_zero, cents, member, number, objects, reference, set, text},
    ledger::Ledger,
    switches::SalesTax,
};

/// The code that the automated mode assigns: the sample company sits in California.
const AUTOMATED_CODE: &str = "2";

/// Computes `TxnTaxDetail` and returns the total tax.
pub(super) fn settle(draft: &mut Draft<'_>, taxable: Decimal) -> Result<Decimal, Fault> {
    let sent =
        draft.object.get("TxnTaxDetail").and_then(Value::as_object).cloned().unwrap_or_default();
    let code = match draft.switches.sales_tax {
        SalesTax::Off => None,
        SalesTax::Automated => Some(AUTOMATED_CODE).filter(|_| !taxable.is_zero()),
        SalesTax::Manual => reference(&sent, "TxnTaxCodeRef"),
    };
    let Some(code) = code else {
        set(&mut draft.object, "TxnTaxDetail", json!({"TotalTax": 0}));
        return Ok(Decimal::ZERO);
    };
    let rates = rates(draft.ledger, draft.resolve("TxnTaxCodeRef", code, Kind::TaxCode)?);
    let mut taxes: Vec<Decimal> =
        rates.iter().map(|(_, percent)| cents(taxable * percent / Decimal::ONE_HUNDRED)).collect();
    let is_new = draft.before.and_then(|before| before.get("TxnTaxDetail"))
        != draft.object.get("TxnTaxDetail");
    if let Some(explicit) = amount(&sent, "TotalTax")
        .filter(|_| draft.switches.sales_tax == SalesTax::Automated && is_new)
    {
        prorate(&mut taxes, explicit);
    }
    let total: Decimal = taxes.iter().sum();
    let lines: Vec<Value> = rates
        .iter()
        .zip(&taxes)
        .map(|((rate, percent), tax)| {
            json!({"Amount": number(*tax), "DetailType": "TaxLineDetail", "TaxLineDetail": {
                "TaxRateRef": {"value": rate}, "PercentBased": true, "TaxPercent": number(*percent), "NetAmountTaxable": number(taxable)
            }})
        })
        .collect();
    set(
        &mut draft.object,
        "TxnTaxDetail",
        json!({"TxnTaxCodeRef": {"value": code}, "TotalTax": number(total), "TaxLine": lines}),
    );
    Ok(total)
}

/// Spreads an explicit tax over the rates; the last one takes the remainder.
fn prorate(taxes: &mut [Decimal], explicit: Decimal) {
    let computed: Decimal = taxes.iter().sum();
    let mut left = explicit;
    let count = taxes.len();
    for (index, tax) in taxes.iter_mut().enumerate() {
        let share = if index + 1 == count || computed.is_zero() {
            left
        } else {
            cents(explicit * *tax / computed)
        };
        *tax = share;
        left -= share;
    }
}

/// The rates behind a tax code: id and percentage.
fn rates(ledger: &Ledger, code: &Object) -> Vec<(String, Decimal)> {
    let list = code.get("SalesTaxRateList").and_then(Value::as_object);
    let ids = list
        .into_iter()
        .flat_map(|list| objects(list, "TaxRateDetail"))
        .filter_map(|rate| reference(rate, "TaxRateRef"));
    ids.filter_map(|id| Some((id.to_owned(), amount(ledger.get(Kind::TaxRate, id)?, "RateValue")?)))
        .collect()
}

/// What the tax posts: the agency's liability account and the credit.
pub(super) fn credits(ledger: &Ledger, object: &Object) -> Vec<(String, Decimal)> {
    let detail = object.get("TxnTaxDetail").and_then(Value::as_object);
    let lines = detail.into_iter().flat_map(|detail| objects(detail, "TaxLine"));
    lines
        .map(|line| {
            let rate = member(line, "TaxLineDetail.TaxRateRef.value")
                .and_then(Value::as_str)
                .unwrap_or_default();
            (liability(ledger, rate), amount_or_zero(line, "Amount"))
        })
        .collect()
}

fn liability(ledger: &Ledger, rate: &str) -> String {
    let agency = ledger.get(Kind::TaxRate, rate).and_then(|rate| reference(rate, "AgencyRef"));
    let account = agency
        .and_then(|agency| ledger.get(Kind::TaxAgency, agency))
        .and_then(|agency| reference(agency, "TaxTrackedOnSalesAccountRef"));
    let fallback = || {
        ledger
            .all(Kind::Account)
            .find(|account| text(account, "AccountSubType") == Some("GlobalTaxPayable"))
            .and_then(|account| text(account, "Id"))
    };
    account.or_else(fallback).unwrap_or_default().to_owned()
}
