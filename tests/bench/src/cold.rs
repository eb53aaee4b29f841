//! Cold starts: from before the process exists until its first response is posted.

use std::path::Path;

use anyhow::{Context, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use crate::event;
use crate::ground::{self, Customer};
use crate::process::Usage;
use crate::program::{Peer, Program, Programs};
use crate::running::{self, Answered};
use crate::spread::Spread;
use crate::tls::Terminator;

/// What a program does first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    /// The cheapest request that does real work.
    Cheapest,
    /// A new bill becomes an invoice.
    Posting,
    /// The same, speaking TLS with AWS.
    PostingOverTls,
}

/// One program and what it is asked first.
struct Contender {
    name: String,
    task: &'static str,
    program: Program,
    customer: Customer,
    first: First,
    runs: Vec<Run>,
}

/// One cold start.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Run {
    /// Until the response was posted.
    pub took_us: u64,
    /// What the process had used by then.
    pub usage: Usage,
}

/// All cold starts of one program with one task.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// The function, and whose it is if it is not ours.
    pub name: String,
    /// What it was asked.
    pub task: &'static str,
    /// Until the response was posted.
    pub took_us: Spread,
    /// Processor time by then.
    pub processor_us: Spread,
    /// Resident memory by then.
    pub resident_kb: Spread,
    /// The most until then.
    pub peak_kb: Spread,
    /// Each of them.
    pub runs: Vec<Run>,
}

/// Starts everything `runs` times, one after the other in turn, so that whatever else the machine does meets all alike.
pub async fn measure(
    programs: &Programs,
    logs: &Path,
    runs: usize,
) -> anyhow::Result<Vec<Measured>> {
    let terminator = Terminator::stand(&ground::addresses().aws, logs).await?;
    let mut contenders = contenders(programs, &terminator).await?;
    for round in 0..runs {
        for contender in &mut contenders {
            let event = contender.event(round).await?;
            let log = logs.join("cold.log");
            let (running, answered) = running::start(&contender.program, &log, &event)
                .await
                .with_context(|| format!("{}: {}", contender.name, contender.task))?;
            let usage = running.usage()?;
            check(contender, &answered)?;
            let took_us = u64::try_from(answered.took.as_micros()).unwrap_or(u64::MAX);
            contender.runs.push(Run { took_us, usage });
        }
        println!("         cold starts: {} of {runs} rounds", round + 1);
    }
    contenders.into_iter().map(Contender::summary).collect()
}

/// Each of our functions with its cheapest request, and everybody's billing-invoice with both.
async fn contenders(
    programs: &Programs,
    terminator: &Terminator,
) -> anyhow::Result<Vec<Contender>> {
    let addresses = ground::addresses();
    let mut contenders = Vec::new();
    let customer = Customer::new().await;
    let bill = ground::deployed("billing-invoice").await?;
    let mut peers = Vec::new();
    for peer in Peer::ALL {
        let customer = Customer::new().await;
        customer.serve_peers().await?;
        peers.push((programs.peer(peer, &bill, &addresses)?, customer));
    }
    let tasks = [
        (First::Cheapest, "reads a bill"),
        (First::Posting, "posts a bill"),
        (First::PostingOverTls, "posts a bill, TLS to AWS"),
    ];
    for (first, task) in tasks {
        let ours = programs.function("billing-invoice", &bill, &addresses)?;
        for (mut program, customer) in [(ours, customer.clone())].into_iter().chain(peers.clone()) {
            if first == First::PostingOverTls {
                let address = ("AWS_ENDPOINT_URL".to_owned(), terminator.address().to_owned());
                program.variables.extend(terminator.variables().into_iter().chain([address]));
            }
            let name = program.name.clone();
            contenders.push(Contender { name, task, program, customer, first, runs: Vec::new() });
        }
    }
    prepare(&customer).await?;
    for (function, task) in [
        ("billing-payment", "reads a payment"),
        ("disbursement", "reads a disbursement"),
        ("event-publisher", "finds nothing to send"),
        ("import", "lists imports"),
        ("intuit-webhook", "takes in a change of an unknown company"),
        ("oauth-callback", "reads a connection"),
        ("payment-pull", "reads how payments are pulled"),
        ("settings", "reads the settings"),
    ] {
        let program =
            programs.function(function, &ground::deployed(function).await?, &addresses)?;
        let (name, customer) = (function.to_owned(), customer.clone());
        let first = First::Cheapest;
        contenders.push(Contender { name, task, program, customer, first, runs: Vec::new() });
    }
    Ok(contenders)
}

/// What the readers read.
async fn prepare(customer: &Customer) -> anyhow::Result<()> {
    let tenant = &customer.tenant;
    let payment = e2e::records::payment(1, "1.00", &[("warm-up", "1.00")]);
    let disbursement = e2e::records::Disbursement::simple(1, "D-1", "100.00", "100.00");
    let put = [
        tenant.put_payment("P-1", &payment).await,
        tenant.put_disbursement("D-1", &disbursement.value()).await,
    ];
    for answer in put {
        ensure!([200, 202].contains(&answer.status), "{}", answer.body);
    }
    Ok(())
}

impl Contender {
    async fn event(&self, round: usize) -> anyhow::Result<Value> {
        let customer = &self.customer;
        let read = |rest: &str| customer.call("GET", rest, None);
        Ok(match (self.program.name.as_str(), self.first) {
            (_, First::Posting) => customer.bill(&format!("COLD-{round}")),
            (_, First::PostingOverTls) => customer.bill(&format!("TLS-{round}")),
            ("billing-payment", _) => read("payments/P-1"),
            ("disbursement", _) => read("disbursements/D-1"),
            ("event-publisher", _) => {
                let message = json!({"schema": 1, "tenant": customer.tenant.id, "publish": true});
                event::messages(
                    "ledgerbridge-event-publisher.fifo",
                    &[(&customer.tenant.id, message)],
                )
            }
            ("intuit-webhook", _) => {
                let mut told = customer.tenant.told("Customer", "1", "Update").await;
                told.realm = "1".to_owned();
                let body = e2e::webhook::body(e2e::webhook::Format::CloudEvents, &[told]);
                let signature = e2e::webhook::signature(&body, &e2e::stack().webhook_verifier);
                let headers = [("intuit-signature", signature)];
                event::url("POST", "/intuit/webhooks", &headers, Some(body))
            }
            ("import", _) => read("imports"),
            ("oauth-callback", _) => read("connection"),
            ("payment-pull", _) => read("payment-pull"),
            ("settings", _) => read("settings"),
            _ => read("bills/warm-up"),
        })
    }

    fn summary(self) -> anyhow::Result<Measured> {
        let spread = |value: fn(&Run) -> u64| {
            Spread::of(self.runs.iter().map(value)).context("nothing was measured")
        };
        Ok(Measured {
            took_us: spread(|run| run.took_us)?,
            processor_us: spread(|run| run.usage.threads_us)?,
            resident_kb: spread(|run| run.usage.resident_kb)?,
            peak_kb: spread(|run| run.usage.peak_kb)?,
            name: self.name,
            task: self.task,
            runs: self.runs,
        })
    }
}

/// A time counts only if the work was done.
fn check(contender: &Contender, answered: &Answered) -> anyhow::Result<()> {
    let failures = answered.body["batchItemFailures"].as_array();
    let good = match (contender.first, failures) {
        (_, Some(failures)) => failures.is_empty(),
        (First::Posting | First::PostingOverTls, None) => {
            answered.json()["posting"]["state"] == "posted"
        }
        (First::Cheapest, None) => answered.status() == 200,
    };
    ensure!(good, "{}, {}: {}", contender.name, contender.task, answered.body);
    Ok(())
}
