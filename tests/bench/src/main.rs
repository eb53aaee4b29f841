//! Runs benchmarks on a stack that is there for nothing else; `cargo xtask bench` starts one and calls this.

#![expect(clippy::print_stdout, reason = "a command line tool prints")]

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use bench::first_sync::Conditions;
use bench::growth::Reach;
use bench::machine::Origin;
use bench::money::Prices;
use bench::program::Programs;
use bench::results::{self, Results, Sampled, Work};
use bench::warm::Amounts;
use bench::{cold, first_sync, ground, growth, money, profile, warm};
use clap::{Parser, ValueEnum};

/// Measures the functions on the stack that `LEDGERBRIDGE_STACK` describes.
#[derive(Parser)]
struct Options {
    /// What to measure; everything but the profile when nothing is named.
    #[arg(value_enum)]
    what: Vec<What>,
    /// The folder of the functions, built for release.
    #[arg(long)]
    functions: PathBuf,
    /// The folder of functions with their symbols, for the profile.
    #[arg(long)]
    with_symbols: Option<PathBuf>,
    /// The folder of the peers.
    #[arg(long)]
    peers: PathBuf,
    /// Node.
    #[arg(long)]
    node: PathBuf,
    /// The Python of the peer's environment.
    #[arg(long)]
    python: PathBuf,
    /// Where logs of the measured programs go.
    #[arg(long)]
    logs: PathBuf,
    /// Where results go.
    #[arg(long)]
    results: PathBuf,
    /// The prices.
    #[arg(long)]
    prices: PathBuf,
    /// Cold starts of each program.
    #[arg(long, default_value_t = 30)]
    runs: usize,
    /// Records through our function.
    #[arg(long, default_value_t = 10_000)]
    records: usize,
    /// The file that is imported.
    #[arg(long)]
    import: Option<PathBuf>,
    /// How often the importing process is killed on the way.
    #[arg(long, default_value_t = 0)]
    kill: u64,
    /// How long QuickBooks takes for a call.
    #[arg(long, default_value_t = 300)]
    call_ms: u64,
    /// How long it takes for a batch.
    #[arg(long, default_value_t = 1500)]
    batch_ms: u64,
    /// Records through each peer.
    #[arg(long, default_value_t = 10_000)]
    peer_records: usize,
    /// How far growth goes: posted bills and waiting postings, and a tenth of it in tenants.
    #[arg(long, default_value_t = 10_000)]
    reach: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Cold starts of all functions and of the peers.
    Cold,
    /// Processor time, allocations and memory per posted record.
    Warm,
    /// What it costs.
    Money,
    /// How the cost of a posting grows.
    Growth,
    /// How fast a file of past records is imported.
    FirstSync,
    /// Where processor time goes, and how large the programs are.
    Profile,
}

/// Records by which allocations are counted.
const COUNTED: usize = 1000;
/// Records that are posted under the eyes of the profiler.
const PROFILED: u64 = 2000;
/// Postings by which units are counted.
const PRICED: u64 = ground::UNRESERVED;
/// Records that are sent one by one, beside an import.
const ONE_BY_ONE: usize = 500;
/// Records of an import by which its units are counted.
const COUNTED_IMPORT: usize = 600;
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let named = |what: What| {
        options.what.contains(&what) || (options.what.is_empty() && what != What::Profile)
    };
    let programs = Programs {
        functions: options.functions.clone(),
        peers: options.peers.clone(),
        node: options.node.clone(),
        python: options.python.clone(),
    };
    let results = Results::into(&options.results)?;
    let logs = options.logs.as_path();
    fs::create_dir_all(logs).with_context(|| format!("cannot create {}", logs.display()))?;
    // Queues wake functions until the others want silence.
    if named(What::FirstSync) {
        syncing(&programs, &options, &results).await?;
    }
    let others = [What::Cold, What::Warm, What::Money, What::Growth, What::Profile];
    if others.into_iter().any(named) {
        ground::silence().await?;
    }
    if named(What::Cold) {
        starting(&programs, logs, &results, options.runs).await?;
    }
    if named(What::Warm) {
        let amounts =
            Amounts { ours: options.records, peers: options.peer_records, counted: COUNTED };
        working(&programs, logs, &results, amounts).await?;
    }
    if named(What::Money) {
        paying(&programs, logs, &results, &Prices::read(&options.prices)?).await?;
    }
    if named(What::Growth) {
        let reach =
            Reach { records: options.reach, tenants: options.reach / 10, waiting: options.reach };
        growing(&programs, logs, &results, reach).await?;
    }
    if named(What::Profile) {
        profiling(&programs, &options, &results).await?;
    }
    Ok(())
}

async fn starting(
    programs: &Programs,
    logs: &Path,
    results: &Results,
    runs: usize,
) -> anyhow::Result<()> {
    let origin = Origin::here(programs);
    let measured = cold::measure(programs, logs, runs).await?;
    let (table, plots) = results::cold(&measured, &origin);
    results.raw("cold.json", &origin, &measured)?;
    publish(results, "cold.md", &table, &plots)
}

async fn working(
    programs: &Programs,
    logs: &Path,
    results: &Results,
    amounts: Amounts,
) -> anyhow::Result<()> {
    let origin = Origin::here(programs);
    let measured = warm::measure(programs, logs, amounts).await?;
    let allocations = warm::count(programs, logs, amounts.counted).await?;
    let work = Work { measured, allocations };
    let (table, plots) = results::warm(&work, &origin);
    results.raw("warm.json", &origin, &work)?;
    publish(results, "warm.md", &table, &plots)
}

async fn paying(
    programs: &Programs,
    logs: &Path,
    results: &Results,
    prices: &Prices,
) -> anyhow::Result<()> {
    let origin = Origin::here(programs);
    let money = money::measure(programs, logs, prices, PRICED).await?;
    let (markdown, html) = money::pages(&money, prices, &origin);
    results.raw("money.json", &origin, &money)?;
    results.write("money.md", &markdown)?;
    results.write("money.html", &html)
}

async fn growing(
    programs: &Programs,
    logs: &Path,
    results: &Results,
    reach: Reach,
) -> anyhow::Result<()> {
    let origin = Origin::here(programs);
    let points = growth::measure(programs, logs, reach).await?;
    let (table, plots) = results::growth(&points, &origin);
    results.raw("growth.json", &origin, &points)?;
    publish(results, "growth.md", &table, &plots)
}

async fn syncing(programs: &Programs, options: &Options, results: &Results) -> anyhow::Result<()> {
    let path = options.import.as_ref().context("there is no file to import")?;
    let file =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let origin = Origin::here(programs);
    let conditions = Conditions {
        file: &file,
        call_ms: options.call_ms,
        batch_ms: options.batch_ms,
        kills: options.kill,
        one_by_one: ONE_BY_ONE,
        counted: COUNTED_IMPORT,
    };
    let measured = first_sync::measure(programs, &options.logs, conditions).await?;
    let (table, plots) = results::first_sync(&measured, &origin);
    let name = if options.kill > 0 { "first-sync-killed" } else { "first-sync" };
    results.raw(&format!("{name}.json"), &origin, &measured)?;
    publish(results, &format!("{name}.md"), &table, &plots)?;
    let differences = measured.imported.differences.len();
    ensure!(differences == 0, "{differences} documents of the books differ from the file");
    Ok(())
}

async fn profiling(
    programs: &Programs,
    options: &Options,
    results: &Results,
) -> anyhow::Result<()> {
    let origin = Origin::here(programs);
    let sections = profile::sections(&programs.functions, &FUNCTIONS)?;
    let sampled = match &options.with_symbols {
        Some(functions) => {
            let programs = Programs { functions: functions.clone(), ..programs.clone() };
            let warm = profile::warm(&programs, &options.logs, PROFILED).await?;
            let cold = profile::cold(&programs, &options.logs, 1).await?;
            Some(Sampled { records: PROFILED, warm, cold })
        }
        None => None,
    };
    results.raw("profile.json", &origin, &sections)?;
    results.write("profile.md", &results::profile(&sections, sampled.as_ref(), &origin))
}

fn publish(
    results: &Results,
    name: &str,
    table: &str,
    plots: &[(&'static str, String)],
) -> anyhow::Result<()> {
    results.write(name, table)?;
    for (plot, svg) in plots {
        results.write(plot, svg)?;
    }
    println!("\n{table}");
    Ok(())
}
