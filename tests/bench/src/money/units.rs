//! What pieces of work take, counted.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use e2e::{Tenant, stack};
use serde::Serialize;
use serde_json::{Value, json};

use crate::event;
use crate::ground::{self, Customer};
use crate::meter::{Meter, Units, Written};
use crate::program::{Program, Programs};
use crate::running::{self, Answered};

/// Times that work of a month is looked at; it hardly varies.
const TIMES: u64 = 5;
/// What event-publisher hears of, as the filter of its event source in the template says.
const TOLD: [&str; 4] = ["CONNECTION", "POSTING#", "LINK#", "ISSUED#"];
/// What DynamoDB adds to the size of each stored item.
const STORED_BYTES_MORE: u64 = 100;

/// What a piece of work took, done so many times.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Cost {
    /// How often it was done.
    pub times: u64,
    /// Invocations of functions.
    pub invocations: u64,
    /// Requests that Lambda makes to a queue for it: to receive and to delete.
    pub receives: u64,
    /// What the function has as memory, in MB.
    pub memory_mb: u64,
    /// Processor time of the functions.
    pub processor_us: u64,
    /// What they logged.
    pub logged_bytes: u64,
    /// What they answered callers.
    pub answered_bytes: u64,
    /// What they asked of others.
    pub units: Units,
}

/// Everything that bills are made from.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Measured {
    /// Billing-invoice posts one new bill, warm.
    pub posting: Cost,
    /// Event-publisher tells of it, warm: each posting comes alone, which is the dearest way.
    pub told: Cost,
    /// What a posted bill leaves in the table.
    pub posting_bytes: u64,
    /// Payment-pull brings one tenant's payments, of which there are none, in a fresh environment with tokens that ran out.
    pub pull: Cost,
    /// The schedule looks for pulls that are due and finds none.
    pub due: Cost,
    /// The schedule looks for what was left behind and finds nothing.
    pub sweep: Cost,
    /// What a tenant without postings has in the table.
    pub idle_tenant_bytes: u64,
    /// Queues that Lambda receives from.
    pub queues: u64,
    /// Alarms of the template.
    pub alarms: u64,
}

pub(super) async fn measure(
    programs: &Programs,
    logs: &Path,
    postings: u64,
) -> anyhow::Result<Measured> {
    let meter = Meter::stand(&ground::addresses()).await?;
    let bench = Bench { programs, logs, meter };
    let (posting, told, posting_bytes) = bench.postings(postings).await?;
    println!("         money: units of a posting");
    let idle = Tenant::pulling().await;
    let idle_tenant_bytes = stored_bytes(&idle.items().await);
    let pull = bench.pulls(&idle).await?;
    let due = bench.scheduled("payment-pull", "pull").await?;
    let sweep = bench.scheduled("billing-invoice", "sweep").await?;
    println!("         money: units of an idle month");
    let template =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/template.yaml"))
            .context("cannot read the template")?;
    Ok(Measured {
        posting,
        told,
        posting_bytes,
        pull,
        due,
        sweep,
        idle_tenant_bytes,
        queues: count(&template, "Type: SQS\n"),
        alarms: count(&template, "Type: AWS::CloudWatch::Alarm"),
    })
}

fn count(text: &str, what: &str) -> u64 {
    text.matches(what).count() as u64
}

struct Bench<'a> {
    programs: &'a Programs,
    logs: &'a Path,
    meter: Meter,
}

impl Bench<'_> {
    async fn program(&self, function: &str) -> anyhow::Result<Program> {
        let deployed = ground::deployed(function).await?;
        self.programs.function(function, &deployed, self.meter.addresses())
    }

    /// Posts bills one by one, and tells event-publisher of each by itself.
    async fn postings(&self, postings: u64) -> anyhow::Result<(Cost, Cost, u64)> {
        let customer = Customer::new().await;
        let program = self.program("billing-invoice").await?;
        let log = self.logs.join("money-billing-invoice.log");
        let (poster, _) = running::start(&program, &log, &customer.bill("M-FIRST")).await?;
        let first = self.stream(&self.meter.take().1);
        let program = self.program("event-publisher").await?;
        let log = self.logs.join("money-event-publisher.log");
        let (teller, _) = running::start(&program, &log, &first).await?;
        self.meter.take();
        let (mut posting, mut told) = (Tally::new(&poster)?, Tally::new(&teller)?);
        let started = customer.tenant.items().await;
        for number in 0..postings {
            let answered = poster.invoke(&customer.bill(&format!("M-{number}"))).await?;
            ensure!(answered.json()["posting"]["state"] == "posted", "{}", answered.body);
            let (units, written) = self.meter.take();
            posting.add(units, &answered);
            let answered = teller.invoke(&self.stream(&written)).await?;
            let (units, _) = self.meter.take();
            told.add(units, &answered);
        }
        let left = stored_bytes(&customer.tenant.items().await) - stored_bytes(&started);
        // What event-publisher answers goes to Lambda itself.
        let mut told = told.cost(&teller, ground::memory_mb("event-publisher").await?)?;
        told.answered_bytes = 0;
        let posting = posting.cost(&poster, ground::memory_mb("billing-invoice").await?)?;
        Ok((posting, told, left / postings.max(1)))
    }

    /// Each pull in an environment of its own, since nobody has been there for hours.
    async fn pulls(&self, tenant: &Tenant) -> anyhow::Result<Cost> {
        let program = self.program("payment-pull").await?;
        let memory_mb = ground::memory_mb("payment-pull").await?;
        let mut total: Option<Cost> = None;
        for _ in 0..TIMES {
            tenant.age_tokens().await;
            self.meter.take();
            let message = json!({"schema": 1, "tenant": tenant.id, "pull": "asked"});
            let queue = "ledgerbridge-payment-pull.fifo";
            let event = event::messages(queue, &[(&tenant.id, message)]);
            let log = self.logs.join("money-payment-pull.log");
            let (puller, answered) = running::start(&program, &log, &event).await?;
            let failures = answered.body["batchItemFailures"].as_array().map_or(1, Vec::len);
            ensure!(failures == 0, "{}", answered.body);
            let mut tally = Tally { before: (0, 0), ..Tally::new(&puller)? };
            tally.add(self.meter.take().0, &answered);
            let mut cost = tally.cost(&puller, memory_mb)?;
            cost.answered_bytes = 0;
            // Put into the queue, received and deleted.
            cost.receives = 3;
            total = Some(total.map_or(cost, |total| total.and(cost)));
        }
        total.context("nothing was pulled")
    }

    /// What the schedule has done, warm: it comes every five minutes.
    async fn scheduled(&self, function: &str, task: &str) -> anyhow::Result<Cost> {
        let program = self.program(function).await?;
        let event = json!({"ledgerbridge": task});
        let log = self.logs.join(format!("money-{task}.log"));
        let (running, _) = running::start(&program, &log, &event).await?;
        self.meter.take();
        let mut tally = Tally::new(&running)?;
        for _ in 0..TIMES {
            let answered = running.invoke(&event).await?;
            tally.add(self.meter.take().0, &answered);
        }
        let mut cost = tally.cost(&running, ground::memory_mb(function).await?)?;
        cost.answered_bytes = 0;
        Ok(cost)
    }

    /// The batch that the table's stream would hand over.
    fn stream(&self, written: &[Written]) -> Value {
        let heard = |written: &&Written| {
            let item = written.new.as_ref().or(written.old.as_ref());
            let sk = item.and_then(|item| item["sk"]["S"].as_str()).unwrap_or_default();
            TOLD.iter().any(|prefix| sk.starts_with(prefix))
        };
        let records = (0_u64..).zip(written.iter().filter(heard)).map(|(place, written)| {
            // Numbers of a stream are never used twice.
            let number = u64::from(uuid::Uuid::new_v4().as_fields().0) * 1000 + place;
            event::write(&stack().table, number, written.old.as_ref(), written.new.as_ref())
        });
        json!({"Records": records.collect::<Vec<_>>()})
    }
}

struct Tally {
    times: u64,
    /// Processor time and logged bytes when counting began.
    before: (u64, u64),
    answered_bytes: u64,
    units: Units,
}

impl Tally {
    fn new(running: &running::Running) -> anyhow::Result<Self> {
        let before = (running.usage()?.threads_us, running.logged_bytes());
        Ok(Self { times: 0, before, answered_bytes: 0, units: Units::default() })
    }

    fn add(&mut self, units: Units, answered: &Answered) {
        self.times += 1;
        self.units = self.units + units;
        self.answered_bytes += answered.body.to_string().len() as u64;
    }

    fn cost(self, running: &running::Running, memory_mb: u64) -> anyhow::Result<Cost> {
        Ok(Cost {
            times: self.times,
            invocations: self.times,
            receives: 0,
            memory_mb,
            processor_us: running.usage()?.threads_us - self.before.0,
            logged_bytes: running.logged_bytes() - self.before.1,
            answered_bytes: self.answered_bytes,
            units: self.units,
        })
    }
}

impl Cost {
    fn and(self, other: Self) -> Self {
        Self {
            times: self.times + other.times,
            invocations: self.invocations + other.invocations,
            receives: self.receives + other.receives,
            memory_mb: self.memory_mb,
            processor_us: self.processor_us + other.processor_us,
            logged_bytes: self.logged_bytes + other.logged_bytes,
            answered_bytes: self.answered_bytes + other.answered_bytes,
            units: self.units + other.units,
        }
    }
}

fn stored_bytes(items: &[Value]) -> u64 {
    items.iter().map(|item| crate::meter::size(item) + STORED_BYTES_MORE).sum()
}
