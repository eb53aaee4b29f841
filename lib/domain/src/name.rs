//! The one policy by which names are made fit for QuickBooks. Whatever it changes, it says.
//!
//! QuickBooks refuses colons (they separate levels), tabs and line ends in names, limits their length and compares
//! them without regard to case; characters beyond the basic plane, such as emoji, are known to be rejected (code 2040).

use serde::{Deserialize, Serialize};

/// Longest customer name (`DisplayName`).
pub const MAX_CUSTOMER_NAME: usize = 500;
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

/// The name to try when `name` is already used in QuickBooks by a vendor, an employee or another agent. Customers,
/// vendors and employees share one name space.
pub fn alternative(name: &str, host_id: &str, attempt: usize, limit: usize) -> Option<String> {
    let suffix = match attempt {
        0 => " (C)".to_owned(),
        1 => format!(" ({host_id})"),
        _ => return None,
    };
    let room = limit.checked_sub(suffix.chars().count())?;
    Some(name.chars().take(room).collect::<String>() + &suffix)
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
            assert_eq!(clean(name, MAX_CUSTOMER_NAME), expected.map(str::to_owned), "{name:?}");
        }
    }

    #[test]
    fn alternatives_stay_within_the_limit_and_run_out() {
        assert_eq!(alternative("Ann", "A7", 0, 500).as_deref(), Some("Ann (C)"));
        assert_eq!(alternative("Ann", "A7", 1, 500).as_deref(), Some("Ann (A7)"));
        assert_eq!(alternative("Ann", "A7", 2, 500), None);
        assert_eq!(alternative(&"x".repeat(100), "A7", 0, 100).unwrap().chars().count(), 100);
    }
}
