//! `cargo xtask fuzz`: schemathesis calls the deployed functions with everything that the description of the API makes
//! it think of, good and bad, and checks every answer against it.

mod tenants;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::{Map, Value};

use self::tenants::Tenants;
use crate::{
    paths,
    process::{Process, wait_until},
    progress::{Progress, seconds},
    stack::{Description, Stack, python::Environment},
};

/// What `cargo xtask test` spends, on every function at the same time.
const USUAL_SECONDS: u32 = 45;
/// What a fuzzer gets beyond its time to finish what it began.
const GRACE: Duration = Duration::from_secs(120);
/// The same calls in every run of the tests.
const USUAL_SEED: u64 = 1;

/// How to fuzz.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long to go on, at most.
    #[arg(long, default_value_t = USUAL_SECONDS)]
    seconds: u32,
    /// Makes the same calls again; a new one each time when it is left out.
    #[arg(long)]
    seed: Option<u64>,
    /// Only these functions.
    #[arg(long = "function")]
    functions: Vec<String>,
    /// The `stack.json` of a running stack, instead of a stack of its own.
    #[arg(long)]
    stack: Option<PathBuf>,
    /// Several stacks run side by side under different names.
    #[arg(long, default_value = "fuzz")]
    name: String,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let progress = Progress::start();
    let seed = options.seed.unwrap_or_else(|| u64::from(uuid::Uuid::new_v4().as_fields().0));
    let plan = Plan { seconds: options.seconds, seed, functions: options.functions.clone() };
    match &options.stack {
        Some(file) => fuzz(&Description::read(file)?, &plan, progress)?,
        None => {
            let stack = Stack::start(&options.name, progress)?;
            let outcome = fuzz(&stack.description, &plan, progress);
            stack.save_function_logs();
            outcome?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How long, and with which calls.
pub(crate) struct Plan {
    pub(crate) seconds: u32,
    pub(crate) seed: u64,
    /// Empty for all of them.
    pub(crate) functions: Vec<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { seconds: USUAL_SECONDS, seed: USUAL_SEED, functions: Vec::new() }
    }
}

/// Fuzzes every function of a stack at the same time, with tenants of its own. Fails when any answer is not as described,
/// and when anything that was sent made ledgerbridge itself fail later.
pub(crate) fn fuzz(stack: &Description, plan: &Plan, progress: Progress) -> anyhow::Result<()> {
    let programs = Environment::OpenApi.prepare(progress)?;
    let tenants = Tenants::connect(stack)?;
    progress.say(&format!("fuzzing for {} s with the seed {}", plan.seconds, plan.seed));
    let wanted = |name: &String| plan.functions.is_empty() || plan.functions.contains(name);
    let mut running = Vec::new();
    for (function, address) in stack.functions.iter().filter(|(name, _)| wanted(name)) {
        // Not every function is for hosts.
        if described_operations(function)?.is_empty() {
            continue;
        }
        // One process each: threads of one share a random generator, and a seed would not repeat anything.
        let log = stack.folder.join(format!("fuzz-{function}.log"));
        let mut command = schemathesis(&programs, stack, plan, function, address, &tenants)?;
        running.push((function, log.clone(), Process::spawn(function, &mut command, &log)?));
    }
    ensure!(!running.is_empty(), "there is no such function");
    let deadline = Instant::now() + Duration::from_secs(plan.seconds.into()) + GRACE;
    let mut failed = Vec::new();
    for (function, log, mut process) in running {
        let mut code = None;
        let left = deadline.saturating_duration_since(Instant::now());
        wait_until(left, || {
            code = process.ended()?;
            Ok(code.is_some())
        })?;
        match code {
            Some(true) => progress.say(&format!("✓ {function}: {}", told(&log))),
            _ => {
                println!("\n{}", failures(&log));
                progress.say(&format!("✗ {function}: {}", told(&log)));
                failed.push(function.as_str());
            }
        }
    }
    let Plan { seconds: time, seed, .. } = plan;
    ensure!(
        failed.is_empty(),
        "answers of {} are not as infra/openapi.json says. The same calls again: `cargo xtask fuzz --seed {seed} --seconds {time} --function {}`; one call alone: its curl line above, with the addresses and the key that `cargo xtask up` shows.",
        failed.join(", "),
        failed.join(" --function "),
    );
    let start = Instant::now();
    tenants.nothing_broke(stack)?;
    progress
        .say(&format!("nothing that was sent broke anything later ({})", seconds(start.elapsed())));
    Ok(())
}

fn schemathesis(
    programs: &Path,
    stack: &Description,
    plan: &Plan,
    function: &str,
    address: &str,
    tenants: &Tenants,
) -> anyhow::Result<Command> {
    // It keeps what it found in the folder it runs in.
    let folder = stack.folder.join("fuzz").join(function);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut command = Command::new(programs.join("st"));
    command.arg("--config-file").arg(paths::local_stack().join("fuzz.toml")).arg("run");
    command.arg(paths::openapi()).args(["--url", address, "--include-tag", function]);
    command.args(["--header", &format!("Authorization: Bearer {}", stack.api_key)]);
    let stateful = if leads_on(function)? { ",stateful" } else { "" };
    command.args(["--phases", &format!("examples,coverage,fuzzing{stateful}")]);
    command.args(["--seed", &plan.seed.to_string(), "--max-time", &plan.seconds.to_string()]);
    command
        .current_dir(folder)
        .env("SCHEMATHESIS_HOOKS", paths::local_stack().join("fuzz.py"))
        .env("LEDGERBRIDGE_FUZZ_TENANTS", tenants.as_json())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "127.0.0.1");
    Ok(command)
}

/// Whether the answer to some call of a function says what to call next; without that there are no sequences to try.
fn leads_on(function: &str) -> anyhow::Result<bool> {
    Ok(described_operations(function)?.iter().any(|operation| {
        let mut answers = operation["responses"].as_object().into_iter().flat_map(Map::values);
        answers.any(|answer| answer["links"].is_object())
    }))
}

/// The calls of a function, as described.
fn described_operations(function: &str) -> anyhow::Result<Vec<Value>> {
    let text = fs::read_to_string(paths::openapi()).context("the checkout is incomplete")?;
    let document: Value = serde_json::from_str(&text).context("infra/openapi.json is not JSON")?;
    let paths = document["paths"].as_object().into_iter().flat_map(Map::values);
    let operations = paths.filter_map(Value::as_object).flat_map(Map::values);
    Ok(operations.filter(|operation| operation["tags"][0] == function).cloned().collect())
}

/// What the fuzzer says it did.
fn told(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let cases = text.lines().skip_while(|line| !line.starts_with("Test cases:")).nth(1);
    cases.map_or_else(
        || format!("it did not end; see {}", log.display()),
        |line| line.trim().to_owned(),
    )
}

/// What is wrong, with the calls that show it.
fn failures(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let is_heading = |line: &str, name: &str| line.starts_with("==") && line.contains(name);
    let from =
        text.lines().position(|line| is_heading(line, "ERRORS") || is_heading(line, "FAILURES"));
    let lines = text.lines().skip(from.unwrap_or(0));
    lines.take_while(|line| !is_heading(line, "WARNINGS")).collect::<Vec<_>>().join("\n")
}
