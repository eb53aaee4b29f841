//! How the cost of a posting grows with what is there already: records of its tenant, other tenants, postings that wait.
//!
//! What is there already is copied in the table from what the functions wrote once, since nobody has hours to post it.

use std::path::Path;

use anyhow::{Context, ensure};
use e2e::{Tenant, aws, records};
use serde::Serialize;
use serde_json::Value;

use crate::ground::{self, Customer};
use crate::meter::{Meter, Units};
use crate::program::Programs;
use crate::running::{self, Running};
use crate::spread::Spread;

/// Postings by which one point is measured: once metered, once counted, once timed.
const SAMPLE: u64 = ground::UNRESERVED;
/// Items that are copied at a time.
const PAGE: u64 = 2000;
/// What stands in the place of a number in what is copied.
const MARK: &str = "COPYME";

/// What there is more and more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Posted bills of the same tenant.
    Records,
    /// Other tenants, connected, each with a posted bill.
    Tenants,
    /// Postings of the same tenant that wait for another one.
    Waiting,
}

/// How far each axis goes.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// Posted bills.
    pub records: u64,
    /// Other tenants.
    pub tenants: u64,
    /// Postings that wait.
    pub waiting: u64,
}

/// What a posting takes with so much there already.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Point {
    /// Of what.
    pub axis: Axis,
    /// How much there is.
    pub there: u64,
    /// Postings that were metered, and as many each that were counted and timed.
    pub sample: u64,
    /// What those took together.
    pub units: Units,
    /// Allocations of one.
    pub allocations: u64,
    /// Processor time of one.
    pub processor_us: u64,
    /// From event to response. Most of it is the emulator's, which is no DynamoDB: it may grow where AWS would not.
    pub took_us: Spread,
}

/// Measures all points, one axis after the other.
pub async fn measure(programs: &Programs, logs: &Path, reach: Reach) -> anyhow::Result<Vec<Point>> {
    let mut points = Vec::new();
    for (axis, most) in [
        (Axis::Records, reach.records),
        (Axis::Tenants, reach.tenants),
        (Axis::Waiting, reach.waiting),
    ] {
        let mut there = 0;
        for goal in steps(axis, most) {
            let mut sampler = Sampler::start(programs, logs).await?;
            // Other tenants are there for everyone; what is the tenant's own is made for each anew.
            let copied = if axis == Axis::Tenants { there } else { 0 };
            copy(&sampler.pattern(axis).await?, copied..goal).await;
            there = goal;
            points.push(sampler.point(axis, there).await?);
            println!("         growth: {} {axis:?}", there);
        }
    }
    Ok(points)
}

/// Tenfold from step to step; what waits begins with nothing.
fn steps(axis: Axis, most: u64) -> Vec<u64> {
    let first = match axis {
        Axis::Records | Axis::Waiting => 100,
        Axis::Tenants => 10,
    };
    let tenfold = std::iter::successors(Some(first), |step| Some(step * 10));
    let none = (axis == Axis::Waiting).then_some(0);
    none.into_iter().chain(tenfold.take_while(|step| *step <= most)).collect()
}

/// A customer, and a warm environment each for metering what is asked of others, for counting allocations, and for timing.
struct Sampler {
    customer: Customer,
    meter: Meter,
    metered: Running,
    counted: Running,
    timed: Running,
}

impl Sampler {
    async fn start(programs: &Programs, logs: &Path) -> anyhow::Result<Self> {
        let customer = Customer::new().await;
        let deployed = ground::deployed("billing-invoice").await?;
        let addresses = ground::addresses();
        let meter = Meter::stand(&addresses).await?;
        let program = programs.function("billing-invoice", &deployed, meter.addresses())?;
        let log = logs.join("growth-metered.log");
        let (metered, _) = running::start(&program, &log, &customer.bill("METERED-FIRST")).await?;
        let program = programs.counted(&deployed, &addresses)?;
        let log = logs.join("growth-counted.log");
        let (counted, _) = running::start(&program, &log, &customer.bill("COUNTED-FIRST")).await?;
        let program = programs.function("billing-invoice", &deployed, &addresses)?;
        let log = logs.join("growth-timed.log");
        let (timed, _) = running::start(&program, &log, &customer.bill("TIMED-FIRST")).await?;
        Ok(Self { customer, meter, metered, counted, timed })
    }

    /// Items that stand for one more of an axis; [`MARK`] is where they differ.
    async fn pattern(&self, axis: Axis) -> anyhow::Result<Vec<Value>> {
        let tenant = &self.customer.tenant;
        let of = async |tenant: &Tenant, mark: &str| -> Vec<Value> {
            let items = tenant.items().await;
            let marked = items.into_iter().filter(|item| item.to_string().contains(mark));
            marked.map(|item| replaced(&item, mark, MARK)).collect()
        };
        let pattern = match axis {
            Axis::Records => {
                let posted = tenant.put_bill(MARK, &records::bill(1, MARK, "125.00")).await;
                ensure!(posted.state() == "posted", "{}", posted.body);
                of(tenant, MARK).await
            }
            Axis::Waiting => {
                let payment = records::payment(1, "1.00", &[("never-sent", "1.00")]);
                let blocked = tenant.put_payment(MARK, &payment).await;
                ensure!(blocked.state() == "blocked", "{}", blocked.body);
                of(tenant, MARK).await
            }
            Axis::Tenants => {
                let other = Customer::new().await.tenant;
                of(&other, &other.id).await
            }
        };
        ensure!(!pattern.is_empty(), "nothing to copy for {axis:?}");
        Ok(pattern)
    }

    async fn point(&mut self, axis: Axis, there: u64) -> anyhow::Result<Point> {
        self.meter.take();
        let mut units = Units::default();
        for number in 0..SAMPLE {
            self.post(&self.metered, &format!("M-{axis:?}-{there}-{number}")).await?;
            units = units + self.meter.take().0;
        }
        let (allocated, _) = self.counted.allocations()?;
        for number in 0..SAMPLE {
            self.post(&self.counted, &format!("C-{axis:?}-{there}-{number}")).await?;
        }
        let allocations = (self.counted.allocations()?.0 - allocated) / SAMPLE;
        let before = self.timed.usage()?.threads_us;
        let mut took = Vec::new();
        for number in 0..SAMPLE {
            took.push(self.post(&self.timed, &format!("T-{axis:?}-{there}-{number}")).await?);
        }
        Ok(Point {
            axis,
            there,
            sample: SAMPLE,
            units,
            allocations,
            processor_us: (self.timed.usage()?.threads_us - before) / SAMPLE,
            took_us: Spread::of(took).context("nothing was posted")?,
        })
    }

    async fn post(&self, running: &Running, id: &str) -> anyhow::Result<u64> {
        let answered = running.invoke(&self.customer.bill(id)).await?;
        ensure!(answered.json()["posting"]["state"] == "posted", "{id}: {}", answered.body);
        Ok(u64::try_from(answered.took.as_micros()).unwrap_or(u64::MAX))
    }
}

/// Stores copies of a pattern.
async fn copy(pattern: &[Value], numbers: std::ops::Range<u64>) {
    let mut items = Vec::new();
    for number in numbers.clone() {
        let copy = |item: &Value| {
            let name = format!("copy-{number}");
            let mut copy = replaced(item, MARK, &name);
            if copy["sk"] == item["sk"] && copy["pk"] == item["pk"] {
                // A key that holds only a time.
                let sk = item["sk"]["S"].as_str().unwrap_or_default();
                copy["sk"]["S"] = format!("{sk}-{number}").into();
            }
            copy
        };
        items.extend(pattern.iter().map(copy));
        if number % PAGE == PAGE - 1 || number + 1 == numbers.end {
            aws::put_items(&std::mem::take(&mut items)).await;
        }
    }
}

fn replaced(item: &Value, mark: &str, by: &str) -> Value {
    let text = item.to_string().replace(mark, by);
    serde_json::from_str(&text).expect("a word that takes another's place leaves JSON what it is")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_tenfold_up_to_the_end() {
        assert_eq!(steps(Axis::Records, 10_000), [100, 1000, 10_000]);
        assert_eq!(steps(Axis::Tenants, 1000), [10, 100, 1000]);
        assert_eq!(steps(Axis::Waiting, 1000), [0, 100, 1000]);
    }

    #[test]
    fn a_copy_has_another_word_wherever_the_mark_was() {
        let item = serde_json::json!({"pk": {"S": "T#a"}, "sk": {"S": "POSTING#COPYME"}});
        assert_eq!(replaced(&item, MARK, "copy-1")["sk"]["S"], "POSTING#copy-1");
    }
}
