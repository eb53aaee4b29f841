//! Reads single values: texts, names, ids, numbers, days.

use domain::id::{CompanyId, HostId, IdError, ObjectId};
use domain::money::{Currency, MoneyError, parse_decimal};
use domain::name::{self, NameError};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::cursor::Field;
use super::json::Json;
use crate::problem::send_one_of;

/// What every JSON writer can produce exactly (<https://www.rfc-editor.org/rfc/rfc8259#section-6>).
pub(crate) const MAX_VERSION: u64 = 9_007_199_254_740_992;

impl<'a> Field<'a> {
    /// `true` or `false`.
    pub fn boolean(&self) -> Option<bool> {
        match self.json {
            Json::Bool(value) => Some(*value),
            _ => self.wrong_type("true or false"),
        }
    }

    /// One of these words, and what it stands for.
    pub fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let choice = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if choice.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.fail("unknown_choice", "is not a known choice", send_one_of(&known));
        }
        choice
    }

    /// A text as it is.
    pub fn text(&self) -> Option<&'a str> {
        match self.json {
            Json::Text(text) => Some(text),
            _ => self.wrong_type("a text"),
        }
    }

    /// A text of at most `most` characters, cleaned; blank counts as absent. Line ends stay.
    pub fn free_text(&self, most: usize) -> Option<String> {
        let text = self.text()?;
        self.within(text, most)?;
        let cleaned = name::clean_text(text);
        self.changed(text, &cleaned);
        (!cleaned.is_empty()).then_some(cleaned)
    }

    /// A short text on one line, such as a document number, taken as it is but for spaces around it; blank counts as
    /// absent.
    pub fn short_text(&self, most: usize) -> Option<String> {
        let text = self.text()?;
        if text.chars().any(|c| c.is_control() || u32::from(c) > 0xFFFF) {
            self.fail(
                "bad_character",
                "has control characters or emoji",
                "Send letters, digits and punctuation only.",
            );
            return None;
        }
        self.within(text, most)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// As [`Field::short_text`], where something has to be left.
    pub fn some_line(&self, most: usize) -> Option<String> {
        if self.text()?.trim().is_empty() {
            self.fail("empty_text", "is blank", "Send at least one character.");
            return None;
        }
        self.short_text(most)
    }

    /// A name of at most `most` characters, cleaned by the one policy.
    pub fn name(&self, most: usize) -> Option<String> {
        let text = self.text()?;
        let cleaned = match text.chars().count() {
            count if count > most => Err(NameError::TooLong(most)),
            _ => name::clean(text, most),
        };
        match cleaned {
            Ok(cleaned) => {
                self.changed(text, &cleaned);
                Some(cleaned)
            }
            Err(error @ NameError::Empty) => {
                self.fail("empty_name", error.to_string(), "Send the name that people know it by.");
                None
            }
            Err(error @ NameError::TooLong(_)) => {
                self.fail(
                    "too_long",
                    error.to_string(),
                    format!(
                        "Shorten the name to {most} characters; ledgerbridge never cuts names."
                    ),
                );
                None
            }
        }
    }

    /// An id of the host's.
    pub fn host_id(&self) -> Option<HostId> {
        self.id(HostId::parse)
    }

    /// An id that QuickBooks gave.
    pub fn object_id(&self) -> Option<ObjectId> {
        self.id(ObjectId::parse)
    }

    /// The id of a company.
    pub fn company_id(&self) -> Option<CompanyId> {
        self.id(CompanyId::parse)
    }

    fn id<T>(&self, parse: fn(&str) -> Result<T, IdError>) -> Option<T> {
        match parse(self.text()?) {
            Ok(id) => Some(id),
            Err(error) => {
                self.fail(
                    "bad_id",
                    error.to_string(),
                    "Send 1 to 100 letters, digits and . _ @ + = - only.",
                );
                None
            }
        }
    }

    /// A version: a whole number from 1 to [`MAX_VERSION`].
    pub fn version(&self) -> Option<u64> {
        let Json::Number(digits) = self.json else {
            return self.wrong_type("a whole number");
        };
        match digits.parse() {
            Ok(version @ 1..=MAX_VERSION) => Some(version),
            _ => {
                self.fail(
                    "bad_version",
                    format!("is not a whole number from 1 to {MAX_VERSION}"),
                    "Count the versions of each record: 1, 2, 3 ….",
                );
                None
            }
        }
    }

    /// Money, a quantity or a rate: a JSON number, or a text such as "125.00".
    pub fn decimal(&self) -> Option<Decimal> {
        let digits = match self.json {
            Json::Number(digits) | Json::Text(digits) => digits,
            _ => return self.wrong_type("a decimal number"),
        };
        parse_decimal(digits).map_err(|error| self.bad_number(&error)).ok()
    }

    /// An amount that is not negative and exact in `currency`, where that could be read.
    pub fn amount(&self, currency: Option<&Currency>, negative: &Negative) -> Option<Decimal> {
        let amount = self.decimal()?;
        if amount.is_sign_negative() && !amount.is_zero() {
            self.fail(negative.code, "must not be negative", negative.remedy);
            return None;
        }
        match currency {
            Some(currency) => currency.check(amount).map_err(|error| self.bad_number(&error)).ok(),
            None => Some(amount),
        }
    }

    fn bad_number(&self, error: &MoneyError) {
        let (code, remedy) = match error {
            MoneyError::NotANumber => (
                "not_a_number",
                "Send plain digits with an optional fraction: no exponent, sign or separator.",
            ),
            MoneyError::TooLarge => {
                ("too_large", "QuickBooks does not take larger numbers; split the record.")
            }
            MoneyError::TooPrecise(_) => {
                ("too_precise", "Round it in the host, so that both books agree.")
            }
            MoneyError::Negative => ("negative", "Send zero or more."),
        };
        self.fail(code, error.to_string(), remedy);
    }

    /// A currency code.
    pub fn currency(&self) -> Option<Currency> {
        let currency = Currency::parse(self.text()?);
        if currency.is_none() {
            self.fail(
                "bad_currency",
                "is not an ISO 4217 currency code",
                "Send three capital letters, such as USD.",
            );
        }
        currency
    }

    /// A day, `YYYY-MM-DD`.
    pub fn date(&self) -> Option<Date> {
        let text = self.text()?;
        let in_form = text.len() == 10
            && text.bytes().enumerate().all(|(index, byte)| match index {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let date = if in_form { text.parse::<Date>().ok() } else { None };
        // A year outside is a typing mistake or a unit mix-up, and QuickBooks would book it far from anyone's view.
        let date = date.filter(|date| (1900..2200).contains(&date.year()));
        if date.is_none() {
            self.fail(
                "bad_date",
                "is not a day between 1900-01-01 and 2199-12-31",
                "Send an ISO 8601 day, such as 2026-04-30.",
            );
        }
        date
    }

    fn within(&self, text: &str, most: usize) -> Option<()> {
        let count = text.chars().count();
        if count > most {
            let message = format!("has {count} characters");
            self.fail("too_long", message, format!("Send at most {most} characters."));
            return None;
        }
        Some(())
    }
}

/// What to say of a negative amount.
#[derive(Debug)]
pub struct Negative {
    /// Stable, for programs.
    pub code: &'static str,
    /// What to do instead.
    pub remedy: &'static str,
}
