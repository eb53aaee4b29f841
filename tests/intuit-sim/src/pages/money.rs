//! Amounts as people read them.

use rust_decimal::Decimal;

/// `1234.5` as `1,234.50`.
pub(super) fn shown(value: Decimal) -> String {
    let text = format!("{:.2}", value.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let groups: Vec<&str> = whole
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    let sign = if value < Decimal::ZERO { "-" } else { "" };
    format!("{sign}{}.{cents}", groups.join(","))
}

/// Nothing for zero, as in the columns of a trial balance.
pub(super) fn shown_unless_zero(value: Decimal) -> String {
    if value.is_zero() { String::new() } else { shown(value) }
}
