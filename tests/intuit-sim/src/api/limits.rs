//! Request limits, off unless the company's switch turns them on.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/learn/rest-api-features#limits-and-throttles>

use jiff::{SignedDuration, Timestamp};

use super::Fault;
use crate::{
    company::Clock,
    switches::{LimitsClock, LimitsWindow, Switches, ThrottleShape},
};

/// One limit. The simulator has one app; what others use is a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Requests a minute of all apps.
    CompanyMinute,
    /// Requests a second of the app.
    AppSecond,
    /// Requests a minute of the app, over all endpoints. As long as a company takes fewer, this one refuses nothing.
    AppMinute,
    /// Batch requests a minute of the app.
    AppBatches,
    /// Batch requests a minute of all apps.
    CompanyBatches,
}

impl Limit {
    /// In the order in which they are asked.
    const ALL: [Self; 5] = [
        Self::AppSecond,
        Self::CompanyMinute,
        Self::AppMinute,
        Self::AppBatches,
        Self::CompanyBatches,
    ];

    /// The word for it in the journal.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CompanyMinute => "company_minute",
            Self::AppSecond => "app_second",
            Self::AppMinute => "app_minute",
            Self::AppBatches => "app_batches",
            Self::CompanyBatches => "company_batches",
        }
    }

    fn most(self) -> usize {
        match self {
            Self::CompanyMinute => 500,
            Self::AppSecond => 10,
            Self::AppMinute => 800,
            Self::AppBatches => 40,
            Self::CompanyBatches => 120,
        }
    }

    fn seconds(self) -> i64 {
        match self {
            Self::AppSecond => 1,
            Self::CompanyMinute | Self::AppMinute | Self::AppBatches | Self::CompanyBatches => 60,
        }
    }

    fn batches_only(self) -> bool {
        matches!(self, Self::AppBatches | Self::CompanyBatches)
    }

    /// What other apps use of it.
    fn used_by_others(self, switches: &Switches) -> usize {
        match self {
            Self::CompanyMinute => switches.other_apps_requests_a_minute,
            Self::CompanyBatches => switches.other_apps_batches_a_minute,
            Self::AppSecond | Self::AppMinute | Self::AppBatches => 0,
        }
    }
}

/// When the company was called lately.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    calls: Vec<(Timestamp, bool)>,
}

impl Limiter {
    /// Counts a call, or says which limit refuses it. What is refused does not count.
    pub(super) fn admit(
        &mut self,
        clock: &Clock,
        switches: &Switches,
        is_batch: bool,
    ) -> Result<(), Limit> {
        if !switches.limits {
            return Ok(());
        }
        let now = match switches.limits_clock {
            LimitsClock::Company => clock.now(),
            LimitsClock::Wall => Timestamp::now(),
        };
        self.calls.retain(|(at, _)| *at > now - SignedDuration::from_secs(60));
        let reached = |limit: &Limit| {
            let counts = |(at, batch): &&(Timestamp, bool)| {
                (*batch || !limit.batches_only())
                    && is_lately(*at, now, limit.seconds(), switches.limits_window)
            };
            let used = self.calls.iter().filter(counts).count() + limit.used_by_others(switches);
            used >= limit.most()
        };
        let asked = Limit::ALL.into_iter().filter(|limit| is_batch || !limit.batches_only());
        if let Some(limit) = asked.into_iter().find(reached) {
            return Err(limit);
        }
        self.calls.push((now, is_batch));
        Ok(())
    }
}

/// Whether a call counts together with one that comes now.
fn is_lately(at: Timestamp, now: Timestamp, seconds: i64, window: LimitsWindow) -> bool {
    match window {
        LimitsWindow::Sliding => at > now - SignedDuration::from_secs(seconds),
        LimitsWindow::Fixed => {
            at.as_second().div_euclid(seconds) == now.as_second().div_euclid(seconds)
        }
    }
}

/// The throttle fault in the shape the company is switched to.
pub(crate) fn throttled(switches: &Switches) -> Fault {
    Fault { gateway: switches.throttle_shape == ThrottleShape::Gateway, ..Fault::throttled() }
}
