//! On what, when and of which commit something was measured.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::program::Programs;

/// The file beside the functions that says what they were built from.
const FUNCTIONS_OF: &str = "COMMIT";
/// Above this part of all processors, while we only wait, others take part of what is measured.
const BUSY_PERCENT: u64 = 15;
/// How long we wait to see what others do.
const LOOK: Duration = Duration::from_secs(2);

/// Where a measurement comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// When it began, in UTC.
    pub at: String,
    /// The commit that measured, with a mark if something was changed since.
    pub commit: String,
    /// The commit that the functions were built from, with a mark if something was changed since.
    pub functions: String,
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
    /// This machine, now, and what is measured on it. Takes two seconds, to see what else it does.
    pub fn here(programs: &Programs) -> Self {
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
            functions: fs::read_to_string(programs.functions.join(FUNCTIONS_OF))
                .unwrap_or_else(|_| "unknown".to_owned()),
            processor: field(&read("/proc/cpuinfo"), "model name"),
            cores,
            memory_mib: kilobytes / 1024,
            kernel: format!("Linux {version} {}", std::env::consts::ARCH),
            runtimes: [
                version_of(&programs.node).map(|it| format!("Node {it}")),
                version_of(&programs.python),
            ]
            .into_iter()
            .flatten()
            .collect(),
            used_percent,
            busy: used_percent > BUSY_PERCENT,
        }
    }

    /// Of a machine that never was.
    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self {
            at: "2026-11-22 10:00".to_owned(),
            commit: "0123456789".to_owned(),
            functions: "0123456789".to_owned(),
            processor: "a processor".to_owned(),
            cores: 2,
            memory_mib: 4096,
            kernel: "Linux 6".to_owned(),
            runtimes: vec!["Node v24".to_owned()],
            used_percent: 1,
            busy: false,
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let busy = if self.busy {
            format!(" **Others used {} % of the machine: take it again.**", self.used_percent)
        } else {
            String::new()
        };
        let functions = if self.functions == self.commit {
            String::new()
        } else {
            format!(" (functions built from {})", self.functions)
        };
        format!(
            "{} UTC, commit {}{functions}, {} cores ({}), {} MiB, {}.{busy}",
            self.at,
            self.commit,
            self.cores,
            self.processor,
            self.memory_mib,
            self.software().join(", ")
        )
    }

    /// What a plot says of itself.
    pub fn short(&self) -> String {
        format!(
            "{} UTC, commit {}, {} cores ({}), {}",
            self.at,
            self.commit,
            self.cores,
            self.processor,
            self.software().join(", ")
        )
    }

    fn software(&self) -> Vec<&str> {
        std::iter::once(&self.kernel).chain(&self.runtimes).map(String::as_str).collect()
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

fn version_of(program: &Path) -> Option<String> {
    said(&[program.to_str()?, "--version"])
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
    fn functions_of_another_commit_are_told() {
        let origin = Origin::sample();
        assert!(!origin.line().contains("built from"), "{}", origin.line());
        let other = Origin { functions: "abcdef".to_owned(), ..origin };
        assert!(other.line().contains("(functions built from abcdef)"), "{}", other.line());
    }

    #[test]
    fn what_others_use_is_all_time_but_the_idle_one() {
        let before = times("cpu  10 0 10 80 0 0 0 0 5 0\ncpu0 1 1 1 1");
        let after = times("cpu  30 0 20 140 10 0 0 0 5 0");
        assert_eq!((before, after), ((100, 80), (200, 150)));
        assert_eq!(used_percent(before, after), 30);
        assert_eq!(used_percent(before, before), 0);
    }
}
