//! What a run says in the end.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use super::check::Wrong;
use super::evidence::Evidence;
use super::schedule::Size;
use super::weather::Faults;
use super::{Cents, seconds};

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    size: Size,
    records: usize,
    /// Faults of all tenants.
    pub faults: Faults,
    pub(super) ended: BTreeMap<(String, String), usize>,
    pub(super) totals: BTreeMap<&'static str, Cents>,
    pub(super) documents: usize,
    pub(super) issued: usize,
    pub(super) deeds: usize,
    pub(super) undecided: usize,
    pub(super) given_up: u64,
    pub(super) reconnected: u64,
    pub(super) restless: Vec<String>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) storm: Duration,
    pub(super) all: Duration,
}

impl Outcome {
    pub(super) fn new(size: Size, records: usize) -> Self {
        Self {
            size,
            records,
            faults: Faults::new(),
            ended: BTreeMap::new(),
            totals: BTreeMap::new(),
            documents: 0,
            issued: 0,
            deeds: 0,
            undecided: 0,
            given_up: 0,
            reconnected: 0,
            restless: Vec::new(),
            evidence: Vec::new(),
            storm: Duration::ZERO,
            all: Duration::ZERO,
        }
    }

    /// Whether everything is as it should be.
    pub fn passed(&self) -> bool {
        self.evidence.is_empty() && self.restless.is_empty()
    }

    fn count(&self, wrong: Wrong) -> usize {
        let restless = if wrong == Wrong::Other { self.restless.len() } else { 0 };
        self.evidence.iter().filter(|evidence| evidence.wrong == wrong).count() + restless
    }

    /// What is wrong, with all that is known of it.
    pub fn failures(&self) -> String {
        let restless =
            self.restless.iter().map(|posting| format!("✗ {posting} does not come to rest\n\n"));
        let evidence = self.evidence.iter().map(|evidence| format!("✗ {}\n\n", evidence.text));
        restless.chain(evidence).collect()
    }

    /// The command that does the same again.
    pub fn replay(&self) -> String {
        let Size { seed, records, tenants } = self.size;
        format!("cargo xtask chaos --records {records} --tenants {tenants} --seed {seed}")
    }

    /// Tables, and the last line.
    pub fn tables(&self) -> String {
        let mut text = String::new();
        let mut line = |told: String| {
            let _ = writeln!(text, "{told}");
        };
        line(format!("  {:<28} {:>8} {:>8}", "faults", "ordered", "struck"));
        let (mut ordered, mut struck) = (0, 0);
        for (kind, strikes) in &self.faults {
            line(format!("  {kind:<28} {:>8} {:>8}", strikes.ordered, strikes.struck));
            (ordered, struck) = (ordered + strikes.ordered, struck + strikes.struck);
        }
        line(format!("  {:<28} {ordered:>8} {struck:>8}\n", "together"));
        line(format!("  {:<10} {:<28} {:>8}", "postings", "reason", "count"));
        for ((state, reason), count) in &self.ended {
            line(format!("  {state:<10} {reason:<28} {count:>8}"));
        }
        line(format!("  {:<39} {:>8}\n", "together", self.ended.values().sum::<usize>()));
        line(format!("  {:<28} {:>18}", "documents in the books", "total"));
        for (entity, total) in &self.totals {
            line(format!("  {entity:<28} {:>18}", total.to_string()));
        }
        line(format!("  {:<28} {:>18}\n", "documents", self.documents));
        line(format!("  {:<50} {:>8}", "deeds of bookkeepers", self.deeds));
        line(format!("  {:<50} {:>8}", "payments of theirs that came back", self.issued));
        line(format!("  {:<50} {:>8}", "given up, and posted when a person asked", self.given_up));
        line(format!(
            "  {:<50} {:>8}",
            "consents lost with a token, and given again", self.reconnected
        ));
        let wrongs = [Wrong::Lost, Wrong::Duplicate, Wrong::Other].map(|wrong| self.count(wrong));
        for (name, count) in ["lost", "duplicate", "wrong"].into_iter().zip(wrongs) {
            line(format!("  {name:<50} {count:>8}"));
        }
        let milliseconds =
            self.storm.as_millis() / u128::try_from(self.records.max(1)).unwrap_or(1);
        line(format!(
            "\n  storm {}, all {}; {milliseconds} ms for a record",
            seconds(self.storm),
            seconds(self.all)
        ));
        let [lost, duplicate, wrong] = wrongs;
        line(format!(
            "\n{} records, seed {}: {lost} lost, {duplicate} duplicate, {wrong} wrong",
            self.records, self.size.seed
        ));
        text
    }
}
