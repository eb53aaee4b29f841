//! What is written down: numbers for programs, tables for people, plots.

mod first_syncing;
mod growing;
mod profiling;
mod starting;
mod working;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use crate::machine::Origin;

pub use first_syncing::first_sync;
pub use growing::growth;
pub use profiling::{Sampled, profile};
pub use starting::cold;
pub use working::{Work, warm};

/// The folder of results.
#[derive(Debug, Clone)]
pub struct Results {
    folder: PathBuf,
}

/// Numbers as they are written for programs.
#[derive(Serialize)]
struct Raw<'a, T> {
    measured: &'a Origin,
    results: &'a T,
}

impl Results {
    /// Writes into a folder.
    pub fn into(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Writes one file.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let file = self.folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        println!("         wrote {}", file.display());
        Ok(())
    }

    /// Writes numbers, with where they come from.
    pub fn raw<T: Serialize>(
        &self,
        name: &str,
        origin: &Origin,
        results: &T,
    ) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(&Raw { measured: origin, results })?;
        self.write(name, &format!("{text}\n"))
    }
}

/// `12.34`, of thousandths.
pub(crate) fn thousandths(value: u64) -> String {
    format!("{}.{:02}", value / 1000, value % 1000 / 10)
}

/// `24.0` MiB, of KiB.
pub(crate) fn mebibytes(kilobytes: u64) -> String {
    let tenths = (kilobytes * 10 + 512) / 1024;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// `12.3 times`; nothing of nothing.
pub(crate) fn times(larger: u64, smaller: u64) -> String {
    match (larger * 10).checked_div(smaller) {
        Some(tenths) => format!("{}.{}", tenths / 10, tenths % 10),
        None => "-".to_owned(),
    }
}

/// Rows of a table in Markdown, all but the first column numbers.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let lines: Vec<&str> =
        head.iter().enumerate().map(|(place, _)| if place == 0 { "---" } else { "--:" }).collect();
    let mut text = format!("| {} |\n| {} |\n", head.join(" | "), lines.join(" | "));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_the_unit_of_people() {
        assert_eq!(thousandths(12_345), "12.34");
        assert_eq!(mebibytes(24 * 1024), "24.0");
        assert_eq!(mebibytes(19_000), "18.6");
        assert_eq!((times(1000, 80), times(1, 0)), ("12.5".to_owned(), "-".to_owned()));
    }
}
