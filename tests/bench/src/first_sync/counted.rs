//! What an import takes of AWS, and what the same records take that are sent one by one, counted between functions and
//! emulator. The import's queue does not wake the deployed function meanwhile: the same programs work here, in environments
//! whose calls are counted.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::ensure;
use e2e::aws::Identity;
use e2e::imports::{import_id, upload};
use e2e::{stack, until};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Put, at_rest, connected, deployed};
use crate::event;
use crate::ground;
use crate::meter::{Meter, Units};
use crate::program::Programs;
use crate::running::{self, Running};

/// The function.
const FUNCTION: &str = "import";
/// Invocations of one import; a few hundred records take one or two.
const MOST_INVOCATIONS: u64 = 20;

/// What so many records took.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Counted {
    /// How many there were.
    pub records: u64,
    /// Invocations of the function.
    pub invocations: u64,
    /// Its processor time, its start included.
    pub processor_us: u64,
    /// Its largest resident memory.
    pub peak_kb: u64,
    /// What it asked of others.
    pub units: Units,
}

/// Sends each line of a file with a PUT, to environments of our own. What the queues do for a record that had to wait is done
/// by the deployed functions, and not in it.
pub(super) async fn one_by_one(
    programs: &Programs,
    logs: &Path,
    file: &str,
) -> anyhow::Result<Counted> {
    let tenant = connected().await;
    let meter = Meter::stand(&ground::addresses()).await?;
    let mut environments: BTreeMap<&'static str, Running> = BTreeMap::new();
    let mut records = 0;
    for line in file.lines() {
        let Put { function, path, body } = Put::of(line)?;
        let event = event::call("PUT", &tenant.path(&path), &stack().api_key, Some(&body));
        let answered = match environments.get(function) {
            Some(running) => running.invoke(&event).await?,
            None => {
                let variables = ground::deployed(function).await?;
                let program = programs.function(function, &variables, meter.addresses())?;
                let log = logs.join(format!("first-sync-one-by-one-{function}.log"));
                let (running, answered) = running::start(&program, &log, &event).await?;
                environments.insert(function, running);
                answered
            }
        };
        ensure!([200, 202].contains(&answered.status()), "{path}: {}", answered.body);
        records += 1;
    }
    let (units, _) = meter.take();
    let mut counted = Counted { records, invocations: records, processor_us: 0, peak_kb: 0, units };
    for running in environments.values() {
        let usage = running.usage()?;
        counted.processor_us += usage.threads_us;
        counted.peak_kb = counted.peak_kb.max(usage.peak_kb);
    }
    at_rest(&tenant).await;
    Ok(counted)
}

/// Imports a file in an environment of our own. QuickBooks answers at once, and has no limits: neither changes what is
/// asked of AWS.
pub(super) async fn import(
    programs: &Programs,
    logs: &Path,
    file: &str,
) -> anyhow::Result<Counted> {
    deployed::wake_by_queue(FUNCTION, false).await?;
    let counted = import_here(programs, logs, file).await;
    deployed::wake_by_queue(FUNCTION, true).await?;
    counted
}

async fn import_here(programs: &Programs, logs: &Path, file: &str) -> anyhow::Result<Counted> {
    let tenant = connected().await;
    let place = tenant.place_for_file("counted").await;
    ensure!(place.status == 201, "{}", place.body);
    let id = import_id(&place);
    ensure!(upload(&place, file).await == 200, "the file was not taken");
    let started = tenant.import_step(&id, "start").await;
    ensure!(started.status == 202, "{}", started.body);

    let meter = Meter::stand(&ground::addresses()).await?;
    let variables = ground::deployed(FUNCTION).await?;
    let program = programs.function(FUNCTION, &variables, meter.addresses())?;
    let log = logs.join("first-sync-counted.log");
    let (running, _) = running::start(&program, &log, &received().await).await?;
    let mut invocations = 1;
    while tenant.imported(&id).await["state"] != "done" {
        ensure!(invocations < MOST_INVOCATIONS, "{}", tenant.imported(&id).await);
        running.invoke(&received().await).await?;
        invocations += 1;
    }
    let (units, _) = meter.take();
    let usage = running.usage()?;
    Ok(Counted {
        records: file.lines().count() as u64,
        invocations,
        processor_us: usage.threads_us,
        peak_kb: usage.peak_kb,
        units,
    })
}

/// The import's message, as Lambda would hand it over.
async fn received() -> Value {
    let message = until("the import's message", async || {
        let ask = json!({"QueueUrl": stack().queues[FUNCTION], "MaxNumberOfMessages": 1, "AttributeNames": ["All"]});
        let answer = Identity::root().json("sqs", "AmazonSQS.ReceiveMessage", &ask).await;
        answer.body["Messages"][0].as_object().cloned()
    })
    .await;
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let group = message["Attributes"]["MessageGroupId"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(text("Body")).unwrap_or_default();
    let queue = stack().queues[FUNCTION].rsplit('/').next().unwrap_or_default();
    let mut event = event::messages(queue, &[(group, body)]);
    event["Records"][0]["messageId"] = json!(text("MessageId"));
    event["Records"][0]["receiptHandle"] = json!(text("ReceiptHandle"));
    event
}
