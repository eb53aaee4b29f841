//! What a call counts as, for whoever pays for it and watches over it.

use crate::send::{Answer, Effect};
use crate::{Class, Error};

/// One call that went out, reported when it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A call of the Accounting API.
    Api {
        /// Intuit counts it towards the bill.
        metered: bool,
        /// QuickBooks refused it because it is called too often.
        throttled: bool,
    },
    /// A call of the token service, which is never metered.
    Token,
}

/// Hears of every call, at its end, in the task that made it.
pub type Count = fn(Made);

impl Effect {
    /// The one place that says which calls are metered: all that read (GET, queries, change data capture), whatever
    /// became of them, and none that writes.
    /// <https://developer.intuit.com/app/developer/qbo/docs/get-started/app-partner-program>
    pub(crate) fn is_metered(&self) -> bool {
        matches!(self, Self::Read)
    }
}

impl Made {
    pub(crate) fn api(effect: &Effect, outcome: &Result<Answer, Error>) -> Self {
        Self::Api {
            metered: effect.is_metered(),
            throttled: matches!(
                outcome.as_ref().map_err(Error::class),
                Err(Class::Throttled { .. })
            ),
        }
    }
}
