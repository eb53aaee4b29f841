//! Many measurements of one thing, in a few numbers.

use serde::Serialize;

/// What lies in the middle, and how far the rest is from it. In the unit of what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// How many measurements.
    pub count: usize,
    /// The smallest.
    pub least: u64,
    /// Half of all are at most this.
    pub median: u64,
    /// Nine of ten are at most this.
    pub ninetieth: u64,
    /// The largest.
    pub most: u64,
}

impl Spread {
    /// Of some measurements; none without any.
    pub fn of(measured: impl IntoIterator<Item = u64>) -> Option<Self> {
        let mut all: Vec<u64> = measured.into_iter().collect();
        all.sort_unstable();
        // The nearest rank, which is always something that was measured.
        let rank = |of_hundred: usize| all[(all.len() * of_hundred).div_ceil(100).max(1) - 1];
        let (least, most) = (*all.first()?, *all.last()?);
        Some(Self { count: all.len(), least, median: rank(50), ninetieth: rank(90), most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_consists_of_what_was_measured() {
        let spread = |least, median, ninetieth, most, count| {
            Some(Spread { count, least, median, ninetieth, most })
        };
        assert_eq!(Spread::of([]), None);
        assert_eq!(Spread::of([7]), spread(7, 7, 7, 7, 1));
        assert_eq!(Spread::of((1..=10).rev()), spread(1, 5, 9, 10, 10));
        assert_eq!(Spread::of(1..=30), spread(1, 15, 27, 30, 30));
    }
}
