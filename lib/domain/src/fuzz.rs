//! What holds for whatever names, numbers and ids come in. `tests/fuzz/` searches for inputs that break it; the tests below
//! replay those that are kept.

use rust_decimal::Decimal;

use crate::id::HostId;
use crate::issued::IssuedId;
use crate::link::ListKind;
use crate::money::{Currency, MAX_RATE_DECIMALS, MAX_WHOLE_DIGITS, parse_decimal};
use crate::name::{
    MAX_ITEM_NAME, MAX_METHOD_NAME, MAX_PARTY_NAME, NameError, alternative, change, clean,
    clean_text, limit, same,
};
use crate::posting::PostingKey;

/// A name, or a longer text.
pub fn names(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for most in [MAX_PARTY_NAME, MAX_ITEM_NAME, MAX_METHOD_NAME] {
        match clean(&text, most) {
            Ok(name) => {
                is_fit(&name, most);
                assert_eq!(clean(&name, most).as_ref(), Ok(&name), "cleaned twice is cleaned");
                assert_eq!(change("n", &text, &name).is_some(), name != text, "said when changed");
                assert!(same(&name, &format!(" {name} ")), "surplus spaces make no other name");
            }
            Err(NameError::Empty) => {
                assert!(!text.chars().any(|c| c.is_ascii_graphic()), "something readable is there");
            }
            Err(NameError::TooLong(limit)) => {
                assert!(limit == most && text.chars().count() > most, "it fits");
            }
        }
    }
    for kind in [ListKind::Customer, ListKind::Vendor, ListKind::Item, ListKind::PaymentMethod] {
        let Ok(name) = clean(&text, limit(kind)) else { continue };
        let others = (0..).map_while(|attempt| alternative(kind, &name, "A-7", attempt));
        let others: Vec<String> = others.collect();
        assert_eq!(others.first(), Some(&name), "the name itself comes first");
        for other in &others {
            is_fit(other, limit(kind));
            assert_eq!(clean(other, limit(kind)).as_ref(), Ok(other), "an alternative is clean");
        }
    }
    let cleaned = clean_text(&text);
    assert_eq!(clean_text(&cleaned), cleaned, "a text that is cleaned twice is cleaned");
    let kept = cleaned.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control());
    assert!(kept && cleaned.trim() == cleaned, "a text that is not clean: {cleaned:?}");
}

/// Two numbers, one on each line, as amounts, prices and quantities.
pub fn money(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (first, second) = text.split_once('\n').unwrap_or((&text, "1"));
    let mut numbers = Vec::new();
    for text in [first, second] {
        let parsed = parse_decimal(text);
        assert_eq!(parsed.is_ok(), is_number(text), "{text:?} is {parsed:?}");
        let Ok(number) = parsed else { continue };
        let written = number.to_string();
        assert_eq!(parse_decimal(&written), Ok(number), "{text:?} is written {written}");
        assert_eq!(units(&written), units(text), "{text:?} is read as {written}");
        numbers.push(number);
    }
    for code in ["USD", "JPY", "KWD"] {
        let currency = Currency::parse(code).expect("a code");
        for number in numbers.iter().copied() {
            let Ok(amount) = currency.check(number) else { continue };
            assert!(amount == number && amount >= Decimal::ZERO, "{number} {code}");
            assert_eq!(parse_decimal(&currency.format(amount)), Ok(amount), "{number} {code}");
        }
        if let [quantity, rate] = numbers[..] {
            let extended = currency.extend(quantity, rate);
            assert!(extended.scale() <= currency.decimals(), "{quantity} × {rate} = {extended}");
            assert_eq!(extended, currency.extend(rate, quantity), "{quantity} × {rate}");
        }
    }
    assert_eq!(Currency::parse(&text).is_some(), text.len() == 3 && is_capital(&text), "{text:?}");
}

/// Ids and keys: what is read is written back the same, so no two texts mean one thing.
pub fn keys(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(id) = HostId::parse(&text) {
        let foul = |c: char| c.is_control() || c.is_whitespace() || "#/\\%?&\"'<>".contains(c);
        assert!(id.as_str() == text && !text.contains(foul), "{text:?} is no id");
    }
    if let Some(key) = PostingKey::parse(&text) {
        assert_eq!(key.as_text(), text, "two texts of one key");
    }
    if let Ok(id) = IssuedId::parse(&text) {
        assert_eq!(id.as_text(), text, "two texts of one payment");
    }
}

fn is_fit(name: &str, most: usize) {
    assert!((1..=most).contains(&name.chars().count()), "too short or too long: {name:?}");
    let unfit = |c: char| c == ':' || c.is_control() || c as u32 > 0xFFFF;
    assert!(!name.contains(unfit), "QuickBooks refuses {name:?}");
    assert!(name.trim() == name && !name.contains("  "), "surplus spaces: {name:?}");
}

fn is_capital(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// What counts as a number, said in another way than the parser does.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let mut parts = text.split('.');
    let (whole, fraction) = (parts.next().unwrap_or_default(), parts.next());
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let significant = fraction.unwrap_or("0").trim_end_matches('0').len();
    digits(whole)
        && fraction.is_none_or(digits)
        && parts.next().is_none()
        && whole.trim_start_matches('0').len() <= MAX_WHOLE_DIGITS as usize
        && significant <= MAX_RATE_DECIMALS as usize
}

/// A number in units of the last decimal that counts, counted digit by digit.
fn units(text: &str) -> i64 {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.bytes().chain(std::iter::repeat(b'0')).take(MAX_RATE_DECIMALS as usize);
    let digits = whole.bytes().filter(u8::is_ascii_digit).chain(fraction);
    sign * digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
}

#[cfg(test)]
#[path = "../../../tests/fuzz/replay.rs"]
mod corpus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_inputs_break_nothing() {
        corpus::replay("names", names);
        corpus::replay("money", money);
        corpus::replay("keys", keys);
    }
}
