//! Random choices that are the same for the same seed, on every machine and in every version.

/// A small generator of random numbers: splitmix64 (<https://prng.di.unimi.it/splitmix64.c>), whose sequence is fixed by its
/// definition and not by a crate's version.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Starts a sequence; each `part` of a seed has one of its own.
    pub fn new(seed: u64, part: u64) -> Self {
        let mut start = Self(seed);
        start.0 = start.next() ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        start
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// True in so many of a thousand cases.
    pub fn per_mille(&mut self, cases: u64) -> bool {
        self.below(1000) < cases
    }

    /// One of some.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.place(from.len())]
    }

    /// One of some by weight.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn weigh<T: Copy>(&mut self, from: &[(u64, T)]) -> T {
        let mut left = self.below(from.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in from {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        from[0].1
    }

    /// Puts some into another order.
    pub fn shuffle<T>(&mut self, some: &mut [T]) {
        for last in (1..some.len()).rev() {
            some.swap(last, self.place(last + 1));
        }
    }

    fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("less than a length")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_one_sequence_and_each_part_its_own() {
        let drawn = |seed, part| {
            let mut dice = Dice::new(seed, part);
            [(); 4].map(|()| dice.below(1_000_000))
        };
        assert_eq!(drawn(7, 1), drawn(7, 1));
        assert_ne!(drawn(7, 1), drawn(7, 2));
        assert_ne!(drawn(7, 1), drawn(8, 1));
        // Replaying an old seed needs the same numbers as when it failed.
        assert_eq!(Dice(0).next(), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn choices_stay_within_their_bounds() {
        let mut dice = Dice::new(1, 1);
        for _ in 0..500 {
            assert!((3..=5).contains(&dice.between(3, 5)));
            assert_ne!(dice.weigh(&[(1, 'a'), (0, 'b'), (2, 'c')]), 'b');
        }
        let mut some = [1, 2, 3, 4, 5];
        dice.shuffle(&mut some);
        some.sort_unstable();
        assert_eq!(some, [1, 2, 3, 4, 5]);
    }
}
