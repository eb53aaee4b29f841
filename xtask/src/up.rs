//! `cargo xtask up`: a stack to play with.

use std::{process::ExitCode, time::Duration};

use crate::{process::wait_until, progress::Progress, stack::Stack};

/// How to run a stack.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Several stacks run side by side under different names.
    #[arg(long, default_value = "local")]
    name: String,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut stack = Stack::start(&options.name, Progress::start())?;
    stack.add_sample_company()?;
    show(&stack);
    println!("\nRunning until interrupted (ctrl-c).");
    // Only an interrupt or a lost process ends this.
    let outcome = wait_until(Duration::MAX, || stack.check_running().map(|()| false));
    stack.save_function_logs();
    outcome.map(|_| ExitCode::SUCCESS)
}

/// Tells a person where everything is.
pub(crate) fn show(stack: &Stack) {
    let description = &stack.description;
    println!();
    for (name, address) in &description.functions {
        println!("  {name:<18} {address}");
    }
    println!("  {:<18} {}", "QuickBooks", description.simulator);
    println!("  {:<18} {}", "AWS", description.aws_endpoint);
    println!(
        "  {:<18} {} (all that happens: {})",
        "event bus", description.event_bus, description.bus_tap
    );
    println!("  {:<18} {}", "API key", description.api_key);
    println!("  {:<18} {}", "for programs", stack.description_file().display());
}
