//! How long to wait before trying again: exponential backoff with full jitter, bounded in time and in attempts.

/// When to give up and how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The first wait.
    pub base_seconds: u32,
    /// No wait is longer. SQS allows at most 12 hours of invisibility.
    pub cap_seconds: u32,
    /// Attempts after which a posting is rejected with the remedy "retry".
    pub max_attempts: u32,
}

impl Policy {
    /// The wait after `attempts` failed attempts. `random` is uniform in 0..=u32::MAX and spreads the waits between half
    /// and all of the exponential step, so that tenants hit by one outage do not return at once.
    pub fn wait_seconds(&self, attempts: u32, random: u32) -> u32 {
        let doublings = attempts.saturating_sub(1).min(31);
        let step = u64::from(self.base_seconds)
            .saturating_mul(1 << doublings)
            .min(u64::from(self.cap_seconds))
            .max(1);
        let spread = step.div_ceil(2);
        let jitter = (u64::from(random) * (spread + 1)) >> 32;
        u32::try_from(step - spread + jitter).unwrap_or(self.cap_seconds).max(1)
    }

    /// Whether another attempt is allowed after `attempts`.
    pub fn allows_another(&self, attempts: u32) -> bool {
        attempts < self.max_attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_are_spread_over_the_upper_half() {
        let policy = Policy { base_seconds: 5, cap_seconds: 900, max_attempts: 10 };
        for (attempts, least, most) in
            [(1, 2, 5), (2, 5, 10), (3, 10, 20), (8, 320, 640), (9, 450, 900), (99, 450, 900)]
        {
            assert_eq!(policy.wait_seconds(attempts, 0), least, "least after {attempts}");
            assert_eq!(policy.wait_seconds(attempts, u32::MAX), most, "most after {attempts}");
        }
        let instant = Policy { base_seconds: 0, cap_seconds: 0, max_attempts: 1 };
        assert_eq!(instant.wait_seconds(1, 0), 1);
    }

    #[test]
    fn attempts_are_bounded() {
        let policy = Policy { base_seconds: 1, cap_seconds: 1, max_attempts: 3 };
        assert!(policy.allows_another(2));
        assert!(!policy.allows_another(3));
    }
}
