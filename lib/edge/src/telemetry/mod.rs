//! Logging: JSON lines on standard output, one for each handled event. Never bodies, tokens or names of people.

mod line;
mod metrics;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sync::Clock;
use sync::tally::{self, Tally};
use tracing::{Instrument, Span, error, error_span, field};

use line::Line;

/// What this deployment is called; the one dimension of all metrics.
static ENVIRONMENT: OnceLock<String> = OnceLock::new();

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
    if let Some(name) = crate::config::environment_name() {
        // Only the first call counts, and there is only one.
        let _ = ENVIRONMENT.set(name);
    }
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
    function: &'static str,
    trigger: &'static str,
    request_id: String,
    span: Span,
    tally: Tally,
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
    /// What the event did.
    pub(crate) outcome: Option<String>,
    /// Why the posting waits or was refused, or which problem the call was answered with.
    pub(crate) code: Option<String>,
    /// Failed attempts so far.
    pub(crate) attempt: Option<u32>,
    /// How often the queue has delivered the message.
    pub(crate) deliveries: Option<u32>,
    /// In how many seconds the message comes again.
    pub(crate) again_seconds: Option<u32>,
}

impl Handling {
    pub(crate) fn begin(function: &'static str, trigger: &'static str, request_id: &str) -> Self {
        static WARM: AtomicBool = AtomicBool::new(false);
        Self {
            function,
            trigger,
            request_id: request_id.to_owned(),
            // At the highest level, so that no line loses it, however little is logged.
            span: error_span!(
                "event",
                function,
                trigger,
                request_id,
                tenant = field::Empty,
                posting = field::Empty
            ),
            tally: Tally::default(),
            started: Instant::now(),
            cold_start: !WARM.swap(true, Ordering::Relaxed),
        }
    }

    /// Handles the event with `work`, which is counted and whose lines carry the event.
    pub(crate) async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        self.tally.clone().around(work).instrument(self.span.clone()).await
    }

    /// Writes the event's one line, however little is logged: metrics are made from it.
    pub(crate) fn end(self, ending: &Ending) {
        let line = Line {
            at: Clock::default().now(),
            environment: ENVIRONMENT.get().map(String::as_str),
            function: self.function,
            trigger: self.trigger,
            request_id: &self.request_id,
            cold_start: self.cold_start,
            duration_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            ending,
            counts: &self.tally.counts(),
        };
        let mut text = line.json();
        text.push('\n');
        // In one piece, so that no other line gets in between. A function that cannot log has nobody to tell that to.
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }
}

/// Notes which posting it concerns.
pub(crate) fn record_posting(kind: &str, id: &str) {
    let posting = format!("{kind}/{id}");
    Span::current().record("posting", &posting);
    tally::note(|counts| counts.posting = Some(posting));
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
        aws::queues::Work::Import(id) => record_posting("import", id.as_str()),
    }
}
