//! On what, when and of which commit something was measured.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Above this part of all processors, while we only wait, others take part of what is measured.
const BUSY_PERCENT: u64 = 15;
/// How long we wait to see what others do.
const LOOK: Duration = Duration::from_secs(2);

/// Where a measurement comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// When it began, in UTC.
    pub at: String,
    /// The commit, with a mark if something was changed since.
    pub commit: String,
    /// The processor.
    pub processor: String,
    /// How many there are.
    pub cores: usize,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Kernel and its version.
    pub kernel: String,
    /// Node and Python, where they are.
    pub runtimes: Vec<String>,
    /// What others used of all processors just before.
    pub used_percent: u64,
    /// Whether others took part of the machine.
    pub busy: bool,
}

impl Origin {
    /// This machine, now. Takes two seconds, to see what else it does.
    pub fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let memory = field(&read("/proc/meminfo"), "MemTotal");
        let kilobytes: u64 =
            memory.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0);
        let before = times(&read("/proc/stat"));
        std::thread::sleep(LOOK);
        let used_percent = used_percent(before, times(&read("/proc/stat")));
        let version = read("/proc/sys/kernel/osrelease").trim().to_owned();
        Self {
            at: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M").to_string(),
            commit: commit(),
            processor: field(&read("/proc/cpuinfo"), "model name"),
            cores,
            memory_mib: kilobytes / 1024,
            kernel: format!("Linux {version} {}", std::env::consts::ARCH),
            runtimes: [
                said(&["node", "--version"]).map(|it| format!("Node {it}")),
                said(&["python3", "--version"]),
            ]
            .into_iter()
            .flatten()
            .collect(),
            used_percent,
            busy: used_percent > BUSY_PERCENT,
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let busy = if self.busy {
            format!(" **Others used {} % of the machine: take it again.**", self.used_percent)
        } else {
            String::new()
        };
        format!(
            "{} UTC, commit {}, {} cores ({}), {} MiB, {}, {}.{busy}",
            self.at,
            self.commit,
            self.cores,
            self.processor,
            self.memory_mib,
            self.kernel,
            self.runtimes.join(", ")
        )
    }
}

/// All time of all processors so far, and the idle part of it.
fn times(stat: &str) -> (u64, u64) {
    let first = stat.lines().next().unwrap_or_default();
    let fields: Vec<u64> =
        first.split_whitespace().skip(1).map_while(|field| field.parse().ok()).collect();
    // Fields four and five are idle, and idle with a disk at work; from the ninth on they are contained in others.
    (fields.iter().take(8).sum(), fields.iter().skip(3).take(2).sum())
}

fn used_percent(before: (u64, u64), after: (u64, u64)) -> u64 {
    let (all, idle) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    (all.saturating_sub(idle) * 100).checked_div(all).unwrap_or(0)
}

fn commit() -> String {
    let commit = said(&["git", "rev-parse", "--short=10", "HEAD"]);
    let changed = said(&[
        "git",
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        ":!tests/bench/results",
    ]);
    match (commit, changed) {
        (Some(commit), None) => commit,
        (Some(commit), Some(_)) => format!("{commit} with changes"),
        (None, _) => "unknown".to_owned(),
    }
}

/// What a program says; nothing when it fails or says nothing.
fn said(command: &[&str]) -> Option<String> {
    let [program, arguments @ ..] = command else { return None };
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_use_is_all_time_but_the_idle_one() {
        let before = times("cpu  10 0 10 80 0 0 0 0 5 0\ncpu0 1 1 1 1");
        let after = times("cpu  30 0 20 140 10 0 0 0 5 0");
        assert_eq!((before, after), ((100, 80), (200, 150)));
        assert_eq!(used_percent(before, after), 30);
        assert_eq!(used_percent(before, before), 0);
    }
}
