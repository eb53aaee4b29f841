//! Logging: JSON lines on standard output, one for each handled event. Never bodies, tokens or names of people.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tracing::field::Empty;
use tracing::{Span, error, info, info_span};

/// Starts logging; called first of all by every function.
pub fn start() {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(crate::config::log_level())
        .init();
    std::panic::set_hook(Box::new(|panic| {
        // Words made at run time may quote what was being handled, so only those from the source are logged.
        let words =
            panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not shown)");
        let place = panic.location().map(ToString::to_string);
        error!(place, words, "a defect of ledgerbridge: it panicked");
    }));
}

/// One event being handled: a call or a message. Lines logged meanwhile carry its function, tenant and posting.
pub(crate) struct Handling {
    span: Span,
    started: Instant,
    cold_start: bool,
}

/// How an event ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ending {
    /// The HTTP status, for calls.
    pub(crate) status: Option<u16>,
    /// Where the posting stands.
    pub(crate) state: Option<&'static str>,
    /// What the event did; for a problem its code.
    pub(crate) outcome: Option<String>,
    /// Failed attempts so far, or how often the queue has delivered the message.
    pub(crate) attempt: Option<u32>,
}

impl Handling {
    pub(crate) fn begin(function: &'static str, trigger: &'static str, request_id: &str) -> Self {
        static WARM: AtomicBool = AtomicBool::new(false);
        Self {
            span: info_span!(
                "event",
                function,
                trigger,
                request_id,
                tenant = Empty,
                posting = Empty
            ),
            started: Instant::now(),
            cold_start: !WARM.swap(true, Ordering::Relaxed),
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(crate) fn end(self, ending: &Ending) {
        let _entered = self.span.enter();
        let duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        info!(
            status = ending.status,
            state = ending.state,
            outcome = ending.outcome,
            attempt = ending.attempt,
            duration_ms,
            cold_start = self.cold_start,
            "handled"
        );
    }
}

/// Notes whose event this is.
pub(crate) fn record_tenant(tenant: &str) {
    Span::current().record("tenant", tenant);
}

/// Notes which posting it concerns.
pub(crate) fn record_posting(kind: &str, id: &str) {
    Span::current().record("posting", tracing::field::display(format_args!("{kind}/{id}")));
}

/// Why payments are pulled, in a word.
fn why(cause: &aws::queues::Pull) -> &'static str {
    match cause {
        aws::queues::Pull::Due { .. } => "due",
        aws::queues::Pull::Changed(_) => "changed",
        aws::queues::Pull::Asked => "asked",
    }
}

/// Notes what a message is about.
pub(crate) fn record_work(message: &aws::queues::Message) {
    match &message.work {
        aws::queues::Work::Posting(key) | aws::queues::Work::Retry(key) => {
            let payee = key.payee.as_ref().map(|payee| format!("/{payee}")).unwrap_or_default();
            record_posting(key.record.as_str(), &format!("{}{payee}", key.id));
        }
        aws::queues::Work::Wake(condition, _) => record_posting("wake", condition),
        aws::queues::Work::Pull(cause) => record_posting("pull", why(cause)),
        aws::queues::Work::Notices(keys) => record_posting("notices", &keys.len().to_string()),
        aws::queues::Work::Publish => record_posting("events", "publish"),
    }
}
