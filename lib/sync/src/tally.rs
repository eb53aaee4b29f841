//! What handling one event took and came to, counted for its line in the log.
//!
//! Several events can be handled side by side on one thread, so what is counted belongs to the task that handles the
//! event, and not to the process. Outside of an event nothing is counted.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::posting::State;
use quickbooks::Made;

use crate::Answer;
use crate::meter::Seen;
use crate::watch::Watch;

tokio::task_local! {
    static TALLY: Tally;
}

/// The counts of one event. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Tally(Rc<RefCell<Counts>>);

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Whose event it is.
    pub tenant: Option<String>,
    /// What it is about.
    pub posting: Option<String>,
    /// Calls of QuickBooks' Accounting API that went out.
    pub quickbooks_calls: u64,
    /// Those of them that Intuit bills.
    pub metered_reads: u64,
    /// Those of them that were refused because the company is called too often.
    pub throttled: u64,
    /// Calls of Intuit's token service.
    pub token_calls: u64,
    /// Requests to DynamoDB, repetitions by the SDK included.
    pub table_round_trips: u64,
    /// How often handling a posting ended so: by its outcome, or else by the state in which it was left.
    pub postings: BTreeMap<&'static str, u64>,
    /// How the first posting ended; of a disbursement that is the income.
    pub first: Option<Ended>,
    /// Why the first of those that wait or were refused does so.
    pub code: Option<String>,
    /// Tokens were renewed.
    pub token_refreshes: u64,
    /// The token service gave none, for another reason than that the connection was ended.
    pub token_refreshes_failed: u64,
    /// Connections that from now on need a person to connect again.
    pub connections_lost: u64,
    /// Events that an endpoint took.
    pub events_delivered: u64,
    /// Attempts to bring an event to an endpoint that did not take it.
    pub event_deliveries_failed: u64,
    /// Postings that the sweep found left behind by an invocation that died.
    pub left_behind: u64,
    /// What the schedule saw on the meter.
    pub meter: Option<Seen>,
    /// What the watch saw.
    pub watch: Option<Watch>,
}

/// How a posting ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Where it stands.
    pub state: &'static str,
    /// What was done; absent when it waits or was refused.
    pub outcome: Option<&'static str>,
    /// Attempts that failed for a reason that passes with time.
    pub attempts: u32,
}

impl Tally {
    /// The tally of the running event.
    pub fn current() -> Option<Self> {
        TALLY.try_with(Self::clone).ok()
    }

    /// Counts what `work` does. Work that it spawns counts only if it is wrapped again, with [`Tally::current`].
    pub async fn around<T>(self, work: impl Future<Output = T>) -> T {
        TALLY.scope(self, work).await
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        self.0.borrow().clone()
    }
}

/// Notes something about the running event.
pub fn note(change: impl FnOnce(&mut Counts)) {
    // Outside of an event there is nobody who wants to know.
    let _ = TALLY.try_with(|tally| change(&mut tally.0.borrow_mut()));
}

/// Notes whose event is running, for its own line and for those that are logged meanwhile.
pub fn tenant(tenant: &str) {
    tracing::Span::current().record("tenant", tenant);
    note(|counts| counts.tenant = Some(tenant.to_owned()));
}

/// Counts a call of QuickBooks; for [`quickbooks::Client::counted_by`].
pub fn quickbooks_call(made: Made) {
    note(|counts| match made {
        Made::Api { metered, throttled } => {
            counts.quickbooks_calls += 1;
            counts.metered_reads += u64::from(metered);
            counts.throttled += u64::from(throttled);
        }
        Made::Token => counts.token_calls += 1,
    });
}

/// Counts a request to DynamoDB; for [`aws::table::Table::counted_by`].
pub fn table_round_trip() {
    note(|counts| counts.table_round_trips += 1);
}

/// Counts how a posting ended.
pub(crate) fn posting(answer: &Answer) {
    let state = answer.posting.state.as_str();
    let outcome = answer.outcome.map(|outcome| outcome.as_str());
    let code = answer.posting.reason.as_ref().map(|reason| reason.code.to_string());
    let attempts = answer.posting.attempts;
    note(|counts| {
        *counts.postings.entry(outcome.unwrap_or(state)).or_default() += 1;
        counts.first.get_or_insert(Ended { state, outcome, attempts });
        counts.code = counts.code.take().or(code);
    });
}

/// A posting was given up without another attempt.
pub(crate) fn rejected() {
    note(|counts| *counts.postings.entry(State::Rejected.as_str()).or_default() += 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Made = Made::Api { metered: true, throttled: false };
    const THROTTLED_WRITE: Made = Made::Api { metered: false, throttled: true };

    #[tokio::test]
    async fn events_that_are_handled_side_by_side_are_counted_apart() {
        let event = async |calls: &[Made]| {
            let tally = Tally::default();
            let work = async {
                for call in calls {
                    quickbooks_call(*call);
                    tokio::task::yield_now().await;
                    table_round_trip();
                }
            };
            tally.clone().around(work).await;
            let Counts { quickbooks_calls, metered_reads, throttled, token_calls, .. } =
                tally.counts();
            let trips = tally.counts().table_round_trips;
            [quickbooks_calls, metered_reads, throttled, token_calls, trips]
        };
        let (one, other) = tokio::join!(
            event(&[READ, READ, Made::Token]),
            event(&[THROTTLED_WRITE, READ, READ, READ]),
        );
        assert_eq!(one, [2, 2, 0, 1, 3]);
        assert_eq!(other, [4, 3, 1, 0, 4]);
    }

    #[tokio::test]
    async fn spawned_work_counts_with_the_event_that_wraps_it_again() {
        let tally = Tally::default();
        let spawn = async || {
            let work = async { quickbooks_call(READ) };
            let alone = tokio::task::spawn_local(async { quickbooks_call(READ) });
            let wrapped = Tally::current().expect("in an event").around(work);
            tokio::task::spawn_local(wrapped).await.unwrap();
            alone.await.unwrap();
        };
        tokio::task::LocalSet::new().run_until(tally.clone().around(spawn())).await;
        assert_eq!(tally.counts().quickbooks_calls, 1);
    }

    #[test]
    fn outside_of_an_event_nothing_is_counted() {
        quickbooks_call(READ);
        assert!(Tally::current().is_none());
    }
}
