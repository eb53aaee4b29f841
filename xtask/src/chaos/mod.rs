//! `cargo xtask chaos`: a storm over many records and tenants, decided by a seed, and whether every record came through it
//! once.

use std::{
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    time::Duration,
};

use anyhow::Context;

use crate::{cargo::cargo, process::wait_until, progress::Progress, stack::Stack};

/// How large a storm.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Records of the host, over all tenants.
    #[arg(long, default_value_t = 10_000)]
    records: usize,
    /// Tenants, each with a company of its own.
    #[arg(long, default_value_t = 20)]
    tenants: usize,
    /// Decides what happens; drawn when it is left out, and always told.
    #[arg(long)]
    seed: Option<u64>,
    /// Calls of the host's that go on at a time.
    #[arg(long, default_value_t = 8)]
    calls_at_once: usize,
    /// The `stack.json` of a running stack, which others may use too, instead of a stack of its own.
    #[arg(long)]
    stack: Option<PathBuf>,
    /// Several stacks run side by side under different names.
    #[arg(long, default_value = "chaos")]
    name: String,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let seed = options.seed.unwrap_or_else(|| u64::from(uuid::Uuid::new_v4().as_fields().0));
    println!("seed {seed}");
    match &options.stack {
        Some(file) => storm(options, seed, file, &["--shared"]),
        None => {
            let stack = Stack::start(&options.name, Progress::start())?;
            let outcome = storm(options, seed, &stack.description_file(), &[]);
            stack.save_function_logs();
            outcome
        }
    }
}

/// Runs the program that makes the storm; its output is this one's.
fn storm(options: &Options, seed: u64, stack: &Path, more: &[&str]) -> anyhow::Result<ExitCode> {
    let stack = stack
        .canonicalize()
        .with_context(|| format!("cannot read {}; `cargo xtask up` writes one", stack.display()))?;
    let mut command = cargo(&["run", "--quiet", "--package", "e2e", "--bin", "chaos", "--"]);
    command.args(["--records", &options.records.to_string()]);
    command.args(["--tenants", &options.tenants.to_string()]);
    command.args(["--seed", &seed.to_string()]);
    command.args(["--calls-at-once", &options.calls_at_once.to_string()]).args(more);
    command.env("LEDGERBRIDGE_STACK", stack).stdin(Stdio::null());
    let mut child = command.spawn().context("cannot start cargo")?;
    let mut code = ExitCode::FAILURE;
    let ended = wait_until(Duration::MAX, || {
        let status = child.try_wait().context("lost the storm")?;
        if status.is_some_and(|status| status.success()) {
            code = ExitCode::SUCCESS;
        }
        Ok(status.is_some())
    });
    if ended.is_err() {
        // An interrupt at the terminal has reached it already; any other has not.
        let _ = child.kill();
        let _ = child.wait();
    }
    ended.map(|_| code)
}
