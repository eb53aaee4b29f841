//! The crash matrix on a running stack, which `LEDGERBRIDGE_STACK` describes; `cargo xtask crash-matrix` runs it.

#![expect(clippy::print_stdout, reason = "a command line tool prints")]

use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Instant;

use clap::Parser;
use e2e::matrix::{Death, Matrix, Part, Report, workflows};

/// What to run.
#[derive(Parser)]
struct Options {
    /// Only these workflows.
    #[arg(long = "workflow")]
    workflows: Vec<String>,
    /// Only this death of each, such as `before:7`.
    #[arg(long)]
    death: Option<Death>,
    /// Deaths that are waited for side by side.
    #[arg(long, default_value_t = 24)]
    side_by_side: usize,
    /// Only one of several parts of the deaths, such as `2/4`.
    #[arg(long, default_value = "1/1")]
    part: Part,
}

static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn say(what: &str) {
    println!("{:>6.1}s  {what}", BEGUN.elapsed().as_secs_f64());
}

fn main() -> ExitCode {
    LazyLock::force(&BEGUN);
    let options = Options::parse();
    let mut chosen = workflows();
    let known: Vec<&str> = chosen.iter().map(|workflow| workflow.name).collect();
    if let Some(unknown) = options.workflows.iter().find(|name| !known.contains(&name.as_str())) {
        println!("There is no workflow {unknown}. There are: {}", known.join(", "));
        return ExitCode::FAILURE;
    }
    chosen.retain(|workflow| {
        options.workflows.is_empty() || options.workflows.iter().any(|name| name == workflow.name)
    });
    let matrix = Matrix {
        workflows: chosen,
        only: options.death,
        part: options.part,
        side_by_side: options.side_by_side.max(1),
        say,
    };
    // A run that fails says so in the report.
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let report = match runtime.expect("a runtime for one thread").block_on(matrix.run()) {
        Ok(report) => report,
        Err(error) => {
            println!("\n✗ {error:#}");
            return ExitCode::FAILURE;
        }
    };
    println!("\n{report}");
    repeat(&report);
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tells how a failing death is tried again alone.
fn repeat(report: &Report) {
    if let Some((workflow, death)) = report.first_failure() {
        println!("once more: cargo xtask crash-matrix --workflow {workflow} --death {death}");
    }
}
