//! How fast a file of past records gets into QuickBooks, measured against what QuickBooks' limits allow.
//!
//! The stack is alive: the deployed function imports, woken by its queue. The simulated company has all limits on, by the
//! wall clock, and takes as long for each call as QuickBooks does. Units of AWS are counted in a smaller run, since counting
//! takes time; see `counted`.

mod counted;
mod deployed;
mod neighbour;
mod one_by_one;

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use e2e::imports::{Books, import_id, upload};
use e2e::{BILLING, EXPENSES, INCOMES, Tenant, within};
use serde::Serialize;
use serde_json::{Value, json};

pub use counted::Counted;
pub use neighbour::Neighbour;
pub use one_by_one::OneByOne;

use crate::program::Programs;

/// Batches that a company takes from an app in a minute:
/// <https://developer.intuit.com/app/developer/qbo/docs/learn/rest-api-features#limits-and-throttles>
pub const BATCHES_A_MINUTE: u64 = 40;
/// Writes of a batch.
pub const WRITES_OF_BATCH: u64 = 30;
/// Faults are scripted for the next n calls; there are never so many.
const ALWAYS: u64 = 1_000_000_000;
/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_secs(1);
/// Without progress for so long, an import is stuck, however slow the machine is: after a death it waits for its message.
const PATIENCE: Duration = Duration::from_secs(1800);

/// What is imported, and against what.
#[derive(Debug, Clone, Copy)]
pub struct Conditions<'a> {
    /// Lines of records, all of them good.
    pub file: &'a str,
    /// How long QuickBooks takes for a call.
    pub call_ms: u64,
    /// How long it takes for a batch.
    pub batch_ms: u64,
    /// How often the importing process is killed on the way, in equal parts.
    pub kills: u64,
    /// Records that are sent one by one for comparison.
    pub one_by_one: usize,
    /// Records by which units are counted.
    pub counted: usize,
}

/// Everything that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct FirstSync {
    /// The import.
    pub imported: Imported,
    /// Another customer's bills meanwhile.
    pub neighbour: Neighbour,
    /// The same kind of records, sent one by one; none in a demonstration of deaths.
    pub one_by_one: Option<OneByOne>,
    /// What an import takes of AWS, and the same records sent one by one; none in a demonstration of deaths.
    pub counted: Option<[Counted; 2]>,
    /// How long QuickBooks took for a call.
    pub call_ms: u64,
    /// How long it took for a batch.
    pub batch_ms: u64,
}

/// An import that came to its end.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// Lines of the file.
    pub records: u64,
    /// Documents that they became.
    pub documents: u64,
    /// From starting the import until it was done.
    pub took_ms: u64,
    /// Of that, reading and checking the whole file, before anything is sent.
    pub validating_ms: u64,
    /// What QuickBooks saw.
    pub calls: Calls,
    /// How far it was, by the second.
    pub points: Vec<Point>,
    /// How often its process was killed.
    pub killed: u64,
    /// The largest resident memory of its processes.
    pub peak_kb: u64,
    /// Every document that the books have too often or too rarely.
    pub differences: Vec<String>,
}

impl Imported {
    /// Thousandths of the writes that QuickBooks' limits allow in the time that it took.
    pub fn of_allowed(&self) -> u64 {
        let allowed_a_minute = BATCHES_A_MINUTE * WRITES_OF_BATCH;
        let sending_ms = self.took_ms.saturating_sub(self.validating_ms).max(1);
        self.calls.writes * 60_000 * 1000 / sending_ms / allowed_a_minute
    }
}

/// Calls of one company, as it counted them.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Calls {
    /// All.
    pub all: u64,
    /// Those that carried several writes.
    pub batches: u64,
    /// Writes, in batches and alone.
    pub writes: u64,
    /// Of these, in batches.
    pub batched_writes: u64,
    /// Those that a limit refused.
    pub refused: u64,
    /// Reads that Intuit meters.
    pub metered_reads: u64,
}

/// How far it was at a moment.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Point {
    /// Since the start.
    pub seconds: u64,
    /// Records that were done.
    pub done: u64,
}

/// Imports, and compares unless processes are to die.
pub async fn measure(
    programs: &Programs,
    logs: &std::path::Path,
    conditions: Conditions<'_>,
) -> anyhow::Result<FirstSync> {
    let tenant = customer(conditions).await;
    let other = customer(conditions).await;
    let (neighbour, ran) = Neighbour::of(&other, import(&tenant, conditions)).await?;
    // Afterwards: looking at every record keeps the emulator busy, and others would be measured beside that.
    let imported = ran.in_the_books(&tenant, conditions.file).await;
    println!("         first sync: {} records imported", imported.records);
    let (mut one_by_one, mut counted) = (None, None);
    if conditions.kills == 0 {
        let tenant = customer(conditions).await;
        let few = first_lines(conditions.file, conditions.one_by_one);
        let sent = one_by_one::send(&tenant, &few).await?;
        println!("         first sync: {} records sent one by one", sent.records);
        one_by_one = Some(sent);
        let few = first_lines(conditions.file, conditions.counted);
        let imported = counted::import(programs, logs, &few).await?;
        counted = Some([imported, counted::one_by_one(programs, logs, &few).await?]);
    }
    let Conditions { call_ms, batch_ms, .. } = conditions;
    Ok(FirstSync { imported, neighbour, one_by_one, counted, call_ms, batch_ms })
}

/// A connected customer for whom everything runs that the file has records for.
async fn connected() -> Tenant {
    Tenant::running(&[BILLING, INCOMES[0], EXPENSES[0]]).await
}

/// A customer whose company has all limits on, and takes its time.
async fn customer(conditions: Conditions<'_>) -> Tenant {
    let tenant = connected().await;
    tenant.switch(json!({"limits": true, "limits_clock": "wall"})).await;
    let delay = |milliseconds: u64| json!({"kind": "delay", "milliseconds": milliseconds});
    // The first that matches counts.
    let batch =
        json!({"operation": "batch", "times": ALWAYS, "action": delay(conditions.batch_ms)});
    tenant.fault(batch).await;
    tenant.fault(json!({"times": ALWAYS, "action": delay(conditions.call_ms)})).await;
    tenant
}

async fn import(tenant: &Tenant, conditions: Conditions<'_>) -> anyhow::Result<Ran> {
    let mark = tenant.mark().await;
    let place = tenant.place_for_file("first sync").await;
    ensure!(place.status == 201, "{}", place.body);
    let id = import_id(&place);
    let uploaded = upload(&place, conditions.file).await;
    ensure!(uploaded == 200, "the file was not taken: {uploaded}");
    let begun = Instant::now();
    let started = tenant.import_step(&id, "start").await;
    ensure!(started.status == 202, "{}", started.body);
    println!(
        "         first sync: to see it, cargo xtask import --watch {id} --tenant {}",
        tenant.id
    );
    let watched = watch(tenant, &id, begun, conditions.kills).await?;
    Ok(Ran { mark, took: begun.elapsed(), watched })
}

/// An import that says it is done.
struct Ran {
    mark: u64,
    took: Duration,
    watched: Watched,
}

impl Ran {
    /// Waits until nothing is under way any more, and looks what is in the books.
    async fn in_the_books(self, tenant: &Tenant, file: &str) -> Imported {
        at_rest(tenant).await;
        let expected = Books::of_file(file);
        let found = Books::of(tenant).await;
        tenant.assert_balanced().await;
        let Self { mark, took, watched } = self;
        Imported {
            records: file.lines().count() as u64,
            documents: expected.documents(),
            took_ms: milliseconds(took),
            validating_ms: milliseconds(watched.validated),
            calls: calls(tenant, mark).await,
            points: watched.points,
            killed: watched.killed,
            peak_kb: watched.peak_kb,
            differences: found.differences(&expected).iter().map(ToString::to_string).collect(),
        }
    }
}

struct Watched {
    points: Vec<Point>,
    validated: Duration,
    killed: u64,
    peak_kb: u64,
}

/// Looks until it is over, and kills its process when it has come far enough.
async fn watch(tenant: &Tenant, id: &str, begun: Instant, kills: u64) -> anyhow::Result<Watched> {
    let mut watched =
        Watched { points: Vec::new(), validated: Duration::ZERO, killed: 0, peak_kb: 0 };
    let mut progressed = (0, begun);
    let mut killed_at = 0;
    loop {
        let answer = tenant.ask_imports(&format!("imports/{id}")).await;
        let import = &answer.body["import"];
        let count = |name: &str| import["records"][name].as_u64().unwrap_or(0);
        // A process that was just killed may have been the one that was asked.
        if answer.status == 200 {
            let (state, done) = (import["state"].as_str().unwrap_or_default(), count("done"));
            if state == "validating" {
                watched.validated = begun.elapsed();
            }
            if done != progressed.0 {
                progressed = (done, Instant::now());
            }
            watched.points.push(Point { seconds: begun.elapsed().as_secs(), done });
            match state {
                "done" => return Ok(watched),
                "validating" | "importing" => {}
                _ => bail!("the import came to rest: {import}"),
            }
            let next = count("total") * (watched.killed + 1) / (kills + 1);
            // One that died is dead until its message comes again.
            if watched.killed < kills && done > killed_at && done >= next {
                let ended = deployed::kill("import")?;
                killed_at = done;
                watched.killed += 1;
                println!("         first sync: killed {ended} processes at {done} records");
            }
        }
        watched.peak_kb = watched.peak_kb.max(deployed::peak_kb("import")?);
        ensure!(progressed.1.elapsed() < PATIENCE, "no progress: {import}");
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until what the import left to queues is done.
async fn at_rest(tenant: &Tenant) {
    within(PATIENCE, "every posting to be at rest", async || {
        tenant.is_at_rest().await.then_some(())
    })
    .await;
}

/// What the company was asked since a mark.
async fn calls(tenant: &Tenant, mark: u64) -> Calls {
    let mut calls = Calls::default();
    for call in tenant.calls_since(mark).await {
        calls.all += 1;
        calls.metered_reads += call["metered_reads"].as_u64().unwrap_or(0);
        if call["limit"].is_string() || call["status"] == 429 {
            calls.refused += 1;
            continue;
        }
        let is_write = |it: &&Value| it["operation"] != "query" && it["operation"] != "read";
        match call["items"].as_array() {
            Some(items) => {
                let writes = items.iter().filter(is_write).count() as u64;
                calls.batches += 1;
                calls.batched_writes += writes;
                calls.writes += writes;
            }
            None if call["metered"] == true => {}
            None => calls.writes += 1,
        }
    }
    calls
}

fn first_lines(file: &str, count: usize) -> String {
    file.lines().take(count).map(|line| format!("{line}\n")).collect()
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A line of the file, as a host without imports would send it.
struct Put {
    function: &'static str,
    /// Behind the tenant's.
    path: String,
    body: Value,
}

impl Put {
    fn of(line: &str) -> anyhow::Result<Self> {
        let mut line: Value =
            serde_json::from_str(line).context("a line of the file is no JSON")?;
        let text = |name: &str| line[name].as_str().context("a line without a name");
        let (kind, id) = (text("kind")?, text("id")?);
        let function = match kind {
            "bill" => "billing-invoice",
            "payment" => "billing-payment",
            _ => "disbursement",
        };
        let path = format!("{kind}s/{id}");
        Ok(Self { function, path, body: line["record"].take() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_achieved_is_compared_with_full_batches_all_the_time() {
        let imported = |took_ms, validating_ms, writes| Imported {
            records: writes,
            documents: writes,
            took_ms,
            validating_ms,
            calls: Calls { writes, ..Calls::default() },
            points: Vec::new(),
            killed: 0,
            peak_kb: 0,
            differences: Vec::new(),
        };
        assert_eq!(imported(60_000, 0, 1200).of_allowed(), 1000);
        assert_eq!(imported(65_000, 5_000, 1140).of_allowed(), 950);
        assert_eq!(imported(600_000, 0, 12_000 / 4).of_allowed(), 250);
    }

    #[test]
    fn a_record_is_taken_from_its_line() {
        let put = Put::of(r#"{"kind":"bill","id":"B1","record":{"version":1}}"#).unwrap();
        assert_eq!((put.function, put.path.as_str()), ("billing-invoice", "bills/B1"));
        assert_eq!(put.body, json!({"version": 1}));
        assert!(Put::of(r#"{"kind":"bill"}"#).is_err());
        assert_eq!(first_lines("a\nb\nc\n", 2), "a\nb\n");
    }
}
