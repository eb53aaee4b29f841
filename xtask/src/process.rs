//! Child processes: each in a group of its own, logged to a file, and gone when we are.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use crate::progress::tail;

/// How often a wait looks again.
const POLL: Duration = Duration::from_millis(25);
/// What a process gets to stop by itself.
const GRACE: Duration = Duration::from_secs(5);
/// Lines of a log that a failure shows.
const TAIL_LINES: usize = 60;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The person at the keyboard, or CI, wants us to stop.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// From now on SIGINT, SIGTERM and SIGHUP end every wait of this module with [`Interrupted`], so that destructors run.
pub(crate) fn watch_for_interrupts() -> anyhow::Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))
        .context("cannot watch for signals")
}

pub(crate) fn check_interrupt() -> anyhow::Result<()> {
    if INTERRUPTED.load(Ordering::SeqCst) { Err(Interrupted.into()) } else { Ok(()) }
}

/// Waits until `done` says so, at most `limit`; false when time ran out.
pub(crate) fn wait_until(
    limit: Duration,
    mut done: impl FnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<bool> {
    let start = Instant::now();
    loop {
        check_interrupt()?;
        if done()? {
            return Ok(true);
        }
        if start.elapsed() > limit {
            return Ok(false);
        }
        sleep(POLL);
    }
}

/// A running process with its descendants. Dropping it stops them all.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a command with its output in `log`.
    pub(crate) fn spawn(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let output =
            File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let errors = output.try_clone().context("cannot share the log")?;
        command.stdout(output).stderr(errors).process_group(0);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name: name.to_owned(), child, log: log.to_owned() })
    }

    /// The file with the output.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// The standard input, when the command has it piped.
    pub(crate) fn take_input(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// Fails, with the end of the log, when the process is gone although it should be there.
    pub(crate) fn check_running(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait().with_context(|| format!("lost {}", self.name))? {
            None => Ok(()),
            Some(status) => {
                bail!("{} stopped ({status})\n{}", self.name, tail(&self.log, TAIL_LINES))
            }
        }
    }

    /// Whether it was a success, once it has ended.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<bool>> {
        let status = self.child.try_wait().with_context(|| format!("lost {}", self.name))?;
        Ok(status.map(|status| status.success()))
    }

    /// Waits for the end; true when it was a success.
    pub(crate) fn finish(mut self) -> anyhow::Result<bool> {
        loop {
            check_interrupt()?;
            if let Some(success) = self.ended()? {
                return Ok(success);
            }
            sleep(POLL);
        }
    }

    fn stop(&mut self) {
        // The group's number stays taken until its last member is gone, so it cannot name a stranger before then; once the
        // leader is collected and the group is empty, the signal finds nothing.
        let group = Pid::from_raw(self.child.id().cast_signed());
        let start = Instant::now();
        let _ = killpg(group, Signal::SIGTERM);
        while matches!(self.child.try_wait(), Ok(None)) && start.elapsed() < GRACE {
            sleep(POLL);
        }
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a command to its end; a failure shows the end of its output.
pub(crate) fn run(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<()> {
    if Process::spawn(name, command.stdin(Stdio::null()), log)?.finish()? {
        Ok(())
    } else {
        bail!("{name} failed\n{}", tail(log, TAIL_LINES))
    }
}

/// Runs a command to its end, its output being ours; true when it was a success.
pub(crate) fn run_aloud(command: &mut Command) -> anyhow::Result<bool> {
    let child = command.stdin(Stdio::null()).process_group(0).spawn();
    let child = child.context("cannot start a program")?;
    Process { name: "the program".to_owned(), child, log: PathBuf::new() }.finish()
}
