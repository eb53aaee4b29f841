//! Home currencies, and the refusal of any other while multicurrency is off.

use serde_json::{Value, json};

use super::Draft;
use crate::{
    api::Fault,
    json::{reference, set},
};

/// The currency of the company's own books.
pub(crate) fn home(country: &str) -> &'static str {
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

pub(crate) fn currency(code: &str) -> Value {
    json!({"value": code, "name": name(code)})
}

/// Completes `CurrencyRef`; `of_name` is the currency of the name that a transaction is for.
pub(super) fn settle(draft: &mut Draft<'_>, of_name: Option<&str>) -> Result<(), Fault> {
    let home = home(&draft.profile.country);
    let sent = reference(&draft.object, "CurrencyRef");
    if !draft.switches.multicurrency && sent.is_some_and(|code| code != home) {
        return Err(Fault::business(
            "Multicurrency is not enabled for this company, so only the home currency can be used.",
        ));
    }
    if of_name.zip(sent).is_some_and(|(own, sent)| own != sent) {
        return Err(Fault::business(
            "The currency of the transaction is not the currency of its customer or vendor.",
        ));
    }
    // Names and accounts keep the currency they were created with.
    let fixed = draft.before.and_then(|before| reference(before, "CurrencyRef"));
    let chosen = currency(of_name.or(fixed).or(sent).unwrap_or(home));
    set(&mut draft.object, "CurrencyRef", chosen);
    Ok(())
}
