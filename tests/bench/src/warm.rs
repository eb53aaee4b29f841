//! Warm work: what one posted record costs in processor time, allocations and memory once an environment runs.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde::Serialize;

use crate::ground::{self, Crowd};
use crate::program::{Peer, Program, Programs};
use crate::running::{self, Running};
use crate::spread::Spread;

/// Blocks into which the records of every program are divided, so that they take turns.
const BLOCKS: usize = 20;

/// How many records.
#[derive(Debug, Clone, Copy)]
pub struct Amounts {
    /// Through our function.
    pub ours: usize,
    /// Through each peer.
    pub peers: usize,
    /// Through the one that counts allocations.
    pub counted: usize,
}

/// What a program's warm work took.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// The function, and whose it is if it is not ours.
    pub name: String,
    /// Records posted, each a new bill that became an invoice.
    pub records: usize,
    /// Processor time of the process for each record, in its own code and in the kernel. Waiting for the network is not in it.
    pub processor_us: u64,
    /// The part of it in its own code.
    pub user_us: u64,
    /// From the event to the response. Most of it is the emulator's.
    pub took_us: Spread,
    /// Resident memory at the end of each block.
    pub resident_kb: Vec<u64>,
    /// The most resident memory.
    pub peak_kb: u64,
    /// Bytes that it logged for each record.
    pub logged_bytes: u64,
}

/// What one record allocates, in our function.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Allocations {
    /// Records posted while counting.
    pub records: usize,
    /// Allocations and reallocations for each record.
    pub times: u64,
    /// Bytes for each record, freed again or not.
    pub bytes: u64,
}

struct Worker<'a> {
    name: String,
    running: Running,
    crowd: &'a Crowd,
    /// Sets the bills of its records apart from those of the others.
    mark: usize,
    records: usize,
    done: usize,
    processor: Duration,
    user: Duration,
    took: Vec<u64>,
    resident_kb: Vec<u64>,
    peak_kb: u64,
    logged_before: u64,
}

/// Posts records through every program in turn, a block at a time.
pub async fn measure(
    programs: &Programs,
    logs: &Path,
    amounts: Amounts,
) -> anyhow::Result<Vec<Measured>> {
    let deployed = ground::deployed("billing-invoice").await?;
    let addresses = ground::addresses();
    let crowd = Crowd::gather().await?;
    let ours = programs.function("billing-invoice", &deployed, &addresses)?;
    let mut workers = vec![Worker::start(ours, logs, &crowd, 0, amounts.ours).await?];
    if amounts.peers > 0 {
        for (peer, mark) in Peer::WARM.into_iter().zip(1..) {
            let program = programs.peer(peer, &deployed, &addresses)?;
            workers.push(Worker::start(program, logs, &crowd, mark, amounts.peers).await?);
        }
    }
    for block in 0..BLOCKS {
        for worker in &mut workers {
            worker.work((block + 1) * worker.records / BLOCKS).await?;
        }
        println!("         warm work: {} of {BLOCKS} blocks", block + 1);
    }
    workers.into_iter().map(Worker::summary).collect()
}

/// Counts what records allocate.
pub async fn count(
    programs: &Programs,
    logs: &Path,
    records: usize,
) -> anyhow::Result<Allocations> {
    let deployed = ground::deployed("billing-invoice").await?;
    let program = programs.counted(&deployed, &ground::addresses())?;
    let crowd = Crowd::gather().await?;
    let mut worker = Worker::start(program, logs, &crowd, 0, records).await?;
    let (times_before, bytes_before) = worker.running.allocations()?;
    worker.work(records).await?;
    let (times, bytes) = worker.running.allocations()?;
    let each = |total: u64| total / u64::try_from(records.max(1)).unwrap_or(1);
    Ok(Allocations {
        records,
        times: each(times - times_before),
        bytes: each(bytes - bytes_before),
    })
}

impl<'a> Worker<'a> {
    /// Starts it, and lets it post once for each customer: caches fill, compilers of other languages do their work.
    async fn start(
        program: Program,
        logs: &Path,
        crowd: &'a Crowd,
        mark: usize,
        records: usize,
    ) -> anyhow::Result<Self> {
        let log = logs.join(format!("warm-{}.log", program.name.replace(['(', ')', ' ', ','], "")));
        let first = crowd.customer(0).bill(&format!("FIRST-{mark}"));
        let (running, _) = running::start(&program, &log, &first).await?;
        let mut worker = Self {
            name: program.name,
            running,
            crowd,
            mark,
            records,
            done: 0,
            processor: Duration::ZERO,
            user: Duration::ZERO,
            took: Vec::new(),
            resident_kb: Vec::new(),
            peak_kb: 0,
            logged_before: 0,
        };
        for number in 0..Crowd::SIZE {
            worker.post(number, &format!("WARM-UP-{mark}")).await?;
        }
        worker.took.clear();
        worker.logged_before = worker.running.logged_bytes();
        Ok(worker)
    }

    /// Posts until so many are done. Only what the process uses meanwhile is added, not while the others have their turn.
    async fn work(&mut self, until: usize) -> anyhow::Result<()> {
        let before = self.running.usage()?;
        while self.done < until {
            self.post(self.done, &format!("WARM-{}-{}", self.mark, self.done)).await?;
            self.done += 1;
        }
        let after = self.running.usage()?;
        self.processor += after.processor() - before.processor();
        self.user += Duration::from_micros(after.user_us - before.user_us);
        self.resident_kb.push(after.resident_kb);
        self.peak_kb = after.peak_kb;
        Ok(())
    }

    async fn post(&mut self, turn: usize, id: &str) -> anyhow::Result<()> {
        let answered = self.running.invoke(&self.crowd.customer(turn).bill(id)).await?;
        ensure!(
            answered.json()["posting"]["state"] == "posted",
            "{}, {id}: {}",
            self.name,
            answered.body
        );
        self.took.push(u64::try_from(answered.took.as_micros()).unwrap_or(u64::MAX));
        Ok(())
    }

    fn summary(self) -> anyhow::Result<Measured> {
        let records = u64::try_from(self.done).context("so many records")?.max(1);
        let each = |time: Duration| u64::try_from(time.as_micros()).map(|all| all / records);
        Ok(Measured {
            records: self.done,
            processor_us: each(self.processor)?,
            user_us: each(self.user)?,
            took_us: Spread::of(self.took).context("nothing was posted")?,
            resident_kb: self.resident_kb,
            peak_kb: self.peak_kb,
            logged_bytes: (self.running.logged_bytes() - self.logged_before) / records,
            name: self.name,
        })
    }
}
