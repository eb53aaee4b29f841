//! `cargo xtask demo`: the product, shown.

mod books;
pub(crate) mod calls;
mod story;
mod teller;

use std::{
    io::{IsTerminal, stdin},
    process::ExitCode,
    time::Duration,
};

use self::teller::Teller;
use crate::{
    process::wait_until,
    progress::{Progress, seconds},
    stack::Stack,
    up,
};

/// How to show it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Several stacks run side by side under different names.
    #[arg(long, default_value = "demo")]
    name: String,
    /// Leave the stack running at the end even when nobody sits at the terminal.
    #[arg(long)]
    keep: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let progress = Progress::start();
    let mut stack = Stack::start(&options.name, progress)?;
    stack.add_sample_company()?;
    let mut teller = Teller::default();
    let told = story::tell(&stack.description, &mut teller);
    stack.save_function_logs();
    told?;
    println!("\n{} in {}", teller.verdict(), seconds(progress.elapsed()));
    up::show(&stack);
    if options.keep || stdin().is_terminal() {
        println!("\nRunning until interrupted (ctrl-c).");
        wait_until(Duration::MAX, || stack.check_running().map(|()| false))?;
    }
    Ok(if teller.all_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
