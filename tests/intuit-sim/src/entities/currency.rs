//! Home currencies, and the refusal of any other while multicurrency is off.

use serde_json::{Value, json};

use super::Draft;
use crate::{
    api::Fault,
    json::{reference, set},
};

/// The currency of the company's own books.
pub(super) fn home(country: &str) -> &'static str {
    match country {
        "CA" => "CAD",
        "GB" => "GBP",
        "AU" => "AUD",
        "IN" => "INR",
        "IE" | "FR" | "DE" => "EUR",
        _ => "USD",
    }
}

fn name(code: &str) -> &'static str {
    match code {
        "USD" => "United States Dollar",
        "CAD" => "Canadian Dollar",
        "GBP" => "British Pound Sterling",
        "AUD" => "Australian Dollar",
        "INR" => "Indian Rupee",
        "EUR" => "Euro",
        _ => "Other Currency",
    }
}

pub(super) fn currency(code: &str) -> Value {
    json!({"value": code, "name": name(code)})
}

/// Completes `CurrencyRef`; `expected` is the currency of the name a transaction is for.
pub(super) fn settle(draft: &mut Draft<'_>, expected: Option<&str>) -> Result<(), Fault> {
    let home = home(&draft.profile.country);
    let expected = expected.unwrap_or(home);
    let sent = reference(&draft.object, "CurrencyRef");
    let chosen = match draft.before.and_then(|before| reference(before, "CurrencyRef")).or(sent) {
        Some(code) if code == home => home,
        Some(_) if !draft.switches.multicurrency => {
            return Err(Fault::business(
                "Multicurrency is not enabled for this company, so only the home currency can be used.",
            ));
        }
        Some(code) => code,
        None => expected,
    };
    let chosen = currency(chosen);
    set(&mut draft.object, "CurrencyRef", chosen);
    Ok(())
}
