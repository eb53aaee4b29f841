//! When a delivery that was not acknowledged is tried again.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// Seconds after the first attempt, as Intuit documents them.
const ATTEMPTS: [i64; 9] =
    [0, 10, 20, 30, 5 * MINUTE, 20 * MINUTE, 2 * HOUR, 4 * HOUR, LAST_SECONDS];
/// From here on the interval stays the same.
const LAST_SECONDS: i64 = 6 * HOUR;

/// The seconds after the first attempt at which the next one is due, when `elapsed` have passed.
///
/// A clock that jumped over several attempts gets them as one: nothing happened in between.
pub(super) fn next_attempt(elapsed: i64) -> i64 {
    ATTEMPTS
        .into_iter()
        .find(|attempt| *attempt > elapsed)
        .unwrap_or_else(|| (elapsed / LAST_SECONDS + 1) * LAST_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::{HOUR, next_attempt};

    #[test]
    fn attempts_follow_intuits_schedule() {
        let rows = [
            (0, 10),
            (10, 20),
            (20, 30),
            (30, 300),
            (299, 300),
            (300, 1200),
            (1200, 2 * HOUR),
            (2 * HOUR, 4 * HOUR),
            (4 * HOUR, 6 * HOUR),
            (6 * HOUR, 12 * HOUR),
            (13 * HOUR, 18 * HOUR),
            (240 * HOUR, 246 * HOUR),
        ];
        for (elapsed, expected) in rows {
            assert_eq!(next_attempt(elapsed), expected, "after {elapsed} s");
        }
    }
}
