//! Why something takes what it takes, for people.

use super::{table, thousandths};
use crate::machine::Origin;
use crate::profile::{Section, Warm};

/// Where the processor was.
#[derive(Debug, Clone)]
pub struct Sampled {
    /// Records that were posted meanwhile.
    pub records: u64,
    /// While they were posted.
    pub warm: Warm,
    /// The functions hit in a cold start.
    pub cold: String,
}

/// In Markdown.
pub fn profile(sections: &[Section], sampled: Option<&Sampled>, origin: &Origin) -> String {
    let row = |part: &Section| {
        let numbers = [part.file_bytes, part.text_bytes, part.data_bytes, part.zero_bytes];
        std::iter::once(part.function.clone())
            .chain(numbers.map(|number| number.to_string()))
            .collect()
    };
    let rows: Vec<Vec<String>> = sections.iter().map(row).collect();
    let head = ["function", "bytes", "code and constants", "data", "zero"];
    let mut text = format!("# Profile\n\nMeasured: {}\n\n{}", origin.line(), table(&head, &rows));
    if let Some(sampled) = sampled {
        text.push_str(&warm(sampled));
        text.push_str(&format!("\n## Cold: until a bill is read\n\n```\n{}```\n", sampled.cold));
    }
    text
}

fn warm(sampled: &Sampled) -> String {
    let all: u64 = sampled.warm.layers.values().sum();
    let row = |(layer, us): (&crate::profile::layers::Layer, &u64)| {
        vec![
            layer.label().to_owned(),
            thousandths(*us),
            format!("{} %", (us * 100).checked_div(all).unwrap_or(0)),
        ]
    };
    let rows: Vec<Vec<String>> = sampled.warm.layers.iter().map(row).collect();
    format!(
        "\n## Warm: {} records, {} ms each\n\n\
         Whose time it is: each sample of the profiler belongs to the innermost of these layers on its stack, so that memory and \
         parsers count for those who use them.\n\n{}\n```\n{}```\n",
        sampled.records,
        thousandths(all),
        table(&["", "ms a record", "share"], &rows),
        sampled.warm.functions
    )
}
