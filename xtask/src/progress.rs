//! Lines that tell a person what happened, and how long it took since the start.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// A clock with a voice.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    start: Instant,
}

impl Progress {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.start.elapsed()
    }

    /// One finished thing.
    pub(crate) fn say(self, what: &str) {
        println!("{:>7}  {what}", seconds(self.elapsed()));
    }
}

/// `12.3s`
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1}s", duration.as_secs_f64())
}

/// The last lines of a log, for a message about a failure.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let text =
        fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    let last = all.len().saturating_sub(lines);
    let shown: String = all[last..].iter().map(|line| format!("  │ {line}\n")).collect();
    format!("{shown}  └ {}", log.display())
}
