//! Units times prices.

use anyhow::Context;
use rust_decimal::Decimal;
use serde::Serialize;

use super::prices::{Assumed, Prices, Seen};
use super::units::{Cost, Measured};

const KILO: u64 = 1000;
const GIGABYTE: u64 = 1_000_000_000;
const MINUTES_OF_A_MONTH: u64 = 30 * 24 * 60;

/// What something costs, line by line.
#[derive(Debug, Clone, Serialize)]
pub struct Bill {
    /// Of what.
    pub of: String,
    /// Its lines, in dollars.
    pub lines: Vec<Line>,
    /// All lines, on x86_64, in dollars.
    pub total: Decimal,
    /// The same where functions run on arm64.
    pub total_arm64: Decimal,
    /// Metered reads of QuickBooks, which are a matter of Intuit's tier.
    pub metered_reads: u64,
}

/// One line of a bill.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// For people.
    pub what: String,
    /// How many units.
    pub quantity: Decimal,
    /// Of what.
    pub unit: String,
    /// In dollars.
    pub usd: Decimal,
    /// Behind the number.
    pub mark: &'static str,
}

/// All bills.
pub(super) fn all(measured: &Measured, prices: &Prices) -> anyhow::Result<Vec<Bill>> {
    let assumed = &prices.assumed;
    let pulls = |minutes: u64| MINUTES_OF_A_MONTH / minutes.max(1);
    let schedule_runs = MINUTES_OF_A_MONTH / 5;
    let idle = |title: &str, minutes: u64| {
        let mut writer = Writer::new(prices);
        writer.work(&measured.pull, pulls(minutes))?;
        writer.line("secrets", Decimal::ONE)?;
        writer.line("table_storage", ratio(measured.idle_tenant_bytes, GIGABYTE))?;
        writer.bill(title)
    };
    let mut thousand = Writer::new(prices);
    thousand.work(&measured.posting, KILO)?;
    thousand.work(&measured.told, KILO)?;
    thousand.line("table_storage", ratio(measured.posting_bytes * KILO, GIGABYTE))?;
    let mut fixed = Writer::new(prices);
    fixed.work(&measured.sweep, schedule_runs)?;
    fixed.work(&measured.due, schedule_runs)?;
    fixed.line("schedules", Decimal::from(2 * schedule_runs))?;
    let receives = measured.queues * assumed.receives_of_an_idle_queue_per_month;
    fixed.line("queue_requests", Decimal::from(receives))?;
    fixed.line("secrets", Decimal::ONE)?;
    fixed.line("metrics", Decimal::from(assumed.custom_metrics))?;
    fixed.line("alarms", Decimal::from(measured.alarms))?;
    fixed.line("dashboards", Decimal::ONE)?;
    let with = assumed.pull_minutes_with_webhooks;
    let without = assumed.pull_minutes_without_webhooks;
    Ok(vec![
        thousand.bill("1,000 postings, one call each")?,
        idle(
            &format!(
                "a tenant's month without a posting, with webhooks (a pull every {with} minutes)"
            ),
            with,
        )?,
        idle(
            &format!(
                "a tenant's month without a posting, without webhooks (a pull every {without} minutes)"
            ),
            without,
        )?,
        fixed.bill("the deployment's month, whatever is posted")?,
    ])
}

struct Writer<'a> {
    prices: &'a Prices,
    lines: Vec<(String, Decimal)>,
    duration: Decimal,
    metered_reads: u64,
}

impl<'a> Writer<'a> {
    fn new(prices: &'a Prices) -> Self {
        Self { prices, lines: Vec::new(), duration: Decimal::ZERO, metered_reads: 0 }
    }

    /// So much of a price; the same price again is added to its line.
    fn line(&mut self, name: &str, quantity: Decimal) -> anyhow::Result<()> {
        self.prices.of(name)?;
        match self.lines.iter_mut().find(|(there, _)| there == name) {
            Some((_, sum)) => *sum += quantity,
            None => self.lines.push((name.to_owned(), quantity)),
        }
        Ok(())
    }

    /// One piece of work, so many times.
    fn work(&mut self, cost: &Cost, times: u64) -> anyhow::Result<()> {
        let each = |total: u64| ratio(total, cost.times) * Decimal::from(times);
        let units = &cost.units;
        self.line("lambda_requests", each(cost.invocations))?;
        let seconds =
            billed_ms(cost, &self.prices.assumed) * each(cost.invocations) / Decimal::from(KILO);
        self.duration += seconds * ratio(cost.memory_mb, 1024);
        self.line("table_writes", each(units.writes))?;
        self.line("table_reads", each(units.read_halves) / Decimal::TWO)?;
        self.line("queue_requests", each(units.queue_requests + cost.receives))?;
        self.line("secret_calls", each(units.secret_calls))?;
        self.line("bus_events", each(units.bus_events))?;
        self.line("logs", each(cost.logged_bytes) / Decimal::from(GIGABYTE))?;
        self.line("log_storage", each(cost.logged_bytes) / Decimal::from(GIGABYTE))?;
        self.line(
            "data_out",
            each(units.sent_bytes + cost.answered_bytes) / Decimal::from(GIGABYTE),
        )?;
        let reads = each(units.metered_reads).ceil();
        self.metered_reads += u64::try_from(reads).context("so many reads")?;
        Ok(())
    }

    fn bill(mut self, of: &str) -> anyhow::Result<Bill> {
        let duration = self.duration;
        self.line("lambda_x86_64", duration)?;
        let mut lines = Vec::new();
        for (name, quantity) in self.lines.iter().filter(|(_, quantity)| !quantity.is_zero()) {
            let price = self.prices.of(name)?;
            lines.push(Line {
                what: price.what.clone(),
                quantity: *quantity,
                unit: price.unit.clone(),
                usd: price.usd * quantity / Decimal::from(price.per),
                mark: Seen::mark(price.seen),
            });
        }
        lines.sort_by_key(|line| std::cmp::Reverse(line.usd));
        let total: Decimal = lines.iter().map(|line| line.usd).sum();
        let saved = self.prices.of("lambda_x86_64")?.usd - self.prices.of("lambda_arm64")?.usd;
        Ok(Bill {
            of: of.to_owned(),
            total_arm64: total - saved * duration,
            total,
            lines,
            metered_reads: self.metered_reads,
        })
    }
}

/// What Lambda bills for one invocation: processor time, stretched to the share that its memory gets, and waiting. A cloud's
/// calls take longer than this machine's, so waiting is calls times what they usually take.
fn billed_ms(cost: &Cost, assumed: &Assumed) -> Decimal {
    let units = &cost.units;
    let waiting = units.table_calls * assumed.table_call_ms
        + units.queue_requests * assumed.queue_call_ms
        + units.secret_calls * assumed.secret_call_ms
        + units.bus_events.min(cost.invocations) * assumed.bus_call_ms
        + (units.quickbooks_writes + units.metered_reads) * assumed.quickbooks_call_ms;
    let stretched = Decimal::from(cost.processor_us) / Decimal::from(KILO)
        * ratio(assumed.whole_processor_mb, cost.memory_mb);
    ((stretched + Decimal::from(waiting)) / Decimal::from(cost.invocations.max(1))).ceil()
}

fn ratio(part: u64, whole: u64) -> Decimal {
    Decimal::from(part) / Decimal::from(whole.max(1))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::meter::Units;

    fn prices() -> Prices {
        Prices::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("prices.toml")).unwrap()
    }

    /// 50 postings: 6 writes, 5 half reads, one call of QuickBooks each.
    fn cost() -> Cost {
        Cost {
            times: 50,
            invocations: 50,
            receives: 0,
            memory_mb: 256,
            processor_us: 50 * 1000,
            logged_bytes: 50 * 1000,
            answered_bytes: 0,
            units: Units {
                writes: 300,
                read_halves: 250,
                table_calls: 150,
                quickbooks_writes: 50,
                ..Units::default()
            },
        }
    }

    #[test]
    fn a_bill_is_units_times_prices() {
        let prices = prices();
        let mut writer = Writer::new(&prices);
        writer.work(&cost(), 1000).unwrap();
        let bill = writer.bill("x").unwrap();
        let usd = |what: &str| {
            let line = bill.lines.iter().find(|line| line.what.contains(what)).unwrap();
            line.usd.normalize().to_string()
        };
        assert_eq!(usd("write request"), "0.00375");
        assert_eq!(usd("read request"), "0.0003125");
        assert_eq!(usd("Lambda: requests"), "0.0002");
        assert_eq!(bill.total, bill.lines.iter().map(|line| line.usd).sum());
        assert!(bill.total_arm64 < bill.total);
        assert_eq!(bill.metered_reads, 0);
    }

    #[test]
    fn an_invocation_is_billed_for_its_stretched_processor_time_and_for_waiting() {
        // 1 ms of a processor at 256 of 1769 MB is 6.9 ms; three calls of 6 ms and one of 700.
        assert_eq!(billed_ms(&cost(), &prices().assumed), Decimal::from(725));
    }
}
