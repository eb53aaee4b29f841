//! Warm work, for people.

use serde::Serialize;

use super::starting::kind;
use super::{mebibytes, table, thousandths, times};
use crate::machine::Origin;
use crate::plot::{self, Bar, Head, Scale, Series};
use crate::warm::{Allocations, Measured};

/// One posted record should take at most so much of a processor.
const BUDGET_MS: f64 = 1.0;

/// Everything about warm work.
#[derive(Debug, Clone, Serialize)]
pub struct Work {
    /// Ours first.
    pub measured: Vec<Measured>,
    /// Of ours.
    pub allocations: Allocations,
}

/// A table in Markdown, and the plots by name.
pub fn warm(work: &Work, origin: &Origin) -> (String, Vec<(&'static str, String)>) {
    let measured = &work.measured;
    let ours = measured.first().map_or(0, |ours| ours.processor_us);
    let row = |it: &Measured| {
        vec![
            it.name.clone(),
            it.records.to_string(),
            it.processor_us.to_string(),
            it.user_us.to_string(),
            times(it.processor_us, ours),
            thousandths(it.took_us.median),
            thousandths(it.took_us.ninetieth),
            it.resident_kb.last().map(|last| mebibytes(*last)).unwrap_or_default(),
            mebibytes(it.peak_kb),
            it.logged_bytes.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = measured.iter().map(row).collect();
    let head = [
        "billing-invoice",
        "records",
        "own processor µs",
        "of it in its own code",
        "times ours",
        "took, median ms",
        "9 of 10, ms",
        "resident MiB",
        "peak MiB",
        "logged bytes",
    ];
    let allocations = work.allocations;
    let text = format!(
        "# Warm work\n\nMeasured: {}\n\n\
         Each record is a new bill whose customer and item are linked, posted as one invoice, for two hundred tenants in turn and after \
         one for each to warm up. The programs take turns in twenty blocks. Own processor time is the process's utime + stime from /proc, so waiting for \
         emulator and simulator is not in it; what it `took` is mostly theirs. Plain HTTP on the loopback: TLS would add to \
         everyone.\n\n{}\n\
         One record takes ours **{} allocations** of {} bytes together, most of them freed again ({} records, counted by an allocator in \
         a build of the same function for that purpose, which is not the one that is timed).\n\n\
         ![Processor time per record](warm-processor.svg)\n\n![Memory over the records](warm-memory.svg)\n",
        origin.line(),
        table(&head, &rows),
        allocations.times,
        allocations.bytes,
        allocations.records,
    );
    let bar = |it: &Measured| Bar {
        label: it.name.clone(),
        value: it.processor_us as f64 / 1000.0,
        mark: None,
        text: format!("{} ms", thousandths(it.processor_us)),
        kind: kind(&it.name),
    };
    let bars: Vec<Bar> = measured.iter().map(bar).collect();
    let series = |it: &Measured| {
        let blocks = it.resident_kb.len().max(1);
        let point = |(block, kilobytes): (usize, &u64)| {
            (((block + 1) * it.records / blocks) as f64, *kilobytes as f64 / 1024.0)
        };
        Series {
            name: it.name.clone(),
            points: it.resident_kb.iter().enumerate().map(point).collect(),
        }
    };
    // A mark for each block of each program would be unreadable.
    let thin = |mut series: Series| {
        let last = series.points.len().saturating_sub(1);
        let mut place = 0;
        series.points.retain(|_| {
            let keep = [0, 3, 9, last].contains(&place);
            place += 1;
            keep
        });
        series
    };
    let series: Vec<Series> = measured.iter().map(series).map(thin).collect();
    let made = origin.short();
    let about = |title, note| Head { title, note, origin: &made };
    let plots = vec![
        (
            "warm-processor.svg",
            plot::bars(
                about("Own processor time per posted record", "user and system, warm"),
                &bars,
                Some((BUDGET_MS, "budget: 1 ms")),
            ),
        ),
        (
            "warm-memory.svg",
            plot::lines(
                about("Resident memory, MiB", "while records are posted"),
                ("records posted", Scale::Tenfold),
                &series,
            ),
        ),
    ];
    (text, plots)
}
