//! A first sync, for people.

use super::{table, times};
use crate::first_sync::{
    BATCHES_A_MINUTE, Calls, Counted, FirstSync, Imported, Neighbour, OneByOne, WRITES_OF_BATCH,
};
use crate::machine::Origin;
use crate::plot::{self, Bar, Head, Scale, Series};
use crate::spread::Spread;

/// Writes a minute that the limits allow.
const ALLOWED: u64 = BATCHES_A_MINUTE * WRITES_OF_BATCH;
/// Ninety-five of a hundred, the budget.
const BUDGET: u64 = ALLOWED * 95 / 100;
/// Points of a line that can still be told apart.
const POINTS: usize = 60;

/// A table in Markdown, and the plots by name.
pub fn first_sync(measured: &FirstSync, origin: &Origin) -> (String, Vec<(&'static str, String)>) {
    let imported = &measured.imported;
    let mut text = format!("# First sync\n\nMeasured: {}\n\n{}\n", origin.line(), told(measured));
    let mut rows = vec![row("import", imported.records, imported.took_ms, &imported.calls)];
    if let Some(OneByOne { records, took_ms, calls }) = &measured.one_by_one {
        rows.push(row("one by one", *records, *took_ms, calls));
    }
    let head = [
        "",
        "records",
        "seconds",
        "records a minute",
        "writes",
        "writes a minute",
        "calls",
        "batches",
        "writes a batch",
        "refused (429)",
        "metered reads",
    ];
    text.push_str(&table(&head, &rows));
    if let Some(one_by_one) = &measured.one_by_one {
        let (import, alone) =
            (rate(imported), a_minute(one_by_one.calls.writes, one_by_one.took_ms));
        text.push_str(&format!(
            "\nThe import is {} times as fast as one call after the other, by writes; {} times by records, of which the first {} \
             of the file were sent one by one, so more of them with new names than of the whole.\n",
            times(import, alone),
            times(
                a_minute(imported.records, imported.took_ms),
                a_minute(one_by_one.records, one_by_one.took_ms)
            ),
            one_by_one.records,
        ));
    }
    text.push_str(&format!(
        "\nThe importing function had {} MiB at its largest.\n",
        super::mebibytes(imported.peak_kb)
    ));
    if let Some(counted) = &measured.counted {
        text.push_str(&units(counted));
    }
    text.push_str(&delays(&measured.neighbour));
    text.push_str(&exactness(imported));
    let shown = match imported.killed {
        0 => "first-sync-progress.svg",
        _ => "first-sync-killed-progress.svg",
    };
    let made = origin.short();
    let mut plots = vec![(shown, progress(imported, &made))];
    text.push_str(&format!("\n![Progress]({shown})\n"));
    if let Some(one_by_one) = &measured.one_by_one {
        plots.push(("first-sync-rate.svg", rates(imported, one_by_one, &made)));
        text.push_str("\n![Rate](first-sync-rate.svg)\n");
    }
    (text, plots)
}

fn told(measured: &FirstSync) -> String {
    let (imported, FirstSync { call_ms, batch_ms, .. }) = (&measured.imported, measured);
    let mut text = format!(
        "A made-up brokerage's past, imported into a company that has all of QuickBooks' limits on and takes {call_ms} ms for a \
         call and {batch_ms} ms for a batch. The limits allow {BATCHES_A_MINUTE} batches of {WRITES_OF_BATCH} writes a minute, so \
         {ALLOWED} writes.\n",
    );
    // Waiting for what a dead process held says nothing of speed.
    if imported.killed == 0 {
        let of_allowed = imported.of_allowed();
        text.push_str(&format!(
            "\n**Achieved ÷ allowed: {}.{} %** of the writes, from the first batch on (reading and checking the file took {} s \
             before). Batches sent: {}; {} would be full ones only.\n",
            of_allowed / 10,
            of_allowed % 10,
            imported.validating_ms / 1000,
            imported.calls.batches,
            imported.calls.writes.div_ceil(WRITES_OF_BATCH),
        ));
    }
    text
}

fn row(name: &str, records: u64, took_ms: u64, calls: &Calls) -> Vec<String> {
    let of_batch = (calls.batched_writes * 10).checked_div(calls.batches).unwrap_or(0);
    vec![
        name.to_owned(),
        records.to_string(),
        (took_ms / 1000).to_string(),
        a_minute(records, took_ms).to_string(),
        calls.writes.to_string(),
        a_minute(calls.writes, took_ms).to_string(),
        calls.all.to_string(),
        calls.batches.to_string(),
        format!("{}.{}", of_batch / 10, of_batch % 10),
        calls.refused.to_string(),
        calls.metered_reads.to_string(),
    ]
}

/// Of the time in which writes were sent.
fn rate(imported: &Imported) -> u64 {
    a_minute(imported.calls.writes, imported.took_ms.saturating_sub(imported.validating_ms))
}

fn a_minute(count: u64, took_ms: u64) -> u64 {
    count * 60_000 / took_ms.max(1)
}

fn units([imported, one_by_one]: &[Counted; 2]) -> String {
    let row = |name: &str, total: fn(&Counted) -> u64| {
        let each = |it: &Counted| {
            let hundredths = total(it) * 100 / it.records.max(1);
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        };
        vec![name.to_owned(), each(imported), each(one_by_one)]
    };
    let rows = [
        row("invocations", |it| it.invocations),
        row("calls of DynamoDB", |it| it.units.table_calls),
        row("write units", |it| it.units.writes),
        row("read units", |it| it.units.read_halves / 2),
        row("requests to queues", |it| it.units.queue_requests),
        row("calls of QuickBooks", |it| it.units.quickbooks_writes + it.units.metered_reads),
        row("metered reads of these", |it| it.units.metered_reads),
        row("own processor time, ms", |it| it.processor_us / 1000),
    ];
    format!(
        "\n## What a record takes\n\nCounted in runs of their own of the first {} records, in which there are most of the names that \
         nobody knew before: later ones take less. The largest resident memory was {} MiB and {} MiB.\n\n{}",
        imported.records,
        super::mebibytes(imported.peak_kb),
        super::mebibytes(one_by_one.peak_kb),
        table(&["per record", "import", "one by one"], &rows)
    )
}

fn delays(Neighbour { alone, beside }: &Neighbour) -> String {
    let row = |name: &str, it: &Spread| {
        let numbers = [it.count as u64, it.median, it.ninetieth, it.most];
        std::iter::once(name.to_owned()).chain(numbers.map(|number| number.to_string())).collect()
    };
    let rows: [Vec<String>; 2] =
        [row("while nobody imports", alone), row("beside the import", beside)];
    format!(
        "\n## Others meanwhile\n\nAnother customer posts a bill now and then, into a company that is as slow. From the call until \
         the bill is in the books it takes at the median {} ms longer beside the import.\n\n{}",
        beside.median.saturating_sub(alone.median),
        table(&["", "bills", "median ms", "nine of ten ms", "longest ms"], &rows)
    )
}

fn exactness(imported: &Imported) -> String {
    let Imported { documents, killed, differences, .. } = imported;
    let killed = match killed {
        0 => String::new(),
        1 => "Its process was killed once on the way. ".to_owned(),
        times => format!("Its process was killed {times} times on the way. "),
    };
    let mut text = format!("\n## The books\n\n{killed}");
    if differences.is_empty() {
        text.push_str(&format!(
            "All {documents} documents that the file comes to are in the books, each once and to the cent; debits equal credits.\n"
        ));
    } else {
        text.push_str(&format!("**{} documents differ:**\n\n", differences.len()));
        for difference in differences.iter().take(20) {
            text.push_str(&format!("- {difference}\n"));
        }
    }
    text
}

fn progress(imported: &Imported, origin: &str) -> String {
    let step = imported.points.len().div_ceil(POINTS).max(1);
    let last = imported.points.last();
    let points = imported.points.iter().step_by(step).chain(last);
    let points = points.map(|point| (point.seconds as f64 / 60.0, point.done as f64)).collect();
    let series = [Series { name: "records done".to_owned(), points }];
    let about = Head { title: "First sync", note: "records that were done", origin };
    plot::lines(about, ("minutes", Scale::Even), &series)
}

fn rates(imported: &Imported, one_by_one: &OneByOne, origin: &str) -> String {
    let bar = |label: &str, value: u64, kind: usize| Bar {
        label: label.to_owned(),
        value: value as f64,
        mark: None,
        text: value.to_string(),
        kind,
    };
    let bars = [
        bar("QuickBooks' limits allow", ALLOWED, 3),
        bar("import", rate(imported), 0),
        bar("one call after the other", a_minute(one_by_one.calls.writes, one_by_one.took_ms), 1),
    ];
    let budget = Some((BUDGET as f64, "budget: 95 %"));
    let about = Head { title: "Writes a minute", note: "into one company", origin };
    plot::bars(about, &bars, budget)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::first_sync::Point;
    use crate::meter::Units;

    #[test]
    fn a_first_sync_is_told_with_its_rate_and_whether_the_books_are_exact() {
        let calls =
            Calls { all: 50, batches: 40, writes: 1140, batched_writes: 1140, ..Calls::default() };
        let imported = Imported {
            records: 1000,
            documents: 1140,
            took_ms: 65_000,
            validating_ms: 5000,
            calls,
            points: (0..200).map(|seconds| Point { seconds, done: seconds * 5 }).collect(),
            killed: 0,
            peak_kb: 40 * 1024,
            differences: Vec::new(),
        };
        let one_by_one =
            OneByOne { records: 100, took_ms: 60_000, calls: Calls { writes: 114, ..calls } };
        let counted = Counted {
            records: 100,
            invocations: 1,
            processor_us: 50_000,
            peak_kb: 30_000,
            units: Units { writes: 350, ..Units::default() },
        };
        let spread = |median| Spread { count: 9, least: 1, median, ninetieth: 900, most: 1000 };
        let mut measured = FirstSync {
            imported,
            neighbour: Neighbour { alone: spread(400), beside: spread(450) },
            one_by_one: Some(one_by_one),
            counted: Some([counted, Counted { peak_kb: 18 * 1024, ..counted }]),
            call_ms: 300,
            batch_ms: 1500,
        };
        let origin = Origin::sample();
        let (text, plots) = first_sync(&measured, &origin);
        for expected in [
            "Achieved ÷ allowed: 95.0 %",
            "10.0 times as fast",
            "28.5",
            "9.2 times by records",
            "had 40.0 MiB at its largest",
            "| write units | 3.50 | 3.50 |",
            "takes at the median 50 ms longer beside the import",
            "| beside the import | 9 | 450 | 900 | 1000 |",
            "each once and to the cent",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert_eq!(plots.len(), 2);
        assert!(plots.iter().all(|(_, svg)| !svg.contains("NaN")));

        measured.imported.killed = 2;
        measured.imported.differences = vec!["Invoice B-1 1.00: 2 instead of 1".to_owned()];
        measured.one_by_one = None;
        let (text, plots) = first_sync(&measured, &origin);
        assert!(
            text.contains("**1 documents differ:**") && text.contains("2 instead of 1"),
            "{text}"
        );
        assert_eq!(plots.len(), 1);
    }
}
