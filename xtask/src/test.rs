//! `cargo xtask test`: what CI runs, step by step, with a summary.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    thread,
    time::{Duration, Instant},
};

use crate::{
    cargo::cargo,
    crash_matrix, fuzz, paths,
    process::{self, Interrupted},
    progress::{Progress, seconds},
    stack::{self, Stack, python::Environment},
};

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Several runs go side by side under different names.
    #[arg(long, default_value = "test")]
    name: String,
    /// Only the deployed stack, and only tests whose name contains this; empty for all of them.
    #[arg(long)]
    e2e: Option<String>,
    /// Every death of the crash matrix instead of today's part: a quarter of an hour more.
    #[arg(long, conflicts_with = "e2e")]
    whole_matrix: bool,
}

/// One line of the summary.
struct Step {
    name: &'static str,
    passed: bool,
    duration: Duration,
    note: String,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let progress = Progress::start();
    let folder = stack::folder(&options.name)?;
    let mut run = Run { progress, folder, steps: Vec::new() };
    if options.e2e.is_none() {
        // The downloads go on while the compiler works.
        thread::scope(|scope| {
            scope.spawn(|| Environment::Emulator.prepare(progress));
            let sam = scope.spawn(|| Environment::Sam.prepare(progress));
            let openapi = scope.spawn(|| Environment::OpenApi.prepare(progress));
            run.check("format", cargo(&["fmt", "--all", "--check"]))?;
            run.check(
                "lints",
                cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
            )?;
            let mut doc = cargo(&["doc", "--workspace", "--no-deps"]);
            doc.env("RUSTDOCFLAGS", "-D warnings");
            run.check("docs", doc)?;
            run.check(
                "unit tests",
                cargo(&["test", "--workspace", "--exclude", "e2e", "--no-fail-fast"]),
            )?;
            let sam = sam.join().map_err(|_| anyhow::anyhow!("preparing Python panicked"))??;
            let mut validate = Command::new(sam.join("sam"));
            validate.args(["validate", "--lint", "--template-file"]).arg(paths::template());
            validate.env("SAM_CLI_TELEMETRY", "0").env("AWS_DEFAULT_REGION", "us-east-1");
            run.check("template", validate)?;
            // That it is what the code says is one of the unit tests.
            let openapi = openapi.join();
            let openapi = openapi.map_err(|_| anyhow::anyhow!("preparing Python panicked"))??;
            run.check("openapi", crate::openapi::validator(&openapi))
        })?;
    }
    run.end_to_end(options)?;
    run.summarize()
}

struct Run {
    progress: Progress,
    folder: PathBuf,
    steps: Vec<Step>,
}

impl Run {
    /// Runs one command. A failure is shown and counted; the next steps still run, so that one look shows all that is wrong.
    fn check(&mut self, name: &'static str, mut command: Command) -> anyhow::Result<()> {
        let log = self.folder.join(format!("{}.log", name.replace(' ', "-")));
        let start = Instant::now();
        let outcome = process::run(name, &mut command, &log);
        self.note(name, start.elapsed(), outcome, &log)
    }

    /// Deploys, runs the tests from outside, and takes everything down.
    fn end_to_end(&mut self, options: &Options) -> anyhow::Result<()> {
        let start = Instant::now();
        let nowhere = self.folder.join("none");
        let stack = match Stack::start(&options.name, self.progress) {
            Ok(stack) => stack,
            Err(error) => return self.note("local stack", start.elapsed(), Err(error), &nowhere),
        };
        self.note("local stack", start.elapsed(), Ok(()), &nowhere)?;
        let mut storage = cargo(&["test", "--package", "aws", "--test", "stack", "--no-fail-fast"]);
        storage.env("LEDGERBRIDGE_STACK", stack.description_file());
        let mut tests = cargo(&["test", "--package", "e2e", "--no-fail-fast", "--"]);
        tests.args(options.e2e.iter().filter(|filter| !filter.is_empty()));
        tests.env("LEDGERBRIDGE_STACK", stack.description_file());
        let stored = match options.e2e {
            None => self.check("storage", storage),
            Some(_) => Ok(()),
        };
        let outcome = stored.and(self.check("end to end", tests));
        let outcome = match options.e2e {
            None => outcome
                .and_then(|()| self.crash_matrix(&stack, options.whole_matrix))
                .and_then(|()| self.fuzz(&stack)),
            Some(_) => outcome,
        };
        stack.save_function_logs();
        outcome
    }

    /// A part of the deaths, another one each day, or all of them.
    fn crash_matrix(&mut self, stack: &Stack, whole: bool) -> anyhow::Result<()> {
        let part = if whole { Vec::new() } else { crash_matrix::part_of_today() };
        self.check("crash matrix", crash_matrix::command(&stack.description_file(), &part))
    }

    /// Last, since nobody may rely on the stack afterwards.
    fn fuzz(&mut self, stack: &Stack) -> anyhow::Result<()> {
        let start = Instant::now();
        let outcome = fuzz::fuzz(&stack.description, &fuzz::Plan::default(), self.progress);
        self.note("fuzz", start.elapsed(), outcome, &self.folder.join("none"))
    }

    fn note(
        &mut self,
        name: &'static str,
        duration: Duration,
        outcome: anyhow::Result<()>,
        log: &Path,
    ) -> anyhow::Result<()> {
        let passed = outcome.is_ok();
        match outcome {
            Ok(()) => self.progress.say(&format!("✓ {name} ({})", seconds(duration))),
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => self.progress.say(&format!("✗ {error:#}")),
        }
        self.steps.push(Step { name, passed, duration, note: counts(log) });
        Ok(())
    }

    fn summarize(self) -> anyhow::Result<ExitCode> {
        println!();
        for Step { name, passed, duration, note } in &self.steps {
            println!(
                "  {} {name:<14} {:>8}  {note}",
                if *passed { '✓' } else { '✗' },
                seconds(*duration)
            );
        }
        println!("    {:<14} {:>8}", "together", seconds(self.progress.elapsed()));
        Ok(if self.steps.iter().all(|step| step.passed) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// `123 tests passed`, added up from the result lines of a test run; the verdict of the crash matrix; empty for anything else.
fn counts(log: &Path) -> String {
    let text =
        fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let (mut passed, mut failed) = (0_u64, 0_u64);
    for line in text.lines().filter_map(|line| line.strip_prefix("test result: ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        for pair in words.windows(2) {
            let count: u64 = pair[0].parse().unwrap_or(0);
            match pair[1] {
                "passed;" => passed += count,
                "failed;" => failed += count,
                _ => {}
            }
        }
    }
    let deaths = text.lines().rev().find(|line| line.contains(crash_matrix::VERDICT));
    match (passed, failed) {
        (0, 0) => deaths.unwrap_or_default().to_owned(),
        (_, 0) => format!("{passed} tests passed"),
        _ => format!("{failed} of {} tests failed", passed + failed),
    }
}
