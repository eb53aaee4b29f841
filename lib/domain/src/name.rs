//! The one policy by which names are made fit for QuickBooks. Whatever it changes, it says.
//!
//! QuickBooks refuses colons (they separate levels), tabs and line ends in names, limits their length and compares
//! them without regard to case; characters beyond the basic plane, such as emoji, are known to be rejected (code 2040).

use serde::{Deserialize, Serialize};

use crate::link::ListKind;

/// Longest name of a customer or vendor (`DisplayName`).
pub const MAX_PARTY_NAME: usize = 500;
/// Longest item name.
pub const MAX_ITEM_NAME: usize = 100;
/// Longest payment method name.
pub const MAX_METHOD_NAME: usize = 31;

/// A change the software made to a value the host gave; shown in the answer and in history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// JSON path of the value in the record.
    pub path: String,
    /// What the host sent.
    pub from: String,
    /// What QuickBooks gets.
    pub to: String,
    /// Why.
    pub why: String,
}

/// Why a name cannot be used even after cleaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing readable is left.
    #[error("must contain at least one letter, digit or sign that QuickBooks accepts")]
    Empty,
    /// Too long for QuickBooks; cutting could make two names equal, so it is refused instead.
    #[error("must be at most {0} characters")]
    TooLong(usize),
}

/// Cleans `name`: a colon becomes a hyphen, control and invisible characters a space, characters beyond the basic
/// plane go, white space is folded. Never cuts.
pub fn clean(name: &str, limit: usize) -> Result<String, NameError> {
    let mut cleaned = String::with_capacity(name.len());
    for c in name.chars() {
        let c = match c {
            ':' => '-',
            c if c.is_control() || c.is_whitespace() || is_invisible(c) => ' ',
            c if c as u32 > 0xFFFF || is_emoji_part(c) => continue,
            c => c,
        };
        if c != ' ' || !(cleaned.is_empty() || cleaned.ends_with(' ')) {
            cleaned.push(c);
        }
    }
    let cleaned = cleaned.trim_end();
    if cleaned.is_empty() {
        return Err(NameError::Empty);
    }
    if cleaned.chars().count() > limit {
        return Err(NameError::TooLong(limit));
    }
    Ok(cleaned.to_owned())
}

/// Cleans free text (memo, description): like names, but line ends and colons stay.
pub fn clean_text(text: &str) -> String {
    let keep = |c: &char| {
        matches!(c, '\n' | '\t') || !(c.is_control() || *c as u32 > 0xFFFF || is_emoji_part(*c))
    };
    text.chars().filter(keep).collect::<String>().trim().to_owned()
}

/// The change entry for a value that [`clean`] altered, if it did.
pub fn change(path: &str, from: &str, to: &str) -> Option<Change> {
    (from != to).then(|| Change {
        path: path.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        why: "QuickBooks does not accept colons, control characters, emoji or surplus spaces here"
            .to_owned(),
    })
}

/// The name to try when `attempt` names of a list entry were found to be used: by a vendor or employee, who share one
/// name space with customers, or by an entry that stands for something else.
pub fn alternative(kind: ListKind, name: &str, host_id: &str, attempt: usize) -> Option<String> {
    let limit = limit(kind);
    let suffix = match (kind, attempt) {
        (_, 0) => return Some(name.to_owned()),
        (ListKind::Customer, 1) => " (C)".to_owned(),
        (ListKind::Vendor, 1) => " (V)".to_owned(),
        (ListKind::Customer | ListKind::Vendor, 2)
        | (ListKind::Item | ListKind::PaymentMethod, 1) => format!(" ({host_id})"),
        _ => return None,
    };
    let room = limit.checked_sub(suffix.chars().count())?;
    // A cut may fall behind a space, and two in a row would be changed by whoever cleans the name again.
    Some(name.chars().take(room).collect::<String>().trim_end().to_owned() + &suffix)
}

/// Longest name an entry of a list may have.
pub fn limit(kind: ListKind) -> usize {
    match kind {
        ListKind::Customer | ListKind::Vendor => MAX_PARTY_NAME,
        ListKind::Item => MAX_ITEM_NAME,
        ListKind::PaymentMethod => MAX_METHOD_NAME,
    }
}

/// How QuickBooks compares names: without regard to case or surrounding space.
pub fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Marks that only serve to compose emoji.
fn is_emoji_part(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{20E3}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_by_one_policy() {
        let long = "x".repeat(501);
        for (name, expected) in [
            ("Amy's Bird Sanctuary", Ok("Amy's Bird Sanctuary")),
            ("Smith: John", Ok("Smith- John")),
            ("Tab\there\r\nand  there", Ok("Tab here and there")),
            ("  Bo\u{200B}b  ", Ok("Bo b")),
            ("Zoë 🎉 Müller", Ok("Zoë Müller")),
            ("株式会社", Ok("株式会社")),
            ("🎉", Err(NameError::Empty)),
            ("\u{0}", Err(NameError::Empty)),
            (long.as_str(), Err(NameError::TooLong(500))),
        ] {
            assert_eq!(clean(name, MAX_PARTY_NAME), expected.map(str::to_owned), "{name:?}");
        }
    }

    #[test]
    fn alternatives_stay_within_the_limit_and_run_out() {
        for (kind, attempt, expected) in [
            (ListKind::Customer, 0, Some("Ann")),
            (ListKind::Customer, 1, Some("Ann (C)")),
            (ListKind::Customer, 2, Some("Ann (A7)")),
            (ListKind::Customer, 3, None),
            (ListKind::Vendor, 1, Some("Ann (V)")),
            (ListKind::Vendor, 2, Some("Ann (A7)")),
            (ListKind::Item, 1, Some("Ann (A7)")),
            (ListKind::Item, 2, None),
        ] {
            assert_eq!(alternative(kind, "Ann", "A7", attempt).as_deref(), expected);
        }
        assert_eq!(
            alternative(ListKind::Item, &"x".repeat(100), "A7", 1).unwrap().chars().count(),
            100
        );
        let cut_at_a_space = format!("{} yyyyyy", "x".repeat(94));
        let expected = format!("{} (A7)", "x".repeat(94));
        assert_eq!(alternative(ListKind::Item, &cut_at_a_space, "A7", 1), Some(expected));
    }
}
