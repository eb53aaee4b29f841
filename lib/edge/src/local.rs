//! Runs work on this thread, whatever it holds.
//!
//! axum asks that a handler could move between threads. The compiler cannot show that of sync's futures, because they
//! take async closures (<https://github.com/rust-lang/rust/issues/110338>), and a Lambda function has one thread anyway.

use std::future::Future;

use sync::tally::Tally;
use tracing::Instrument;

/// Runs `work` beside the caller. It needs a `tokio::task::LocalSet` around it, which `runtime::run` has.
pub(crate) fn run<T: Send + 'static>(
    work: impl Future<Output = T> + 'static,
) -> impl Future<Output = T> + Send {
    // What it does counts with the event that it is done for.
    let tally = Tally::current().unwrap_or_default();
    let handle = tokio::task::spawn_local(tally.around(work).in_current_span());
    async move {
        match handle.await {
            Ok(value) => value,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => unreachable!("nobody holds a handle by which the work could be aborted"),
            },
        }
    }
}
