//! `cargo xtask crash-matrix`: every workflow dies before and after each of its operations, and has to end as if it had not.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{cargo::cargo, process::run_aloud, progress::Progress, stack::Stack};

/// The tests try one part of so many each day, so that they take minutes.
const PARTS: u64 = 4;
/// What the line with the result says of each kind of failure.
pub(crate) const VERDICT: &str = " lost, ";

/// What to let die.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these workflows.
    #[arg(long = "workflow")]
    workflows: Vec<String>,
    /// Only this death of each, such as `before:7`.
    #[arg(long)]
    death: Option<String>,
    /// Only one of several parts of the deaths, such as `2/4`.
    #[arg(long)]
    part: Option<String>,
    /// How many deaths are waited for side by side.
    #[arg(long)]
    side_by_side: Option<usize>,
    /// The `stack.json` of a running stack, instead of a stack of its own.
    #[arg(long)]
    stack: Option<PathBuf>,
    /// Several stacks run side by side under different names.
    #[arg(long, default_value = "crash-matrix")]
    name: String,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let progress = Progress::start();
    let mut arguments = Vec::new();
    for workflow in &options.workflows {
        arguments.extend(["--workflow".to_owned(), workflow.clone()]);
    }
    if let Some(death) = &options.death {
        arguments.extend(["--death".to_owned(), death.clone()]);
    }
    if let Some(part) = &options.part {
        arguments.extend(["--part".to_owned(), part.clone()]);
    }
    if let Some(side_by_side) = options.side_by_side {
        arguments.extend(["--side-by-side".to_owned(), side_by_side.to_string()]);
    }
    let good = match &options.stack {
        Some(file) => run_aloud(&mut command(file, &arguments))?,
        None => {
            let stack = Stack::start(&options.name, progress)?;
            let good = run_aloud(&mut command(&stack.description_file(), &arguments));
            stack.save_function_logs();
            good?
        }
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Which deaths are tried today; after [`PARTS`] days all were.
pub(crate) fn part_of_today() -> Vec<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let part = now.as_secs() / 86_400 % PARTS + 1;
    vec!["--part".to_owned(), format!("{part}/{PARTS}")]
}

/// The program that runs it, on the stack that `file` describes.
pub(crate) fn command(file: &Path, arguments: &[String]) -> Command {
    let mut command = cargo(&["run", "--quiet", "--package", "e2e", "--bin", "crash-matrix", "--"]);
    command.args(arguments).env("LEDGERBRIDGE_STACK", file);
    command
}
