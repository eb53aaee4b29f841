//! Growth, for people.

use super::{table, thousandths};
use crate::growth::{Axis, Point};
use crate::machine::Origin;
use crate::plot::{self, Head, Scale, Series};

/// A table in Markdown, and the plots by name.
pub fn growth(points: &[Point], origin: &Origin) -> (String, Vec<(&'static str, String)>) {
    let each = |total: u64, point: &Point| {
        let hundredths = total * 100 / point.sample.max(1);
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    };
    let row = |point: &Point| {
        let units = &point.units;
        vec![
            name(point.axis).to_owned(),
            point.there.to_string(),
            each(units.table_calls, point),
            each(units.writes, point),
            each(units.read_halves / 2, point),
            each(units.queue_requests, point),
            each(units.metered_reads, point),
            point.allocations.to_string(),
            point.processor_us.to_string(),
            thousandths(point.took_us.median),
        ]
    };
    let sample = points.first().map_or(0, |point| point.sample);
    let rows: Vec<Vec<String>> = points.iter().map(row).collect();
    let head = [
        "there already",
        "how many",
        "table calls",
        "write units",
        "read units",
        "queue requests",
        "metered reads",
        "allocations",
        "own processor µs",
        "took, median ms",
    ];
    let text = format!(
        "# How the cost of a posting grows\n\nMeasured: {}\n\n\
         One new bill, with more and more there already; each point is {sample} postings of a new customer in an environment that has \
         answered once before. Units, calls and allocations are counted: they must stay flat, and what does not allocate more \
         does not look at more. So few postings of a process that has just begun to work vary in processor time by a factor of two, \
         whatever is there. What it `took` is mostly the emulator's, which keeps everything in one Python process and shares its \
         processors with what is measured.\n\n{}\n![Units](growth-units.svg)\n\n![Allocations](growth-allocations.svg)\n\n![Processor time](growth-processor.svg)\n\n![Time](growth-time.svg)\n",
        origin.line(),
        table(&head, &rows)
    );
    let made = origin.short();
    let plot = |title: &str, value: fn(&Point) -> f64| {
        let series = |axis: Axis| Series {
            name: name(axis).to_owned(),
            points: points
                .iter()
                .filter(|point| point.axis == axis)
                .map(|point| (point.there as f64, value(point)))
                .collect(),
        };
        let all = [Axis::Records, Axis::Tenants, Axis::Waiting].map(series);
        plot::lines(
            Head { title, note: "per posting", origin: &made },
            ("there already", Scale::Tenfold),
            &all,
        )
    };
    let units = |point: &Point| {
        (point.units.writes + point.units.read_halves / 2) as f64 / point.sample.max(1) as f64
    };
    let plots = vec![
        ("growth-units.svg", plot("Read and write units of DynamoDB", units)),
        ("growth-allocations.svg", plot("Allocations", |point| point.allocations as f64)),
        ("growth-processor.svg", plot("Own processor time, µs", |point| point.processor_us as f64)),
        (
            "growth-time.svg",
            plot("Time, ms (mostly the emulator's)", |point| point.took_us.median as f64 / 1000.0),
        ),
    ];
    (text, plots)
}

fn name(axis: Axis) -> &'static str {
    match axis {
        Axis::Records => "posted bills",
        Axis::Tenants => "other tenants",
        Axis::Waiting => "waiting postings",
    }
}
