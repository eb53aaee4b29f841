//! The ladder: as the forecast nears the allowance, what nobody asked for is done less often, and then not at all. What
//! people ask for and what Intuit tells of goes on on every step.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Month, Usage};

/// Layout of the stored ladder that this code writes.
pub const LADDER_SCHEMA: u32 = 1;
/// It goes down a step when the forecast is so many points below what led up to it: going less often is what lowers the
/// forecast, and it should not swing.
const STEADY_POINTS: u64 = 5;

/// How often what nobody asked for is done.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// As often as tenants and the deployment say.
    #[default]
    Usual,
    /// Half as often.
    Half,
    /// A fourth as often.
    Fourth,
    /// Never.
    OnlyAsked,
}

impl Step {
    /// Every step, the lowest first.
    pub const ALL: [Self; 4] = [Self::Usual, Self::Half, Self::Fourth, Self::OnlyAsked];

    /// The forecast that leads up to it, in percent of the allowance.
    pub fn percent(self) -> u64 {
        match self {
            Self::Usual => 0,
            Self::Half => 80,
            Self::Fourth => 90,
            Self::OnlyAsked => 100,
        }
    }

    /// The word for it in answers and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Half => "half",
            Self::Fourth => "fourth",
            Self::OnlyAsked => "only_asked",
        }
    }

    /// An interval as it is on this step; none where nothing is done by itself.
    pub fn stretched(self, minutes: u32) -> Option<u32> {
        match self {
            Self::Usual => Some(minutes),
            Self::Half => Some(minutes.saturating_mul(2)),
            Self::Fourth => Some(minutes.saturating_mul(4)),
            Self::OnlyAsked => None,
        }
    }

    fn reached(percent: u64) -> Self {
        let reached = Self::ALL.into_iter().filter(|step| step.percent() <= percent);
        reached.max().unwrap_or_default()
    }
}

/// Where a month stands on the ladder, as stored. A month without one is on the lowest step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// Layout of this stored item.
    pub schema: u32,
    /// Counts the writes.
    pub revision: u64,
    /// The month.
    pub month: Month,
    /// The step.
    pub step: Step,
    /// Since when, with this allowance.
    pub since: Timestamp,
    /// The highest step that people were warned of, as the allowance is.
    pub warned: Step,
    /// How it stood then.
    pub usage: Usage,
}

impl Ladder {
    /// What is to be stored after a look at a month; none when nothing changed. A warning is told of each step that this
    /// is the first in the month to reach ([`Ladder::warnings`]).
    pub fn after(
        before: Option<&Self>,
        month: Month,
        usage: Usage,
        now: Timestamp,
    ) -> Option<Self> {
        let stands = before.map(|it| it.step).unwrap_or_default();
        let warned = Self::warned_of(before, usage.allowance);
        // Without an allowance it is 0.
        let percent = usage.forecast_percent();
        let reached = Step::reached(percent);
        let step = if usage.allowance == 0 || reached >= stands {
            reached
        } else {
            // Down to what the forecast would still lead up to with a few points more, if that is down.
            Step::reached(percent.saturating_add(STEADY_POINTS)).min(stands)
        };
        let warned_of = warned.max(reached);
        let is_other = before.is_some_and(|it| it.usage.allowance != usage.allowance);
        if (step, warned_of) == (stands, warned) && !is_other {
            return None;
        }
        let same = before.filter(|before| before.step == step && !is_other);
        let since = same.map_or(now, |before| before.since);
        Some(Self {
            schema: LADDER_SCHEMA,
            revision: before.map_or(0, |before| before.revision) + 1,
            month,
            step,
            since,
            warned: warned_of,
            usage,
        })
    }

    /// Who was warned with another allowance was warned of something else.
    fn warned_of(before: Option<&Self>, allowance: u64) -> Step {
        let same = before.filter(|before| before.usage.allowance == allowance);
        same.map(|before| before.warned).unwrap_or_default()
    }

    /// What a person is told who sees an interval that does not count now; none on the lowest step.
    pub fn explains(&self, minutes: u32) -> Option<String> {
        let since = self.since.strftime("%Y-%m-%d %H:%M UTC");
        let pace = match self.step {
            Step::Usual => return None,
            Step::OnlyAsked => format!(
                "Since {since} the schedule rests, and only what somebody asks for and what Intuit tells of is looked at"
            ),
            Step::Half | Step::Fourth => {
                let stretched = self.step.stretched(minutes).unwrap_or(minutes);
                format!("Every {stretched} minutes instead of {minutes}, since {since}")
            }
        };
        let percent = self.usage.forecast_percent();
        Some(format!(
            "{pace}: the month's metered reads were then forecast to come to {percent} % of what is allowed."
        ))
    }

    /// The steps that people are to be warned of because of a write, the lowest first.
    pub fn warnings(&self, before: Option<&Self>) -> Vec<Step> {
        let told = Self::warned_of(before, self.usage.allowance);
        Step::ALL.into_iter().filter(|step| *step > told && *step <= self.warned).collect()
    }
}
