//! What payments by customers and payments to vendors have in common: lines that settle charges and use credits.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::Draft;
use crate::{
    api::Fault,
    json::{Object, amount_or_zero, set, text},
    ledger::Key,
    switches::Policy,
};

/// The charges that a payment settles and the credits that it uses.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) charged: Decimal,
    pub(super) credited: Decimal,
    by_item: BTreeMap<Key, Decimal>,
}

impl Sums {
    /// Counts one line; more than what is open of the item is refused.
    pub(super) fn take(
        &mut self,
        key: &Key,
        value: Decimal,
        open: Decimal,
        is_credit: bool,
    ) -> Result<(), Fault> {
        let earlier = self.by_item.entry(key.clone()).or_default();
        *earlier += value;
        if value < Decimal::ZERO || *earlier > open {
            return Err(Fault::business(
                "You can't apply more to a transaction than its open balance.",
            ));
        }
        if is_credit {
            self.credited += value;
        } else {
            self.charged += value;
        }
        Ok(())
    }

    /// What is left of the payment; refused when it does not cover its lines.
    pub(super) fn rest_of(&self, total: Decimal) -> Result<Decimal, Fault> {
        if self.charged > total + self.credited {
            return Err(Fault::business(
                "The amount applied to the transactions is more than the amount of the payment.",
            ));
        }
        if self.credited > self.charged {
            return Err(Fault::business(
                "The credits used are more than the charges they are applied to.",
            ));
        }
        Ok(total + self.credited - self.charged)
    }
}

/// Whether the closing date leaves an item alone when a payment after it is applied.
pub(super) fn in_open_period(draft: &Draft<'_>, item: &Object) -> Result<(), Fault> {
    let closed = draft.switches.book_close_date.map(|date| date.to_string());
    if draft.switches.closed_period_links == Policy::Reject
        && draft.options.by_app()
        && text(item, "TxnDate").zip(closed.as_deref()).is_some_and(|(date, closed)| date <= closed)
    {
        return Err(Fault::books_closed(draft.switches.book_close_password));
    }
    Ok(())
}

/// After a charge or a credit was taken off: credits never exceed charges, nor charges what pays them.
/// Returns what is left of the payment.
pub(super) fn rebalance(
    object: &mut Object,
    mut lines: Vec<(bool, Object)>,
    total: Decimal,
) -> Decimal {
    let excess = sum(&lines, true) - sum(&lines, false);
    reduce(&mut lines, true, excess);
    let excess = sum(&lines, false) - sum(&lines, true) - total;
    reduce(&mut lines, false, excess);
    let rest = total + sum(&lines, true) - sum(&lines, false);
    let lines = lines.into_iter().map(|(_, line)| Value::Object(line)).collect();
    set(object, "Line", Value::Array(lines));
    rest
}

fn sum(lines: &[(bool, Object)], credits: bool) -> Decimal {
    lines
        .iter()
        .filter(|(is_credit, _)| *is_credit == credits)
        .map(|(_, line)| amount_or_zero(line, "Amount"))
        .sum()
}

/// Takes an excess off the credit or charge lines, last line first.
fn reduce(lines: &mut Vec<(bool, Object)>, credits: bool, mut excess: Decimal) {
    for (_, line) in lines.iter_mut().rev().filter(|(is_credit, _)| *is_credit == credits) {
        let value = amount_or_zero(line, "Amount");
        let taken = excess.clamp(Decimal::ZERO, value);
        excess -= taken;
        set(line, "Amount", crate::json::number(value - taken));
        if !taken.is_zero() && taken == value {
            line.remove("LinkedTxn");
        }
    }
    lines.retain(|(_, line)| line.contains_key("LinkedTxn"));
}
