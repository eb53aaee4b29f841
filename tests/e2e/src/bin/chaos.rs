//! The chaos run against the stack that `LEDGERBRIDGE_STACK` describes; `cargo xtask chaos` starts both.

#![expect(clippy::print_stdout, reason = "a command line tool prints")]

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use e2e::chaos::schedule::Size;
use e2e::chaos::{Options, run};

/// Records, tenants, and a seed that decides everything.
#[derive(Parser)]
struct Arguments {
    /// Records of the host, over all tenants.
    #[arg(long)]
    records: usize,
    /// Tenants, each with a company of its own.
    #[arg(long)]
    tenants: usize,
    /// Decides everything.
    #[arg(long)]
    seed: u64,
    /// Calls of the host's that go on at a time.
    #[arg(long)]
    calls_at_once: usize,
    /// Others use the stack, too.
    #[arg(long)]
    shared: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { records, tenants, seed, calls_at_once, shared } = Arguments::parse();
    let begun = Instant::now();
    let tell = |line: String| println!("{:>8.1}s  {line}", begun.elapsed().as_secs_f32());
    let size = Size { seed, records, tenants };
    let outcome = run(Options { size, calls_at_once, alone: !shared }, &tell).await;
    println!("\n{}{}", outcome.failures(), outcome.tables());
    if outcome.passed() {
        return ExitCode::SUCCESS;
    }
    println!("The same again: `{}`", outcome.replay());
    ExitCode::FAILURE
}
