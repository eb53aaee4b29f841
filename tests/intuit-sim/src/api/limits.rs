//! Request limits, off unless the company's switch turns them on.

use jiff::{SignedDuration, Timestamp};

use super::Fault;
use crate::{
    company::Clock,
    switches::{LimitsClock, Switches, ThrottleShape},
};

/// Requests a second per company and app.
const PER_SECOND: usize = 10;
/// Requests a minute per company.
const PER_MINUTE: usize = 500;
/// Batch requests a minute per company and app.
const BATCHES_PER_MINUTE: usize = 40;

/// When the company was called lately.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    calls: Vec<(Timestamp, bool)>,
}

impl Limiter {
    /// Counts a call, or refuses it.
    pub(super) fn admit(
        &mut self,
        clock: &Clock,
        switches: &Switches,
        is_batch: bool,
    ) -> Result<(), Fault> {
        if !switches.limits {
            return Ok(());
        }
        let now = match switches.limits_clock {
            LimitsClock::Company => clock.now(),
            LimitsClock::Wall => Timestamp::now(),
        };
        let since = |seconds: i64| now - SignedDuration::from_secs(seconds);
        self.calls.retain(|(at, _)| *at > since(60));
        let lately = self.calls.iter().filter(|(at, _)| *at > since(1)).count();
        let batches = self.calls.iter().filter(|(_, batch)| *batch).count();
        if lately >= PER_SECOND
            || self.calls.len() >= PER_MINUTE
            || (is_batch && batches >= BATCHES_PER_MINUTE)
        {
            return Err(throttled(switches));
        }
        self.calls.push((now, is_batch));
        Ok(())
    }
}

/// The throttle fault in the shape the company is switched to.
pub(crate) fn throttled(switches: &Switches) -> Fault {
    Fault { gateway: switches.throttle_shape == ThrottleShape::Gateway, ..Fault::throttled() }
}
