//! Why something takes what it takes: where processor time goes, and what the programs consist of.

pub mod layers;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Serialize;

use crate::ground::{self, Crowd, Customer};
use crate::program::Programs;
use crate::running;

use self::layers::Layer;

/// Samples a second; prime, so that nothing that comes regularly is always or never hit.
const FREQUENCY: u64 = 997;
/// With whole stacks, as far as so many bytes of them go.
const STACKS: &str = "dwarf,24576";
/// Functions of a profile that are told.
const TOLD: usize = 40;

/// How large a part of a program is.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// The function.
    pub function: String,
    /// All of its file.
    pub file_bytes: u64,
    /// Code and constants, which are mapped from the file and loaded as they are touched.
    pub text_bytes: u64,
    /// What is copied and relocated when it starts.
    pub data_bytes: u64,
    /// What is zero when it starts.
    pub zero_bytes: u64,
}

/// The sizes of programs, as `size` tells them.
pub fn sections(functions: &Path, names: &[&str]) -> anyhow::Result<Vec<Section>> {
    let mut sections = Vec::new();
    for name in names {
        let path = functions.join(name);
        let file_bytes = std::fs::metadata(&path)
            .with_context(|| format!("cannot read {}", path.display()))?
            .len();
        let output = Command::new("size").arg(&path).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let text = text.unwrap_or_default();
        let numbers: Vec<u64> = text
            .lines()
            .nth(1)
            .unwrap_or_default()
            .split_whitespace()
            .map_while(|word| word.parse().ok())
            .collect();
        let number = |place: usize| numbers.get(place).copied().unwrap_or(0);
        sections.push(Section {
            function: (*name).to_owned(),
            file_bytes,
            text_bytes: number(0),
            data_bytes: number(1),
            zero_bytes: number(2),
        });
    }
    Ok(sections)
}

/// Where the processor was while records were posted.
#[derive(Debug, Clone)]
pub struct Warm {
    /// Microseconds for each record.
    pub layers: BTreeMap<Layer, u64>,
    /// The functions that were hit most often.
    pub functions: String,
}

/// Samples billing-invoice while it posts. `programs` are those with their symbols.
pub async fn warm(programs: &Programs, logs: &Path, records: u64) -> anyhow::Result<Warm> {
    ensure!(has_perf(), "there is no perf on this machine");
    let deployed = ground::deployed("billing-invoice").await?;
    let program = programs.function("billing-invoice", &deployed, &ground::addresses())?;
    let crowd = Crowd::gather().await?;
    let log = logs.join("profile.log");
    let (running, _) = running::start(&program, &log, &crowd.customer(0).bill("FIRST")).await?;
    for number in 0..Crowd::SIZE {
        running.invoke(&crowd.customer(number).bill("W")).await?;
    }
    let data = logs.join("profile.data");
    let mut perf = Command::new("perf")
        .args(["record", "-q", "--call-graph", STACKS, "-F", &FREQUENCY.to_string(), "-o"])
        .arg(&data)
        .args(["-p", &running.pid().to_string()])
        .spawn()
        .context("cannot start perf")?;
    for (customer, number) in (0..Crowd::SIZE).cycle().zip(0..records) {
        running.invoke(&crowd.customer(customer).bill(&format!("P-{number}"))).await?;
    }
    kill(Pid::from_raw(perf.id().cast_signed()), Signal::SIGINT)?;
    perf.wait().context("lost perf")?;
    let stacks = told(&["script", "--no-inline", "-F", "ip,sym", "-i"], &data)?;
    let layers = layers::samples(&stacks)
        .into_iter()
        .map(|(layer, samples)| (layer, samples * 1_000_000 / FREQUENCY / records.max(1)))
        .collect();
    Ok(Warm { layers, functions: functions(&data)? })
}

/// Samples cold starts of billing-invoice, one after the other, until their first posting.
pub async fn cold(programs: &Programs, logs: &Path, runs: usize) -> anyhow::Result<String> {
    ensure!(has_perf(), "there is no perf on this machine");
    let deployed = ground::deployed("billing-invoice").await?;
    let customer = Customer::new().await;
    let mut text = String::new();
    for run in 0..runs {
        let mut program = programs.function("billing-invoice", &deployed, &ground::addresses())?;
        let data = logs.join(format!("profile-cold-{run}.data"));
        let data_text = data.to_str().context("a path that is no text")?.to_owned();
        let mut command: Vec<String> =
            ["/usr/bin/env", "perf", "record", "-q", "-F", "9999", "-o", &data_text, "--"]
                .map(str::to_owned)
                .into();
        command.append(&mut program.command);
        program.command = command;
        let log = logs.join("profile.log");
        let (running, _) =
            running::start(&program, &log, &customer.call("GET", "bills/warm-up", None)).await?;
        // Perf writes what it has when it is told to end.
        kill(Pid::from_raw(running.pid().cast_signed()), Signal::SIGINT)?;
        for _ in 0..100 {
            if running.has_ended() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        text = functions(&data)?;
    }
    Ok(text)
}

fn has_perf() -> bool {
    Command::new("perf").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn functions(data: &Path) -> anyhow::Result<String> {
    let by_function =
        ["report", "--stdio", "--no-children", "-g", "none", "--percent-limit", "0.4"];
    let text = told(&[&by_function[..], &["--sort", "dso,symbol", "-i"]].concat(), data)?;
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let trimmed = |line: &str| line.trim_end_matches([' ', '-']).to_owned();
    Ok(lines.take(TOLD).map(|line| trimmed(line) + "\n").collect())
}

/// What perf tells of what it recorded.
fn told(arguments: &[&str], data: &Path) -> anyhow::Result<String> {
    let output =
        Command::new("perf").args(arguments).arg(data).output().context("cannot start perf")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
