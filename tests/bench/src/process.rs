//! What the kernel knows of a process: processor time and memory.

use std::fs;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

/// Linux counts in hundredths of a second towards programs, whatever it does itself (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

/// The state of a process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Processor time in its own code, to 10 ms.
    pub user_us: u64,
    /// Processor time in the kernel for it, to 10 ms.
    pub system_us: u64,
    /// Processor time of the threads that still run, exact.
    pub threads_us: u64,
    /// Resident memory.
    pub resident_kb: u64,
    /// The most resident memory so far.
    pub peak_kb: u64,
}

impl Usage {
    /// Looks at a process.
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = format!("/proc/{pid}/{name}");
            fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
        };
        let (user_us, system_us) = times(&read("stat")?).context("an odd stat")?;
        let status = read("status")?;
        Ok(Self {
            user_us,
            system_us,
            threads_us: threads(pid)?,
            resident_kb: kilobytes(&status, "VmRSS:").context("no VmRSS")?,
            peak_kb: kilobytes(&status, "VmHWM:").context("no VmHWM")?,
        })
    }

    /// All processor time, to 10 ms.
    pub fn processor(&self) -> Duration {
        Duration::from_micros(self.user_us + self.system_us)
    }
}

/// `utime` and `stime`, fields 14 and 15. The name of the program, field 2, may contain anything.
fn times(stat: &str) -> Option<(u64, u64)> {
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace().skip(11);
    let mut next = || Some(fields.next()?.parse::<u64>().ok()? * (1_000_000 / TICKS_PER_SECOND));
    Some((next()?, next()?))
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Nanoseconds on a processor are the first number of each thread's `schedstat`.
fn threads(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/task");
    let mut nanoseconds = 0_u64;
    for task in fs::read_dir(&path).with_context(|| format!("cannot read {path}"))? {
        // A thread may end while we look.
        let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
        let spent = text.split_whitespace().next().and_then(|first| first.parse::<u64>().ok());
        nanoseconds += spent.unwrap_or(0);
    }
    Ok(nanoseconds / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_whatever_the_program_is_called() {
        let stat =
            "17 (a) b (c) S 1 17 17 0 -1 4194560 500 0 0 0 123 45 0 0 20 0 3 0 999 1000 200 18446";
        assert_eq!(times(stat), Some((1_230_000, 450_000)));
        assert_eq!(times("17 (cut"), None);
    }

    #[test]
    fn this_process_has_memory_and_a_peak_of_it() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.resident_kb > 0 && usage.peak_kb >= usage.resident_kb);
    }
}
