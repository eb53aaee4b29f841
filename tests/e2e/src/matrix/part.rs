//! A part of the deaths: for when there is no time for all of them.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, ensure};

/// Each `of`-th death, from the `turn`-th on; `of` turns make the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    turn: u64,
    of: u64,
}

impl Part {
    /// Everything.
    pub const WHOLE: Self = Self { turn: 1, of: 1 };

    /// Whether the death at this place, from 0, is in it.
    pub(super) fn has(self, place: u64) -> bool {
        place % self.of == self.turn - 1
    }
}

impl FromStr for Part {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (turn, of) = text.split_once('/').context("a part is written 2/4")?;
        let part = Self { turn: turn.parse()?, of: of.parse()? };
        ensure!((1..=part.of).contains(&part.turn), "parts of {of} are 1/{of} to {of}/{of}");
        Ok(part)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {}", self.turn, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_turns_together_are_the_whole_and_no_death_is_in_two() {
        let parts: Vec<Part> = ["1/3", "2/3", "3/3"].map(|text| text.parse().unwrap()).into();
        for place in 0..20 {
            assert_eq!(parts.iter().filter(|part| part.has(place)).count(), 1, "{place}");
        }
        assert!((0..20).all(|place| Part::WHOLE.has(place)));
        for text in ["", "2", "0/3", "4/3", "a/b", "1/0"] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }
}
