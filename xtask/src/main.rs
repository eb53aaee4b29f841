//! `cargo xtask`: the whole product on one machine - shown, kept running, or tested.

#![expect(
    clippy::disallowed_methods,
    reason = "a build tool reads its environment, waits for processes and measures time"
)]
#![expect(clippy::print_stdout, reason = "a command line tool prints")]

mod bench;
mod cargo;
mod chaos;
mod crash_matrix;
mod demo;
mod fuzz;
mod import;
mod openapi;
mod paths;
mod process;
mod progress;
mod stack;
mod test;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Everything that a developer of ledgerbridge runs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Deploy to a local stack and play two stories through it: an agent's bills, and a commission.
    Demo(demo::Options),
    /// Deploy to a local stack and keep it running until interrupted.
    Up(up::Options),
    /// Everything that CI checks: format, lints, docs, template, unit tests, and the deployed stack from outside.
    Test(test::Options),
    /// Write infra/openapi.json, the description of the API, from the code's own types, and validate it.
    Openapi(openapi::Options),
    /// Deploy to a local stack and call it with everything that the description of the API makes think of.
    Fuzz(fuzz::Options),
    /// Deploy to a local stack and let a storm of faults go over it, decided by a seed: nothing lost, nothing twice.
    Chaos(chaos::Options),
    /// Deploy to a local stack and let every workflow die before and after each of its operations.
    CrashMatrix(crash_matrix::Options),
    /// Bring a file of records into a tenant's QuickBooks company, with progress; or make such a file up.
    Import(import::Options),
    /// Build for release and measure: cold starts, processor time, memory, money and growth, beside Node and Python.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let outcome = process::watch_for_interrupts().and_then(|()| match Arguments::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Up(options) => up::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Openapi(options) => openapi::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Chaos(options) => chaos::run(&options),
        Command::CrashMatrix(options) => crash_matrix::run(&options),
        Command::Import(options) => import::run(&options),
        Command::Bench(options) => bench::run(&options),
    });
    match outcome {
        Ok(code) => code,
        Err(error) if error.is::<process::Interrupted>() => {
            println!("interrupted");
            ExitCode::from(130)
        }
        Err(error) => {
            println!("\n✗ {error:#}");
            ExitCode::FAILURE
        }
    }
}
