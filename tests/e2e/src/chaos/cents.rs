//! Amounts in whole cents: what is compared to the cent never passes through a float.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde_json::Value;

/// An amount of money in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i64);

impl Cents {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads `125`, `125.5`, `-0.05`, as a JSON number or text, digit by digit; `None` when it is not an amount in whole
    /// cents.
    pub fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::String(text) => Self::parse(text),
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        // QuickBooks may write 12.500 for 12.50, but 12.505 is no amount of whole cents.
        let kept = part.trim_end_matches('0');
        if whole.is_empty() || !is_number(whole) || !is_number(part) || kept.len() > 2 {
            return None;
        }
        let cents: i64 = format!("{whole}{kept:0<2}").parse().ok()?;
        Some(Self(if negative { -cents } else { cents }))
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(out, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

impl Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Cents {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Cents {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_read_and_written_digit_by_digit() {
        for (text, cents, shown) in [
            ("125", 12_500, "125.00"),
            ("125.5", 12_550, "125.50"),
            ("-0.05", -5, "-0.05"),
            ("0.1", 10, "0.10"),
            ("12.500", 1_250, "12.50"),
            ("99999999999.99", 9_999_999_999_999, "99999999999.99"),
        ] {
            assert_eq!(Cents::read(&json!(text)), Some(Cents(cents)), "{text}");
            assert_eq!(Cents(cents).to_string(), shown);
        }
        for text in ["", "-", ".5", "1.005", "1e2", "1,00", "--1"] {
            assert_eq!(Cents::read(&json!(text)), None, "{text}");
        }
        let number: Value = serde_json::from_str("0.29").unwrap();
        assert_eq!(Cents::read(&number), Some(Cents(29)));
    }

    #[test]
    fn sums_are_exact() {
        let tenths = (0..10_000).map(|_| Cents(10));
        assert_eq!(tenths.sum::<Cents>() - Cents(100_000), Cents::ZERO);
    }
}
