//! Time and chance: the one place in `lib/` that reads the wall clock, draws random numbers and waits.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Reads the wall clock and draws random ids.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    /// How much it is ahead of the machine's.
    ahead: SignedDuration,
}

impl Clock {
    /// A clock that is wrong by so much, as that of another machine is: what is built on clocks has to bear it.
    pub fn ahead_by(ahead: SignedDuration) -> Self {
        Self { ahead }
    }

    /// The time, to the microsecond: what the table stores.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(self) -> Timestamp {
        let now = Timestamp::now() + self.ahead;
        Timestamp::from_microsecond(now.as_microsecond())
            .expect("a valid time stays valid when cut to microseconds")
    }

    /// An id nobody else has.
    pub fn unique(self) -> String {
        Uuid::new_v4().simple().to_string()
    }

    /// A secret of 244 random bits, as 64 hexadecimal digits.
    pub fn nonce(self) -> String {
        self.unique() + &self.unique()
    }

    /// Uniform in the whole range.
    pub fn random(self) -> u32 {
        let (high, _) = Uuid::new_v4().as_u64_pair();
        u32::try_from(high >> 32).expect("the upper half of 64 bits fits in 32")
    }

    /// Waits while another invocation does what this one needs. Callers bound how often.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub(crate) async fn wait(self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}
