//! Waiting for a state, never for a time.

use std::time::{Duration, Instant};

use crate::Answer;

/// Longest wait for a state. A function that died is only replaced when its lease has run out.
const LIMIT: Duration = Duration::from_secs(90);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(150);

/// Reads again and again until what is read `is` so; a failure shows what it was instead.
pub(crate) async fn until_it(
    what: &str,
    mut read: impl AsyncFnMut() -> Answer,
    is: impl Fn(&Answer) -> bool,
) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = read().await;
        if is(&answer) {
            return answer;
        }
        let shown = &answer.body;
        assert!(begun.elapsed() < LIMIT, "still waiting for {what} after {LIMIT:?}: {shown}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks again and again until `look` finds what it looks for.
///
/// # Panics
///
/// When it does not within 90 seconds.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(LIMIT, what, look).await
}

/// As [`until`], for what takes many invocations, each of which waits its turn.
///
/// # Panics
///
/// When it does not within the limit.
pub async fn within<T>(limit: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < limit, "still waiting for {what} after {limit:?}");
        tokio::time::sleep(PAUSE).await;
    }
}
