//! Money and quantities: exact decimals with their currency, never a float.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// Whole digits an amount may have: QuickBooks documents 15 digits in 10.5 format and items up to 99,999,999,999.
pub const MAX_WHOLE_DIGITS: u32 = 11;
/// Decimals that a quantity or a unit price may have (QuickBooks keeps five).
pub const MAX_RATE_DECIMALS: u32 = 5;

/// Why a number is not an amount, a rate or a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a plain decimal number.
    #[error("must be a decimal number such as \"125.00\"")]
    NotANumber,
    /// More whole digits than a ledger takes.
    #[error("must have at most {MAX_WHOLE_DIGITS} digits before the decimal point")]
    TooLarge,
    /// More decimals than the currency or QuickBooks has.
    #[error("must have at most {0} decimals")]
    TooPrecise(u32),
    /// Below zero where that has no meaning.
    #[error("must not be negative")]
    Negative,
}

/// Reads plain decimal notation: optional minus, digits, optional fraction. No exponent, no sign tricks, no NaN.
pub fn parse_decimal(text: &str) -> Result<Decimal, MoneyError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(MoneyError::NotANumber);
    }
    if whole.trim_start_matches('0').len() > MAX_WHOLE_DIGITS as usize {
        return Err(MoneyError::TooLarge);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > MAX_RATE_DECIMALS as usize {
        return Err(MoneyError::TooPrecise(MAX_RATE_DECIMALS));
    }
    text.parse::<Decimal>().map(|d| d.normalize()).map_err(|_| MoneyError::NotANumber)
}

/// An ISO 4217 currency code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Currency(String);

impl Currency {
    /// Accepts three capital letters.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()))
            .then(|| Self(text.to_owned()))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Decimals of the currency's smallest unit (ISO 4217).
    pub fn decimals(&self) -> u32 {
        match self.0.as_str() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF"
            | "UGX" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }

    /// Checks that `amount` is not negative and exact in this currency.
    pub fn check(&self, amount: Decimal) -> Result<Decimal, MoneyError> {
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(MoneyError::Negative);
        }
        if amount.normalize().scale() > self.decimals() {
            return Err(MoneyError::TooPrecise(self.decimals()));
        }
        Ok(amount.normalize())
    }

    /// `quantity × rate`, rounded half away from zero to the currency's smallest unit, as QuickBooks checks it (code 6070).
    pub fn extend(&self, quantity: Decimal, rate: Decimal) -> Decimal {
        (quantity * rate)
            .round_dp_with_strategy(self.decimals(), RoundingStrategy::MidpointAwayFromZero)
            .normalize()
    }

    /// The amount written with the currency's decimals, as people expect it: `125.00`.
    pub fn format(&self, amount: Decimal) -> String {
        let mut amount = amount;
        amount.rescale(self.decimals());
        amount.to_string()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_within_bounds_are_numbers() {
        for (text, expected) in [
            ("125.00", Ok("125")),
            ("-0.5", Ok("-0.5")),
            ("0", Ok("0")),
            ("99999999999.99", Ok("99999999999.99")),
            ("000000000000000000001", Ok("1")),
            ("1.10000000000", Ok("1.1")),
            ("NaN", Err(MoneyError::NotANumber)),
            ("Infinity", Err(MoneyError::NotANumber)),
            ("1e3", Err(MoneyError::NotANumber)),
            ("+1", Err(MoneyError::NotANumber)),
            ("--1", Err(MoneyError::NotANumber)),
            ("1.", Err(MoneyError::NotANumber)),
            (".5", Err(MoneyError::NotANumber)),
            ("1,000", Err(MoneyError::NotANumber)),
            ("1_000", Err(MoneyError::NotANumber)),
            ("", Err(MoneyError::NotANumber)),
            ("12345678901234567890", Err(MoneyError::TooLarge)),
            ("0.123456", Err(MoneyError::TooPrecise(5))),
        ] {
            assert_eq!(
                parse_decimal(text).map(|d| d.to_string()),
                expected.map(str::to_owned),
                "{text:?}"
            );
        }
    }

    #[test]
    fn amounts_are_exact_in_their_currency() {
        let usd = Currency::parse("USD").unwrap();
        let yen = Currency::parse("JPY").unwrap();
        let d = |t: &str| parse_decimal(t).unwrap();
        assert_eq!(usd.check(d("1.005")), Err(MoneyError::TooPrecise(2)));
        assert_eq!(usd.check(d("-1")), Err(MoneyError::Negative));
        assert_eq!(yen.check(d("1.5")), Err(MoneyError::TooPrecise(0)));
        assert_eq!(usd.extend(d("3"), d("33.335")), d("100.01"));
        assert_eq!(usd.extend(d("1"), d("0.005")), d("0.01"));
        assert_eq!(usd.format(d("125")), "125.00");
        assert_eq!(yen.format(d("125")), "125");
    }
}
