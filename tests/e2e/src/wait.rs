//! Waiting for a state, never for a time.

use std::time::{Duration, Instant};

/// Longest wait for a state. A function that died is only replaced when its lease has run out.
const LIMIT: Duration = Duration::from_secs(90);

/// Asks again and again until `look` finds what it looks for.
///
/// # Panics
///
/// When it does not within 90 seconds.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < LIMIT, "still waiting for {what} after {LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
}
