//! Cold starts, for people.

use crate::cold::Measured;
use crate::machine::Origin;
use crate::plot::{self, Bar, Head};

use super::{mebibytes, table, thousandths, times};

/// A cold start should take at most this.
const BUDGET_MS: f64 = 25.0;

/// A table in Markdown, and the plots by name.
pub fn cold(measured: &[Measured], origin: &Origin) -> (String, Vec<(&'static str, String)>) {
    let row = |it: &Measured| {
        vec![
            format!("{}: {}", it.name, it.task),
            thousandths(it.took_us.median),
            thousandths(it.took_us.ninetieth),
            thousandths(it.processor_us.median),
            mebibytes(it.resident_kb.median),
            mebibytes(it.peak_kb.median),
            ratio(measured, it),
        ]
    };
    let rows: Vec<Vec<String>> = measured.iter().map(row).collect();
    let head = [
        "function: first request",
        "median ms",
        "9 of 10, ms",
        "own processor ms",
        "resident MiB",
        "peak MiB",
        "times ours",
    ];
    let runs = measured.first().map_or(0, |it| it.took_us.count);
    let text = format!(
        "# Cold starts\n\nMeasured: {}\n\n\
         From before the process exists until its first response is posted to the runtime API, {runs} starts each, in turn. Waiting for \
         the emulator (Python) and the simulator is in it, the start of a virtual machine and the download of the code are not. \
         QuickBooks is spoken to in plain HTTP, and so is AWS unless the task says TLS, which adds reading the machine's roots and \
         shaking hands. `resident` is VmRSS right after the \
         response, `peak` VmHWM.\n\n{}\n\
         ![Cold starts](cold-start.svg)\n\n![Memory after it](cold-memory.svg)\n",
        origin.line(),
        table(&head, &rows),
    );
    let time = |it: &Measured| Bar {
        label: format!("{}: {}", it.name, it.task),
        value: it.took_us.median as f64 / 1000.0,
        mark: Some(it.took_us.ninetieth as f64 / 1000.0),
        text: format!("{} ms", thousandths(it.took_us.median)),
        kind: kind(&it.name),
    };
    let memory = |it: &Measured| Bar {
        label: format!("{}: {}", it.name, it.task),
        value: it.resident_kb.median as f64 / 1024.0,
        mark: None,
        text: format!("{} MiB", mebibytes(it.resident_kb.median)),
        kind: kind(&it.name),
    };
    let times: Vec<Bar> = measured.iter().map(time).collect();
    let memories: Vec<Bar> = measured.iter().map(memory).collect();
    let note = "process start to first response; bar: median, line: up to nine of ten";
    let made = origin.short();
    let about = |title, note| Head { title, note, origin: &made };
    let plots = vec![
        (
            "cold-start.svg",
            plot::bars(about("Cold start", note), &times, Some((BUDGET_MS, "budget: 25 ms"))),
        ),
        (
            "cold-memory.svg",
            plot::bars(
                about("Resident memory after the first response", "median"),
                &memories,
                Some((24.0, "budget: 24 MiB")),
            ),
        ),
    ];
    (text, plots)
}

/// How many times as long as ours, with the same task.
fn ratio(measured: &[Measured], it: &Measured) -> String {
    let ours = measured.iter().find(|ours| ours.name == "billing-invoice" && ours.task == it.task);
    match ours {
        Some(ours) if it.name != ours.name => times(it.took_us.median, ours.took_us.median),
        _ => String::new(),
    }
}

/// Ours, Node, Python.
pub(super) fn kind(name: &str) -> usize {
    match name {
        name if name.contains("node") => 1,
        name if name.contains("python") => 2,
        _ => 0,
    }
}
